// Algorithm 1 alone: scores of rows, block by block, on any number of threads.
//
// Nothing is kept between calls or shared between them, so that any number may go on at once. A
// row's scores have the same bits alone and among others, where the kernels have a product.
#pragma once

#include "multiply.hpp"

namespace deltarule {

// Scores (n, l) of all rows of examples.X.
template <class T>
void predict(const Objective& objective, const Multiply<T>& multiply, const T* theta,
             const Examples& examples, T* scores, int threads);

}  // namespace deltarule
