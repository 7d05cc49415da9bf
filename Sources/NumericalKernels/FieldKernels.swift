// SPDX-License-Identifier: GPL-3.0-or-later

internal import CFFTW
internal import CKernels
internal import COpenBLAS

/// The C functions that exist in both precisions of a field, one table a precision: FFTW's, OpenBLAS' product of matrices, and those of `ckernels.h`,
/// which describes them. For the labelled functions of ``FieldReal`` and the transforms of this module.
public struct FieldKernels<Real: BitwiseCopyable>: Sendable {
  typealias Input = UnsafePointer<Real>
  typealias Output = UnsafeMutablePointer<Real>
  typealias Complex = UnsafeMutablePointer<(Real, Real)>
  typealias Numbers = UnsafePointer<Double>
  typealias Sums = UnsafeMutablePointer<Double>
  typealias Extents = UnsafePointer<Int32>

  let planComplex:
    @Sendable (
      Int32, Extents, Int32, Complex, Extents?, Int32, Int32, Complex, Extents?, Int32, Int32, Int32, UInt32
    ) -> OpaquePointer?
  let planBackward: @Sendable (Int32, Extents, Complex, Output, UInt32) -> OpaquePointer?
  let planForward: @Sendable (Int32, Extents, Output, Complex, UInt32) -> OpaquePointer?
  let executeComplex: @Sendable (OpaquePointer, Complex, Complex) -> Void
  let executeBackward: @Sendable (OpaquePointer, Complex, Output) -> Void
  let executeForward: @Sendable (OpaquePointer, Output, Complex) -> Void
  let destroyPlan: @Sendable (OpaquePointer) -> Void
  let accumulatePower: @Sendable (Input, Sums, Int) -> Void
  let accumulateCross: @Sendable (Input, Input, Sums, Int) -> Void

  let spreadSources: @Sendable (UnsafePointer<nn_spread_job>, Output) -> Void
  let hermitianEnds: @Sendable (Output, Int, Int, Int, Int, Int, Int, Int32, UnsafePointer<UInt8>?) -> Void
  let scaledRows: @Sendable (Input, Numbers, Int, Int, Int, Int, Output, Int) -> Void
  let scaledLine: @Sendable (Input, Numbers, Double, Int, Int, Int, Output) -> Void
  let pairOfLines: @Sendable (Input, Input, Int, Int, Output) -> Void
  let scaledPair: @Sendable (Input, Numbers, Double, Int, Int, Int, Output, Output) -> Void
  let interleave: @Sendable (Input, Input, Int, Output) -> Void
  let separate: @Sendable (Input, Int, Int, Output, Output) -> Void

  let multiply:
    @Sendable (
      CBLAS_ORDER, CBLAS_TRANSPOSE, CBLAS_TRANSPOSE, blasint, blasint, blasint, Real, Input, blasint, Input, blasint, Real,
      Output, blasint
    ) -> Void
  let axisPhases: @Sendable (Numbers, Double, Int, Int, Int, Numbers?, Numbers?, Output, Output, Sums) -> Void
  let outerPhases: @Sendable (Input, Input, Input, Input, Int, Int, Int, Output, Output) -> Void
  let unfold: @Sendable (Input, Input, Int, Int, Int, Output) -> Void
  let cosineSums: @Sendable (UnsafePointer<Numbers?>, Int32, Numbers, Numbers, Int, Numbers, Int, Output) -> Void
}

extension Double: FieldReal {
  /// The functions of double precision.
  public static let kernels = FieldKernels<Double>(
    planComplex: fftw_plan_many_dft, planBackward: fftw_plan_dft_c2r, planForward: fftw_plan_dft_r2c,
    executeComplex: fftw_execute_dft, executeBackward: fftw_execute_dft_c2r, executeForward: fftw_execute_dft_r2c,
    destroyPlan: fftw_destroy_plan, accumulatePower: nn_accumulate_power_double,
    accumulateCross: nn_accumulate_cross_double, spreadSources: nn_spread_sources_double,
    hermitianEnds: nn_hermitian_ends_double, scaledRows: nn_scaled_rows_double, scaledLine: nn_scaled_line_double,
    pairOfLines: nn_pair_of_lines_double, scaledPair: nn_scaled_pair_double, interleave: nn_interleave_double,
    separate: nn_separate_double, multiply: cblas_dgemm, axisPhases: nn_axis_phases_double,
    outerPhases: nn_outer_phases_double, unfold: nn_unfold_double, cosineSums: nn_cosine_sums_double)
}

extension Float: FieldReal {
  /// The functions of single precision.
  public static let kernels = FieldKernels<Float>(
    planComplex: fftwf_plan_many_dft, planBackward: fftwf_plan_dft_c2r, planForward: fftwf_plan_dft_r2c,
    executeComplex: fftwf_execute_dft, executeBackward: fftwf_execute_dft_c2r, executeForward: fftwf_execute_dft_r2c,
    destroyPlan: fftwf_destroy_plan, accumulatePower: nn_accumulate_power_single,
    accumulateCross: nn_accumulate_cross_single, spreadSources: nn_spread_sources_single,
    hermitianEnds: nn_hermitian_ends_single, scaledRows: nn_scaled_rows_single, scaledLine: nn_scaled_line_single,
    pairOfLines: nn_pair_of_lines_single, scaledPair: nn_scaled_pair_single, interleave: nn_interleave_single,
    separate: nn_separate_single, multiply: cblas_sgemm, axisPhases: nn_axis_phases_single,
    outerPhases: nn_outer_phases_single, unfold: nn_unfold_single, cosineSums: nn_cosine_sums_single)
}
