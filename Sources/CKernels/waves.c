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
void nn_axis_phases_double(const double *restrict k, double step, size_t rows, size_t rows_total, size_t count,
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
void nn_axis_phases_single(const double *restrict k, double step, size_t rows, size_t rows_total, size_t count,
                           const double *restrict factor_cosine, const double *restrict factor_sine,
                           float *restrict cosine, float *restrict sine, double *restrict scratch) {
  double *restrict step_cosine = scratch, *restrict step_sine = scratch + count;
  double *restrict c = scratch + 2 * count, *restrict s = scratch + 3 * count;
  for (size_t i = 0; i < count; ++i) sincos_inline(k[i] * step, &step_sine[i], &step_cosine[i]);
  for (size_t j = 0; j < rows; ++j) {
    float *restrict cj = cosine + j * count, *restrict sj = sine + j * count;
    if (j % 16 == 0) {
      const double t = step * ((double)j - 0.5 * (double)(rows_total - 1));
      for (size_t i = 0; i < count; ++i) sincos_inline(k[i] * t, &s[i], &c[i]);
      if (factor_cosine) {
        for (size_t i = 0; i < count; ++i) {
          const double ci = c[i], si = s[i];
          c[i] = ci * factor_cosine[i] - si * factor_sine[i];
          s[i] = si * factor_cosine[i] + ci * factor_sine[i];
        }
      }
    } else {
      for (size_t i = 0; i < count; ++i) {
        const double ci = c[i], si = s[i];
        c[i] = ci * step_cosine[i] - si * step_sine[i];
        s[i] = si * step_cosine[i] + ci * step_sine[i];
      }
    }
    for (size_t i = 0; i < count; ++i) {
      cj[i] = (float)c[i];
      sj[i] = (float)s[i];
    }
  }
}

#define PLANE_WAVES(REAL, suffix)                                                                                   \
  NN_CLONES void nn_outer_phases_##suffix(const REAL *restrict cosine1, const REAL *restrict sine1,                 \
                                          const REAL *restrict cosine2, const REAL *restrict sine2, size_t rows2,   \
                                          size_t rows, size_t count, REAL *restrict cosine, REAL *restrict sine) {  \
    for (size_t row = 0; row < rows; ++row) {                                                                       \
      const REAL *restrict c1 = cosine1 + row / rows2 * count, *restrict s1 = sine1 + row / rows2 * count;          \
      const REAL *restrict c2 = cosine2 + row % rows2 * count, *restrict s2 = sine2 + row % rows2 * count;          \
      REAL *restrict c = cosine + row * count, *restrict s = sine + row * count;                                    \
      for (size_t i = 0; i < count; ++i) {                                                                          \
        c[i] = c1[i] * c2[i] - s1[i] * s2[i];                                                                       \
        s[i] = s1[i] * c2[i] + c1[i] * s2[i];                                                                       \
      }                                                                                                             \
    }                                                                                                               \
  }                                                                                                                 \
  NN_CLONES void nn_unfold_##suffix(const REAL *restrict even, const REAL *restrict odd, size_t half,               \
                                    size_t mirror, size_t columns, REAL *restrict row) {                            \
    for (size_t b = 0; b < (half < columns ? half : columns); ++b) row[b] = even[b] - odd[b];                       \
    for (size_t b = half; b < columns; ++b) row[b] = even[mirror - b] + odd[mirror - b];                            \
  }
PLANE_WAVES(double, double)
PLANE_WAVES(float, single)

// cos alone: x = n pi + r, (-1)^n cos r, one polynomial in r^2 on |r| <= pi/2 (minimax, 4e-18). Less than half the work of the pair; near
// its zeros only the absolute error, 3e-16, is small, which is what a sum wants. |x| < 2^46, or NaN.
static inline __attribute__((always_inline)) double cos_inline(double x) {
  const double shifted = __builtin_fma(x, 0x1.45f306dc9c883p-2, 0x1.8p52);
  const double n = shifted - 0x1.8p52;
  uint64_t parity;
  memcpy(&parity, &shifted, sizeof parity);
  double r = __builtin_fma(-n, 0x1.921fb54442d18p+1, x);
  r = __builtin_fma(-n, 0x1.1a62633145c07p-53, r);
  const double z = r * r;
  double c = 0x1.9f2477bfa98c2p-45;
  c = __builtin_fma(c, z, -0x1.9350ab10e2668p-37);
  c = __builtin_fma(c, z, 0x1.1eecdf54fbb9ap-29);
  c = __builtin_fma(c, z, -0x1.27e4f979a588dp-22);
  c = __builtin_fma(c, z, 0x1.a01a01994e475p-16);
  c = __builtin_fma(c, z, -0x1.6c16c16c09ba1p-10);
  c = __builtin_fma(c, z, 0x1.55555555553c5p-5);
  c = __builtin_fma(c, z, -0x1.ffffffffffffbp-2);
  c = __builtin_fma(c, z, 1.0);
  uint64_t bits;
  memcpy(&bits, &c, sizeof bits);
  bits ^= parity << 63;
  memcpy(&c, &bits, sizeof c);
  return c;
}

#define COSINE_LOOP(angle)                                                                                           \
  _Pragma("clang loop vectorize_width(16) interleave_count(1)") for (size_t i = 0; i < count / 16 * 16; ++i) {       \
    double phase = __builtin_fma(k0[i], x0, b[i]);                                                                   \
    if (dimension > 1) phase = __builtin_fma(k1[i], x1, phase);                                                      \
    if (dimension > 2) phase = __builtin_fma(k2[i], x2, phase);                                                      \
    if (dimension > 3) phase = __builtin_fma(k3[i], x3, phase);                                                      \
    sum += c[i] * cos_inline(angle);                                                                                 \
  }

// Neurons in groups of 16, so that no loop has a remainder; amplitudes of the padding are zero. Only where phases can reach 2^46 does the
// loop look at each of them.
static inline __attribute__((always_inline)) void cosine_sums(const int dimension, const double *const *k,
                                                              const double *restrict b, const double *restrict c, size_t count,
                                                              const double *restrict x, size_t points, double *restrict sums) {
#pragma clang fp reassociate(on)
  const double *restrict k0 = k[0];
  const double *restrict k1 = dimension > 1 ? k[1] : k0;
  const double *restrict k2 = dimension > 2 ? k[2] : k0;
  const double *restrict k3 = dimension > 3 ? k[3] : k0;
  const double reach[4] = {largest(k0, count), largest(k1, count), largest(k2, count), largest(k3, count)};
  const double shift = largest(b, count);
  for (size_t p = 0; p < points; ++p, x += 4) {
    double bound = shift;
    for (int axis = 0; axis < dimension; ++axis) bound += reach[axis] * __builtin_fabs(x[axis]);
    const double x0 = x[0], x1 = x[1], x2 = x[2], x3 = x[3];
    double sum = 0;
    if (bound < 0x1p46) {
      COSINE_LOOP(phase)
    } else {
      COSINE_LOOP(RESOLVED(phase))
    }
    sums[p] = sum;
  }
}

NN_CLONES
void nn_cosine_sums_double(const double *const *k, int dimension, const double *b, const double *c, size_t count,
                           const double *x, size_t points, double *sums) {
  switch (dimension) {
    case 1: cosine_sums(1, k, b, c, count, x, points, sums); break;
    case 2: cosine_sums(2, k, b, c, count, x, points, sums); break;
    case 3: cosine_sums(3, k, b, c, count, x, points, sums); break;
    default: cosine_sums(4, k, b, c, count, x, points, sums); break;
  }
}
