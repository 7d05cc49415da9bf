// SPDX-License-Identifier: GPL-3.0-or-later
// Integrals of phi^2 and phi^4 from the pair sums of plane waves. With phi = Re sum_i z_i e^{i k_i x}
//
//   phi^2 = D + Re sum_p Z_p e^{i Q_p x},   D = (1/2) sum |z|^2,   Z = z_i z_j at k_i + k_j, z_i z_j* at k_i - k_j, z_i^2/2 at 2 k_i,
//
// Q_p in one half space (a wave and its conjugate are one). Integrals are divided by that of the window w, g its transform:
//
//   m2 = D + sum_p Re Z_p g(Q_p),
//   m4 = D^2 + 2 D (m2 - D) + (1/2) sum_{p,p'} Re[Z_p* Z_p' g(Q_p - Q_p') + Z_p Z_p' g(Q_p + Q_p')].
//
// Box: g is a Kronecker delta of integer modes; waves of one mode are added up in a hash table. Envelope: g(u) = exp(-u^2/2), u in
// units of 1/L; waves lie in cells of side REACH, and those beyond the neighbouring cells couple by less than e^{-REACH^2/2} = 1e-20.
#include <math.h>
#include <stdlib.h>

#include "ckernels.h"
#include "clones.h"
#include "exponential.h"

#define REACH 9.6
#define LANES 8
#define INLINE static inline __attribute__((always_inline))

typedef struct {
  int64_t key;
  double re, im;
} mode_slot;  // key 0: free

typedef struct {
  int64_t key;
  int32_t head, count;
} cell_slot;  // count -1: free; the head chunk holds the last entries, all others are full

struct nn_pair_sums {
  int dimension, is_box;
  size_t neurons, capacity, used;
  int shift;
  double *waves, *saved;  // re, im, momenta: neurons each; the replaced ones
  size_t saved_first, saved_count;
  double second, fourth, saved_second, saved_fourth;  // sum_p Re Z g(Q), and the double sum of m4
  // Box.
  int64_t *keys;  // of the neurons
  mode_slot *modes;
  struct { size_t slot; double re, im; } *journal;
  size_t journal_count, journal_capacity;
  double zero;  // sum of Re Z of mode zero
  double saved_zero;
  // Envelope.
  cell_slot *cells;
  double *chunks;  // (dimension + 2) x LANES: momenta, re, im
  int32_t *owner, *next, *place;
  int32_t chunk_count, chunk_capacity, free_chunk;
};

typedef struct { double re, im; } wave;

INLINE size_t slot_of(uint64_t key, int shift) { return (size_t)((key * 0x9E3779B97F4A7C15u) >> shift); }
INLINE size_t pairs_of(size_t n) { return n * n; }

// MARK: Box

INLINE mode_slot *find_mode(const nn_pair_sums *p, int64_t key) {
  size_t slot = slot_of((uint64_t)key, p->shift);
  while (p->modes[slot].key != key && p->modes[slot].key != 0) slot = (slot + 1) & (p->capacity - 1);
  return p->modes + slot;
}

// Adds a wave; on record where it may be undone.
INLINE void add_mode(nn_pair_sums *p, int64_t key, double re, double im, int recorded) {
  if (key == 0) {
    p->zero += re;
    return;
  }
  if (key < 0) {
    key = -key;
    im = -im;
  }
  mode_slot *m = find_mode(p, key);
  if (m->key == 0) {
    *m = (mode_slot){key, 0, 0};
    p->used += 1;
  }
  if (recorded) {
    p->journal[p->journal_count].slot = (size_t)(m - p->modes);
    p->journal[p->journal_count].re = m->re;
    p->journal[p->journal_count++].im = m->im;
  }
  p->fourth += m->re * re + m->im * im + 0.5 * (re * re + im * im);
  m->re += re;
  m->im += im;
}

// Modes as one integer: additive, and without carries up to 2^(62/d - 2).
static void set_keys(nn_pair_sums *p, size_t first, size_t count) {
  const int64_t base = (int64_t)1 << (p->dimension == 1 ? 0 : 62 / p->dimension);
  for (size_t i = first; i < first + count; ++i) {
    p->keys[i] = 0;
    for (int axis = 0; axis < p->dimension; ++axis)
      p->keys[i] = p->keys[i] * base + (int64_t)p->waves[(size_t)(2 + axis) * p->neurons + i];
  }
}

