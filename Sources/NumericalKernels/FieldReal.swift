// SPDX-License-Identifier: GPL-3.0-or-later

internal import COpenBLAS
internal import CFFTW
internal import CKernels

/// The two precisions of a field, `Double` and `Float`. What can be done in both is written once, on the functions of its own precision
/// (``FieldKernels``). Pointers are 64-byte aligned where a plan reads or writes; a complex number is two consecutive reals.
public protocol FieldReal: BinaryFloatingPoint, BitwiseCopyable, Sendable {
  /// The C functions of this precision.
  static var kernels: FieldKernels<Self> { get }
}

// MARK: Fourier transforms

extension FieldReal {
  /// Plans `columns` backward complex transforms of `length` side by side: input rows `stride` complex numbers apart, output rows
  /// `columns` apart.
  public static func planColumns(
    length: Int, columns: Int, stride: Int, input: UnsafeMutablePointer<Self>, output: UnsafeMutablePointer<Self>
  ) -> TransformPlan<Self> {
    var n = Int32(length)
    return TransformPlan {
      kernels.planComplex(
        1, &n, Int32(columns), complex(input), nil, Int32(stride), 1, complex(output), nil, Int32(columns), 1,
        FFTW_BACKWARD, FFTW_ESTIMATE)
    }
  }
  /// Plans `count` backward complex transforms of `length`, one after the other.
  public static func planRows(
    length: Int, count: Int, input: UnsafeMutablePointer<Self>, output: UnsafeMutablePointer<Self>
  ) -> TransformPlan<Self> {
    var n = Int32(length)
    return TransformPlan {
      kernels.planComplex(
        1, &n, Int32(count), complex(input), nil, 1, n, complex(output), nil, 1, n, FFTW_BACKWARD, FFTW_ESTIMATE)
    }
  }
  /// Plans one backward transform of the stored half of `shape` to real numbers; the input is destroyed.
  public static func planBackward(
    shape: [Int], input: UnsafeMutablePointer<Self>, output: UnsafeMutablePointer<Self>
  ) -> TransformPlan<Self> {
    TransformPlan {
      kernels.planBackward(Int32(shape.count), shape.map { Int32($0) }, complex(input), output, FFTW_ESTIMATE)
    }
  }
  /// Plans one forward transform of a real grid of `shape` to its stored half of complex numbers; the input is kept.
  public static func planForward(
    shape: [Int], input: UnsafeMutablePointer<Self>, output: UnsafeMutablePointer<Self>
  ) -> TransformPlan<Self> {
    TransformPlan {
      kernels.planForward(Int32(shape.count), shape.map { Int32($0) }, input, complex(output), FFTW_ESTIMATE)
    }
  }
  /// The pointer to complex numbers that FFTW asks for.
  static func complex(_ p: UnsafeMutablePointer<Self>) -> UnsafeMutablePointer<(Self, Self)> {
    UnsafeMutableRawPointer(p).assumingMemoryBound(to: (Self, Self).self)
  }
  /// `sum += |a|²`, in double precision.
  public static func accumulatePower(
    _ a: UnsafePointer<Self>, into sum: UnsafeMutablePointer<Double>, count: Int
  ) { kernels.accumulatePower(a, sum, count) }
  /// `sum += conj(a) b`, in double precision.
  public static func accumulateCross(
    _ a: UnsafePointer<Self>, _ b: UnsafePointer<Self>, into sum: UnsafeMutablePointer<Double>, count: Int
  ) { kernels.accumulateCross(a, b, sum, count) }
}

// MARK: Plane waves

extension FieldReal {
  /// `C = A Bᵀ + beta C`, as ``MatrixProduct/multiplyTransposed(rows:columns:inner:alpha:a:aStride:b:bStride:beta:c:cStride:)``.
  public static func multiplyTransposed(
    rows: Int, columns: Int, inner: Int, a: UnsafePointer<Self>, b: UnsafePointer<Self>, beta: Self,
    c: UnsafeMutablePointer<Self>
  ) {
    kernels.multiply(
      CblasRowMajor, CblasNoTrans, CblasTrans, blasint(rows), blasint(columns), blasint(inner), 1, a, blasint(inner),
      b, blasint(inner), beta, c, blasint(columns))
  }
  /// Rows `f exp(i k t_j)`, `t_j = step (j − (nodes−1)/2)`, j < rows ≤ nodes, f a complex factor per neuron (1 if not given); rotation in double
  /// precision, re-seeded every 16 rows: error below |f| (2e-15 + 4e-16 max|k t|) before rounding. `scratch` holds 4 `count` numbers.
  public static func axisPhases(
    _ k: UnsafePointer<Double>, step: Double, rows: Int, nodes: Int, count: Int, factorCosine: UnsafePointer<Double>?,
    factorSine: UnsafePointer<Double>?, cosine: UnsafeMutablePointer<Self>, sine: UnsafeMutablePointer<Self>,
    scratch: UnsafeMutablePointer<Double>
  ) { kernels.axisPhases(k, step, rows, nodes, count, factorCosine, factorSine, cosine, sine, scratch) }
  /// Row `r1 · innerRows + r2` of the output is row r1 of the outer table times row r2 of the inner one, for the first `rows` rows.
  public static func outerPhases(
    outerCosine: UnsafePointer<Self>, outerSine: UnsafePointer<Self>, innerCosine: UnsafePointer<Self>,
    innerSine: UnsafePointer<Self>, innerRows: Int, rows: Int, count: Int, cosine: UnsafeMutablePointer<Self>,
    sine: UnsafeMutablePointer<Self>
  ) { kernels.outerPhases(outerCosine, outerSine, innerCosine, innerSine, innerRows, rows, count, cosine, sine) }
  /// A row and its mirror image from the sums over the even and the odd half of the waves: `nn_unfold`.
  public static func unfold(
    even: UnsafePointer<Self>, odd: UnsafePointer<Self>, half: Int, mirror: Int, columns: Int,
    into row: UnsafeMutablePointer<Self>
  ) { kernels.unfold(even, odd, half, mirror, columns, row) }
  /// `Σ_i c_i cos(b_i + k_i·x_p)` at many points of four coordinates each; phases reduced in double precision. `count` is a multiple of 16.
  public static func cosineSums(
    momenta: UnsafePointer<UnsafePointer<Double>?>, dimension: Int, phases: UnsafePointer<Double>,
    amplitudes: UnsafePointer<Double>, count: Int, at x: UnsafePointer<Double>, points: Int,
    into sums: UnsafeMutablePointer<Self>
  ) { kernels.cosineSums(momenta, Int32(dimension), phases, amplitudes, count, x, points, sums) }
}
