// What one thread predicts with: the layers of a network, and where rows of X become its scores.
#pragma once

#include <algorithm>
#include <vector>

#include "gather.hpp"
#include "layers.hpp"

namespace deltarule {

inline constexpr Size kBlock = 128;  // rows that are predicted at a time

// Whether rows of X can be multiplied where they lie.
template <class T>
bool lies_ready(const Examples& x) {
    return !x.is_sparse() && x.element == element_of<T>() && x.column_stride == sizeof(T) &&
           x.row_stride >= x.f * Size(sizeof(T)) && x.row_stride % Size(sizeof(T)) == 0 &&
           reinterpret_cast<std::uintptr_t>(x.X) % sizeof(T) == 0;
}

template <class T>
class Room {
  public:
    // `packed` has W of each Dense layer, in a network that changes no more; else it is empty.
    Room(const Objective& objective, const Multiply<T>& multiply,
         const std::vector<const T*>& packed = {})
        : objective_(objective), uses_blas_(multiply.uses_blas()) {
        layers_.reserve(objective.layers.size());
        for (const Layer& layer : objective.layers) {
            const std::size_t k = layers_.size();
            layers_.emplace_back(layer, static_cast<Size>(k), multiply,
                                 packed.empty() ? nullptr : packed[k]);
        }
    }

    // For blocks of so many rows of examples like these.
    void reserve(Size rows, const Examples& x) {
        Size widest = 0;
        for (std::size_t k = 0; k < layers_.size(); ++k) {
            widest = std::max(widest, objective_.layers[k].n_out);
            layers_[k].reserve(rows, false);
        }
        for (auto& buffer : h_) buffer.reserve(rows * widest);
        if (!x.is_sparse() && !lies_ready<T>(x)) rows_.reserve(rows * x.f);
        if (!uses_blas_) desk_.workspace.reserve(kPanel<T>);
    }

    // The scores (count, l) of rows from `first` on.
    void predict(const T* theta, const Examples& x, Size first, Size count, T* scores) {
        Input<T> below = input(x, first, count);
        for (std::size_t k = 0; k < layers_.size(); ++k) {
            T* h = k + 1 == layers_.size() ? scores : h_[k % 2].data();
            layers_[k].forward(theta, below, 0, count, h, desk_);
            below = {{h, objective_.layers[k].n_out, 1}};
        }
    }

  private:
    // The first layer's input: rows of X as they lie, or gathered.
    Input<T> input(const Examples& x, Size first, Size count) {
        if (x.is_sparse()) return {{}, &x, nullptr, first};
        if (lies_ready<T>(x))
            return {{reinterpret_cast<const T*>(x.X + first * x.row_stride),
                     x.row_stride / Size(sizeof(T)), 1}};
        for (Size r = 0; r < count; ++r) gather_row(x, first + r, rows_.data() + r * x.f);
        return {{rows_.data(), x.f, 1}};
    }

    const Objective& objective_;
    const bool uses_blas_;
    std::vector<LayerPhases<T>> layers_;
    Buffer<T> rows_, h_[2];  // two of the layers' outputs in turn
    Desk<T> desk_;
};

}  // namespace deltarule