INLINE void box_pairs(nn_pair_sums *p, size_t i, size_t first, size_t last, double sign, int recorded) {
  const double *re = p->waves, *im = p->waves + p->neurons;
  const int64_t key = p->keys[i];
  const double ar = sign * re[i], ai = sign * im[i];
  for (size_t j = first; j < last; ++j) {
    const int64_t other = p->keys[j];
    const double rr = ar * re[j], ii = ai * im[j], ri = ar * im[j], ir = ai * re[j];
    add_mode(p, key + other, rr - ii, ri + ir, recorded);
    add_mode(p, key - other, rr + ii, ir - ri, recorded);
  }
}

INLINE void box_neuron(nn_pair_sums *p, size_t i, size_t resume, double sign, int recorded) {
  box_pairs(p, i, 0, i, sign, recorded);
  const double ar = p->waves[i], ai = p->waves[p->neurons + i];
  add_mode(p, 2 * p->keys[i], sign * 0.5 * (ar * ar - ai * ai), sign * ar * ai, recorded);
  box_pairs(p, i, resume, p->neurons, sign, recorded);
}

// MARK: Envelope

static const uint64_t cell_factor[4] = {0x9E3779B97F4A7C15u, 0xC2B2AE3D27D4EB4Fu, 0x165667B19E3779F9u, 0xD6E8FEB86659FD93u};

// Far and senseless momenta share cells: harmless, since couplings are those of the momenta themselves.
INLINE int64_t cell_coordinate(double u) {
  const double c = floor(u * (1 / REACH));
  return c > -0x1p50 && c < 0x1p50 ? (int64_t)c : 0;
}

INLINE cell_slot *find_cell(const nn_pair_sums *p, int64_t key) {
  size_t slot = slot_of((uint64_t)key ^ ((uint64_t)key >> 29), p->shift);
  while (p->cells[slot].count >= 0 && p->cells[slot].key != key) slot = (slot + 1) & (p->capacity - 1);
  return p->cells + slot;
}

INLINE int64_t cell_key(const int d, const double *u) {
  uint64_t key = 0;
  for (int axis = 0; axis < d; ++axis) key += (uint64_t)cell_coordinate(u[axis]) * cell_factor[axis];
  return (int64_t)key;
}

// h(u) = sum_p Z_p g(u - Q_p).
INLINE wave couple(const nn_pair_sums *p, const int d, const double *u) {
  double re[LANES] = {0}, im[LANES] = {0}, gap[4][3];
  uint64_t part[4][3];
  for (int axis = 0; axis < d; ++axis) {
    const int64_t c = cell_coordinate(u[axis]);
    const double place = u[axis] * (1 / REACH) - (double)c;
    for (int o = 0; o < 3; ++o) part[axis][o] = (uint64_t)(c + o - 1) * cell_factor[axis];
    gap[axis][0] = place * place;
    gap[axis][1] = 0;
    gap[axis][2] = (1 - place) * (1 - place);
  }
  const int neighbours = d == 1 ? 3 : d == 2 ? 9 : d == 3 ? 27 : 81;
  for (int n = 0; n < neighbours; ++n) {
    uint64_t key = 0;
    double distance = 0;
    for (int axis = 0, rest = n; axis < d; ++axis, rest /= 3) {
      key += part[axis][rest % 3];
      distance += gap[axis][rest % 3];
    }
    if (distance > 1) continue;
    const cell_slot *cell = find_cell(p, (int64_t)key);
    if (cell->count <= 0) continue;
    for (int32_t chunk = cell->head; chunk >= 0; chunk = p->next[chunk]) {
      const double *entry = p->chunks + (size_t)chunk * (d + 2) * LANES;
      for (int l = 0; l < LANES; ++l) {
        double norm = 0;
        for (int axis = 0; axis < d; ++axis) {
          const double difference = entry[axis * LANES + l] - u[axis];
          norm += difference * difference;
        }
        const double g = exp_inline(-0.5 * norm);
        re[l] += g * entry[d * LANES + l];
        im[l] += g * entry[(d + 1) * LANES + l];
      }
    }
  }
  wave sum = {0, 0};
  for (int l = 0; l < LANES; ++l) {
    sum.re += re[l];
    sum.im += im[l];
  }
  return sum;
}

