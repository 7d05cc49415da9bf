// SPDX-License-Identifier: GPL-3.0-or-later

internal import CKernels

/// Local potentials summed over sites, and plane waves added to a folded field: vectorised, for arrays of a multiple of 8 numbers
/// at 64-byte boundaries. `weight` is 1 at a site and 0 in the padding.
///
/// The potential is `V(φ) = linear φ + Σ_j even[j] φ^{2(j+1)}`, with at least one even coefficient.
public enum PotentialKernels {
  /// Numbers read.
  public typealias Input = UnsafePointer<Double>
  /// Numbers written.
  public typealias Output = UnsafeMutablePointer<Double>

  /// `Σ_x weight V(field)`.
  public static func sum(even: [Double], linear: Double, field: Input, weight: Input, count: Int) -> Double {
    nn_potential_sum(even, Int32(even.count), linear, field, weight, count)
  }

  /// `Σ_x weight V(fa a + fb b)`, the mixed field itself never stored.
  public static func sum(
    even: [Double], linear: Double, mixing a: Input, _ fa: Double, with b: Input, _ fb: Double, weight: Input, count: Int
  ) -> Double {
    nn_potential_mixture_sum(even, Int32(even.count), linear, a, fa, b, fb, weight, count)
  }

  /// `scale · weight · V′(field)` at every site.
  public static func slope(
    even: [Double], linear: Double, scale: Double, field: Input, weight: Input, into slope: Output, count: Int
  ) { nn_potential_slope(even, Int32(even.count), linear, scale, field, weight, slope, count) }

  /// Waves `Σ_k` of a block on a folded product grid of `rows` (a multiple of 4) times `columns` (half of them, a multiple of 8):
  /// row factors rows × neurons, column factors neurons × columns, sign and amplitude in the row factors.
  public struct WaveBlock {
    /// Extents of the grid and number of neurons of the block.
    public var rows, columns, neurons: Int
    /// Factors along the rows and along half of the columns.
    public var rowCosine, rowSine, columnCosine, columnSine: Input
    /// A block of waves from tables of factors.
    public init(
      rows: Int, columns: Int, neurons: Int, rowCosine: Input, rowSine: Input, columnCosine: Input, columnSine: Input
    ) {
      (self.rows, self.columns, self.neurons) = (rows, columns, neurons)
      (self.rowCosine, self.rowSine) = (rowCosine, rowSine)
      (self.columnCosine, self.columnSine) = (columnCosine, columnSine)
    }
  }

  /// Writes `trial = field + waves` and returns `Σ_x weight V(trial)`. A folded field is two planes of rows × columns, `E − O`
  /// and `E + O`, with `E = Σ cos cos`, `O = Σ sin sin`.
  public static func add(
    _ block: WaveBlock, to field: Input, even: [Double], linear: Double, weight: Input, into trial: Output
  ) -> Double {
    var job = nn_block_job(
      rows: block.rows, columns: block.columns, neurons: block.neurons, row_cosine: block.rowCosine,
      row_sine: block.rowSine, column_cosine: block.columnCosine, column_sine: block.columnSine)
    return nn_replace_block(even, Int32(even.count), linear, &job, field, weight, trial)
  }

  /// `(a, b)` becomes `(a − b, a + b)`.
  public static func differenceAndSum(_ a: Output, _ b: Output, count: Int) { nn_sum_and_difference(a, b, count) }

  /// `out = fa a + fb b`.
  public static func mix(_ a: Input, _ fa: Double, _ b: Input, _ fb: Double, into out: Output, count: Int) {
    nn_mix(a, fa, b, fb, out, count)
  }

  /// `cosine += f (rc even − rs odd)` (left out if nil), `sine += f (rs even + rc odd)`, one of each per neuron.
  public static func waveAdjoint(
    rowCosine: Input, rowSine: Input, even: Input, odd: Input, factor: Double, cosine: Output?, sine: Output, count: Int
  ) { nn_wave_adjoint(rowCosine, rowSine, even, odd, factor, cosine, sine, count) }

  /// `out[c · stride + r] = table[r · columns + c]`.
  public static func transpose(_ table: Input, rows: Int, columns: Int, into out: Output, stride: Int) {
    nn_transpose(table, rows, columns, out, stride)
  }
}
