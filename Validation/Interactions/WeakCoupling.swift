// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import EnsembleRuns
import ErrorAnalysis
import FieldTheories
import KnownValues

/// φ⁴ at infinite width and weak coupling against its series to second order, at zero momentum, where the Schwinger-Dyson equations as control variates
/// make errors small enough to see the second order:
///
///     χ2 = 1/m² − λ D0/(2 m⁴) + …,      χ4 = −λ/m⁸ + ….
///
/// Wrong answers: twice the tadpole, and the second order with its sign changed.
struct WeakCoupling {
  private let theory: TheoryDefinition
  private let series: LatticePerturbationTheory
  private let coupling: Double

  /// Largest second order over first order of χ2: the third order is then below a third of the errors of 10^6 draws.
  static let largestRatio = 0.0065

  /// Nil where the series is not known, or the coupling is too strong for it.
  init?(_ theory: TheoryDefinition) {
    guard let field = theory.architecture.freeField, field.lattice.boundary == .periodic,
      let potential = theory.insertions.latticePotential
    else { return nil }
    coupling = 24 * potential.coefficient(4)
    guard potential.degree == 4, potential.isEven, potential.coefficient(2) == 0, coupling > 0, field.mass > 0 else { return nil }
    series = LatticePerturbationTheory(lattice: field.lattice, massSquared: field.mass * field.mass)
    let second = series.twoPoint(mode: zeroMode(of: field)).coefficients
    guard abs(second[2] * coupling) <= Self.largestRatio * abs(second[1]) else { return nil }
    self.theory = theory
  }

  func experiment(_ command: String) -> Experiment {
    let orders = [("first order", "twice the tadpole"), ("second order", "the second order with the other sign")]
    return Experiment(
      theory: theory.title,
      claims: orders.map { order, control in
        Claim(
          "series, \(order)", statement: "chi2 and chi4 at lambda = \(Finding.short(coupling)): the series to order lambda^2",
          source: "docs/physics/interacting-exact.md, \"Perturbation theory\"", control: control)
      }, command: "nnft correlate \(command) --estimators zero-momentum"
    ) { [self] budget in
      let request = try theory.request(budget, estimators: [ZeroMomentum.tableName])
      let table = try request.measure(threads: budget.threads, monitor: budget.monitor).named(ZeroMomentum.tableName)!
      func finding(_ change: ([Double]) -> [Double]) -> Finding {
        let mode = zeroMode(of: theory.architecture.freeField!)
        let expected = [series.twoPoint(mode: mode), series.fourthSusceptibility].map {
          CouplingSeries(change($0.coefficients)).value(at: coupling)
        }
        return Finding(
          Array(table.samples[0..<2]), equal: expected, order: 4, draws: Int(table.independentSamples),
          independentSamples: table.independentSamples)
      }
      let truth = finding { $0 }
      return [
        Evidence(claim: truth, control: finding { [$0[0], 2 * $0[1], $0[2]] }, draws: request.draws),
        Evidence(claim: truth, control: finding { [$0[0], $0[1], -$0[2]] }, draws: request.draws),
      ]
    }
  }
}

private func zeroMode(of field: FreeLatticeField) -> [Int] { field.lattice.sites.map { _ in 0 } }
