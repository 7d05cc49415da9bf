// SPDX-License-Identifier: GPL-3.0-or-later
// Integrals of phi^2 and phi^4 from the pair sums of plane waves: the waves, their replacement and its undoing. Formulas: pair_sums.h.
#include "pair_sums.h"

#include <stdlib.h>

int nn_pair_sums_begin(nn_pair_sums *p, const pair_methods *methods, int dimension, size_t neurons) {
  p->methods = methods;
  p->dimension = dimension;
  p->neurons = neurons;
  p->capacity = 64;
  p->shift = 58;
  while (p->capacity < 4 * pairs_of(neurons)) {
    p->capacity *= 2;
    p->shift -= 1;
  }
  p->waves = calloc((size_t)(dimension + 2) * neurons, sizeof(double));
  p->saved = calloc((size_t)(dimension + 2) * neurons, sizeof(double));
  return p->waves && p->saved;
}

void nn_pair_sums_free(nn_pair_sums *p) {
  p->methods->release(p);
  free(p->waves);
  free(p->saved);
  free(p);
}

const double *nn_pair_sums_waves(const nn_pair_sums *p) { return p->waves; }

int nn_pair_sums_build(nn_pair_sums *p, const double *waves) {
  if (waves != p->waves) memcpy(p->waves, waves, (size_t)(p->dimension + 2) * p->neurons * sizeof(double));
  p->used = p->saved_count = 0;
  p->second = p->fourth = 0;
  p->methods->clear(p);
  p->methods->change(p, 0, p->neurons, ENTER, 0);
  return p->failed;
}

int nn_pair_sums_replace(nn_pair_sums *p, size_t first, size_t count, const double *waves) {
  // Modes and cells that were left stay in the table until it fills.
  if (p->used + 4 * count * p->neurons > p->capacity / 8 * 7 && p->used > pairs_of(p->neurons)) nn_pair_sums_build(p, p->waves);
  p->saved_first = first;
  p->saved_count = count;
  p->saved_second = p->second;
  p->saved_fourth = p->fourth;
  p->methods->change(p, first, count, LEAVE, 1);
  for (int row = 0; row < p->dimension + 2; ++row) {
    double *own = p->waves + (size_t)row * p->neurons + first;
    memcpy(p->saved + (size_t)row * count, own, count * sizeof(double));
    memcpy(own, waves + (size_t)row * count, count * sizeof(double));
  }
  p->methods->change(p, first, count, ENTER, 1);
  return p->failed;
}

int nn_pair_sums_undo(nn_pair_sums *p) {
  const size_t first = p->saved_first, count = p->saved_count;
  p->methods->change(p, first, count, BEFORE_UNDO, 0);
  for (int row = 0; row < p->dimension + 2; ++row)
    memcpy(p->waves + (size_t)row * p->neurons + first, p->saved + (size_t)row * count, count * sizeof(double));
  p->methods->change(p, first, count, AFTER_UNDO, 0);
  p->second = p->saved_second;
  p->fourth = p->saved_fourth;
  p->saved_count = 0;
  return p->failed;
}

void nn_pair_sums_moments(const nn_pair_sums *p, double *second, double *fourth) {
  p->methods->moments(p, diagonal(p), second, fourth);
}

void nn_pair_sums_slopes(const nn_pair_sums *p, double quadratic, double quartic, double *re, double *im) {
  p->methods->slopes(p, quadratic, quartic, re, im);
}

// Waves, then the two sums, then what the data structure keeps.
static size_t head_count(const nn_pair_sums *p) { return (size_t)(p->dimension + 2) * p->neurons + 2; }

size_t nn_pair_sums_state_count(const nn_pair_sums *p) { return head_count(p) + p->methods->state_count(p); }

void nn_pair_sums_save(const nn_pair_sums *p, double *state) {
  const size_t head = head_count(p);
  memcpy(state, p->waves, (head - 2) * sizeof(double));
  state[head - 2] = p->second;
  state[head - 1] = p->fourth;
  p->methods->save(p, state + head);
}

int nn_pair_sums_restore(nn_pair_sums *p, const double *state, size_t count) {
  const size_t head = head_count(p);
  if (count < head || !p->methods->restore(p, state + head, count - head)) return 1;
  memcpy(p->waves, state, (head - 2) * sizeof(double));
  p->second = state[head - 2];
  p->fourth = state[head - 1];
  p->saved_count = 0;
  return 0;
}

double nn_pair_sums_harmonic(const nn_pair_sums *p) { return p->methods->harmonic(p); }
