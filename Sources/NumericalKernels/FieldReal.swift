// SPDX-License-Identifier: GPL-3.0-or-later

internal import CFFTW
internal import CKernels
import Synchronization

/// The FFTW planner keeps global state; execution does not. One lock around the planner.
let plannerLock = Mutex(())

/// The two precisions of a field, `Double` and `Float`, and the kernels that exist in both. Pointers are 64-byte aligned where a plan
/// reads or writes; a complex number is two consecutive reals.
public protocol FieldReal: BinaryFloatingPoint, BitwiseCopyable, Sendable {
  /// Plans `columns` backward complex transforms of `length` side by side: input rows `stride` complex numbers apart, output rows
  /// `columns` apart.
  static func planColumns(
    length: Int, columns: Int, stride: Int, input: UnsafeMutablePointer<Self>, output: UnsafeMutablePointer<Self>
  ) -> TransformPlan<Self>
  /// Plans one backward transform of `length/2 + 1` complex to `length` real numbers.
  static func planLine(
    length: Int, input: UnsafeMutablePointer<Self>, output: UnsafeMutablePointer<Self>
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

  /// `nn_spread_sources` of the `nn_spread_job` at `job`.
  static func spread(_ job: UnsafeRawPointer, into grid: UnsafeMutablePointer<Self>)
  /// `nn_hermitian_ends`.
  static func foldHermitianEnds(
    _ grid: UnsafeMutablePointer<Self>, rows: (Int, Int), stride: Int, margin: Int, half: Int, reach: Int,
    right: Bool)
  /// `nn_scaled_rows`.
  static func copyRows(
    _ block: UnsafePointer<Self>, scaledBy factor: UnsafePointer<Double>, first: Int, rows: Int, count: Int,
    columns: Int, into out: UnsafeMutablePointer<Self>, stride: Int)
  /// `nn_scaled_line`.
  static func copyLine(
    _ line: UnsafePointer<Self>, scaledBy factor: UnsafePointer<Double>, times scale: Double, first: Int,
    extent: Int, count: Int, into out: UnsafeMutablePointer<Self>)
}

/// An FFTW plan, made with `FFTW_ESTIMATE` (measured plans could differ between runs in the last bits); execution is stateless.
public final class TransformPlan<Real: FieldReal>: @unchecked Sendable {
  private let plan: OpaquePointer

  init(_ plan: OpaquePointer) { self.plan = plan }
  deinit { plannerLock.withLock { _ in Real.destroy(plan) } }

