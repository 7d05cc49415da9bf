// SPDX-License-Identifier: GPL-3.0-or-later

/// A named configuration of n = 2, 4 or 6 points whose n-point function is wanted; points may lie anywhere and may coincide.
public struct PointSet: Sendable, Hashable {
  /// The label of the `set` column.
  public let name: String
  /// The points, in file order.
  public let points: [Point]
  /// A set of points under a name.
  public init(name: String, points: [Point]) {
    self.name = name
    self.points = points
  }
}

/// Where fields are evaluated.
public enum SiteSet: Sendable {
  /// All sites of a lattice, row-major.
  case lattice(Lattice)
  /// A list of points; an estimator addresses them by index.
  case points([Point], dimension: Int)

  /// Number of sites.
  public var count: Int {
    switch self {
    case .lattice(let lattice): lattice.siteCount
    case .points(let points, _): points.count
    }
  }
}
