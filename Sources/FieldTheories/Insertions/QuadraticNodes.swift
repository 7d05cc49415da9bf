// SPDX-License-Identifier: GPL-3.0-or-later

import LatticeFields

/// Quadratic and linear terms of an action, gathered by point: `Σ_a [½ d_a φ(x_a)² − j_a φ(x_a)]`, in the order in which the terms name the points.
public struct QuadraticNodes: Sendable {
  /// What acts at one point.
  public struct Node: Sendable {
    /// The point x_a.
    public let point: Point
    /// The sum of the masses d_a at the point, weights included.
    public fileprivate(set) var mass = 0.0
    /// The sum of the sources j_a at the point, weights included.
    public fileprivate(set) var source = 0.0
  }
  /// One node a point.
  public let nodes: [Node]

  /// Of an action; nil where a term is neither quadratic nor linear. The sources are those of a component, counted from 0. With `onSites` the points are those of the lattice, and nil is also where one is no site.
  public init?(_ terms: [LocalTerm], _ lattice: Lattice, onSites: Bool = false, component: Int = 0) {
    var (nodes, places): ([Node], [Point: Int]) = ([], [:])
    for term in terms {
      guard let part = term.quadraticPart(lattice, component: component) else { return nil }
      for (index, own) in part.points.enumerated() {
        guard let point = onSites ? lattice.site(at: own).map(lattice.position) : own else { return nil }
        if places[point] == nil {
          places[point] = nodes.count
          nodes.append(Node(point: point))
        }
        nodes[places[point]!].mass += part.masses[index]
        nodes[places[point]!].source += part.sources[index]
      }
    }
    self.nodes = nodes
  }

  /// The nodes as data `½ (φ(x) − y)²/T` with labels `y = j/d` and noises `T = 1/d`; nil where there are none, or a source has no mass beside it.
  public var data: NoisyData? {
    let content = nodes.filter { ($0.mass, $0.source) != (0, 0) }
    guard !content.isEmpty, content.allSatisfy({ $0.mass > 0 }) else { return nil }
    return NoisyData(
      points: content.map(\.point), labels: content.map { $0.source / $0.mass }, noises: content.map { 1 / $0.mass })
  }
}

/// Data with Gaussian noise at distinct points.
public struct NoisyData: Sendable {
  /// The points of the data, each once.
  public let points: [Point]
  /// The labels y.
  public let labels: [Double]
  /// The variances T of the noise.
  public let noises: [Double]

  /// `Σ y²/2T`, which `½ (φ − y)²/T` has beside its quadratic and linear terms.
  public var labelTerm: Double { zip(labels, noises).reduce(0) { $0 + $1.0 * $1.0 / (2 * $1.1) } }
}
