// The core without Python and with a naive GEMM, for the sanitizers: `make sanitize`.
//
// Shows that a product is its definition, that the gradient is that of finite differences, that any
// number of threads gives the same bits, that a batch beyond the buffers is a sum of its chunks,
// all three also with layers of every kind, that a predictor says the same to any number of threads,
// that elementary functions keep their bounds, and that a divergence stops before its update.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <numeric>
#include <random>
#include <thread>
#include <vector>

#include "../core/engine.hpp"
#include "../core/predict.hpp"
#include "../core/predictor.hpp"

using namespace deltarule;

namespace {

void check(bool right, const char* what) {
    if (!right) {
        std::fprintf(stderr, "FAILED: %s\n", what);
        std::exit(1);
    }
}

template <class T>
void naive_gemm(char* ta, char* tb, int* m, int* n, int* k, T* alpha, T* a, int* lda, T* b, int* ldb,
                T* beta, T* c, int* ldc) {
    for (int j = 0; j < *n; ++j)
        for (int i = 0; i < *m; ++i) {
            T sum = 0;
            for (int p = 0; p < *k; ++p)
                sum += (*ta == 'N' ? a[i + p * *lda] : a[p + i * *lda]) *
                       (*tb == 'N' ? b[p + j * *ldb] : b[j + p * *ldb]);
            c[i + j * *ldc] = *alpha * sum + (*beta == 0 ? T(0) : *beta * c[i + j * *ldc]);
        }
}

template <class T>
Multiply<T> multiply() {
    return {naive_gemm<T>, best_kernels<T>()};
}

using Places = std::vector<Size>;  // dense layers, from 0, that read through a Scale

// Layers before the first dense one, or in the middle, and whether the dense ones mix.
struct Extras {
    bool embeds = false, waves = false, mixes = false;
};

// A network with its numbers, and examples for it.
template <class T>
struct Problem {
    Objective objective;
    std::vector<T> theta, X;
    std::vector<Size> labels, rows;
    std::vector<std::uint8_t> indicators;
    std::vector<double> weights;

    Problem(Activation f, LossKind loss, double dropout, Size n, std::vector<Size> sizes,
            const Places& scaled = {}, const Extras& extras = {}) {
        objective = {{}, 0, loss, 0.1, 0.1, 7};
        if (extras.embeds) add_embedding(sizes[0], {0, 2}, {3, 70}, 5);
        for (std::size_t k = 0; k + 1 < sizes.size(); ++k) {
            const bool last = k + 2 == sizes.size();
            if (extras.waves && !last) add_periodic(out(sizes[k]), {1, 2}, k == 0 ? 16 : 3, 3);
            for (const Size place : scaled)
                if (place == static_cast<Size>(k)) add_scale(out(sizes[k]));
            add_dense(out(sizes[k]), sizes[k + 1], last ? Activation::identity : f,
                      last ? 0 : dropout, !last && extras.mixes);
        }
        std::mt19937_64 random(1);
        std::normal_distribution<double> normal;
        for (Size i = 0; i < objective.theta_size; ++i) theta.push_back(T(0.5 * normal(random)));
        for (Size i = 0; i < n * sizes[0]; ++i) X.push_back(T(normal(random)));
        if (extras.embeds) put_categories(n, sizes[0]);
        const Size l = sizes.back();
        for (Size i = 0; i < n; ++i) {
            labels.push_back(static_cast<Size>(random() % static_cast<std::uint64_t>(l)));
            rows.push_back(n - 1 - i);
            weights.push_back(0.5 + static_cast<double>(random() % 4));
            for (Size j = 0; j < l; ++j) indicators.push_back(random() % 2);
        }
    }

