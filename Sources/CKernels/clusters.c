// SPDX-License-Identifier: GPL-3.0-or-later
// Clusters of equal sign of a field on a periodic lattice.
#include "ckernels.h"
#include "clones.h"
#include "exponential.h"

static inline int32_t root_of(int32_t *parents, int32_t x) {
  while (parents[x] != x) {
    parents[x] = parents[parents[x]];
    x = parents[x];
  }
  return x;
}

// Whether each of `count` bonds is there: none where u < e^{-s}. Sites of opposite sign have s <= 0 and e^{-s} >= 1 > u.
NN_CLONES static void choose_bonds(const double *restrict strength, const double *restrict u, size_t count, uint8_t *restrict bonds) {
  for (size_t i = 0; i < count; ++i) bonds[i] = u[i] > exp_inline(-strength[i]);
}

static inline __attribute__((always_inline)) void join(const double *field, const int32_t *neighbours, size_t sites, size_t dimension,
                                                       double doubled_link, const double *uniforms, int32_t *roots) {
  enum { block = 128 };
  uint8_t bonds[4 * block];
  double strength[4 * block];
  for (size_t x = 0; x < sites; ++x) roots[x] = (int32_t)x;
  for (size_t start = 0; start < sites; start += block) {
    const size_t n = sites - start < block ? sites - start : block;
    const int32_t *next = neighbours + start * dimension;
    for (size_t i = 0; i < n; ++i)
      for (size_t axis = 0; axis < dimension; ++axis)
        strength[i * dimension + axis] = doubled_link * field[start + i] * field[next[i * dimension + axis]];
    choose_bonds(strength, uniforms + start * dimension, n * dimension, bonds);
    for (size_t i = 0; i < n; ++i) {
      int32_t a = -1;
      for (size_t axis = 0; axis < dimension; ++axis) {
        if (!bonds[i * dimension + axis]) continue;
        if (a < 0) a = root_of(roots, (int32_t)(start + i));
        const int32_t b = root_of(roots, next[i * dimension + axis]);
        if (a < b) roots[b] = a;
        else roots[a] = b, a = b;
      }
    }
  }
  // A root is the least site of its cluster, so parents are resolved in ascending order.
  for (size_t x = 0; x < sites; ++x) roots[x] = roots[roots[x]];
}

// Two and three dimensions are the common cases: their loops are unrolled.
void nn_clusters(const double *field, const int32_t *neighbours, size_t sites, size_t dimension, double doubled_link,
                 const double *uniforms, int32_t *roots) {
  if (dimension == 2) join(field, neighbours, sites, 2, doubled_link, uniforms, roots);
  else if (dimension == 3) join(field, neighbours, sites, 3, doubled_link, uniforms, roots);
  else join(field, neighbours, sites, dimension, doubled_link, uniforms, roots);
}
