// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import LatticeFields

/// An action that is nothing but data with noise, `Σ_c Σ_μ (φ_c(x_μ) − y_cμ)²/2T_μ + constant`: every term quadratic and linear in φ at points, the squares completed.
struct CompletedSquares: Sendable {
  /// The distinct points of the data.
  let points: [Point]
  /// The noises T_μ.
  let noises: [Double]
  /// The labels y_μ, a list for each component c.
  let labels: [[Double]]
  /// What the action has beside the squares.
  let constant: Double

  /// Points beyond which matrices are too large for a run.
  static let greatestCount = 4096

  /// Of a theory's action; throws where it is another, naming the way to sample that asks. With `onSites` points are sites of the lattice.
  init(_ theory: InteractingTheory, onSites: Bool = false, for way: String) throws(SamplingError) {
    func nodes(_ component: Int) -> QuadraticNodes? {
      QuadraticNodes(theory.terms, theory.lattice, onSites: onSites, component: component)
    }
    guard let action = nodes(0) else {
      guard let term = theory.terms.first(where: { $0.quadraticPart(theory.lattice) == nil }) else {
        throw .unsupported("\(way) needs data at sites of the lattice; use kind = \"chains\"")
      }
      throw .unsupported(
        "\(way) needs an action quadratic in phi at points, and this one holds V = \(term.formula); use kind = \"chains\"")
    }
    guard let data = action.data else {
      throw .unsupported("\(way) needs a positive mass wherever there is a source; use kind = \"chains\"")
    }
    guard data.points.count <= Self.greatestCount else {
      throw .unsupported(
        "\(way) decomposes matrices of at most \(Self.greatestCount) points, and here are \(data.points.count); use kind = \"chains\""
      )
    }
    (points, noises) = (data.points, data.noises)
    // Masses are those of all components, so that the points are too.
    let parts = (0..<theory.prior.outputs).map { nodes($0)!.data! }
    labels = parts.map(\.labels)
    let labelTerm = parts.reduce(0.0) { $0 + $1.labelTerm }
    // What remains of the constant may be rounding.
    let total = theory.terms.reduce(0.0) { $0 + $1.region.volume(theory.lattice) * $1.potential.constant }
    constant = abs(total - labelTerm) <= 1e-13 * (abs(total) + labelTerm) ? 0 : total - labelTerm
  }
}
