// SPDX-License-Identifier: GPL-3.0-or-later
// The loops over pairs of nn_pair_sums_slopes and nn_pair_sums_harmonic, for either data structure: the file that includes this one defines
// transform_at.
#include "pair_sums.h"

// phi^2 at the pair k_i + sign k_j: (int w phi^2 e^{-iux})/(int w), and g(u).
typedef struct { wave phi; double window; } pair_transform;
INLINE pair_transform transform_at(const nn_pair_sums *p, const int d, size_t i, size_t j, double sign, double constant);

INLINE void pair_slopes(const nn_pair_sums *p, const int d, double quadratic, double quartic,
                        double *re_out, double *im_out) {
  const size_t n = p->neurons;
  const double *re = p->waves, *im = re + n;
  const double constant = diagonal(p);
  memset(re_out, 0, n * sizeof(double));
  memset(im_out, 0, n * sizeof(double));
  for (size_t i = 0; i < n; ++i) {
    for (size_t j = 0; j <= i; ++j) {
      // Psi = quadratic g + 2 quartic Phi.
      const pair_transform plus = transform_at(p, d, i, j, 1, constant), minus = transform_at(p, d, i, j, -1, constant);
      const wave s = {quadratic * plus.window + 2 * quartic * plus.phi.re, 2 * quartic * plus.phi.im};
      const wave t = {quadratic * minus.window + 2 * quartic * minus.phi.re, 2 * quartic * minus.phi.im};
      re_out[i] += re[j] * s.re + im[j] * s.im + re[j] * t.re - im[j] * t.im;
      im_out[i] += im[j] * s.re - re[j] * s.im - im[j] * t.re - re[j] * t.im;
      if (i == j) continue;
      re_out[j] += re[i] * s.re + im[i] * s.im + re[i] * t.re + im[i] * t.im;
      im_out[j] += im[i] * s.re - re[i] * s.im - im[i] * t.re + re[i] * t.im;
    }
  }
}

INLINE double pair_harmonic(const nn_pair_sums *p, const int d) {
  const double *re = p->waves, *im = re + p->neurons;
  const double constant = diagonal(p);
  double sum = 0;
  for (size_t i = 0; i < p->neurons; ++i) {
    const wave phi = transform_at(p, d, i, i, 1, constant).phi;
    sum += (re[i] * re[i] - im[i] * im[i]) * phi.re + 2 * re[i] * im[i] * phi.im;
  }
  return sum;
}
