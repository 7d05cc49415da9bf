// SPDX-License-Identifier: GPL-3.0-or-later
// Clusters of equal sign of a field on a periodic lattice.
#include "ckernels.h"
#include <math.h>

static inline int32_t root_of(int32_t *parents, int32_t x) {
  while (parents[x] != x) {
    parents[x] = parents[parents[x]];
    x = parents[x];
  }
  return x;
}

void nn_clusters(const double *field, const int32_t *neighbours, size_t sites, size_t dimension, double doubled_link,
                 const double *uniforms, int32_t *roots) {
  for (size_t x = 0; x < sites; ++x) roots[x] = (int32_t)x;
  for (size_t x = 0; x < sites; ++x) {
    for (size_t axis = 0; axis < dimension; ++axis) {
      const size_t bond = x * dimension + axis;
      const size_t y = (size_t)neighbours[bond];
      const double strength = doubled_link * field[x] * field[y];
      if (!(strength > 0) || y == x) continue;
      // No bond where u < e^{-s}; 1 - s <= e^{-s} <= 1/(1 + s) spares most exponentials.
      const double u = uniforms[bond];
      if (u <= 1 - strength) continue;
      if (u * (1 + strength) < 1 && u <= exp(-strength)) continue;
      const int32_t a = root_of(roots, (int32_t)x), b = root_of(roots, (int32_t)y);
      if (a < b) roots[b] = a;
      else roots[a] = b;
    }
  }
  // A root is the least site of its cluster, so parents are resolved in ascending order.
  for (size_t x = 0; x < sites; ++x) roots[x] = roots[roots[x]];
}
