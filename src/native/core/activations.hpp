// The activation functions of deltarule/network/activations.py: value from a, slope f'(a) from the
// one of a and h that reads_a() names. Included once for each instruction set.

template <class T>
struct Logistic {  // 1 / (1 + e^-a), from q = e^-|a|
    static T value(T a) {
        const T q = exp_negative(a < T(0) ? a : -a);
        return (a < T(0) ? q : T(1)) / (T(1) + q);
    }
    static T slope(T h) { return h * (T(1) - h); }
};

template <class T>
struct Softplus {  // max(a, 0) + log(1 + e^-|a|)
    static T value(T a) {
        const T q = exp_negative(a < T(0) ? a : -a);
        return (a < T(0) ? T(0) : a) + log1p_(q);
    }
    static T slope(T h) { return -expm1_(-h); }
};

template <class T>
struct Identity {
    static T value(T a) { return a; }
    static T slope(T h) { return h == h ? T(1) : h; }
};

template <class T>
struct Tanh {
    static T value(T a) { return tanh_(a); }
    static T slope(T h) { return T(1) - h * h; }
};

template <class T>
struct Relu {
    static T value(T a) { return a < T(0) ? T(0) : a; }
    static T slope(T h) { return h > T(0) ? T(1) : h; }  // h is positive, 0 or NaN
};

template <class T>
struct LeakyRelu {
    static T value(T a) { return a < T(0) ? T(0.01) * a : a; }
    static T slope(T h) { return h > T(0) ? T(1) : (h <= T(0) ? T(0.01) : h); }
};

template <class T>
struct Elu {
    static T value(T a) { return a > T(0) ? a : expm1_(a > T(0) ? T(0) : a); }
    static T slope(T h) { return h > T(0) ? T(1) : h + T(1); }
};

template <class T>
struct Selu {
    static constexpr T lambda = T(1.0507009873554805), alpha = T(1.6732632423543772);
    static T value(T a) { return lambda * (a > T(0) ? a : alpha * expm1_(a > T(0) ? T(0) : a)); }
    static T slope(T h) { return h > T(0) ? lambda : h + lambda * alpha; }
};

template <class T>
struct Gelu {
    static constexpr T scale = T(0.7978845608028654), cubic = T(0.044715);
    static T inner(T a) { return tanh_(scale * (a + cubic * a * a * a)); }
    static T value(T a) { return T(0.5) * a * (T(1) + inner(a)); }
    static T slope(T a) {
        const T t = inner(a);
        return T(0.5) * (T(1) + t) +
               T(0.5) * a * (T(1) - t * t) * scale * (T(1) + T(3) * cubic * a * a);
    }
};

template <class T>
struct Silu {
    static T value(T a) { return a * Logistic<T>::value(a); }
    static T slope(T a) {
        const T s = Logistic<T>::value(a);
        return s * (T(1) + a * (T(1) - s));
    }
};

template <class T>
struct Mish {
    static T inner(T a) { return tanh_(Softplus<T>::value(a)); }
    static T value(T a) { return a * inner(a); }
    static T slope(T a) {
        const T t = inner(a);
        return t + a * (T(1) - t * t) * Logistic<T>::value(a);
    }
};
