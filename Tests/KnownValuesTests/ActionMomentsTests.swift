// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import Foundation
import KnownValues
import LatticeFields
import Testing

/// Mean and variance of the inserted action: the first two terms of ln Z.
@Suite struct ActionMomentsTests {
  static func net(_ lattice: Lattice, _ width: Int, _ weights: OutputWeightLaw.Kind = .gaussian) -> LatticeAlphaNet {
    LatticeAlphaNet(
      kind: "alpha-net", width: width, mass: 1, alpha: 0, weights: weights, lattice: lattice)
  }

  /// `ln Z(λ)/Z(0) = −<S> + ½ Var + O(λ³)`, by differences of exact values in λ.
  static func expansion(_ logRatio: (Double) -> Double) -> (mean: Double, variance: Double) {
    let step = 2e-3
    let f = (0...4).map { logRatio(step * Double($0)) }
    let slope = (-25 * f[0] + 48 * f[1] - 36 * f[2] + 16 * f[3] - 3 * f[4]) / (12 * step)
    let curvature = (35 * f[0] - 104 * f[1] + 114 * f[2] - 56 * f[3] + 11 * f[4]) / (12 * step * step)
    return (-slope, curvature)
  }

  @Test func infiniteWidth() {
    let lattice = Lattice(sites: [6], spacing: 0.7, boundary: .periodic)
    let theory = LatticePerturbationTheory(lattice: lattice, massSquared: 1)
    let (mean, variance) = Self.expansion { coupling in
      TransferMatrix(QuarticPotential(massSquared: 1, coupling: coupling), sites: 6, spacing: 0.7)
        .logPartitionRatio
    }
    #expect(abs(mean / theory.meanAction(coupling: 1) - 1) < 1e-6)
    #expect(abs(variance / theory.actionVariance(coupling: 1) - 1) < 1e-3)
  }

  /// Two neurons, by quadrature; the variance of infinite width is far from theirs.
  @Test func twoNeurons() throws {
    let lattice = Lattice(sites: [3], spacing: 0.7, boundary: .periodic)
    let (mean, variance) = Self.expansion { coupling in
      log(
        FewNeuronQuadrature(width: 2, lattice: lattice, massSquared: 1, alpha: 0, coupling: coupling, angles: 24)
          .partitionRatio)
    }
    let net = Self.net(lattice, 2)
    let wide = LatticePerturbationTheory(lattice: lattice, massSquared: 1).actionVariance(coupling: 1)
    let exact = try #require(net.actionVariance(coupling: 1))
    let exactMean = try #require(net.meanAction(coupling: 1))
    #expect(abs(mean / exactMean - 1) < 1e-5)
    #expect(abs(variance / exact - 1) < 0.03, "\(variance), \(exact), \(wide)")
    #expect(exact > 2 * wide)
  }

  @Test func wideNetsReachTheLimit() throws {
    let lattice = Lattice(sites: [4, 3], spacing: 0.9, boundary: .periodic)
    let limit = LatticePerturbationTheory(lattice: lattice, massSquared: 1).actionVariance(coupling: 2)
    let gaps = try [1_000, 10_000].map { try #require(Self.net(lattice, $0).actionVariance(coupling: 2)) / limit - 1 }
    #expect(abs(gaps[1]) < 0.01 && abs(gaps[0] / gaps[1] - 10) < 0.2)
  }

  /// Per volume, the variance of Gaussian weights grows with the volume, that of one amplitude does not.
  @Test func volumeSquared() throws {
    func density(_ sites: Int, _ weights: OutputWeightLaw.Kind) throws -> Double {
      let lattice = Lattice(sites: [sites], spacing: 1, boundary: .periodic)
      return try #require(Self.net(lattice, 20, weights).actionVariance(coupling: 1)) / lattice.volume
    }
    let gaussian = try [32, 64, 128].map { try density($0, .gaussian) }
    let constant = try [32, 64, 128].map { try density($0, .constant) }
    #expect(abs((gaussian[2] - gaussian[1]) / (gaussian[1] - gaussian[0]) - 2) < 0.05)
    #expect(abs(constant[2] / constant[1] - 1) < 0.05)
  }
}
