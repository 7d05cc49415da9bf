// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import LatticeFields

/// Exact values in the limit N → ∞ of a theory, by which extrapolations are judged; of its width nothing enters.
///
/// Of a net with data it is the Gaussian process, or a pinned ring; of an interacting lattice net the solution of lattice φ⁴, where that is known exactly; of a layered net whose 2-point function moves with the
/// width the Gaussian limit; of any other free net what two very wide ones tell.
public struct InfiniteWidthValues: KnownValues {
  private let known: (any KnownValues)?

  /// The limit of a theory.
  public init(_ theory: TheoryDefinition) {
    known =
      if !theory.insertions.data.isEmpty {
        InteractingRunValues.limit(of: theory.architecture, theory.insertions.terms, theory.lattice)
      } else if !theory.insertions.isEmpty {
        InteractingRunValues.limit(of: theory.architecture, theory.insertions.terms)
      } else if theory.architecture.twoPointDependsOnWidth {
        GaussianLimit(of: theory.architecture)
      } else {
        WideNets(theory)
      }
  }

  /// The value of a correlation function.
  public func value(_ function: CorrelationFunction) -> KnownValue? { known?.value(function) }

  /// The value of what a row estimates.
  public func value(_ row: RowTarget) -> KnownValue? { known?.value(row) }
}

/// The constant term in 1/N of a free net, whose correlation functions are all polynomials in 1/N (docs/physics/free-theories.md): `2 f(N) − f(N/2)` at
/// N = 10⁸, wrong by a term of order 10⁻¹⁶.
private struct WideNets: KnownValues {
  private let wide, half, own: FreeValues
  private static let width = 100_000_000

  init?(_ theory: TheoryDefinition) {
    let nets = [Self.width, Self.width / 2].map { try? theory.varied([("architecture.width", "\($0)")]) }
    guard let first = nets[0], let second = nets[1] else { return nil }
    (wide, half, own) = (FreeValues(first), FreeValues(second), FreeValues(theory))
  }

  func value(_ function: CorrelationFunction) -> KnownValue? { value(RowTarget(function)) }

  func value(_ row: RowTarget) -> KnownValue? {
    guard let first = wide.value(row)?.value, let second = half.value(row)?.value, first.isFinite, second.isFinite else {
      return nil
    }
    let limit = 2 * first - second
    // Rounding of a function that vanishes in the limit.
    let isZero = abs(limit) < max(1e-6 * abs(first), 1e-9 * abs(own.value(row)?.value ?? 0))
    return KnownValue(value: isZero ? 0 : limit, kind: .limit, source: "two very wide nets")
  }
}
