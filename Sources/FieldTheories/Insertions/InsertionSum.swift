// SPDX-License-Identifier: GPL-3.0-or-later

import LatticeFields

/// All insertions of a theory, added up.
public struct InsertionSum: Sendable {
  /// The insertions in the order of the file.
  public let insertions: [any Insertion]

  /// Any number of insertions; none is the free theory.
  public init(_ insertions: [any Insertion]) { self.insertions = insertions }

  /// The free theory.
  public static let none = InsertionSum([])

  /// Whether there are none.
  public var isEmpty: Bool { insertions.isEmpty }

  /// What they add up to in every region, in the order of its first insertion.
  public var terms: [LocalTerm] {
    var regions: [any InsertionRegion] = []
    for insertion in insertions where !regions.contains(where: { $0.streamName == insertion.region.streamName }) {
      regions.append(insertion.region)
    }
    return regions.map { region in
      let own = insertions.filter { $0.region.streamName == region.streamName }
      let sources = own.map(\.sources).filter { !$0.isEmpty }
      return LocalTerm(
        region: region, potential: own.reduce(.zero) { $0 + $1.potential },
        sources: sources.dropFirst().reduce(sources.first ?? []) { zip($0, $1).map(+) },
        length: own.lazy.compactMap(\.length).first)
    }
  }

  /// V where all of the action is `a^d Σ_x V(φ(x))` over the sites of the lattice, with the same V at each.
  public var latticePotential: LocalPotential? { terms.latticePotential }

  /// Why the weight need not be normalisable over `architecture`, or nil where every term's is.
  public func obstruction(architecture: any Architecture) -> String? {
    insertions.count { $0.length != nil } > 1
      ? "two lengths are inserted" : terms.lazy.compactMap { $0.unboundedness(architecture) }.first
  }

  /// Why samplers know no density of the parameters of `architecture`, or nil where neurons are independent.
  public static func correlation(of architecture: any Architecture) -> String? {
    guard let net = architecture.scalable, !net.sharedScale.isConstant else { return nil }
    return "insertions need independent output weights, and those of this \(net.kind) share a scale"
  }

  /// The symmetries that every term leaves.
  public func remaining(of symmetries: FieldSymmetries) -> FieldSymmetries {
    terms.reduce(symmetries) { $1.remaining(of: $0) }
  }

  /// The theory in words.
  public var description: [String] {
    let terms = terms
    guard terms.count > 1 else {
      return insertions.flatMap(\.description) + (insertions.count > 1 ? ["together V = \(terms[0].formula)"] : [])
    }
    return insertions.flatMap(\.description) + terms.map { "\($0.region.weight): V = \($0.formula)" }
  }

  /// Everything that identifies the insertions.
  public var streamName: String { insertions.map(\.streamName).joined(separator: " + ") }

  /// κ and l of the hopping form, where the lattice action is that of φ⁴ with total mass squared m0² (a = 1 units) and both are in the
  /// range of double precision.
  public func hoppingForm(massSquared: Double, lattice: Lattice) -> HoppingForm? {
    guard let potential = latticePotential, potential.even.count == 2, potential.source == 0 else { return nil }
    let a = lattice.spacing
    let scale = (0..<lattice.dimension).reduce(a * a * a * a) { s, _ in s / a }
    let form = HoppingForm(
      massSquared: (massSquared + 2 * potential.coefficient(2)) * a * a,
      coupling: 24 * potential.coefficient(4) * scale, dimension: lattice.dimension)
    return form.kappa > 0 && form.kappa.isFinite && form.quartic.isFinite ? form : nil
  }
}

extension [LocalTerm] {
  /// V where the only term is `a^d Σ_x V(φ(x))` over the sites of the lattice, with the same V at each.
  public var latticePotential: LocalPotential? {
    count == 1 && self[0].region.isLattice && self[0].sources.isEmpty && self[0].length == nil ? self[0].potential : nil
  }

  /// The product of the weights of networks, in words.
  public var weight: String { map(\.region.weight).joined(separator: " times ") }
}
