// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import Foundation
import LatticeFields
import NumericalKernels
import Testing

/// Moments of a sine neuron against quadrature over its parameters, which knows nothing of exponentials of variances.
@Suite struct SineNetTests {
  /// `<Π sin(w·x_i + b)>` in one dimension by Gauss and Legendre over w and b, both within 9 standard deviations.
  static func quadrature(_ net: SineNet, _ points: [Point]) -> Double {
    let rule = GaussLegendre(order: 120)
    var (sum, norm) = (0.0, 0.0)
    for (u, p) in zip(rule.nodes, rule.weights) {
      for (v, q) in zip(rule.nodes, rule.weights) {
        let (w, b) = (9 * u, 9 * v)
        let weight = p * q * exp(-(w * w + b * b) / 2)
        norm += weight
        sum += points.reduce(weight) { $0 * sin(net.sigmaW * w * $1[0] + net.sigmaB * b) }
      }
    }
    return sum / norm
  }

  /// n = 2, 4, 6, 8 to 1e-12. The control: σ_b larger by 1e-6 is seen at every order.
  @Test(arguments: [2, 4, 6, 8]) func momentsAreThoseOfQuadrature(order: Int) {
    func net(_ sigmaB: Double) -> SineNet { SineNet(dimension: 1, width: 1, sigmaW: 0.8, sigmaB: sigmaB, sigmaV: 1) }
    let points = [0.7, -0.3, 1.1, 0.7, 0.2, -1.4, 0.5, 1.1].prefix(order).map { Point($0, 0, 0, 0) }
    let exact = Self.quadrature(net(0.6), points)
    #expect(abs(net(0.6).neuronMoment(points) - exact) < 1e-12)
    #expect(abs(net(0.6 + 1e-6).neuronMoment(points) - exact) > 1e-11)
  }

  /// Far from the origin neither exponential overflows; without a bias the field vanishes at the origin.
  @Test func extremes() throws {
    let net = SineNet(dimension: 1, width: 3, sigmaW: 1, sigmaB: 0, sigmaV: 2)
    let far = Point(60, 0, 0, 0)
    #expect(net.neuronMoment([far, far]) == 0.5)
    #expect(abs(net.neuronMoment([far, far, far, far]) - 3.0 / 8) < 1e-15)
    #expect(net.exactValue(.moment([.zero, .zero, far, far]), lattice: nil) == 0)
    let near = Point(1e-4, 0, 0, 0)
    #expect(abs(net.neuronMoment([near, near]) / 1e-8 - 1) < 1e-7)
    #expect(net.exactValue(.cumulant([near, near, near, near]), lattice: nil) == nil)
  }

  /// `<(a Σ_x φ_1)²>` is the double sum of the 2-point function.
  @Test func sumsOverTheWindow() throws {
    let net = SineNet(dimension: 1, width: 5, sigmaW: 1.2, sigmaB: 0.3, sigmaV: 1)
    let lattice = Lattice(sites: [5], spacing: 0.5, boundary: .open)
    let points = (0..<5).map(lattice.position)
    let sum = points.reduce(0.0) { sum, x in points.reduce(sum) { $0 + net.neuronMoment([x, $1]) } }
    let value = try #require(net.exactValue(.zeroMomentumCumulant(order: 2), lattice: lattice))
    #expect(abs(value - 0.25 * sum / 2.5) < 1e-14)
  }
}
