// exp, expm1, log1p, log, tanh, cos and sin as straight-line code that compilers turn into vector
// instructions.
//
// No coefficient is fitted: the series are Taylor's, long enough for the type. Each function is
// within 4 ulp in float and 2 ulp in double on the ranges it is used on, cos and sin within one
// epsilon of the type (src/native/tests), and passes NaN on. Included once for each instruction
// set, inside that set's namespace.

template <class T>
struct Format;

template <>
struct Format<float> {
    using Bits = std::int32_t;
    static constexpr int mantissa = 23, bias = 127, terms_exp = 8, terms_log = 8;
    static constexpr float round = 12582912.0f;  // 1.5 * 2^23: adding it rounds to an integer
    static constexpr float ln2_high = 0.693359375f, ln2_low = -2.12194440e-4f;
    static constexpr float lowest = -87.0f;  // e^x is normal from here on
    static constexpr int terms_wave = 5;
    static constexpr float most_turns = 1048576.0f;  // 2^20: four times that still rounds as above
};

template <>
struct Format<double> {
    using Bits = std::int64_t;
    static constexpr int mantissa = 52, bias = 1023, terms_exp = 14, terms_log = 18;
    static constexpr double round = 6755399441055744.0;  // 1.5 * 2^52
    static constexpr double ln2_high = 6.93145751953125e-1, ln2_low = 1.42860682030941723212e-6;
    static constexpr double lowest = -708.0;
    static constexpr int terms_wave = 8;
    static constexpr double most_turns = 562949953421312.0;  // 2^49
};

// r + r^2/2! + ... + r^K/K!, by nesting.
template <int K, class T>
inline T series_expm1(T r, T inner = T(1)) {
    if constexpr (K == 1) {
        return r * inner;
    } else {
        return series_expm1<K - 1>(r, T(1) + r * inner * T(1.0 / K));
    }
}

// 1 + q/3 + q^2/5 + ..., K terms beyond the first.
template <int K, class T>
inline T series_atanh(T q, T inner = T(1.0 / (2 * K + 1))) {
    if constexpr (K == 0) {
        return inner;
    } else {
        return series_atanh<K - 1>(q, T(1.0 / (2 * K - 1)) + q * inner);
    }
}

// x = n ln 2 + r with |r| <= ln(2)/2: e^x = scale (1 + p), scale = 2^n, p = e^r - 1.
template <class T>
struct Reduced {
    T scale, p;
};

template <class T>
inline Reduced<T> reduce(T x) {
    using F = Format<T>;
    x = x < F::lowest ? F::lowest : x;
    const T shifted = x * T(1.4426950408889634) + F::round;
    const T n = shifted - F::round;
    const T r = (x - n * F::ln2_high) - n * F::ln2_low;
    const auto exponent = std::bit_cast<typename F::Bits>(shifted) + F::bias;
    const T scale = std::bit_cast<T>(static_cast<typename F::Bits>(exponent << F::mantissa));
    return {scale, series_expm1<F::terms_exp>(r)};
}

// e^x for x <= 0.
template <class T>
inline T exp_negative(T x) {
    const auto [scale, p] = reduce(x);
    return scale + scale * p;
}

// The same, and 0 where that is no normal number any more.
template <class T>
inline T exp_or_zero(T x) {
    const T e = exp_negative(x);
    return x < Format<T>::lowest ? T(0) : e;
}

// e^x - 1 for x up to 80.
template <class T>
inline T expm1_(T x) {
    const auto [scale, p] = reduce(x);
    return scale * p + (scale - T(1));
}

// log(1 + z) for z in [0, 1]: 2 atanh(z / (2 + z)).
template <class T>
inline T log1p_(T z) {
    const T s = z / (T(2) + z);
    return T(2) * s * series_atanh<Format<T>::terms_log>(s * s);
}

// log(x) for finite x >= 1, and NaN for NaN: x = 2^n (1 + z).
template <class T>
inline T log_(T x) {
    using F = Format<T>;
    using Bits = typename F::Bits;
    const auto bits = std::bit_cast<Bits>(x);
    const T n = static_cast<T>((bits >> F::mantissa) - F::bias);
    const Bits one = Bits(F::bias) << F::mantissa, fraction = (Bits(1) << F::mantissa) - 1;
    const T z = std::bit_cast<T>((bits & fraction) | one) - T(1);
    return n * F::ln2_high + (n * F::ln2_low + log1p_(z)) + (x - x);
}

template <class T>
inline T tanh_(T x) {
    T y = T(2) * (x < T(0) ? -x : x);
    y = y > T(44) ? T(44) : y;  // tanh is 1 to the last bit from 22 on
    const T u = expm1_(y);
    const T t = u / (u + T(2));
    return x < T(0) ? -t : t;
}

// (-1)^(n/2) / n!: Taylor's coefficients of cos for even n, of sin for odd n.
constexpr double wave_coefficient(int n) {
    double factorial = 1;
    for (int i = 2; i <= n; ++i) factorial *= i;
    return (n / 2 % 2 == 0 ? 1 : -1) / factorial;
}

// cos(x) for first = 0, sin(x) / x for first = 1, from q = x^2, by Horner's rule.
template <int first, int K, int k = 0, class T>
inline T series_wave(T q) {
    if constexpr (k == K) {
        return T(wave_coefficient(2 * k + first));
    } else {
        return T(wave_coefficient(2 * k + first)) + q * series_wave<first, K, k + 1>(q);
    }
}

template <class T>
struct Wave {
    T cos, sin;
};

// cos and sin of 2 pi t: t = n/4 + r with |r| <= 1/8, and nothing is lost in forming r. From
// most_turns on, where t itself is coarser than an eighth, they are those of 0; NaN for an infinity.
template <class T>
inline Wave<T> wave_of_turns(T t) {
    using F = Format<T>;
    t = (t < T(0) ? -t : t) < F::most_turns ? t : t - t;
    const T shifted = t * T(4) + F::round;
    const T x = (t - (shifted - F::round) * T(0.25)) * T(6.283185307179586);
    const T c = series_wave<0, F::terms_wave>(x * x), s = x * series_wave<1, F::terms_wave>(x * x);
    // A quarter of a turn on, (cos, sin) is (-sin, cos).
    const auto n = std::bit_cast<typename F::Bits>(shifted);
    const T cosine = (n & 1) != 0 ? s : c, sine = (n & 1) != 0 ? c : s;
    return {((n + 1) & 2) != 0 ? -cosine : cosine, (n & 2) != 0 ? -sine : sine};
}