    // Units of the last layer so far; those of X where there is none.
    Size out(Size n_features) const {
        return objective.layers.empty() ? n_features : objective.layers.back().n_out;
    }
    // Adds a layer with an array for each of `a_unit`.
    void add(Layer layer, Size units, const std::vector<Size>& a_unit, const Group& first,
             const Group& others) {
        for (std::size_t i = 0; i < a_unit.size(); ++i) {
            layer.arrays.push_back({objective.theta_size, a_unit[i], i == 0 ? first : others});
            objective.theta_size += units * a_unit[i];
        }
        objective.layers.push_back(layer);
    }
    void add_dense(Size n_in, Size n_out, Activation f, double dropout, bool mixes) {
        std::vector<Size> a_unit{n_in, 1};
        if (mixes) a_unit.push_back(1);
        add({LayerKind::dense, n_in, n_out, f, dropout, mixes}, n_out, a_unit, {1.0, true, 1.0},
            {1.0, false, 0.0});
    }
    void add_scale(Size n) { add({LayerKind::scale, n, n}, n, {1}, {6.0, false, 6.0}, {}); }
    void add_periodic(Size n_in, std::vector<Size> columns, Size m, Size o) {
        const Size q = static_cast<Size>(columns.size());
        Layer layer{LayerKind::periodic, n_in, n_in + q * o};
        layer.columns = columns, layer.n_frequencies = m, layer.width = o;
        add(layer, q, {m, m, o * m, o}, {0.1, false, 0.1}, {0.1, false, 0.1});
    }
    void add_embedding(Size n_in, std::vector<Size> columns, std::vector<Size> sizes, Size width) {
        Layer layer{LayerKind::embedding, n_in, n_in + static_cast<Size>(columns.size()) * (width - 1)};
        layer.columns = columns, layer.sizes = sizes, layer.width = width;
        add(layer, std::accumulate(sizes.begin(), sizes.end(), Size(0)), {width}, {0.5, true, 0.5}, {});
    }
    // Indices of categories, and what no table knows.
    void put_categories(Size n, Size f) {
        const T strange[] = {T(-1), T(2.5), T(70), T(1e30), -std::numeric_limits<T>::infinity(),
                             std::numeric_limits<T>::quiet_NaN()};
        for (Size i = 0; i < n; ++i) {
            X[i * f] = T(i % 3);
            X[i * f + 2] = i % 7 == 0 ? strange[i % 6] : T(i * 11 % 70);
        }
    }

    Examples examples() const {
        const Size f = objective.layers[0].n_in;
        return {reinterpret_cast<const char*>(X.data()),
                sizeof(T) == 4 ? Element::float32 : Element::float64,
                static_cast<Size>(labels.size()), f, f * static_cast<Size>(sizeof(T)), sizeof(T),
                nullptr, nullptr, nullptr, labels.data(), indicators.data(), weights.data()};
    }
    Size n() const { return static_cast<Size>(rows.size()); }
};

// Of every `stride`th number of theta.
void gradient_is_that_of_finite_differences(Activation f, LossKind loss, std::size_t stride = 5,
                                            const Places& scaled = {},
                                            const std::vector<Size>& sizes = {4, 9, 6, 3},
                                            const Extras& extras = {}) {
    Problem<double> p(f, loss, 0.25, 70, sizes, scaled, extras);
    Engine<double> engine(p.objective, {}, multiply<double>(), false);
    std::vector<double> gradient(p.theta.size()), unused(p.theta.size());
    const Size bounds[] = {0, 20, 20, 41, p.n()};
    const auto J = [&](std::vector<double>& out) {
        return engine.loss_and_gradient(p.theta.data(), p.examples(), p.rows.data(), {bounds, 4}, 3,
                                        0.8, out.data(), 2);
    };
    J(gradient);
    const double step = 1e-6;
    for (std::size_t i = 0; i < p.theta.size(); i += stride) {
        const double here = p.theta[i];
        p.theta[i] = here + step;
        const double above = J(unused);
        p.theta[i] = here - step;
        const double below = J(unused);
        p.theta[i] = here;
        const double numeric = (above - below) / (2 * step);
        check(std::abs(numeric - gradient[i]) < 1e-5 * (1 + std::abs(numeric)), "finite differences");
    }
}

template <class T>
struct Trained {
    std::vector<T> theta;
    std::vector<double> losses;
    std::vector<Squares> measured;

    bool operator==(const Trained& other) const {
        const auto same = [](const auto& a, const auto& b) {
            return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(a[0])) == 0;
        };
        return same(theta, other.theta) && same(losses, other.losses) && same(measured, other.measured);
    }
};

