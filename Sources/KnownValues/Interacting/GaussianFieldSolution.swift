// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import Glibc
import LatticeFields

/// A Gaussian field under terms `½ d_a φ(x_a)² − j_a φ(x_a)` at any points, which is a Gaussian field again, now with a mean:
///
///     C = K − K_{·X} D^{½} (1 + D^{½} K_XX D^{½})^{-1} D^{½} K_{X·},   <φ(x)> = Σ_a C(x, x_a) j_a,
///     ln Z/Z_0 = −½ ln det(1 + D^{½} K_XX D^{½}) + ½ Σ_{a,b} j_a C(x_a, x_b) j_b
///
/// K the kernel, that of the free lattice field or of a network at infinite width, D = diag(d_a). Of data y_a with error √T, d_a = 1/T and j_a = y_a/T: posterior mean `K_{·X} (K_XX + T)^{-1} y` and
/// covariance `K − K_{·X} (K_XX + T)^{-1} K_{X·}`. Accuracy: rounding of one Cholesky decomposition. Source: C. E. Rasmussen, C. K. I. Williams,
/// Gaussian Processes for Machine Learning (2006), eqs. (2.23)-(2.24).
struct GaussianFieldSolution: SolutionMethod {
  /// K.
  private let propagator: @Sendable (Point, Point) -> Double?
  private let nodes: [Point]
  /// Square roots √d_a of the data term.
  private let roots: [Double]
  private let forces: [Double]
  /// The Cholesky factor of `1 + D^{½} K_XX D^{½}`, row by row.
  private let factor: [[Double]]
  /// `Σ_a u(x_a) j_a`, see ``whitened(_:)``.
  private let drive: [Double]
  let logPartitionRatio: Double?
  let effectiveSampleFraction: Double?

  /// Nodes beyond which the decomposition is not made.
  static let greatestNodeCount = 512

  /// Nil unless every term is quadratic, with no negative mass at a site, and their sites are few enough. `scale` multiplies the action.
  init?(_ field: FreeLatticeField, _ terms: [LocalTerm], scale: Double = 1) {
    var content: [Int: (mass: Double, force: Double)] = [:]
    for term in terms {
      guard let part = term.quadraticPart(field.lattice) else { return nil }
      for (index, point) in part.points.enumerated() {
        guard let site = field.lattice.site(at: point) else { return nil }
        content[site, default: (0, 0)].mass += scale * part.masses[index]
        content[site, default: (0, 0)].force += scale * part.sources[index]
      }
    }
    let sites = content.keys.sorted()
    let doubled = scale == 1 ? GaussianFieldSolution(field, terms, scale: 2)?.logPartitionRatio : nil
    self.init(
      sites.map { (field.lattice.position($0), content[$0]!.mass, content[$0]!.force) }, doubled: doubled
    ) { x, y in field.exactValue(.moment([x, y]), lattice: nil) }
  }

  /// The same of the field that a network becomes at infinite width, at any points of its space.
  init?(limitOf net: any Architecture, _ terms: [LocalTerm], lattice: Lattice) {
    var (order, content): ([Point], [Point: (mass: Double, force: Double)]) = ([], [:])
    for term in terms {
      guard let part = term.quadraticPart(lattice) else { return nil }
      for (index, point) in part.points.enumerated() {
        if content[point] == nil { order.append(point) }
        content[point, default: (0, 0)].mass += part.masses[index]
        content[point, default: (0, 0)].force += part.sources[index]
      }
    }
    self.init(order.map { ($0, content[$0]!.mass, content[$0]!.force) }, doubled: nil) { net.limitKernel($0, $1) }
  }

