// SPDX-License-Identifier: GPL-3.0-or-later
// Accumulation of power and cross spectra, in double precision whatever the precision of the spectra.
#include "ckernels.h"
#include "clones.h"

#define ACCUMULATE(REAL, suffix)                                                                                 \
  NN_CLONES void nn_accumulate_power_##suffix(const REAL *restrict a, double *restrict sum, size_t count) {      \
    for (size_t i = 0; i < count; ++i) {                                                                         \
      const double re = a[2 * i], im = a[2 * i + 1];                                                             \
      sum[i] += re * re + im * im;                                                                               \
    }                                                                                                            \
  }                                                                                                              \
  NN_CLONES void nn_accumulate_cross_##suffix(const REAL *restrict a, const REAL *restrict b,                    \
                                              double *restrict sum, size_t count) {                              \
    for (size_t i = 0; i < count; ++i) {                                                                         \
      const double ar = a[2 * i], ai = a[2 * i + 1], br = b[2 * i], bi = b[2 * i + 1];                           \
      sum[2 * i] += ar * br + ai * bi;                                                                           \
      sum[2 * i + 1] += ar * bi - ai * br;                                                                       \
    }                                                                                                            \
  }

ACCUMULATE(double, double)
ACCUMULATE(float, single)
