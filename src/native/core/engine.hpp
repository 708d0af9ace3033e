// The engine: training steps in two phases over fixed blocks.
//
// Rows phase: the batch is cut into blocks of rows; a block goes through gathering, Algorithm 1,
// the loss and the g-lines of Algorithm 2 without looking at another. Barrier; a loss that is not
// finite ends the run here, before the update. Weights phase: every W is cut into blocks of output
// rows; each gets its gradient over the whole batch (lines 3-4 and 9-10 of Algorithm 2) and, while
// it is in cache, its update. Barrier.
//
// What a layer of each kind does in either phase stands in layers.cpp.
//
// A Scale that reads X is learnt without a product of its own. Layer 2 is z = W (s X) + b; with
// G = g^T X, the gradient of W is G times s, column by column, and that of s the sum over the rows
// of W times G. Each block of W gives a part of it; whoever finishes the last block adds the parts
// up, in order, and updates s.
//
// A block's shape depends on the problem alone, one thread computes it whole, and sums across
// blocks are taken in float64 in block order: the bits do not depend on the number of threads.
#pragma once

#include <atomic>
#include <span>
#include <vector>

#include "layers.hpp"
#include "team.hpp"

namespace deltarule {

// The consecutive batches of one call; see deltarule.engines.Steps.
struct Steps {
    const Size* rows;
    const Size* bounds;  // (count + 1)
    Size count, first;
    const double* scale;
    const double* rate;
    const double* epsilon;
    const double* decay;
    const double* dropout = nullptr;  // factors on the rates; null: 1
    Squares* measured = nullptr;      // of each layer, zero beforehand: what the last step did

    Size size(Size i) const { return bounds[i + 1] - bounds[i]; }
    StepScalars scalars(Size i) const { return {rate[i], epsilon[i], decay[i]}; }
    double dropout_factor(Size i) const { return dropout != nullptr ? dropout[i] : 1; }
};

// A batch, or a slice of one, or as many of its rows as the buffers hold.
struct Batch {
    const Size* rows;    // their numbers in X
    Size n_rows;
    Size first_example;  // the place of the first of them in the whole batch
    Size step;
    double dropout;
    Size at = 0;         // where they lie in the buffers
    Size slice = 0;      // which of the slices in there they are
    bool is_whole = true;
};

// Pieces of a batch that follow each other, as many as a power of two. What is a sum over rows is
// taken of each slice by itself, as if it were a batch, and the sums are added up in a binary tree:
// the bits are those of any other way to divide the tree among calls.
struct Slices {
    const Size* bounds;  // (count + 1): places in the whole batch
    Size count;

    Size n_rows() const { return bounds[count] - bounds[0]; }
};

struct RunResult {
    Size done;
    bool diverged;
    double loss;  // the one that was not finite
};

// theta and the optimiser's state; the second moment only for Adam.
template <class T>
struct State {
    T* theta;
    T* moment_1;
    T* moment_2;
};

template <class T>
class Engine {
  public:
    static constexpr Size kChunk = 8192;  // most rows in the buffers at once

    Engine(Objective objective, Optimiser optimiser, Multiply<T> multiply, bool profiled);

    // Trains in place; losses (steps.count) gets each batch's summed objective.
    RunResult run(const State<T>& state, const Examples& examples, const Steps& steps,
                  double* losses, int threads);

    // The objective summed over `rows`, which are those of the slices; overwrites gradient
    // (theta_size). Several slices must fit into the buffers together.
    double loss_and_gradient(const T* theta, const Examples& examples, const Size* rows,
                             const Slices& slices, Size step, double dropout, T* gradient,
                             int threads);

    // One step of the update rule along `scale` times a gradient.
    void update(const State<T>& state, T* gradient, double scale, const StepScalars& scalars,
                int threads, bool measured = false);

    // Blocks that each thread computed in the last call.
    const std::vector<Size>& blocks_by_thread() const { return blocks_by_thread_; }

    // Seconds in run and loss_and_gradient so far, summed over threads; zeros if not profiled.
    double seconds(Phase phase) const;

  private:
    // Some of a layer's units, with their part of each of its arrays.
    struct WeightBlock {
        Size layer, first, last;
    };
    // Where a gradient lies: all of it, like theta, or one block's arrays one after the other.
    struct Gradient {
        T* at;
        bool is_whole;
    };

