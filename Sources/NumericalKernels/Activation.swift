// SPDX-License-Identifier: GPL-3.0-or-later

internal import CKernels

#if canImport(Glibc)
  import Glibc
#endif

/// σ, what a layer of a network does to its pre-activations z. Value, slope and the properties on which exact results rest are stated here and nowhere
/// else; Gaussian averages are in `FieldTheories/ExactResults/ActivationKernels.swift`.
public enum Activation: String, Sendable, Hashable, CaseIterable {
  /// The rectifier max(z, 0).
  case relu
  /// (2/√π) ∫_0^z e^{−t²} dt.
  case erf
  /// tanh z.
  case tanh
  /// cos z.
  case cosine
  /// sin z.
  case sine
  /// z itself: a linear network.
  case linear

  /// σ(z).
  public func value(_ z: Double) -> Double {
    switch self {
    case .relu: z > 0 ? z : 0
    case .erf: Glibc.erf(z)
    case .tanh: Glibc.tanh(z)
    case .cosine: cos(z)
    case .sine: sin(z)
    case .linear: z
    }
  }

  /// σ'(z); 0 for relu at z = 0.
  public func slope(_ z: Double) -> Double {
    switch self {
    case .relu: return z > 0 ? 1 : 0
    case .erf: return M_2_SQRTPI * exp(-z * z)
    case .tanh:
      let t = Glibc.tanh(z)
      return 1 - t * t
    case .cosine: return -sin(z)
    case .sine: return cos(z)
    case .linear: return 1
    }
  }

  /// Whether σ(−z) = −σ(z): averages of even functions of σ over centred Gaussian z then need one half of all z.
  public var isOdd: Bool {
    switch self {
    case .erf, .tanh, .sine, .linear: true
    case .relu, .cosine: false
    }
  }

  /// Numbers with `|σ(z)| ≤ min(bound, steepness |z|)` for all z; nil where there are none. Of tanh the steepness is that of erf, a little more than needed.
  public var envelope: (bound: Double, steepness: Double)? {
    switch self {
    case .erf, .tanh: (1, M_2_SQRTPI)
    case .sine: (1, 1)
    case .relu, .cosine, .linear: nil
    }
  }

  /// `z[r, i] = σ(z[r, i] + b[i])` in place, row-major with rows of `count` neurons, vectorised. About 0.2, 2, 1.5, 1.5, 1.5 and 0.2 ns a number, absolute
  /// error below 3e-16; of cosine and sine for |z| ≤ 1e9, and not a number from 2^46 on.
  public func apply(
    to z: UnsafeMutablePointer<Double>, biases: UnsafePointer<Double>, rows: Int, count: Int
  ) {
    switch self {
    case .relu: nn_relu_layer(z, biases, rows, count)
    case .erf: nn_erf_layer(z, biases, rows, count)
    case .tanh: nn_tanh_layer(z, biases, rows, count)
    case .cosine: nn_cosine_layer(z, biases, rows, count)
    case .sine: nn_sine_layer(z, biases, rows, count)
    case .linear: nn_linear_layer(z, biases, rows, count)
    }
  }

  /// `out = σ'(z)` of `count` pre-activations, vectorised; cost and accuracy as of ``apply(to:biases:rows:count:)``.
  public func slopes(of z: UnsafePointer<Double>, into out: UnsafeMutablePointer<Double>, count: Int) {
    switch self {
    case .relu: nn_relu_slopes(z, out, count)
    case .erf: nn_erf_slopes(z, out, count)
    case .tanh: nn_tanh_slopes(z, out, count)
    case .cosine: nn_cosine_slopes(z, out, count)
    case .sine: nn_sine_slopes(z, out, count)
    case .linear: nn_linear_slopes(z, out, count)
    }
  }
}