template <class T>
Trained<T> train(const Problem<T>& p, Optimiser optimiser, Size batch, int threads) {
    Engine<T> engine(p.objective, optimiser, multiply<T>(), false);
    Trained<T> trained{p.theta, {}, std::vector<Squares>(p.objective.layers.size())};
    std::vector<T> m(p.theta.size()), v(p.theta.size());
    std::vector<Size> bounds;
    for (Size b = 0; b < p.n(); b += batch) bounds.push_back(b);
    bounds.push_back(p.n());
    const auto count = bounds.size() - 1;
    const std::vector<double> scale(count, 1.0 / static_cast<double>(batch)), rate(count, 0.01),
        epsilon(count, 1e-8), decay(count, 1e-3), dropout{1, 0.5, 0};
    trained.losses.assign(count, 0);
    check(dropout.size() == count, "three steps");
    const Steps steps{p.rows.data(),  bounds.data(), static_cast<Size>(count),
                      0,              scale.data(),  rate.data(),
                      epsilon.data(), decay.data(),  dropout.data(),
                      trained.measured.data()};
    const auto result = engine.run({trained.theta.data(), m.data(), v.data()}, p.examples(), steps,
                                   trained.losses.data(), threads);
    check(!result.diverged, "training diverged");
    return trained;
}

template <class T>
void any_number_of_threads_gives_the_same_bits(Rule rule, const Places& scaled,
                                               const Extras& extras = {}) {
    // Large enough that threads are worth it: blocks of rows and of weights are shared.
    const Problem<T> p(Activation::tanh, LossKind::softmax, 0.25, 600, {40, 160, 130, 5}, scaled,
                       extras);
    const Optimiser optimiser{rule, 0.9, true, 0.9, 0.999};
    const auto trained = train(p, optimiser, 200, 1);
    for (const Squares& layer : trained.measured)
        check(layer.gradient > 0 && layer.update > 0 && layer.weights > 0, "measured");
    for (int threads : {2, 3, 8}) check(trained == train(p, optimiser, 200, threads), "same bits");
}

void a_batch_beyond_the_buffers_is_the_sum_of_its_chunks(const Places& scaled,
                                                         const Extras& extras = {}) {
    const Size n = Engine<double>::kChunk + 100;
    // Large enough that several threads share a chunk.
    const Problem<double> p(Activation::relu, LossKind::sigmoid, 0, n, {20, 32, 2}, scaled, extras);
    Engine<double> engine(p.objective, {}, multiply<double>(), false);
    std::vector<double> whole(p.theta.size()), part(p.theta.size());
    const auto J = [&](Size first, Size count, std::vector<double>& out) {
        const Size bounds[] = {0, count};
        return engine.loss_and_gradient(p.theta.data(), p.examples(), p.rows.data() + first,
                                        {bounds, 1}, 0, 1, out.data(), 2);
    };
    const double J_whole = J(0, n, whole), J_1 = J(0, 5000, part);
    std::vector<double> rest(p.theta.size());
    const double J_2 = J(5000, n - 5000, rest);
    double squares = 0;
    std::vector<double> penalty(p.theta.size());
    for (const Layer& layer : p.objective.layers) {
        const Array& array = layer.arrays[0];
        const auto groups = layer.groups_of_units();
        const Size units = std::accumulate(groups.begin(), groups.end(), Size(0));
        for (Size i = array.at; array.group.decays && i < array.at + units * array.a_unit; ++i) {
            penalty[i] = 0.1 * p.theta[i];
            squares += p.theta[i] * p.theta[i];
        }
    }
    check(std::abs(J_1 + J_2 - 0.05 * squares - J_whole) < 1e-9 * J_whole, "chunks: loss");
    for (std::size_t i = 0; i < whole.size(); ++i)
        check(std::abs(part[i] + rest[i] - penalty[i] - whole[i]) < 1e-9 * (1 + std::abs(whole[i])),
              "chunks: gradient");
    std::vector<double> scores(static_cast<std::size_t>(n * 2));
    predict<double>(p.objective, multiply<double>(), p.theta.data(), p.examples(), scores.data(), 3);
    for (double score : scores) check(std::isfinite(score), "scores");
}

