// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import Glibc
import LatticeFields

/// A Gaussian field under terms `½ d_a φ(x_a)² − j_a φ(x_a)` at any points, which is a Gaussian field again, now with a mean:
///
///     C = K − K_{·X} (K_XX + D^{-1})^{-1} K_{X·},   <φ(x)> = Σ_a C(x, x_a) j_a,
///     ln Z/Z_0 = −½ ln det(1 + K_XX D) + ½ Σ_a j_a <φ(x_a)>
///
/// K the kernel, that of the free lattice field or of a network at infinite width; D = diag(d_a). A point with a mass is a datum `y_a = j_a/d_a` of noise `1/d_a` (``GaussianProcessPosterior``); a point
/// with a source alone adds `C(x, x_a) j_a`. Data y_a with error √T are d_a = 1/T and j_a = y_a/T. Accuracy: rounding of one Cholesky decomposition.
struct GaussianFieldSolution: SolutionMethod {
  /// K; nil where it is not known.
  private let kernel: @Sendable (Point, Point) -> Double?
  /// Where d_a > 0, and the field under these terms alone; nil where there are none.
  private let pinned: [Point]
  private let posterior: GaussianProcessPosterior?
  /// Where d_a = 0, and j_a.
  private let sources: [(point: Point, force: Double)]
  /// `Σ_a u(x_a) j_a` over the sources, u of ``GaussianProcessPosterior/whitened(_:)``.
  private let drive: [Double]
  /// The free lattice field where a uniform source, that of every site j, is all there is; nil otherwise.
  private var driven: (field: FreeLatticeField, force: Double)?
  private(set) var logPartitionRatio: Double?
  private(set) var effectiveSampleFraction: Double?

  /// Nodes beyond which the decomposition is not made.
  static let greatestNodeCount = 4096

  /// Nil unless every term is quadratic, with no negative mass at a site, and their sites are few enough. `scale` multiplies the action.
  /// Of several components it is that of `component`, counted from 0.
  init?(_ field: FreeLatticeField, _ terms: [LocalTerm], scale: Double = 1, component: Int = 0) {
    let lattice = field.lattice
    guard let action = QuadraticNodes(terms, lattice, onSites: true, component: component) else { return nil }
    let doubled = scale == 1 ? GaussianFieldSolution(field, terms, scale: 2, component: component)?.logPartitionRatio : nil
    self.init(action.nodes.sorted { lattice.site(at: $0.point)! < lattice.site(at: $1.point)! }, scale: scale) { x, y in
      field.exactValue(.moment([x, y]), lattice: nil)
    }
    effectiveSampleFraction = doubled.map { exp(2 * logPartitionRatio! - $0) }
    if pinned.isEmpty, sources.count == lattice.siteCount, sources.allSatisfy({ $0.force == sources[0].force }) {
      driven = (field, sources[0].force)
    }
  }

  /// The same of the field that a network becomes at infinite width, at any points of its space.
  init?(limitOf net: any Architecture, _ terms: [LocalTerm], lattice: Lattice, component: Int = 0) {
    guard let action = QuadraticNodes(terms, lattice, component: component) else { return nil }
    self.init(action.nodes) { net.limitKernel($0, $1) }
  }

  /// From the terms at distinct points.
  private init?(
    _ nodes: [QuadraticNodes.Node], scale: Double = 1, _ kernel: @escaping @Sendable (Point, Point) -> Double?
  ) {
    let content = nodes.map { (point: $0.point, mass: scale * $0.mass, force: scale * $0.source) }
    guard !content.isEmpty, content.count <= Self.greatestNodeCount, content.allSatisfy({ $0.mass >= 0 }) else { return nil }
    // A mass so small that its inverse overflows does nothing beside its source.
    let massive = content.filter { (1 / $0.mass).isFinite }
    let pinned = massive.map(\.point)
    var table = [Double](repeating: 0, count: pinned.count * pinned.count)
    for (i, x) in pinned.enumerated() {
      for j in 0...i {
        guard let value = kernel(x, pinned[j]) else { return nil }
        table[i * pinned.count + j] = value
        table[j * pinned.count + i] = value
      }
    }
    var posterior: GaussianProcessPosterior?
    if !massive.isEmpty {
      posterior = try? GaussianProcessPosterior(
        kernel: table, noise: massive.map { 1 / $0.mass }, labels: massive.map { $0.force / $0.mass })
      if posterior == nil { return nil }
    }
    (self.kernel, self.pinned, self.posterior) = (kernel, pinned, posterior)
    sources = content.filter { !(1 / $0.mass).isFinite }.map { ($0.point, $0.force) }
    var drive = massive.map { _ in 0.0 }
    if let posterior {
      for source in sources {
        let column = pinned.compactMap { kernel(source.point, $0) }
        guard column.count == pinned.count else { return nil }
        for (i, u) in posterior.whitened(column).enumerated() { drive[i] += source.force * u }
      }
    }
    self.drive = drive
    var work = 0.0
    for node in content where node.force != 0 {
      guard let mean = mean(node.point) else { return nil }
      work += node.force * mean
    }
    logPartitionRatio = 0.5 * (work - (posterior?.logDeterminant ?? 0))
  }

