// SPDX-License-Identifier: GPL-3.0-or-later
// Activations of a layer: z becomes sigma(z + b), rows of `count` neurons, one bias a neuron.
#include "ckernels.h"
#include "clones.h"
#include "exponential.h"
#include "sincos.h"

static inline __attribute__((always_inline)) double relu_inline(double z) { return z > 0 ? z : 0 * z; }

// tanh |z| = (1 - e)/(1 + e), e = exp(-2|z|).
static inline __attribute__((always_inline)) double tanh_inline(double z) {
  const double e = exp_inline(-2 * __builtin_fabs(z));
  return __builtin_copysign((1 - e) / (1 + e), z);
}

// erf |z| = 1 - exp(-y^2) P(s), y = min(|z|, 6), s = 13/4 y/(y + 15/4) - 1 in [-1, 1]; P interpolates exp(y^2) erfc(y) at 19
// Chebyshev nodes, to 2e-18.
static inline __attribute__((always_inline)) double erf_inline(double z) {
  const double size = __builtin_fabs(z), y = size > 6 ? 6 : size;
  const double s = __builtin_fma(3.25, y / (y + 3.75), -1.0);
  double p = -0x1.3df79189f1780p-38;
  p = __builtin_fma(p, s, 0x1.209b7f43b282dp-39);
  p = __builtin_fma(p, s, 0x1.0f152a1060be9p-33);
  p = __builtin_fma(p, s, -0x1.8a82123fdc011p-36);
  p = __builtin_fma(p, s, -0x1.96102a0110c7fp-29);
  p = __builtin_fma(p, s, 0x1.cd4de8929584ep-30);
  p = __builtin_fma(p, s, 0x1.3df42ef49ca07p-24);
  p = __builtin_fma(p, s, -0x1.5143a04a8d221p-23);
  p = __builtin_fma(p, s, -0x1.d0cf62a8f093cp-20);
  p = __builtin_fma(p, s, 0x1.5766a2bf826d8p-17);
  p = __builtin_fma(p, s, 0x1.7068c613d6427p-17);
  p = __builtin_fma(p, s, -0x1.b8be4e8e86e8cp-12);
  p = __builtin_fma(p, s, 0x1.794d9f28d27cdp-9);
  p = __builtin_fma(p, s, -0x1.9927095698dc0p-7);
  p = __builtin_fma(p, s, 0x1.49a97697f2607p-5);
  p = __builtin_fma(p, s, -0x1.a13a625b8b713p-4);
  p = __builtin_fma(p, s, 0x1.a7e06319cf8e9p-3);
  p = __builtin_fma(p, s, -0x1.5afc3ae154cc6p-2);
  p = __builtin_fma(p, s, 0x1.2f65fc060f771p-2);
  return __builtin_copysign(1 - exp_inline(-y * y) * p, z);
}

static inline __attribute__((always_inline)) double cosine_inline(double z) {
  double sine, cosine;
  sincos_inline(z, &sine, &cosine);
  return cosine;
}

static inline __attribute__((always_inline)) double sine_inline(double z) {
  double sine, cosine;
  sincos_inline(z, &sine, &cosine);
  return sine;
}

static inline __attribute__((always_inline)) double linear_inline(double z) { return z; }

#define LAYER(name)                                                                                          \
  NN_CLONES                                                                                                  \
  void nn_##name##_layer(double *restrict z, const double *restrict b, size_t rows, size_t count) {          \
    for (size_t r = 0; r < rows; ++r) {                                                                      \
      double *restrict row = z + r * count;                                                                  \
      for (size_t i = 0; i < count; ++i) row[i] = name##_inline(row[i] + b[i]);                              \
    }                                                                                                        \
  }

LAYER(relu)
LAYER(tanh)
LAYER(erf)
LAYER(cosine)
LAYER(sine)
LAYER(linear)

static inline __attribute__((always_inline)) double relu_slope(double z) { return z > 0 ? 1 : 0 * z; }

static inline __attribute__((always_inline)) double tanh_slope(double z) {
  const double t = tanh_inline(z);
  return 1 - t * t;
}

static inline __attribute__((always_inline)) double erf_slope(double z) { return 0x1.20dd750429b6dp+0 * exp_inline(-z * z); }

static inline __attribute__((always_inline)) double cosine_slope(double z) { return -sine_inline(z); }

static inline __attribute__((always_inline)) double sine_slope(double z) { return cosine_inline(z); }

static inline __attribute__((always_inline)) double linear_slope(double z) { return 1 + 0 * z; }

#define SLOPES(name)                                                                       \
  NN_CLONES                                                                                \
  void nn_##name##_slopes(const double *restrict z, double *restrict out, size_t count) {  \
    for (size_t i = 0; i < count; ++i) out[i] = name##_slope(z[i]);                        \
  }

SLOPES(relu)
SLOPES(tanh)
SLOPES(erf)
SLOPES(cosine)
SLOPES(sine)
SLOPES(linear)
