// SPDX-License-Identifier: GPL-3.0-or-later

/// `V = (η/6!) φ⁶`.
public struct SexticInsertion: Insertion {
  /// The kind "phi6".
  public let kind = "phi6"
  /// Where it acts.
  public let region: any InsertionRegion
  /// The coupling η.
  public let coupling: Double

  /// An insertion of coupling η > 0.
  public init(coupling: Double, region: any InsertionRegion = .lattice) {
    precondition(coupling > 0 && coupling.isFinite)
    self.coupling = coupling
    self.region = region
  }

  /// `(η/720) φ⁶`.
  public var potential: LocalPotential { LocalPotential(even: [0, 0, coupling / 720]) }

  /// The coupling.
  public var description: [String] { ["V = (eta/6!) phi^6, eta = \(coupling)"] }

  /// Registers `kind = "phi6"`.
  static let entry = InsertionEntry(
    kind: "phi6", summary: "sextic self-interaction (eta/6!) phi^6",
    template: """
      [[insertion]]
      kind = "phi6"
      eta = 1.0                     # V = (eta/6!) phi^6, > 0
      region = "lattice"            # where it acts: lattice (default); box or envelope, of size length = L; points
      """, actsOnVectors: true
  ) { block, region, _ in SexticInsertion(coupling: try block.number("eta", above: 0), region: region) }
}
