// SPDX-License-Identifier: GPL-3.0-or-later

internal import CKernels

/// What a layer of a network does to its pre-activations z, vectorised.
public enum LayerActivation: String, Sendable, Hashable, CaseIterable {
  /// The rectifier max(z, 0).
  case relu
  /// (2/√π) ∫_0^z e^{−t²} dt; absolute error below 3e-16.
  case erf
  /// tanh z; absolute error below 3e-16.
  case tanh
  /// cos z; absolute error below 2e-16 for |z| ≤ 1e9, not a number from 2^46 on.
  case cosine
  /// sin z; absolute error below 2e-16 for |z| ≤ 1e9, not a number from 2^46 on.
  case sine
  /// z itself.
  case linear

  /// `z[r, i] = σ(z[r, i] + b[i])` in place, row-major with rows of `count` neurons. About 0.2, 2, 1.5, 1.5, 1.5 and 0.2 ns a number.
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
}