  /// The complex columns.
  func columns(_ input: UnsafeMutablePointer<Real>, _ output: UnsafeMutablePointer<Real>) {
    Real.executeColumns(plan, input, output)
  }
  /// The forward transform of a real grid.
  func forward(_ input: UnsafeMutablePointer<Real>, _ output: UnsafeMutablePointer<Real>) {
    Real.executeForward(plan, input, output)
  }
  /// The complex to real line.
  func line(_ input: UnsafeMutablePointer<Real>, _ output: UnsafeMutablePointer<Real>) {
    Real.executeLine(plan, input, output)
  }
}

extension Double: FieldReal {
  /// See ``FieldReal``.
  public static func planColumns(
    length: Int, columns: Int, stride: Int, input: UnsafeMutablePointer<Double>, output: UnsafeMutablePointer<Double>
  ) -> TransformPlan<Double> {
    var n = Int32(length)
    return plannerLock.withLock { _ in
      TransformPlan(
        fftw_plan_many_dft(
          1, &n, Int32(columns), complex(input), nil, Int32(stride), 1, complex(output), nil, Int32(columns), 1,
          FFTW_BACKWARD, FFTW_ESTIMATE))
    }
  }
  /// See ``FieldReal``.
  public static func planLine(
    length: Int, input: UnsafeMutablePointer<Double>, output: UnsafeMutablePointer<Double>
  ) -> TransformPlan<Double> {
    plannerLock.withLock { _ in
      TransformPlan(fftw_plan_dft_c2r_1d(Int32(length), complex(input), output, FFTW_ESTIMATE))
    }
  }
  /// See ``FieldReal``.
  public static func planForward(
    shape: [Int], input: UnsafeMutablePointer<Double>, output: UnsafeMutablePointer<Double>
  ) -> TransformPlan<Double> {
    let extents = shape.map { Int32($0) }
    return plannerLock.withLock { _ in
      TransformPlan(
        fftw_plan_dft_r2c(Int32(extents.count), extents, input, complex(output), FFTW_ESTIMATE))
    }
  }
  /// See ``FieldReal``.
  public static func executeForward(
    _ plan: OpaquePointer, _ input: UnsafeMutablePointer<Double>, _ output: UnsafeMutablePointer<Double>
  ) { fftw_execute_dft_r2c(plan, input, complex(output)) }
  /// See ``FieldReal``.
  public static func accumulatePower(
    _ a: UnsafePointer<Double>, into sum: UnsafeMutablePointer<Double>, count: Int
  ) { nn_accumulate_power_double(a, sum, count) }
  /// See ``FieldReal``.
  public static func accumulateCross(
    _ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, into sum: UnsafeMutablePointer<Double>, count: Int
  ) { nn_accumulate_cross_double(a, b, sum, count) }
  /// See ``FieldReal``.
  public static func executeColumns(
    _ plan: OpaquePointer, _ input: UnsafeMutablePointer<Double>, _ output: UnsafeMutablePointer<Double>
  ) { fftw_execute_dft(plan, complex(input), complex(output)) }
  /// See ``FieldReal``.
  public static func executeLine(
    _ plan: OpaquePointer, _ input: UnsafeMutablePointer<Double>, _ output: UnsafeMutablePointer<Double>
  ) { fftw_execute_dft_c2r(plan, complex(input), output) }
  /// See ``FieldReal``.
  public static func destroy(_ plan: OpaquePointer) { fftw_destroy_plan(plan) }

  /// See ``FieldReal``.
  public static func spread(_ job: UnsafeRawPointer, into grid: UnsafeMutablePointer<Double>) {
    nn_spread_sources_double(job.assumingMemoryBound(to: nn_spread_job.self), grid)
  }
  /// See ``FieldReal``.
  public static func foldHermitianEnds(
    _ grid: UnsafeMutablePointer<Double>, rows: (Int, Int), stride: Int, margin: Int, half: Int, reach: Int,
    right: Bool
  ) { nn_hermitian_ends_double(grid, rows.0, rows.1, stride, margin, half, reach, right ? 1 : 0) }
  /// See ``FieldReal``.
  public static func copyRows(
    _ block: UnsafePointer<Double>, scaledBy factor: UnsafePointer<Double>, first: Int, rows: Int, count: Int,
    columns: Int, into out: UnsafeMutablePointer<Double>, stride: Int
  ) { nn_scaled_rows_double(block, factor, first, rows, count, columns, out, stride) }
  /// See ``FieldReal``.
  public static func copyLine(
    _ line: UnsafePointer<Double>, scaledBy factor: UnsafePointer<Double>, times scale: Double, first: Int,
    extent: Int, count: Int, into out: UnsafeMutablePointer<Double>
  ) { nn_scaled_line_double(line, factor, scale, first, extent, count, out) }

