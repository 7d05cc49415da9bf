// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import Foundation
import LatticeFields

/// What is known of the rows of an interacting run. Numbers of the very ensemble that is measured are exact and enter pulls and tests; a series in
/// λ and the limit N → ∞ are references: shown beside the measurement, never held against it.
///
/// Of the two, the series is shown while its last term is below a tenth of its value, else the limit; without a limit, while its last term is below
/// half of its value. Beyond, a series says nothing. The table's notes repeat the rule.
public final class InteractingRunValues: KnownValues {
  private let own: InteractingValues?
  private let limit: InteractingValues?
  private let lattice: Lattice
  /// Infinite width.
  private let isField: Bool
  /// Number D of components; what is known of several is invariant under O(D).
  private let components: Int
  private let known: CachedValues?
  /// Whether the last table's series were computed in full.
  private var isAffordable = true

  /// Sites times four-point functions, summed over a table, above which a series at finite width is left out: about two seconds.
  private static let seriesBudget = 2000

  /// Whether fields are known between sites.
  private let hasPlaces: Bool

  /// Knows potentials `½ δ φ² + (λ/4!) φ⁴` on the sites of the lattice, and of the Gaussian field all quadratic and linear terms at sites; `prior` is
  /// the ensemble that samples are drawn from.
  /// `hasData`: some of the terms are a likelihood, and the Gaussian process of infinite width is the limit.
  public init(prior: any Architecture, terms: [LocalTerm], lattice: Lattice, hasData: Bool = false) {
    self.lattice = lattice
    isField = prior.freeField != nil
    hasPlaces = prior.modes?.eigenfunctions != nil
    components = prior.outputs
    guard components == 1 else {
      own = InteractingValues(components: prior, terms: terms, lattice: lattice)
      limit = hasData ? InteractingValues(limitOfComponents: prior, terms: terms, lattice: lattice) : nil
      known = own.map { CachedValues($0) }
      return
    }
    let quartic = Self.quartic(terms)
    if let modes = prior.modes {
      own = InteractingValues(modes: modes, terms: terms)
    } else if let field = prior.freeField, let known = InteractingValues(gaussian: field, terms: terms) {
      own = known
    } else if let field = prior.freeField, let known = InteractingValues(ring: field, terms: terms) {
      own = known
    } else if hasData, let known = InteractingValues(linear: prior, terms: terms, lattice: lattice) {
      own = known
    } else if hasData, let net = prior.neurons {
      own = InteractingValues(data: net, terms: terms, lattice: lattice)
    } else if let quartic, let field = prior.freeField {
      own = InteractingValues(
        infiniteWidth: QuarticPotential(massSquared: field.mass * field.mass + quartic.shift, coupling: quartic.coupling),
        lattice: lattice, source: quartic.source, freeMassSquared: field.mass * field.mass)
    } else if let quartic, quartic.source == 0, let net = prior.neurons {
      own = InteractingValues(net: net, lattice: lattice, coupling: quartic.coupling, massShift: quartic.shift)
    } else {
      own = nil
    }
    limit = hasData ? Self.limit(of: prior, terms, lattice) : Self.limit(of: prior, terms)
    known = own.map { CachedValues($0) }
  }

  /// λ > 0, δ and J; nil of other potentials and in other regions.
  private static func quartic(_ terms: [LocalTerm]) -> (coupling: Double, shift: Double, source: Double)? {
    guard let potential = terms.latticePotential, potential.degree <= 4, potential.coefficient(4) > 0 else { return nil }
    return (24 * potential.coefficient(4), 2 * potential.coefficient(2), potential.source)
  }

  /// The limit N → ∞ of a lattice net of independent neurons, where it is solved.
  static func limit(of net: any Architecture, _ terms: [LocalTerm]) -> InteractingValues? {
    guard let massive = net.massive, net.freeField == nil, net.sharedScale.isConstant, let quartic = quartic(terms) else {
      return nil
    }
    return InteractingValues(limitOf: massive, coupling: quartic.coupling, massShift: quartic.shift, source: quartic.source)
  }

  /// The limit N → ∞ of a net with data: the Gaussian process, and with φ⁴ a ring.
  static func limit(of net: any Architecture, _ terms: [LocalTerm], _ lattice: Lattice) -> InteractingValues? {
    InteractingValues(gaussianLimitOf: net, terms: terms, lattice: lattice)
      ?? (net.freeField == nil ? net.massive.flatMap { InteractingValues(ringLimitOf: $0, terms: terms) } : nil)
  }

  /// The value of a correlation function, by the rule of rows.
  public func value(_ function: CorrelationFunction) -> KnownValue? { value(RowTarget(function)) }

  /// The value of a row, the series included.
  public func value(_ row: RowTarget) -> KnownValue? { value(row, withSeries: true) }

  /// What is known of the rows of one table.
  public func values(_ targets: [RowTarget]) -> [KnownValue?] {
    let nodes = targets.reduce(0) { $0 + $1.terms.count { $0.function.order > 2 } } * lattice.siteCount
    isAffordable = limit == nil || nodes <= Self.seriesBudget
    return targets.map { value($0, withSeries: isAffordable) }
  }

