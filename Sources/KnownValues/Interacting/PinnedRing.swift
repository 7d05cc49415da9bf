// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import Glibc
import LatticeFields
import NumericalKernels

/// A quadratic and a linear term at one site, `½ d φ² − j φ`; of a datum y of noise variance T, `d = 1/T` and `j = y/T`.
public struct SitePull: Sendable, Hashable {
  /// The mass d ≥ 0.
  public var mass: Double
  /// The force j that pulls the field at the site.
  public var force: Double

  /// A term of mass d and force j.
  public init(mass: Double, force: Double) { (self.mass, self.force) = (mass, force) }

  /// A datum, without the constant `y²/2T` of its insertion.
  public init(label: Double, noise: Double) { self.init(mass: 1 / noise, force: label / noise) }
}

/// φ⁴ on a ring at infinite width under quadratic and linear terms at some of its sites, data among them: the operators `w_x = e^{−½ d φ² + j φ}` and
/// `φ^k w_x` between powers of the transfer matrix,
///
///     <φ_{x1} … φ_{xn}> = Tr[… T^{r} φ^k w …]/Tr[… T^{r} w …],     ln <e^{−I}> = ln Tr[… w …] − ln Tr T^L.
///
/// One site is a ring of one. Relative accuracy 1e-11, while the labels lie where the grid of fields does (else nil). Cost: one eigenproblem, then a
/// product of matrices for each site that carries an operator. Source: as ``TransferMatrix``; checked at λ = 0 against the Gaussian field.
public struct PinnedRing: Sendable {
  /// The ring without these terms.
  public let ring: TransferMatrix
  private let pulls: [Int: SitePull]
  /// `ln Tr[… w …]`, powers of T relative to its largest eigenvalue.
  private let logTrace: Double

  /// The most rows of the eigenproblem: a second.
  static let greatestGrid = 800

  /// Terms by site, 0 … L − 1. Nil where the eigenproblem would be too large, or a pull leads out of the grid of fields.
  public init?(_ potential: QuarticPotential, sites: Int, spacing: Double = 1, linkStrength: Double = 1, pulls: [Int: SitePull]) {
    precondition(pulls.keys.allSatisfy { (0..<sites).contains($0) } && pulls.values.allSatisfy { $0.mass >= 0 })
    guard let grid = TransferMatrix.gridSize(potential, sites: sites, spacing: spacing, linkStrength: linkStrength) else {
      return nil
    }
    // The weight of a site is resolved by a step of a third of its width.
    let coarse = TransferMatrix.gridStep(potential, sites: sites, spacing: spacing, linkStrength: linkStrength)!
    let stiffest = pulls.values.map(\.mass).max() ?? 0
    let width = 1 / (2 * linkStrength / spacing + spacing * potential.stiffness + stiffest).squareRoot()
    let refinement = max(1, coarse / (0.35 * width))
    guard Double(grid) * refinement <= Double(Self.greatestGrid) else { return nil }
    ring = TransferMatrix(potential, sites: sites, spacing: spacing, linkStrength: linkStrength, refinement: refinement)
    // Where the potential and the pull of a site balance, links left out, must be well inside.
    let reach = 0.6 * ring.reach
    for pull in pulls.values where abs(pull.force) > 0 {
      let slope = spacing * (potential.massSquared * reach + potential.coupling * reach * reach * reach / 6) + pull.mass * reach
      guard slope > abs(pull.force) else { return nil }
    }
    self.pulls = pulls
    guard let trace = Self.logTrace(ring, pulls, powers: [:]), trace.sign > 0 else { return nil }
    logTrace = trace.logarithm
  }

  /// `ln <e^{−I}>` over the ring without these terms.
  public var logPartition: Double { logTrace - log(ring.excitations) }

  /// The same of data, with the constants `y²/2T` of their insertion.
  public var logPartitionOfData: Double {
    pulls.values.reduce(logPartition) { $1.mass > 0 ? $0 - $1.force * $1.force / (2 * $1.mass) : $0 }
  }

  /// `<φ(x_1) … φ(x_n)>` at any sites.
  public func moment(_ points: [Int]) -> Double {
    let sites = ring.sites!
    let powers = points.reduce(into: [Int: Int]()) { $0[(($1 % sites) + sites) % sites, default: 0] += 1 }
    guard let trace = Self.logTrace(ring, pulls, powers: powers) else { return 0 }
    return trace.sign * exp(trace.logarithm - logTrace)
  }

