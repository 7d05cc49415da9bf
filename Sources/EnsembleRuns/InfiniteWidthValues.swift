// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import InteractingResults
import LatticeFields
import ParameterSampling

/// Exact values in the limit N → ∞ of a theory, by which extrapolations are judged.
///
/// Of a free net every correlation function is a polynomial in 1/N (docs/physics/free-theories.md), so that two very wide nets tell the constant term: `2 f(N) − f(N/2)` at
/// N = 10⁸, wrong by a term of order 10⁻¹⁶. Of a deep net it is Wick's theorem with its limiting kernel. Of an interacting lattice net it is the solution of lattice φ⁴, where that is known exactly.
public struct InfiniteWidthValues {
  private let wide: (ExactColumn, ExactColumn, own: ExactColumn)?
  private let interacting: InteractingReference?
  private let deep: DeepNet?

  /// The limit of a theory; of its width nothing enters.
  public init(_ theory: TheoryDefinition) {
    guard theory.insertions.isEmpty else {
      (wide, deep) = (nil, nil)
      interacting = Self.limit(theory)
      return
    }
    interacting = nil
    deep = theory.architecture as? DeepNet
    guard deep == nil else {
      wide = nil
      return
    }
    let widest = 100_000_000
    let nets = [widest, widest / 2].map { width in
      try? TheoryDefinition.load(
        text: theory.resolvedText, fileName: theory.fileName, overrides: [("architecture.width", "\(width)")],
        interactions: true)
    }
    if let first = nets[0], let second = nets[1] {
      wide = (ExactColumn(first), ExactColumn(second), ExactColumn(theory))
    } else {
      wide = nil
    }
  }

  private static func limit(_ theory: TheoryDefinition) -> InteractingReference? {
    guard let net = theory.architecture as? LatticeAlphaNet, let interacting = try? InteractingTheory(theory) else { return nil }
    guard let potential = interacting.latticePotential, potential.source == 0, potential.degree <= 4, potential.coefficient(4) > 0
    else { return nil }
    return InteractingReference(
      limitOf: net, coupling: 24 * potential.coefficient(4), massShift: 2 * potential.coefficient(2))
  }

  /// The value of what a row estimates, or nil where it is not known.
  public func value(_ target: RowTarget) -> Double? {
    guard !target.terms.isEmpty else { return nil }
    if let interacting {
      var sum = 0.0
      for (weight, function) in target.terms {
        guard let known = interacting.value(function) else { return nil }
        sum += weight * known.value
      }
      return sum
    }
    if let deep {
      var sum = 0.0
      for (weight, function) in target.terms {
        guard let known = deep.limitValue(function) else { return nil }
        sum += weight * known
      }
      return sum
    }
    guard let wide, let first = wide.0.value(target), let second = wide.1.value(target), first.isFinite, second.isFinite
    else { return nil }
    let limit = 2 * first - second
    // What is left of a function that vanishes is rounding.
    return abs(limit) < max(1e-6 * abs(first), 1e-9 * abs(wide.own.value(target) ?? 0)) ? 0 : limit
  }
}
