// SPDX-License-Identifier: GPL-3.0-or-later
// Phases of plane waves: vectorised sine and cosine, rotation along an axis, direct sums.
#include <string.h>

#include "ckernels.h"
#include "clones.h"
#include "sincos.h"

NN_CLONES
void nn_sincos(const double *restrict angle, double *restrict sine, double *restrict cosine, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    double s, c;
    sincos_inline(angle[i], &s, &c);
    sine[i] = s;
    cosine[i] = c;
  }
}

NN_CLONES
void nn_axis_phases(const double *restrict k, double step, size_t rows, size_t rows_total, size_t count,
                    const double *restrict factor_cosine, const double *restrict factor_sine,
                    double *restrict cosine, double *restrict sine, double *restrict scratch) {
  double *restrict step_cosine = scratch, *restrict step_sine = scratch + count;
  for (size_t i = 0; i < count; ++i) {
    double s, c;
    sincos_inline(k[i] * step, &s, &c);
    step_sine[i] = s;
    step_cosine[i] = c;
  }
  for (size_t j = 0; j < rows; ++j) {
    double *restrict cj = cosine + j * count, *restrict sj = sine + j * count;
    if (j % 16 == 0) {
      const double t = step * ((double)j - 0.5 * (double)(rows_total - 1));
      for (size_t i = 0; i < count; ++i) {
        double s, c;
        sincos_inline(k[i] * t, &s, &c);
        sj[i] = s;
        cj[i] = c;
      }
      if (factor_cosine) {
        for (size_t i = 0; i < count; ++i) {
          const double c = cj[i], s = sj[i];
          cj[i] = c * factor_cosine[i] - s * factor_sine[i];
          sj[i] = s * factor_cosine[i] + c * factor_sine[i];
        }
      }
    } else {
      const double *restrict cp = cj - count, *restrict sp = sj - count;
      for (size_t i = 0; i < count; ++i) {
        cj[i] = cp[i] * step_cosine[i] - sp[i] * step_sine[i];
        sj[i] = sp[i] * step_cosine[i] + cp[i] * step_sine[i];
      }
    }
  }
}

NN_CLONES
void nn_outer_phases(const double *restrict cosine1, const double *restrict sine1,
                     const double *restrict cosine2, const double *restrict sine2, size_t rows2, size_t rows,
                     size_t count, double *restrict cosine, double *restrict sine) {
  for (size_t row = 0; row < rows; ++row) {
    const double *restrict c1 = cosine1 + row / rows2 * count, *restrict s1 = sine1 + row / rows2 * count;
    const double *restrict c2 = cosine2 + row % rows2 * count, *restrict s2 = sine2 + row % rows2 * count;
    double *restrict c = cosine + row * count, *restrict s = sine + row * count;
    for (size_t i = 0; i < count; ++i) {
      c[i] = c1[i] * c2[i] - s1[i] * s2[i];
      s[i] = s1[i] * c2[i] + c1[i] * s2[i];
    }
  }
}

// cos alone: x = n pi + r, (-1)^n cos r, one Taylor polynomial on |r| <= pi/2. Half the work of the pair; near its zeros only the
// absolute error, 3e-16, is small, which is what a sum wants.
static inline __attribute__((always_inline)) double cos_inline(double angle) {
  const double x = RESOLVED(angle);
  const double shifted = __builtin_fma(x, 0x1.45f306dc9c883p-2, 0x1.8p52);
  const double n = shifted - 0x1.8p52;
  uint64_t parity;
  memcpy(&parity, &shifted, sizeof parity);
  double r = __builtin_fma(-n, 0x1.921fb54442d18p+1, x);
  r = __builtin_fma(-n, 0x1.1a62633145c07p-53, r);
  r = __builtin_fma(-n, -0x1.f1976b7ed8fbcp-109, r);
  const double z = r * r;
  double c = -1.0 / 1124000727777607680000.0;
  c = __builtin_fma(c, z, 1.0 / 2432902008176640000.0);
  c = __builtin_fma(c, z, -1.0 / 6402373705728000.0);
  c = __builtin_fma(c, z, 1.0 / 20922789888000.0);
  c = __builtin_fma(c, z, -1.0 / 87178291200.0);
  c = __builtin_fma(c, z, 1.0 / 479001600.0);
  c = __builtin_fma(c, z, -1.0 / 3628800.0);
  c = __builtin_fma(c, z, 1.0 / 40320.0);
  c = __builtin_fma(c, z, -1.0 / 720.0);
  c = __builtin_fma(c, z, 1.0 / 24.0);
  c = __builtin_fma(c, z, -0.5);
  c = __builtin_fma(c, z, 1.0);
  uint64_t bits;
  memcpy(&bits, &c, sizeof bits);
  bits ^= parity << 63;
  memcpy(&c, &bits, sizeof c);
  return c;
}

#define COSINE_SUM(PHASE) \
  for (size_t i = 0; i < count; ++i) sum += c[i] * cos_inline(PHASE);

NN_CLONES
double nn_cosine_sum(const double *const *k, size_t dimension, const double *restrict b,
                     const double *restrict c, size_t count, const double *x) {
#pragma clang fp reassociate(on)
  const double *restrict k0 = k[0];
  const double *restrict k1 = dimension > 1 ? k[1] : k0;
  const double *restrict k2 = dimension > 2 ? k[2] : k0;
  const double *restrict k3 = dimension > 3 ? k[3] : k0;
  const double x0 = x[0], x1 = x[1], x2 = x[2], x3 = x[3];
  double sum = 0;
  switch (dimension) {
    case 1: COSINE_SUM(__builtin_fma(k0[i], x0, b[i])) break;
    case 2: COSINE_SUM(__builtin_fma(k1[i], x1, __builtin_fma(k0[i], x0, b[i]))) break;
    case 3: COSINE_SUM(__builtin_fma(k2[i], x2, __builtin_fma(k1[i], x1, __builtin_fma(k0[i], x0, b[i])))) break;
    default:
      COSINE_SUM(__builtin_fma(k3[i], x3, __builtin_fma(k2[i], x2, __builtin_fma(k1[i], x1, __builtin_fma(k0[i], x0, b[i])))))
  }
  return sum;
}
