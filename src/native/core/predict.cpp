#include "predict.hpp"

#include "room.hpp"
#include "team.hpp"

namespace deltarule {

template <class T>
void predict(const Objective& objective, const Multiply<T>& multiply, const T* theta,
             const Examples& x, T* scores, int threads) {
    const Size l = objective.layers.back().n_out, n_blocks = (x.n + kBlock - 1) / kBlock;
    threads = std::min<Size>(n_blocks, useful_threads(x.n * objective.theta_size, threads));
    Blocks blocks;
    run_apart(std::max(1, threads), [&](int) {
        Room<T> room(objective, multiply);
        room.reserve(std::min(kBlock, x.n), x);
        for (Size b = blocks.take(); b < n_blocks; b = blocks.take()) {
            const Size first = b * kBlock, count = std::min(kBlock, x.n - first);
            room.predict(theta, x, first, count, scores + first * l);
        }
    });
}

template void predict<float>(const Objective&, const Multiply<float>&, const float*,
                             const Examples&, float*, int);
template void predict<double>(const Objective&, const Multiply<double>&, const double*,
                              const Examples&, double*, int);

}  // namespace deltarule
