// SPDX-License-Identifier: GPL-3.0-or-later
// Local potentials on fields, and the change of a field when a block of plane waves is replaced.
#include "ckernels.h"
#include "clones.h"

// Eight sites at a time, whatever the instruction set: sums have one order on every machine that fuses multiply-adds alike.
typedef double sites8 __attribute__((vector_size(64), may_alias));
#define SITES8(p) (*(const sites8 *)(p))
#define SPLAT8(x) ((sites8){x, x, x, x, x, x, x, x})

static inline __attribute__((always_inline)) double sum8(const sites8 *p) {
  const sites8 v = *p;
  return ((v[0] + v[4]) + (v[2] + v[6])) + ((v[1] + v[5]) + (v[3] + v[7]));
}

// sum += weight V, V = linear phi + sum_j even[j] (phi^2)^(j+1), by Horner.
static inline __attribute__((always_inline)) void add_potential(const sites8 *field, const double *weight, const double *even, int terms,
                                                                double linear, sites8 *sum) {
  const sites8 phi = *field, u = phi * phi;
  sites8 v = SPLAT8(even[terms - 1]);
  for (int j = terms - 2; j >= 0; --j) v = v * u + SPLAT8(even[j]);
  *sum += SITES8(weight) * (v * u + phi * SPLAT8(linear));
}

static inline __attribute__((always_inline)) double potential_sum(const double *even, int terms, double linear,
                                                                  const double *restrict field, const double *restrict weight,
                                                                  size_t count) {
  sites8 a = {0}, b = {0};
  size_t i = 0;
  for (; i + 16 <= count; i += 16) {
    add_potential((const sites8 *)(field + i), weight + i, even, terms, linear, &a);
    add_potential((const sites8 *)(field + i + 8), weight + i + 8, even, terms, linear, &b);
  }
  if (i < count) add_potential((const sites8 *)(field + i), weight + i, even, terms, linear, &a);
  a += b;
  return sum8(&a);
}

static inline __attribute__((always_inline)) double mixture_sum(const double *even, int terms, double linear,
                                                                const double *restrict a, double fa, const double *restrict b,
                                                                double fb, const double *restrict weight, size_t count) {
  sites8 sum = {0};
  for (size_t i = 0; i < count; i += 8) {
    const sites8 phi = SITES8(a + i) * SPLAT8(fa) + SITES8(b + i) * SPLAT8(fb);
    add_potential(&phi, weight + i, even, terms, linear, &sum);
  }
  return sum8(&sum);
}

// Four rows, one or two vectors of columns: rows x vectors accumulators of the even and of the odd product.
#define ROWS 4
static inline __attribute__((always_inline)) void replace_tile(const int vectors, const double *even_terms, int terms, double linear,
                                                               const nn_block_job *job, const double *restrict field,
                                                               const double *restrict weight, size_t row, size_t column,
                                                               double *restrict trial, sites8 *sum) {
  sites8 even[ROWS][2] = {{{0}}}, odd[ROWS][2] = {{{0}}};
  const size_t n = job->neurons, plane = job->rows * job->columns;
  for (size_t k = 0; k < n; ++k) {
    sites8 c[2], s[2];
    for (int v = 0; v < vectors; ++v) {
      c[v] = SITES8(job->column_cosine + k * job->columns + column + 8 * v);
      s[v] = SITES8(job->column_sine + k * job->columns + column + 8 * v);
    }
    for (int r = 0; r < ROWS; ++r) {
      const sites8 rc = SPLAT8(job->row_cosine[(row + r) * n + k]), rs = SPLAT8(job->row_sine[(row + r) * n + k]);
      for (int v = 0; v < vectors; ++v) {
        even[r][v] += rc * c[v];
        odd[r][v] += rs * s[v];
      }
    }
  }
  for (int r = 0; r < ROWS; ++r) {
    for (int v = 0; v < vectors; ++v) {
      const size_t i = (row + r) * job->columns + column + 8 * v;
      const sites8 minus = SITES8(field + i) + (even[r][v] - odd[r][v]);
      const sites8 plus = SITES8(field + plane + i) + (even[r][v] + odd[r][v]);
      *(sites8 *)(trial + i) = minus;
      *(sites8 *)(trial + plane + i) = plus;
      add_potential(&minus, weight + i, even_terms, terms, linear, sum);
      add_potential(&plus, weight + plane + i, even_terms, terms, linear, sum);
    }
  }
}

