#include "predictor.hpp"

#include <atomic>
#include <cmath>

#include "room.hpp"
#include "team.hpp"

namespace deltarule {

// One network's numbers: theta, and W of each Dense layer once more, packed.
template <class T>
struct Predictor<T>::Network {
    const T* theta;
    std::vector<Buffer<T>> W;
    std::vector<const T*> packed;  // of each layer; or none

    Network(const Objective& objective, const Multiply<T>& multiply, const T* its_theta, bool packs)
        : theta(its_theta) {
        if (!packs || multiply.uses_blas()) return;
        for (const Layer& layer : objective.layers) {
            if (!layer.is(LayerKind::dense)) {
                packed.push_back(nullptr);
                continue;
            }
            const Size n = layer.n_out, k = layer.n_in;
            W.emplace_back(multiply.kernels.packed_size(n, k));
            multiply.kernels.pack({theta + layer.at(kW), 1, k}, n, k, W.back().data());
            packed.push_back(W.back().data());
        }
    }
};

// Where one thread works at a time.
template <class T>
struct Predictor<T>::Place {
    std::vector<Room<T>> rooms;  // one a network
    Buffer<T> scores;
};

template <class T>
Predictor<T>::Predictor(Objective objective, const Multiply<T>& multiply,
                        const std::vector<const T*>& thetas, T temperature, bool packs)
    : objective_(std::move(objective)), multiply_(multiply), temperature_(temperature) {
    networks_.reserve(thetas.size());
    for (const T* theta : thetas) networks_.emplace_back(objective_, multiply_, theta, packs);
}

template <class T>
Predictor<T>::~Predictor() = default;

template <class T>
Size Predictor<T>::classes() const {
    const Size l = objective_.layers.back().n_out;
    return objective_.loss == LossKind::sigmoid && l == 1 ? 2 : l;
}

template <class T>
auto Predictor<T>::take() const -> std::unique_ptr<Place> {
    {
        const std::lock_guard held(lock_);
        if (!places_.empty()) {
            auto place = std::move(places_.back());
            places_.pop_back();
            return place;
        }
    }
    auto place = std::make_unique<Place>();
    place->rooms.reserve(networks_.size());
    for (const Network& network : networks_)
        place->rooms.emplace_back(objective_, multiply_, network.packed);
    return place;
}

template <class T>
void Predictor<T>::give_back(std::unique_ptr<Place> place) const {
    const std::lock_guard held(lock_);
    places_.push_back(std::move(place));
}

template <class T>
bool are_finite(const T* x, Size count) {
    bool all = true;
    for (Size j = 0; j < count; ++j) all &= bool(std::isfinite(x[j]));
    return all;
}

template <class T>
bool Predictor<T>::predict_block(const Examples& x, Size first, Size count, Place& place,
                                 T* p) const {
    const Size l = objective_.layers.back().n_out;
    const auto& kernels = multiply_.kernels;
    T* scores = place.scores.data();
    bool all_finite = true;
    std::fill(p, p + count * classes(), T(0));
    for (std::size_t i = 0; i < networks_.size(); ++i) {
        place.rooms[i].predict(networks_[i].theta, x, first, count, scores);
        all_finite &= are_finite(scores, count * l);
        const T share = T(1) / T(networks_.size());
        if (objective_.loss == LossKind::softmax)
            kernels.add_softmax(scores, temperature_, share, count, l, p);
        else
            kernels.add_sigmoid(scores, l == 1, share, count * l, p);
    }
    return all_finite;
}

template <class T>
bool Predictor<T>::predict(const Examples& x, T* p, int threads) const {
    std::atomic<bool> all_finite{true};
    each_block(x, std::ssize(networks_), threads, [&](Size first, Size count, Place& place) {
        if (!predict_block(x, first, count, place, p + first * classes()))
            all_finite.store(false, std::memory_order_relaxed);
    });
    return all_finite.load();
}

template <class T>
bool Predictor<T>::score(const Examples& x, T* scores, int threads) const {
    std::atomic<bool> all_finite{true};
    const Size l = objective_.layers.back().n_out;
    each_block(x, 1, threads, [&](Size first, Size count, Place& place) {
        T* z = scores + first * l;
        place.rooms[0].predict(networks_[0].theta, x, first, count, z);
        if (!are_finite(z, count * l)) all_finite.store(false, std::memory_order_relaxed);
    });
    return all_finite.load();
}

// Work off blocks of rows, each thread at a place of its own.
template <class T>
template <class Work>
void Predictor<T>::each_block(const Examples& x, Size n_networks, int threads,
                              const Work& work) const {
    const Size n_blocks = (x.n + kBlock - 1) / kBlock, rows = std::min(kBlock, x.n);
    const Size useful = useful_threads(x.n * objective_.theta_size * n_networks, threads);
    Blocks blocks;
    run_apart(static_cast<int>(std::clamp<Size>(useful, 1, std::max<Size>(1, n_blocks))), [&](int) {
        auto place = take();
        for (Room<T>& room : place->rooms) room.reserve(rows, x);
        place->scores.reserve(rows * objective_.layers.back().n_out);
        for (Size b = blocks.take(); b < n_blocks; b = blocks.take())
            work(b * kBlock, std::min(kBlock, x.n - b * kBlock), *place);
        give_back(std::move(place));
    });
}

template class Predictor<float>;
template class Predictor<double>;

}  // namespace deltarule
