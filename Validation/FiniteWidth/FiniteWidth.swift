// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import EnsembleRuns
import ErrorAnalysis
import FieldTheories
import Glibc
import LatticeFields

/// Cumulants of order n fall as N^{1−n/2}: measured at several widths in field space (in neuron space the power is put in by hand) and held against
/// a straight line through the largest, jointly. The wrong answer is the next power. Of fully connected nets what is exact at one width is tested.
struct FiniteWidth: ValidationSuite {
  let name = "finite-width"
  let summary = "1/N laws of the cumulants at one point, measured at several widths; fully connected nets at finite width"

  let standardTheories = [
    StandardTheory("cos-net", [("architecture.weights", "\"constant\""), ("run.draws", "400000")]),
    StandardTheory(
      "scalar-net", [("architecture.cutoff", "3.0"), ("architecture.weights", "\"constant\""), ("run.draws", "400000")]),
    StandardTheory("relu-net", [("architecture.width", "6"), ("run.draws", "100000")]),
    StandardTheory("erf-net", [("architecture.width", "6"), ("run.draws", "100000")]),
    StandardTheory("tanh-net", [("architecture.width", "6"), ("run.draws", "100000")]),
    StandardTheory("sine-net", [("architecture.width", "6"), ("run.draws", "100000")]),
    StandardTheory("deep-relu", [("architecture.width", "24"), ("architecture.depth", "2"), ("run.draws", "400000")]),
  ]

  /// Widths of the scan.
  static let widths = [1, 2, 3, 4, 6]

  func experiments(_ theory: TheoryDefinition, command: String) throws -> [Experiment] {
    guard theory.insertions.isEmpty else { throw NotApplicable("interacting neurons are correlated: there is no simple power") }
    if let length = theory.testingLength,
      let connected = try FullyConnected.fourPoint(theory, length: length) ?? FullyConnected.kurtosis(theory, length: length)
    {
      return [connected]
    }
    guard let net = theory.architecture.neurons, net.sharedScale.isConstant, theory.number("width") != nil else {
      throw NotApplicable("the power holds for sums of independent neurons")
    }
    let orders = [4, 6].filter { order in
      // With Gaussian weights the sixth cumulant of a Cos-net vanishes identically: no power to test.
      func scale(_ n: Int) -> Double? { net.exactCumulant([Point](repeating: .zero, count: n)).map(abs) }
      guard let cumulant = scale(order), let variance = scale(2) else { return true }
      return cumulant > 1e-9 * pow(variance, Double(order / 2))
    }
    guard !orders.isEmpty else { throw NotApplicable("its cumulants at the origin vanish") }
    return orders.map { experiment(theory, order: $0, command) }
  }

  private func experiment(_ theory: TheoryDefinition, order: Int, _ command: String) -> Experiment {
    let power = 1 - order / 2
    let claim = Claim(
      "kappa_\(order)",
      statement:
        "kappa_\(order)(phi(x)) is proportional to N^\(power) for N = \(Self.widths.map(String.init).joined(separator: ", "))",
      source: "arXiv:2008.08601; docs/physics/free-theories.md", control: "N^\(power - 1)")
    return Experiment(theory: theory.title, claims: [claim], command: nil) { budget in
      let estimator = PointFunctions(sets: [PointSet(name: "0", points: Array(repeating: .zero, count: order))])
      var scaled: [JackknifeSamples] = []
      var wrong: [JackknifeSamples] = []
      var independent = Double.infinity
      let draws = max(SamplingAdequacy.minimumDraws(order: order), budget.draws(theory.run.draws))
      for width in Self.widths {
        let own = try theory.varied([("architecture.width", "\(width)")])
        let cumulant = try own.measured(estimator, at: estimator.points, draws: draws, budget)[1]
        scaled.append(pow(Double(width), Double(-power)) * cumulant)
        wrong.append(pow(Double(width), Double(1 - power)) * cumulant)
        independent = min(independent, own.architecture.effectiveSamples(draws: draws))
      }
      // Widths are independent runs: differences of neighbours vanish if the power is right.
      func finding(_ values: [JackknifeSamples]) -> Finding {
        Finding(
          zero: zip(values, values.dropFirst()).map { $1 - $0 }, order: order, draws: draws, independentSamples: independent)
      }
      return [Evidence(claim: finding(scaled), control: finding(wrong), draws: draws * Self.widths.count)]
    }
  }
}
