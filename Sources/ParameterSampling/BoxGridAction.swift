// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import LatticeFields

/// A term over a periodic box on an alias-free grid: φ⁴ of modes up to n_max has modes up to 4 n_max, whose sum over 4 n_max + 1 sites a side is the
/// integral. Blocks of neurons and gradients as on a lattice.
final class BoxGridAction: PlaneWaveAction {
  /// The grid of a box net, where one neuron's change costs less there than by pair sums: 1/2 ns a site against 60 ns a neuron.
  static func cheaperGrid(_ net: any PlaneWaveNet) -> Lattice? {
    guard let grid = net.aliasFreeGrid, grid.siteCount <= 100 * net.width else { return nil }
    return grid
  }

  init(_ theory: InteractingTheory, _ term: LocalTerm, _ net: any PlaneWaveNet, grid: Lattice) {
    super.init(theory, term, net, sites: grid)
  }

  override var coversLattice: Bool { false }
}