// Phi(u) = (int w phi^2 e^{-iux}) / int w.
INLINE wave square_transform(const nn_pair_sums *p, const int d, const double *u, double constant) {
  double opposite[4], norm = 0;
  for (int axis = 0; axis < d; ++axis) {
    opposite[axis] = -u[axis];
    norm += u[axis] * u[axis];
  }
  const wave near = couple(p, d, u), far = couple(p, d, opposite);
  return (wave){constant * exp_inline(-0.5 * norm) + 0.5 * (near.re + far.re), 0.5 * (near.im - far.im)};
}

// Everything wave (u, z) has to do with those that are there, and with itself.
INLINE void account(nn_pair_sums *p, const int d, const double *u, wave z, double sign) {
  double norm = 0;
  for (int axis = 0; axis < d; ++axis) norm += u[axis] * u[axis];
  const wave near = couple(p, d, u);
  double sum = z.re * near.re + z.im * near.im + 0.5 * (z.re * z.re + z.im * z.im);
  if (u[0] < REACH) {
    double opposite[4];
    for (int axis = 0; axis < d; ++axis) opposite[axis] = -u[axis];
    const wave far = couple(p, d, opposite);
    sum += z.re * far.re - z.im * far.im + 0.5 * (z.re * z.re - z.im * z.im) * exp_inline(-2 * norm);
  }
  p->second += sign * z.re * exp_inline(-0.5 * norm);
  p->fourth += sign * sum;
}

static int32_t new_chunk(nn_pair_sums *p) {
  int32_t chunk = p->free_chunk;
  const size_t stride = (size_t)(p->dimension + 2) * LANES;
  if (chunk >= 0) {
    p->free_chunk = p->next[chunk];
  } else {
    if (p->chunk_count == p->chunk_capacity) {
      p->chunk_capacity *= 2;
      p->chunks = realloc(p->chunks, (size_t)p->chunk_capacity * stride * sizeof(double));
      p->owner = realloc(p->owner, (size_t)p->chunk_capacity * LANES * sizeof(int32_t));
      p->next = realloc(p->next, (size_t)p->chunk_capacity * sizeof(int32_t));
      if (!p->chunks || !p->owner || !p->next) abort();
    }
    chunk = p->chunk_count++;
  }
  memset(p->chunks + (size_t)chunk * stride, 0, stride * sizeof(double));
  return chunk;
}

INLINE void link_wave(nn_pair_sums *p, const int d, size_t pair, const double *u, wave z) {
  const int64_t key = cell_key(d, u);
  cell_slot *cell = find_cell(p, key);
  if (cell->count < 0) {
    *cell = (cell_slot){key, -1, 0};
    p->used += 1;
  }
  const int lane = cell->count % LANES;
  if (lane == 0) {
    const int32_t chunk = new_chunk(p);
    p->next[chunk] = cell->head;
    cell->head = chunk;
  }
  double *entry = p->chunks + (size_t)cell->head * (d + 2) * LANES + lane;
  for (int axis = 0; axis < d; ++axis) entry[axis * LANES] = u[axis];
  entry[d * LANES] = z.re;
  entry[(d + 1) * LANES] = z.im;
  p->place[pair] = cell->head * LANES + lane;
  p->owner[p->place[pair]] = (int32_t)pair;
  cell->count += 1;
}

