// SPDX-License-Identifier: GPL-3.0-or-later
// Spreading of point sources onto a uniform grid; included once per precision with REAL and SPREAD defined.
//
// A source at grid position u reaches the W nodes m .. m+W-1, m = ceil(u - W/2), with values of a piecewise polynomial in
// s = 2 (m - u + W/2) - 1 in [-1, 1]. W is a compile-time constant in each instance, so all inner loops unroll.

#define LANES 8
#define PADDED(W) (((W) + LANES - 1) / LANES * LANES)
// Vectors of LANES numbers at any address; 2W numbers of a row of complex nodes are ROW_VECTORS(W) of them.
#define ROW_VECTORS(W) ((2 * (W) + LANES - 1) / LANES)

typedef REAL SPREAD(vector) __attribute__((vector_size(LANES * sizeof(REAL)), aligned(sizeof(REAL))));

// The W values at position u and the first node. Odd and even powers go apart: two short chains instead of a long one.
static inline __attribute__((always_inline)) ptrdiff_t SPREAD(kernel_values)(const int W, const REAL *restrict table,
                                                                             int degree, double u,
                                                                             SPREAD(vector) *restrict out) {
  const double first = __builtin_elementwise_ceil(u - 0.5 * W);
  const REAL s = (REAL)(2 * (first - u) + (W - 1));
  const REAL z = s * s;
  for (int q = 0; q < PADDED(W) / LANES; ++q) {
    const SPREAD(vector) *row = (const SPREAD(vector) *)(table + q * LANES);
    SPREAD(vector) odd = row[0], even = row[PADDED(W) / LANES];
    for (int p = 2; p < degree; p += 2) {
      odd = odd * z + row[p * (PADDED(W) / LANES)];
      even = even * z + row[(p + 1) * (PADDED(W) / LANES)];
    }
    out[q] = odd * s + even;
  }
  return (ptrdiff_t)first;
}

// The values along the last axis times the source's amplitude, (real, imaginary) pairs.
static inline __attribute__((always_inline)) void SPREAD(amplitude_row)(const int W, const SPREAD(vector) *values, REAL re,
                                                                        REAL im, SPREAD(vector) *row) {
  const SPREAD(vector) amplitude = {re, im, re, im, re, im, re, im};
  for (int q = 0; q < PADDED(W) / LANES; ++q) {
    row[2 * q] = __builtin_shufflevector(values[q], values[q], 0, 0, 1, 1, 2, 2, 3, 3) * amplitude;
    if (2 * q + 1 < ROW_VECTORS(W))
      row[2 * q + 1] = __builtin_shufflevector(values[q], values[q], 4, 4, 5, 5, 6, 6, 7, 7) * amplitude;
  }
}

static inline __attribute__((always_inline)) void SPREAD(add_row)(const int W, REAL *at, REAL factor,
                                                                  const SPREAD(vector) *row) {
  SPREAD(vector) *to = (SPREAD(vector) *)at;
  for (int q = 0; q < ROW_VECTORS(W); ++q) to[q] += factor * row[q];
}

