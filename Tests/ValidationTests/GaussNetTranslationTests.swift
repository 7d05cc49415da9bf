// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import Draws
import EnsembleRuns
import ErrorAnalysis
import FieldTheories
import LatticeFields
import NumericalKernels
import TheoryLibrary
import Testing

@testable import Validation

/// The Gauss-net at N = 5, sigma_w0 = 0.7, sigma_b0 = 0.4, d = 2: twenty thousand networks see that its 4-point functions move under a shift by 0.94
/// and not under rotations about the origin; a hundred thousand leave no doubt. Two-point functions do neither.
@Suite struct GaussNetTranslationTests {
  private static let motions = Motion.ofSpace(length: 1, dimension: 2)

  /// p-values of all motions for n-point functions at three configurations within 0.5 of the origin.
  private func pValues(order: Int, draws: Int, seed: Int) throws -> [String: Double] {
    let text = TheoryLibrary.files.first { $0.name == "gauss-net" }!.text
    let theory = try TheoryDefinition.load(
      text: text, fileName: "gauss-net",
      overrides: [
        ("architecture.width", "5"), ("architecture.sigma_w0", "0.7"), ("architecture.sigma_b0", "0.4"), ("run.seed", "\(seed)"),
      ])
    let shift = Motion(name: "translations", words: "", kind: .translation) { $0 + Point(0.94, 0, 0, 0) }
    let motions = [shift] + Self.motions.dropFirst()
    let configurations = (0..<3).map { Configuration.points(order, $0, 0.6, 2) }
    let sets = configurations.flatMap { points in
      [PointSet(name: "", points: points)] + motions.map { PointSet(name: $0.name, points: points.map($0.act)) }
    }
    let estimator = PointFunctions(sets: sets)
    let plan = try RunPlan(
      theory: theory, sites: .points(estimator.points, dimension: 2), estimators: [estimator], draws: draws)
    let rows = estimator.derive(try EnsembleRun.measure(plan, threads: 2, monitor: RunMonitor())[0])
    let full = rows.enumerated().filter { order == 2 || $0.offset % 2 == 0 }.map(\.element)
    var result: [String: Double] = [:]
    for (index, motion) in motions.enumerated() {
      let stride = motions.count + 1
      let differences = configurations.indices.map { full[$0 * stride + 1 + index] - full[$0 * stride] }
      result[motion.name] = hotelling(differences)
    }
    return result
  }

  /// Hotelling's T² without the cuts of the suites, which ask for bins nearer to normal than twenty thousand networks give.
  private func hotelling(_ samples: [JackknifeSamples]) -> Double {
    let k = samples.count
    let deviations = samples.map(\.deviations)
    let covariance = (0..<k * k).map { index in zip(deviations[index / k], deviations[index % k]).reduce(0) { $0 + $1.0 * $1.1 } }
    let eigen = SymmetricEigenproblem(covariance, size: k)
    let t2 = (0..<k).reduce(0.0) { sum, mode in
      let projection = zip(eigen.vectors[mode], samples).reduce(0) { $0 + $1.0 * $1.1.value }
      return sum + projection * projection / eigen.values[mode]
    }
    let (s, directions) = (Double(samples[0].weights.count), Double(k))
    return Distributions.fisherTail((s - directions) / (directions * (s - 1)) * t2, directions, s - directions)
  }

  @Test(arguments: 1...3) func twentyThousandNetworksSeeTheShift(seed: Int) throws {
    let p = try pValues(order: 4, draws: 20_000, seed: seed)
    let shift = try #require(p["translations"])
    #expect(shift > 1e-12 && shift < 1e-3, "\(p)")
    #expect(p["rotations"] ?? 0 > 1e-6 && p["reflections"] ?? 0 > 1e-6, "\(p)")
    let second = try pValues(order: 2, draws: 20_000, seed: seed)
    #expect(second.values.allSatisfy { $0 > 1e-6 }, "\(second)")
  }

  @Test func aHundredThousandLeaveNoDoubt() throws {
    let p = try pValues(order: 4, draws: 100_000, seed: 1)
    #expect(p["translations"] ?? 1 < 1e-8 && p["rotations"] ?? 0 > 1e-6, "\(p)")
  }
}
