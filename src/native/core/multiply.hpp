// Who multiplies: the kernels' own product where they have one, else the BLAS.
#pragma once

#include <algorithm>

#include "kernels.hpp"

namespace deltarule {

template <class T>
struct Multiply {
    Gemm<T> gemm;
    const Kernels<T>& kernels;

    // Whether products are left to the BLAS, which the caller then has to hold to one thread.
    bool uses_blas() const { return kernels.product == nullptr; }

    // C (m x n) = A B + bias, all by rows; to the BLAS, which counts by columns, C^T = B^T A^T.
    // `workspace` is as large as kernels.product wants it.
    void operator()(const Matrix<T>& A, const Matrix<T>& B, const T* bias, Size m, Size n, Size k,
                    T* c, T* workspace) const {
        if (!uses_blas()) return kernels.product(A, B, bias, m, n, k, c, workspace);
        if (bias != nullptr)
            for (Size i = 0; i < m; ++i) std::copy(bias, bias + n, c + i * n);
        char trans_A = A.across == 1 ? 'N' : 'T', trans_B = B.across == 1 ? 'N' : 'T';
        int m_ = static_cast<int>(m), n_ = static_cast<int>(n), k_ = static_cast<int>(k);
        // At least what the BLAS demands, which matters where a side has length 1.
        int lda = static_cast<int>(std::max({A.down, A.across, trans_A == 'N' ? k : m}));
        int ldb = static_cast<int>(std::max({B.down, B.across, trans_B == 'N' ? n : k}));
        T one = 1, beta = bias != nullptr ? 1 : 0;
        gemm(&trans_B, &trans_A, &n_, &m_, &k_, &one, const_cast<T*>(B.at), &ldb,
             const_cast<T*>(A.at), &lda, &beta, c, &n_);
    }
};

}  // namespace deltarule
