// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import ErrorAnalysis
import FieldTheories
import LatticeFields

/// An equation of arXiv:2408.00082 and what is wrong with it in print: measured fields are held against the corrected formula, and as a control against
/// the printed one. Both are written out here, apart from the closed forms of the architectures.
struct LectureEquation: Sendable {
  /// What a formula may use.
  struct Setting: Sendable {
    /// Width N and dimension d.
    let width: Double, dimension: Int
    /// Where the field is measured.
    let lattice: Lattice
    private let numbers: [String: Double]

    init(_ theory: TheoryDefinition) {
      width = Double(theory.architecture.width)
      dimension = theory.dimension
      lattice = theory.lattice
      numbers = Dictionary(
        theory.resolved.compactMap { entry in Double(entry.value).map { (entry.key, $0) } },
        uniquingKeysWith: { first, _ in first })
    }

    /// A key of the architecture; the conditions of the equation ask for those it uses.
    subscript(key: String) -> Double {
      guard let value = numbers["architecture.\(key)"] else { preconditionFailure("LectureEquation: no number \(key)") }
      return value
    }
  }

  typealias Formula = @Sendable (Setting, [Point]) -> Double

  /// `(71)`, or `(71), factor 2` where more than one thing is wrong with it.
  let number: String
  /// The corrected formula.
  let statement: String
  /// What is printed, or another wrong formula where the print is right.
  let wrong: String
  /// Keys and words of the architecture that it holds for.
  let conditions: [(key: String, value: String)]
  /// Number n of points.
  let order: Int
  /// Whether it is of the connected function.
  let isConnected: Bool
  let corrected: Formula
  let printed: Formula
  /// Where the formulas can be evaluated.
  var isFeasible: @Sendable (Setting) -> Bool = { _ in true }

  /// Whether a theory is of this kind; the lectures' weights are independent.
  func applies(to theory: TheoryDefinition) -> Bool {
    guard theory.architecture.neurons?.sharedScale.isConstant != false else { return false }
    return conditions.allSatisfy { condition in
      theory.resolved.contains { $0.key == "architecture.\(condition.key)" && $0.value.trimmingQuotes == condition.value }
    }
  }

  /// All equations that apply to a theory, from one run for each order.
  static func experiments(_ theory: TheoryDefinition, length: Double) -> [Experiment] {
    [2, 4].compactMap { order in
      let setting = Setting(theory)
      let sets = sets(theory, order: order, length: length)
      let equations = all.filter { equation in
        guard equation.order == order, equation.applies(to: theory), equation.isFeasible(setting) else { return false }
        // Where what is wrong makes no difference, as 1/N does not at N = 1, nothing can be told.
        return sets.contains {
          let (right, wrong) = (equation.corrected(setting, $0.points), equation.printed(setting, $0.points))
          return abs(right - wrong) > 1e-6 * max(abs(right), abs(wrong))
        }
      }
      guard !equations.isEmpty else { return nil }
      return experiment(theory, equations, order: order, length: length)
    }
  }

  private static func sets(_ theory: TheoryDefinition, order: Int, length: Double) -> [PointSet] {
    guard theory.architecture.symmetries.isPeriodic, order == 2 else {
      return theory.configurations(6, of: order, within: length).sets
    }
    // On a lattice the formulas differ at the shortest distances.
    return (0..<6).map { index -> [Point] in
      let (column, row) = theory.dimension > 1 ? (index % 3, index / 3) : (index, 0)
      return [.zero, theory.lattice.spacing * Point(Double(column), Double(row), 0, 0)]
    }.sets
  }

  private static func experiment(
    _ theory: TheoryDefinition, _ equations: [LectureEquation], order: Int, length: Double
  ) -> Experiment {
    let sets = sets(theory, order: order, length: length)
    let setting = Setting(theory)
    return Experiment(
      theory: theory.title,
      claims: equations.map { equation in
        Claim(
          "eq. \(equation.number)", statement: equation.statement,
          source: "arXiv:2408.00082 eq. \(equation.number.prefix { $0 != "," })", control: equation.wrong,
          holds: theory.ensemble + [.estimator(PointFunctions.tableName)])
      }, command: nil
    ) { budget in
      let estimator = PointFunctions(sets: sets)
      let draws = budget.draws(max(theory.run.draws, SamplingAdequacy.minimumDraws(order: order)))
      let rows = try theory.measured(estimator, at: estimator.points, draws: draws, budget)
      return equations.map { equation in
        // Full functions stand first among the rows of a set, connected ones after them.
        let measured = order == 2 ? rows : sets.indices.map { rows[2 * $0 + (equation.isConnected ? 1 : 0)] }
        func deviations(_ formula: Formula) -> [JackknifeSamples] {
          zip(measured, sets).map { $0 - formula(setting, $1.points) }
        }
        return Evidence(
          claim: theory.finding(zero: deviations(equation.corrected), order: order, draws: draws),
          control: theory.finding(
            zero: deviations(equation.printed), order: order, draws: draws,
            truth: sets.map { equation.corrected(setting, $0.points) - equation.printed(setting, $0.points) }), draws: draws)
      }
    }
  }
}

extension String {
  fileprivate var trimmingQuotes: Substring {
    hasPrefix("\"") && hasSuffix("\"") && count > 1 ? dropFirst().dropLast() : self[...]
  }
}
