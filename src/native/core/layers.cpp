#include "layers.hpp"

#include <algorithm>
#include <cmath>

#include "philox.hpp"
#include "sparse.hpp"

namespace deltarule {

namespace {

constexpr Size kUnitsAPhiloxBlock = 8;
constexpr std::uint64_t kDropoutPurpose = 2;  // deltarule/network/randomness.py

// The row of its table that an index reads: the last one where it is none of them, or NaN.
template <class T>
Size row_of_table(T index, Size size) {
    const bool is_known = index >= T(0) && index < T(size) && index == std::floor(index);
    return is_known ? static_cast<Size>(index) : size - 1;
}

// The i-th element of a buffer; null where nothing is reserved.
template <class E>
E* from(Buffer<E>& buffer, Size i) {
    return buffer.data() == nullptr ? nullptr : buffer.data() + i;
}

}  // namespace

template <class T>
LayerPhases<T>::LayerPhases(const Layer& layer, Size k, const Multiply<T>& multiply,
                            const T* packed)
    : layer_(layer), k_(k), multiply_(multiply), kernels_(multiply.kernels), packed_(packed) {}

template <class T>
void LayerPhases<T>::reserve(Size rows, bool goes_back) {
    const Size units = rows * layer_.n_out, columns = rows * layer_.n_columns();
    const bool drops = goes_back && layer_.dropout > 0;
    if (layer_.is_parametric || drops || (goes_back && reads_a(layer_.activation)))
        a_.reserve(units);
    if (goes_back && layer_.is_parametric) f_.reserve(units);
    if (drops) kept_.reserve(units);
    cosines_.reserve(columns * layer_.n_frequencies);
    sines_.reserve(columns * layer_.n_frequencies);
    if (layer_.is(LayerKind::embedding)) indices_.reserve(columns);
}

template <class T>
void LayerPhases<T>::forward(const T* theta, const Input<T>& below, Size at, Size count, T* h,
                             Desk<T>& desk) {
    switch (layer_.kind) {
        case LayerKind::dense: return forward_dense(theta, below, at, count, h, desk);
        case LayerKind::scale:
            kernels_.scale(below.matrix.at, below.matrix.down, theta + layer_.at(kFactors), count,
                           layer_.n_out, h);
            break;
        case LayerKind::periodic: forward_periodic(theta, below.matrix, at, count, h); break;
        case LayerKind::embedding: forward_embedding(theta, below.matrix, at, count, h); break;
    }
    desk.laps.lap(Phase::elementwise);
}

template <class T>
void LayerPhases<T>::backward(const T* theta, const RowBlock& block, const T* h, T* g, T* g_below,
                              Desk<T>& desk) {
    switch (layer_.kind) {
        case LayerKind::dense: return backward_dense(theta, block, h, g, g_below, desk);
        case LayerKind::scale:
            if (g_below != nullptr)
                kernels_.scale(g, layer_.n_out, theta + layer_.at(kFactors), block.count,
                               layer_.n_out, g_below);
            break;
        case LayerKind::periodic: backward_periodic(theta, block, g, g_below); break;
        case LayerKind::embedding: break;  // it reads X, and its gradient is g as it comes
    }
    desk.laps.lap(Phase::elementwise);
}

template <class T>
void LayerPhases<T>::gradient(const Input<T>& below, Size at, Size rows, const T* g, Size first,
                              Size last, T* out, Desk<T>& desk) const {
    switch (layer_.kind) {
        case LayerKind::dense: gradient_dense(below, at, rows, g, first, last, out, desk); break;
        case LayerKind::scale:
            kernels_.scale_gradient(g, below.matrix.at, rows, layer_.n_out, first, last, out);
            break;
        case LayerKind::periodic:
            gradient_periodic(below.matrix, at, rows, g, first, last, out);
            break;
        case LayerKind::embedding: gradient_embedding(at, rows, g, first, last, out); break;
    }
    desk.laps.lap(Phase::elementwise);
}

// Dense -------------------------------------------------------------------------------------------

// Lines 8-9 of Algorithm 1.
template <class T>
void LayerPhases<T>::forward_dense(const T* theta, const Input<T>& below, Size at, Size count, T* h,
                                   Desk<T>& desk) {
    const Size n_in = layer_.n_in, n = layer_.n_out;
    const T *W = theta + layer_.at(kW), *b = theta + layer_.at(kBias);
    if (below.sparse != nullptr) {
        const auto row = [&below](Size r) { return below.row(r); };
        sparse_forward(*below.sparse, row, count, W, b, n, h);
    } else if (packed_ != nullptr) {
        kernels_.product_by(packed_, below.matrix, b, count, n, n_in, h);
    } else {
        multiply_(below.matrix, {W, 1, n_in}, b, count, n, n_in, h, desk.workspace.data());
    }
    desk.laps.lap(Phase::products);
    const bool reads_it = layer_.is_parametric || reads_a(layer_.activation);
    T* a = reads_it ? from(a_, at * n) : nullptr;
    kernels_.forward[static_cast<int>(layer_.activation)](h, a, count * n);
    if (layer_.is_parametric) {
        if (T* f = from(f_, at * n)) std::copy(h, h + count * n, f);
        kernels_.mix(h, a, theta + layer_.at(kAlpha), count, n);
    }
    desk.laps.lap(Phase::elementwise);
}

template <class T>
void LayerPhases<T>::drop(const RowBlock& block, std::uint64_t seed, T* h) {
    if (rate(block) == 0) return;
    const Size n = layer_.n_out, philox_blocks = (n + kUnitsAPhiloxBlock - 1) / kUnitsAPhiloxBlock;
    const auto threshold = static_cast<std::uint64_t>(std::nearbyint(rate(block) * 4294967296.0));
    const T scale = T(1) / T(1 - rate(block));
    std::uint8_t* kept = kept_.data() + block.at * n;
    if (!layer_.is_parametric && !reads_a(layer_.activation))
        std::copy(h, h + block.count * n, a_.data() + block.at * n);
    for (Size r = 0; r < block.count; ++r, h += n, kept += n) {
        const Size first = (block.first_example + r) * philox_blocks;
        for (Size p = 0; p < philox_blocks; ++p) {
            // NumPy makes block i from counter i + 1; see deltarule/network/randomness.py.
            const Words words = philox({static_cast<std::uint64_t>(first + p + 1),
                                        static_cast<std::uint64_t>(k_ + 1),
                                        static_cast<std::uint64_t>(block.step), 0},
                                       {seed, kDropoutPurpose});
            const Size begin = p * kUnitsAPhiloxBlock, end = std::min(begin + kUnitsAPhiloxBlock, n);
            for (Size j = begin; j < end; ++j) {
                const std::uint64_t word = words[static_cast<std::size_t>((j - begin) / 2)];
                const std::uint64_t half = j % 2 == 0 ? word & 0xFFFFFFFFu : word >> 32;
                kept[j] = half >= threshold;
                h[j] = kept[j] ? h[j] * scale : T(0);
            }
        }
    }
}

// Lines 7 and 11 of Algorithm 2; f' reads what was there before dropout.
template <class T>
void LayerPhases<T>::backward_dense(const T* theta, const RowBlock& block, const T* h, T* g,
                                    T* g_below, Desk<T>& desk) {
    const Size n_in = layer_.n_in, n = layer_.n_out, count = block.count * n;
    const bool drops = rate(block) > 0;
    const T* a = from(a_, block.at * n);
    if (drops) {
        const T scale = T(1) / T(1 - rate(block));
        const std::uint8_t* kept = kept_.data() + block.at * n;
        for (Size i = 0; i < count; ++i) g[i] = kept[i] ? g[i] * scale : T(0);
    }
    const int f = static_cast<int>(layer_.activation);
    if (layer_.is_parametric)
        kernels_.mix_back[f](g, a, f_.data() + block.at * n, theta + layer_.at(kAlpha), block.count,
                             n);
    else if (layer_.activation != Activation::identity)
        kernels_.backward[f](g, drops || reads_a(layer_.activation) ? a : h, count);
    desk.laps.lap(Phase::elementwise);
    if (g_below == nullptr) return;
    multiply_({g, n, 1}, {theta + layer_.at(kW), n_in, 1}, nullptr, block.count, n_in, n, g_below,
              desk.workspace.data());
    desk.laps.lap(Phase::products);
}

// Lines 3-4 and 9-10 of Algorithm 2.
template <class T>
void LayerPhases<T>::gradient_dense(const Input<T>& below, Size at, Size rows, const T* g,
                                    Size first, Size last, T* out, Desk<T>& desk) const {
    const Size n_in = layer_.n_in, n = layer_.n_out, count = last - first;
    if (below.sparse != nullptr)
        sparse_gradient(*below.sparse, below.numbers, rows, g, n, first, last, out);
    else
        multiply_({g + first, 1, n}, below.matrix, nullptr, count, n_in, rows, out,
                  desk.workspace.data());
    desk.laps.lap(Phase::products);
    out += count * n_in;
    kernels_.column_sums(g, rows, n, first, last, out);
    if (layer_.is_parametric)
        kernels_.column_sums(f_.data() + at * n, rows, n, first, last, out + count);
}

// Periodic ----------------------------------------------------------------------------------------

template <class T>
Waves<T> LayerPhases<T>::waves(const T* theta) const {
    return {layer_.columns.data(),         layer_.n_columns(),       layer_.n_frequencies,
            layer_.width,                  theta + layer_.at(kFrequencies),
            theta + layer_.at(kShifts),   theta + layer_.at(kV),    theta + layer_.at(kD)};
}

template <class T>
void LayerPhases<T>::forward_periodic(const T* theta, const Matrix<T>& below, Size at, Size count,
                                      T* h) {
    const Size n_in = layer_.n_in, n = layer_.n_out;
    const Size angles = layer_.n_columns() * layer_.n_frequencies;
    for (Size r = 0; r < count; ++r) {
        const T* x = below.at + r * below.down;
        std::copy(x, x + n_in, h + r * n);
    }
    kernels_.waves(waves(theta), below.at, below.down, count, cosines_.data() + at * angles,
                   sines_.data() + at * angles, h + n_in, n);
}

template <class T>
void LayerPhases<T>::backward_periodic(const T* theta, const RowBlock& block, const T* g,
                                       T* g_below) {
    const Size n_in = layer_.n_in, n = layer_.n_out;
    const Size angles = layer_.n_columns() * layer_.n_frequencies;
    for (Size r = 0; g_below != nullptr && r < block.count; ++r)
        std::copy(g + r * n, g + r * n + n_in, g_below + r * n_in);
    kernels_.waves_back(waves(theta), g + n_in, n, block.count, sines_.data() + block.at * angles,
                        g_below, n_in);
}

template <class T>
void LayerPhases<T>::gradient_periodic(const Matrix<T>& below, Size at, Size rows, const T* g,
                                       Size first, Size last, T* out) const {
    const Size angles = layer_.n_columns() * layer_.n_frequencies;
    const Waves<T> shape{layer_.columns.data(), layer_.n_columns(), layer_.n_frequencies,
                         layer_.width, nullptr, nullptr, nullptr, nullptr};
    kernels_.waves_gradient(shape, below.at, below.down, g + layer_.n_in, layer_.n_out,
                            cosines_.data() + at * angles, sines_.data() + at * angles, rows, first,
                            last, out);
}

// Embedding ---------------------------------------------------------------------------------------

template <class T>
void LayerPhases<T>::forward_embedding(const T* theta, const Matrix<T>& below, Size at, Size count,
                                       T* h) {
    const Size q = layer_.n_columns(), width = layer_.width;
    const T* E = theta + layer_.at(kTables);
    for (Size r = 0; r < count; ++r) {
        const T* x = below.at + r * below.down;
        Size* indices = indices_.data() + (at + r) * q;
        for (Size i = 0, j = 0; i < layer_.n_in; ++i) {
            if (j < q && layer_.columns[j] == i)
                ++j;
            else
                *h++ = x[i];
        }
        for (Size j = 0, start = 0; j < q; start += layer_.sizes[j], ++j, h += width) {
            indices[j] = start + row_of_table(x[layer_.columns[j]], layer_.sizes[j]);
            std::copy(E + indices[j] * width, E + (indices[j] + 1) * width, h);
        }
    }
}

// Units [first, last) are of one table: the j-th.
template <class T>
void LayerPhases<T>::gradient_embedding(Size at, Size rows, const T* g, Size first, Size last,
                                        T* out) const {
    const Size q = layer_.n_columns(), width = layer_.width;
    Size j = 0;
    for (Size end = layer_.sizes[0]; end <= first; end += layer_.sizes[j]) ++j;
    g += layer_.n_in - q + j * width;
    std::fill(out, out + (last - first) * width, T(0));
    for (Size r = 0; r < rows; ++r, g += layer_.n_out) {
        const Size unit = indices_.data()[(at + r) * q + j];
        if (unit < first || unit >= last) continue;
        for (Size i = 0; i < width; ++i) out[(unit - first) * width + i] += g[i];
    }
}

template class LayerPhases<float>;
template class LayerPhases<double>;

}  // namespace deltarule