  var kind: KnownValue.Kind { .exact }
  var source: String {
    let count = pinned.count + sources.count
    return "the Gaussian field with \(count) quadratic and linear term\(count == 1 ? "" : "s"), by linear algebra"
  }

  /// `<φ(x)>`; nil off the sites. Cost P, and P² where there are sources without a mass.
  private func mean(_ x: Point) -> Double? {
    guard sources.isEmpty, let posterior else { return law([x])?.means[0] }
    let column = pinned.compactMap { kernel(x, $0) }
    return column.count == pinned.count ? posterior.mean([column])[0] : nil
  }

  /// Mean and covariance of the field at some points; nil off the sites.
  private func law(_ points: [Point]) -> Law? {
    var distinct: [Point: (mean: Double, u: [Double])] = [:]
    for x in points where distinct[x] == nil {
      let (column, forced) = (pinned.compactMap { kernel(x, $0) }, sources.compactMap { kernel(x, $0.point) })
      guard column.count == pinned.count, forced.count == sources.count else { return nil }
      let u = posterior?.whitened(column) ?? []
      let pull = posterior?.mean([column])[0] ?? 0
      distinct[x] = (zip(sources, forced).reduce(pull - dot(u, drive)) { $0 + $1.0.force * $1.1 }, u)
    }
    return Law(
      means: points.map { distinct[$0]!.mean },
      covariances: points.map { x in points.map { kernel(x, $0)! - dot(distinct[x]!.u, distinct[$0]!.u) } })
  }

  private func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }

  func answer(_ function: CorrelationFunction) -> (value: ExactValue, lastTerm: Double)? {
    exact(function).map { (ExactValue($0), 0) }
  }

  private func exact(_ function: CorrelationFunction) -> Double? {
    switch function {
    case .moment(let points) where points.count == 1, .cumulant(let points) where points.count == 1: return mean(points[0])
    case .moment(let points): return law(points).map { $0.moment(Array(points.indices)) }
    case .cumulant(let points):
      guard points.count <= 2 else { return 0 }
      return law(points).map { $0.covariance(0, 1) }
    case .squaredDifference(let x, let y):
      return CorrelationFunction.squaredDifference(exact(.moment([x, x])), exact(.moment([y, y])), exact(.moment([x, y])))
    case .compositeCumulant(let m, let x, let n, let y):
      let (a, b) = ([Point](repeating: x, count: m), [Point](repeating: y, count: n))
      guard let joint = exact(.moment(a + b)), let first = exact(.moment(a)), let second = exact(.moment(b)) else { return nil }
      return joint - first * second
    case .effectiveMass, .propagator, .zeroMomentumCumulant, .absoluteZeroMode, .foldedSusceptibility:
      return driven.flatMap { Self.shifted($0.field, by: $0.force, function) }
    default: return nil
    }
  }

  /// Functions of modes of a free field with a source j at every site: connected ones stay, and `<Φ>/V = χ2 j/a^d`; |Φ| is that of a Gaussian variable with a mean.
  private static func shifted(_ field: FreeLatticeField, by force: Double, _ function: CorrelationFunction) -> Double? {
    let (lattice, volume) = (field.lattice, field.lattice.volume)
    guard let free = field.exactValue(function, lattice: nil),
      let chi = field.exactValue(.zeroMomentumCumulant(order: 2), lattice: nil)
    else { return nil }
    let mean = chi * force / lattice.cellVolume
    let (deviation, shift) = ((chi / volume).squareRoot(), mean / (2 * chi / volume).squareRoot())
    let modulus = deviation * (2 / .pi).squareRoot() * exp(-shift * shift) + mean * erf(shift)
    switch function {
    case .propagator(let mode): return free + (mode.allSatisfy { $0 == 0 } ? volume * mean * mean : 0)
    case .zeroMomentumCumulant(order: 1): return mean
    case .absoluteZeroMode: return modulus
    case .foldedSusceptibility: return chi + volume * (mean - modulus) * (mean + modulus)
    default: return free
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
