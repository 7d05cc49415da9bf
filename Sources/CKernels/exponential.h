// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <stdint.h>
#include <string.h>

// exp(x) = 2^n e^r, n = round(x / ln 2), |r| <= ln 2 / 2, Taylor to r^13. Below -708 it is 0, above 709 infinite.
static inline __attribute__((always_inline)) double exp_inline(double x) {
  const double floor = x < -708.0 ? -708.0 : x, y = floor > 709.0 ? 709.0 : floor;
  const double shifted = __builtin_fma(y, 0x1.71547652b82fep+0, 0x1.8p52);
  const double n = shifted - 0x1.8p52;
  double r = __builtin_fma(-n, 0x1.62e42fefa39efp-1, y);
  r = __builtin_fma(-n, 0x1.abc9e3b39803fp-56, r);
  double p = 1.0 / 6227020800.0;
  p = __builtin_fma(p, r, 1.0 / 479001600.0);
  p = __builtin_fma(p, r, 1.0 / 39916800.0);
  p = __builtin_fma(p, r, 1.0 / 3628800.0);
  p = __builtin_fma(p, r, 1.0 / 362880.0);
  p = __builtin_fma(p, r, 1.0 / 40320.0);
  p = __builtin_fma(p, r, 1.0 / 5040.0);
  p = __builtin_fma(p, r, 1.0 / 720.0);
  p = __builtin_fma(p, r, 1.0 / 120.0);
  p = __builtin_fma(p, r, 1.0 / 24.0);
  p = __builtin_fma(p, r, 1.0 / 6.0);
  p = __builtin_fma(p, r, 0.5);
  p = __builtin_fma(p, r, 1.0);
  p = __builtin_fma(p, r, 1.0);
  uint64_t bits, exponent;
  memcpy(&bits, &p, sizeof bits);
  memcpy(&exponent, &shifted, sizeof exponent);
  bits += exponent << 52;
  double result;
  memcpy(&result, &bits, sizeof result);
  const double above = x > 709.0 ? __builtin_inf() : result;
  return x < -708.0 ? 0.0 : above;
}
