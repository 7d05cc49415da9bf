// SPDX-License-Identifier: GPL-3.0-or-later

internal import CKernels

/// Phases and exponentials, vectorised over neurons. All arrays are `count` contiguous numbers a row; nothing is checked in release
/// builds beyond what the callers guarantee.
public enum WaveKernels {
  /// Numbers read.
  public typealias Input = UnsafePointer<Double>
  /// Numbers written.
  public typealias Output = UnsafeMutablePointer<Double>

  /// Sines and cosines; absolute error below 2e-16 for |angle| ≤ 1e9.
  public static func sincos(_ angle: Input, sine: Output, cosine: Output, count: Int) {
    nn_sincos(angle, sine, cosine, count)
  }

  /// `exp(x)`; relative error below 3e-16, 0 below −708, infinite above 709.
  public static func exp(_ x: Input, into result: Output, count: Int) { nn_exp(x, result, count) }

  /// Rows `f exp(k t_j − quadratic t_j²)`, `t_j = step (j − origin)`, f one factor per neuron (1 if not given); relative error below
  /// `2e-15 (1 + |k t| + quadratic t²)`. Where no exponent of the block exceeds 200 and nodes are dense, 8 rows share the exponentials of
  /// their middle; elsewhere each number takes its own, 0 below −708. `scratch` holds 9 `count` numbers.
  public static func axisExponentials(
    _ k: Input, factor: Input? = nil, quadratic: Double, step: Double, origin: Double, rows: Int, count: Int,
    into result: Output, scratch: Output
  ) {
    nn_axis_exponentials(k, factor, quadratic, step, origin, rows, count, result, scratch)
  }

  /// Outer product in place: row r of the first `rows` of `table` becomes rows `r · factorRows + s`, each times row s of the factors.
  public static func expandRows(_ table: Output, rows: Int, by factors: Input, factorRows: Int, count: Int) {
    nn_expand_rows(table, rows, factors, factorRows, count)
  }

  /// `Σ_i c_i exp(shift_i − constant + k_i·x)` at one point.
  public static func exponentialSum(
    momenta: [Input], shifts: Input, amplitudes: Input, count: Int, at x: SIMD4<Double>,
    constant: Double
  ) -> Double {
    withUnsafeCoordinates(x) { x in
      momenta.withUnsafeBufferPointer { k in
        k.withMemoryRebound(to: Optional<Input>.self) {
          nn_exponential_sum($0.baseAddress!, momenta.count, shifts, amplitudes, count, x, constant)
        }
      }
    }
  }

  private static func withUnsafeCoordinates<R>(_ x: SIMD4<Double>, _ body: (Input) -> R) -> R {
    withUnsafePointer(to: x) {
      $0.withMemoryRebound(to: Double.self, capacity: 4) { body($0) }
    }
  }
}