    void cut_weights();
    void add_weight_block(Size layer, Size first, Size last);
    void find_gaps();
    void reserve_rows(Size rows, const Examples& examples);
    void start_call(int threads, Size slices = 1);
    template <class Body>
    void each_block(int thread, Blocks& blocks, Size count, const Body& body);
    template <class Body>
    void each_weight_block(int thread, const Body& body);
    void reset_weight_blocks();

    void rows_phase(int thread, const T* theta, const Examples& examples,
                    std::span<const Batch> slices);
    void gather(const Examples& examples, const RowBlock& block);
    void gather_targets(const Examples& examples, const RowBlock& block);
    Input<T> input(Size layer, const Examples& examples, const Size* rows, Size at);
    void forward(int thread, const T* theta, const Examples& examples, const RowBlock& block);
    void loss(const Examples& examples, const RowBlock& block);
    void backward(int thread, const T* theta, const RowBlock& block);
    void weight_gradient(int thread, Size b, const T* theta, const Examples& examples,
                         const Batch& batch, T* out);
    // The same of several slices, each with its penalty, added up. Their tree takes room behind out.
    void add_slices(int thread, Size b, const T* theta, const Examples& examples,
                    std::span<const Batch> slices, T* out);
    void add_up_parts(Size slice, T* gradient) const;
    // Calls use(array, where it lies in theta, its place in the block's arrays, its size).
    template <class Use>
    void each_array(const WeightBlock& block, const Use& use) const;
    Size size_of(const WeightBlock& block) const;
    double apply(const State<T>& state, T* gradient, Size at, Size count, const Group& group,
                 double scale, double alpha, const StepScalars& scalars) const;
    double update_block(const WeightBlock& block, const State<T>& state, Gradient gradient,
                        double scale, double alpha, const StepScalars& scalars) const;
    void start_measuring(int threads);
    double update_measured(Size b, const State<T>& state, Gradient gradient, double scale,
                           double alpha, const StepScalars& scalars, int thread);
    void add_up_measured(const Steps& steps) const;
    RunResult run_large(const State<T>& state, const Examples& examples, const Steps& steps,
                        double* losses, int threads);
    void measure_squares(const T* theta);
    double add_penalty(const WeightBlock& block, const T* theta, Gradient gradient) const;
    double penalty(int side) const;
    double sum_losses(Size at, Size n_rows) const;
    double add_losses(std::span<const Batch> slices) const;
    int step_threads(Size n_rows, int threads) const;

    Objective objective_;
    Optimiser optimiser_;
    Multiply<T> multiply_;
    const Kernels<T>& kernels_;
    std::vector<WeightBlock> weight_blocks_;
    Size largest_block_ = 0;  // elements, rounded up to whole lines of cache
    struct Gap {
        Size at, count;
    };
    std::vector<Gap> gaps_;  // elements of theta that are in no array
    // Whether layer 1 is a Scale that is learnt by the blocks of layer 2. These are then the first
    // blocks, and that of the Scale is the last.
    const bool shared_scale_;
    Size sharing_blocks_ = 0;
    std::vector<double> parts_;        // of the Scale's gradient, from each of those, by slice
    std::atomic<Size> unfinished_{0};  // of those blocks, in this step

    std::vector<LayerPhases<T>> layers_;
    // h_[0] is X, unused where that is sparse; h_[k + 1] the output of layer k: (rows, n)
    std::vector<Buffer<T>> h_;
    std::vector<Buffer<T>> g_;  // the gradient at h_[k + 1], then at layer k's pre-activation
    Buffer<T> weights_;
    Buffer<Size> labels_;
    Buffer<std::uint8_t> targets_;
    Buffer<double> losses_;               // of each row
    Buffer<T> gradient_;                  // of batches that do not fit the buffers
    std::vector<Squares> measured_;       // of each weight block in a step that is watched
    std::vector<double> squares_[2];      // of what decays in each, before and after a step
    std::vector<Desk<T>> desks_;          // by thread
    std::vector<Size> blocks_by_thread_;
    const bool profiled_;
    Blocks row_counter_, weight_counter_;
};

}  // namespace deltarule
