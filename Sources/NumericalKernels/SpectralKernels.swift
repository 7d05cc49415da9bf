// SPDX-License-Identifier: GPL-3.0-or-later

internal import CKernels

/// Accumulation of spectra, vectorised; memory bound.
public enum SpectralKernels {
  /// `sum += |a|²`.
  public static func accumulatePower(
    _ a: UnsafePointer<ComplexDouble>, into sum: UnsafeMutablePointer<Double>, count: Int
  ) {
    a.withMemoryRebound(to: Double.self, capacity: 2 * count) { nn_accumulate_power_double($0, sum, count) }
  }

  /// `sum += conj(a) b`.
  public static func accumulateCross(
    _ a: UnsafePointer<ComplexDouble>, _ b: UnsafePointer<ComplexDouble>,
    into sum: UnsafeMutablePointer<ComplexDouble>, count: Int
  ) {
    a.withMemoryRebound(to: Double.self, capacity: 2 * count) { a in
      b.withMemoryRebound(to: Double.self, capacity: 2 * count) { b in
        sum.withMemoryRebound(to: Double.self, capacity: 2 * count) {
          nn_accumulate_cross_double(a, b, $0, count)
        }
      }
    }
  }
}