// p(row, class), by the definition, of networks whose scores these are.
double probability(LossKind loss, const std::vector<std::vector<double>>& scores, double temperature,
                   Size l, Size row, Size j) {
    double total = 0;
    for (const auto& each : scores) {
        const double* s = each.data() + row * l;
        if (loss == LossKind::sigmoid) {
            total += 1 / (1 + std::exp(l > 1 || j == 1 ? -s[l > 1 ? j : 0] : s[0]));
            continue;
        }
        double sum = 0;
        for (Size i = 0; i < l; ++i) sum += std::exp((s[i] - s[j]) / temperature);
        total += 1 / sum;
    }
    return total / static_cast<double>(scores.size());
}

template <class T>
void a_predictor_says_the_same_to_many_threads(LossKind loss, Size l, Size count) {
    const Size n = 150;
    const Problem<T> p(Activation::selu, loss, 0.25, n, {40, 30, 20, l}, {0}, {true, true, true});
    std::vector<std::vector<T>> thetas(static_cast<std::size_t>(count), p.theta);
    for (std::size_t i = 1; i < thetas.size(); ++i)
        for (T& x : thetas[i]) x *= T(0.9);
    std::vector<const T*> at;
    for (const auto& theta : thetas) at.push_back(theta.data());
    const Predictor<T> predictor(p.objective, multiply<T>(), at, T(1.5), true);
    const Predictor<T> unpacked(p.objective, multiply<T>(), at, T(1.5), false);

    std::vector<std::vector<double>> scores;
    for (const T* theta : at) {
        std::vector<T> found(static_cast<std::size_t>(n * l));
        predict<T>(p.objective, multiply<T>(), theta, p.examples(), found.data(), 1);
        scores.emplace_back(found.begin(), found.end());
    }
    std::vector<T> scored(static_cast<std::size_t>(n * l));
    check(predictor.score(p.examples(), scored.data(), 2), "scores are finite");
    check(std::equal(scored.begin(), scored.end(), scores[0].begin()), "scores");
    const Size classes = predictor.classes();
    const auto size = static_cast<std::size_t>(n * classes);
    std::vector<T> expected(size);
    check(predictor.predict(p.examples(), expected.data(), 1), "scores are finite");
    for (Size r = 0; r < n; ++r)
        for (Size j = 0; j < classes; ++j)
            check(std::abs(expected[r * classes + j] - probability(loss, scores, 1.5, l, r, j)) <
                      20 * std::numeric_limits<T>::epsilon(), "probability");

    std::vector<T> same(size);
    unpacked.predict(p.examples(), same.data(), 2);
    check(same == expected, "the same bits, packed or not");
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&, t] {
            std::vector<T> found(size);
            if (t % 2 == 0) {
                predictor.predict(p.examples(), found.data(), 2);
            } else {
                for (Size r = 0; r < n; ++r) {
                    Examples one = p.examples();
                    one.X += r * one.row_stride, one.n = 1;
                    predictor.predict(one, found.data() + r * classes, 1);
                }
            }
            check(multiply<T>().uses_blas() || found == expected, "the same bits, alone or among others");
        });
    for (auto& thread : threads) thread.join();
}

void a_divergence_stops_before_its_update() {
    Problem<float> p(Activation::identity, LossKind::softmax, 0, 300, {3, 4, 2});
    p.X[3 * 299 + 1] = std::numeric_limits<float>::infinity();  // rows are visited from the last
    Engine<float> engine(p.objective, {Rule::sgd}, multiply<float>(), false);
    std::vector<float> theta = p.theta, m(theta.size());
    const std::vector<Size> bounds{0, 100, 200, 300};
    const std::vector<double> scale(3, 0.01), rate(3, 0.1), zero(3, 0.0);
    double losses[3];
    const auto result = engine.run({theta.data(), m.data(), nullptr}, p.examples(),
                                   {p.rows.data(), bounds.data(), 3, 0, scale.data(), rate.data(),
                                    zero.data(), zero.data()},
                                   losses, 2);
    check(result.diverged && result.done == 0 && !std::isfinite(result.loss), "divergence is seen");
    check(theta == p.theta, "no update after it");
}

