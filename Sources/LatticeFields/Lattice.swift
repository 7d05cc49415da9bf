// SPDX-License-Identifier: GPL-3.0-or-later

/// How a box ends.
public enum Boundary: String, Sendable, Hashable, CaseIterable {
  /// A window on infinite space: displacements never wrap, pair counts differ per displacement.
  case open
  /// A torus: sites and displacements are taken modulo the extents.
  case periodic
}

/// A rectangular lattice of measurement sites, d = 1..4, row-major (last axis contiguous).
///
/// Site `n` of a periodic box sits at `x = a n`. An open box is centred on the origin,
/// `x = a (n − (L−1)/2)` along each axis: phases stay small, products fold by parity, and for nets without translation
/// invariance the origin is the box's centre.
public struct Lattice: Sendable, Hashable {
  /// Sites along each axis.
  public let sites: [Int]
  /// Lattice spacing a, in the units of the theory file.
  public let spacing: Double
  /// Open or periodic.
  public let boundary: Boundary

  /// A lattice; every extent at least 1, the spacing positive and finite.
  public init(sites: [Int], spacing: Double, boundary: Boundary) {
    precondition(
      (1...maximumDimension).contains(sites.count) && sites.allSatisfy { $0 > 0 }
        && spacing > 0 && spacing.isFinite, "Lattice: sites \(sites), spacing \(spacing)")
    self.sites = sites
    self.spacing = spacing
    self.boundary = boundary
  }

  /// Dimension d of space.
  public var dimension: Int { sites.count }
  /// Number of sites, N_s.
  public var siteCount: Int { sites.reduce(1, *) }
  /// Volume a^d of one cell.
  public var cellVolume: Double { (0..<dimension).reduce(1) { volume, _ in volume * spacing } }
  /// Volume V = N_s a^d of the box.
  public var volume: Double { Double(siteCount) * cellVolume }

  /// Position of site index `n` along `axis`.
  public func coordinate(_ n: Int, axis: Int) -> Double {
    switch boundary {
    case .open: spacing * (Double(n) - Double(sites[axis] - 1) / 2)
    case .periodic: spacing * Double(n)
    }
  }

  /// Positions of all sites along `axis`.
  public func axisCoordinates(_ axis: Int) -> [Double] {
    (0..<sites[axis]).map { coordinate($0, axis: axis) }
  }

  /// The site vector of a flat index.
  public func siteVector(_ index: Int) -> [Int] { Self.unravel(index, shape: sites) }

  /// The flat index of a site vector; periodic boxes wrap.
  public func siteIndex(_ vector: [Int]) -> Int {
    zip(vector, sites).reduce(0) { index, pair in
      let (n, extent) = pair
      return index * extent + (boundary == .periodic ? ((n % extent) + extent) % extent : n)
    }
  }

  /// The site at a point, to 1e-9 of a spacing; nil where there is none. Periodic lattices wrap.
  public func site(at point: Point) -> Int? {
    let origin = position(0)
    var vector: [Int] = []
    for axis in 0..<dimension {
      let steps = (point[axis] - origin[axis]) / spacing
      let rounded = steps.rounded()
      guard abs(steps - rounded) <= 1e-9 * max(1, abs(steps)), abs(rounded) < 1e15 else { return nil }
      guard boundary == .periodic || (0..<sites[axis]).contains(Int(rounded)) else { return nil }
      vector.append(Int(rounded))
    }
    return siteIndex(vector)
  }

  /// The position of a flat site index.
  public func position(_ index: Int) -> Point {
    var point = Point.zero
    for (axis, n) in siteVector(index).enumerated() { point[axis] = coordinate(n, axis: axis) }
    return point
  }

  /// Row-major multi-index of `index` in a grid of extents `shape`.
  public static func unravel(_ index: Int, shape: [Int]) -> [Int] {
    var rest = index
    var vector = [Int](repeating: 0, count: shape.count)
    for axis in shape.indices.reversed() {
      vector[axis] = rest % shape[axis]
      rest /= shape[axis]
    }
    return vector
  }
}
