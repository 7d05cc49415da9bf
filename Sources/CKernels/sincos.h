// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <stdint.h>
#include <string.h>

// sin and cos by quadrant. The reduction subtracts n pi/2 in three parts with fused multiply-adds (Cody and Waite), exact to
// far below an ulp for |x| <= 1e9; then Taylor polynomials on |r| <= pi/4.
//
// Beyond 2^46 an angle in double precision is rounded to 1/64 and worse: there is no phase left to take the cosine of, and from 2^52
// on the reduction itself fails. Such an angle gives NaN, and the row that it enters is withheld.
#define RESOLVED(x) (__builtin_fabs(x) < 0x1p46 ? (x) : __builtin_nan(""))

static inline __attribute__((always_inline)) void sincos_inline(double angle, double *sine, double *cosine) {
  const double x = RESOLVED(angle);
  const double shifted = __builtin_fma(x, 0x1.45f306dc9c883p-1, 0x1.8p52);
  const double n = shifted - 0x1.8p52;
  uint64_t quadrant;
  memcpy(&quadrant, &shifted, sizeof quadrant);
  double r = __builtin_fma(-n, 0x1.921fb54442d18p+0, x);
  r = __builtin_fma(-n, 0x1.1a62633145c07p-54, r);
  r = __builtin_fma(-n, -0x1.f1976b7ed8fbcp-110, r);
  const double z = r * r;
  double s = -1.0 / 1307674368000.0;
  s = __builtin_fma(s, z, 1.0 / 6227020800.0);
  s = __builtin_fma(s, z, -1.0 / 39916800.0);
  s = __builtin_fma(s, z, 1.0 / 362880.0);
  s = __builtin_fma(s, z, -1.0 / 5040.0);
  s = __builtin_fma(s, z, 1.0 / 120.0);
  s = __builtin_fma(s, z, -1.0 / 6.0);
  s = __builtin_fma(r * z, s, r);
  double c = 1.0 / 20922789888000.0;
  c = __builtin_fma(c, z, -1.0 / 87178291200.0);
  c = __builtin_fma(c, z, 1.0 / 479001600.0);
  c = __builtin_fma(c, z, -1.0 / 3628800.0);
  c = __builtin_fma(c, z, 1.0 / 40320.0);
  c = __builtin_fma(c, z, -1.0 / 720.0);
  c = __builtin_fma(c, z, 1.0 / 24.0);
  c = __builtin_fma(c, z, -0.5);
  c = __builtin_fma(c, z, 1.0);
  uint64_t sb, cb;
  memcpy(&sb, &s, sizeof sb);
  memcpy(&cb, &c, sizeof cb);
  const uint64_t swap = 0 - (quadrant & 1);
  const uint64_t sine_bits = ((sb & ~swap) | (cb & swap)) ^ (quadrant & 2) << 62;
  const uint64_t cosine_bits = ((cb & ~swap) | (sb & swap)) ^ ((quadrant + 1) & 2) << 62;
  memcpy(sine, &sine_bits, sizeof *sine);
  memcpy(cosine, &cosine_bits, sizeof *cosine);
}

// max |values|; infinite if one of them is no number.
static inline __attribute__((always_inline)) double largest(const double *restrict values, size_t count) {
  double result = 0;
  for (size_t i = 0; i < count; ++i) {
    const double size = __builtin_fabs(values[i]);
    result = size <= result ? result : size < __builtin_inf() ? size : __builtin_inf();
  }
  return result;
}
