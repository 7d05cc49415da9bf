// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import ErrorAnalysis
import FieldTheories
import LatticeFields

/// Regularity asks that Schwinger functions be tempered. In a translation invariant ensemble they are even bounded, `|G_n(x1..xn)| <= G_n(0..0)` by
/// Hölder's inequality; those of the Gauss-net grow at finite width, `G4(x,x,x,x) ~ exp(4 sigma_w0² x²/d)`, faster than any power.
enum Regularity {
  /// Distance from the origin in correlation lengths.
  private static let distance = 0.5

  static func experiment(_ theory: TheoryDefinition, length: Double) -> Experiment {
    let symmetries = theory.architecture.symmetries
    let holds = symmetries.translationInvariantOrder >= 4
    let step = symmetries.isPeriodic ? theory.lattice.spacing : Self.distance * length
    let claim = Claim(
      "bounds", statement: "G4(x,x,x,x) <= G4(0,0,0,0) at |x| = \(Finding.short(step))", source: "Hölder's inequality",
      expectation: holds ? .holds : .fails, control: holds ? "G4(0,0,0,0) smaller by a tenth" : "n = 2, which is bounded")
    return Experiment(theory: theory.title, claims: [claim], command: nil) { budget in
      let sets = [2, 4].flatMap { order in
        [0, step].map { x in PointSet(name: "\(order), \(x)", points: Array(repeating: Point(x, 0, 0, 0), count: order)) }
      }
      let estimator = PointFunctions(sets: sets)
      let draws = budget.draws(max(theory.run.draws, SamplingAdequacy.minimumDraws(order: 4)))
      let rows = try theory.measured(estimator, at: estimator.points, draws: draws, budget)
      let (second, fourth) = (rows[0] - rows[1], rows[2] - rows[4])
      func finding(_ difference: JackknifeSamples, _ order: Int) -> Finding {
        Finding(nonNegative: difference, order: order, draws: draws)
      }
      let control = holds ? finding(fourth - 0.1 * rows[2], 4) : finding(second, 2)
      return [Evidence(claim: finding(fourth, 4), control: control, draws: draws)]
    }
  }
}
