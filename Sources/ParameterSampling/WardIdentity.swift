// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import NumericalKernels

extension Identities {
  /// The Ward identity of rotations of the components, where their law is invariant under O(D) and all sources point in one direction n: a rotation of n into a direction ⟂
  /// changes nothing but the sources, so that for `O = φ_⟂(x)` summed with the sources, and over the sites,
  ///
  ///     Q_a = Σ_μ (y_μ/T_μ) φ_a(x_μ):     <Q_∥> = <Q_⟂²>,     <Σ_x φ_∥(x)> = <Q_⟂ Σ_x φ_⟂(x)>,
  ///
  /// averaged over the D − 1 directions ⟂. It compares a 1-point with a 2-point function, at every width, with any potential of |φ| beside the data. For one datum it is
  /// `(y/T) <φ_⟂(x_1)²> = <φ_∥(x_1)>`. Nothing of theories to which it does not apply.
  static func ward(_ theory: InteractingTheory) -> Observables {
    let (d, none) = (theory.prior.outputs, Observables([]) { _ in [] })
    let isIsotropic = theory.prior.freeField != nil || theory.prior.scalable?.outputWeights.kind.isIsotropic == true
    guard d > 1, isIsotropic, let direction = direction(theory) else { return none }
    return Observables(["Ward Q", "Ward Phi"]) { sample in
      let pull = sample.evaluator.pull(of: sample.walker, along: direction)
      let total = (0..<d).map { a in
        (0..<sample.siteCount).reduce(0.0) { $0 + sample.field[a * sample.siteCount + $1] }
      }
      func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
      let (along, totalAlong) = (dot(pull, direction), dot(total, direction))
      let across = (dot(pull, pull) - along * along) / Double(d - 1)
      let mixed = (dot(pull, total) - along * totalAlong) / Double(d - 1)
      let sites = Double(sample.siteCount)
      return [along - across, (totalAlong - mixed) / sites]
    }
  }

  /// The unit vector to which all sources are parallel; nil where there is none.
  private static func direction(_ theory: InteractingTheory) -> [Double]? {
    let d = theory.prior.outputs
    var vectors: [[Double]] = []
    for term in theory.terms where !term.sources.isEmpty {
      let nodes = term.sources.count / d
      vectors += (0..<nodes).map { node in (0..<d).map { term.sources[$0 * nodes + node] } }
    }
    func square(_ v: [Double]) -> Double { v.reduce(0) { $0 + $1 * $1 } }
    guard let largest = vectors.max(by: { square($0) < square($1) }), square(largest) > 0 else { return nil }
    let unit = largest.map { $0 / square(largest).squareRoot() }
    let isOne = vectors.allSatisfy { v in
      let along = zip(v, unit).reduce(0.0) { $0 + $1.0 * $1.1 }
      return square(zip(v, unit).map { $0 - along * $1 }) <= 1e-24 * square(largest)
    }
    return isOne ? unit : nil
  }
}
