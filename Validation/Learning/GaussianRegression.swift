// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import EnsembleRuns
import ErrorAnalysis
import FieldTheories
import KnownValues
import LatticeFields

/// The posterior mean of a Gaussian field by the formula of textbooks, `k(x)·(K + T)⁻¹ y` with the temperature and the labels of the file: exact columns are made of the terms of the
/// action, so a wrong likelihood would move them and the samples alike. Source: Rasmussen and Williams (2006), eq. (2.25).
struct GaussianRegression {
  private let theory: TheoryDefinition
  private let data: DataInsertion

  /// Nil unless the field is Gaussian under data alone.
  init?(_ theory: TheoryDefinition) {
    guard theory.architecture.neurons == nil, theory.architecture.layers == nil, theory.insertions.insertions.count == 1,
      let data = theory.insertions.insertions[0] as? DataInsertion
    else { return nil }
    (self.theory, self.data) = (theory, data)
  }

  func experiment() -> Experiment {
    let claim = Claim(
      "regression, predictor", statement: "the predictor is k(x).(K + T)^-1 y with T and y of the file", source: theory.source,
      control: "T x 1.5", holds: theory.ensemble)
    return Experiment(theory: theory.title, claims: [claim], command: nil) { budget in
      let request = try theory.request(budget, estimators: nil)
      let table = try request.measure(threads: budget.threads, monitor: budget.monitor)
        .named(PosteriorTable.Kind.predictor.rawValue)!
      func finding(_ factor: Double) throws -> Finding {
        let sound = table.rows.indices.filter {
          table.rows[$0].estimate.reliability == .sound && !table.rows[$0].hasNoVariance
        }
        guard !sound.isEmpty else { return Finding(pValue: nil, text: "no row has an error", growth: 4) }
        return Finding(
          HotellingTest(
            samples: sound.map { table.samples[$0] },
            expected: try sound.map { try predictor(at: table.rows[$0].target.terms[0].function.points[0], factor) },
            independentSamples: table.independentSamples),
          missing: "nothing was measured")
      }
      return [Evidence(claim: try finding(1), control: try finding(1.5), draws: request.draws)]
    }
  }

  private func predictor(at x: Point, _ factor: Double) throws -> Double {
    func kernel(_ a: Point, _ b: Point) -> Double {
      theory.architecture.exactValue(.moment([a, b]), lattice: theory.lattice) ?? .nan
    }
    let points = data.data.map(\.point)
    let posterior = try GaussianProcessPosterior(
      kernel: points.flatMap { a in points.map { kernel(a, $0) } }, noise: data.data.map { factor * $0.noise },
      labels: data.data.map(\.label))
    return posterior.mean([points.map { kernel(x, $0) }])[0]
  }
}
