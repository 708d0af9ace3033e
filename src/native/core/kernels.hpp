// The element-wise work, as a table of functions. The same source (kernels.cpp) is compiled once
// for each instruction set; best_kernels() picks the best set that this processor has.
#pragma once

#include "types.hpp"

namespace deltarule {

// What one step does to one block of parameters; see deltarule/network/optimisers.
struct Update {
    double scale;  // 1 / the batch's total weight
    double alpha;  // L2 penalty, 0 where it does not decay
    double rate, epsilon, decay;
    double momentum, beta_1, beta_2;
    bool nesterov;
};

// Element (i, j) lies at at[i * down + j * across]; one of the steps is 1.
template <class T>
struct Matrix {
    const T* at;
    Size down, across;
};

// Of product(): its tiles' rows, the depth of its panels and their widest row, and the most rows of
// A that it packs. A panel fits a core's own cache.
inline constexpr Size kTileRows = 6, kDepth = 256, kPanelBytes = 256, kMostPackedRows = 252;
template <class T>
inline constexpr Size kPanel = kDepth * (kPanelBytes / Size(sizeof(T)));
template <class T>
inline constexpr Size kWorkspace = kPanel<T> + kDepth * kMostPackedRows;

// The numbers of a Periodic layer, in the notation of deltarule/network/layers/periodic.py.
template <class T>
struct Waves {
    const Size* columns;  // (q): which inputs they read
    Size q, m, o;
    const T *w, *c;  // (q, m)
    const T* V;      // (q, o, m)
    const T* d;      // (q, o)
};

template <class T>
struct Kernels {
    // C = A B + bias with C (m x n) and bias (n) or null; workspace has kWorkspace elements, or
    // kPanel where A.across is 1. Null where the BLAS is quicker.
    void (*product)(const Matrix<T>& A, const Matrix<T>& B, const T* bias, Size m, Size n, Size k,
                    T* c, T* workspace);
    // The same to the bit, where there is that, for a B (k x n) that is packed before; A.across is 1.
    Size (*packed_size)(Size n, Size k);
    void (*pack)(const Matrix<T>& B, Size n, Size k, T* out);
    void (*product_by)(const T* packed, const Matrix<T>& A, const T* bias, Size m, Size n, Size k,
                       T* c);
    // h = f(a) in place; keeps a where `kept` is not null.
    void (*forward[kActivations])(T* h, T* kept, Size count);
    // g *= f', from h or a.
    void (*backward[kActivations])(T* g, const T* h_or_a, Size count);
    // h = a + alpha (h - a), for `rows` rows of n units.
    void (*mix)(T* h, const T* a, const T* alpha, Size rows, Size n);
    // Back through that, with f = f(a): f = g (f - a), and then g *= 1 + alpha (f' - 1).
    void (*mix_back[kActivations])(T* g, const T* a, T* f, const T* alpha, Size rows, Size n);
    // The loss of each row in `losses`, and scores overwritten with its gradient.
    void (*softmax)(T* scores, const Size* labels, const T* weights, double smoothing, Size rows,
                    Size l, double* losses);
    void (*sigmoid)(T* scores, const std::uint8_t* targets, const T* weights, double smoothing,
                    Size rows, Size l, double* losses);
    // p += share softmax(s / temperature), row by row; s is overwritten.
    void (*add_softmax)(T* s, T temperature, T share, Size rows, Size l, T* p);
    // p += share / (1 + e^-s) of each score; or where there are `pairs`, of -s and of s, side by side.
    void (*add_sigmoid)(const T* s, bool pairs, T share, Size count, T* p);
    // out[j] = sum over rows of g[row, j], j in [first, last).
    void (*column_sums)(const T* g, Size rows, Size n, Size first, Size last, T* out);
    // out[r, j] = s[j] h[r, j]: of `rows` rows of n, those of h `down` apart.
    void (*scale)(const T* h, Size down, const T* s, Size rows, Size n, T* out);
    // out[j] = sum over rows of g[row, j] h[row, j], j in [first, last).
    void (*scale_gradient)(const T* g, const T* h, Size rows, Size n, Size first, Size last,
                           T* out);
    // For z = W (s h), with G = g^T h: total[j] = sum over rows of W[row, j] G[row, j], which is
    // the gradient of s, and G[row, j] *= s[j], which makes it that of W.
    void (*split_gradient)(const T* W, const T* s, T* G, Size rows, Size n, double* total);
    // Of each of `rows` rows x, `down` apart: cos(2 pi w x + c), its sine, and P (q, o), which is V
    // cos + d; rows of P are `P_down` apart.
    void (*waves)(const Waves<T>& waves, const T* x, Size down, Size rows, T* cosines, T* sines,
                  T* P, Size P_down);
    // Back from g at P, its rows `P_down` apart: sines = -sine (V^T g), the gradient at the angles;
    // and, unless g_x is null, what of it is x's is added to g_x.
    void (*waves_back)(const Waves<T>& waves, const T* g, Size P_down, Size rows, T* sines, T* g_x,
                       Size down);
    // The gradients of w, c, V and d of the columns [first, last), one after the other, from g at P
    // and g_u at the angles.
    void (*waves_gradient)(const Waves<T>& waves, const T* x, Size down, const T* g, Size P_down,
                           const T* cosines, const T* g_u, Size rows, Size first, Size last, T* out);
    // One step on theta; `gradient` is that of the summed loss, without the penalty. Returns the
    // sum of squares of the new theta, in float64, where alpha is not 0.
    double (*sgd)(T* theta, T* gradient, T* velocity, Size count, const Update& u);
    double (*adam)(T* theta, T* gradient, T* m, T* v, Size count, const Update& u);
    // gradient += alpha theta; returns the sum of squares of theta.
    double (*add_penalty)(const T* theta, T* gradient, Size count, double alpha);
    // total += part.
    void (*add)(T* total, const T* part, Size count);
    // The sum of squares, in float64.
    double (*sum_squares)(const T* values, Size count);
    const char* name;
};

template <class T>
const Kernels<T>& best_kernels();

// By name: "baseline", "x86-64-v3", "x86-64-v4"; null where the processor or the build lacks it.
template <class T>
const Kernels<T>* kernels_named(const char* name);

}  // namespace deltarule
