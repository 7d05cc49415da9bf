// SPDX-License-Identifier: GPL-3.0-or-later
// Accumulation of power and cross spectra.
#include "ckernels.h"
#include "clones.h"

NN_CLONES
void nn_accumulate_power(const double *restrict a, double *restrict sum, size_t count) {
  for (size_t i = 0; i < count; ++i) sum[i] += a[2 * i] * a[2 * i] + a[2 * i + 1] * a[2 * i + 1];
}

NN_CLONES
void nn_accumulate_cross(const double *restrict a, const double *restrict b, double *restrict sum, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    sum[2 * i] += a[2 * i] * b[2 * i] + a[2 * i + 1] * b[2 * i + 1];
    sum[2 * i + 1] += a[2 * i] * b[2 * i + 1] - a[2 * i + 1] * b[2 * i];
  }
}
