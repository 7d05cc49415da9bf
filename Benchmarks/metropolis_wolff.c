// SPDX-License-Identifier: GPL-3.0-or-later
// Lattice phi^4 in two dimensions the plain way: Metropolis sweeps and Wolff clusters of the sign.
//   cc -O3 -march=native -o metropolis_wolff metropolis_wolff.c -lm && ./metropolis_wolff L m0^2 lambda sweeps [seed]
// A sweep is one Metropolis pass and as many clusters as flip about all sites once. Prints chi2 = <Phi^2>/V and the Binder cumulant with jackknife
// errors over 64 blocks, and the CPU seconds that 1 % on each would take.
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static uint64_t s[2] = {0x9E3779B97F4A7C15u, 0xBF58476D1CE4E5B9u};
static double uniform(void) {  // xoroshiro128+
  const uint64_t a = s[0], sum = a + s[1], b = s[1] ^ a;
  s[0] = ((a << 24) | (a >> 40)) ^ b ^ (b << 16);
  s[1] = (b << 37) | (b >> 27);
  return (sum >> 11) * 0x1p-53;
}

static int L, V, *stack;
static double *phi, m2, g, width = 1.5;

static void neighbours(int x, int n[4]) {
  const int i = x / L, j = x % L;
  n[0] = (i + 1 == L ? 0 : i + 1) * L + j, n[1] = (i == 0 ? L - 1 : i - 1) * L + j;
  n[2] = i * L + (j + 1 == L ? 0 : j + 1), n[3] = i * L + (j == 0 ? L - 1 : j - 1);
}

static double metropolis(void) {
  int accepted = 0, n[4];
  for (int x = 0; x < V; ++x) {
    neighbours(x, n);
    const double sum = phi[n[0]] + phi[n[1]] + phi[n[2]] + phi[n[3]], a = phi[x], b = a + width * (2 * uniform() - 1);
    const double u = a * a, v = b * b, change = (2 + m2 / 2) * (v - u) + g * (v * v - u * u) - (b - a) * sum;
    if (change <= 0 || uniform() < exp(-change)) phi[x] = b, ++accepted;
  }
  return (double)accepted / V;
}

static int wolff(void) {
  int top = 0, size = 0, n[4];
  const int seed = (int)(uniform() * V);
  stack[top++] = seed, phi[seed] = -phi[seed];
  while (top) {
    const int x = stack[--top];
    ++size;
    neighbours(x, n);
    for (int k = 0; k < 4; ++k) {  // x is flipped, its unflipped neighbours of its old sign have the other one now
      const double strength = -2 * phi[x] * phi[n[k]];
      if (strength > 0 && uniform() < 1 - exp(-strength)) phi[n[k]] = -phi[n[k]], stack[top++] = n[k];
    }
  }
  return size;
}

int main(int argc, char **argv) {
  if (argc != 5 && argc != 6) return fprintf(stderr, "usage: %s L m0^2 lambda sweeps [seed]\n", argv[0]), 2;
  if (argc == 6) s[0] += 2 * (uint64_t)atoll(argv[5]) * 0x94D049BB133111EBu;
  L = atoi(argv[1]), V = L * L, m2 = atof(argv[2]), g = atof(argv[3]) / 24;
  const int sweeps = atoi(argv[4]) / 64 * 64, blocks = 64;
  phi = calloc(V, sizeof *phi), stack = malloc(V * sizeof *stack);
  double a[64] = {0}, b[64] = {0}, A = 0, B = 0, clusters = 1, size = 0;
  for (int t = 0; t < 1000; ++t) {  // warm-up; mean cluster size and step width
    width *= metropolis() > 0.5 ? 1.02 : 0.98;
    const int c = wolff();
    if (t >= 500) size += c / 500.0;
  }
  clusters = fmax(1, round(V / size));
  const clock_t start = clock();
  for (int t = 0; t < sweeps; ++t) {
    metropolis();
    for (int c = 0; c < clusters; ++c) wolff();
    double total = 0;
    for (int x = 0; x < V; ++x) total += phi[x];
    const double square = total * total / V;
    a[(long)t * blocks / sweeps] += square, b[(long)t * blocks / sweeps] += square * square;
  }
  const double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
  for (int k = 0; k < blocks; ++k) A += a[k], B += b[k];
  const double chi = A / sweeps, binder = 1 - B * sweeps / (3 * A * A);
  double dchi = 0, dbinder = 0;
  for (int k = 0; k < blocks; ++k) {
    const double n = sweeps * (blocks - 1.0) / blocks, x = (A - a[k]) / n, y = 1 - (B - b[k]) * n / (3 * (A - a[k]) * (A - a[k]));
    dchi += (x - chi) * (x - chi), dbinder += (y - binder) * (y - binder);
  }
  dchi = sqrt(dchi * (blocks - 1) / blocks), dbinder = sqrt(dbinder * (blocks - 1) / blocks);
  printf("L %d clusters %g chi2 %.6g %.2g binder %.6f %.2g seconds %.3f to1%%chi2 %.4f to1%%binder %.4f us/sweep %.2f\n", L, clusters,
         chi, dchi, binder, dbinder, seconds, seconds * pow(100 * dchi / chi, 2), seconds * pow(100 * dbinder / binder, 2),
         1e6 * seconds / sweeps);
  return 0;
}