// The last entry of the cell takes the place of the one that leaves.
INLINE void unlink_wave(nn_pair_sums *p, const int d, size_t pair, const double *u) {
  cell_slot *cell = find_cell(p, cell_key(d, u));
  const int lane = (cell->count - 1) % LANES;
  const int32_t last = cell->head * LANES + lane, hole = p->place[pair];
  double *from = p->chunks + (size_t)cell->head * (d + 2) * LANES + lane;
  double *to = p->chunks + (size_t)(hole / LANES) * (d + 2) * LANES + hole % LANES;
  for (int row = 0; row < d + 2; ++row) {
    to[row * LANES] = from[row * LANES];
    from[row * LANES] = 0;
  }
  p->owner[hole] = p->owner[last];
  p->place[p->owner[hole]] = hole;
  cell->count -= 1;
  if (lane == 0) {
    const int32_t chunk = cell->head;
    cell->head = p->next[chunk];
    p->next[chunk] = p->free_chunk;
    p->free_chunk = chunk;
  }
}

// +1: accounts for the wave and links it; -1: unlinks it and takes it out of the account; 2, -2: links and unlinks only.
INLINE void change_wave(nn_pair_sums *p, const int d, size_t pair, const double *momentum, wave z, int change) {
  double u[4];
  const double sign = momentum[0] < 0 ? -1 : 1;
  for (int axis = 0; axis < d; ++axis) u[axis] = sign * momentum[axis];
  z.im *= sign;
  if (change < 0) unlink_wave(p, d, pair, u);
  if (change == 1 || change == -1) account(p, d, u, z, change);
  if (change > 0) link_wave(p, d, pair, u, z);
}

INLINE void change_pairs(nn_pair_sums *p, const int d, size_t i, size_t first, size_t last, int change) {
  const size_t n = p->neurons;
  const double *re = p->waves, *im = re + n, *momenta = im + n;
  // One orientation of a pair, whichever neuron is changed.
  const double order = i < first ? 1 : -1;
  for (size_t j = first; j < last; ++j) {
    const double rr = re[i] * re[j], ii = im[i] * im[j], ri = re[i] * im[j], ir = im[i] * re[j];
    double plus[4], minus[4];
    for (int axis = 0; axis < d; ++axis) {
      plus[axis] = momenta[axis * n + i] + momenta[axis * n + j];
      minus[axis] = order * (momenta[axis * n + i] - momenta[axis * n + j]);
    }
    const size_t pair = 2 * (i < j ? i * n + j : j * n + i);
    change_wave(p, d, pair, plus, (wave){rr - ii, ri + ir}, change);
    change_wave(p, d, pair + 1, minus, (wave){rr + ii, order * (ir - ri)}, change);
  }
}

INLINE void change_neuron(nn_pair_sums *p, const int d, size_t i, size_t resume, int change) {
  const size_t n = p->neurons;
  double doubled[4];
  for (int axis = 0; axis < d; ++axis) doubled[axis] = 2 * p->waves[(2 + axis) * n + i];
  const double re = p->waves[i], im = p->waves[n + i];
  change_pairs(p, d, i, 0, i, change);
  change_wave(p, d, 2 * (i * n + i), doubled, (wave){0.5 * (re * re - im * im), re * im}, change);
  change_pairs(p, d, i, resume, n, change);
}

// MARK: Both

// All pairs that neurons first ... first + count - 1 have with each other and the rest.
INLINE void change_block(nn_pair_sums *p, size_t first, size_t count, int change, int recorded) {
  for (size_t i = first; i < first + count; ++i) {
    if (p->is_box) {
      box_neuron(p, i, first + count, change, recorded);
      continue;
    }
    switch (p->dimension) {
      case 1: change_neuron(p, 1, i, first + count, change); break;
      case 2: change_neuron(p, 2, i, first + count, change); break;
      case 3: change_neuron(p, 3, i, first + count, change); break;
      default: change_neuron(p, 4, i, first + count, change);
    }
  }
}

void nn_pair_sums_free(nn_pair_sums *p) {
  void *all[] = {p->waves, p->saved, p->keys, p->modes, p->journal, p->cells, p->chunks, p->owner, p->next, p->place, p};
  for (size_t i = 0; i < sizeof all / sizeof *all; ++i) free(all[i]);
}

const double *nn_pair_sums_waves(const nn_pair_sums *p) { return p->waves; }

