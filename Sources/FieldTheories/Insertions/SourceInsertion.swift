// SPDX-License-Identifier: GPL-3.0-or-later

/// A constant source, `V = −J φ`: the weight is `exp(+J ∫ φ)` and `∂ ln Z/∂J = <∫ φ>`. It breaks φ → −φ.
public struct SourceInsertion: Insertion {
  /// "source".
  public let kind = "source"
  /// Where it acts.
  public let region: InsertionRegion
  /// J.
  public let strength: Double

  /// J.
  public init(strength: Double, region: InsertionRegion = .lattice) {
    precondition(strength.isFinite)
    self.strength = strength
    self.region = region
  }

  /// `−J φ`.
  public var potential: LocalPotential { LocalPotential(source: strength, even: []) }

  /// The source.
  public var description: [String] { ["V = -J phi, J = \(strength): weight exp(+J int phi), breaks phi -> -phi"] }

  /// Registers `kind = "source"`.
  static let entry = InsertionEntry(
    kind: "source", summary: "constant source J, weight exp(+J int phi)",
    template: """
      [[insertion]]
      kind = "source"
      J = 0.1                       # V = -J phi
      region = "lattice"            # where it acts: lattice (default), box or envelope, of size length = L
      """
  ) { block, region, _ in SourceInsertion(strength: try block.number("J"), region: region) }
}
