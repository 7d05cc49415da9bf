// SPDX-License-Identifier: GPL-3.0-or-later

import LatticeFields

/// A lattice seen as a product of two groups of axes, A (rows) and B (columns), for separable synthesis: site = row-major (A, B).
///
/// The cut may go through an axis, `j = j_A L_B + j_B`: a plane wave is a character, so its phase splits there as it does between
/// axes. A cut through the first axis may pad the product at its end; the first `siteCount` entries are the field.
package struct SeparableGrid: Sendable {
  /// One virtual axis: nodes at `step (j − origin)` along a physical axis.
  package struct Axis: Sendable {
    package let nodes: Int
    package let step: Double
    package let physical: Int
    /// The index at which the coordinate vanishes.
    package let origin: Double
    /// An axis of nodes centred on zero.
    package init(nodes: Int, step: Double, physical: Int) {
      self.init(nodes: nodes, step: step, physical: physical, origin: Double(nodes - 1) / 2)
    }
    package init(nodes: Int, step: Double, physical: Int, origin: Double) {
      self.nodes = nodes
      self.step = step
      self.physical = physical
      self.origin = origin
    }
  }

  package let rowAxes: [Axis]
  package let columnAxes: [Axis]
  /// Sites of the lattice; the product may be longer by the padding.
  package let siteCount: Int

  package var rows: Int { rowAxes.reduce(1) { $0 * $1.nodes } }
  package var columns: Int { columnAxes.reduce(1) { $0 * $1.nodes } }

  /// Whole axes at their true coordinates, cut where the tables of factors are shortest: for factors that are no characters.
  package init(wholeAxesOf lattice: Lattice) {
    let axes = lattice.sites.enumerated().map { axis, nodes in
      let first = lattice.coordinate(0, axis: axis)
      return Axis(
        nodes: nodes, step: lattice.spacing, physical: axis,
        origin: first == 0 ? 0 : Double(nodes - 1) / 2)
    }
    let cut = (1...axes.count).min { Self.factors(axes, $0) < Self.factors(axes, $1) }!
    rowAxes = Array(axes[..<cut])
    columnAxes = cut < axes.count ? Array(axes[cut...]) : [Axis(nodes: 1, step: 0, physical: 0)]
    siteCount = lattice.siteCount
  }

  private static func factors(_ axes: [Axis], _ cut: Int) -> Int {
    axes[..<cut].reduce(1) { $0 * $1.nodes } + axes[cut...].reduce(1) { $0 * $1.nodes }
  }

  /// All axes centred on zero, the columns to be folded; ``centre(of:)`` states the shift.
  package init(foldedPlaneWavesOn lattice: Lattice) {
    let cut = Self.cheapestCut(lattice.sites)
    let (axis, fine, a) = (cut.axis, cut.fine, lattice.spacing)
    let coarse = (lattice.sites[axis] + fine - 1) / fine
    let whole = lattice.sites.enumerated().map { Axis(nodes: $1, step: a, physical: $0) }
    var rowAxes = Array(whole[..<axis])
    if coarse > 1 || rowAxes.isEmpty {
      rowAxes.append(Axis(nodes: coarse, step: a * Double(fine), physical: axis))
    }
    var columnAxes = Array(whole[(axis + 1)...])
    if fine > 1 || columnAxes.isEmpty {
      columnAxes.insert(Axis(nodes: fine, step: a, physical: axis), at: 0)
    }
    self.rowAxes = rowAxes
    self.columnAxes = columnAxes
    siteCount = lattice.siteCount
  }

  /// Position of the centre of the (padded) product of a lattice that starts where `lattice` does.
  package func centre(of lattice: Lattice) -> Point {
    var centre = Point.zero
    for axis in 0..<lattice.dimension {
      let nodes = (rowAxes + columnAxes).filter { $0.physical == axis }.reduce(1) { $0 * $1.nodes }
      let last = lattice.coordinate(nodes - 1, axis: axis)
      centre[axis] = (lattice.coordinate(0, axis: axis) + last) / 2
    }
    return centre
  }

  /// The cut, through axis `axis` into pieces of `fine` nodes, of least estimated work a neuron: one unit for a site, eight for a
  /// complex phase in a table (the columns' are halved by folding), four for a padded site. Ties go to the cut between axes.
  private static func cheapestCut(_ sites: [Int]) -> (axis: Int, fine: Int) {
    var best = (axis: 0, fine: sites[0], work: Int.max)
    let siteCount = sites.reduce(1, *)
    for (axis, extent) in sites.enumerated() {
      let before = sites[..<axis].reduce(1, *)
      let after = sites[(axis + 1)...].reduce(1, *)
      for fine in (1...extent).reversed() where axis == 0 || extent % fine == 0 {
        let (rows, columns) = (before * ((extent + fine - 1) / fine), fine * after)
        let work = 4 * rows * columns - 3 * siteCount + 8 * (rows + (columns + 1) / 2)
        let isWhole = fine == extent || fine == 1
        if work < best.work || (work == best.work && isWhole) { best = (axis, fine, work) }
      }
    }
    return (best.axis, best.fine)
  }
}
