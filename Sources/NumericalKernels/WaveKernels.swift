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

  /// Rows `exp(k t_j − quadratic t_j²)`, `t_j = step (j − origin)`.
  public static func axisExponentials(
    _ k: Input, quadratic: Double, step: Double, origin: Double, rows: Int, count: Int,
    into result: Output
  ) {
    nn_axis_exponentials(k, quadratic, step, origin, rows, count, result)
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
