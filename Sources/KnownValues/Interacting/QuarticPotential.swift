// SPDX-License-Identifier: GPL-3.0-or-later

/// The local potential of lattice φ⁴ in plain numbers:
///
///     S = a^d Σ_x [ ½ Σ_μ ((φ(x+μ) − φ(x))/a)² + ½ m² φ² + (λ/4!) φ⁴ ],    weight e^{−S}.
///
/// Conversions: `(λ/4!) φ⁴ = (λ_SL/4) φ⁴ = g φ⁴`, so λ = 6 λ_SL = 24 g. Source: docs/physics/interacting-exact.md.
public struct QuarticPotential: Sendable, Hashable {
  /// m², of either sign.
  public let massSquared: Double
  /// Coupling λ ≥ 0 of φ⁴.
  public let coupling: Double

  /// A potential bounded from below: λ > 0, or λ = 0 and m² > 0.
  public init(massSquared: Double, coupling: Double) {
    precondition(
      massSquared.isFinite && coupling.isFinite && (coupling > 0 || coupling == 0 && massSquared > 0),
      "QuarticPotential: m2 = \(massSquared), lambda = \(coupling) is not bounded from below")
    self.massSquared = massSquared
    self.coupling = coupling
  }

  /// The potential with m² and λ multiplied by these factors; nil where that leaves double precision, or a well without a bottom.
  func scaled(massSquared mass: Double, coupling factor: Double) -> QuarticPotential? {
    let (m2, lambda) = (mass * massSquared, factor * coupling)
    guard m2.isFinite, lambda.isFinite, lambda > 0 || lambda == 0 && m2 > 0 else { return nil }
    return QuarticPotential(massSquared: m2, coupling: lambda)
  }

  /// `½ m² φ² + (λ/4!) φ⁴`.
  public func value(_ field: Double) -> Double {
    let square = field * field
    return square * (massSquared / 2 + coupling * square / 24)
  }

  /// The place of the minimum with φ ≥ 0: 0, or `√(−6 m²/λ)` of a double well.
  public var minimum: Double { massSquared < 0 ? (-6 * massSquared / coupling).squareRoot() : 0 }

  /// The curvature at the minimum: m², or `−2m²` in either well.
  var stiffness: Double { massSquared < 0 ? -2 * massSquared : massSquared }

  /// The place φ ≥ 0 of the lowest minimum of `v(φ) − |J| φ`.
  func minimum(underSource source: Double) -> Double {
    guard source != 0 else { return minimum }
    func slope(_ field: Double) -> Double { field * (massSquared + coupling * field * field / 6) - abs(source) }
    var (low, high) = (minimum, max(1, 2 * minimum))
    while slope(high) < 0 { (low, high) = (high, 2 * high) }
    for _ in 0..<200 where low < high {
      let middle = (low + high) / 2
      if slope(middle) < 0 { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }

  /// The greatest curvature at a minimum of `v(φ) − J φ`.
  func stiffness(underSource source: Double) -> Double {
    let field = minimum(underSource: source)
    return source == 0 ? stiffness : max(stiffness, massSquared + coupling * field * field / 2)
  }
}
