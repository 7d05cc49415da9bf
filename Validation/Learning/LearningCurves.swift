// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import FieldTheories
import NumericalKernels
import Studies

/// The claims about a learning curve: regression by the kernel of infinite width, averaged over data sets.
struct LearningCurves {
  private let theory: TheoryDefinition
  private let curve: LearningCurveSettings

  init(_ theory: TheoryDefinition, _ curve: LearningCurveSettings) { (self.theory, self.curve) = (theory, curve) }

  private func study(_ budget: Budget, data: [Int], ridge: Double, sets: Int) throws -> [LearningCurveStudy.Row] {
    let changed = try theory.varied([
      ("study.curve.data", "\(data)"), ("study.curve.ridge", "[\(ridge)]"), ("study.curve.data_sets", "[\(sets)]"),
      ("run.seed", "\(budget.seed)"),
    ])
    let settings = changed.study!.curve!
    return try LearningCurveStudy(changed, settings).rows(settings, threads: budget.threads)
  }

  /// One and two data, whose average over all data sets is an integral.
  func exact(_ command: String) -> Experiment {
    let claim = Claim(
      "error of one and two data",
      statement: "the error of regression on one and on two data, averaged over data sets, is the exact integral",
      source: "docs/physics/learning-exact.md, \"Learning curves\"", control: "the integral at ridge T + K(1)",
      holds: theory.ensemble)
    return Experiment(theory: theory.title, claims: [claim], command: "nnft study \(command)") { budget in
      // The kernel of neurons that are bounded by one does not exceed <v^2>.
      let (ridge, wrong) = (0.01, 0.01 + (theory.architecture.scalable?.outputWeights.variance ?? 1) / 2)
      let rows = try study(budget, data: [1, 2], ridge: ridge, sets: budget.draws(20_000))
      let others = try study(budget, data: [1, 2], ridge: wrong, sets: 2)
      func finding(_ exact: [Double?]) -> Finding {
        let pulls = zip(rows, exact).compactMap { row, value in value.map { (row.test.value - $0) / row.test.error } }
        guard pulls.count == rows.count, pulls.allSatisfy(\.isFinite) else {
          return Finding(pValue: nil, text: "an average or its error is no number")
        }
        let square = pulls.reduce(0) { $0 + $1 * $1 }
        return Finding(
          pValue: Distributions.chiSquaredTail(square, degrees: Double(pulls.count)),
          text: "chi2 = \(Finding.short(square)) for \(pulls.count) numbers of data", pulls: pulls)
      }
      return [Evidence(claim: finding(rows.map(\.exact)), control: finding(others.map(\.exact)), draws: 2 * budget.draws(20_000))]
    }
  }

  /// The effective ridge, to the 5 % that an asymptotic theory is granted, where the equivalent kernel fails.
  func effectiveRidge(_ command: String) -> Experiment {
    let claim = Claim(
      "effective ridge",
      statement:
        "at small ridges the error averaged over data sets is that of the effective ridge, P = T/kappa + sum lambda/(lambda + kappa), within 5 %",
      source: "Canatar, Bordelon, Pehlevan (2021); Simon et al., arXiv:2110.03922",
      control: "the equivalent kernel, kappa = T/P", holds: theory.ensemble)
    return Experiment(theory: theory.title, claims: [claim], command: "nnft study \(command)") { budget in
      let rows = try study(budget, data: [50, 100], ridge: 0.001, sets: budget.draws(200))
      func finding(_ theory: (LearningCurveStudy.Row) -> Double) -> Finding {
        let pulls = rows.map { row in
          max(0, abs(row.test.value - theory(row)) - 0.05 * abs(theory(row))) / row.test.error
        }
        let worst = pulls.max()!
        return Finding(
          pValue: min(1, Double(2 * pulls.count) * Distributions.normalTail(worst)),
          text: "largest deviation beyond 5 %: \(Finding.short(worst)) errors", pulls: pulls)
      }
      return [Evidence(claim: finding(\.effectiveRidge), control: finding(\.equivalentKernel), draws: 2 * budget.draws(200))]
    }
  }
}
