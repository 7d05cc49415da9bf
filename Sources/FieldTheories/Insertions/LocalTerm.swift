// SPDX-License-Identifier: GPL-3.0-or-later

import LatticeFields

/// What the insertions of one region add up to: one term of the action, `I[φ] = ∫ w(x) [V(φ(x)) − J(x) φ(x)]`. An action is any sum of them.
public struct LocalTerm: Sendable {
  /// Where it acts.
  public let region: any InsertionRegion
  /// V, a constant source included.
  public var potential: LocalPotential
  /// J at every node of the region beyond the constant source, component after component of a field of several; empty where there is none.
  public let sources: [Double]

  /// `(U/4) ρ²` beside the integral; nil of all actions but those of modes.
  public let length: LengthTerm?

  /// A potential and sources in a region, and the term of the length of modes.
  public init(region: any InsertionRegion, potential: LocalPotential, sources: [Double] = [], length: LengthTerm? = nil) {
    (self.region, self.potential, self.sources, self.length) = (region, potential, sources, length)
  }

  /// Whether `I[−φ] = I[φ]`.
  public var isEven: Bool { potential.isEven && sources.isEmpty && length == nil }

  /// The symmetries that remain of an ensemble.
  public func remaining(of symmetries: FieldSymmetries) -> FieldSymmetries {
    var result = region.remaining(of: symmetries)
    if !isEven { result.isEven = false }
    if !sources.isEmpty { (result.translationInvariantOrder, result.rotations, result.hasLikeComponents) = (0, .none, false) }
    return result
  }

  /// `½ m_a` and `j_a` of `I = Σ_a [½ m_a φ(x_a)² − j_a φ(x_a)]`, weights included, where that is all of it but a constant and the region has
  /// nodes: a Gaussian field stays one. The sources are those of a component, counted from 0.
  public func quadraticPart(_ lattice: Lattice, component: Int = 0) -> (points: [Point], masses: [Double], sources: [Double])? {
    let (points, weights): ([Point], [Double])
    switch region.integral {
    case .sites:
      let positions = (0..<lattice.siteCount).map(lattice.position)
      (points, weights) = (positions, [Double](repeating: lattice.cellVolume, count: lattice.siteCount))
    case .points(let listed, let own): (points, weights) = (listed, own)
    case .pairs: return nil
    }
    guard potential.degree <= 2, length == nil else { return nil }
    return (
      points, weights.map { 2 * $0 * potential.coefficient(2) },
      weights.indices.map { weights[$0] * (potential.source + (sources.isEmpty ? 0 : sources[component * weights.count + $0])) }
    )
  }

  /// Why `exp(−I)` need not be normalisable over `architecture`, or nil where it is.
  ///
  /// A potential with a lower bound is always normalisable. A source alone is, where output weights fall faster than any
  /// exponential (Gaussian, Rayleigh) or are bounded. Otherwise the answer would depend on the width.
  func unboundedness(_ architecture: any Architecture) -> String? {
    // ρ² outgrows all that is quadratic.
    if length != nil, potential.degree <= 2 { return nil }
    if let leading = potential.even.last { return leading > 0 ? nil : "the potential \(formula) has no lower bound" }
    guard !isEven, architecture.neurons?.outputWeights.kind == .laplace else { return nil }
    return "a source alone has no finite weight under laplace output weights"
  }

  /// Why V has no exact integral in its region, or nil: pair sums know φ² and φ⁴.
  public var inexactness: String? {
    guard region.isPaired, potential.degree > 4 || potential.source != 0 else { return nil }
    return "V = \(formula): exact integrals over a box or an envelope are those of phi^2 and phi^4"
  }

  /// V in a formula.
  public var formula: String {
    guard !sources.isEmpty else { return potential.formula }
    return (potential.formula == "0" ? "" : potential.formula + " ") + "- J(x) phi" + (length == nil ? "" : " and (U/4) rho^2")
  }
}
