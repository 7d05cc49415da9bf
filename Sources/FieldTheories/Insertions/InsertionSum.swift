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

  /// Where they all act.
  public var region: InsertionRegion { insertions.first?.region ?? .lattice }

  /// ΣV.
  public var potential: LocalPotential { insertions.reduce(.zero) { $0 + $1.potential } }

  /// Why `exp(−∫V)` need not be normalisable over `architecture`, or nil where it is.
  ///
  /// A potential with a lower bound is always normalisable. A source alone is, where output weights fall faster than any
  /// exponential (Gaussian, Rayleigh) or are bounded. Otherwise the answer would depend on the width.
  public func obstruction(architecture: any Architecture) -> String? {
    let potential = potential
    if potential.isBoundedBelow { return nil }
    if potential.even.isEmpty {
      let law = architecture.neurons?.outputWeights.kind
      return law == .laplace ? "a source alone has no finite weight under laplace output weights" : nil
    }
    return "the potential \(potential.formula) has no lower bound"
  }

  /// Why samplers know no density of the parameters of `architecture`, or nil where neurons are independent.
  public static func correlation(of architecture: any Architecture) -> String? {
    guard !architecture.sharedScale.isOne else { return nil }
    return "insertions need independent output weights, and those of this \(architecture.kind) share a scale"
  }

  /// The symmetries that remain: insertions on an open lattice leave no translations and the symmetries of the box, an envelope leaves those
  /// about its centre, a periodic box those of the net; a source breaks φ → −φ.
  public func remaining(of symmetries: FieldSymmetries) -> FieldSymmetries {
    guard !isEmpty else { return symmetries }
    var result = symmetries
    switch region {
    case .box: break
    case .envelope:
      if symmetries.rotations == .euclidean { result.rotations = .aboutOrigin }
      result.translationInvariantOrder = 0
    case .lattice:
      result.rotations = .hypercubic
      if !symmetries.isPeriodic { result.translationInvariantOrder = 0 }
    }
    if !potential.isEven { result.isEven = false }
    return result
  }

  /// The theory in words.
  public var description: [String] {
    insertions.flatMap(\.description) + (insertions.count > 1 ? ["together V = \(potential.formula)"] : [])
  }

  /// Everything that identifies the insertions.
  public var streamName: String { insertions.map(\.streamName).joined(separator: " + ") }

  /// κ and l of the hopping form, where the lattice action is that of φ⁴ with total mass squared m0² (a = 1 units) and both are in the
  /// range of double precision.
  public func hoppingForm(massSquared: Double, lattice: Lattice) -> HoppingForm? {
    let potential = potential
    guard potential.even.count == 2, potential.source == 0 else { return nil }
    let a = lattice.spacing
    let scale = (0..<lattice.dimension).reduce(a * a * a * a) { s, _ in s / a }
    let form = HoppingForm(
      massSquared: (massSquared + 2 * potential.coefficient(2)) * a * a,
      coupling: 24 * potential.coefficient(4) * scale, dimension: lattice.dimension)
    return form.kappa > 0 && form.kappa.isFinite && form.quartic.isFinite ? form : nil
  }
}
