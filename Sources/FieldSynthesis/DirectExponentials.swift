// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import FieldTheories
import LatticeFields
import NumericalKernels

/// `φ(x) = Σ_i c_i exp(k_i·x + b_i − C − q x²)` at arbitrary points.
final class DirectExponentials: FieldSynthesizer {
  private let net: any ExponentialNet
  private let points: [Point]
  private let amplitudes: AlignedBuffer<Double>

  init(_ net: any ExponentialNet, points: [Point]) {
    self.net = net
    self.points = points
    amplitudes = AlignedBuffer(count: net.width, repeating: 0)
  }

  func evaluate(_ parameters: NetworkParameters, into field: UnsafeMutablePointer<Double>) {
    net.amplitudes(parameters, into: amplitudes.pointer)
    let momenta = (0..<net.dimension).map {
      UnsafePointer(parameters.block(net.momentumBlock, component: $0))
    }
    let biases = parameters.block(net.biasBlock)
    let (constant, quadratic) = net.normalisation
    for (index, x) in points.enumerated() {
      field[index] = WaveKernels.exponentialSum(
        momenta: momenta, shifts: biases, amplitudes: amplitudes.pointer, count: net.width, at: x,
        constant: constant + quadratic * x.squaredNorm)
    }
  }
}
