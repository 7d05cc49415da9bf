// SPDX-License-Identifier: GPL-3.0-or-later

/// The two precisions of a field, `Double` and `Float`, and the kernels that exist in both. Pointers are 64-byte aligned where a plan
/// reads or writes; a complex number is two consecutive reals.
public protocol FieldReal: BinaryFloatingPoint, BitwiseCopyable, Sendable {
  // MARK: Fourier transforms

  /// Plans `columns` backward complex transforms of `length` side by side: input rows `stride` complex numbers apart, output rows
  /// `columns` apart.
  static func planColumns(
    length: Int, columns: Int, stride: Int, input: UnsafeMutablePointer<Self>, output: UnsafeMutablePointer<Self>
  ) -> TransformPlan<Self>
  /// Plans `count` backward complex transforms of `length`, one after the other.
  static func planRows(
    length: Int, count: Int, input: UnsafeMutablePointer<Self>, output: UnsafeMutablePointer<Self>
  ) -> TransformPlan<Self>
  /// Plans one backward transform of `length/2 + 1` complex to `length` real numbers.
  static func planLine(
    length: Int, input: UnsafeMutablePointer<Self>, output: UnsafeMutablePointer<Self>
  ) -> TransformPlan<Self>
  /// Plans one backward transform of the stored half of `shape` to real numbers; the input is destroyed.
  static func planBackward(
    shape: [Int], input: UnsafeMutablePointer<Self>, output: UnsafeMutablePointer<Self>
  ) -> TransformPlan<Self>
  /// Plans one forward transform of a real grid of `shape` to its stored half of complex numbers; the input is kept.
  static func planForward(
    shape: [Int], input: UnsafeMutablePointer<Self>, output: UnsafeMutablePointer<Self>
  ) -> TransformPlan<Self>
  /// Carries out a plan of one forward transform.
  static func executeForward(
    _ plan: OpaquePointer, _ input: UnsafeMutablePointer<Self>, _ output: UnsafeMutablePointer<Self>)
  /// `sum += |a|²`, in double precision.
  static func accumulatePower(
    _ a: UnsafePointer<Self>, into sum: UnsafeMutablePointer<Double>, count: Int)
  /// `sum += conj(a) b`, in double precision.
  static func accumulateCross(
    _ a: UnsafePointer<Self>, _ b: UnsafePointer<Self>, into sum: UnsafeMutablePointer<Double>, count: Int)

  /// Carries out a plan of complex transforms.
  static func executeColumns(
    _ plan: OpaquePointer, _ input: UnsafeMutablePointer<Self>, _ output: UnsafeMutablePointer<Self>)
  /// Carries out a plan of one complex to real transform; the input is destroyed.
  static func executeLine(
    _ plan: OpaquePointer, _ input: UnsafeMutablePointer<Self>, _ output: UnsafeMutablePointer<Self>)
  /// Gives a plan back.
  static func destroy(_ plan: OpaquePointer)

  // MARK: Non-uniform transforms

  /// `nn_spread_sources` of the `nn_spread_job` at `job`.
  static func spread(_ job: UnsafeRawPointer, into grid: UnsafeMutablePointer<Self>)
  /// `nn_hermitian_ends`.
  static func foldHermitianEnds(
    _ grid: UnsafeMutablePointer<Self>, rows: (Int, Int), stride: Int, margin: Int, half: Int, reach: Int,
    right: Bool, reached: UnsafePointer<UInt8>?)
  /// `nn_scaled_rows`.
  static func copyRows(
    _ block: UnsafePointer<Self>, scaledBy factor: UnsafePointer<Double>, first: Int, rows: Int, count: Int,
    columns: Int, into out: UnsafeMutablePointer<Self>, stride: Int)
  /// `nn_scaled_line`.
  static func copyLine(
    _ line: UnsafePointer<Self>, scaledBy factor: UnsafePointer<Double>, times scale: Double, first: Int,
    extent: Int, count: Int, into out: UnsafeMutablePointer<Self>)
  /// `nn_pair_of_lines`.
  static func pairLines(
    _ a: UnsafePointer<Self>, _ b: UnsafePointer<Self>, used: Int, extent: Int, into out: UnsafeMutablePointer<Self>)
  /// `nn_scaled_pair`.
  static func copyPair(
    _ line: UnsafePointer<Self>, scaledBy factor: UnsafePointer<Double>, times scale: Double, first: Int,
    extent: Int, count: Int, into a: UnsafeMutablePointer<Self>, _ b: UnsafeMutablePointer<Self>)

  /// `nn_interleave`.
  static func interleave(
    _ a: UnsafePointer<Self>, _ b: UnsafePointer<Self>, count: Int, into out: UnsafeMutablePointer<Self>)
  /// `nn_separate`.
  static func separate(
    _ line: UnsafePointer<Self>, extent: Int, columns: Int, into a: UnsafeMutablePointer<Self>,
    _ b: UnsafeMutablePointer<Self>)

  // MARK: Plane waves

  /// `C = A Bᵀ + beta C`, as ``MatrixProduct/multiplyTransposed(rows:columns:inner:alpha:a:aStride:b:bStride:beta:c:cStride:)``.
  static func multiplyTransposed(
    rows: Int, columns: Int, inner: Int, a: UnsafePointer<Self>, b: UnsafePointer<Self>, beta: Self,
    c: UnsafeMutablePointer<Self>)
  /// Rows `f exp(i k t_j)`, `t_j = step (j − (nodes−1)/2)`, j < rows ≤ nodes, f a complex factor per neuron (1 if not given); rotation in double
  /// precision, re-seeded every 16 rows: error below |f| (2e-15 + 4e-16 max|k t|) before rounding. `scratch` holds 4 `count` numbers.
  static func axisPhases(
    _ k: UnsafePointer<Double>, step: Double, rows: Int, nodes: Int, count: Int, factorCosine: UnsafePointer<Double>?,
    factorSine: UnsafePointer<Double>?, cosine: UnsafeMutablePointer<Self>, sine: UnsafeMutablePointer<Self>,
    scratch: UnsafeMutablePointer<Double>)
  /// Row `r1 · innerRows + r2` of the output is row r1 of the outer table times row r2 of the inner one, for the first `rows` rows.
  static func outerPhases(
    outerCosine: UnsafePointer<Self>, outerSine: UnsafePointer<Self>, innerCosine: UnsafePointer<Self>,
    innerSine: UnsafePointer<Self>, innerRows: Int, rows: Int, count: Int, cosine: UnsafeMutablePointer<Self>,
    sine: UnsafeMutablePointer<Self>)
  /// `nn_unfold`.
  static func unfold(
    even: UnsafePointer<Self>, odd: UnsafePointer<Self>, half: Int, mirror: Int, columns: Int,
    into row: UnsafeMutablePointer<Self>)
  /// `Σ_i c_i cos(b_i + k_i·x_p)` at many points of four coordinates each; phases reduced in double precision. `count` is a multiple of 16.
  static func cosineSums(
    momenta: UnsafePointer<UnsafePointer<Double>?>, dimension: Int, phases: UnsafePointer<Double>,
    amplitudes: UnsafePointer<Double>, count: Int, at x: UnsafePointer<Double>, points: Int,
    into sums: UnsafeMutablePointer<Self>)
}