  /// Single-thread seconds that making it takes, good to a factor of two.
  public var preparationSeconds: Double { (own?.preparationSeconds ?? 0) + (limit?.preparationSeconds ?? 0) }

  /// Single-thread seconds that ``values(_:)`` takes for a table, good to a factor of two: of a series, a microsecond for each site and four-point
  /// function at infinite width, a millisecond at finite width.
  public func seconds(_ targets: [RowTarget]) -> Double {
    guard let own, !own.isExact else { return 0 }
    let functions = targets.reduce(into: Set<CorrelationFunction>()) { set, target in
      for term in target.terms where term.function.order > 2 { set.insert(term.function) }
    }
    let nodes = Double(functions.count) * Double(lattice.siteCount)
    if isField { return 1e-6 * nodes }
    return limit != nil && nodes > Double(Self.seriesBudget) ? 0 : 1e-3 * nodes
  }

  private func value(_ target: RowTarget, withSeries: Bool) -> KnownValue? {
    guard !target.terms.isEmpty else { return nil }
    // Lattice theories are solved at sites, but for modes that have eigenfunctions.
    guard
      lattice.boundary == .open || hasPlaces
        || target.terms.allSatisfy({ $0.function.points.allSatisfy { lattice.site(at: $0) != nil } })
    else { return nil }
    let order = target.terms.map(\.function.order).max()!
    var series: KnownValue?
    if withSeries || order <= 2 || isSolved { series = known?.value(target) }
    // The first correction in 1/N is shown beside the limit, whatever its size.
    if let series, series.kind == .inverseWidth { return series }
    if let series, series.kind == .exact || series.lastTerm <= 0.1 * abs(series.value) { return series }
    return limit?.value(target) ?? series.flatMap { $0.lastTerm <= 0.5 * abs($0.value) ? $0 : nil }
  }

  /// What a row, and ln Z/Z_0, would be at infinite width; nil where that is not known, or is what is measured.
  public func limit(_ row: RowTarget) -> Double? { limit?.value(row)?.value }

  /// `ln Z/Z_0` of infinite width, like ``logPartitionRatio``.
  public var limitOfLogPartitionRatio: Double? { limit?.logPartitionRatio?.value }

  /// `<S> = V (c0 − J <φ> + c2 <φ²> + c4 <φ⁴>)` of an action, where all sites are alike; the averages are those of this ensemble. Of D components
  /// `<φ·φ> = D <φ_1²>` and `<(φ·φ)²> = D(D+2)/3 <φ_1⁴>`.
  public func meanAction(_ terms: [LocalTerm]) -> KnownValue? {
    guard let potential = terms.latticePotential else { return nil }
    let (square, quartic) = (
      CorrelationFunction.moment([.zero, .zero]), CorrelationFunction.moment([.zero, .zero, .zero, .zero])
    )
    let d = Double(components)
    let terms = [
      (-potential.source, CorrelationFunction.moment([.zero])), (d * potential.coefficient(2), square),
      (d * (d + 2) / 3 * potential.coefficient(4), quartic),
    ]
    .filter { $0.0 != 0 }
    return values([RowTarget(terms: terms.map { (lattice.volume * $0.0, $0.1) })])[0]?
      .shifted(by: lattice.volume * potential.constant)
  }

  /// The series of a correlation function in words, where that is how it is known.
  public func seriesLine(_ function: CorrelationFunction) -> String? {
    own?.coefficients(function).map { coefficients in
      coefficients.enumerated().map { order, c in
        String(format: order == 0 ? "%.12g" : "%+.12g", c) + (order == 0 ? "" : order == 1 ? " lambda" : " lambda^\(order)")
      }.joined(separator: " ")
    }
  }

  /// Whether its numbers are those of the very ensemble that is measured.
  public var isSolved: Bool { own?.isExact ?? false }

  /// `ln Z/Z_0`, Z_0 of the free ensemble that is sampled, the constant of the potential left out.
  public var logPartitionRatio: KnownValue? { own?.logPartitionRatio }

  /// ESS/M of reweighting from the free theory.
  public var effectiveSampleFraction: KnownValue? { own?.effectiveSampleFraction }

  /// The rule by which references are shown, and the method of each number.
  public func notes(on values: [KnownValue?]) -> [String] {
    var lines: [String] = []
    if values.contains(where: { $0.map { $0.kind != .exact } ?? false }) {
      lines.append(
        values.contains { $0?.kind == .inverseWidth }
          ? "reference: infinite width with its first correction in 1/N"
          : limit == nil
            ? "reference: the series in lambda, while its last term is below half of its value"
            : "reference: the series in lambda of this width while its last term is below a tenth of its value, else the limit N = infinity"
              + (isAffordable ? "" : "; here the series of 2-point functions only, that of the others would take too long"))
    }
    for case let value? in values {
      let line =
        value.kind == .exact
        ? "exact values: \(value.source)" : "reference \(value.kind.label): \(value.source); no part in any test"
      if !lines.contains(line) { lines.append(line) }
    }
    return lines
  }
}
