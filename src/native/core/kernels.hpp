// The element-wise work, as a table of functions. The same source (kernels.cpp) is compiled once
// for each instruction set; best_kernels() picks the best set that this processor has.
#pragma once

#include "types.hpp"

namespace deltarule {

// What one step does to one block of parameters; see deltarule/network/optimisers.
struct Update {
    double scale;  // 1 / the batch's total weight
    double alpha;  // L2 penalty, 0 where it does not decay
    double rate, epsilon, decay;
    double momentum, beta_1, beta_2;
    bool nesterov;
};

template <class T>
struct Kernels {
    // h = f(a + bias), rows x n in place; keeps a where `kept` is not null.
    void (*forward[kActivations])(T* h, T* kept, const T* bias, Size rows, Size n);
    // g *= f', from h or a.
    void (*backward[kActivations])(T* g, const T* h_or_a, Size count);
    // The loss of each row in `losses`, and scores overwritten with its gradient.
    void (*softmax)(T* scores, const Size* labels, const T* weights, double smoothing, Size rows,
                    Size l, double* losses);
    void (*sigmoid)(T* scores, const std::uint8_t* targets, const T* weights, double smoothing,
                    Size rows, Size l, double* losses);
    // out[j] = sum over rows of g[row, j], j in [first, last).
    void (*column_sums)(const T* g, Size rows, Size n, Size first, Size last, T* out);
    // One step on theta; `gradient` is that of the summed loss, without the penalty. Returns the
    // sum of squares of the new theta, in float64, where alpha is not 0.
    double (*sgd)(T* theta, T* gradient, T* velocity, Size count, const Update& u);
    double (*adam)(T* theta, T* gradient, T* m, T* v, Size count, const Update& u);
    // gradient += alpha theta; returns the sum of squares of theta.
    double (*add_penalty)(const T* theta, T* gradient, Size count, double alpha);
    // total += part.
    void (*add)(T* total, const T* part, Size count);
    const char* name;
};

template <class T>
const Kernels<T>& best_kernels();

// By name: "baseline", "x86-64-v3", "x86-64-v4"; null where the processor or the build lacks it.
template <class T>
const Kernels<T>* kernels_named(const char* name);

}  // namespace deltarule
