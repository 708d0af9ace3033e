// The kinds of layer, each with its two phases; see deltarule/network/layers.
//
// In the rows phase a block of rows goes forward and back without looking at another; in the
// weights phase a block of units gets its gradient over the whole batch.
#pragma once

#include "buffer.hpp"
#include "laps.hpp"
#include "multiply.hpp"
#include "types.hpp"

namespace deltarule {

// One thread's place of work.
template <class T>
struct Desk {
    Buffer<T> workspace;  // of Multiply
    Buffer<T> scratch;    // a weight block's gradient
    Buffer<T> before;     // a weight block's parameters before a step that is measured
    Laps laps;
};

// Consecutive examples of a batch.
struct RowBlock {
    const Size* rows;    // their numbers in X
    Size first_example;  // their place in the whole batch, for the dropout masks
    Size at, count;      // rows of the buffers
    Size step;
    double dropout;  // this step's factor on the rates
};

// What a layer reads: rows of a matrix, or, layer 1 alone, of a sparse X: those with these numbers,
// or all from `first` on.
template <class T>
struct Input {
    Matrix<T> matrix;
    const Examples* sparse = nullptr;
    const Size* numbers = nullptr;
    Size first = 0;

    Size row(Size r) const { return numbers != nullptr ? numbers[r] : first + r; }
};

// A layer at work, with what its forward pass leaves for its backward pass, by row of the batch.
template <class T>
class LayerPhases {
  public:
    // The k-th layer, from 0; of one that only predicts, and changes no more, W as `packed`.
    LayerPhases(const Layer& layer, Size k, const Multiply<T>& multiply, const T* packed = nullptr);

    // For so many rows; those that only predict go back nowhere.
    void reserve(Size rows, bool goes_back);

    // Rows phase. h (count, n_out), before dropout, of rows that lie from `at` on in the buffers.
    void forward(const T* theta, const Input<T>& below, Size at, Size count, T* h, Desk<T>& desk);
    // Draws a block's mask and applies it to h.
    void drop(const RowBlock& block, std::uint64_t seed, T* h);
    // From the gradient at h, g, to that at the pre-activation, in place; and to that at the input,
    // unless g_below is null.
    void backward(const T* theta, const RowBlock& block, const T* h, T* g, T* g_below,
                  Desk<T>& desk);

    // Weights phase. The gradient of units [first, last) of all arrays, one after the other, from
    // rows of the input and of g, which lie from `at` on in the buffers.
    void gradient(const Input<T>& below, Size at, Size rows, const T* g, Size first, Size last,
                  T* out, Desk<T>& desk) const;

  private:
    double rate(const RowBlock& block) const { return layer_.dropout * block.dropout; }
    Waves<T> waves(const T* theta) const;

    void forward_dense(const T* theta, const Input<T>& below, Size at, Size count, T* h,
                       Desk<T>& desk);
    void forward_periodic(const T* theta, const Matrix<T>& below, Size at, Size count, T* h);
    void forward_embedding(const T* theta, const Matrix<T>& below, Size at, Size count, T* h);

    void backward_dense(const T* theta, const RowBlock& block, const T* h, T* g, T* g_below,
                        Desk<T>& desk);
    void backward_periodic(const T* theta, const RowBlock& block, const T* g, T* g_below);

    void gradient_dense(const Input<T>& below, Size at, Size rows, const T* g, Size first,
                        Size last, T* out, Desk<T>& desk) const;
    void gradient_periodic(const Matrix<T>& below, Size at, Size rows, const T* g, Size first,
                           Size last, T* out) const;
    void gradient_embedding(Size at, Size rows, const T* g, Size first, Size last, T* out) const;

    const Layer& layer_;
    const Size k_;
    const Multiply<T>& multiply_;
    const Kernels<T>& kernels_;
    const T* packed_;

    Buffer<T> a_;  // Dense: the pre-activation; where it only drops, f(a), which f' then reads
    Buffer<T> f_;  // parametric Dense: f(a), and on the way back g * (f(a) - a)
    Buffer<std::uint8_t> kept_;   // Dense with dropout: 1 where a unit is kept
    Buffer<T> cosines_, sines_;   // Periodic; sines_ becomes the gradient at the angles
    Buffer<Size> indices_;        // Embedding: rows of E
};

}  // namespace deltarule
