// SPDX-License-Identifier: GPL-3.0-or-later
// Pair sums under a Gaussian envelope: g(u) = exp(-u^2/2), u in units of 1/L; waves lie in cells of side REACH, and those beyond the
// neighbouring cells couple by less than e^{-REACH^2/2} = 1e-20. Formulas: pair_sums.h.
#include <math.h>
#include <stdlib.h>

#include "exponential.h"
#include "pair_loops.h"

#define REACH 9.6
#define LANES 8

typedef struct {
  int64_t key;
  int32_t head, count;
} cell_slot;  // count -1: free; the head chunk holds the last entries, all others are full

typedef struct {
  nn_pair_sums sums;
  cell_slot *cells;
  double *chunks;  // (dimension + 2) x LANES: momenta, re, im
  int32_t *owner, *next, *place;
  int32_t chunk_count, chunk_capacity, free_chunk;
} envelope_sums;

static const uint64_t cell_factor[4] = {0x9E3779B97F4A7C15u, 0xC2B2AE3D27D4EB4Fu, 0x165667B19E3779F9u, 0xD6E8FEB86659FD93u};

// Far and senseless momenta share cells: harmless, since couplings are those of the momenta themselves.
INLINE int64_t cell_coordinate(double u) {
  const double c = floor(u * (1 / REACH));
  return c > -0x1p50 && c < 0x1p50 ? (int64_t)c : 0;
}

INLINE cell_slot *find_cell(const envelope_sums *e, int64_t key) {
  size_t slot = slot_of((uint64_t)key ^ ((uint64_t)key >> 29), e->sums.shift);
  while (e->cells[slot].count >= 0 && e->cells[slot].key != key) slot = (slot + 1) & (e->sums.capacity - 1);
  return e->cells + slot;
}

INLINE int64_t cell_key(const int d, const double *u) {
  uint64_t key = 0;
  for (int axis = 0; axis < d; ++axis) key += (uint64_t)cell_coordinate(u[axis]) * cell_factor[axis];
  return (int64_t)key;
}

