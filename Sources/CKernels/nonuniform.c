// SPDX-License-Identifier: GPL-3.0-or-later
// Type-1 non-uniform Fourier sums of real plane waves: sources, spreading, Hermitian folding.
#include "ckernels.h"
#include "clones.h"
#include "sincos.h"

#define REAL double
#define SPREAD(name) nn_##name##_double
#include "spreading.h"
#undef REAL
#undef SPREAD

#define REAL float
#define SPREAD(name) nn_##name##_single
#include "spreading.h"
#undef REAL
#undef SPREAD

NN_CLONES
double nn_plane_wave_sources(int dimension, const double *const *k, const double *b, const double *c, size_t count,
                             const double *centre, const double *scale, const double *n, double *const *position,
                             double *real, double *imaginary) {
  const int last = dimension - 1;
  for (size_t i = 0; i < count; ++i) imaginary[i] = b[i];
  for (int axis = 0; axis < dimension; ++axis) {
    const double *restrict ka = k[axis];
    double *restrict u = position[axis];
    const double x = centre[axis], f = scale[axis], extent = n[axis];
    for (size_t i = 0; i < count; ++i) {
      imaginary[i] = __builtin_fma(ka[i], x, imaginary[i]);
      const double turns = ka[i] * f;
      const double at = extent * (turns - __builtin_elementwise_floor(turns));
      u[i] = at < extent ? at : 0;
    }
  }
  const double half = 0.5 * n[last];
  double largest = 0;
  double *restrict ul = position[last];
  for (size_t i = 0; i < count; ++i) {
    double s, cosine;
    sincos_inline(imaginary[i], &s, &cosine);
    real[i] = c[i] * cosine;
    imaginary[i] = ul[i] > half ? -c[i] * s : c[i] * s;
  }
  for (int axis = 0; axis < last; ++axis) {
    double *restrict u = position[axis];
    const double extent = n[axis];
    for (size_t i = 0; i < count; ++i) {
      const double turned = u[i] > 0 ? extent - u[i] : 0;
      u[i] = ul[i] > half ? turned : u[i];
    }
  }
  for (size_t i = 0; i < count; ++i) {
    ul[i] = ul[i] > half ? n[last] - ul[i] : ul[i];
    largest = ul[i] > largest ? ul[i] : largest;
  }
  return largest;
}