  /// From the terms at distinct points; `doubled` is ln Z/Z_0 of twice the action, where it is wanted.
  private init?(
    _ content: [(point: Point, mass: Double, force: Double)], doubled: Double?,
    _ propagator: @escaping @Sendable (Point, Point) -> Double?
  ) {
    let sites = content.indices
    guard !sites.isEmpty, sites.count <= Self.greatestNodeCount, content.allSatisfy({ $0.mass >= 0 }) else { return nil }
    let (nodes, forces) = (content.map(\.point), content.map(\.force))
    let roots = content.map { $0.mass.squareRoot() }
    (self.propagator, self.nodes, self.roots, self.forces) = (propagator, nodes, roots, forces)
    let table = nodes.map { x in nodes.compactMap { propagator(x, $0) } }
    guard table.allSatisfy({ $0.count == nodes.count }) else { return nil }
    let kernel = table
    var factor = sites.map { _ in [Double](repeating: 0, count: sites.count) }
    for i in sites.indices {
      for j in 0...i {
        var sum = (i == j ? 1 : 0) + roots[i] * kernel[i][j] * roots[j]
        for k in 0..<j { sum -= factor[i][k] * factor[j][k] }
        factor[i][j] = i == j ? sum.squareRoot() : sum / factor[j][j]
      }
    }
    // A kernel that is singular to rounding beside the noise tells nothing.
    let pivots = sites.map { factor[$0][$0] * factor[$0][$0] }
    guard pivots.min()! >= 1e-13 * pivots.max()! else { return nil }
    self.factor = factor
    let response = kernel.map { zip($0, forces).reduce(0.0) { $0 + $1.0 * $1.1 } }
    drive = Self.solve(factor, zip(roots, response).map(*))
    let quadratic = zip(forces, response).reduce(0.0) { $0 + $1.0 * $1.1 } - drive.reduce(0) { $0 + $1 * $1 }
    logPartitionRatio = 0.5 * quadratic - sites.indices.reduce(0) { $0 + log(factor[$1][$1]) }
    let ratio = logPartitionRatio!
    effectiveSampleFraction = doubled.map { exp(2 * ratio - $0) }
  }

  var kind: KnownValue.Kind { .exact }
  var source: String {
    "the Gaussian field with \(nodes.count) quadratic and linear term\(nodes.count == 1 ? "" : "s"), by linear algebra"
  }

  /// The solution L^{-1} b of a triangular system.
  private static func solve(_ factor: [[Double]], _ b: [Double]) -> [Double] {
    var x = b
    for i in x.indices {
      for k in 0..<i { x[i] -= factor[i][k] * x[k] }
      x[i] /= factor[i][i]
    }
    return x
  }

  private func kernel(_ x: Point, _ y: Point) -> Double? { propagator(x, y) }

  /// `u(x) = L^{-1} D^{½} K_X(x)`: C(x,y) = K(x,y) − u(x)·u(y). Nil off the sites.
  private func whitened(_ x: Point) -> [Double]? {
    let column = nodes.compactMap { kernel(x, $0) }
    return column.count == nodes.count ? Self.solve(factor, zip(roots, column).map(*)) : nil
  }

  /// Mean and covariance of the field at some points.
  private func law(_ points: [Point]) -> Law? {
    var distinct: [Point: [Double]] = [:]
    for x in points where distinct[x] == nil {
      guard let u = whitened(x) else { return nil }
      distinct[x] = u
    }
    func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
    return Law(
      means: points.map { x in zip(nodes, forces).reduce(0.0) { $0 + kernel(x, $1.0)! * $1.1 } - dot(distinct[x]!, drive) },
      covariances: points.map { x in points.map { kernel(x, $0)! - dot(distinct[x]!, distinct[$0]!) } })
  }

  func answer(_ function: CorrelationFunction) -> (value: ExactValue, lastTerm: Double)? {
    exact(function).map { (ExactValue($0), 0) }
  }

  private func exact(_ function: CorrelationFunction) -> Double? {
    switch function {
    case .moment(let points): return law(points).map { $0.moment(Array(points.indices)) }
    case .cumulant(let points):
      guard points.count <= 2 else { return 0 }
      return law(points).map { points.count == 1 ? $0.mean(0) : $0.covariance(0, 1) }
    case .squaredDifference(let x, let y):
      return CorrelationFunction.squaredDifference(exact(.moment([x, x])), exact(.moment([y, y])), exact(.moment([x, y])))
    case .compositeCumulant(let m, let x, let n, let y):
      let (a, b) = ([Point](repeating: x, count: m), [Point](repeating: y, count: n))
      guard let joint = exact(.moment(a + b)), let first = exact(.moment(a)), let second = exact(.moment(b)) else { return nil }
      return joint - first * second
    default: return nil
    }
  }

  /// Mean and covariance at a list of points.
  private struct Law: GaussianLaw {
    let means: [Double]
    let covariances: [[Double]]

    func mean(_ point: Int) -> Double { means[point] }
    func covariance(_ a: Int, _ b: Int) -> Double { covariances[a][b] }
  }
}
