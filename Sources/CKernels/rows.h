// SPDX-License-Identifier: GPL-3.0-or-later
// Rows before and after Fourier transforms: scaled copies, and two real rows as one complex row; included once per precision with REAL and ROWS
// defined.

// Rows 0 .. count-1 of a block of `columns` numbers, row j times factor[j], written `stride` apart.
NN_CLONES
void ROWS(scaled_rows)(const REAL *restrict block, const double *restrict factor, size_t first, size_t rows, size_t count,
                         size_t columns, REAL *restrict out, size_t stride) {
  for (size_t j = 0; j < count; ++j) {
    const size_t from = first + j < rows ? first + j : first + j - rows;
    const REAL f = (REAL)factor[j];
    for (size_t c = 0; c < columns; ++c) out[j * stride + c] = f * block[from * columns + c];
  }
}

// out[j] = f factor[j] line[(first + j) mod extent], j < count.
NN_CLONES
void ROWS(scaled_line)(const REAL *restrict line, const double *restrict factor, double f, size_t first, size_t extent,
                         size_t count, REAL *restrict out) {
  const size_t head = first < extent ? (extent - first < count ? extent - first : count) : 0;
  for (size_t j = 0; j < head; ++j) out[j] = (REAL)(f * factor[j]) * line[first + j];
  for (size_t j = head; j < count; ++j) out[j] = (REAL)(f * factor[j]) * line[first + j - extent];
}

// Two rows of a half spectrum, columns 0 .. used-1 of 0 .. n/2, as one spectrum A + iB of n columns whose transform holds both real rows.
NN_CLONES
void ROWS(pair_of_lines)(const REAL *restrict a, const REAL *restrict b, size_t used, size_t n, REAL *restrict out) {
  out[0] = a[0];
  out[1] = b[0];
  const size_t inner = used < n / 2 + 1 ? used : n / 2;
  for (size_t k = 1; k < inner; ++k) {
    out[2 * k] = a[2 * k] - b[2 * k + 1];
    out[2 * k + 1] = a[2 * k + 1] + b[2 * k];
  }
  for (size_t i = 2 * inner; i < 2 * (n - inner + 1); ++i) out[i] = 0;
  if (used > inner) {
    out[n] = a[n];
    out[n + 1] = b[n];
  }
  for (size_t k = 1; k < inner; ++k) {
    out[2 * (n - k)] = a[2 * k] + b[2 * k + 1];
    out[2 * (n - k) + 1] = b[2 * k] - a[2 * k + 1];
  }
}

// The two rows behind such a pair: row r at j is f factor[j] line[2 ((first + j) mod extent) + r], j < count.
NN_CLONES
void ROWS(scaled_pair)(const REAL *restrict line, const double *restrict factor, double f, size_t first, size_t extent,
                         size_t count, REAL *restrict a, REAL *restrict b) {
  const size_t head = first < extent ? (extent - first < count ? extent - first : count) : 0;
  const REAL *restrict from = line + 2 * first;
  for (size_t j = 0; j < head; ++j) {
    const REAL g = (REAL)(f * factor[j]);
    a[j] = g * from[2 * j];
    b[j] = g * from[2 * j + 1];
  }
  from = line + 2 * first - 2 * extent;
  for (size_t j = head; j < count; ++j) {
    const REAL g = (REAL)(f * factor[j]);
    a[j] = g * from[2 * j];
    b[j] = g * from[2 * j + 1];
  }
}

// out = a + ib.
NN_CLONES
void ROWS(interleave)(const REAL *restrict a, const REAL *restrict b, size_t count, REAL *restrict out) {
  for (size_t i = 0; i < count; ++i) {
    out[2 * i] = a[i];
    out[2 * i + 1] = b[i];
  }
}

// The forward transforms A and B of two real rows, first `columns` entries, from the backward transform of a + ib.
NN_CLONES
void ROWS(separate)(const REAL *restrict line, size_t n, size_t columns, REAL *restrict a, REAL *restrict b) {
  a[0] = line[0];
  a[1] = 0;
  b[0] = line[1];
  b[1] = 0;
  for (size_t k = 1; k < columns; ++k) {
    const REAL *p = line + 2 * (n - k), *q = line + 2 * k;
    a[2 * k] = (REAL)0.5 * (p[0] + q[0]);
    a[2 * k + 1] = (REAL)0.5 * (p[1] - q[1]);
    b[2 * k] = (REAL)0.5 * (p[1] + q[1]);
    b[2 * k + 1] = (REAL)0.5 * (q[0] - p[0]);
  }
}