static inline __attribute__((always_inline)) void SPREAD(spread_points)(const int W, const int dimension,
                                                                        const nn_spread_job *job, REAL *restrict grid) {
  const ptrdiff_t n0 = job->extent[0], n1 = job->extent[1], stride = job->stride, margin = job->margin;
  const int last = dimension - 1;
  for (size_t i = 0; i < job->count; ++i) {
    SPREAD(vector) values[3][PADDED(W) / LANES], row[2 * (PADDED(W) / LANES)];
    ptrdiff_t first[3];
    for (int axis = 0; axis < dimension; ++axis)
      first[axis] = SPREAD(kernel_values)(W, job->table[axis], job->degree, job->position[axis][i], values[axis]);
    SPREAD(amplitude_row)(W, values[last], (REAL)job->real[i], (REAL)job->imaginary[i], row);
    const ptrdiff_t column = first[last] + margin;
    if (dimension == 1) {
      SPREAD(add_row)(W, grid + 2 * column, 1, row);
      continue;
    }
    const REAL *v0 = (const REAL *)values[0], *v1 = (const REAL *)values[1];
    ptrdiff_t m0 = first[0] < 0 ? first[0] + n0 : first[0];
    if (dimension == 2) {
      for (int a = 0; a < W; ++a) {
        SPREAD(add_row)(W, grid + 2 * (m0 * stride + column), v0[a], row);
        if (++m0 == n0) m0 = 0;
      }
      continue;
    }
    const ptrdiff_t start = first[1] < 0 ? first[1] + n1 : first[1];
    job->touched[start] = 1;
    for (int a = 0; a < W; ++a) {
      ptrdiff_t m1 = start;
      for (int b = 0; b < W; ++b) {
        SPREAD(add_row)(W, grid + 2 * ((m0 * n1 + m1) * stride + column), v0[a] * v1[b], row);
        if (++m1 == n1) m1 = 0;
      }
      if (++m0 == n0) m0 = 0;
    }
  }
}

#define CASE(W)                                                                       \
  case W:                                                                             \
    if (job->dimension == 1) SPREAD(spread_points)(W, 1, job, grid);                         \
    else if (job->dimension == 2) SPREAD(spread_points)(W, 2, job, grid);                    \
    else SPREAD(spread_points)(W, 3, job, grid);                                             \
    break;

NN_CLONES
void SPREAD(spread_sources)(const nn_spread_job *job, REAL *restrict grid) {
  switch (job->width) {
    CASE(4) CASE(5) CASE(6) CASE(7) CASE(8) CASE(9) CASE(10) CASE(11) CASE(12) CASE(13) CASE(14) CASE(15) CASE(16) CASE(17) CASE(18)
    default: break;
  }
}

// K(m, l) = G(m, l) + conj G(-m, -l) on the half grid l = 0 .. n/2 from G on -margin .. n/2 + margin; m runs over the rows of
// the other axes. Only the columns near both ends change, of rows b with reached[b] (all if null), a set closed under b -> -b.
NN_CLONES
void SPREAD(hermitian_ends)(REAL *restrict grid, size_t n0, size_t n1, size_t stride, size_t margin, size_t half,
                            size_t reach, int right, const unsigned char *restrict reached) {
  for (size_t a = 0; a < n0; ++a) {
    const size_t na = a ? n0 - a : 0;
    for (size_t b = 0; b < n1; ++b) {
      if (reached && !reached[b]) continue;
      const size_t nb = b ? n1 - b : 0;
      const REAL *from = grid + 2 * ((a * n1 + b) * stride + margin);
      REAL *to = grid + 2 * ((na * n1 + nb) * stride + margin);
      for (size_t l = 1; l <= reach; ++l) {
        to[2 * l] += from[-2 * (ptrdiff_t)l];
        to[2 * l + 1] -= from[-2 * (ptrdiff_t)l + 1];
      }
      if (right) {
        for (size_t l = 1; l <= reach; ++l) {
          to[2 * (half - l)] += from[2 * (half + l)];
          to[2 * (half - l) + 1] -= from[2 * (half + l) + 1];
        }
      }
      // The self-paired columns, once for each pair of rows.
      if (na * n1 + nb < a * n1 + b) continue;
      REAL *mine = grid + 2 * ((a * n1 + b) * stride + margin);
      for (size_t l = 0; l <= (right ? half : 0); l += half) {
        const REAL re = mine[2 * l] + to[2 * l], im = mine[2 * l + 1] - to[2 * l + 1];
        mine[2 * l] = re;
        mine[2 * l + 1] = im;
        to[2 * l] = re;
        to[2 * l + 1] = mine == to ? 0 : -im;
      }
    }
  }
}

#undef CASE
#undef LANES
#undef PADDED
#undef ROW_VECTORS