  /// `Tr ∏ T^r φ^k w` by sign and logarithm, powers of T relative to its largest eigenvalue; nil where it is zero.
  private static func logTrace(
    _ ring: TransferMatrix, _ pulls: [Int: SitePull], powers: [Int: Int]
  ) -> (sign: Double, logarithm: Double)? {
    let (sites, count) = (ring.sites!, ring.stateCount)
    let places = Set(pulls.keys).union(powers.keys).sorted()
    guard let first = places.first else { return (1, log(ring.excitations)) }
    var chain: [Double] = []
    var logarithm = 0.0
    for (index, place) in places.enumerated() {
      let pull = pulls[place] ?? SitePull(mass: 0, force: 0)
      // The largest exponent is taken out: on the grid, or at j/d.
      let peak = ring.fields.map { -0.5 * pull.mass * $0 * $0 + pull.force * $0 }.max()!
      let power = powers[place] ?? 0
      let operation = ring.matrix { field in
        pow(field, Double(power)) * exp(-0.5 * pull.mass * field * field + pull.force * field - peak)
      }
      logarithm += peak
      if index == 0 {
        chain = operation
        continue
      }
      let step = ring.decay(place - places[index - 1])
      for m in 0..<count { for n in 0..<count { chain[m * count + n] *= step[n] } }
      var product = chain
      MatrixProduct.multiplyTransposed(
        rows: count, columns: count, inner: count, a: chain, aStride: count, b: operation, bStride: count, beta: 0, c: &product,
        cStride: count)
      chain = product
    }
    let last = ring.decay(sites - places.last! + first)
    let trace = (0..<count).reduce(0.0) { $0 + chain[$1 * count + $1] * last[$1] }
    return trace == 0 ? nil : (trace > 0 ? 1 : -1, logarithm + log(abs(trace)))
  }
}

/// A ring, or a single site in any dimension, with quadratic and linear terms at some sites, as tables ask it.
struct PinnedRingSolution: SolutionMethod {
  let kind = KnownValue.Kind.exact
  let source = "transfer matrix with data"
  private let lattice: Lattice
  private let ring: PinnedRing
  private let freeMassSquared: Double
  private let potential: QuarticPotential

  /// The potential on all sites, and the terms `½ d φ² − j φ` on some; samples are drawn from the free field of mass² `freeMassSquared`.
  init?(_ potential: QuarticPotential, _ lattice: Lattice, pulls: [Int: SitePull], freeMassSquared: Double) {
    guard lattice.dimension == 1 || lattice.siteCount == 1, lattice.boundary == .periodic else { return nil }
    let spacing = lattice.dimension == 1 ? lattice.spacing : lattice.cellVolume
    guard let ring = PinnedRing(potential, sites: lattice.siteCount, spacing: spacing, pulls: pulls) else { return nil }
    (self.lattice, self.ring, self.freeMassSquared, self.potential) = (lattice, ring, freeMassSquared, potential)
  }

  /// The free field that samples are drawn from, under a potential on all sites and quadratic and linear terms at some; nil without the latter, of other potentials and
  /// of masses below zero.
  init?(_ field: FreeLatticeField, _ terms: [LocalTerm]) {
    let (lattice, everywhere) = (field.lattice, terms.filter { [$0].latticePotential != nil })
    let potential = everywhere.latticePotential ?? .zero
    guard everywhere.count < terms.count, potential.source == 0, potential.degree <= 4, potential.coefficient(4) >= 0,
      potential.coefficient(4) > 0 || potential.coefficient(2) >= 0
    else { return nil }
    let local = terms.filter { [$0].latticePotential == nil }
    guard let action = QuadraticNodes(local, lattice, onSites: true) else { return nil }
    let pulls = Dictionary(
      uniqueKeysWithValues: action.nodes.map { (lattice.site(at: $0.point)!, SitePull(mass: $0.mass, force: $0.source)) })
    guard pulls.values.allSatisfy({ $0.mass >= 0 }) else { return nil }
    let square = field.mass * field.mass
    self.init(
      QuarticPotential(massSquared: square + 2 * potential.coefficient(2), coupling: 24 * potential.coefficient(4)), lattice,
      pulls: pulls, freeMassSquared: square)
  }

  /// Relative to the free field that is sampled.
  var logPartitionRatio: Double? {
    guard freeMassSquared > 0 else { return nil }
    return ring.logPartition + ring.ring.logPartition - ring.ring.freeLogPartition(massSquared: freeMassSquared)
  }

  func answer(_ function: CorrelationFunction) -> (value: ExactValue, lastTerm: Double)? {
    exact(function).map { (ExactValue($0), 0) }
  }

  private func moment(_ points: [Point]) -> Double? {
    if points.isEmpty { return 1 }
    return lattice.sites(points).map { sites in ring.moment(sites.map { lattice.siteIndex($0) }) }
  }

  private func exact(_ function: CorrelationFunction) -> Double? {
    switch function {
    case .moment(let points): return moment(points)
    case .cumulant(let points): return points.count <= 4 ? jointCumulant(points, moment) : nil
    case .squaredDifference(let x, let y):
      return CorrelationFunction.squaredDifference(moment([x, x]), moment([y, y]), moment([x, y]))
    case .compositeCumulant(let m, let x, let n, let y):
      let (a, b) = ([Point](repeating: x, count: m), [Point](repeating: y, count: n))
      guard let joint = moment(a + b), let first = moment(a), let second = moment(b) else { return nil }
      return joint - first * second
    default: return nil
    }
  }
}
