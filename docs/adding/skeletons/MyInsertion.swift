// SPDX-License-Identifier: GPL-3.0-or-later
// Copy to Sources/FieldTheories/Insertions. Steps and the list of files: docs/adding/insertion.md.

import LatticeFields

@testable import FieldTheories

/// An octic term, `V = (ζ/8!) φ⁸`: V, the sign convention (weight `exp(−∫ V)`), the source with equation number.
public struct MyInsertion: Insertion {
  /// The kind "my-term".
  public let kind = "my-term"
  /// Coupling ζ > 0.
  public let coupling: Double
  /// Where it acts.
  public let region: any InsertionRegion

  /// V as a polynomial in φ²: coefficients of φ², φ⁴, φ⁶, φ⁸.
  public var potential: LocalPotential { LocalPotential(even: [0, 0, 0, coupling / 40320]) }

  /// V in the conventions of the literature, a line each.
  public var description: [String] { ["V = (zeta/8!) phi^8, zeta = \(couplingText(coupling))"] }

  /// Registers `kind = "my-term"`.
  static let entry = InsertionEntry(
    kind: "my-term", summary: "(zeta/8!) phi^8",
    template: """
      [[insertion]]
      kind = "my-term"
      zeta = 1.0                    # V = (zeta/8!) phi^8, zeta > 0
      region = "lattice"            # where it acts: lattice (default); box or envelope, of size length = L; points
      """
  ) { block, region, _ in
    MyInsertion(coupling: try block.number("zeta", above: 0), region: region)
  }
}
