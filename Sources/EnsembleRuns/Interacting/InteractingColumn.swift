// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import Foundation
import InteractingResults
import LatticeFields
import ParameterSampling

/// What is known of the rows of an interacting run. Numbers of the very ensemble that is measured are exact and enter pulls and tests; a series in
/// λ and the limit N → ∞ are references: shown beside the measurement, never held against it.
///
/// Of the two, the series is shown while its last term is below a tenth of its value, else the limit; without a limit, while its last term is below
/// half of its value. Beyond, a series says nothing. The table's notes repeat the rule.
final class InteractingColumn {
  private let own: InteractingReference?
  private let limit: InteractingReference?
  private let lattice: Lattice
  /// Infinite width.
  private let isField: Bool
  private var cache: [CorrelationFunction: ReferenceValue?] = [:]
  /// Whether the last table's series were computed in full.
  private var isAffordable = true

  /// Sites times four-point functions, summed over a table, above which a series at finite width is left out: about two seconds.
  private static let seriesBudget = 2000

  /// Knows potentials `½ δ φ² + (λ/4!) φ⁴` on the sites of the lattice, and of the Gaussian field all quadratic and linear terms at sites.
  init(_ theory: InteractingTheory) {
    let lattice = theory.lattice
    self.lattice = lattice
    isField = theory.prior is FreeLatticeField
    if let field = theory.prior as? FreeLatticeField, let known = InteractingReference(gaussian: field, terms: theory.terms) {
      (own, limit) = (known, nil)
      return
    }
    guard let potential = theory.latticePotential else {
      (own, limit) = (nil, nil)
      return
    }
    let coupling = 24 * potential.coefficient(4)
    let shift = 2 * potential.coefficient(2)
    guard potential.source == 0, potential.degree <= 4, coupling > 0 else {
      (own, limit) = (nil, nil)
      return
    }
    if let field = theory.prior as? FreeLatticeField {
      own = InteractingReference(
        infiniteWidth: QuarticPotential(massSquared: field.mass * field.mass + shift, coupling: coupling), lattice: lattice,
        freeMassSquared: field.mass * field.mass)
      limit = nil
    } else if let net = theory.prior as? any NeuronSum {
      own = InteractingReference(net: net, lattice: lattice, coupling: coupling, massShift: shift)
      limit = (net as? LatticeAlphaNet).flatMap { InteractingReference(limitOf: $0, coupling: coupling, massShift: shift) }
    } else {
      (own, limit) = (nil, nil)
    }
  }

  /// What is known of the rows of one table.
  func values(_ targets: [RowTarget]) -> [ReferenceValue?] {
    let nodes = targets.reduce(0) { $0 + $1.terms.count { $0.function.order > 2 } } * lattice.siteCount
    isAffordable = limit == nil || nodes <= Self.seriesBudget
    return targets.map { value($0, withSeries: isAffordable) }
  }

  /// Single-thread seconds that ``values(_:)`` takes for a table, good to a factor of two: of a series, a microsecond for each site and four-point
  /// function at infinite width, a millisecond at finite width.
  func seconds(_ targets: [RowTarget]) -> Double {
    guard let own, !own.isExact else { return 0 }
    let functions = targets.reduce(into: Set<CorrelationFunction>()) { set, target in
      for term in target.terms where term.function.order > 2 { set.insert(term.function) }
    }
    let nodes = Double(functions.count) * Double(lattice.siteCount)
    if isField { return 1e-6 * nodes }
    return limit != nil && nodes > Double(Self.seriesBudget) ? 0 : 1e-3 * nodes
  }

