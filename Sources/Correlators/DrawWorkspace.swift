// SPDX-License-Identifier: GPL-3.0-or-later

import LatticeFields
import NumericalKernels

/// A local polynomial of the field whose correlations are wanted.
public enum CompositeField: Sendable, Hashable {
  /// φ(x)^n.
  case power(Int)
  /// φ(x) φ(x+r), r in lattice units; in an open box defined where both sites exist.
  case splitProduct([Int])
}

/// The current field of one worker and the transforms of its composites, each computed once per draw and shared by all
/// estimators.
public final class DrawWorkspace {
  /// Where the field lives.
  public let sites: SiteSet
  /// The field's values, written by the synthesizer.
  public let field: AlignedBuffer<Double>

  /// Room for one field.
  public init(sites: SiteSet) {
    self.sites = sites
    field = AlignedBuffer(count: sites.count, repeating: 0)
  }
}