static inline __attribute__((always_inline)) double replace_block(const double *even, int terms, double linear, const nn_block_job *job,
                                                                  const double *restrict field, const double *restrict weight,
                                                                  double *restrict trial) {
  sites8 sum = {0};
  for (size_t row = 0; row < job->rows; row += ROWS) {
    size_t column = 0;
    for (; column + 16 <= job->columns; column += 16)
      replace_tile(2, even, terms, linear, job, field, weight, row, column, trial, &sum);
    if (column < job->columns) replace_tile(1, even, terms, linear, job, field, weight, row, column, trial, &sum);
  }
  return sum8(&sum);
}

// The quartic case is the common one: its loop is unrolled.
NN_CLONES double nn_potential_sum(const double *even, int terms, double linear, const double *field, const double *weight, size_t count) {
  if (terms == 2) return potential_sum(even, 2, linear, field, weight, count);
  return potential_sum(even, terms, linear, field, weight, count);
}

NN_CLONES double nn_potential_mixture_sum(const double *even, int terms, double linear, const double *a, double fa, const double *b,
                                          double fb, const double *weight, size_t count) {
  if (terms == 2) return mixture_sum(even, 2, linear, a, fa, b, fb, weight, count);
  return mixture_sum(even, terms, linear, a, fa, b, fb, weight, count);
}

NN_CLONES double nn_replace_block(const double *even, int terms, double linear, const nn_block_job *job, const double *field,
                                  const double *weight, double *trial) {
  if (terms == 2) return replace_block(even, 2, linear, job, field, weight, trial);
  return replace_block(even, terms, linear, job, field, weight, trial);
}

NN_CLONES void nn_potential_slope(const double *even, int terms, double linear, double scale, const double *restrict field,
                                  const double *restrict weight, double *restrict slope, size_t count) {
  for (size_t i = 0; i < count; i += 8) {
    const sites8 phi = SITES8(field + i), u = phi * phi;
    sites8 v = SPLAT8(2 * terms * even[terms - 1]);
    for (int j = terms - 2; j >= 0; --j) v = v * u + SPLAT8(2 * (j + 1) * even[j]);
    *(sites8 *)(slope + i) = SPLAT8(scale) * SITES8(weight + i) * (v * phi + SPLAT8(linear));
  }
}

NN_CLONES void nn_sum_and_difference(double *restrict a, double *restrict b, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    const double sum = a[i] + b[i], difference = a[i] - b[i];
    a[i] = difference;
    b[i] = sum;
  }
}

NN_CLONES void nn_mix(const double *restrict a, double fa, const double *restrict b, double fb, double *restrict out, size_t count) {
  for (size_t i = 0; i < count; ++i) out[i] = fa * a[i] + fb * b[i];
}

NN_CLONES void nn_wave_adjoint(const double *restrict row_cosine, const double *restrict row_sine, const double *restrict even,
                               const double *restrict odd, double factor, double *restrict cosine, double *restrict sine, size_t count) {
  if (cosine) {
    for (size_t i = 0; i < count; ++i) {
      cosine[i] += factor * (row_cosine[i] * even[i] - row_sine[i] * odd[i]);
      sine[i] += factor * (row_sine[i] * even[i] + row_cosine[i] * odd[i]);
    }
  } else {
    for (size_t i = 0; i < count; ++i) sine[i] += factor * (row_sine[i] * even[i] + row_cosine[i] * odd[i]);
  }
}

NN_CLONES void nn_transpose(const double *restrict in, size_t rows, size_t columns, double *restrict out, size_t stride) {
  for (size_t c = 0; c < columns; ++c)
    for (size_t r = 0; r < rows; ++r) out[c * stride + r] = in[r * columns + c];
}
