#include "predict.hpp"

#include "gather.hpp"
#include "layers.hpp"
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

// What one thread works with: the layers, two of their outputs in turn, and the rows it has gathered.
template <class T>
struct Room {
    std::vector<LayerPhases<T>> layers;
    Buffer<T> rows, h[2];
    Desk<T> desk;

    Room(const Objective& objective, const Multiply<T>& multiply, const Examples& x, Size count) {
        Size widest = 0;
        layers.reserve(objective.layers.size());
        for (const Layer& layer : objective.layers) {
            widest = std::max(widest, layer.n_out);
            layers.emplace_back(layer, std::ssize(layers), multiply);
            layers.back().reserve(count, false);
        }
        for (auto& buffer : h) buffer.reserve(count * widest);
        if (!x.is_sparse() && !lies_ready<T>(x)) rows.reserve(count * x.f);
        if (!multiply.uses_blas()) desk.workspace.reserve(kPanel<T>);
    }
};

// The first layer's input: rows of X as they lie, or gathered.
template <class T>
Input<T> input(const Examples& x, Size first, Size count, Room<T>& room) {
    if (x.is_sparse()) return {{}, &x, nullptr, first};
    if (lies_ready<T>(x))
        return {{reinterpret_cast<const T*>(x.X + first * x.row_stride),
                 x.row_stride / Size(sizeof(T)), 1}};
    for (Size r = 0; r < count; ++r) gather_row(x, first + r, room.rows.data() + r * x.f);
    return {{room.rows.data(), x.f, 1}};
}

template <class T>
void predict_block(const Objective& objective, const T* theta, const Examples& x, Size first,
                   Size count, Room<T>& room, T* scores) {
    Input<T> below = input(x, first, count, room);
    for (Size k = 0; k < std::ssize(room.layers); ++k) {
        T* h = k + 1 == std::ssize(room.layers) ? scores : room.h[k % 2].data();
        room.layers[k].forward(theta, below, 0, count, h, room.desk);
        below = {{h, objective.layers[k].n_out, 1}};
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
        Room<T> room(objective, multiply, x, std::min(kBlock, x.n));
        for (Size b = blocks.take(); b < n_blocks; b = blocks.take()) {
            const Size first = b * kBlock, count = std::min(kBlock, x.n - first);
            predict_block(objective, theta, x, first, count, room, scores + first * l);
        }
    });
}

template void predict<float>(const Objective&, const Multiply<float>&, const float*,
                             const Examples&, float*, int);
template void predict<double>(const Objective&, const Multiply<double>&, const double*,
                              const Examples&, double*, int);

}  // namespace deltarule
