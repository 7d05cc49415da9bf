// SPDX-License-Identifier: GPL-3.0-or-later
// Exponentials for neurons exp(k.x + b): vectorised exp, axis factors, direct sums.
#include <string.h>

#include "ckernels.h"
#include "clones.h"

// exp(x) = 2^n e^r, n = round(x / ln 2), |r| <= ln 2 / 2, Taylor to r^13. Below -708 it is 0, above 709 infinite.
static inline __attribute__((always_inline)) double exp_inline(double x) {
  const double floor = x < -708.0 ? -708.0 : x, y = floor > 709.0 ? 709.0 : floor;
  const double shifted = __builtin_fma(y, 0x1.71547652b82fep+0, 0x1.8p52);
  const double n = shifted - 0x1.8p52;
  double r = __builtin_fma(-n, 0x1.62e42fefa39efp-1, y);
  r = __builtin_fma(-n, 0x1.abc9e3b39803fp-56, r);
  double p = 1.0 / 6227020800.0;
  p = __builtin_fma(p, r, 1.0 / 479001600.0);
  p = __builtin_fma(p, r, 1.0 / 39916800.0);
  p = __builtin_fma(p, r, 1.0 / 3628800.0);
  p = __builtin_fma(p, r, 1.0 / 362880.0);
  p = __builtin_fma(p, r, 1.0 / 40320.0);
  p = __builtin_fma(p, r, 1.0 / 5040.0);
  p = __builtin_fma(p, r, 1.0 / 720.0);
  p = __builtin_fma(p, r, 1.0 / 120.0);
  p = __builtin_fma(p, r, 1.0 / 24.0);
  p = __builtin_fma(p, r, 1.0 / 6.0);
  p = __builtin_fma(p, r, 0.5);
  p = __builtin_fma(p, r, 1.0);
  p = __builtin_fma(p, r, 1.0);
  uint64_t bits, exponent;
  memcpy(&bits, &p, sizeof bits);
  memcpy(&exponent, &shifted, sizeof exponent);
  bits += exponent << 52;
  double result;
  memcpy(&result, &bits, sizeof result);
  const double above = x > 709.0 ? __builtin_inf() : result;
  return x < -708.0 ? 0.0 : above;
}

NN_CLONES
void nn_exp(const double *restrict x, double *restrict result, size_t count) {
  for (size_t i = 0; i < count; ++i) result[i] = exp_inline(x[i]);
}

NN_CLONES
void nn_axis_exponentials(const double *restrict k, double quadratic, double step, double origin,
                          size_t rows, size_t count, double *restrict rows_out) {
  for (size_t j = 0; j < rows; ++j) {
    const double t = step * ((double)j - origin), envelope = quadratic * t * t;
    double *restrict row = rows_out + j * count;
    for (size_t i = 0; i < count; ++i) row[i] = exp_inline(__builtin_fma(k[i], t, -envelope));
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