NN_CLONES void nn_pair_sums_build(nn_pair_sums *p, const double *waves) {
  if (waves != p->waves) memcpy(p->waves, waves, (size_t)(p->dimension + 2) * p->neurons * sizeof(double));
  p->used = p->journal_count = p->saved_count = 0;
  p->second = p->fourth = p->zero = 0;
  if (p->is_box) {
    memset(p->modes, 0, p->capacity * sizeof *p->modes);
  } else {
    for (size_t slot = 0; slot < p->capacity; ++slot) p->cells[slot].count = -1;
    p->chunk_count = 0;
    p->free_chunk = -1;
  }
  if (p->is_box) set_keys(p, 0, p->neurons);
  change_block(p, 0, p->neurons, 1, 0);
}

NN_CLONES void nn_pair_sums_replace(nn_pair_sums *p, size_t first, size_t count, const double *waves) {
  // Modes and cells that were left stay in the table until it fills.
  if (p->used + 4 * count * p->neurons > p->capacity / 8 * 7 && p->used > pairs_of(p->neurons)) nn_pair_sums_build(p, p->waves);
  p->saved_first = first;
  p->saved_count = count;
  p->saved_second = p->second;
  p->saved_fourth = p->fourth;
  p->saved_zero = p->zero;
  p->journal_count = 0;
  change_block(p, first, count, -1, 1);
  for (int row = 0; row < p->dimension + 2; ++row) {
    double *own = p->waves + (size_t)row * p->neurons + first;
    memcpy(p->saved + (size_t)row * count, own, count * sizeof(double));
    memcpy(own, waves + (size_t)row * count, count * sizeof(double));
  }
  if (p->is_box) set_keys(p, first, count);
  change_block(p, first, count, 1, 1);
}

NN_CLONES void nn_pair_sums_undo(nn_pair_sums *p) {
  const size_t first = p->saved_first, count = p->saved_count;
  if (!p->is_box) change_block(p, first, count, -2, 0);
  for (int row = 0; row < p->dimension + 2; ++row)
    memcpy(p->waves + (size_t)row * p->neurons + first, p->saved + (size_t)row * count, count * sizeof(double));
  if (p->is_box) {
    set_keys(p, first, count);
    for (size_t n = p->journal_count; n-- > 0;) {
      mode_slot *m = p->modes + p->journal[n].slot;
      m->re = p->journal[n].re;
      m->im = p->journal[n].im;
    }
  } else {
    change_block(p, first, count, 2, 0);
  }
  p->second = p->saved_second;
  p->fourth = p->saved_fourth;
  p->zero = p->saved_zero;
  p->saved_count = 0;
}

static double diagonal(const nn_pair_sums *p) {
  double sum = 0;
  for (size_t i = 0; i < 2 * p->neurons; ++i) sum += p->waves[i] * p->waves[i];
  return 0.5 * sum;
}

void nn_pair_sums_moments(const nn_pair_sums *p, double *second, double *fourth) {
  const double d = diagonal(p);
  if (p->is_box) {
    *second = d + p->zero;
    *fourth = *second * *second + p->fourth;
  } else {
    *second = d + p->second;
    *fourth = d * (d + 2 * p->second) + p->fourth;
  }
}

INLINE wave transform_at(const nn_pair_sums *p, const int d, int64_t key, const double *u, double constant) {
  if (!p->is_box) return square_transform(p, d, u, constant);
  if (key == 0) return (wave){constant + p->zero, 0};
  const mode_slot *m = find_mode(p, key < 0 ? -key : key);
  return (wave){0.5 * m->re, key < 0 ? -0.5 * m->im : 0.5 * m->im};
}

// Psi = quadratic g + 2 quartic Phi.
INLINE wave slope_at(const nn_pair_sums *p, const int d, int64_t key, const double *u, double constant, double quadratic, double quartic) {
  const wave phi = transform_at(p, d, key, u, constant);
  double norm = 0;
  for (int axis = 0; axis < d; ++axis) norm += u[axis] * u[axis];
  const double g = p->is_box ? key == 0 : exp_inline(-0.5 * norm);
  return (wave){quadratic * g + 2 * quartic * phi.re, 2 * quartic * phi.im};
}

