// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import EnsembleRuns
import ErrorAnalysis
import FieldTheories
import LatticeFields

/// Gauss-net and Cos-net of equal σ_w0 and σ_w1: one Gaussian theory at infinite width, because their 2-point functions agree at every width, and
/// different symmetry at finite width. Connected 4-point functions of both fall as 1/N, and with them the breaking of translations.
/// Source: arXiv:2408.00082 eqs. (60)-(71).
enum LargeWidthDuality {
  /// Widths against the theory's own.
  private static let factors = [1, 2, 4]
  /// Configurations of each number of points.
  private static let configurations = 4
  /// Gauss-net's tails grow away from the origin: 4-point functions stay within this part of a length.
  private static let reach = 0.25

  /// What makes the Cos-net of the same limit of a Gauss-net; the two name σ_w0 and σ_w1 alike, and the bias of the Cos-net has no parameter.
  private static let cosNet = [(key: "architecture.kind", value: "cos-net")]
  private static let biasOfGaussNet = ["architecture.sigma_b0"]

  static func experiment(_ theory: TheoryDefinition, length: Double) throws -> Experiment? {
    // The duality is that of the Gauss-net and the Cos-net.
    guard let net = theory.architecture as? GaussNet, net.sharedScale.isConstant else { return nil }
    let widths = factors.map { $0 * net.width }
    let dual = try theory.varied(cosNet, without: biasOfGaussNet)
    let origin = CorrelationFunction.cumulant([Point](repeating: .zero, count: 4))
    guard let own = net.exactValue(origin, lattice: nil), let other = dual.architecture.exactValue(origin, lattice: nil),
      // A narrow bias leaves corrections too small to be measured.
      abs(own) > 0.5 * abs(other), abs(own - other) > 0.3 * abs(other)
    else { return nil }
    let wrong = try dual.varied([("architecture.sigma_w0", "\(1.1 * net.sigmaW0)")])
    let shift = Motion.ofSpace(length: reach * length, dimension: theory.dimension)[0]
    let list = widths.map(String.init).joined(separator: ", ")
    let source = "arXiv:2408.00082 eqs. (60)-(71)"
    func falls(_ name: String) -> Claim {
      Claim(
        "1/N of the \(name)", statement: "N G4c(x1 .. x4) of the \(name) is the same at N = \(list)", source: source,
        control: "N^0")
    }
    let claims = [
      Claim(
        "one limit", statement: "Gauss-net and Cos-net have the same 2-point function at N = \(list)", source: source,
        control: "sigma_w0 of the Cos-net x 1.1"),
      Claim(
        "different corrections", statement: "Gauss-net and Cos-net have the same connected 4-point function at N = \(net.width)",
        source: source, expectation: .fails, control: "2-point functions, which agree"),
      falls("Gauss-net"), falls("Cos-net"),
      Claim(
        "translations of the Cos-net", statement: "G4(x + c) = G4(x) for \(shift.words) at N = \(list)", source: source,
        control: "the Gauss-net at the same points"),
      Claim(
        "translations restored",
        statement: "N [G4(x + c) - G4(x)] of the Gauss-net is the same at N = \(list): translation invariance returns like 1/N",
        source: source, control: "N^0"),
    ]
    let pairs = theory.configurations(configurations, of: 2, within: length)
    let quadruples = theory.configurations(configurations, of: 4, within: reach * length)
    let moved = quadruples.map { $0.map(shift.act) }
    return Experiment(theory: "\(theory.title) and Cos-net", claims: claims, command: nil) { budget in
      let draws = max(budget.draws(theory.run.draws), SamplingAdequacy.minimumDraws(order: 4))
      let (two, four) = (PointFunctions(sets: pairs.sets), PointFunctions(sets: (quadruples + moved).sets))
      func twoPoint(_ theory: TheoryDefinition) throws -> [JackknifeSamples] {
        try widths.flatMap {
          try theory.varied([("architecture.width", "\($0)")]).measured(two, at: two.points, draws: draws, budget)
        }
      }
      /// Connected functions, and the differences of full ones at moved points, at each width.
      func fourPoint(_ theory: TheoryDefinition) throws -> (connected: [[JackknifeSamples]], moved: [[JackknifeSamples]]) {
        let runs = try widths.map {
          try theory.varied([("architecture.width", "\($0)")]).measured(four, at: four.points, draws: draws, budget)
        }
        // Full and connected functions alternate; moved sets follow the others.
        return (
          runs.map { run in (0..<configurations).map { run[2 * $0 + 1] } },
          runs.map { run in (0..<configurations).map { run[2 * (configurations + $0)] - run[2 * $0] } }
        )
      }
      // Everything is asked for before anything is waited for: both orders share their networks.
      for width in widths {
        for (own, estimators) in [(theory, [two, four]), (dual, [two, four]), (wrong, [two])] {
          let narrow = try own.varied([("architecture.width", "\(width)")])
          for estimator in estimators { _ = try? narrow.measured(estimator, at: estimator.points, draws: draws, budget) }
        }
      }
      func differences(_ a: [JackknifeSamples], _ b: [JackknifeSamples]) -> [JackknifeSamples] { zip(a, b).map { $0 - $1 } }
      /// Whether N^power times the rows is the same at all widths.
      func scaling(_ rows: [[JackknifeSamples]], power: Int) -> Finding {
        let scaled = zip(widths, rows).map { width, row in row.map { (power == 0 ? 1 : Double(width)) * $0 } }
        return theory.finding(zero: zip(scaled, scaled.dropFirst()).flatMap(differences), order: 4, draws: draws)
      }
      let (gauss, cos) = (try fourPoint(theory), try fourPoint(dual))
      let twoGauss = try twoPoint(theory)
      let same = theory.finding(zero: differences(twoGauss, try twoPoint(dual)), order: 2, draws: draws)
      let other = theory.finding(zero: differences(twoGauss, try twoPoint(wrong)), order: 2, draws: draws)
      func zero(_ samples: [JackknifeSamples]) -> Finding { theory.finding(zero: samples, order: 4, draws: draws) }
      let corrections = zero(differences(gauss.connected[0], cos.connected[0]))
      let findings = [
        (same, other), (corrections, same), (scaling(gauss.connected, power: 1), scaling(gauss.connected, power: 0)),
        (scaling(cos.connected, power: 1), scaling(cos.connected, power: 0)),
        (zero(cos.moved.flatMap { $0 }), zero(gauss.moved.flatMap { $0 })),
        (scaling(gauss.moved, power: 1), scaling(gauss.moved, power: 0)),
      ]
      return findings.map { Evidence(claim: $0.0, control: $0.1, draws: draws) }
    }
  }
}
