// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
// Pair sums of plane waves: what the two data structures share, the hash table of a box (pair_sums_box.c) and the cell list of an envelope
// (pair_sums_envelope.c). With phi = Re sum_i z_i e^{i k_i x}
//
//   phi^2 = D + Re sum_p Z_p e^{i Q_p x},   D = (1/2) sum |z|^2,   Z = z_i z_j at k_i + k_j, z_i z_j* at k_i - k_j, z_i^2/2 at 2 k_i,
//
// Q_p in one half space (a wave and its conjugate are one). Integrals are divided by that of the window w, g its transform:
//
//   m2 = D + sum_p Re Z_p g(Q_p),
//   m4 = D^2 + 2 D (m2 - D) + (1/2) sum_{p,p'} Re[Z_p* Z_p' g(Q_p - Q_p') + Z_p Z_p' g(Q_p + Q_p')].
#include <string.h>

#include "ckernels.h"
#include "clones.h"

#define INLINE static inline __attribute__((always_inline))

typedef struct { double re, im; } wave;

// How pairs take part when neurons change. ENTER and LEAVE keep the sums; a replacement is undone by BEFORE_UNDO, while the replaced waves
// still stand, and AFTER_UNDO, when the former ones stand again; the sums are then restored by the caller.
typedef enum { LEAVE = -1, ENTER = 1, BEFORE_UNDO = -2, AFTER_UNDO = 2 } pair_change;

// What a data structure can do.
typedef struct {
  void (*clear)(nn_pair_sums *p);
  // All pairs that neurons first ... first + count - 1 have with each other and the rest; on record where it may be undone.
  void (*change)(nn_pair_sums *p, size_t first, size_t count, pair_change change, int recorded);
  void (*moments)(const nn_pair_sums *p, double constant, double *second, double *fourth);
  void (*slopes)(const nn_pair_sums *p, double quadratic, double quartic, double *re, double *im);
  double (*harmonic)(const nn_pair_sums *p);
  void (*release)(nn_pair_sums *p);
  // The numbers of its own beside the waves: how many, written down, taken up (0, and nothing changed, if they do not fit).
  size_t (*state_count)(const nn_pair_sums *p);
  void (*save)(const nn_pair_sums *p, double *state);
  int (*restore)(nn_pair_sums *p, const double *state, size_t count);
} pair_methods;

struct nn_pair_sums {
  const pair_methods *methods;
  int dimension, failed;  // failed: memory was refused, and the sums mean nothing
  size_t neurons, capacity, used;  // capacity slots of a table of 2^(64 - shift)
  int shift;
  double *waves, *saved;  // re, im, momenta: neurons each; the replaced ones
  size_t saved_first, saved_count;
  double second, fourth, saved_second, saved_fourth;  // sum_p Re Z g(Q), and the double sum of m4
};

INLINE size_t slot_of(uint64_t key, int shift) { return (size_t)((key * 0x9E3779B97F4A7C15u) >> shift); }
INLINE size_t pairs_of(size_t n) { return n * n; }

// Sizes and the memory of the waves; 0 if that is refused.
int nn_pair_sums_begin(nn_pair_sums *p, const pair_methods *methods, int dimension, size_t neurons);

// D.
INLINE double diagonal(const nn_pair_sums *p) {
  double sum = 0;
  for (size_t i = 0; i < 2 * p->neurons; ++i) sum += p->waves[i] * p->waves[i];
  return 0.5 * sum;
}
