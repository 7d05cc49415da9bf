// SPDX-License-Identifier: GPL-3.0-or-later
// Local moves of a field on a lattice, all sites of one colour at a time: none of them is another's neighbour.
#include "ckernels.h"
#include "clones.h"
#include "exponential.h"

enum { block = 256 };

static inline __attribute__((always_inline)) size_t update(const double *even, int terms, double centre, double offset, double width,
                                                           double *restrict field, const int32_t *restrict sites,
                                                           const int32_t *restrict neighbours, size_t degree, size_t count,
                                                           const double *restrict normals, const double *restrict uniforms) {
  double values[block], means[block];
  size_t accepted = 0;
  for (size_t start = 0; start < count; start += block) {
    const size_t n = count - start < block ? count - start : block;
    const int32_t *own = sites + start, *next = neighbours + start * degree;
    // Vector gathers are slower than loads.
#pragma clang loop vectorize(disable)
    for (size_t i = 0; i < n; ++i) {
      double sum = 0;
      for (size_t k = 0; k < degree; ++k) sum += field[next[i * degree + k]];
      values[i] = field[own[i]];
      means[i] = centre * sum + offset;
    }
    for (size_t i = 0; i < n; ++i) {
      const double old = values[i], new = normals ? means[i] + width * normals[start + i] : 2 * means[i] - old;
      const double u = old * old, v = new * new;
      double before = even[terms - 1], after = even[terms - 1];
      for (int j = terms - 2; j >= 0; --j) before = before * u + even[j], after = after * v + even[j];
      const double ratio = exp_inline(before * u - after * v);
      values[i] = uniforms[start + i] < ratio ? new : old;
      accepted += uniforms[start + i] < ratio;
    }
#pragma clang loop vectorize(disable)
    for (size_t i = 0; i < n; ++i) field[own[i]] = values[i];
  }
  return accepted;
}

// Two terms on lattices of two and three dimensions are the common cases: their loops are unrolled.
NN_CLONES size_t nn_site_update(const double *even, int terms, double centre, double offset, double width, double *field,
                                const int32_t *sites, const int32_t *neighbours, size_t degree, size_t count, const double *normals,
                                const double *uniforms) {
  if (terms == 2 && degree == 4 && normals) return update(even, 2, centre, offset, width, field, sites, neighbours, 4, count, normals, uniforms);
  if (terms == 2 && degree == 4) return update(even, 2, centre, offset, width, field, sites, neighbours, 4, count, NULL, uniforms);
  if (terms == 2 && degree == 6 && normals) return update(even, 2, centre, offset, width, field, sites, neighbours, 6, count, normals, uniforms);
  if (terms == 2 && degree == 6) return update(even, 2, centre, offset, width, field, sites, neighbours, 6, count, NULL, uniforms);
  return update(even, terms, centre, offset, width, field, sites, neighbours, degree, count, normals, uniforms);
}
