// SPDX-License-Identifier: GPL-3.0-or-later

internal import CFFTW

/// A complex double with C's memory layout.
public struct ComplexDouble: BitwiseCopyable, Sendable, Equatable {
  /// The real part.
  public var real: Double
  /// Imaginary part.
  public var imaginary: Double
  /// `real + i imaginary`.
  public init(_ real: Double, _ imaginary: Double) {
    self.real = real
    self.imaginary = imaginary
  }
  /// The complex number 0.
  public static let zero = ComplexDouble(0, 0)
}

private struct PlanPair: @unchecked Sendable {
  let forward: fftw_plan
  let backward: fftw_plan
}

/// Real transforms on a d-dimensional periodic grid, unnormalised in both directions:
///
///     forward:  F(n) = Σ_x e^{-2πi n·x/L} f(x)          backward:  f(x) = Σ_n e^{+2πi n·x/L} F(n)
///
/// so that backward ∘ forward multiplies by the number of sites. Row-major, last axis halved in momentum
/// space (`L_d/2 + 1` entries). Plans are made with `FFTW_ESTIMATE`: measured plans could differ
/// between runs in the last bits. One instance may serve many threads: execution is stateless.
public final class RealFourierTransform: Sendable {
  /// Sites along each axis.
  public let shape: [Int]
  /// Number of sites.
  public let realCount: Int
  /// Number of stored momenta.
  public let complexCount: Int
  private let plans: PlanPair

  /// Plans both directions for `shape`, every extent at least 1.
  public init(shape: [Int]) {
    precondition(!shape.isEmpty && shape.allSatisfy { $0 > 0 }, "RealFourierTransform: \(shape)")
    self.shape = shape
    realCount = shape.reduce(1, *)
    complexCount = shape.dropLast().reduce(1, *) * (shape.last! / 2 + 1)
    let extents = shape.map { Int32($0) }
    let reals = AlignedBuffer<Double>(count: realCount, repeating: 0)
    let complexes = AlignedBuffer<ComplexDouble>(count: complexCount, repeating: .zero)
    let raw = UnsafeMutableRawPointer(complexes.pointer).assumingMemoryBound(to: fftw_complex.self)
    plans = plannerLock.withLock { _ in
      PlanPair(
        forward: fftw_plan_dft_r2c(
          Int32(extents.count), extents, reals.pointer, raw, FFTW_ESTIMATE),
        backward: fftw_plan_dft_c2r(
          Int32(extents.count), extents, raw, reals.pointer, FFTW_ESTIMATE))
    }
  }

  /// The next shape at least as long along each axis that FFTW transforms well: extents even, of factors 2, 3, 5 and 7. On the last
  /// axis not 128: its estimated plan is one straight line of code that outgrows the instruction cache.
  public static func paddedShape(_ minimum: [Int]) -> [Int] {
    minimum.enumerated().map { axis, least in
      var length = max(1, least)
      while !isGood(length) || (axis == minimum.count - 1 && length == 128) { length += 1 }
      return length
    }
  }

  private static func isGood(_ length: Int) -> Bool {
    var rest = length
    for prime in [2, 3, 5, 7] { while rest % prime == 0 { rest /= prime } }
    return rest == 1 && (length % 2 == 0 || length == 1)
  }

  deinit {
    plannerLock.withLock { _ in
      fftw_destroy_plan(plans.forward)
      fftw_destroy_plan(plans.backward)
    }
  }

  /// `input` (real, kept) to `output` (complex); both 64-byte aligned.
  public func forward(_ input: UnsafeMutablePointer<Double>, _ output: UnsafeMutablePointer<ComplexDouble>) {
    fftw_execute_dft_r2c(
      plans.forward, input,
      UnsafeMutableRawPointer(output).assumingMemoryBound(to: fftw_complex.self))
  }

  /// `input` (complex, destroyed) to `output` (real); both 64-byte aligned.
  public func backward(_ input: UnsafeMutablePointer<ComplexDouble>, _ output: UnsafeMutablePointer<Double>) {
    fftw_execute_dft_c2r(
      plans.backward, UnsafeMutableRawPointer(input).assumingMemoryBound(to: fftw_complex.self),
      output)
  }
}
