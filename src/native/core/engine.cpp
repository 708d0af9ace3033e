#include "engine.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "gather.hpp"

namespace deltarule {

namespace {

// Block shapes are constants: tuned by `make bench`, never at run time.
constexpr Size kRowBlock = 64;           // rows a block in training
constexpr Size kWeightBlock = 64 * 1024;  // elements of W a block, about a core's cache
constexpr Size kLeastWeightRows = 16;
constexpr Size kBlocksALayer = 4;        // so that two to four cores share a layer's weights
constexpr Size kSmallLayer = 2 * 1024;  // elements up to which a layer is one block
constexpr Size kElementsALine = 16;      // of cache, at least
constexpr Size kWorkAnUpdate = 128;      // one element's, in multiplications that take as long

Size ceil_div(Size a, Size b) { return (a + b - 1) / b; }

// Rows of a block so that all blocks of a batch are about alike.
Size block_rows(Size n_rows, Size target) {
    const Size blocks = std::max<Size>(1, ceil_div(n_rows, target));
    return std::max<Size>(1, ceil_div(n_rows, blocks));
}

// Of n units of a layer that stand together, how many make a block of weights.
Size units_a_weight_block(const Layer& layer, Size n) {
    const Size shared = ceil_div(n, kBlocksALayer), width = layer.arrays[0].a_unit;
    if (layer.is(LayerKind::periodic)) return shared;  // few weights, and much to do for each
    if (width * n <= kSmallLayer) return n;
    const Size in_cache = std::max(kLeastWeightRows, kWeightBlock / width);
    return block_rows(n, std::min(shared, in_cache));
}

Size n_blocks(const Batch& batch) {
    return ceil_div(batch.n_rows, block_rows(batch.n_rows, kRowBlock));
}

// The slices, whole; of a single one that does not fit into the buffers, the rows from `start` on.
std::vector<Batch> cut(const Size* rows, const Slices& slices, Size start, Size chunk, Size step,
                       double dropout) {
    const Size *b = slices.bounds, n_rows = slices.n_rows();
    if (n_rows > chunk)
        return {{rows + start, std::min(chunk, n_rows - start), b[0] + start, step, dropout, 0, 0, false}};
    std::vector<Batch> parts;
    for (Size i = 0; i < slices.count; ++i) {
        const Size at = b[i] - b[0];
        parts.push_back({rows + at, b[i + 1] - b[i], b[i], step, dropout, at, i});
    }
    return parts;
}

bool begins_with_scale_and_dense(const std::vector<Layer>& layers) {
    return layers.size() > 1 && layers[0].is(LayerKind::scale) && layers[1].is(LayerKind::dense);
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
    for (const Layer& layer : objective_.layers) layers_.emplace_back(layer, std::ssize(layers_), multiply_);
    h_.resize(layers_.size() + 1);
    g_.resize(layers_.size());
    cut_weights();
    find_gaps();
}

template <class T>
void Engine<T>::cut_weights() {
    const auto& layers = objective_.layers;
    for (Size k = shared_scale_ ? 1 : 0; k < std::ssize(layers); ++k) {
        Size first = 0;
        for (const Size n : layers[k].groups_of_units()) {
            const Size units = units_a_weight_block(layers[k], n), end = first + n;
            for (; first < end; first += units) add_weight_block(k, first, std::min(first + units, end));
            first = end;
        }
        if (shared_scale_ && k == 1) sharing_blocks_ = std::ssize(weight_blocks_);
    }
    if (shared_scale_) add_weight_block(0, 0, layers[0].n_out);
    for (auto& side : squares_) side.assign(weight_blocks_.size(), 0.0);
}

template <class T>
void Engine<T>::add_weight_block(Size k, Size first, Size last) {
    weight_blocks_.push_back({k, first, last});
    const Size size = kElementsALine * ceil_div(size_of(weight_blocks_.back()), kElementsALine);
    largest_block_ = std::max(largest_block_, size);
}

template <class T>
void Engine<T>::find_gaps() {
    std::vector<Gap> taken;
    for (const WeightBlock& block : weight_blocks_)
        each_array(block, [&](const Array&, Size at, Size, Size count) { taken.push_back({at, count}); });
    std::ranges::sort(taken, {}, &Gap::at);
    Size end = 0;
    for (const Gap& part : taken) {
        if (part.at > end) gaps_.push_back({end, part.at - end});
        end = part.at + part.count;
    }
    if (objective_.theta_size > end) gaps_.push_back({end, objective_.theta_size - end});
}

template <class T>
void Engine<T>::reserve_rows(Size rows, const Examples& examples) {
    const Size l = objective_.layers.back().n_out;
    if (!examples.is_sparse()) h_[0].reserve(rows * objective_.layers[0].n_in);
    for (std::size_t k = 0; k < layers_.size(); ++k) {
        h_[k + 1].reserve(rows * objective_.layers[k].n_out);
        g_[k].reserve(rows * objective_.layers[k].n_out);
        layers_[k].reserve(rows, true);
    }
    weights_.reserve(rows);
    labels_.reserve(rows);
    targets_.reserve(rows * l);
    losses_.reserve(rows);
}

template <class T>
void Engine<T>::start_call(int threads, Size slices) {
    if (std::ssize(desks_) < threads) desks_.resize(static_cast<std::size_t>(threads));
    const auto levels = static_cast<Size>(std::bit_width(static_cast<std::size_t>(slices)));
    if (shared_scale_)
        parts_.resize(static_cast<std::size_t>(slices * sharing_blocks_ * objective_.layers[0].n_out));
    for (Desk<T>& desk : desks_) {
        desk.scratch.reserve(levels * largest_block_);
        if (!multiply_.uses_blas()) desk.workspace.reserve(kWorkspace<T>);
    }
    blocks_by_thread_.assign(static_cast<std::size_t>(threads), 0);
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
        Laps& laps = desks_[thread].laps;
        laps.start(profiled_);
        int side = 0;  // which squares_ are those of the weights as they are
        for (Size i = 0; i < steps.count; ++i) {
            if (thread == 0) losses[i] = 0;
            if (steps.scale[i] == 0) continue;
            const Batch batch{steps.rows + steps.bounds[i], steps.size(i), 0, steps.first + i,
                              steps.dropout_factor(i)};
            rows_phase(thread, state.theta, examples, {&batch, 1});
            barrier.wait();
            laps.lap(Phase::barriers);
            if (thread == 0) row_counter_.reset();
            const double J = sum_losses(0, batch.n_rows) + penalty(side);  // the same on every thread
            laps.lap(Phase::loss);
            if (thread == 0) losses[i] = J;
            if (!std::isfinite(J)) {
                if (thread == 0) result = {i, true, J};
                return;
            }
            each_weight_block(thread, [&](Size b) {
                const Gradient gradient{desks_[thread].scratch.data(), false};
                weight_gradient(thread, b, state.theta, examples, batch, gradient.at);
                squares_[1 - side][b] =
                    steps.measured != nullptr && i + 1 == steps.count
                        ? update_measured(b, state, gradient, steps.scale[i], alpha,
                                          steps.scalars(i), thread)
                        : update_block(weight_blocks_[b], state, gradient, steps.scale[i], alpha,
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
    if (steps.measured != nullptr) start_measuring(threads);
    T* gradient = gradient_.data();
    for (Size i = 0; i < steps.count; ++i) {
        losses[i] = 0;
        if (steps.scale[i] == 0) continue;
        const Size bounds[] = {0, steps.size(i)};
        losses[i] = loss_and_gradient(state.theta, examples, steps.rows + steps.bounds[i],
                                      {bounds, 1}, steps.first + i, steps.dropout_factor(i),
                                      gradient, threads);
        if (!std::isfinite(losses[i])) return {i, true, losses[i]};
        const bool measured = steps.measured != nullptr && i + 1 == steps.count;
        update(state, gradient, steps.scale[i], steps.scalars(i), threads, measured);
    }
    add_up_measured(steps);
    return {steps.count, false, 0};
}

template <class T>
void Engine<T>::rows_phase(int thread, const T* theta, const Examples& examples,
                           std::span<const Batch> slices) {
    Size count = 0;
    for (const Batch& slice : slices) count += n_blocks(slice);
    each_block(thread, row_counter_, count, [&](Size b) {
        const Batch* slice = slices.data();
        for (; b >= n_blocks(*slice); ++slice) b -= n_blocks(*slice);
        const Size size = block_rows(slice->n_rows, kRowBlock), from = b * size;
        const RowBlock block{slice->rows + from, slice->first_example + from, slice->at + from,
                             std::min(size, slice->n_rows - from), slice->step, slice->dropout};
        gather(examples, block);
        gather_targets(examples, block);
        desks_[thread].laps.lap(Phase::gather);
        forward(thread, theta, examples, block);
        loss(examples, block);
        desks_[thread].laps.lap(Phase::loss);
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

// What layer k reads: of the rows with these numbers in X, that lie from `at` on in the buffers.
template <class T>
Input<T> Engine<T>::input(Size k, const Examples& examples, const Size* rows, Size at) {
    const Size n = objective_.layers[k].n_in;
    if (k == 0 && examples.is_sparse()) return {{}, &examples, rows};
    return {{h_[k].data() + at * n, n, 1}};
}

// Algorithm 1, lines 6-11, for one block of rows.
template <class T>
void Engine<T>::forward(int thread, const T* theta, const Examples& examples,
                        const RowBlock& block) {
    for (Size k = 0; k < std::ssize(layers_); ++k) {
        T* h = h_[k + 1].data() + block.at * objective_.layers[k].n_out;
        layers_[k].forward(theta, input(k, examples, block.rows, block.at), block.at, block.count, h,
                           desks_[thread]);
        layers_[k].drop(block, objective_.seed, h);
        desks_[thread].laps.lap(Phase::elementwise);
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
    const Size lowest = shared_scale_ ? 1 : 0;
    for (Size k = std::ssize(layers_) - 1; k >= lowest; --k) {
        const Layer& layer = objective_.layers[k];
        T* g_below = k > lowest ? g_[k - 1].data() + block.at * layer.n_in : nullptr;
        layers_[k].backward(theta, block, h_[k + 1].data() + block.at * layer.n_out,
                            g_[k].data() + block.at * layer.n_out, g_below, desks_[thread]);
    }
}

// The gradient of one block of weights, summed over the whole batch. Where layer 2 shares its
// gradient with the Scale below, it takes the product with X, and leaves a part of the Scale's.
template <class T>
void Engine<T>::weight_gradient(int thread, Size b, const T* theta, const Examples& examples,
                                const Batch& batch, T* out) {
    const auto [k, first, last] = weight_blocks_[b];
    if (shared_scale_ && k == 0) return add_up_parts(batch.slice, out);
    const bool shares = b < sharing_blocks_;
    const Layer& layer = objective_.layers[k];
    const Input<T> X{Matrix<T>{h_[0].data() + batch.at * layer.n_in, layer.n_in, 1}};
    layers_[k].gradient(shares ? X : input(k, examples, batch.rows, batch.at), batch.at,
                        batch.n_rows, g_[k].data() + batch.at * layer.n_out, first, last, out,
                        desks_[thread]);
    if (!shares) return;
    kernels_.split_gradient(theta + layer.at(kW) + first * layer.n_in,
                            theta + objective_.layers[0].at(kFactors), out, last - first,
                            layer.n_in,
                            parts_.data() + (batch.slice * sharing_blocks_ + b) * layer.n_in);
    desks_[thread].laps.lap(Phase::elementwise);
}

template <class T>
void Engine<T>::add_slices(int thread, Size b, const T* theta, const Examples& examples,
                           std::span<const Batch> slices, T* out) {
    if (slices.size() == 1) {
        weight_gradient(thread, b, theta, examples, slices[0], out);
        if (slices[0].is_whole)
            squares_[0][b] = add_penalty(weight_blocks_[b], theta, {out, false});
        return;
    }
    const std::size_t half = slices.size() / 2;
    T* other = out + largest_block_;
    add_slices(thread, b, theta, examples, slices.first(half), out);
    add_slices(thread, b, theta, examples, slices.last(half), other);
    kernels_.add(out, other, size_of(weight_blocks_[b]));
}

template <class T>
void Engine<T>::add_up_parts(Size slice, T* gradient) const {
    const Size n = objective_.layers[0].n_out;
    const double* parts = parts_.data() + slice * sharing_blocks_ * n;
    for (Size j = 0; j < n; ++j) {
        double sum = 0;
        for (Size b = 0; b < sharing_blocks_; ++b) sum += parts[b * n + j];
        gradient[j] = T(sum);
    }
}

template <class T>
template <class Use>
void Engine<T>::each_array(const WeightBlock& block, const Use& use) const {
    Size place = 0;
    for (const Array& array : objective_.layers[block.layer].arrays) {
        const Size count = (block.last - block.first) * array.a_unit;
        use(array, array.at + block.first * array.a_unit, place, count);
        place += count;
    }
}

template <class T>
Size Engine<T>::size_of(const WeightBlock& block) const {
    Size size = 0;
    each_array(block, [&](const Array&, Size, Size, Size count) { size += count; });
    return size;
}

template <class T>
double Engine<T>::apply(const State<T>& state, T* gradient, Size at, Size count,
                        const Group& group, double scale, double alpha,
                        const StepScalars& scalars) const {
    const Update u{scale,
                   group.decays ? alpha : 0,
                   scalars.rate * group.rate_factor,
                   scalars.epsilon,
                   scalars.decay * group.decay_factor,
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
double Engine<T>::update_block(const WeightBlock& block, const State<T>& state, Gradient gradient,
                               double scale, double alpha, const StepScalars& scalars) const {
    double squares = 0;
    each_array(block, [&](const Array& array, Size at, Size place, Size count) {
        T* part = gradient.at + (gradient.is_whole ? at : place);
        squares += apply(state, part, at, count, array.group, scale, alpha, scalars);
    });
    return squares;
}

template <class T>
void Engine<T>::start_measuring(int threads) {
    measured_.assign(weight_blocks_.size(), {});
    if (std::ssize(desks_) < threads) desks_.resize(static_cast<std::size_t>(threads));
    for (Desk<T>& desk : desks_) desk.before.reserve(largest_block_);
}

// update_block, and what it did. The gradient is overwritten.
template <class T>
double Engine<T>::update_measured(Size b, const State<T>& state, Gradient gradient, double scale,
                                  double alpha, const StepScalars& scalars, int thread) {
    const WeightBlock& block = weight_blocks_[b];
    T* before = desks_[thread].before.data();
    each_array(block, [&](const Array&, Size at, Size place, Size count) {
        std::copy(state.theta + at, state.theta + at + count, before + place);
    });
    const double squares = update_block(block, state, gradient, scale, alpha, scalars);

    Squares& measured = measured_[b];
    each_array(block, [&](const Array& array, Size at, Size place, Size count) {
        const T pull = T(array.group.decays ? alpha : 0);
        T* part = gradient.at + (gradient.is_whole ? at : place);
        T* then = before + place;
        for (Size i = 0; i < count; ++i) part[i] = (part[i] + pull * then[i]) * T(scale);
        measured.gradient += kernels_.sum_squares(part, count);
        if (place > 0) return;  // of W alone
        measured.weights = kernels_.sum_squares(then, count);
        for (Size i = 0; i < count; ++i) then[i] = state.theta[at + i] - then[i];
        measured.update = kernels_.sum_squares(then, count);
    });
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
                                    const Slices& slices, Size step, double dropout, T* gradient,
                                    int threads) {
    const Size n_rows = slices.n_rows(), reserved = std::min(n_rows, kChunk);
    threads = step_threads(reserved, threads);
    reserve_rows(reserved, examples);
    start_call(threads, slices.count);
    for (const Gap& gap : gaps_) std::fill_n(gradient + gap.at, gap.count, T(0));
    Barrier barrier(threads);
    double J = 0;

    run_team(threads, [&](int thread) {
        Laps& laps = desks_[thread].laps;
        laps.start(profiled_);
        // At least one round: the penalty is there without rows, too.
        for (Size start = 0; start == 0 || start < n_rows; start += kChunk) {
            const std::vector<Batch> parts = cut(rows, slices, start, kChunk, step, dropout);
            const bool is_chunk = n_rows > kChunk, ends_late = is_chunk && start + kChunk >= n_rows;
            rows_phase(thread, theta, examples, parts);
            barrier.wait();
            laps.lap(Phase::barriers);
            if (thread == 0) {
                row_counter_.reset();
                if (is_chunk) J += add_losses(parts);  // the next one takes their place
            }
            each_weight_block(thread, [&](Size b) {
                T* scratch = desks_[thread].scratch.data();
                add_slices(thread, b, theta, examples, parts, scratch);
                each_array(weight_blocks_[b], [&](const Array&, Size at, Size place, Size count) {
                    if (start == 0)
                        std::copy_n(scratch + place, count, gradient + at);
                    else
                        kernels_.add(gradient + at, scratch + place, count);
                });
                if (ends_late)
                    squares_[0][b] = add_penalty(weight_blocks_[b], theta, {gradient, true});
                laps.lap(Phase::update);
            });
            barrier.wait();
            laps.lap(Phase::barriers);
            if (thread == 0) {
                if (!is_chunk) J += add_losses(parts);  // each with its penalty, known by now
                if (ends_late) J += penalty(0);
                reset_weight_blocks();
            }
        }
    });
    return J;
}

template <class T>
void Engine<T>::update(const State<T>& state, T* gradient, double scale,
                       const StepScalars& scalars, int threads, bool measured) {
    threads = useful_threads(kWorkAnUpdate * objective_.theta_size, threads);
    start_call(threads);
    run_team(threads, [&](int thread) {
        each_block(thread, weight_counter_, std::ssize(weight_blocks_), [&](Size b) {
            if (measured)
                update_measured(b, state, {gradient, true}, scale, 0.0, scalars, thread);
            else
                update_block(weight_blocks_[b], state, {gradient, true}, scale, 0.0, scalars);
        });
    });
}

// Adds the penalty's gradient, and returns the sum of squares of what decays.
template <class T>
double Engine<T>::add_penalty(const WeightBlock& block, const T* theta, Gradient gradient) const {
    double squares = 0;
    each_array(block, [&](const Array& array, Size at, Size place, Size count) {
        T* part = gradient.at + (gradient.is_whole ? at : place);
        if (array.group.decays && objective_.alpha != 0)
            squares += kernels_.add_penalty(theta + at, part, count, objective_.alpha);
    });
    return squares;
}

template <class T>
void Engine<T>::measure_squares(const T* theta) {
    T* unused = desks_[0].scratch.data();
    std::fill(unused, unused + largest_block_, T(0));
    for (std::size_t b = 0; b < weight_blocks_.size(); ++b)
        squares_[0][b] = add_penalty(weight_blocks_[b], theta, {unused, false});
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
    for (const Desk<T>& desk : desks_) total += desk.laps.seconds(static_cast<int>(phase));
    return total;
}

template <class T>
double Engine<T>::sum_losses(Size at, Size n_rows) const {
    double J = 0;
    for (Size r = 0; r < n_rows; ++r) J += losses_.data()[at + r];
    return J;
}

template <class T>
double Engine<T>::add_losses(std::span<const Batch> slices) const {
    if (slices.size() > 1) {
        const std::size_t half = slices.size() / 2;
        return add_losses(slices.first(half)) + add_losses(slices.last(half));
    }
    const Batch& slice = slices[0];
    return sum_losses(slice.at, slice.n_rows) + (slice.is_whole ? penalty(0) : 0.0);
}

template <class T>
int Engine<T>::step_threads(Size n_rows, int threads) const {
    return useful_threads(3 * n_rows * objective_.theta_size, threads);
}

template class Engine<float>;
template class Engine<double>;

}  // namespace deltarule
