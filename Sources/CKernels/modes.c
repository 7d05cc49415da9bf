// SPDX-License-Identifier: GPL-3.0-or-later
// Independent modes that turn about their centres and are kicked by their length.
#include "ckernels.h"
#include "clones.h"

// Eight modes at a time, whatever the instruction set, and the rest one by one.
typedef double modes8 __attribute__((vector_size(64), may_alias));
#define MODES8(p) (*(modes8 *)(p))
#define READ8(p) (*(const modes8 *)(p))
#define SPLAT8(x) ((modes8){x, x, x, x, x, x, x, x})

static inline __attribute__((always_inline)) double sum8(const modes8 *p) {
  const modes8 v = *p;
  return ((v[0] + v[4]) + (v[2] + v[6])) + ((v[1] + v[5]) + (v[3] + v[7]));
}

// A null `field` is left out: only the last turn of a trajectory needs it.
static inline __attribute__((always_inline)) double turn_modes(const double *restrict table, double kick, double cosine, double sine,
                                                               double *restrict eta, double *restrict v, double *restrict field,
                                                               size_t count) {
  modes8 length = {0};
  size_t k = 0;
  for (; k + 8 <= count; k += 8) {
    const double *row = table + 4 * k;
    const modes8 scale = READ8(row), target = READ8(row + 8), centre = READ8(row + 16), old = READ8(eta + k);
    const modes8 speed = READ8(v + k) + SPLAT8(kick) * READ8(row + 24) * (target - scale * old), x = old - centre;
    const modes8 next = centre + SPLAT8(cosine) * x + SPLAT8(sine) * speed, phi = scale * next, rest = target - phi;
    MODES8(eta + k) = next;
    MODES8(v + k) = SPLAT8(cosine) * speed - SPLAT8(sine) * x;
    if (field) MODES8(field + k) = phi;
    length += rest * rest;
  }
  double sum = 0;
  const double *row = table + 4 * k;
  for (size_t i = 0; k + i < count; ++i) {
    const double scale = row[i], target = row[8 + i], x = eta[k + i] - row[16 + i];
    const double speed = v[k + i] + kick * row[24 + i] * (target - scale * eta[k + i]);
    eta[k + i] = row[16 + i] + cosine * x + sine * speed;
    v[k + i] = cosine * speed - sine * x;
    const double phi = scale * eta[k + i];
    if (field) field[k + i] = phi;
    sum += (target - phi) * (target - phi);
  }
  return sum8(&length) + sum;
}

NN_CLONES
double nn_turn_modes(const double *table, double kick, double cosine, double sine, double *eta, double *v, double *field, size_t count) {
  return field ? turn_modes(table, kick, cosine, sine, eta, v, field, count)
               : turn_modes(table, kick, cosine, sine, eta, v, 0, count);
}

NN_CLONES
double nn_mode_energy(const double *restrict eta, const double *restrict v, const double *restrict mass, size_t count) {
  modes8 energy = {0};
  size_t k = 0;
  for (; k + 8 <= count; k += 8) {
    const modes8 x = READ8(eta + k), speed = READ8(v + k);
    energy += x * x + READ8(mass + k) * speed * speed;
  }
  double sum = 0;
  for (; k < count; ++k) sum += eta[k] * eta[k] + mass[k] * v[k] * v[k];
  return sum8(&energy) + sum;
}
