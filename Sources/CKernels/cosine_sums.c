// SPDX-License-Identifier: GPL-3.0-or-later
// Sums of cosines in single precision at many points.
#include "ckernels.h"
#include "clones.h"
#include "sincos.h"

typedef double octet __attribute__((vector_size(64)));
typedef int32_t halves __attribute__((vector_size(64)));
typedef float lanes __attribute__((vector_size(64)));

// The phase is reduced in double precision, the cosine evaluated in single (minimax, 2e-10 before rounding).
static inline __attribute__((always_inline)) float cos_single_inline(double x) {
  const double shifted = __builtin_fma(x, 0x1.45f306dc9c883p-2, 0x1.8p52);
  const double n = shifted - 0x1.8p52;
  uint64_t parity;
  memcpy(&parity, &shifted, sizeof parity);
  const float r = (float)__builtin_fma(-n, 0x1.1a62633145c07p-53, __builtin_fma(-n, 0x1.921fb54442d18p+1, x)), z = r * r;
  float c = -0x1.17b9ccp-22f;
  c = __builtin_fmaf(c, z, 0x1.9f6816p-16f);
  c = __builtin_fmaf(c, z, -0x1.6c1338p-10f);
  c = __builtin_fmaf(c, z, 0x1.555450p-5f);
  c = __builtin_fmaf(c, z, -0x1.ffffffp-2f);
  c = __builtin_fmaf(c, z, 1.0f);
  uint32_t bits;
  memcpy(&bits, &c, sizeof bits);
  bits ^= (uint32_t)parity << 31;
  memcpy(&c, &bits, sizeof c);
  return c;
}

enum { GROUP = 16, TILE = 256 };

// Neurons of a tile: momenta and phases in turns, phases on top of 1.5 2^20, so that the lower half of a phase's bits is its fraction
// of a turn in units of 2^-32, rounded twice; amplitudes with the sign of the sine below.
typedef struct {
  _Alignas(64) double k[4][TILE], b[TILE];
  float c[TILE];
} tile;

// cos 2 pi t = -sin pi w, w = 2 |t| - 1/2, an odd polynomial (minimax, 4e-9); no term is large, so rounding stays an ulp. `POINTS` points
// share what is read.
enum { POINTS = 4 };

static inline __attribute__((always_inline)) void tile_sums(const int dimension, const tile *restrict t, int count,
                                                            const double *restrict x, float *restrict sums) {
  lanes sum[POINTS] = {0};
  for (int i = 0; i < count; i += GROUP) {
    for (int p = 0; p < POINTS; ++p) {
      octet first = *(const octet *)(t->b + i), second = *(const octet *)(t->b + i + 8);
      for (int axis = 0; axis < dimension; ++axis) {
        first += *(const octet *)(t->k[axis] + i) * x[4 * p + axis];
        second += *(const octet *)(t->k[axis] + i + 8) * x[4 * p + axis];
      }
      halves a, b;
      memcpy(&a, &first, sizeof a);
      memcpy(&b, &second, sizeof b);
      const halves lower = __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
      const halves fraction = __builtin_elementwise_abs(lower) - (1 << 30);
      const lanes w = __builtin_convertvector(fraction, lanes) * 0x1p-31f, z = w * w;
      lanes q = z * 0x1.3c4b28p-4f + -0x1.3232fap-1f;
      q = q * z + 0x1.46676ep+1f;
      q = q * z + -0x1.4abbb6p+2f;
      q = q * z + 0x1.921fb4p+1f;
      sum[p] += *(const lanes *)(t->c + i) * w * q;
    }
  }
  for (int p = 0; p < POINTS; ++p) {
    lanes s = sum[p];
    s += __builtin_shufflevector(s, s, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
    s += __builtin_shufflevector(s, s, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3);
    s += __builtin_shufflevector(s, s, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1);
    sums[p] += s[0] + s[1];
  }
}

// Where phases are too large for 20 bits of whole turns.
static inline __attribute__((always_inline)) float far_sum(const int dimension, const double *const *k, const double *b,
                                                           const double *c, size_t start, size_t count, const double *x) {
  float sum = 0;
  for (size_t i = start; i < start + count; ++i) {
    double phase = b[i];
    for (int axis = 0; axis < dimension; ++axis) phase = __builtin_fma(k[axis][i], x[axis], phase);
    sum += (float)c[i] * cos_single_inline(RESOLVED(phase));
  }
  return sum;
}

static inline __attribute__((always_inline)) void cosine_sums(const int dimension, const double *const *k,
                                                              const double *restrict b, const double *restrict c, size_t count,
                                                              const double *restrict x, size_t points, float *restrict sums) {
  const double turn = 0x1.45f306dc9c883p-3;
  double reach[4];
  for (int axis = 0; axis < dimension; ++axis) reach[axis] = turn * largest(k[axis], count);
  const double shift = turn * largest(b, count);
  for (size_t p = 0; p < points; ++p) sums[p] = 0;
  for (size_t start = 0; start + GROUP <= count; start += TILE) {
    const int size = count - start < TILE ? (int)((count - start) / GROUP * GROUP) : TILE;
    tile t;
    for (int i = 0; i < size; ++i) {
      for (int axis = 0; axis < dimension; ++axis) t.k[axis][i] = turn * k[axis][start + i];
      t.b[i] = turn * b[start + i] + 0x1.8p20;
      t.c[i] = -(float)c[start + i];
    }
    size_t p = 0;
    while (p < points) {
      const size_t together = points - p < POINTS ? points - p : POINTS;
      double at[4 * POINTS] = {0}, bound = 0;
      float sum[POINTS] = {0};
      for (size_t q = 0; q < together; ++q) {
        double phase = shift;
        for (int axis = 0; axis < dimension; ++axis) {
          at[4 * q + axis] = x[4 * (p + q) + axis];
          phase += reach[axis] * __builtin_fabs(at[4 * q + axis]);
        }
        bound = phase > bound ? phase : bound;
      }
      if (bound < 0x1p18) tile_sums(dimension, &t, size, at, sum);
      for (size_t q = 0; q < together; ++q, ++p)
        sums[p] += bound < 0x1p18 ? sum[q] : far_sum(dimension, k, b, c, start, size, at + 4 * q);
    }
  }
}

NN_CLONES
void nn_cosine_sums_single(const double *const *k, int dimension, const double *b, const double *c, size_t count,
                           const double *x, size_t points, float *sums) {
  switch (dimension) {
    case 1: cosine_sums(1, k, b, c, count, x, points, sums); break;
    case 2: cosine_sums(2, k, b, c, count, x, points, sums); break;
    case 3: cosine_sums(3, k, b, c, count, x, points, sums); break;
    default: cosine_sums(4, k, b, c, count, x, points, sums); break;
  }
}
