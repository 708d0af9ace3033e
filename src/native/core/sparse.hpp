// Layer one's two products with a sparse X (CSR), whose rows are read where they lie.
//
// One row of W at a time: it stays in cache while all rows of X pass by.
#pragma once

#include <algorithm>

#include "types.hpp"

namespace deltarule {

// Calls use(values, columns) with X's values and column numbers in their own types.
template <class Use>
inline void with_csr_types(const Examples& x, const Use& use) {
    const auto with_columns = [&](const auto* values) {
        x.columns_32 != nullptr ? use(values, x.columns_32) : use(values, x.columns_64);
    };
    x.element == Element::float32 ? with_columns(reinterpret_cast<const float*>(x.X))
                                  : with_columns(reinterpret_cast<const double*>(x.X));
}

// h[r, i] = W[i] . X[row(r)] + b[i], for count rows and n_out units.
template <class T, class Row>
void sparse_forward(const Examples& x, const Row& row, Size count, const T* W, const T* b, Size n_out,
                    T* h) {
    with_csr_types(x, [&](const auto* values, const auto* columns) {
        for (Size i = 0; i < n_out; ++i) {
            const T* w = W + i * x.f;
            for (Size r = 0; r < count; ++r) {
                T sum = b[i];
                for (Size e = x.indptr[row(r)]; e < x.indptr[row(r) + 1]; ++e)
                    sum += w[columns[e]] * static_cast<T>(values[e]);
                h[r * n_out + i] = sum;
            }
        }
    });
}

// grad_W[i - first] = sum over rows of g[r, i] X[rows[r]], for units first..last.
template <class T>
void sparse_gradient(const Examples& x, const Size* rows, Size n_rows, const T* g, Size n_out,
                     Size first, Size last, T* grad_W) {
    std::fill(grad_W, grad_W + (last - first) * x.f, T(0));
    with_csr_types(x, [&](const auto* values, const auto* columns) {
        for (Size i = first; i < last; ++i) {
            T* grad = grad_W + (i - first) * x.f;
            for (Size r = 0; r < n_rows; ++r) {
                const T g_ri = g[r * n_out + i];
                for (Size e = x.indptr[rows[r]]; e < x.indptr[rows[r] + 1]; ++e)
                    grad[columns[e]] += g_ri * static_cast<T>(values[e]);
            }
        }
    });
}

}  // namespace deltarule
