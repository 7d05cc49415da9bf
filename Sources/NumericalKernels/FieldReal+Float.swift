// SPDX-License-Identifier: GPL-3.0-or-later

internal import CFFTW
internal import CKernels
internal import COpenBLAS

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
  public static func planRows(
    length: Int, count: Int, input: UnsafeMutablePointer<Float>, output: UnsafeMutablePointer<Float>
  ) -> TransformPlan<Float> {
    var n = Int32(length)
    return plannerLock.withLock { _ in
      TransformPlan(
        fftwf_plan_many_dft(
          1, &n, Int32(count), complex(input), nil, 1, n, complex(output), nil, 1, n, FFTW_BACKWARD, FFTW_ESTIMATE))
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
  public static func planBackward(
    shape: [Int], input: UnsafeMutablePointer<Float>, output: UnsafeMutablePointer<Float>
  ) -> TransformPlan<Float> {
    let extents = shape.map { Int32($0) }
    return plannerLock.withLock { _ in
      TransformPlan(
        fftwf_plan_dft_c2r(Int32(extents.count), extents, complex(input), output, FFTW_ESTIMATE))
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
    right: Bool, reached: UnsafePointer<UInt8>?
  ) { nn_hermitian_ends_single(grid, rows.0, rows.1, stride, margin, half, reach, right ? 1 : 0, reached) }
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
  /// See ``FieldReal``.
  public static func pairLines(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, used: Int, extent: Int, into out: UnsafeMutablePointer<Float>
  ) { nn_pair_of_lines_single(a, b, used, extent, out) }
  /// See ``FieldReal``.
  public static func copyPair(
    _ line: UnsafePointer<Float>, scaledBy factor: UnsafePointer<Double>, times scale: Double, first: Int,
    extent: Int, count: Int, into a: UnsafeMutablePointer<Float>, _ b: UnsafeMutablePointer<Float>
  ) { nn_scaled_pair_single(line, factor, scale, first, extent, count, a, b) }
  /// See ``FieldReal``.
  public static func interleave(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, count: Int, into out: UnsafeMutablePointer<Float>
  ) { nn_interleave_single(a, b, count, out) }
  /// See ``FieldReal``.
  public static func separate(
    _ line: UnsafePointer<Float>, extent: Int, columns: Int, into a: UnsafeMutablePointer<Float>,
    _ b: UnsafeMutablePointer<Float>
  ) { nn_separate_single(line, extent, columns, a, b) }

  /// See ``FieldReal``.
  public static func multiplyTransposed(
    rows: Int, columns: Int, inner: Int, a: UnsafePointer<Float>, b: UnsafePointer<Float>, beta: Float,
    c: UnsafeMutablePointer<Float>
  ) {
    cblas_sgemm(
      CblasRowMajor, CblasNoTrans, CblasTrans, blasint(rows), blasint(columns), blasint(inner), 1, a, blasint(inner),
      b, blasint(inner), beta, c, blasint(columns))
  }
  /// See ``FieldReal``.
  public static func axisPhases(
    _ k: UnsafePointer<Double>, step: Double, rows: Int, nodes: Int, count: Int, factorCosine: UnsafePointer<Double>?,
    factorSine: UnsafePointer<Double>?, cosine: UnsafeMutablePointer<Float>, sine: UnsafeMutablePointer<Float>,
    scratch: UnsafeMutablePointer<Double>
  ) { nn_axis_phases_single(k, step, rows, nodes, count, factorCosine, factorSine, cosine, sine, scratch) }
  /// See ``FieldReal``.
  public static func outerPhases(
    outerCosine: UnsafePointer<Float>, outerSine: UnsafePointer<Float>, innerCosine: UnsafePointer<Float>,
    innerSine: UnsafePointer<Float>, innerRows: Int, rows: Int, count: Int, cosine: UnsafeMutablePointer<Float>,
    sine: UnsafeMutablePointer<Float>
  ) {
    nn_outer_phases_single(
      outerCosine, outerSine, innerCosine, innerSine, innerRows, rows, count, cosine, sine)
  }
  /// See ``FieldReal``.
  public static func unfold(
    even: UnsafePointer<Float>, odd: UnsafePointer<Float>, half: Int, mirror: Int, columns: Int,
    into row: UnsafeMutablePointer<Float>
  ) { nn_unfold_single(even, odd, half, mirror, columns, row) }
  /// See ``FieldReal``.
  public static func cosineSums(
    momenta: UnsafePointer<UnsafePointer<Double>?>, dimension: Int, phases: UnsafePointer<Double>,
    amplitudes: UnsafePointer<Double>, count: Int, at x: UnsafePointer<Double>, points: Int,
    into sums: UnsafeMutablePointer<Float>
  ) { nn_cosine_sums_single(momenta, Int32(dimension), phases, amplitudes, count, x, points, sums) }

  private static func complex(_ p: UnsafeMutablePointer<Float>) -> UnsafeMutablePointer<fftwf_complex> {
    UnsafeMutableRawPointer(p).assumingMemoryBound(to: fftwf_complex.self)
  }
}
