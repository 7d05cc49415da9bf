// SPDX-License-Identifier: GPL-3.0-or-later

/// `V = (λ/4!) :φ⁴:`, with `:φ⁴: = φ⁴ − 6 G0 φ² + 3 G0²`, G0 = <φ²> of the free ensemble: the bare mass is m0² = m² − λ G0/2.
public struct NormalOrderedInsertion: Insertion {
  /// "normal-ordered-phi4".
  public let kind = "normal-ordered-phi4"
  /// Where it acts.
  public let region: any InsertionRegion
  /// The coupling λ.
  public let coupling: Double
  /// The variance G0 of the free field, which the ordering refers to.
  public let freeVariance: Double

  /// λ > 0, G0 > 0.
  public init(coupling: Double, freeVariance: Double, region: any InsertionRegion = .lattice) {
    precondition(coupling > 0 && coupling.isFinite && freeVariance > 0)
    self.coupling = coupling
    self.freeVariance = freeVariance
    self.region = region
  }

  /// `(λ/24)(φ⁴ − 6 G0 φ² + 3 G0²)`.
  public var potential: LocalPotential {
    LocalPotential(
      constant: coupling * freeVariance * freeVariance / 8, even: [-coupling * freeVariance / 4, coupling / 24])
  }

  /// The coupling in three conventions and the bare mass.
  public var description: [String] {
    [
      "V = (lambda/4!) :phi^4: = (lambda/4!)(phi^4 - 6 G0 phi^2 + 3 G0^2), lambda = \(coupling) = 6 lambda_SL = 24 g, G0 = \(freeVariance)",
      "the same as phi^4 at m0^2 = m^2 - lambda G0/2 = m^2 - \(couplingText(coupling * freeVariance / 2))",
    ]
  }

  /// Registers `kind = "normal-ordered-phi4"`.
  static let entry = InsertionEntry(
    kind: "normal-ordered-phi4", summary: "normal-ordered quartic self-interaction (lambda/4!) :phi^4:",
    template: """
      [[insertion]]
      kind = "normal-ordered-phi4"
      lambda = 1.0                  # V = (lambda/4!) (phi^4 - 6 G0 phi^2 + 3 G0^2), G0 = <phi^2> of the free theory; > 0
      region = "lattice"            # where it acts: lattice (default); box or envelope, of size length = L; points
      """
  ) { block, region, context in
    guard let variance = context.freeVariance, context.architecture.symmetries.translationInvariantOrder >= 2 else {
      throw block.fault(
        "kind", "\(context.architecture.kind) has no known <phi^2> that is the same at every point",
        cure: "use kind = \"phi4\" and a mass insertion")
    }
    return NormalOrderedInsertion(
      coupling: try block.number("lambda", above: 0), freeVariance: variance, region: region)
  }
}
