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

// How an update rule treats one array of theta; see deltarule/network/parameters.py.
struct Group {
    double rate_factor = 1.0;
    bool decays = true;
    double decay_factor = 1.0;
};

// One of a layer's arrays: from theta[at] on, `a_unit` elements for each of its units in turn.
struct Array {
    Size at, a_unit;
    Group group;
};

// In the order of kLayerNames in bindings.cpp.
enum class LayerKind { dense, scale, periodic, embedding };
inline constexpr int kLayerKinds = 4;

// Where in Layer::arrays those of each kind stand.
enum DenseArray { kW, kBias, kAlpha, kDenseArrays };
enum ScaleArray { kFactors, kScaleArrays };
enum PeriodicArray { kFrequencies, kShifts, kV, kD, kPeriodicArrays };
enum EmbeddingArray { kTables, kEmbeddingArrays };

// What a layer is; see deltarule/network/layers. Its arrays are cut along its units, the pieces that
// can be learnt each on its own: outputs of a Dense or Scale, columns of a Periodic, rows of the
// tables of an Embedding.
struct Layer {
    LayerKind kind;
    Size n_in, n_out;
    Activation activation = Activation::identity;
    double dropout = 0;
    bool is_parametric = false;
    std::vector<Size> columns = {};  // Periodic, Embedding: inputs that they read, ascending
    std::vector<Size> sizes = {};    // Embedding: rows of each column's table
    Size n_frequencies = 0;          // Periodic: of each column
    Size width = 0;                  // Periodic, Embedding: outputs made of each column
    std::vector<Array> arrays = {};

    bool is(LayerKind other) const { return kind == other; }
    Size at(int array) const { return arrays[static_cast<std::size_t>(array)].at; }
    Size n_columns() const { return static_cast<Size>(columns.size()); }
    // Units that stand together: the tables of an Embedding, else all.
    std::vector<Size> groups_of_units() const {
        if (is(LayerKind::embedding)) return sizes;
        return {is(LayerKind::periodic) ? n_columns() : n_out};
    }
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
    double gradient = 0;  // of all arrays: the mean over the batch, penalty included
    double update = 0;    // of W, the first of them: what the step added to it
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
