// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import LatticeFields

/// What is known of an ensemble without insertions: the exact values of its architecture, and beside rows without one the limit of infinite width,
/// where the architecture has a Gaussian limit that differs from its own 2-point function.
public struct FreeValues: KnownValues {
  private let exact: CachedValues
  private let limit: CachedValues?

  /// Of an architecture and the lattice of zero-momentum sums and modes.
  public init(_ architecture: any Architecture, lattice: Lattice?) {
    exact = CachedValues(ArchitectureValues(architecture: architecture, lattice: lattice))
    limit = architecture.twoPointDependsOnWidth ? CachedValues(GaussianLimit(of: architecture)) : nil
  }

  /// Of the architecture of a theory, whatever its insertions.
  public init(_ theory: TheoryDefinition) { self.init(theory.architecture, lattice: theory.lattice) }

  /// The exact value, else that of the limit.
  public func value(_ function: CorrelationFunction) -> KnownValue? { exact.value(function) ?? limit?.value(function) }

  /// The exact value, else that of the limit: never a sum of both.
  public func value(_ row: RowTarget) -> KnownValue? { exact.value(row) ?? limit?.value(row) }
}

/// The closed forms and quadratures that an architecture states of itself.
private struct ArchitectureValues: KnownValues {
  let architecture: any Architecture
  let lattice: Lattice?

  func value(_ function: CorrelationFunction) -> KnownValue? {
    architecture.exact(function, lattice: lattice).map {
      KnownValue(value: $0.value, kind: .exact, source: "closed form or quadrature", rounding: $0.rounding)
    }
  }
}
