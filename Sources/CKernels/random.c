// SPDX-License-Identifier: GPL-3.0-or-later
// Counter-based random numbers: bits -> uniforms -> normals. Everything is inlined so that each
// clone vectorises over neurons.
#include "ckernels.h"

#include <string.h>

#include "clones.h"

// Multiply-adds are fused where they are written, and nowhere else: the numbers are the same with every instruction set.
#pragma STDC FP_CONTRACT OFF

#define PHILOX_M0 UINT64_C(0xD2511F53)
#define PHILOX_M1 UINT64_C(0xCD9E8D57)
#define PHILOX_W0 0x9E3779B9u
#define PHILOX_W1 0xBB67AE85u

// Counter words live in the low halves of 64-bit lanes; what the products leave in the high halves is masked before it
// matters. So a round is two 32 x 32 -> 64 bit vector products without any narrowing.
static inline __attribute__((always_inline)) void philox(uint64_t c0, uint64_t c1, uint64_t c2,
                                                         uint64_t c3, uint32_t k0, uint32_t k1,
                                                         uint64_t *low, uint64_t *high) {
  const uint64_t word = 0xFFFFFFFFu;
  for (int round = 0; round < 10; ++round) {
    const uint64_t p0 = PHILOX_M0 * (c0 & word), p1 = PHILOX_M1 * (c2 & word);
    c0 = p1 >> 32 ^ c1 ^ k0;
    c2 = p0 >> 32 ^ c3 ^ k1;
    c1 = p1;
    c3 = p0;
    k0 += PHILOX_W0;
    k1 += PHILOX_W1;
  }
  *low = (c0 & word) | c1 << 32;
  *high = (c2 & word) | c3 << 32;
}

static inline __attribute__((always_inline)) double bits_to_double(uint64_t bits) {
  double x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

static inline __attribute__((always_inline)) uint64_t double_to_bits(double x) {
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

// Open interval (0,1): 52 bits, centred in their cells (n + 1/2) 2^-52, so that neither 0 nor 1
// occurs and the mean is exactly 1/2.
static inline __attribute__((always_inline)) double open_uniform(uint64_t bits) {
  return bits_to_double(bits >> 12 | 0x3FF0000000000000u) - (1.0 - 0x1p-53);
}

// ln u for u in (0,1). u = 2^e m with m in [sqrt(1/2), sqrt 2); ln m = 2 atanh((m-1)/(m+1)), series
// to s^23, |s| <= 0.172: relative error below 3e-16.
static inline __attribute__((always_inline)) double log_unit(double u) {
  const uint64_t bits = double_to_bits(u);
  const uint64_t shifted = bits - 0x3FE6A09E667F3BCDu + 0x0010000000000000u * 1024;
  const uint64_t exponent_biased = shifted >> 52;
  const double m = bits_to_double(bits - (exponent_biased - 1024) * 0x0010000000000000u);
  // Exact small-integer conversion that vectorises without AVX-512.
  const double e = bits_to_double(exponent_biased | 0x4330000000000000u) - (0x1p52 + 1024);
  const double s = (m - 1) / (m + 1), z = s * s;
  double p = 1.0 / 23;
  p = __builtin_fma(p, z, 1.0 / 21);
  p = __builtin_fma(p, z, 1.0 / 19);
  p = __builtin_fma(p, z, 1.0 / 17);
  p = __builtin_fma(p, z, 1.0 / 15);
  p = __builtin_fma(p, z, 1.0 / 13);
  p = __builtin_fma(p, z, 1.0 / 11);
  p = __builtin_fma(p, z, 1.0 / 9);
  p = __builtin_fma(p, z, 1.0 / 7);
  p = __builtin_fma(p, z, 1.0 / 5);
  p = __builtin_fma(p, z, 1.0 / 3);
  return __builtin_fma(e, 0x1.62e42fefa39efp-1, __builtin_fma(2 * s * z, p, 2 * s));
}

// sin and cos of 2 pi u for u in (0,1): quadrant by rounding, then Taylor series on |angle| <= pi/4.
static inline __attribute__((always_inline)) void sincos_turn(double u, double *sine, double *cosine) {
  const double turns = 4 * u;
  const double shifted = turns + 0x1.8p52;
  const uint64_t quadrant = double_to_bits(shifted);
  const double angle = (turns - (shifted - 0x1.8p52)) * 0x1.921fb54442d18p+0;
  const double z = angle * angle;
  double s = -1.0 / 1307674368000.0;
  s = __builtin_fma(s, z, 1.0 / 6227020800.0);
  s = __builtin_fma(s, z, -1.0 / 39916800.0);
  s = __builtin_fma(s, z, 1.0 / 362880.0);
  s = __builtin_fma(s, z, -1.0 / 5040.0);
  s = __builtin_fma(s, z, 1.0 / 120.0);
  s = __builtin_fma(s, z, -1.0 / 6.0);
  s = __builtin_fma(angle * z, s, angle);
  double c = 1.0 / 20922789888000.0;
  c = __builtin_fma(c, z, -1.0 / 87178291200.0);
  c = __builtin_fma(c, z, 1.0 / 479001600.0);
  c = __builtin_fma(c, z, -1.0 / 3628800.0);
  c = __builtin_fma(c, z, 1.0 / 40320.0);
  c = __builtin_fma(c, z, -1.0 / 720.0);
  c = __builtin_fma(c, z, 1.0 / 24.0);
  c = __builtin_fma(c, z, -0.5);
  c = __builtin_fma(c, z, 1.0);
  const uint64_t swap = 0 - (quadrant & 1);
  const uint64_t sb = double_to_bits(s), cb = double_to_bits(c);
  const uint64_t sine_sign = (quadrant & 2) << 62, cosine_sign = ((quadrant + 1) & 2) << 62;
  *sine = bits_to_double(((sb & ~swap) | (cb & swap)) ^ sine_sign);
  *cosine = bits_to_double(((cb & ~swap) | (sb & swap)) ^ cosine_sign);
}

NN_CLONES
void nn_uniform_pairs(uint32_t key0, uint32_t key1, uint32_t block, uint32_t first_neuron,
                      uint32_t draw_low, uint32_t draw_high_and_use, double *restrict first,
                      double *restrict second, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    uint64_t low, high;
    philox(block, (uint32_t)(first_neuron + i), draw_low, draw_high_and_use, key0, key1, &low, &high);
    first[i] = open_uniform(low);
    second[i] = open_uniform(high);
  }
}

NN_CLONES
void nn_normal_pairs(uint32_t key0, uint32_t key1, uint32_t block, uint32_t first_neuron,
                     uint32_t draw_low, uint32_t draw_high_and_use, double *restrict first,
                     double *restrict second, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    uint64_t low, high;
    philox(block, (uint32_t)(first_neuron + i), draw_low, draw_high_and_use, key0, key1, &low, &high);
    const double radius = __builtin_elementwise_sqrt(-2 * log_unit(open_uniform(low)));
    double sine, cosine;
    sincos_turn(open_uniform(high), &sine, &cosine);
    first[i] = radius * cosine;
    second[i] = radius * sine;
  }
}

void nn_philox_block(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]) {
  uint64_t low, high;
  philox(counter[0], counter[1], counter[2], counter[3], key[0], key[1], &low, &high);
  out[0] = (uint32_t)low;
  out[1] = (uint32_t)(low >> 32);
  out[2] = (uint32_t)high;
  out[3] = (uint32_t)(high >> 32);
}
