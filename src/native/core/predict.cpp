#include "predict.hpp"

#include "buffer.hpp"
#include "gather.hpp"
#include "sparse.hpp"
#include "team.hpp"

namespace deltarule {

namespace {

constexpr Size kBlock = 128;  // rows

// Whether rows of X can be multiplied where they lie.
template <class T>
bool lies_ready(const Examples& x) {
    return !x.is_sparse() && x.element == element_of<T>() && x.column_stride == sizeof(T) &&
           x.row_stride >= x.f * Size(sizeof(T)) && x.row_stride % Size(sizeof(T)) == 0 &&
           reinterpret_cast<std::uintptr_t>(x.X) % sizeof(T) == 0;
}

// What one thread works with: two layers' outputs, in turn, and the rows it has gathered.
template <class T>
struct Desk {
    Buffer<T> rows, h[2], workspace;

    Desk(const Objective& objective, const Multiply<T>& multiply, const Examples& x, Size count) {
        Size widest = 0;
        for (const Layer& layer : objective.layers) widest = std::max(widest, layer.n_out);
        for (auto& buffer : h) buffer.reserve(count * widest);
        if (!x.is_sparse() && !lies_ready<T>(x)) rows.reserve(count * x.f);
        if (!multiply.uses_blas()) workspace.reserve(kPanel<T>);
    }
};

// The first layer's input: rows of X as they lie, or gathered.
template <class T>
Matrix<T> input(const Examples& x, Size first, Size count, Desk<T>& desk) {
    if (lies_ready<T>(x))
        return {reinterpret_cast<const T*>(x.X + first * x.row_stride),
                x.row_stride / Size(sizeof(T)), 1};
    for (Size r = 0; r < count; ++r) gather_row(x, first + r, desk.rows.data() + r * x.f);
    return {desk.rows.data(), x.f, 1};
}

template <class T>
void predict_block(const Objective& objective, const Multiply<T>& multiply, const T* theta,
                   const Examples& x, Size first, Size count, Desk<T>& desk, T* scores) {
    Matrix<T> below{};
    if (!x.is_sparse()) below = input(x, first, count, desk);
    for (Size k = 0; k < std::ssize(objective.layers); ++k) {
        const Layer& layer = objective.layers[k];
        T* h = k + 1 == std::ssize(objective.layers) ? scores : desk.h[k % 2].data();
        if (k == 0 && x.is_sparse()) {
            const auto row = [first](Size r) { return first + r; };
            sparse_forward(x, row, count, theta + layer.W, theta + layer.b, layer.n_out, h);
        } else if (layer.is_scale()) {
            multiply.kernels.scale(below.at, below.down, theta + layer.W, count, layer.n_out, h);
        } else {
            const Matrix<T> W_transposed{theta + layer.W, 1, layer.n_in};
            multiply(below, W_transposed, theta + layer.b, count, layer.n_out, layer.n_in, h,
                     desk.workspace.data());
        }
        multiply.kernels.forward[static_cast<int>(layer.activation)](h, nullptr, count * layer.n_out);
        below = {h, layer.n_out, 1};
    }
}

}  // namespace

template <class T>
void predict(const Objective& objective, const Multiply<T>& multiply, const T* theta,
             const Examples& x, T* scores, int threads) {
    const Size l = objective.layers.back().n_out, n_blocks = (x.n + kBlock - 1) / kBlock;
    threads = std::min<Size>(n_blocks, useful_threads(x.n * objective.theta_size, threads));
    Blocks blocks;
    run_team(std::max(1, threads), [&](int) {
        Desk<T> desk(objective, multiply, x, std::min(kBlock, x.n));
        for (Size b = blocks.take(); b < n_blocks; b = blocks.take()) {
            const Size first = b * kBlock, count = std::min(kBlock, x.n - first);
            predict_block(objective, multiply, theta, x, first, count, desk, scores + first * l);
        }
    });
}

template void predict<float>(const Objective&, const Multiply<float>&, const float*,
                             const Examples&, float*, int);
template void predict<double>(const Objective&, const Multiply<double>&, const double*,
                              const Examples&, double*, int);

}  // namespace deltarule
