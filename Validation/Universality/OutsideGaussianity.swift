// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis
import LatticeFields

extension Universality {
  /// What the limit of infinite width would leave: no odd functions, no connected 4-point function.
  func experiments(_ fields: OutsideFields) throws -> [Experiment] {
    guard fields.lattice.siteCount > 1 else { throw NotApplicable("one site has no correlation functions to speak of") }
    return [evenness(fields), gaussianity(fields)]
  }

  private func evenness(_ fields: OutsideFields) -> Experiment {
    let claim = Claim(
      "phi -> -phi", statement: "<phi(x)> = 0 and <phi(x) phi(y) phi(z)> = 0", source: OutsideFields.source,
      control: "a mean of a tenth of the field's size")
    return Experiment(theory: fields.title, claims: [claim], command: nil, isGiven: true) { budget in
      let sets = (0..<3).map { [fields.configuration(1, $0)[0]] } + (0..<3).map { fields.configuration(3, $0) }
      let estimator = OddPointFunctions(
        sets: sets.map { $0.map(fields.point) }, shift: 0.1 * fields.ensemble.survey.meanSquare.squareRoot())
      let samples = try fields.ensemble.samples(
        estimator, at: estimator.points, threads: budget.threads, monitor: budget.monitor)
      let rows = samples.rows(samples.all)
      let tests = PointRows(samples: samples, orders: [])
      return [
        Evidence(
          claim: tests.finding(zero: Array(rows[..<sets.count]), order: 4),
          control: tests.finding(zero: Array(rows[sets.count...]), order: 4), draws: fields.ensemble.draws)
      ]
    }
  }

  /// Places over which connected functions are averaged: what is zero at each is zero on average, with smaller errors.
  private static let places = 16

  private func gaussianity(_ fields: OutsideFields) -> Experiment {
    let claim = Claim(
      "Gaussianity, n = 4",
      statement: "G4c(x, y, z, w) = 0 at equal points and at points near each other, on average over \(Self.places) places",
      source: OutsideFields.source,
      control: "a tenth of what the 2-point functions make of G4")
    return Experiment(theory: fields.title, claims: [claim], command: nil, isGiven: true) { budget in
      let shapes = [[0, 0, 0, 0], [0, 0, 1, 1], [0, 0, 1, 2], [0, 1, 2, 3]]
      let places = (0..<Self.places).map { fields.configuration(4, $0) }
      let rows = try fields.measured(shapes.flatMap { shape in places.map { sites in shape.map { sites[$0] } } }, budget)
      let functions = rows.functions(rows.samples.all)
      func averages(_ rows: [JackknifeSamples]) -> [JackknifeSamples] {
        shapes.indices.map { shape in
          let same = rows[shape * Self.places..<(shape + 1) * Self.places]
          return (1 / Double(Self.places)) * same.dropFirst().reduce(same.first!) { $0 + $1 }
        }
      }
      let (full, connected) = (averages(functions.full), averages(functions.connected))
      let claim = rows.finding(zero: connected, order: 4)
      let control = rows.finding(zero: zip(connected, full).map { $0 - 0.1 * ($1 - $0) }, order: 4)
      // Directions with tails are left out of either test. What passes on fewer of them than it was asked about is no pass.
      let resolved = claim.directions ?? 0
      let isPartial = resolved < shapes.count && (claim.pValue ?? 0) > 1e-6
      return [
        Evidence(
          claim: isPartial
            ? Finding(
              pValue: nil,
              text: "too few draws: the tails of all but \(resolved) of \(shapes.count) combinations are not seen yet",
              growth: 4, pulls: claim.pulls)
            : claim,
          control: control, draws: fields.ensemble.draws)
      ]
    }
  }
}
