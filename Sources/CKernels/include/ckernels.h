// SPDX-License-Identifier: GPL-3.0-or-later
// The hot loops of nnft, in plain C: the compiler makes one clone per instruction set and the
// loader picks one. No state, no allocation, no error path, but for the pair sums, which own memory and say where it is refused; the Swift
// wrappers check all sizes.
#pragma once
#include <stddef.h>
#include <stdint.h>

// Two deviates per neuron from Philox4x32-10 (Salmon et al., SC'11, 10.1145/2063384.2063405).
// Counter = (block, neuron, draw low 32 bits, draw high 16 bits | use << 16); one call per neuron.
// `first[i]`, `second[i]` belong to neuron `first_neuron + i`.
void nn_uniform_pairs(uint32_t key0, uint32_t key1, uint32_t block, uint32_t first_neuron,
                      uint32_t draw_low, uint32_t draw_high_and_use, double *first, double *second,
                      size_t count);

// As above, standard normal deviates by Box and Muller.
void nn_normal_pairs(uint32_t key0, uint32_t key1, uint32_t block, uint32_t first_neuron,
                     uint32_t draw_low, uint32_t draw_high_and_use, double *first, double *second,
                     size_t count);

// One raw Philox4x32-10 block, for tests against the published known answers.
void nn_philox_block(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

// ---- Phases and plane waves (waves.c). Neurons are contiguous; `count` of them.

// sin and cos of `angle`, absolute error below 2e-16 for |angle| up to 1e9; NaN from 2^46 on.
void nn_sincos(const double *angle, double *sine, double *cosine, size_t count);

// Phases along one axis: row j holds f exp(i k t_j), t_j = step (j - (rows_total - 1)/2), for the first `rows` of `rows_total` nodes,
// f one complex factor per neuron, 1 if its pointers are null. Rotation by exp(i k step) in double precision, re-seeded every 16 rows.
// `scratch` holds 2 count numbers, in single precision 4 count.
void nn_axis_phases_double(const double *k, double step, size_t rows, size_t rows_total, size_t count,
                           const double *factor_cosine, const double *factor_sine, double *cosine, double *sine, double *scratch);
void nn_axis_phases_single(const double *k, double step, size_t rows, size_t rows_total, size_t count,
                           const double *factor_cosine, const double *factor_sine, float *cosine, float *sine, double *scratch);

// Outer product of two phase tables: row r1 * rows2 + r2 of the output is row r1 of the first times row r2 of the second, for the
// first `rows` rows.
void nn_outer_phases_double(const double *cosine1, const double *sine1, const double *cosine2, const double *sine2,
                            size_t rows2, size_t rows, size_t count, double *cosine, double *sine);
void nn_outer_phases_single(const float *cosine1, const float *sine1, const float *cosine2, const float *sine2, size_t rows2,
                            size_t rows, size_t count, float *cosine, float *sine);

// One row of a folded product: row[b] = even[b] - odd[b] for b < half, mirrored with a plus beyond; `half` is (whole row + 1)/2, where
// the whole row has 2 half - 1 or 2 half columns of which `columns` are wanted, and `mirror` is whole row - 1.
void nn_unfold_double(const double *even, const double *odd, size_t half, size_t mirror, size_t columns, double *row);
void nn_unfold_single(const float *even, const float *odd, size_t half, size_t mirror, size_t columns, float *row);

// sums[p] = sum_i c_i cos(b_i + sum_mu k[mu][i] x[4p + mu]); `count` a multiple of 16, x four numbers a point.
void nn_cosine_sums_double(const double *const *k, int dimension, const double *b, const double *c, size_t count,
                           const double *x, size_t points, double *sums);
void nn_cosine_sums_single(const double *const *k, int dimension, const double *b, const double *c, size_t count,
                           const double *x, size_t points, float *sums);

// ---- Activations (activations.c)

// z = sigma(z + b) in place on `rows` rows of `count` neurons, b one bias a neuron: max(z, 0), tanh, erf, cos, sin, z itself. Absolute error
// of tanh and erf below 3e-16, of cos and sin below 2e-16 for |z| up to 1e9; not a number stays none.
void nn_relu_layer(double *z, const double *b, size_t rows, size_t count);
void nn_tanh_layer(double *z, const double *b, size_t rows, size_t count);
void nn_erf_layer(double *z, const double *b, size_t rows, size_t count);
void nn_cosine_layer(double *z, const double *b, size_t rows, size_t count);
void nn_sine_layer(double *z, const double *b, size_t rows, size_t count);
void nn_linear_layer(double *z, const double *b, size_t rows, size_t count);

// out = sigma'(z), of relu 0 at z = 0; to the accuracy of sigma.
void nn_relu_slopes(const double *z, double *out, size_t count);
void nn_tanh_slopes(const double *z, double *out, size_t count);
void nn_erf_slopes(const double *z, double *out, size_t count);
void nn_cosine_slopes(const double *z, double *out, size_t count);
void nn_sine_slopes(const double *z, double *out, size_t count);
void nn_linear_slopes(const double *z, double *out, size_t count);

// ---- Exponentials (exponentials.c)

// exp(x), relative error below 3e-16; 0 below -708, infinite above 709.
void nn_exp(const double *x, double *result, size_t count);

// Row j holds f exp(k t_j - quadratic t_j^2), t_j = step (j - origin), f one factor per neuron, 1 if its pointer is null. Groups of 8 rows
// share their exponentials where all exponents are moderate. `scratch` holds 9 count numbers.
void nn_axis_exponentials(const double *k, const double *factor, double quadratic, double step, double origin,
                          size_t rows, size_t count, double *rows_out, double *scratch);

// Outer product in place: row r of the `rows` of a table becomes rows r factor_rows + s, each times row s of the factors.
void nn_expand_rows(double *table, size_t rows, const double *factors, size_t factor_rows, size_t count);

// sum_i c_i exp(shift_i + sum_mu k[mu][i] x[mu] - constant).
double nn_exponential_sum(const double *const *k, size_t dimension, const double *shift, const double *c,
                          size_t count, const double *x, double constant);

// ---- Spectra (spectra.c). Complex numbers are (real, imaginary) pairs; `count` of them.

// sum += |a|^2
void nn_accumulate_power_double(const double *a, double *sum, size_t count);
void nn_accumulate_power_single(const float *a, double *sum, size_t count);

// sum += conj(a) b
void nn_accumulate_cross_double(const double *a, const double *b, double *sum, size_t count);
void nn_accumulate_cross_single(const float *a, const float *b, double *sum, size_t count);

// ---- Non-uniform transforms (nonuniform.c, spreading.h)

// Point sources to be spread onto a uniform grid of `dimension` axes, row-major, complex numbers as (real, imaginary) pairs. The last
// axis keeps columns -margin .. extent/2 + margin of each row of `stride` columns; its positions lie in [0, extent/2]. Other
// axes wrap; their positions lie in [0, extent). A row needs room for 4 columns beyond the last a source reaches. extent[0] and extent[1] belong to the axes before the last, 1 where there is none.
typedef struct {
  int dimension;
  int width;   // nodes a source reaches along an axis, 4 .. 16
  int degree;  // of the kernel's pieces, odd
  ptrdiff_t extent[2];
  ptrdiff_t stride;
  ptrdiff_t margin;
  const void *table[3];  // an axis: (degree + 1) rows of `width` coefficients padded with zeros to a multiple of 8, highest power first
  size_t count;
  const double *position[3];
  const double *real;
  const double *imaginary;
  uint8_t *touched;  // d = 3: set at the first node along the middle axis
} nn_spread_job;

// grid += every source times its kernel.
void nn_spread_sources_double(const nn_spread_job *job, double *grid);
void nn_spread_sources_single(const nn_spread_job *job, float *grid);

// Folds G on columns -reach .. half + reach into K(m, l) = G(m, l) + conj G(-m, -l) on 0 .. half, for n0 x n1 rows; without `right`, G is
// zero near `half`. Rows b of n1 with reached[b] = 0 are zero and left alone; null for none.
void nn_hermitian_ends_double(double *grid, size_t n0, size_t n1, size_t stride, size_t margin, size_t half, size_t reach, int right,
                              const unsigned char *reached);
void nn_hermitian_ends_single(float *grid, size_t n0, size_t n1, size_t stride, size_t margin, size_t half, size_t reach, int right,
                              const unsigned char *reached);

// Row (first + j) mod rows of a block of `columns` numbers a row, times factor[j], to out + j stride; j < count.
void nn_scaled_rows_double(const double *block, const double *factor, size_t first, size_t rows, size_t count, size_t columns,
                           double *out, size_t stride);
void nn_scaled_rows_single(const float *block, const double *factor, size_t first, size_t rows, size_t count, size_t columns,
                           float *out, size_t stride);

// out[j] = f factor[j] line[(first + j) mod extent], j < count.
void nn_scaled_line_double(const double *line, const double *factor, double f, size_t first, size_t extent, size_t count,
                           double *out);
void nn_scaled_line_single(const float *line, const double *factor, double f, size_t first, size_t extent, size_t count,
                           float *out);

// Rows a and b of a half spectrum, columns 0 .. used-1 of 0 .. n/2, as the spectrum A + iB of n columns of the complex row a + ib.
void nn_pair_of_lines_double(const double *a, const double *b, size_t used, size_t n, double *out);
void nn_pair_of_lines_single(const float *a, const float *b, size_t used, size_t n, float *out);

// The rows a and b of such a complex row, as nn_scaled_line.
void nn_scaled_pair_double(const double *line, const double *factor, double f, size_t first, size_t extent, size_t count, double *a,
                           double *b);
void nn_scaled_pair_single(const float *line, const double *factor, double f, size_t first, size_t extent, size_t count, float *a,
                           float *b);

// out = a + ib, and the first `columns` entries of the forward transforms of the real rows a and b from the backward one of a + ib.
void nn_interleave_double(const double *a, const double *b, size_t count, double *out);
void nn_interleave_single(const float *a, const float *b, size_t count, float *out);
void nn_separate_double(const double *line, size_t n, size_t columns, double *a, double *b);
void nn_separate_single(const float *line, size_t n, size_t columns, float *a, float *b);

// Plane waves c cos(b + k.x) as sources: c e^{i(b + k.centre)} at positions n frac(k scale), the wave turned round (k, b -> -k, -b)
// where that brings the last axis into [0, n/2]. Returns the largest position along the last axis.
double nn_plane_wave_sources(int dimension, const double *const *k, const double *b, const double *c, size_t count,
                             const double *centre, const double *scale, const double *n, double *const *position,
                             double *real, double *imaginary);

// ---- Clusters (clusters.c).

// Joins sites of one sign to their neighbours with probability 1 - exp(-doubled_link field[x] field[y]); roots[x] becomes the least site of the cluster of x.
// neighbours and uniforms: sites x dimension, the next site along each axis and one deviate in (0,1) for each bond; a site that is its own neighbour
// has no bond.
void nn_clusters(const double *field, const int32_t *neighbours, size_t sites, size_t dimension, double doubled_link,
                 const double *uniforms, int32_t *roots);

// ---- Sites (sites.c).

// Moves the `count` sites listed, none of which is another's neighbour: a site of mean m = centre (sum of its `degree` neighbours) + offset goes to m + width
// normal, or to 2m - phi where `normals` is null, with probability min(1, exp(R(old) - R(new))), R = sum_{j < terms} even[j] phi^{2(j+1)}, terms >= 1.
// neighbours: degree places for each listed site in turn. Returns how many moved.
size_t nn_site_update(const double *even, int terms, double centre, double offset, double width, double *field, const int32_t *sites,
                      const int32_t *neighbours, size_t degree, size_t count, const double *normals, const double *uniforms);

// ---- Interactions (interactions.c). Fields are arrays of a multiple of 8 sites, 64-byte aligned; `weight` is 1 at a site and 0 in the
// padding. The potential is V = linear phi + sum_{j < terms} even[j] phi^{2(j+1)}, terms >= 1.

// sum_x weight V(field).
double nn_potential_sum(const double *even, int terms, double linear, const double *field, const double *weight, size_t count);

// sum_x weight V(fa a + fb b).
double nn_potential_mixture_sum(const double *even, int terms, double linear, const double *a, double fa, const double *b, double fb,
                                const double *weight, size_t count);

// slope = scale weight V'(field).
void nn_potential_slope(const double *even, int terms, double linear, double scale, const double *field, const double *weight,
                        double *slope, size_t count);

// Plane waves on a folded product grid: `rows` a multiple of 4, `columns` (half of them) a multiple of 8. Row factors are rows x neurons,
// column factors neurons x columns. The field is two planes of rows x columns: E - O, then E + O, E = sum cos cos, O = sum sin sin.
typedef struct {
  size_t rows, columns, neurons;
  const double *row_cosine, *row_sine, *column_cosine, *column_sine;
} nn_block_job;

// trial = field + the waves of the job; returns sum_x weight V(trial).
double nn_replace_block(const double *even, int terms, double linear, const nn_block_job *job, const double *field, const double *weight,
                        double *trial);

// (a, b) becomes (a - b, a + b).
void nn_sum_and_difference(double *a, double *b, size_t count);

// out = fa a + fb b.
void nn_mix(const double *a, double fa, const double *b, double fb, double *out, size_t count);

// cosine += factor (rc even - rs odd), sine += factor (rs even + rc odd), a neuron each; a null `cosine` is left out.
void nn_wave_adjoint(const double *row_cosine, const double *row_sine, const double *even, const double *odd, double factor,
                     double *cosine, double *sine, size_t count);

// out[c stride + r] = in[r columns + c].
void nn_transpose(const double *in, size_t rows, size_t columns, double *out, size_t stride);

// ---- Independent modes (modes.c), 64-byte aligned: phi = scale eta, targets y. `table` has 32 numbers for every eight modes: scales, targets, centres and
// pulls scale/mass of these.

// v += kick pull (y - phi), then (eta - centre, v) turns by the angle of these cosine and sine; phi goes to `field` unless that is null. Returns sum (y - phi)^2.
double nn_turn_modes(const double *table, double kick, double cosine, double sine, double *eta, double *v, double *field, size_t count);

// sum eta^2 + mass v^2.
double nn_mode_energy(const double *eta, const double *v, const double *mass, size_t count);

// ---- Pair sums (pair_sums.c).

// Integrals of phi^2 and phi^4 from pair sums of plane waves phi = Re sum_i z_i e^{i k_i x}, over a periodic box (momenta are integer
// modes) or under a Gaussian envelope exp(-x^2/(2 L^2)) (momenta in units of 1/L), divided by the integral of 1. Waves are rows re, im,
// momentum_1 .. momentum_d of one number a neuron. Memory is the list's own. Status: 0, or 1 if memory was refused, after which the list is to be
// freed and nothing else; a list that cannot be made is NULL.
typedef struct nn_pair_sums nn_pair_sums;
nn_pair_sums *nn_pair_sums_box(int dimension, size_t neurons);
nn_pair_sums *nn_pair_sums_envelope(int dimension, size_t neurons);
void nn_pair_sums_free(nn_pair_sums *p);
// The waves it now holds.
const double *nn_pair_sums_waves(const nn_pair_sums *p);
// All pairs anew: O(N^2) for a box, times the pairs within reach for an envelope. Returns the status.
int nn_pair_sums_build(nn_pair_sums *p, const double *waves);
// Other waves for `count` neurons from `first` on (rows of `count` numbers): 4 count N pairs; may be undone once, exactly. Return the status.
int nn_pair_sums_replace(nn_pair_sums *p, size_t first, size_t count, const double *waves);
int nn_pair_sums_undo(nn_pair_sums *p);
// <phi^2> and <phi^4> over the region.
void nn_pair_sums_moments(const nn_pair_sums *p, double *second, double *fourth);
// s_i with dU/d|z_i| = Re[e^{i b_i} s_i], dU/db_i = -Im[z_i s_i], U = quadratic <phi^2> + quartic <phi^4>.
void nn_pair_sums_slopes(const nn_pair_sums *p, double quadratic, double quartic, double *re, double *im);
// <phi^2 psi>, psi = Re sum_i z_i^2 e^{2 i k_i x}.
double nn_pair_sums_harmonic(const nn_pair_sums *p);
// All that later numbers depend on, rounding errors included: how many numbers it takes, they themselves, and their taking up by a list of the same kind
// and size (status 1, and the list as it was, if they are not such). Integers stand there bit by bit; a replacement can not be undone across it.
size_t nn_pair_sums_state_count(const nn_pair_sums *p);
void nn_pair_sums_save(const nn_pair_sums *p, double *state);
int nn_pair_sums_restore(nn_pair_sums *p, const double *state, size_t count);
