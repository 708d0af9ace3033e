// Networks and their probabilities, for any number of threads at once.
//
// W is packed once, where it changes no more, for the tiles of product(), so that a single row takes as long as it takes to
// read the weights; and what a call works with is kept for the next one, so that none allocates.
// Scores have the bits that predict() gives them.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "multiply.hpp"

namespace deltarule {

template <class T>
class Predictor {
  public:
    // Of one network, or the average of several that are alike, whose scores are divided by the
    // temperature before they become probabilities; each theta is to stay where it is. Where W is
    // not packed, what is written to theta counts at once, and a row alone takes longer.
    Predictor(Objective objective, const Multiply<T>& multiply, const std::vector<const T*>& thetas,
              T temperature, bool packs);
    ~Predictor();

    // Probabilities (n, classes); returns whether all scores were finite.
    bool predict(const Examples& examples, T* p, int threads) const;

    // Scores (n, l) of the first network, before they are divided by the temperature; likewise.
    bool score(const Examples& examples, T* scores, int threads) const;

    Size classes() const;
    const Objective& objective() const { return objective_; }
    bool uses_blas() const { return multiply_.uses_blas(); }

  private:
    struct Network;
    struct Place;

    std::unique_ptr<Place> take() const;
    void give_back(std::unique_ptr<Place> place) const;
    template <class Work>
    void each_block(const Examples& x, Size n_networks, int threads, const Work& work) const;
    bool predict_block(const Examples& x, Size first, Size count, Place& place, T* p) const;

    const Objective objective_;
    const Multiply<T> multiply_;
    const T temperature_;
    std::vector<Network> networks_;
    mutable std::mutex lock_;
    mutable std::vector<std::unique_ptr<Place>> places_;  // those that nobody works at
};

}  // namespace deltarule
