// Compiled once for each instruction set, with DELTARULE_ISA naming a namespace and
// DELTARULE_ISA_NAME a string. Loops are written so that they vectorise as they stand: no
// reduction is left to the compiler's order.
#include "kernels.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <optional>
#include <utility>

namespace deltarule::DELTARULE_ISA {

namespace {

#include "elementary.hpp"
#include "activations.hpp"
#include "product.hpp"

template <class T, template <class> class F>
void forward(T* __restrict h, T* __restrict kept, Size count) {
    if (kept != nullptr) std::copy(h, h + count, kept);
    for (Size i = 0; i < count; ++i) h[i] = F<T>::value(h[i]);
}

template <class T, template <class> class F>
void backward(T* __restrict g, const T* __restrict h_or_a, Size count) {
    for (Size i = 0; i < count; ++i) g[i] *= F<T>::slope(h_or_a[i]);
}

template <class T>
void mix(T* __restrict h, const T* __restrict a, const T* __restrict alpha, Size rows, Size n) {
    for (Size r = 0; r < rows; ++r, h += n, a += n)
        for (Size j = 0; j < n; ++j) h[j] = a[j] + alpha[j] * (h[j] - a[j]);
}

template <class T, template <class> class F, bool from_a>
void mix_back(T* __restrict g, const T* __restrict a, T* __restrict f, const T* __restrict alpha,
              Size rows, Size n) {
    for (Size r = 0; r < rows; ++r, g += n, a += n, f += n)
        for (Size j = 0; j < n; ++j) {
            const T slope = F<T>::slope(from_a ? a[j] : f[j]);
            f[j] = g[j] * (f[j] - a[j]);
            g[j] *= T(1) + alpha[j] * (slope - T(1));
        }
}

// Eight partial sums in a fixed order: the same bits for every width of vector.
constexpr Size kLanes = 8;

template <class Sum = double, class Value>
inline Sum fixed_sum(Size count, Value value) {
    Sum lanes[kLanes] = {};
    Size i = 0;
    for (; i + kLanes <= count; i += kLanes)
        for (Size lane = 0; lane < kLanes; ++lane) lanes[lane] += value(i + lane);
    for (Size lane = 0; i < count; ++i, ++lane) lanes[lane] += value(i);
    Sum total = 0;
    for (Sum lane : lanes) total += lane;
    return total;
}

#include "waves.hpp"

constexpr Size kSoftmaxRows = 64;

template <class T>
inline T row_maximum(const T* row, Size l) {
    T maximum = row[0];
    for (Size i = 1; i < l; ++i) maximum = row[i] > maximum ? row[i] : maximum;
    return maximum;
}

// Eq. 13 and 14 with one log-sum-exp a row, for a few rows: what is a loop over all their scores
// vectorises also where l is small.
template <class T>
void softmax_rows(T* __restrict s, const Size* labels, const T* weights, T e, Size rows, Size l,
                  double* losses) {
    T expected[kSoftmaxRows], sum[kSoftmaxRows];
    for (Size r = 0; r < rows; ++r) {
        T* row = s + r * l;
        const T maximum = row_maximum(row, l);
        T shifted_sum = 0;
        for (Size i = 0; i < l; ++i) shifted_sum += row[i] -= maximum;
        expected[r] = (T(1) - e) * row[labels[r]] + e * shifted_sum / static_cast<T>(l);
    }
    for (Size i = 0; i < rows * l; ++i) s[i] = exp_negative(s[i]);
    for (Size r = 0; r < rows; ++r) {
        T* row = s + r * l;
        sum[r] = 0;
        for (Size i = 0; i < l; ++i) sum[r] += row[i];
        const T share = T(1) / sum[r];
        for (Size i = 0; i < l; ++i) row[i] = row[i] * share - e / static_cast<T>(l);
        row[labels[r]] -= T(1) - e;
    }
    for (Size r = 0; r < rows; ++r) losses[r] = static_cast<double>(log_(sum[r]) - expected[r]);
    if (weights == nullptr) return;
    for (Size r = 0; r < rows; ++r) {
        losses[r] *= static_cast<double>(weights[r]);
        for (Size i = 0; i < l; ++i) s[r * l + i] *= weights[r];
    }
}

template <class T>
void softmax(T* scores, const Size* labels, const T* weights, double smoothing, Size rows, Size l,
             double* losses) {
    for (Size r = 0; r < rows; r += kSoftmaxRows)
        softmax_rows(scores + r * l, labels + r, weights == nullptr ? weights : weights + r,
                     static_cast<T>(smoothing), std::min(kSoftmaxRows, rows - r), l, losses + r);
}

template <class T>
void sigmoid(T* __restrict scores, const std::uint8_t* targets, const T* weights, double smoothing,
             Size rows, Size l, double* losses) {
    const T keep = static_cast<T>(1 - smoothing), spread = static_cast<T>(smoothing / 2);
    for (Size r = 0; r < rows; ++r) {
        T* s = scores + r * l;
        const std::uint8_t* target = targets + r * l;
        const T weight = weights == nullptr ? T(1) : weights[r];
        T loss = 0;
        for (Size i = 0; i < l; ++i) {
            const T t = keep * static_cast<T>(target[i]) + spread;
            const T q = exp_negative(s[i] < T(0) ? s[i] : -s[i]);
            loss += (s[i] < T(0) ? T(0) : s[i]) - t * s[i] + log1p_(q);
            s[i] = weight * ((s[i] < T(0) ? q : T(1)) / (T(1) + q) - t);
        }
        losses[r] = static_cast<double>(weight * loss);
    }
}

// p += share softmax(s / temperature), row by row; s is overwritten.
template <class T>
void add_softmax(T* __restrict s, T temperature, T share, Size rows, Size l, T* __restrict p) {
    for (Size r = 0; r < rows; ++r) {
        T* row = s + r * l;
        const T maximum = row_maximum(row, l);
        for (Size i = 0; i < l; ++i) row[i] = (row[i] - maximum) / temperature;
    }
    for (Size i = 0; i < rows * l; ++i) s[i] = exp_or_zero(s[i]);
    for (Size r = 0; r < rows; ++r, s += l, p += l) {
        T sum = 0;
        for (Size i = 0; i < l; ++i) sum += s[i];
        for (Size i = 0; i < l; ++i) p[i] += share * (s[i] / sum);
    }
}

// p += share / (1 + e^-s) of each score; or where there are `pairs`, of -s and of s, side by side.
template <class T>
void add_sigmoid(const T* __restrict s, bool pairs, T share, Size count, T* __restrict p) {
    for (Size i = 0; i < count; ++i) {
        const T q = exp_or_zero(s[i] < T(0) ? s[i] : -s[i]), sum = T(1) + q;
        const T yes = (s[i] < T(0) ? q : T(1)) / sum, no = (s[i] < T(0) ? T(1) : q) / sum;
        if (pairs) {
            p[2 * i] += share * no;
            p[2 * i + 1] += share * yes;
        } else {
            p[i] += share * yes;
        }
    }
}

template <class T>
void column_sums(const T* __restrict g, Size rows, Size n, Size first, Size last,
                 T* __restrict out) {
    for (Size j = first; j < last; ++j) out[j - first] = 0;
    for (Size r = 0; r < rows; ++r)
        for (Size j = first; j < last; ++j) out[j - first] += g[r * n + j];
}

template <class T>
void scale(const T* __restrict h, Size down, const T* __restrict s, Size rows, Size n,
           T* __restrict out) {
    for (Size r = 0; r < rows; ++r)
        for (Size j = 0; j < n; ++j) out[r * n + j] = s[j] * h[r * down + j];
}

template <class T>
void scale_gradient(const T* __restrict g, const T* __restrict h, Size rows, Size n, Size first,
                    Size last, T* __restrict out) {
    for (Size j = first; j < last; ++j) out[j - first] = 0;
    for (Size r = 0; r < rows; ++r)
        for (Size j = first; j < last; ++j) out[j - first] += g[r * n + j] * h[r * n + j];
}

template <class T>
void split_gradient(const T* __restrict W, const T* __restrict s, T* __restrict G, Size rows,
                    Size n, double* __restrict total) {
    for (Size j = 0; j < n; ++j) total[j] = 0;
    for (Size i = 0; i < rows; ++i)
        for (Size j = 0; j < n; ++j) {
            total[j] += static_cast<double>(W[i * n + j] * G[i * n + j]);
            G[i * n + j] *= s[j];
        }
}

template <class T>
double sum_squares(const T* values, Size count) {
    return fixed_sum(count, [values](Size i) {
        const double x = static_cast<double>(values[i]);
        return x * x;
    });
}

template <class T>
double sgd(T* __restrict theta, T* __restrict gradient, T* __restrict velocity, Size count,
           const Update& u) {
    const T scale = T(u.scale), alpha = T(u.alpha), rate = T(u.rate), momentum = T(u.momentum);
    const T shrink = T(1 - u.decay);
    for (Size i = 0; i < count; ++i) {
        const T change = rate * ((gradient[i] + alpha * theta[i]) * scale);
        velocity[i] = momentum * velocity[i] - change;
        const T step = u.nesterov ? momentum * velocity[i] - change : velocity[i];
        theta[i] = shrink * theta[i] + step;
    }
    return u.alpha == 0 ? 0 : sum_squares(theta, count);
}

template <class T>
double adam(T* __restrict theta, T* __restrict gradient, T* __restrict m, T* __restrict v,
            Size count, const Update& u) {
    const T scale = T(u.scale), alpha = T(u.alpha), rate = T(u.rate), epsilon = T(u.epsilon);
    const T beta_1 = T(u.beta_1), beta_2 = T(u.beta_2);
    const T rest_1 = T(1 - u.beta_1), rest_2 = T(1 - u.beta_2), shrink = T(1 - u.decay);
    for (Size i = 0; i < count; ++i) {
        const T g = (gradient[i] + alpha * theta[i]) * scale;
        m[i] = beta_1 * m[i] + rest_1 * g;
        v[i] = beta_2 * v[i] + rest_2 * (g * g);
        theta[i] = shrink * theta[i] - rate * m[i] / (std::sqrt(v[i]) + epsilon);
    }
    return u.alpha == 0 ? 0 : sum_squares(theta, count);
}

template <class T>
double add_penalty(const T* __restrict theta, T* __restrict gradient, Size count, double alpha) {
    for (Size i = 0; i < count; ++i) gradient[i] += T(alpha) * theta[i];
    return alpha == 0 ? 0 : sum_squares(theta, count);
}

template <class T>
void add(T* __restrict total, const T* __restrict part, Size count) {
    for (Size i = 0; i < count; ++i) total[i] += part[i];
}

}  // namespace

// Vectors of 16 bytes, or no fused multiply-add: there a BLAS made for the very processor wins.
#if defined(__FMA__) || defined(DELTARULE_ALWAYS_PRODUCT)
constexpr bool kOwnProduct = true;
#else
constexpr bool kOwnProduct = false;
#endif

template <class T>
const Kernels<T>& kernels() {
    static const Kernels<T> table = {
        kOwnProduct ? product<T> : nullptr,
        packed_size<T>,
        pack<T>,
        product_by<T>,
        {forward<T, Identity>, forward<T, Tanh>, forward<T, Logistic>, forward<T, Relu>,
         forward<T, LeakyRelu>, forward<T, Elu>, forward<T, Selu>, forward<T, Gelu>,
         forward<T, Silu>, forward<T, Mish>, forward<T, Softplus>},
        {backward<T, Identity>, backward<T, Tanh>, backward<T, Logistic>, backward<T, Relu>,
         backward<T, LeakyRelu>, backward<T, Elu>, backward<T, Selu>, backward<T, Gelu>,
         backward<T, Silu>, backward<T, Mish>, backward<T, Softplus>},
        mix<T>,
        {mix_back<T, Identity, false>, mix_back<T, Tanh, false>, mix_back<T, Logistic, false>,
         mix_back<T, Relu, false>, mix_back<T, LeakyRelu, false>, mix_back<T, Elu, false>,
         mix_back<T, Selu, false>, mix_back<T, Gelu, true>, mix_back<T, Silu, true>,
         mix_back<T, Mish, true>, mix_back<T, Softplus, false>},
        softmax<T>,
        sigmoid<T>,
        add_softmax<T>,
        add_sigmoid<T>,
        column_sums<T>,
        scale<T>,
        scale_gradient<T>,
        split_gradient<T>,
        waves<T>,
        waves_back<T>,
        waves_gradient<T>,
        sgd<T>,
        adam<T>,
        add_penalty<T>,
        add<T>,
        sum_squares<T>,
        DELTARULE_ISA_NAME,
    };
    return table;
}

template const Kernels<float>& kernels<float>();
template const Kernels<double>& kernels<double>();

}  // namespace deltarule::DELTARULE_ISA
