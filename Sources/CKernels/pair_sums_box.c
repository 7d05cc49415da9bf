// SPDX-License-Identifier: GPL-3.0-or-later
// Pair sums over a periodic box: g is a Kronecker delta of integer modes, and waves of one mode are added up in a hash table. Formulas: pair_sums.h.
#include <stdlib.h>

#include "pair_loops.h"

typedef struct {
  int64_t key;
  double re, im;
} mode_slot;  // key 0: free

typedef struct {
  nn_pair_sums sums;  // `second` is the sum of Re Z of mode zero
  int64_t *keys;      // of the neurons
  mode_slot *modes;
  struct { size_t slot; double re, im; } *journal;
  size_t journal_count;
} box_sums;

INLINE mode_slot *find_mode(const box_sums *b, int64_t key) {
  size_t slot = slot_of((uint64_t)key, b->sums.shift);
  while (b->modes[slot].key != key && b->modes[slot].key != 0) slot = (slot + 1) & (b->sums.capacity - 1);
  return b->modes + slot;
}

// Adds a wave; on record where it may be undone.
INLINE void add_mode(box_sums *b, int64_t key, double re, double im, int recorded) {
  if (key == 0) {
    b->sums.second += re;
    return;
  }
  if (key < 0) {
    key = -key;
    im = -im;
  }
  mode_slot *m = find_mode(b, key);
  if (m->key == 0) {
    *m = (mode_slot){key, 0, 0};
    b->sums.used += 1;
  }
  if (recorded) {
    b->journal[b->journal_count].slot = (size_t)(m - b->modes);
    b->journal[b->journal_count].re = m->re;
    b->journal[b->journal_count++].im = m->im;
  }
  b->sums.fourth += m->re * re + m->im * im + 0.5 * (re * re + im * im);
  m->re += re;
  m->im += im;
}

// Modes as one integer: additive, and without carries up to 2^(62/d - 2).
static void set_keys(box_sums *b, size_t first, size_t count) {
  const nn_pair_sums *p = &b->sums;
  const int64_t base = (int64_t)1 << (p->dimension == 1 ? 0 : 62 / p->dimension);
  for (size_t i = first; i < first + count; ++i) {
    b->keys[i] = 0;
    for (int axis = 0; axis < p->dimension; ++axis)
      b->keys[i] = b->keys[i] * base + (int64_t)p->waves[(size_t)(2 + axis) * p->neurons + i];
  }
}

INLINE void box_pairs(box_sums *b, size_t i, size_t first, size_t last, double sign, int recorded) {
  const double *re = b->sums.waves, *im = re + b->sums.neurons;
  const int64_t key = b->keys[i];
  const double ar = sign * re[i], ai = sign * im[i];
  for (size_t j = first; j < last; ++j) {
    const int64_t other = b->keys[j];
    const double rr = ar * re[j], ii = ai * im[j], ri = ar * im[j], ir = ai * re[j];
    add_mode(b, key + other, rr - ii, ri + ir, recorded);
    add_mode(b, key - other, rr + ii, ir - ri, recorded);
  }
}

INLINE void box_neuron(box_sums *b, size_t i, size_t resume, double sign, int recorded) {
  box_pairs(b, i, 0, i, sign, recorded);
  const double ar = b->sums.waves[i], ai = b->sums.waves[b->sums.neurons + i];
  add_mode(b, 2 * b->keys[i], sign * 0.5 * (ar * ar - ai * ai), sign * ar * ai, recorded);
  box_pairs(b, i, resume, b->sums.neurons, sign, recorded);
}

static void box_clear(nn_pair_sums *p) {
  box_sums *b = (box_sums *)p;
  b->journal_count = 0;
  memset(b->modes, 0, p->capacity * sizeof *b->modes);
}