// h(u) = sum_p Z_p g(u - Q_p).
INLINE wave couple(const envelope_sums *e, const int d, const double *u) {
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
    const cell_slot *cell = find_cell(e, (int64_t)key);
    if (cell->count <= 0) continue;
    for (int32_t chunk = cell->head; chunk >= 0; chunk = e->next[chunk]) {
      const double *entry = e->chunks + (size_t)chunk * (d + 2) * LANES;
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
INLINE wave square_transform(const envelope_sums *e, const int d, const double *u, double constant) {
  double opposite[4], norm = 0;
  for (int axis = 0; axis < d; ++axis) {
    opposite[axis] = -u[axis];
    norm += u[axis] * u[axis];
  }
  const wave near = couple(e, d, u), far = couple(e, d, opposite);
  return (wave){constant * exp_inline(-0.5 * norm) + 0.5 * (near.re + far.re), 0.5 * (near.im - far.im)};
}

// Everything wave (u, z) has to do with those that are there, and with itself.
INLINE void account(envelope_sums *e, const int d, const double *u, wave z, double sign) {
  double norm = 0;
  for (int axis = 0; axis < d; ++axis) norm += u[axis] * u[axis];
  const wave near = couple(e, d, u);
  double sum = z.re * near.re + z.im * near.im + 0.5 * (z.re * z.re + z.im * z.im);
  if (u[0] < REACH) {
    double opposite[4];
    for (int axis = 0; axis < d; ++axis) opposite[axis] = -u[axis];
    const wave far = couple(e, d, opposite);
    sum += z.re * far.re - z.im * far.im + 0.5 * (z.re * z.re - z.im * z.im) * exp_inline(-2 * norm);
  }
  e->sums.second += sign * z.re * exp_inline(-0.5 * norm);
  e->sums.fourth += sign * sum;
}

// Room for twice as many chunks; 0, and the sums are marked as failed, if memory is refused.
static int double_chunks(envelope_sums *e) {
  const size_t capacity = 2 * (size_t)e->chunk_capacity, stride = (size_t)(e->sums.dimension + 2) * LANES;
  double *chunks = realloc(e->chunks, capacity * stride * sizeof(double));
  if (chunks) e->chunks = chunks;
  int32_t *owner = realloc(e->owner, capacity * LANES * sizeof(int32_t));
  if (owner) e->owner = owner;
  int32_t *next = realloc(e->next, capacity * sizeof(int32_t));
  if (next) e->next = next;
  if (!chunks || !owner || !next) {
    e->sums.failed = 1;
    return 0;
  }
  e->chunk_capacity = (int32_t)capacity;
  return 1;
}

// A chunk without entries; -1 if memory is refused.
static int32_t new_chunk(envelope_sums *e) {
  int32_t chunk = e->free_chunk;
  const size_t stride = (size_t)(e->sums.dimension + 2) * LANES;
  if (chunk >= 0) {
    e->free_chunk = e->next[chunk];
  } else {
    if (e->chunk_count == e->chunk_capacity && !double_chunks(e)) return -1;
    chunk = e->chunk_count++;
  }
  memset(e->chunks + (size_t)chunk * stride, 0, stride * sizeof(double));
  return chunk;
}

INLINE void link_wave(envelope_sums *e, const int d, size_t pair, const double *u, wave z) {
  const int64_t key = cell_key(d, u);
  cell_slot *cell = find_cell(e, key);
  if (cell->count < 0) {
    *cell = (cell_slot){key, -1, 0};
    e->sums.used += 1;
  }
  const int lane = cell->count % LANES;
  if (lane == 0) {
    const int32_t chunk = new_chunk(e);
    if (chunk < 0) return;
    e->next[chunk] = cell->head;
    cell->head = chunk;
  }
  double *entry = e->chunks + (size_t)cell->head * (d + 2) * LANES + lane;
  for (int axis = 0; axis < d; ++axis) entry[axis * LANES] = u[axis];
  entry[d * LANES] = z.re;
  entry[(d + 1) * LANES] = z.im;
  e->place[pair] = cell->head * LANES + lane;
  e->owner[e->place[pair]] = (int32_t)pair;
  cell->count += 1;
}

// The last entry of the cell takes the place of the one that leaves.
INLINE void unlink_wave(envelope_sums *e, const int d, size_t pair, const double *u) {
  cell_slot *cell = find_cell(e, cell_key(d, u));
  const int lane = (cell->count - 1) % LANES;
  const int32_t last = cell->head * LANES + lane, hole = e->place[pair];
  double *from = e->chunks + (size_t)cell->head * (d + 2) * LANES + lane;
  double *to = e->chunks + (size_t)(hole / LANES) * (d + 2) * LANES + hole % LANES;
  for (int row = 0; row < d + 2; ++row) {
    to[row * LANES] = from[row * LANES];
    from[row * LANES] = 0;
  }
  e->owner[hole] = e->owner[last];
  e->place[e->owner[hole]] = hole;
  cell->count -= 1;
  if (lane == 0) {
    const int32_t chunk = cell->head;
    cell->head = e->next[chunk];
    e->next[chunk] = e->free_chunk;
    e->free_chunk = chunk;
  }
}

// A wave that enters or leaves is accounted for, and linked or unlinked; in an undoing it is linked or unlinked only.
INLINE void change_wave(envelope_sums *e, const int d, size_t pair, const double *momentum, wave z, pair_change change) {
  if (e->sums.failed) return;
  double u[4];
  const double sign = momentum[0] < 0 ? -1 : 1;
  for (int axis = 0; axis < d; ++axis) u[axis] = sign * momentum[axis];
  z.im *= sign;
  if (change < 0) unlink_wave(e, d, pair, u);
  if (change == ENTER || change == LEAVE) account(e, d, u, z, change);
  if (change > 0) link_wave(e, d, pair, u, z);
}

INLINE void change_pairs(envelope_sums *e, const int d, size_t i, size_t first, size_t last, pair_change change) {
  const size_t n = e->sums.neurons;
  const double *re = e->sums.waves, *im = re + n, *momenta = im + n;
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
    change_wave(e, d, pair, plus, (wave){rr - ii, ri + ir}, change);
    change_wave(e, d, pair + 1, minus, (wave){rr + ii, order * (ir - ri)}, change);
  }
}

INLINE void change_neuron(envelope_sums *e, const int d, size_t i, size_t resume, pair_change change) {
  const size_t n = e->sums.neurons;
  double doubled[4];
  for (int axis = 0; axis < d; ++axis) doubled[axis] = 2 * e->sums.waves[(2 + axis) * n + i];
  const double re = e->sums.waves[i], im = e->sums.waves[n + i];
  change_pairs(e, d, i, 0, i, change);
  change_wave(e, d, 2 * (i * n + i), doubled, (wave){0.5 * (re * re - im * im), re * im}, change);
  change_pairs(e, d, i, resume, n, change);
}

static void envelope_clear(nn_pair_sums *p) {
  envelope_sums *e = (envelope_sums *)p;
  for (size_t slot = 0; slot < p->capacity; ++slot) e->cells[slot].count = -1;
  e->chunk_count = 0;
  e->free_chunk = -1;
}

NN_CLONES void nn_envelope_change(nn_pair_sums *p, size_t first, size_t count, pair_change change, int recorded) {
  envelope_sums *e = (envelope_sums *)p;
  (void)recorded;
  for (size_t i = first; i < first + count; ++i) {
    switch (p->dimension) {
      case 1: change_neuron(e, 1, i, first + count, change); break;
      case 2: change_neuron(e, 2, i, first + count, change); break;
      case 3: change_neuron(e, 3, i, first + count, change); break;
      default: change_neuron(e, 4, i, first + count, change);
    }
  }
}

static void envelope_moments(const nn_pair_sums *p, double constant, double *second, double *fourth) {
  *second = constant + p->second;
  *fourth = constant * (constant + 2 * p->second) + p->fourth;
}

INLINE pair_transform transform_at(const nn_pair_sums *p, const int d, size_t i, size_t j, double sign, double constant) {
  const double *momenta = p->waves + 2 * p->neurons;
  double u[4], norm = 0;
  for (int axis = 0; axis < d; ++axis) {
    u[axis] = momenta[axis * p->neurons + i] + sign * momenta[axis * p->neurons + j];
    norm += u[axis] * u[axis];
  }
  return (pair_transform){square_transform((const envelope_sums *)p, d, u, constant), exp_inline(-0.5 * norm)};
}

NN_CLONES void nn_envelope_slopes(const nn_pair_sums *p, double quadratic, double quartic, double *re, double *im) {
  switch (p->dimension) {
    case 1: pair_slopes(p, 1, quadratic, quartic, re, im); break;
    case 2: pair_slopes(p, 2, quadratic, quartic, re, im); break;
    case 3: pair_slopes(p, 3, quadratic, quartic, re, im); break;
    default: pair_slopes(p, 4, quadratic, quartic, re, im);
  }
}

NN_CLONES double nn_envelope_harmonic(const nn_pair_sums *p) {
  switch (p->dimension) {
    case 1: return pair_harmonic(p, 1);
    case 2: return pair_harmonic(p, 2);
    case 3: return pair_harmonic(p, 3);
    default: return pair_harmonic(p, 4);
  }
}

// How many cells and chunks and the free chunk, every cell that was ever met, the entries, and the links between all of them, two to a number.
static size_t link_count(const envelope_sums *e, size_t chunks) {
  return (chunks * (LANES + 1) + 2 * pairs_of(e->sums.neurons) + 1) / 2;
}

static size_t entry_count(const envelope_sums *e, size_t chunks) { return chunks * (size_t)(e->sums.dimension + 2) * LANES; }

static size_t envelope_state_count(const nn_pair_sums *p) {
  const envelope_sums *e = (const envelope_sums *)p;
  const size_t chunks = (size_t)e->chunk_count;
  return 3 + 2 * p->used + entry_count(e, chunks) + link_count(e, chunks);
}

static void envelope_save(const nn_pair_sums *p, double *state) {
  const envelope_sums *e = (const envelope_sums *)p;
  const size_t chunks = (size_t)e->chunk_count, places = 2 * pairs_of(p->neurons);
  state[0] = (double)p->used;
  state[1] = (double)e->chunk_count;
  state[2] = (double)e->free_chunk;
  state += 3;
  for (size_t slot = 0; slot < p->capacity; ++slot) {
    const cell_slot *cell = e->cells + slot;
    if (cell->count < 0) continue;
    memcpy(state, cell, sizeof *cell);
    state += 2;
  }
  memcpy(state, e->chunks, entry_count(e, chunks) * sizeof(double));
  state += entry_count(e, chunks);
  state[link_count(e, chunks) - 1] = 0;
  int32_t *links = (int32_t *)state;
  memcpy(links, e->owner, chunks * LANES * sizeof(int32_t));
  memcpy(links + chunks * LANES, e->next, chunks * sizeof(int32_t));
  memcpy(links + chunks * (LANES + 1), e->place, places * sizeof(int32_t));
}

static int envelope_restore(nn_pair_sums *p, const double *state, size_t count) {
  envelope_sums *e = (envelope_sums *)p;
  if (count < 3 || !(state[0] >= 0 && state[0] < (double)p->capacity && state[1] >= 0 && state[1] < 0x1p31)) return 0;
  const size_t used = (size_t)state[0], chunks = (size_t)state[1], places = 2 * pairs_of(p->neurons);
  if (count != 3 + 2 * used + entry_count(e, chunks) + link_count(e, chunks)) return 0;
  while ((size_t)e->chunk_capacity < chunks)
    if (!double_chunks(e)) return 0;
  envelope_clear(p);
  p->used = used;
  e->chunk_count = (int32_t)chunks;
  e->free_chunk = (int32_t)state[2];
  state += 3;
  for (size_t i = 0; i < used; ++i, state += 2) {
    cell_slot cell;
    memcpy(&cell, state, sizeof cell);
    *find_cell(e, cell.key) = cell;
  }
  memcpy(e->chunks, state, entry_count(e, chunks) * sizeof(double));
  state += entry_count(e, chunks);
  const int32_t *links = (const int32_t *)state;
  memcpy(e->owner, links, chunks * LANES * sizeof(int32_t));
  memcpy(e->next, links + chunks * LANES, chunks * sizeof(int32_t));
  memcpy(e->place, links + chunks * (LANES + 1), places * sizeof(int32_t));
  return 1;
}

static void envelope_release(nn_pair_sums *p) {
  envelope_sums *e = (envelope_sums *)p;
  void *all[] = {e->cells, e->chunks, e->owner, e->next, e->place};
  for (size_t i = 0; i < sizeof all / sizeof *all; ++i) free(all[i]);
}

nn_pair_sums *nn_pair_sums_envelope(int dimension, size_t neurons) {
  static const pair_methods methods = {envelope_clear,     nn_envelope_change,   envelope_moments,
                                       nn_envelope_slopes, nn_envelope_harmonic, envelope_release,
                                       envelope_state_count, envelope_save,      envelope_restore};
  envelope_sums *e = calloc(1, sizeof *e);
  if (!e) return NULL;
  const int begun = nn_pair_sums_begin(&e->sums, &methods, dimension, neurons);
  e->chunk_capacity = (int32_t)(pairs_of(neurons) / 4 + 16);
  e->cells = malloc(e->sums.capacity * sizeof *e->cells);
  e->chunks = malloc((size_t)e->chunk_capacity * (size_t)(dimension + 2) * LANES * sizeof(double));
  e->owner = calloc((size_t)e->chunk_capacity * LANES, sizeof(int32_t));
  e->next = malloc((size_t)e->chunk_capacity * sizeof(int32_t));
  // Not every place is ever taken, and all of them are saved.
  e->place = calloc(2 * pairs_of(neurons), sizeof(int32_t));
  if (!begun || !e->cells || !e->chunks || !e->owner || !e->next || !e->place || nn_pair_sums_build(&e->sums, e->sums.waves)) {
    nn_pair_sums_free(&e->sums);
    return NULL;
  }
  return &e->sums;
}
