// SPDX-License-Identifier: GPL-3.0-or-later

/// `V = (λ/4!) φ⁴`. Source: arXiv:2408.00082 eq. (137) with the sign and coupling of docs/physics/interactions.md.
public struct QuarticInsertion: Insertion {
  /// The kind "phi4".
  public let kind = "phi4"
  /// Where it acts.
  public let region: any InsertionRegion
  /// The coupling λ.
  public let coupling: Double

  /// An insertion of coupling λ > 0.
  public init(coupling: Double, region: any InsertionRegion = .lattice) {
    precondition(coupling > 0 && coupling.isFinite)
    self.coupling = coupling
    self.region = region
  }

  /// The potential `(λ/24) φ⁴`.
  public var potential: LocalPotential { LocalPotential(even: [0, coupling / 24]) }

  /// The coupling in three conventions.
  public var description: [String] {
    [
      "V = (lambda/4!) phi^4, lambda = \(coupling) = 6 lambda_SL = 24 g: lambda_SL = \(couplingText(coupling / 6)), "
        + "g = \(couplingText(coupling / 24))"
    ]
  }

  /// Registers `kind = "phi4"`.
  static let entry = InsertionEntry(
    kind: "phi4", summary: "quartic self-interaction (lambda/4!) phi^4",
    template: """
      [[insertion]]
      kind = "phi4"
      lambda = 1.0                  # V = (lambda/4!) phi^4; lambda = 6 lambda_SL = 24 g, > 0
      region = "lattice"            # where it acts: lattice (default); box or envelope, of size length = L; points
      """, actsOnVectors: true
  ) { block, region, _ in QuarticInsertion(coupling: try block.number("lambda", above: 0), region: region) }
}

/// The hopping form of lattice φ⁴ and the continuum-like form used here (a = 1):
///
///     S = Σ[−2κ Σ_μ p p′ + (1−2l) p² + l p⁴],   φ = √(2κ) p,   m0² = (1−2l)/κ − 2d,   λ = 6 l/κ²
///
/// Source: docs/physics/interactions.md.
public struct HoppingForm: Sendable, Hashable {
  /// The hopping parameter κ.
  public let kappa: Double
  /// The quartic parameter l of the lattice form.
  public let quartic: Double

  /// The hopping form of m0², λ > 0 in d dimensions: `λ κ²/3 + κ (m0² + 2d) − 1 = 0`, its positive root.
  public init(massSquared: Double, coupling: Double, dimension: Int) {
    let b = massSquared + 2 * Double(dimension)
    let root = (b * b + 4 * coupling / 3).squareRoot()
    // The form without cancellation for either sign of b.
    kappa = b >= 0 ? 2 / (b + root) : (root - b) / (2 * coupling / 3)
    quartic = coupling * kappa * kappa / 6
  }

  /// States κ and l.
  public init(kappa: Double, quartic: Double) {
    self.kappa = kappa
    self.quartic = quartic
  }

  /// m0² in d dimensions.
  public func massSquared(dimension: Int) -> Double { (1 - 2 * quartic) / kappa - 2 * Double(dimension) }
  /// The coupling λ.
  public var coupling: Double { 6 * quartic / (kappa * kappa) }
  /// `kappa = …, l = …`.
  public var description: String { "kappa = \(kappa), l = \(quartic)" }
}