  private static func complex(_ p: UnsafeMutablePointer<Double>) -> UnsafeMutablePointer<fftw_complex> {
    UnsafeMutableRawPointer(p).assumingMemoryBound(to: fftw_complex.self)
  }
}

extension Float: FieldReal {
  /// See ``FieldReal``.
  public static func planColumns(
    length: Int, columns: Int, stride: Int, input: UnsafeMutablePointer<Float>, output: UnsafeMutablePointer<Float>
  ) -> TransformPlan<Float> {
    var n = Int32(length)
    return plannerLock.withLock { _ in
      TransformPlan(
        fftwf_plan_many_dft(
          1, &n, Int32(columns), complex(input), nil, Int32(stride), 1, complex(output), nil, Int32(columns), 1,
          FFTW_BACKWARD, FFTW_ESTIMATE))
    }
  }
  /// See ``FieldReal``.
  public static func planLine(
    length: Int, input: UnsafeMutablePointer<Float>, output: UnsafeMutablePointer<Float>
  ) -> TransformPlan<Float> {
    plannerLock.withLock { _ in
      TransformPlan(fftwf_plan_dft_c2r_1d(Int32(length), complex(input), output, FFTW_ESTIMATE))
    }
  }
  /// See ``FieldReal``.
  public static func planForward(
    shape: [Int], input: UnsafeMutablePointer<Float>, output: UnsafeMutablePointer<Float>
  ) -> TransformPlan<Float> {
    let extents = shape.map { Int32($0) }
    return plannerLock.withLock { _ in
      TransformPlan(
        fftwf_plan_dft_r2c(Int32(extents.count), extents, input, complex(output), FFTW_ESTIMATE))
    }
  }
  /// See ``FieldReal``.
  public static func executeForward(
    _ plan: OpaquePointer, _ input: UnsafeMutablePointer<Float>, _ output: UnsafeMutablePointer<Float>
  ) { fftwf_execute_dft_r2c(plan, input, complex(output)) }
  /// See ``FieldReal``.
  public static func accumulatePower(
    _ a: UnsafePointer<Float>, into sum: UnsafeMutablePointer<Double>, count: Int
  ) { nn_accumulate_power_single(a, sum, count) }
  /// See ``FieldReal``.
  public static func accumulateCross(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, into sum: UnsafeMutablePointer<Double>, count: Int
  ) { nn_accumulate_cross_single(a, b, sum, count) }
  /// See ``FieldReal``.
  public static func executeColumns(
    _ plan: OpaquePointer, _ input: UnsafeMutablePointer<Float>, _ output: UnsafeMutablePointer<Float>
  ) { fftwf_execute_dft(plan, complex(input), complex(output)) }
  /// See ``FieldReal``.
  public static func executeLine(
    _ plan: OpaquePointer, _ input: UnsafeMutablePointer<Float>, _ output: UnsafeMutablePointer<Float>
  ) { fftwf_execute_dft_c2r(plan, complex(input), output) }
  /// See ``FieldReal``.
  public static func destroy(_ plan: OpaquePointer) { fftwf_destroy_plan(plan) }

  /// See ``FieldReal``.
  public static func spread(_ job: UnsafeRawPointer, into grid: UnsafeMutablePointer<Float>) {
    nn_spread_sources_single(job.assumingMemoryBound(to: nn_spread_job.self), grid)
  }
  /// See ``FieldReal``.
  public static func foldHermitianEnds(
    _ grid: UnsafeMutablePointer<Float>, rows: (Int, Int), stride: Int, margin: Int, half: Int, reach: Int,
    right: Bool
  ) { nn_hermitian_ends_single(grid, rows.0, rows.1, stride, margin, half, reach, right ? 1 : 0) }
  /// See ``FieldReal``.
  public static func copyRows(
    _ block: UnsafePointer<Float>, scaledBy factor: UnsafePointer<Double>, first: Int, rows: Int, count: Int,
    columns: Int, into out: UnsafeMutablePointer<Float>, stride: Int
  ) { nn_scaled_rows_single(block, factor, first, rows, count, columns, out, stride) }
  /// See ``FieldReal``.
  public static func copyLine(
    _ line: UnsafePointer<Float>, scaledBy factor: UnsafePointer<Double>, times scale: Double, first: Int,
    extent: Int, count: Int, into out: UnsafeMutablePointer<Float>
  ) { nn_scaled_line_single(line, factor, scale, first, extent, count, out) }

  private static func complex(_ p: UnsafeMutablePointer<Float>) -> UnsafeMutablePointer<fftwf_complex> {
    UnsafeMutableRawPointer(p).assumingMemoryBound(to: fftwf_complex.self)
  }
}
