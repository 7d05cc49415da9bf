// SPDX-License-Identifier: GPL-3.0-or-later

import LatticeFields

/// Listed points with weights, `∫ → Σ_a w_a V(φ(x_a))`: where data were taken, or the nodes of any quadrature.
public struct PointsRegion: InsertionRegion {
  /// The name "points".
  public static let name = "points"
  /// ["points", "weights"].
  public static let keys = ["points", "weights"]
  /// The points x_a.
  public let points: [Point]
  /// The weights w_a > 0.
  public let weights: [Double]

  /// Points of weight one, if nothing else is said.
  public init(_ points: [Point], weights: [Double]? = nil) {
    self.points = points
    self.weights = weights ?? [Double](repeating: 1, count: points.count)
    precondition(self.weights.count == points.count && self.weights.allSatisfy { $0 > 0 && $0.isFinite })
  }

  /// Sums over the points.
  public var integral: RegionIntegral { .points(points, weights: weights) }
  /// The volume Σ w.
  public func volume(_ lattice: Lattice) -> Double { weights.reduce(0, +) }
  /// The greatest distance of two coordinates, but no less than a lattice spacing.
  public func extent(_ lattice: Lattice) -> Double {
    (0..<lattice.dimension).map { axis in points.map { $0[axis] }.max()! - points.map { $0[axis] }.min()! }
      .reduce(lattice.spacing, max)
  }
  /// The weight in words.
  public var weight: String { "exp(-sum_a w_a V(phi(x_a))) over \(points.count) listed point\(points.count == 1 ? "" : "s")" }
  /// Points and weights.
  public var streamName: String { "points \(points.map { [$0.x, $0.y, $0.z, $0.w] }) \(weights)" }

  /// No symmetry of space is left.
  public func remaining(of symmetries: FieldSymmetries) -> FieldSymmetries {
    var result = symmetries
    (result.translationInvariantOrder, result.rotations) = (0, .none)
    return result
  }

  /// A field that lives on sites needs sites.
  public func obstruction(_ architecture: any Architecture) -> String? {
    guard let lattice = architecture.freeField?.lattice ?? architecture.latticeModes?.lattice,
      let stranger = points.first(where: { lattice.site(at: $0) == nil })
    else { return nil }
    return
      "the point \((0..<lattice.dimension).map { stranger[$0] }) is no site of the lattice, where \(architecture.kind) lives, x = \(lattice.spacing) n"
  }

  /// Reads `points` and `weights`.
  public static func read(_ block: TheoryBlock, _ context: InsertionContext) throws -> any InsertionRegion {
    let points = try block.points("points", dimension: context.lattice.dimension)
    guard !points.isEmpty, Set(points).count == points.count else {
      throw block.fault(
        "points", points.isEmpty ? "the list is empty" : "a point is listed twice", cure: "list each point once, with its weight")
    }
    let weights = block.has("weights") ? try block.numbers("weights", count: points.count...points.count) : nil
    guard weights?.allSatisfy({ $0 > 0 }) ?? true else {
      throw block.fault("weights", "a weight is not above 0", cure: "give positive weights; signs belong to the coupling")
    }
    let region = PointsRegion(points, weights: weights)
    if let problem = region.obstruction(context.architecture) {
      throw block.fault("points", problem, cure: "give sites of the lattice")
    }
    return region
  }
}

extension InsertionRegion where Self == PointsRegion {
  /// Listed points.
  public static func points(_ points: [Point], weights: [Double]? = nil) -> PointsRegion {
    PointsRegion(points, weights: weights)
  }
}
