// SPDX-License-Identifier: GPL-3.0-or-later

internal import CFFTW
internal import CKernels
internal import COpenBLAS

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
  public static func planRows(
    length: Int, count: Int, input: UnsafeMutablePointer<Double>, output: UnsafeMutablePointer<Double>
  ) -> TransformPlan<Double> {
    var n = Int32(length)
    return plannerLock.withLock { _ in
      TransformPlan(
        fftw_plan_many_dft(
          1, &n, Int32(count), complex(input), nil, 1, n, complex(output), nil, 1, n, FFTW_BACKWARD, FFTW_ESTIMATE))
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
  public static func planBackward(
    shape: [Int], input: UnsafeMutablePointer<Double>, output: UnsafeMutablePointer<Double>
  ) -> TransformPlan<Double> {
    let extents = shape.map { Int32($0) }
    return plannerLock.withLock { _ in
      TransformPlan(
        fftw_plan_dft_c2r(Int32(extents.count), extents, complex(input), output, FFTW_ESTIMATE))
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
    right: Bool, reached: UnsafePointer<UInt8>?
  ) { nn_hermitian_ends_double(grid, rows.0, rows.1, stride, margin, half, reach, right ? 1 : 0, reached) }
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
  /// See ``FieldReal``.
  public static func pairLines(
    _ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, used: Int, extent: Int, into out: UnsafeMutablePointer<Double>
  ) { nn_pair_of_lines_double(a, b, used, extent, out) }
  /// See ``FieldReal``.
  public static func copyPair(
    _ line: UnsafePointer<Double>, scaledBy factor: UnsafePointer<Double>, times scale: Double, first: Int,
    extent: Int, count: Int, into a: UnsafeMutablePointer<Double>, _ b: UnsafeMutablePointer<Double>
  ) { nn_scaled_pair_double(line, factor, scale, first, extent, count, a, b) }
  /// See ``FieldReal``.
  public static func interleave(
    _ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, count: Int, into out: UnsafeMutablePointer<Double>
  ) { nn_interleave_double(a, b, count, out) }
  /// See ``FieldReal``.
  public static func separate(
    _ line: UnsafePointer<Double>, extent: Int, columns: Int, into a: UnsafeMutablePointer<Double>,
    _ b: UnsafeMutablePointer<Double>
  ) { nn_separate_double(line, extent, columns, a, b) }

  /// See ``FieldReal``.
  public static func multiplyTransposed(
    rows: Int, columns: Int, inner: Int, a: UnsafePointer<Double>, b: UnsafePointer<Double>, beta: Double,
    c: UnsafeMutablePointer<Double>
  ) {
    cblas_dgemm(
      CblasRowMajor, CblasNoTrans, CblasTrans, blasint(rows), blasint(columns), blasint(inner), 1, a, blasint(inner),
      b, blasint(inner), beta, c, blasint(columns))
  }
  /// See ``FieldReal``.
  public static func axisPhases(
    _ k: UnsafePointer<Double>, step: Double, rows: Int, nodes: Int, count: Int, factorCosine: UnsafePointer<Double>?,
    factorSine: UnsafePointer<Double>?, cosine: UnsafeMutablePointer<Double>, sine: UnsafeMutablePointer<Double>,
    scratch: UnsafeMutablePointer<Double>
  ) { nn_axis_phases_double(k, step, rows, nodes, count, factorCosine, factorSine, cosine, sine, scratch) }
  /// See ``FieldReal``.
  public static func outerPhases(
    outerCosine: UnsafePointer<Double>, outerSine: UnsafePointer<Double>, innerCosine: UnsafePointer<Double>,
    innerSine: UnsafePointer<Double>, innerRows: Int, rows: Int, count: Int, cosine: UnsafeMutablePointer<Double>,
    sine: UnsafeMutablePointer<Double>
  ) {
    nn_outer_phases_double(
      outerCosine, outerSine, innerCosine, innerSine, innerRows, rows, count, cosine, sine)
  }
  /// See ``FieldReal``.
  public static func unfold(
    even: UnsafePointer<Double>, odd: UnsafePointer<Double>, half: Int, mirror: Int, columns: Int,
    into row: UnsafeMutablePointer<Double>
  ) { nn_unfold_double(even, odd, half, mirror, columns, row) }
  /// See ``FieldReal``.
  public static func cosineSums(
    momenta: UnsafePointer<UnsafePointer<Double>?>, dimension: Int, phases: UnsafePointer<Double>,
    amplitudes: UnsafePointer<Double>, count: Int, at x: UnsafePointer<Double>, points: Int,
    into sums: UnsafeMutablePointer<Double>
  ) { nn_cosine_sums_double(momenta, Int32(dimension), phases, amplitudes, count, x, points, sums) }

  private static func complex(_ p: UnsafeMutablePointer<Double>) -> UnsafeMutablePointer<fftw_complex> {
    UnsafeMutableRawPointer(p).assumingMemoryBound(to: fftw_complex.self)
  }
}
