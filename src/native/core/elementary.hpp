// exp, expm1, log1p, log and tanh as straight-line code that compilers turn into vector instructions.
//
// No coefficient is fitted: the series are Taylor's, long enough for the type. Each function is
// within 4 ulp in float and 2 ulp in double on the ranges it is used on (src/native/tests), and
// passes NaN on. Included once for each instruction set, inside that set's namespace.

template <class T>
struct Format;

template <>
struct Format<float> {
    using Bits = std::int32_t;
    static constexpr int mantissa = 23, bias = 127, terms_exp = 8, terms_log = 8;
    static constexpr float round = 12582912.0f;  // 1.5 * 2^23: adding it rounds to an integer
    static constexpr float ln2_high = 0.693359375f, ln2_low = -2.12194440e-4f;
    static constexpr float lowest = -87.0f;  // e^x is normal from here on
};

template <>
struct Format<double> {
    using Bits = std::int64_t;
    static constexpr int mantissa = 52, bias = 1023, terms_exp = 14, terms_log = 18;
    static constexpr double round = 6755399441055744.0;  // 1.5 * 2^52
    static constexpr double ln2_high = 6.93145751953125e-1, ln2_low = 1.42860682030941723212e-6;
    static constexpr double lowest = -708.0;
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
