// SPDX-License-Identifier: GPL-3.0-or-later

import Glibc

/// The fine grid and kernel of a non-uniform transform: how many nodes an axis, how wide a kernel.
///
/// A pure function of lattice, number of sources and tolerance: among the grids that reach the tolerance, the one of least estimated
/// cost. Few sources ask for a small grid and a wide kernel, many for the opposite.
public struct NonuniformGrid: Sendable, Equatable {
  /// Fine nodes along each axis.
  public let extents: [Int]
  /// Nodes a source reaches along each axis.
  public let width: Int
  /// Estimated nanoseconds a field on one current core.
  public let nanoseconds: Double

  /// The cheapest grid for `count` sources on a lattice of `sites` in a precision of unit roundoff `roundoff`, or nil if none reaches `tolerance` or
  /// the dimension is above three.
  public init?(sites: [Int], count: Int, tolerance: Double, roundoff: Double = Double.ulpOfOne / 2) {
    guard (1...3).contains(sites.count), tolerance >= 1e-12 else { return nil }
    let longest = sites.max()!
    var best: NonuniformGrid?
    let lengths = sites.count == 1 ? TransformCosts.realLengths : TransformCosts.complexLengths
    for candidate in lengths where candidate >= longest * 6 / 5 && candidate <= max(64, longest * 5 / 2) {
      let ratio = Double(candidate) / Double(longest)
      guard
        let width = SpreadingKernel.widths.first(where: {
          SpreadingKernel.aliasing(width: $0, oversampling: ratio) <= tolerance
        }),
        Self.rounding(width, ratio, sites.count, roundoff) <= tolerance
      else { continue }
      let extents = sites.map { extent in
        lengths.first { Double($0) >= ratio * Double(extent) && $0 >= 2 * width }!
      }
      let cost = Self.cost(sites: sites, extents: extents, width: width, count: count)
      if cost < best?.nanoseconds ?? .infinity {
        best = NonuniformGrid(extents: extents, width: width, nanoseconds: cost)
      }
    }
    guard let best else { return nil }
    self = best
  }

  /// Rounding errors of spreading and transforms at the corner of the lattice, rms; half a unit there, by measurement.
  private static func rounding(_ width: Int, _ ratio: Double, _ dimension: Int, _ roundoff: Double) -> Double {
    let amplification = SpreadingKernel.amplification(width: width, oversampling: ratio)
    return 0.5 * roundoff * (0..<dimension).reduce(1) { product, _ in product * amplification }
  }

  private init(extents: [Int], width: Int, nanoseconds: Double) {
    self.extents = extents
    self.width = width
    self.nanoseconds = nanoseconds
  }

  /// Nanoseconds: kernel values and sums a source, transforms, one pass over grid and sites. Constants from single-core measurements on
  /// an x86-64 with 512-bit vectors; ratios matter, not the unit.
  private static func cost(sites: [Int], extents: [Int], width: Int, count: Int) -> Double {
    let dimension = sites.count
    // Rows a source touches, times the vectors of eight numbers in each.
    var vectors = Double((width + 3) / 4)
    for _ in 1..<dimension { vectors *= Double(width) }
    let values = 0.13 * Double(width * ((width + 7) / 8))
    let sources = Double(count) * (6 + values * Double(dimension) + 0.57 * vectors)
    // Axis after axis, each transform leaves only the wanted sites of its axis. Half of the last axis is stored, and of that a field
    // that its lattice resolves fills about half.
    var transforms = 0.0
    for axis in 0..<dimension {
      let isLast = axis == dimension - 1
      var lines = isLast ? 1 : 0.25
      for other in 0..<dimension where other != axis {
        lines *= Double(other < axis ? sites[other] : extents[other])
      }
      let n = extents[axis]
      transforms +=
        lines
        * (dimension == 1
          ? TransformCosts.singleRow(n) : isLast ? TransformCosts.row(n) : TransformCosts.column(n))
    }
    let grid = extents.reduce(0.25) { $0 * Double($1) }
    return 1000 + sources + transforms + grid + 0.5 * sites.reduce(1) { $0 * Double($1) }
  }
}
