// SPDX-License-Identifier: GPL-3.0-or-later
// Exponentials for neurons exp(k.x + b): vectorised exp, axis factors, direct sums.
#include "ckernels.h"
#include "clones.h"
#include "exponential.h"

NN_CLONES
void nn_exp(const double *restrict x, double *restrict result, size_t count) {
  for (size_t i = 0; i < count; ++i) result[i] = exp_inline(x[i]);
}

// Nodes in groups of 8: with centre t_c and t = t_c + d,
//   exp(k t - q t^2) = exp(k t_c - q t_c^2) exp(k d) exp(-q d (2 t_c + d)),
// one exponential a neuron and group, one a neuron and offset d for all groups, one a node for all neurons.
enum { GROUP = 8 };

// Whether the three factors may be formed apart: none beyond e^(+-200), so that nothing is lost that the product keeps, and
// exponents that cancel in the product below 2, so that its relative error stays that of exponents at the node.
static inline __attribute__((always_inline)) int factors_split(const double *restrict k, double quadratic, double step,
                                                               double origin, size_t rows, size_t count) {
  if (rows < 2 * GROUP) return 0;
  double largest = 0;
  for (size_t i = 0; i < count; ++i) {
    const double size = __builtin_fabs(k[i]);
    largest = size > largest ? size : largest;
  }
  const double half = __builtin_fabs(step) * (GROUP / 2), last = (double)(rows - 1) - origin;
  const double reach = __builtin_fabs(step) * (origin > last ? origin : last) + half;
  return (largest + quadratic * half) * half <= 2 && (largest + quadratic * reach) * reach <= 200;
}

static inline __attribute__((always_inline)) void scale_row(double *restrict row, const double *restrict factor, size_t count) {
  if (factor) {
    for (size_t i = 0; i < count; ++i) row[i] *= factor[i];
  }
}

NN_CLONES
void nn_axis_exponentials(const double *restrict k, const double *restrict factor, double quadratic, double step,
                          double origin, size_t rows, size_t count, double *restrict rows_out,
                          double *restrict scratch) {
  if (!factors_split(k, quadratic, step, origin, rows, count)) {
    for (size_t j = 0; j < rows; ++j) {
      const double t = step * ((double)j - origin), envelope = quadratic * t * t;
      double *restrict row = rows_out + j * count;
      for (size_t i = 0; i < count; ++i) row[i] = exp_inline(__builtin_fma(k[i], t, -envelope));
      scale_row(row, factor, count);
    }
    return;
  }
  double *restrict centre = scratch + GROUP * count;
  double offset[GROUP], envelope[GROUP];
  for (size_t m = 0; m < GROUP; ++m) {
    const double d = step * ((double)m - GROUP / 2);
    double *restrict row = scratch + m * count;
    offset[m] = d;
    for (size_t i = 0; i < count; ++i) row[i] = exp_inline(k[i] * d);
    scale_row(row, factor, count);
  }
  for (size_t first = 0; first < rows; first += GROUP) {
    const double t = step * ((double)(first + GROUP / 2) - origin), square = quadratic * t * t;
    for (size_t i = 0; i < count; ++i) centre[i] = exp_inline(__builtin_fma(k[i], t, -square));
    for (size_t m = 0; m < GROUP; ++m) envelope[m] = exp_inline(-quadratic * offset[m] * (2 * t + offset[m]));
    for (size_t m = 0; m < GROUP && first + m < rows; ++m) {
      const double *restrict near = scratch + m * count;
      double *restrict row = rows_out + (first + m) * count;
      const double e = envelope[m];
      for (size_t i = 0; i < count; ++i) row[i] = centre[i] * near[i] * e;
    }
  }
}

NN_CLONES
void nn_expand_rows(double *restrict table, size_t rows, const double *restrict factors, size_t factor_rows, size_t count) {
  for (size_t r = rows; r-- > 0;) {
    const double *outer = table + r * count;
    for (size_t s = factor_rows; s-- > 0;) {
      const double *restrict inner = factors + s * count;
      double *out = table + (r * factor_rows + s) * count;
      for (size_t i = 0; i < count; ++i) out[i] = outer[i] * inner[i];
    }
  }
}

NN_CLONES
double nn_exponential_sum(const double *const *k, size_t dimension, const double *restrict shift,
                          const double *restrict c, size_t count, const double *x, double constant) {
#pragma clang fp reassociate(on)
  const double *restrict k0 = k[0];
  const double *restrict k1 = dimension > 1 ? k[1] : k0;
  const double *restrict k2 = dimension > 2 ? k[2] : k0;
  const double *restrict k3 = dimension > 3 ? k[3] : k0;
  const double x0 = x[0], x1 = dimension > 1 ? x[1] : 0, x2 = dimension > 2 ? x[2] : 0,
               x3 = dimension > 3 ? x[3] : 0;
  double sum = 0;
  for (size_t i = 0; i < count; ++i) {
    sum += c[i] * exp_inline(shift[i] - constant + k0[i] * x0 + k1[i] * x1 + k2[i] * x2 + k3[i] * x3);
  }
  return sum;
}
