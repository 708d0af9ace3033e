#include "engine.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "gather.hpp"
#include "philox.hpp"
#include "sparse.hpp"

namespace deltarule {

namespace {

// Block shapes are constants: tuned by `make bench`, never at run time.
constexpr Size kRowBlock = 64;           // rows a block in training
constexpr Size kWeightBlock = 64 * 1024;  // elements of W a block, about a core's cache
constexpr Size kLeastWeightRows = 16;
constexpr Size kBlocksALayer = 4;        // so that two to four cores share a layer's weights
constexpr Size kSmallLayer = 2 * 1024;  // elements up to which a layer is one block

constexpr Size kUnitsAPhiloxBlock = 8;
constexpr std::uint64_t kDropoutPurpose = 2;  // deltarule/network/randomness.py

Size ceil_div(Size a, Size b) { return (a + b - 1) / b; }

// Rows of a block so that all blocks of a batch are about alike.
Size block_rows(Size n_rows, Size target) {
    const Size blocks = std::max<Size>(1, ceil_div(n_rows, target));
    return std::max<Size>(1, ceil_div(n_rows, blocks));
}

// Output rows of a layer that make a block of weights.
Size rows_a_weight_block(const Layer& layer) {
    const Size width = layer.weights_a_unit();
    if (width * layer.n_out <= kSmallLayer) return layer.n_out;
    const Size shared = ceil_div(layer.n_out, kBlocksALayer);
    const Size in_cache = std::max(kLeastWeightRows, kWeightBlock / width);
    return block_rows(layer.n_out, std::min(shared, in_cache));
}

bool begins_with_scale_and_dense(const std::vector<Layer>& layers) {
    return layers.size() > 1 && layers[0].is_scale() && !layers[1].is_scale();
}

}  // namespace

template <class T>
Engine<T>::Engine(Objective objective, Optimiser optimiser, Multiply<T> multiply, bool profiled)
    : objective_(std::move(objective)),
      optimiser_(optimiser),
      multiply_(multiply),
      kernels_(multiply.kernels),
      shared_scale_(begins_with_scale_and_dense(objective_.layers)),
      profiled_(profiled) {
    const auto depth = objective_.layers.size();
    h_.resize(depth + 1);
    slope_.resize(depth);
    g_.resize(depth);
    kept_.resize(depth);
    cut_weights();
}

template <class T>
void Engine<T>::cut_weights() {
    const auto& layers = objective_.layers;
    for (Size k = shared_scale_ ? 1 : 0; k < std::ssize(layers); ++k) {
        const Size n = layers[k].n_out, rows = rows_a_weight_block(layers[k]);
        for (Size first = 0; first < n; first += rows)
            add_weight_block(k, first, std::min(first + rows, n));
        if (shared_scale_ && k == 1) sharing_blocks_ = std::ssize(weight_blocks_);
    }
    if (shared_scale_) {
        add_weight_block(0, 0, layers[0].n_out);
        parts_.resize(static_cast<std::size_t>(sharing_blocks_ * layers[0].n_out));
    }
    for (auto& side : squares_) side.assign(weight_blocks_.size(), 0.0);
}

template <class T>
void Engine<T>::add_weight_block(Size k, Size first, Size last) {
    const Layer& layer = objective_.layers[k];
    const Size width = layer.weights_a_unit(), rows = last - first;
    weight_blocks_.push_back({k, first, last, layer.W + first * width, rows * width,
                              layer.b + first, layer.is_scale() ? 0 : rows});
    const WeightBlock& block = weight_blocks_.back();
    largest_block_ = std::max(largest_block_, block.W_size + block.b_size);
}

template <class T>
void Engine<T>::reserve_rows(Size rows, const Examples& examples) {
    const Size l = objective_.layers.back().n_out;
    if (!examples.is_sparse()) h_[0].reserve(rows * objective_.layers[0].n_in);
    for (std::size_t k = 0; k < objective_.layers.size(); ++k) {
        const Layer& layer = objective_.layers[k];
        h_[k + 1].reserve(rows * layer.n_out);
        g_[k].reserve(rows * layer.n_out);
        if (reads_a(layer.activation) || layer.dropout > 0) slope_[k].reserve(rows * layer.n_out);
        if (layer.dropout > 0) kept_[k].reserve(rows * layer.n_out);
    }
    weights_.reserve(rows);
    labels_.reserve(rows);
    targets_.reserve(rows * l);
    losses_.reserve(rows);
}

template <class T>
void Engine<T>::start_call(int threads) {
    scratch_.resize(static_cast<std::size_t>(threads));
    for (auto& buffer : scratch_) buffer.reserve(largest_block_);
    workspace_.resize(static_cast<std::size_t>(threads));
    for (auto& buffer : workspace_) buffer.reserve(multiply_.uses_blas() ? 0 : kWorkspace<T>);
    blocks_by_thread_.assign(static_cast<std::size_t>(threads), 0);
    if (std::ssize(laps_) < threads) laps_.resize(static_cast<std::size_t>(threads));
    row_counter_.reset();
    reset_weight_blocks();
}

template <class T>
void Engine<T>::reset_weight_blocks() {
    weight_counter_.reset();
    unfinished_.store(sharing_blocks_, std::memory_order_relaxed);
}

template <class T>
template <class Body>
void Engine<T>::each_block(int thread, Blocks& blocks, Size count, const Body& body) {
    for (Size block = blocks.take(); block < count; block = blocks.take()) {
        body(block);
        ++blocks_by_thread_[static_cast<std::size_t>(thread)];
    }
}

// Every block of weights; one that is made of others', after the last of them.
template <class T>
template <class Body>
void Engine<T>::each_weight_block(int thread, const Body& body) {
    const Size ready = std::ssize(weight_blocks_) - (shared_scale_ ? 1 : 0);
    each_block(thread, weight_counter_, ready, [&](Size b) {
        body(b);
        if (b < sharing_blocks_ && unfinished_.fetch_sub(1, std::memory_order_acq_rel) == 1)
            body(ready);
    });
}

template <class T>
RunResult Engine<T>::run(const State<T>& state, const Examples& examples, const Steps& steps,
                         double* losses, int threads) {
    Size largest = 0;
    for (Size i = 0; i < steps.count; ++i) largest = std::max(largest, steps.size(i));
    if (largest > kChunk) return run_large(state, examples, steps, losses, threads);
    threads = step_threads(largest, threads);
    reserve_rows(std::min(largest, kChunk), examples);
    start_call(threads);
    measure_squares(state.theta);
    if (steps.measured != nullptr) start_measuring(threads);

    const double alpha = objective_.alpha;
    Barrier barrier(threads);
    RunResult result{steps.count, false, 0};

    run_team(threads, [&](int thread) {
        Laps& laps = laps_[thread];
        laps.start(profiled_);
        int side = 0;  // which squares_ are those of the weights as they are
        for (Size i = 0; i < steps.count; ++i) {
            if (thread == 0) losses[i] = 0;
            if (steps.scale[i] == 0) continue;
            const Size n_rows = steps.size(i);
            rows_phase(thread, state.theta, examples, steps.rows + steps.bounds[i], n_rows, 0,
                       steps.first + i);
            barrier.wait();
            laps.lap(Phase::barriers);
            if (thread == 0) row_counter_.reset();
            const double J = sum_losses(n_rows) + penalty(side);  // the same on every thread
            laps.lap(Phase::loss);
            if (thread == 0) losses[i] = J;
            if (!std::isfinite(J)) {
                if (thread == 0) result = {i, true, J};
                return;
            }
            each_weight_block(thread, [&](Size b) {
                const WeightBlock& block = weight_blocks_[b];
                T* grad_W = scratch_[thread].data();
                T* grad_b = grad_W + block.W_size;
                weight_gradient(thread, b, state.theta, examples, steps.rows + steps.bounds[i],
                                n_rows, grad_W, grad_b);
                squares_[1 - side][b] =
                    steps.measured != nullptr && i + 1 == steps.count
                        ? update_measured(b, state, grad_W, grad_b, steps.scale[i], alpha,
                                          steps.scalars(i), thread)
                        : update_block(block, state, grad_W, grad_b, steps.scale[i], alpha,
                                       steps.scalars(i));
                laps.lap(Phase::update);
            });
            side = 1 - side;
            barrier.wait();
            laps.lap(Phase::barriers);
            if (thread == 0) reset_weight_blocks();
        }
    });
    add_up_measured(steps);
    return result;
}

// Batches that do not fit the buffers: the gradient is written out, and the update comes after.
template <class T>
RunResult Engine<T>::run_large(const State<T>& state, const Examples& examples, const Steps& steps,
                               double* losses, int threads) {
    gradient_.reserve(objective_.theta_size);
    if (steps.measured != nullptr) start_measuring(1);
    T* gradient = gradient_.data();
    for (Size i = 0; i < steps.count; ++i) {
        losses[i] = 0;
        if (steps.scale[i] == 0) continue;
        losses[i] = loss_and_gradient(state.theta, examples, steps.rows + steps.bounds[i],
                                      steps.size(i), steps.first + i, gradient, threads);
        if (!std::isfinite(losses[i])) return {i, true, losses[i]};
        for (Size j = 0; j < objective_.theta_size; ++j) gradient[j] *= T(steps.scale[i]);
        const bool measured = steps.measured != nullptr && i + 1 == steps.count;
        update(state, gradient, steps.scalars(i), measured);
    }
    add_up_measured(steps);
    return {steps.count, false, 0};
}

template <class T>
void Engine<T>::rows_phase(int thread, const T* theta, const Examples& examples, const Size* rows,
                           Size n_rows, Size first_example, Size step) {
    const Size size = block_rows(n_rows, kRowBlock);
    each_block(thread, row_counter_, ceil_div(n_rows, size), [&](Size b) {
        const Size at = b * size;
        const RowBlock block{rows + at, first_example + at, at, std::min(size, n_rows - at), step};
        gather(examples, block);
        gather_targets(examples, block);
        laps_[thread].lap(Phase::gather);
        forward(thread, theta, examples, block);
        loss(examples, block);
        laps_[thread].lap(Phase::loss);
        backward(thread, theta, block);
    });
}

template <class T>
void Engine<T>::gather(const Examples& examples, const RowBlock& block) {
    if (examples.is_sparse()) return;  // its rows are read where they lie
    T* out = h_[0].data() + block.at * examples.f;
    for (Size r = 0; r < block.count; ++r) {
        gather_row(examples, block.rows[r], out + r * examples.f);
    }
}

template <class T>
void Engine<T>::gather_targets(const Examples& examples, const RowBlock& block) {
    const Size l = objective_.layers.back().n_out;
    for (Size r = 0; r < block.count; ++r) {
        const Size row = block.rows[r], at = block.at + r;
        if (objective_.loss == LossKind::softmax) {
            labels_.data()[at] = examples.labels[row];
        } else {
            std::memcpy(targets_.data() + at * l, examples.indicators + row * l,
                        static_cast<std::size_t>(l));
        }
        if (examples.weights != nullptr) weights_.data()[at] = static_cast<T>(examples.weights[row]);
    }
}

// Algorithm 1, lines 6-11, for one block of rows.
template <class T>
void Engine<T>::forward(int thread, const T* theta, const Examples& examples,
                        const RowBlock& block) {
    for (Size k = 0; k < std::ssize(objective_.layers); ++k) {
        const Layer& layer = objective_.layers[k];
        T* h = h_[k + 1].data() + block.at * layer.n_out;
        if (k == 0 && examples.is_sparse()) {
            const auto row = [&block](Size r) { return block.rows[r]; };
            sparse_forward(examples, row, block.count, theta + layer.W, theta + layer.b, layer.n_out, h);
        } else if (layer.is_scale()) {
            const T* below = h_[k].data() + block.at * layer.n_in;
            kernels_.scale(below, layer.n_in, theta + layer.W, block.count, layer.n_out, h);
        } else {
            const Matrix<T> below{h_[k].data() + block.at * layer.n_in, layer.n_in, 1};
            const Matrix<T> W_transposed{theta + layer.W, 1, layer.n_in};
            multiply_(below, W_transposed, theta + layer.b, block.count, layer.n_out,
                     layer.n_in, h, workspace_[thread].data());
        }
        laps_[thread].lap(Phase::products);
        T* kept = reads_a(layer.activation) ? slope_[k].data() + block.at * layer.n_out : nullptr;
        kernels_.forward[static_cast<int>(layer.activation)](h, kept, block.count * layer.n_out);
        if (layer.dropout > 0) drop(block, k);
        laps_[thread].lap(Phase::elementwise);
    }
}

// Draws layer k's mask for a block and applies it; f' goes on reading what was there before.
template <class T>
void Engine<T>::drop(const RowBlock& block, Size k) {
    const Layer& layer = objective_.layers[k];
    const Size n = layer.n_out, philox_blocks = ceil_div(n, kUnitsAPhiloxBlock);
    const auto threshold = static_cast<std::uint64_t>(std::nearbyint(layer.dropout * 4294967296.0));
    const T scale = T(1) / T(1 - layer.dropout);
    T* h = h_[k + 1].data() + block.at * n;
    std::uint8_t* kept = kept_[k].data() + block.at * n;
    if (!reads_a(layer.activation))
        std::copy(h, h + block.count * n, slope_[k].data() + block.at * n);
    for (Size r = 0; r < block.count; ++r, h += n, kept += n) {
        const Size first = (block.first_example + r) * philox_blocks;
        for (Size p = 0; p < philox_blocks; ++p) {
            // NumPy makes block i from counter i + 1; see deltarule/network/randomness.py.
            const Words words = philox({static_cast<std::uint64_t>(first + p + 1),
                                        static_cast<std::uint64_t>(k + 1),
                                        static_cast<std::uint64_t>(block.step), 0},
                                       {objective_.seed, kDropoutPurpose});
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

// Lines 12 of Algorithm 1 and 1 of Algorithm 2.
template <class T>
void Engine<T>::loss(const Examples& examples, const RowBlock& block) {
    const auto last = objective_.layers.size() - 1;
    const Size l = objective_.layers[last].n_out;
    const T* scores = h_[last + 1].data() + block.at * l;
    T* g = g_[last].data() + block.at * l;
    std::copy(scores, scores + block.count * l, g);
    const T* weights = examples.weights != nullptr ? weights_.data() + block.at : nullptr;
    double* losses = losses_.data() + block.at;
    if (objective_.loss == LossKind::softmax) {
        kernels_.softmax(g, labels_.data() + block.at, weights, objective_.label_smoothing,
                         block.count, l, losses);
    } else {
        kernels_.sigmoid(g, targets_.data() + block.at * l, weights, objective_.label_smoothing,
                         block.count, l, losses);
    }
}

// Lines 5-7 and 11 of Algorithm 2, for one block of rows. Line 11 with k = 1 is left out, and with
// k = 2 where layer 1 learns from layer 2's weights.
template <class T>
void Engine<T>::backward(int thread, const T* theta, const RowBlock& block) {
    for (Size k = std::ssize(objective_.layers) - 1; k > (shared_scale_ ? 1 : 0); --k) {
        const Layer& layer = objective_.layers[k];
        const Layer& below = objective_.layers[k - 1];
        const Size at = block.at * layer.n_in, count = block.count * layer.n_in;
        T* g = g_[k - 1].data() + at;
        const Matrix<T> above{g_[k].data() + block.at * layer.n_out, layer.n_out, 1};
        if (layer.is_scale()) {
            kernels_.scale(above.at, above.down, theta + layer.W, block.count, layer.n_in, g);
        } else {
            const Matrix<T> W{theta + layer.W, layer.n_in, 1};
            multiply_(above, W, nullptr, block.count, layer.n_in, layer.n_out, g,
                      workspace_[thread].data());
        }
        laps_[thread].lap(Phase::products);
        if (below.dropout > 0) {
            const T scale = T(1) / T(1 - below.dropout);
            const std::uint8_t* kept = kept_[k - 1].data() + at;
            for (Size i = 0; i < count; ++i) g[i] = kept[i] ? g[i] * scale : T(0);
        }
        const bool elsewhere = reads_a(below.activation) || below.dropout > 0;
        const T* read = (elsewhere ? slope_[k - 1].data() : h_[k].data()) + at;
        if (below.activation != Activation::identity)
            kernels_.backward[static_cast<int>(below.activation)](g, read, count);
        laps_[thread].lap(Phase::elementwise);
    }
}

// Lines 3-4 and 9-10 of Algorithm 2, for one block of weights, summed over the whole batch.
template <class T>
void Engine<T>::weight_gradient(int thread, Size b, const T* theta, const Examples& examples,
                                const Size* rows, Size n_rows, T* grad_W, T* grad_b) {
    const WeightBlock& block = weight_blocks_[b];
    const Layer& layer = objective_.layers[block.layer];
    const T* g = g_[block.layer].data();
    if (layer.is_scale()) {
        const T* h = h_[block.layer].data();
        if (shared_scale_ && block.layer == 0)
            add_up_parts(grad_W);
        else
            kernels_.scale_gradient(g, h, n_rows, layer.n_out, block.first, block.last, grad_W);
    } else {
        product_gradient(thread, b, theta, examples, rows, n_rows, grad_W);
        kernels_.column_sums(g, n_rows, layer.n_out, block.first, block.last, grad_b);
    }
    laps_[thread].lap(Phase::elementwise);
}

// Line 4 or 10; where the Scale below shares this gradient, also a part of that one's.
template <class T>
void Engine<T>::product_gradient(int thread, Size b, const T* theta, const Examples& examples,
                                 const Size* rows, Size n_rows, T* grad_W) {
    const WeightBlock& block = weight_blocks_[b];
    const Layer& layer = objective_.layers[block.layer];
    const T* g = g_[block.layer].data();
    const Size count = block.last - block.first;
    const bool shares = b < sharing_blocks_;
    if (block.layer == 0 && examples.is_sparse()) {
        sparse_gradient(examples, rows, n_rows, g, layer.n_out, block.first, block.last, grad_W);
    } else {
        const Matrix<T> g_transposed{g + block.first, 1, layer.n_out};
        const Matrix<T> h{h_[shares ? 0 : block.layer].data(), layer.n_in, 1};
        multiply_(g_transposed, h, nullptr, count, layer.n_in, n_rows, grad_W,
                  workspace_[thread].data());
    }
    laps_[thread].lap(Phase::products);
    if (shares)
        kernels_.split_gradient(theta + block.W, theta + objective_.layers[0].W, grad_W, count,
                                layer.n_in, parts_.data() + b * layer.n_in);
}

template <class T>
void Engine<T>::add_up_parts(T* gradient) const {
    const Size n = objective_.layers[0].n_out;
    for (Size j = 0; j < n; ++j) {
        double sum = 0;
        for (Size b = 0; b < sharing_blocks_; ++b) sum += parts_[b * n + j];
        gradient[j] = T(sum);
    }
}

template <class T>
double Engine<T>::apply(const State<T>& state, T* gradient, Size at, Size count,
                        const Group& group, double scale, double alpha,
                        const StepScalars& scalars) const {
    const bool decays = group.decays;
    const Update u{scale,
                   decays ? alpha : 0,
                   scalars.rate * group.rate_factor,
                   scalars.epsilon,
                   decays ? scalars.decay * group.rate_factor : 0,
                   optimiser_.momentum,
                   optimiser_.beta_1,
                   optimiser_.beta_2,
                   optimiser_.nesterov};
    if (optimiser_.rule == Rule::sgd)
        return kernels_.sgd(state.theta + at, gradient, state.moment_1 + at, count, u);
    return kernels_.adam(state.theta + at, gradient, state.moment_1 + at, state.moment_2 + at,
                         count, u);
}

template <class T>
double Engine<T>::update_block(const WeightBlock& block, const State<T>& state, T* grad_W,
                               T* grad_b, double scale, double alpha,
                               const StepScalars& scalars) const {
    const Layer& layer = objective_.layers[block.layer];
    apply(state, grad_b, block.b, block.b_size, layer.group_b, scale, alpha, scalars);
    return apply(state, grad_W, block.W, block.W_size, layer.group_W, scale, alpha, scalars);
}

template <class T>
void Engine<T>::start_measuring(int threads) {
    measured_.assign(weight_blocks_.size(), {});
    before_.resize(static_cast<std::size_t>(threads));
    for (auto& buffer : before_) buffer.reserve(largest_block_);
}

// update_block, and what it did. The gradient is overwritten.
template <class T>
double Engine<T>::update_measured(Size b, const State<T>& state, T* grad_W, T* grad_b, double scale,
                                  double alpha, const StepScalars& scalars, int thread) {
    const WeightBlock& block = weight_blocks_[b];
    const Layer& layer = objective_.layers[block.layer];
    const Size size = block.W_size, rows = block.b_size;
    const T* W = state.theta + block.W;
    const T pull = T(layer.group_W.decays ? alpha : 0);
    T* before = before_[thread].data();
    std::copy(W, W + size, before);
    const double squares = update_block(block, state, grad_W, grad_b, scale, alpha, scalars);

    Squares& measured = measured_[b];
    measured.weights = kernels_.sum_squares(before, size);
    for (Size i = 0; i < size; ++i) grad_W[i] = (grad_W[i] + pull * before[i]) * T(scale);
    for (Size i = 0; i < rows; ++i) grad_b[i] *= T(scale);
    measured.gradient = kernels_.sum_squares(grad_W, size) + kernels_.sum_squares(grad_b, rows);
    for (Size i = 0; i < size; ++i) before[i] = W[i] - before[i];
    measured.update = kernels_.sum_squares(before, size);
    return squares;
}

template <class T>
void Engine<T>::add_up_measured(const Steps& steps) const {
    if (steps.measured == nullptr) return;
    for (std::size_t b = 0; b < weight_blocks_.size(); ++b) {
        Squares& layer = steps.measured[weight_blocks_[b].layer];
        layer.gradient += measured_[b].gradient;
        layer.update += measured_[b].update;
        layer.weights += measured_[b].weights;
    }
}

template <class T>
double Engine<T>::loss_and_gradient(const T* theta, const Examples& examples, const Size* rows,
                                    Size n_rows, Size step, T* gradient, int threads) {
    threads = step_threads(std::min(n_rows, kChunk), threads);
    reserve_rows(std::min(n_rows, kChunk), examples);
    start_call(threads);
    std::fill(gradient, gradient + objective_.theta_size, T(0));
    Barrier barrier(threads);
    double J = 0;

    run_team(threads, [&](int thread) {
        Laps& laps = laps_[thread];
        laps.start(profiled_);
        // At least one round: the penalty is there without rows, too.
        for (Size start = 0; start == 0 || start < n_rows; start += kChunk) {
            const Size count = std::min(kChunk, n_rows - start);
            rows_phase(thread, theta, examples, rows + start, count, start, step);
            barrier.wait();
            laps.lap(Phase::barriers);
            if (thread == 0) {
                row_counter_.reset();
                J += sum_losses(count);
            }
            each_weight_block(thread, [&](Size b) {
                const WeightBlock& block = weight_blocks_[b];
                T* part_W = scratch_[thread].data();
                T* part_b = part_W + block.W_size;
                weight_gradient(thread, b, theta, examples, rows + start, count, part_W, part_b);
                kernels_.add(gradient + block.W, part_W, block.W_size);
                kernels_.add(gradient + block.b, part_b, block.b_size);
                if (start + count == n_rows)
                    squares_[0][b] = kernels_.add_penalty(theta + block.W, gradient + block.W,
                                                          block.W_size, alpha_of(block));
                laps.lap(Phase::update);
            });
            barrier.wait();
            laps.lap(Phase::barriers);
            if (thread == 0) reset_weight_blocks();
        }
    });
    return J + penalty(0);
}

template <class T>
void Engine<T>::update(const State<T>& state, T* gradient, const StepScalars& scalars,
                       bool measured) {
    for (Size b = 0; b < std::ssize(weight_blocks_); ++b) {
        const WeightBlock& block = weight_blocks_[b];
        T* grad_W = gradient + block.W;
        T* grad_b = gradient + block.b;
        if (measured)
            update_measured(b, state, grad_W, grad_b, 1.0, 0.0, scalars, 0);
        else
            update_block(block, state, grad_W, grad_b, 1.0, 0.0, scalars);
    }
}

template <class T>
void Engine<T>::measure_squares(const T* theta) {
    for (std::size_t b = 0; b < weight_blocks_.size(); ++b) {
        const WeightBlock& block = weight_blocks_[b];
        T* unused = scratch_[0].data();
        std::fill(unused, unused + block.W_size, T(0));
        squares_[0][b] =
            kernels_.add_penalty(theta + block.W, unused, block.W_size, alpha_of(block));
    }
}

template <class T>
double Engine<T>::alpha_of(const WeightBlock& block) const {
    return objective_.layers[block.layer].group_W.decays ? objective_.alpha : 0;
}

template <class T>
double Engine<T>::penalty(int side) const {
    double squares = 0;
    for (double block : squares_[side]) squares += block;
    return 0.5 * objective_.alpha * squares;
}

template <class T>
double Engine<T>::seconds(Phase phase) const {
    double total = 0;
    for (const Laps& laps : laps_) total += laps.seconds(static_cast<int>(phase));
    return total;
}

template <class T>
double Engine<T>::sum_losses(Size n_rows) const {
    double J = 0;
    for (Size r = 0; r < n_rows; ++r) J += losses_.data()[r];
    return J;
}

template <class T>
int Engine<T>::step_threads(Size n_rows, int threads) const {
    return useful_threads(3 * n_rows * objective_.theta_size, threads);
}

template class Engine<float>;
template class Engine<double>;

}  // namespace deltarule
