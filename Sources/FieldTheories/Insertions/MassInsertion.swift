// SPDX-License-Identifier: GPL-3.0-or-later

/// A mass counterterm, `V = ½ δ φ²`; δ of either sign.
public struct MassInsertion: Insertion {
  /// The kind "mass".
  public let kind = "mass"
  /// Where it acts.
  public let region: any InsertionRegion
  /// δ, in units of mass squared.
  public let shift: Double

  /// An insertion of δ = `shift`.
  public init(shift: Double, region: any InsertionRegion = .lattice) {
    precondition(shift.isFinite)
    self.shift = shift
    self.region = region
  }

  /// The potential `(δ/2) φ²`.
  public var potential: LocalPotential { LocalPotential(even: [shift / 2]) }

  /// The shift δ in words.
  public var description: [String] {
    ["V = (1/2) delta phi^2, delta = \(shift)\(region.isLattice ? ": m0^2 = m^2 + delta" : "")"]
  }

  /// Registers `kind = "mass"`.
  static let entry = InsertionEntry(
    kind: "mass", summary: "mass counterterm (1/2) delta phi^2",
    template: """
      [[insertion]]
      kind = "mass"
      delta = -0.5                  # V = (1/2) delta phi^2; either sign, a negative one needs a quartic term beside it
      region = "lattice"            # where it acts: lattice (default); box or envelope, of size length = L; points
      """, actsOnVectors: true
  ) { block, region, _ in MassInsertion(shift: try block.number("delta"), region: region) }
}