// Small whole numbers, whose products and sums are exact: every element has to be right.
template <class T>
void a_product_is_that_of_its_definition(Size m, Size n, Size k, bool turn_A, bool turn_B,
                                         bool has_bias) {
    const auto product = best_kernels<T>().product;
    if (product == nullptr) return;  // left to the BLAS
    std::mt19937 random(static_cast<unsigned>(m + 100 * n + 10000 * k));
    const auto draw = [&](Size count) {
        std::vector<T> values(static_cast<std::size_t>(count));
        for (auto& value : values) value = static_cast<T>(static_cast<int>(random() % 7) - 3);
        return values;
    };
    const std::vector<T> A = draw(m * k), B = draw(k * n), bias = draw(n);
    const Matrix<T> a{A.data(), turn_A ? 1 : k, turn_A ? m : 1};
    const Matrix<T> b{B.data(), turn_B ? 1 : n, turn_B ? k : 1};
    std::vector<T> C(static_cast<std::size_t>(m * n)), workspace(kWorkspace<T>);
    product(a, b, has_bias ? bias.data() : nullptr, m, n, k, C.data(), workspace.data());
    for (Size i = 0; i < m; ++i)
        for (Size j = 0; j < n; ++j) {
            T sum = has_bias ? bias[j] : T(0);
            for (Size p = 0; p < k; ++p)
                sum += a.at[i * a.down + p * a.across] * b.at[p * b.down + j * b.across];
            check(C[i * n + j] == sum, "product");
        }
}

template <class T>
void products_are_those_of_their_definition() {
    // Around the sides of tiles, vectors and panels, and beyond the depth of a panel and the most
    // rows that are packed.
    for (Size m : {1, 5, 6, 7, 13, 260})
        for (Size n : {1, 3, 8, 17, 64, 131})
            for (Size k : {0, 1, 2, 9, 256, 519})
                for (int turn = 0; turn < 8; ++turn)
                    a_product_is_that_of_its_definition<T>(m, n, k, turn & 1, turn & 2, turn & 4);
}

template <class T>
void elementary_functions_keep_their_bounds(double ulps) {
    // Through the kernels, as they are used: h = f(a) and the long double value of f.
    const auto& kernels = best_kernels<T>();
    for (double x = -30; x < 30; x += 0.00137) {
        const T a = static_cast<T>(x);
        const auto exact = static_cast<long double>(a);
        const auto near = [&](Activation f, long double value, double slack = 0) {
            T h = a;
            kernels.forward[static_cast<int>(f)](&h, nullptr, 1);
            const long double ulp = std::abs(value) * std::numeric_limits<T>::epsilon();
            return std::abs(static_cast<long double>(h) - value) <= (ulps + slack) * ulp;
        };
        check(near(Activation::tanh, std::tanh(exact)), "tanh");
        check(near(Activation::logistic, 1 / (1 + std::exp(-exact))), "logistic");
        // Two elementary functions after each other: one ulp more.
        check(near(Activation::softplus, std::log1p(std::exp(exact)), 1.0), "softplus");
        check(near(Activation::elu, exact > 0 ? exact : std::expm1(exact)), "elu");
    }
    for (int f = 0; f < kActivations; ++f) {
        T h = std::numeric_limits<T>::quiet_NaN(), g = 1;
        kernels.forward[f](&h, nullptr, 1);
        check(std::isnan(h), "f(NaN) is NaN");
        kernels.backward[f](&g, &h, 1);
        check(std::isnan(g), "f'(NaN) is NaN");
    }
}

// cos and sin of 2 pi t, as the kernel of a Periodic makes them.
template <class T>
struct CosineAndSine {
    T cosine, sine;
};

template <class T>
CosineAndSine<T> wave(T t) {
    const Size column = 0;
    const T one = 1, zero = 0;
    T P, cosine, sine;
    best_kernels<T>().waves({&column, 1, 1, 1, &t, &zero, &one, &zero}, &one, 1, 1, &cosine, &sine,
                            &P, 1);
    check(std::isnan(t) || std::isinf(t) || P == cosine, "P is the cosine");
    return {cosine, sine};
}

