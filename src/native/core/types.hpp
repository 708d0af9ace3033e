// The engine's words for what it is given. Everything is checked at the boundary (bindings.cpp);
// inside, sizes and indices are trusted.
#pragma once

#include <cstdint>
#include <vector>

namespace deltarule {

using Size = std::int64_t;

// In the order of kActivationNames in bindings.cpp.
enum class Activation { identity, tanh, logistic, relu, leaky_relu, elu, selu, gelu, silu, mish, softplus };
inline constexpr int kActivations = 11;

// Whether f' needs the pre-activation a, or can be had from h = f(a).
inline constexpr bool reads_a(Activation f) {
    return f == Activation::gelu || f == Activation::silu || f == Activation::mish;
}

enum class LossKind { softmax, sigmoid };
enum class Rule { none, sgd, adam };

// How an update rule treats one array of theta.
struct Group {
    double rate_factor = 1.0;
    bool decays = true;
};

// In the order of kLayerNames in bindings.cpp.
enum class LayerKind { dense, scale };
inline constexpr int kLayerKinds = 2;

// Dense: h = f(W h_prev + b), W (n_out, n_in) at theta[W], b (n_out) at theta[b].
// Scale: h = s h_prev, element by element, with n_out = n_in. Its s (n_out) lies at theta[W], and
// is treated as weights of which each unit has one; it has no b, f is the identity.
struct Layer {
    LayerKind kind;
    Size n_in, n_out;
    Activation activation;
    double dropout;
    Size W, b;
    Group group_W, group_b;

    bool is_scale() const { return kind == LayerKind::scale; }
    Size weights_a_unit() const { return is_scale() ? 1 : n_in; }
};

struct Objective {
    std::vector<Layer> layers;  // the document's k = 1..depth, counted from 0 here
    Size theta_size;
    LossKind loss;
    double alpha, label_smoothing;
    std::uint64_t seed;  // of the dropout masks
};

struct Optimiser {
    Rule rule = Rule::none;
    double momentum = 0;            // sgd
    bool nesterov = false;          // sgd
    double beta_1 = 0, beta_2 = 0;  // adam
};

// What one step needs besides the gradient; see deltarule.network.optimisers.StepScalars.
struct StepScalars {
    double rate, epsilon, decay;
};

// Sums of squares over a layer, or a part of one: what a run is watched by.
struct Squares {
    double gradient = 0;  // of W and b: the mean over the batch, penalty included
    double update = 0;    // of W: what the step added to it
    double weights = 0;   // of W, before the step
};

// Element types that rows of X may have; of a sparse X the first two.
enum class Element { float32, float64, uint8, float16 };

template <class T>
constexpr Element element_of() {
    return sizeof(T) == sizeof(float) ? Element::float32 : Element::float64;
}

// The examples, where they lie. Strides are in bytes and may be negative. A sparse X is in CSR form:
// row i has the elements indptr[i] to indptr[i + 1] of X (its values) and of its column numbers.
struct Examples {
    const char* X;
    Element element;
    Size n, f, row_stride, column_stride;
    const Size* indptr = nullptr;               // (n + 1); null: X is dense
    const std::int32_t* columns_32 = nullptr;   // one of the two, where X is sparse
    const std::int64_t* columns_64 = nullptr;
    const Size* labels = nullptr;               // softmax: class indices (n)
    const std::uint8_t* indicators = nullptr;   // sigmoid: zeros and ones (n, l)
    const double* weights = nullptr;            // (n)

    bool is_sparse() const { return indptr != nullptr; }
};

// SciPy's Fortran GEMM: C = alpha op(A) op(B) + beta C, column-major.
template <class T>
using Gemm = void (*)(char* trans_a, char* trans_b, int* m, int* n, int* k, T* alpha, T* a, int* lda,
                      T* b, int* ldb, T* beta, T* c, int* ldc);

}  // namespace deltarule