NN_CLONES void nn_box_change(nn_pair_sums *p, size_t first, size_t count, pair_change change, int recorded) {
  box_sums *b = (box_sums *)p;
  if (change == LEAVE && recorded) b->journal_count = 0;
  if (change > 0) set_keys(b, first, count);
  if (change == AFTER_UNDO) {
    for (size_t n = b->journal_count; n-- > 0;) {
      mode_slot *m = b->modes + b->journal[n].slot;
      m->re = b->journal[n].re;
      m->im = b->journal[n].im;
    }
  }
  if (change == ENTER || change == LEAVE)
    for (size_t i = first; i < first + count; ++i) box_neuron(b, i, first + count, change, recorded);
}

static void box_moments(const nn_pair_sums *p, double constant, double *second, double *fourth) {
  *second = constant + p->second;
  *fourth = *second * *second + p->fourth;
}

INLINE pair_transform transform_at(const nn_pair_sums *p, int d, size_t i, size_t j, double sign, double constant) {
  const box_sums *b = (const box_sums *)p;
  const int64_t key = sign > 0 ? b->keys[i] + b->keys[j] : b->keys[i] - b->keys[j];
  (void)d;
  if (key == 0) return (pair_transform){{constant + p->second, 0}, 1};
  const mode_slot *m = find_mode(b, key < 0 ? -key : key);
  return (pair_transform){{0.5 * m->re, key < 0 ? -0.5 * m->im : 0.5 * m->im}, 0};
}

NN_CLONES void nn_box_slopes(const nn_pair_sums *p, double quadratic, double quartic, double *re, double *im) {
  pair_slopes(p, p->dimension, quadratic, quartic, re, im);
}

NN_CLONES double nn_box_harmonic(const nn_pair_sums *p) { return pair_harmonic(p, p->dimension); }

// Keys of the neurons, then every mode that was ever met: key, re, im.
static size_t box_state_count(const nn_pair_sums *p) { return p->neurons + 3 * p->used; }

static void box_save(const nn_pair_sums *p, double *state) {
  const box_sums *b = (const box_sums *)p;
  memcpy(state, b->keys, p->neurons * sizeof *b->keys);
  state += p->neurons;
  for (size_t slot = 0; slot < p->capacity; ++slot) {
    const mode_slot *m = b->modes + slot;
    if (m->key == 0) continue;
    memcpy(state, &m->key, sizeof m->key);
    state[1] = m->re;
    state[2] = m->im;
    state += 3;
  }
}

static int box_restore(nn_pair_sums *p, const double *state, size_t count) {
  box_sums *b = (box_sums *)p;
  if (count < p->neurons || (count - p->neurons) % 3 != 0 || (count - p->neurons) / 3 >= p->capacity) return 0;
  box_clear(p);
  memcpy(b->keys, state, p->neurons * sizeof *b->keys);
  p->used = (count - p->neurons) / 3;
  state += p->neurons;
  for (size_t i = 0; i < p->used; ++i, state += 3) {
    mode_slot m = {0, state[1], state[2]};
    memcpy(&m.key, state, sizeof m.key);
    *find_mode(b, m.key) = m;
  }
  return 1;
}

static void box_release(nn_pair_sums *p) {
  box_sums *b = (box_sums *)p;
  free(b->keys);
  free(b->modes);
  free(b->journal);
}

nn_pair_sums *nn_pair_sums_box(int dimension, size_t neurons) {
  static const pair_methods methods = {box_clear,   nn_box_change,   box_moments, nn_box_slopes, nn_box_harmonic,
                                       box_release, box_state_count, box_save,    box_restore};
  box_sums *b = calloc(1, sizeof *b);
  if (!b) return NULL;
  const int begun = nn_pair_sums_begin(&b->sums, &methods, dimension, neurons);
  b->keys = calloc(neurons, sizeof *b->keys);
  b->modes = calloc(b->sums.capacity, sizeof *b->modes);
  b->journal = malloc((4 * pairs_of(neurons) + 8) * sizeof *b->journal);
  if (!begun || !b->keys || !b->modes || !b->journal) {
    nn_pair_sums_free(&b->sums);
    return NULL;
  }
  nn_pair_sums_build(&b->sums, b->sums.waves);
  return &b->sums;
}
