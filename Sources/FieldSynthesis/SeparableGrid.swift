// SPDX-License-Identifier: GPL-3.0-or-later

import LatticeFields

/// A lattice seen as a product of two groups of axes, A (rows) and B (columns), for separable synthesis: site = row-major (A, B).
///
/// A one-dimensional lattice is split into a coarse and a fine axis, `j = j_A L_B + j_B`, padded at the end if its length has no
/// suitable divisor: the first L entries of the product are the field.
struct SeparableGrid {
  /// One virtual axis: `nodes` equidistant nodes along a physical axis, centred on zero.
  struct Axis {
    let nodes: Int
    let step: Double
    let physical: Int
  }

  let rowAxes: [Axis]
  let columnAxes: [Axis]
  /// Position of the grid's centre.
  let centre: Point
  /// Sites of the lattice; the product may be longer by the padding.
  let siteCount: Int

  var rows: Int { rowAxes.reduce(1) { $0 * $1.nodes } }
  var columns: Int { columnAxes.reduce(1) { $0 * $1.nodes } }

  /// `splitsSingleAxis` is false where the axis factors are no characters (Gaussian envelopes do not split).
  init(_ lattice: Lattice, splitsSingleAxis: Bool = true) {
    let a = lattice.spacing
    siteCount = lattice.siteCount
    var centre = Point.zero
    if lattice.dimension == 1 {
      let length = lattice.sites[0]
      let fine = splitsSingleAxis ? Self.fineLength(length) : 1
      let coarse = (length + fine - 1) / fine
      rowAxes = [Axis(nodes: coarse, step: a * Double(fine), physical: 0)]
      columnAxes = [Axis(nodes: fine, step: a, physical: 0)]
      centre[0] = lattice.coordinate(0, axis: 0) + a * Double(coarse * fine - 1) / 2
    } else {
      let axes = lattice.sites.enumerated().map { Axis(nodes: $1, step: a, physical: $0) }
      let split = (1..<axes.count).min { s, t in
        func phases(_ cut: Int) -> Int {
          axes[..<cut].reduce(1) { $0 * $1.nodes } + axes[cut...].reduce(1) { $0 * $1.nodes } / 2
        }
        return phases(s) < phases(t)
      }!
      rowAxes = Array(axes[..<split])
      columnAxes = Array(axes[split...])
      for axis in axes.indices {
        centre[axis] = (lattice.coordinate(0, axis: axis) + lattice.coordinate(axes[axis].nodes - 1, axis: axis)) / 2
      }
    }
    self.centre = centre
  }

  /// The divisor of `length` nearest to its square root if one lies within a factor of four, else the square root rounded up (with padding).
  private static func fineLength(_ length: Int) -> Int {
    let root = Int(Double(length).squareRoot().rounded(.up))
    let divisors = (1...max(1, root)).filter { length % $0 == 0 }
    guard let best = divisors.last, 4 * best >= root else { return root }
    return best
  }
}