INLINE void slopes(const nn_pair_sums *p, const int d, double quadratic, double quartic, double *re_out, double *im_out) {
  const size_t n = p->neurons;
  const double *re = p->waves, *im = re + n, *momenta = im + n;
  const double constant = diagonal(p);
  memset(re_out, 0, n * sizeof(double));
  memset(im_out, 0, n * sizeof(double));
  for (size_t i = 0; i < n; ++i) {
    const int64_t key = p->is_box ? p->keys[i] : 0;
    for (size_t j = 0; j <= i; ++j) {
      const int64_t other = p->is_box ? p->keys[j] : 0;
      double plus[4] = {0}, minus[4] = {0};
      for (int axis = 0; axis < d; ++axis) {
        plus[axis] = momenta[axis * n + i] + momenta[axis * n + j];
        minus[axis] = momenta[axis * n + i] - momenta[axis * n + j];
      }
      const wave s = slope_at(p, d, key + other, plus, constant, quadratic, quartic);
      const wave t = slope_at(p, d, key - other, minus, constant, quadratic, quartic);
      re_out[i] += re[j] * s.re + im[j] * s.im + re[j] * t.re - im[j] * t.im;
      im_out[i] += im[j] * s.re - re[j] * s.im - im[j] * t.re - re[j] * t.im;
      if (i == j) continue;
      re_out[j] += re[i] * s.re + im[i] * s.im + re[i] * t.re + im[i] * t.im;
      im_out[j] += im[i] * s.re - re[i] * s.im - im[i] * t.re + re[i] * t.im;
    }
  }
}

NN_CLONES void nn_pair_sums_slopes(const nn_pair_sums *p, double quadratic, double quartic, double *re, double *im) {
  switch (p->dimension) {
    case 1: slopes(p, 1, quadratic, quartic, re, im); break;
    case 2: slopes(p, 2, quadratic, quartic, re, im); break;
    case 3: slopes(p, 3, quadratic, quartic, re, im); break;
    default: slopes(p, 4, quadratic, quartic, re, im);
  }
}

INLINE double harmonic(const nn_pair_sums *p, const int d) {
  const size_t n = p->neurons;
  const double constant = diagonal(p);
  double sum = 0;
  for (size_t i = 0; i < n; ++i) {
    double u[4] = {0};
    for (int axis = 0; axis < d; ++axis) u[axis] = 2 * p->waves[(2 + axis) * n + i];
    const wave phi = transform_at(p, d, p->is_box ? 2 * p->keys[i] : 0, u, constant);
    const double re = p->waves[i], im = p->waves[n + i];
    sum += (re * re - im * im) * phi.re + 2 * re * im * phi.im;
  }
  return sum;
}

NN_CLONES double nn_pair_sums_harmonic(const nn_pair_sums *p) {
  switch (p->dimension) {
    case 1: return harmonic(p, 1);
    case 2: return harmonic(p, 2);
    case 3: return harmonic(p, 3);
    default: return harmonic(p, 4);
  }
}

nn_pair_sums *nn_pair_sums_make(int is_box, int dimension, size_t neurons) {
  nn_pair_sums *p = calloc(1, sizeof *p);
  if (!p) abort();
  p->is_box = is_box;
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
  if (is_box) {
    p->keys = calloc(neurons, sizeof *p->keys);
    p->modes = calloc(p->capacity, sizeof *p->modes);
    p->journal_capacity = 4 * pairs_of(neurons) + 8;
    p->journal = malloc(p->journal_capacity * sizeof *p->journal);
  } else {
    p->chunk_capacity = (int32_t)(pairs_of(neurons) / 4 + 16);
    p->cells = malloc(p->capacity * sizeof *p->cells);
    p->chunks = malloc((size_t)p->chunk_capacity * (size_t)(dimension + 2) * LANES * sizeof(double));
    p->owner = malloc((size_t)p->chunk_capacity * LANES * sizeof(int32_t));
    p->next = malloc((size_t)p->chunk_capacity * sizeof(int32_t));
    p->place = malloc(2 * pairs_of(neurons) * sizeof(int32_t));
  }
  if (!p->waves || !p->saved || (is_box ? !p->keys || !p->modes || !p->journal : !p->cells || !p->chunks || !p->owner || !p->next || !p->place))
    abort();
  nn_pair_sums_build(p, p->waves);
  return p;
}
