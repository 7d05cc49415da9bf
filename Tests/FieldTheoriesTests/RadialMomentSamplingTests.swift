// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import LatticeFields
import Testing

/// Neurons with momenta from the continuum: the statistical tests of NeuronSamplingTests, which compare `<v² φφ>` and `<v⁴ φφφφ>` of
/// 196 608 neurons with the exact moments (false alarm 1e-6) and must reject another mass.
@Suite struct RadialMomentSamplingTests {
  static let cases: [SamplingCase] = {
    var cases: [SamplingCase] = []
    for d in 1...4 {
      let points = [
        Point(0, 0, 0, 0), Point(0.5, -0.2, 0.3, 0.1), Point(1, 0.4, -0.2, 0.6),
        Point(-0.6, 0.9, 0.2, -0.3),
      ].map { x in Point(coordinates: (0..<d).map { 0.7 * x[$0] }) }
      for regulator in AlphaNet.Regulator.allCases {
        for alpha in [-1, 0, 0.5] {
          // Cutoffs of a few masses keep the fourth powers tame enough for a normal bound.
          func net(_ s: Double) -> AlphaNet {
            do {
              return try AlphaNet(
                dimension: d, width: 4096, mass: 1.1 * s, alpha: alpha, regulator: regulator,
                cutoff: regulator == .hard ? 3 : 1.5, weights: .constant)
            } catch { preconditionFailure("\(error)") }
          }
          cases.append(
            SamplingCase(
              name: "\(regulator) alpha=\(alpha) d=\(d)", net: net(1), wrong: net(1.1),
              points: points))
        }
      }
      func euclidean(_ s: Double) -> EuclideanNet {
        do {
          return try EuclideanNet(
            dimension: d, width: 4096, sigmaW1: 0.8, weights: .uniform, formulas: "test s = \(s)",
            density: { 1 / (1 + $0 * $0 * $0 * $0 * $0 * $0) },
            shape: .amplitude({ 1 / (1 + s * $0) }))
        } catch { preconditionFailure("\(error)") }
      }
      cases.append(
        SamplingCase(
          name: "euclidean d=\(d)", net: euclidean(1), wrong: euclidean(1.1), points: points))
    }
    return cases
  }()

  @Test(arguments: cases) func singleNeuronMoments(sampling: SamplingCase) {
    NeuronSamplingTests().singleNeuronMoments(sampling: sampling)
  }

  @Test(arguments: cases) func aDrawDoesNotDependOnItsPredecessors(sampling: SamplingCase) {
    NeuronSamplingTests().aDrawDoesNotDependOnItsPredecessors(sampling: sampling)
  }
}
