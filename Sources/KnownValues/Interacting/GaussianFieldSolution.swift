// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import FieldTheories
import LatticeFields

/// The free lattice field under terms `½ d_a φ(x_a)² − j_a φ(x_a)` at any sites, which is a Gaussian field again, now with a mean:
///
///     C = K − K_{·X} (K_XX + D^{-1})^{-1} K_{X·},   <φ(x)> = Σ_a C(x, x_a) j_a,
///     ln Z/Z_0 = −½ ln det(1 + K_XX D) + ½ Σ_a j_a <φ(x_a)>
///
/// K the free propagator, D = diag(d_a). A site with a mass is a datum `y_a = j_a/d_a` of noise `1/d_a` (``GaussianProcessPosterior``); a site with a
/// source alone adds `C(x, x_a) j_a`. Data y_a with error √T are d_a = 1/T and j_a = y_a/T. Accuracy: rounding of one Cholesky decomposition.
struct GaussianFieldSolution: SolutionMethod {
  private let field: FreeLatticeField
  /// Where d_a > 0, and the field under these terms alone; nil where there are none.
  private let pinned: [Point]
  private let posterior: GaussianProcessPosterior?
  /// Where d_a = 0, and j_a.
  private let sources: [(point: Point, force: Double)]
  /// `Σ_a u(x_a) j_a` over the sources, u of ``GaussianProcessPosterior/whitened(_:)``.
  private let drive: [Double]
  private(set) var logPartitionRatio: Double?
  private(set) var effectiveSampleFraction: Double?

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
    guard !sites.isEmpty, sites.count <= Self.greatestNodeCount, content.values.allSatisfy({ $0.mass >= 0 }) else { return nil }
    // A mass so small that its inverse overflows does nothing beside its source.
    let massive = sites.filter { (1 / content[$0]!.mass).isFinite }
    let pinned = massive.map(field.lattice.position)
    func column(_ x: Point) -> [Double] { pinned.map { field.exactValue(.moment([x, $0]), lattice: nil)! } }
    var posterior: GaussianProcessPosterior?
    if !massive.isEmpty {
      posterior = try? GaussianProcessPosterior(
        kernel: pinned.flatMap(column), noise: massive.map { 1 / content[$0]!.mass },
        labels: massive.map { content[$0]!.force / content[$0]!.mass })
      if posterior == nil { return nil }
    }
    (self.field, self.pinned, self.posterior) = (field, pinned, posterior)
    sources = sites.filter { !massive.contains($0) }.map { (field.lattice.position($0), content[$0]!.force) }
    var drive = massive.map { _ in 0.0 }
    if let posterior {
      for source in sources {
        for (i, u) in posterior.whitened(column(source.point)).enumerated() { drive[i] += source.force * u }
      }
    }
    self.drive = drive
    guard let means = law(sites.map(field.lattice.position))?.mean else { return nil }
    let ratio = 0.5 * (zip(sites, means).reduce(0.0) { $0 + content[$1.0]!.force * $1.1 } - (posterior?.logDeterminant ?? 0))
    logPartitionRatio = ratio
    let doubled = scale == 1 ? GaussianFieldSolution(field, terms, scale: 2)?.logPartitionRatio : nil
    effectiveSampleFraction = doubled.map { exp(2 * ratio - $0) }
  }

  var kind: KnownValue.Kind { .exact }
  var source: String {
    let count = pinned.count + sources.count
    return "the Gaussian field with \(count) quadratic and linear term\(count == 1 ? "" : "s"), by linear algebra"
  }

  private func kernel(_ x: Point, _ y: Point) -> Double? { field.exactValue(.moment([x, y]), lattice: nil) }

  /// Mean and covariance of the field at some points; nil off the sites.
  private func law(_ points: [Point]) -> (mean: [Double], covariance: [[Double]])? {
    var distinct: [Point: (mean: Double, u: [Double])] = [:]
    for x in points where distinct[x] == nil {
      let (column, forced) = (pinned.compactMap { kernel(x, $0) }, sources.compactMap { kernel(x, $0.point) })
      guard column.count == pinned.count, forced.count == sources.count else { return nil }
      let u = posterior?.whitened(column) ?? []
      let pull = posterior?.mean([column])[0] ?? 0
      distinct[x] = (zip(sources, forced).reduce(pull - dot(u, drive)) { $0 + $1.0.force * $1.1 }, u)
    }
    return (
      points.map { distinct[$0]!.mean },
      points.map { x in points.map { kernel(x, $0)! - dot(distinct[x]!.u, distinct[$0]!.u) } }
    )
  }

  private func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }

  func answer(_ function: CorrelationFunction) -> (value: ExactValue, lastTerm: Double)? {
    exact(function).map { (ExactValue($0), 0) }
  }

  private func exact(_ function: CorrelationFunction) -> Double? {
    switch function {
    case .moment(let points): return law(points).map { Self.moment(Array(points.indices), $0.mean, $0.covariance) }
    case .cumulant(let points):
      guard points.count <= 2 else { return 0 }
      return law(points).map { points.count == 1 ? $0.mean[0] : $0.covariance[0][1] }
    case .squaredDifference(let x, let y):
      return CorrelationFunction.squaredDifference(exact(.moment([x, x])), exact(.moment([y, y])), exact(.moment([x, y])))
    case .compositeCumulant(let m, let x, let n, let y):
      let (a, b) = ([Point](repeating: x, count: m), [Point](repeating: y, count: n))
      guard let joint = exact(.moment(a + b)), let first = exact(.moment(a)), let second = exact(.moment(b)) else { return nil }
      return joint - first * second
    default: return nil
    }
  }

  /// Wick's theorem with a mean: the first field is on its own or paired with each of the others.
  private static func moment(_ fields: [Int], _ mean: [Double], _ covariance: [[Double]]) -> Double {
    guard let first = fields.first else { return 1 }
    let rest = Array(fields.dropFirst())
    return rest.indices.reduce(mean[first] * moment(rest, mean, covariance)) { sum, partner in
      var others = rest
      others.remove(at: partner)
      return sum + covariance[first][rest[partner]] * moment(others, mean, covariance)
    }
  }
}
