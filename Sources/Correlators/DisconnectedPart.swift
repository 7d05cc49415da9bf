// SPDX-License-Identifier: GPL-3.0-or-later

import LatticeFields
import NumericalKernels

/// What makes a 2-point function connected where φ and −φ are not equally likely: the site average of the field, whose mean is `<φ>`, as one more primary.
extension DrawWorkspace {
  /// An accumulator of the site average of the field.
  func averageOfSites(_ lattice: Lattice) -> any CorrelatorAccumulator {
    let transform = requestTransform(.power(1))
    let (zero, sites) = ([Int](repeating: 0, count: lattice.dimension), Double(lattice.siteCount))
    return DrawAverager(count: 1) { [unowned self] sums in sums[0] += amplitude(transform, mode: zero).real / sites }
  }
}

/// The primaries of several accumulators, one list after another.
final class JoinedAccumulators: CorrelatorAccumulator {
  private let parts: [any CorrelatorAccumulator]
  init(_ parts: [any CorrelatorAccumulator]) { self.parts = parts }
  func add() { for part in parts { part.add() } }
  func finishBin() -> [Double] { parts.flatMap { $0.finishBin() } }
  func visit(_ state: inout StateVisitor) -> Bool { parts.reduce(true) { $1.visit(&state) && $0 } }
}
