// SPDX-License-Identifier: GPL-3.0-or-later
// Spreading of point sources onto a uniform grid; included once per precision with REAL and SPREAD defined.
//
// A source at grid position u reaches the W nodes m .. m+W-1, m = ceil(u - W/2), with values of a piecewise polynomial in
// s = 2 (m - u + W/2) - 1 in [-1, 1]. W is a compile-time constant in each instance, so all inner loops unroll.

#define PADDED(W) (((W) + 3) & ~3)

// The W values at position u and the first node.
static inline __attribute__((always_inline)) ptrdiff_t SPREAD(kernel_values)(const int W, const REAL *restrict table,
                                                                      int degree, double u, REAL *restrict out) {
  const double first = __builtin_elementwise_ceil(u - 0.5 * W);
  const REAL s = (REAL)(2 * (first - u) + (W - 1));
  for (int j = 0; j < PADDED(W); ++j) out[j] = table[j];
  for (int p = 1; p <= degree; ++p) {
    const REAL *restrict row = table + p * PADDED(W);
    for (int j = 0; j < PADDED(W); ++j) out[j] = out[j] * s + row[j];
  }
  return (ptrdiff_t)first;
}

static inline __attribute__((always_inline)) void SPREAD(spread_points)(const int W, const int dimension, const nn_spread_job *job,
                                                                 REAL *restrict grid) {
  const ptrdiff_t n0 = job->extent[0], n1 = job->extent[1], stride = job->stride, margin = job->margin;
  const REAL *table[3] = {job->table[0], job->table[1], job->table[2]};
  for (size_t i = 0; i < job->count; ++i) {
    REAL v0[PADDED(W)], v1[PADDED(W)], v2[PADDED(W)], line[2 * PADDED(W)];
    const REAL re = (REAL)job->real[i], im = (REAL)job->imaginary[i];
    const int last = dimension - 1;
    REAL *restrict along = last == 0 ? v0 : last == 1 ? v1 : v2;
    const ptrdiff_t column = SPREAD(kernel_values)(W, table[last], job->degree, job->position[last][i], along) + margin;
    for (int j = 0; j < W; ++j) {
      line[2 * j] = re * along[j];
      line[2 * j + 1] = im * along[j];
    }
    if (dimension == 1) {
      REAL *restrict row = grid + 2 * column;
      for (int j = 0; j < 2 * W; ++j) row[j] += line[j];
      continue;
    }
    ptrdiff_t m0 = SPREAD(kernel_values)(W, table[0], job->degree, job->position[0][i], v0);
    if (m0 < 0) m0 += n0;
    if (dimension == 2) {
      for (int a = 0; a < W; ++a) {
        REAL *restrict row = grid + 2 * (m0 * stride + column);
        for (int j = 0; j < 2 * W; ++j) row[j] += v0[a] * line[j];
        if (++m0 == n0) m0 = 0;
      }
      continue;
    }
    const ptrdiff_t first1 = SPREAD(kernel_values)(W, table[1], job->degree, job->position[1][i], v1);
    job->touched[first1 < 0 ? first1 + n1 : first1] = 1;
    for (int a = 0; a < W; ++a) {
      ptrdiff_t m1 = first1 < 0 ? first1 + n1 : first1;
      REAL *restrict plane = grid + 2 * (m0 * n1 * stride + column);
      for (int b = 0; b < W; ++b) {
        REAL *restrict row = plane + 2 * m1 * stride;
        const REAL v = v0[a] * v1[b];
        for (int j = 0; j < 2 * W; ++j) row[j] += v * line[j];
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
    CASE(4) CASE(5) CASE(6) CASE(7) CASE(8) CASE(9) CASE(10) CASE(11) CASE(12) CASE(13) CASE(14) CASE(15) CASE(16)
    default: break;
  }
}

// K(m, l) = G(m, l) + conj G(-m, -l) on the half grid l = 0 .. n/2 from G on -margin .. n/2 + margin; m runs over the rows of
// the other axes. Only the columns near both ends change.
NN_CLONES
void SPREAD(hermitian_ends)(REAL *restrict grid, size_t n0, size_t n1, size_t stride, size_t margin, size_t half,
                            size_t reach, int right) {
  for (size_t a = 0; a < n0; ++a) {
    const size_t na = a ? n0 - a : 0;
    for (size_t b = 0; b < n1; ++b) {
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

// Rows 0 .. count-1 of a block of `columns` numbers, row j times factor[j], written `stride` apart.
NN_CLONES
void SPREAD(scaled_rows)(const REAL *restrict block, const double *restrict factor, size_t first, size_t rows, size_t count,
                         size_t columns, REAL *restrict out, size_t stride) {
  for (size_t j = 0; j < count; ++j) {
    const size_t from = first + j < rows ? first + j : first + j - rows;
    const REAL f = (REAL)factor[j];
    for (size_t c = 0; c < columns; ++c) out[j * stride + c] = f * block[from * columns + c];
  }
}

// out[j] = f factor[j] line[(first + j) mod extent], j < count.
NN_CLONES
void SPREAD(scaled_line)(const REAL *restrict line, const double *restrict factor, double f, size_t first, size_t extent,
                         size_t count, REAL *restrict out) {
  const size_t head = first < extent ? (extent - first < count ? extent - first : count) : 0;
  for (size_t j = 0; j < head; ++j) out[j] = (REAL)(f * factor[j]) * line[first + j];
  for (size_t j = head; j < count; ++j) out[j] = (REAL)(f * factor[j]) * line[first + j - extent];
}

#undef CASE
#undef PADDED