  private func value(_ target: RowTarget, withSeries: Bool) -> ReferenceValue? {
    guard !target.terms.isEmpty else { return nil }
    // Lattice theories are solved at sites.
    guard
      lattice.boundary == .open
        || target.terms.allSatisfy({ $0.function.points.allSatisfy { lattice.site(at: $0) != nil } })
    else { return nil }
    let order = target.terms.map(\.function.order).max()!
    var series: ReferenceValue?
    if withSeries || order <= 2 || own?.isExact == true { series = sum(target) }
    if let series, series.kind == .exact || series.lastTerm <= 0.1 * abs(series.value) { return series }
    return limit?.value(target) ?? series.flatMap { $0.lastTerm <= 0.5 * abs($0.value) ? $0 : nil }
  }

  /// The weighted sum, each function asked for once.
  private func sum(_ target: RowTarget) -> ReferenceValue? {
    guard let own else { return nil }
    var (sum, lastTerm, last) = (0.0, 0.0, ReferenceValue?.none)
    for (weight, function) in target.terms {
      let known: ReferenceValue?
      if let entry = cache[function] {
        known = entry
      } else {
        known = own.value(function)
        cache[function] = known
      }
      guard let known else { return nil }
      sum += weight * known.value
      lastTerm += abs(weight) * known.lastTerm
      last = known
    }
    return last.map { ReferenceValue(value: sum, kind: $0.kind, source: $0.source, lastTerm: lastTerm) }
  }

  /// `<S> = V (c0 − J <φ> + c2 <φ²> + c4 <φ⁴>)` of the action of a theory, where all sites are alike; the averages are those of this column's.
  func meanAction(_ theory: InteractingTheory) -> ReferenceValue? {
    guard let potential = theory.latticePotential else { return nil }
    let (square, quartic) = (
      CorrelationFunction.moment([.zero, .zero]), CorrelationFunction.moment([.zero, .zero, .zero, .zero])
    )
    let terms = [
      (-potential.source, CorrelationFunction.moment([.zero])), (potential.coefficient(2), square),
      (potential.coefficient(4), quartic),
    ]
    .filter { $0.0 != 0 }
    return values([RowTarget(terms: terms.map { (lattice.volume * $0.0, $0.1) })])[0].map {
      ReferenceValue(
        value: $0.value + lattice.volume * potential.constant, kind: $0.kind, source: $0.source, lastTerm: $0.lastTerm)
    }
  }

  /// The series of a correlation function in words, where that is how it is known.
  func seriesLine(_ function: CorrelationFunction) -> String? {
    own?.coefficients(function).map { coefficients in
      coefficients.enumerated().map { order, c in
        String(format: order == 0 ? "%.12g" : "%+.12g", c) + (order == 0 ? "" : order == 1 ? " lambda" : " lambda^\(order)")
      }.joined(separator: " ")
    }
  }

  /// Whether its numbers are those of the very ensemble that is measured.
  var isSolved: Bool { own?.isExact ?? false }

  /// `ln Z/Z_0`, Z_0 of the free ensemble that is sampled, the constant of the potential left out.
  var logPartitionRatio: ReferenceValue? { own?.logPartitionRatio }

  /// ESS/M of reweighting from the free theory.
  var effectiveSampleFraction: ReferenceValue? { own?.effectiveSampleFraction }

  /// Where the numbers come from, for the notes of a table.
  func source(_ values: [ReferenceValue?]) -> [String] {
    var lines: [String] = []
    if values.contains(where: { $0.map { $0.kind != .exact } ?? false }) {
      lines.append(
        limit == nil
          ? "reference: the series in lambda, while its last term is below half of its value"
          : "reference: the series in lambda of this width while its last term is below a tenth of its value, else the limit N = infinity"
            + (isAffordable ? "" : "; here the series of 2-point functions only, that of the others would take too long"))
    }
    for value in values {
      guard let value else { continue }
      let line =
        value.kind == .exact
        ? "exact values: \(value.source)" : "reference \(value.kind.label): \(value.source); no part in any test"
      if !lines.contains(line) { lines.append(line) }
    }
    return lines
  }
}

extension ReferenceValue {
  /// What every identity says.
  static let zero = ReferenceValue(value: 0, kind: .exact, source: "integration by parts")
}