template <class T>
void waves_keep_their_bound() {
    const T epsilon = std::numeric_limits<T>::epsilon();
    const long double turn = 2 * std::acos(-1.0L);
    const auto near = [&](T t) {
        const long double part = std::remainder(static_cast<long double>(t), 1.0L) * turn;
        const auto [cosine, sine] = wave(t);
        check(std::abs(cosine - std::cos(part)) <= epsilon, "cos");
        check(std::abs(sine - std::sin(part)) <= epsilon, "sin");
    };
    for (double t = -3; t < 3; t += 0.000137) near(static_cast<T>(t));
    for (double t = 1; t < 1e6; t *= 1.00137) near(static_cast<T>(t)), near(static_cast<T>(-t));
    const T largest = std::numeric_limits<T>::max(), infinite = std::numeric_limits<T>::infinity();
    for (T t : {largest, -largest, T(1e30)}) check(wave(t).cosine == 1 && wave(t).sine == 0, "beyond");
    for (T t : {infinite, -infinite, std::numeric_limits<T>::quiet_NaN()})
        check(std::isnan(wave(t).cosine) && std::isnan(wave(t).sine), "a wave of NaN is NaN");
}

}  // namespace

int main() {
    products_are_those_of_their_definition<float>();
    products_are_those_of_their_definition<double>();
    for (int f = 0; f < kActivations; ++f)
        for (LossKind loss : {LossKind::softmax, LossKind::sigmoid})
            if (f != static_cast<int>(Activation::relu) && f != static_cast<int>(Activation::leaky_relu))
                gradient_is_that_of_finite_differences(static_cast<Activation>(f), loss);
    // No Scale; one that reads X; one in the middle and one before the last layer; two that read X.
    const std::vector<Places> arrangements{{}, {0}, {1, 2}, {0, 0, 1}};
    for (const Places& scaled : arrangements) {
        gradient_is_that_of_finite_differences(Activation::selu, LossKind::softmax, 1, scaled);
        a_batch_beyond_the_buffers_is_the_sum_of_its_chunks(scaled);
        for (Rule rule : {Rule::sgd, Rule::adam}) {
            any_number_of_threads_gives_the_same_bits<float>(rule, scaled);
            any_number_of_threads_gives_the_same_bits<double>(rule, scaled);
        }
    }
    // Several blocks of layer 2 share their gradient with the Scale below.
    gradient_is_that_of_finite_differences(Activation::selu, LossKind::softmax, 39, {0},
                                           {40, 160, 3});
    for (int f = 0; f < kActivations; ++f)
        if (f != static_cast<int>(Activation::relu) && f != static_cast<int>(Activation::leaky_relu))
            gradient_is_that_of_finite_differences(static_cast<Activation>(f), LossKind::softmax, 3,
                                                   {0}, {4, 9, 6, 3}, {true, true, true});
    for (const Extras& extras : std::vector<Extras>{{true, false, false}, {false, true, false},
                                                    {false, false, true}, {true, true, true}}) {
        gradient_is_that_of_finite_differences(Activation::selu, LossKind::sigmoid, 1, {},
                                               {4, 9, 6, 3}, extras);
        a_batch_beyond_the_buffers_is_the_sum_of_its_chunks({1}, extras);
        for (Rule rule : {Rule::sgd, Rule::adam}) {
            any_number_of_threads_gives_the_same_bits<float>(rule, {0}, extras);
            any_number_of_threads_gives_the_same_bits<double>(rule, {0}, extras);
        }
    }
    a_predictor_says_the_same_to_many_threads<float>(LossKind::softmax, 5, 3);
    a_predictor_says_the_same_to_many_threads<double>(LossKind::softmax, 5, 1);
    a_predictor_says_the_same_to_many_threads<double>(LossKind::sigmoid, 1, 1);
    a_predictor_says_the_same_to_many_threads<float>(LossKind::sigmoid, 3, 2);
    a_divergence_stops_before_its_update();
    waves_keep_their_bound<float>();
    waves_keep_their_bound<double>();
    elementary_functions_keep_their_bounds<float>(4);
    elementary_functions_keep_their_bounds<double>(2);
    std::puts("all passed");
}
