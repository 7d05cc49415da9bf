// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis
import Glibc
import LatticeFields

/// `G(k)` of all momenta and `T(q,−q,k,−k) = V^{-1} <|φ(q)|² |φ(k)|²>_c` of all k beside a few low q: what integrals over the
/// connected 4-point function need, from one transform a field. With `P = |φ|²/V` averaged over the orbit of a mode under the
/// lattice's symmetries (n modes),
///
///     T = V [ <P_q P_k> − U(P_q, P_k) (1 + 2/n if k is in the orbit of q) ],
///
/// products of means between bins: unbiased. 2/n counts the pairings of ±q with ±k, for modes equal to their own opposite too.
/// Cost: one real FFT and a pass over the modes. Source: docs/physics/estimators.md.
public struct PairTrispectrum: CorrelatorEstimator {
  /// Orbits of q: the lowest of them.
  public static let lowOrbits = 4

  /// The table's name.
  public static let tableName = "trispectrum-pairs"
  /// The name of its table.
  public var name: String { Self.tableName }
  /// What is estimated.
  public let quantity = "G(k) and T(q,-q,k,-k) = <|phi(q)|^2 |phi(k)|^2>_c/V at low q"
  /// How it is estimated.
  public let method = "modes n of k = 2 pi n/(a L), averaged over orbits of modes"
  /// What is assumed of the ensemble.
  public let assumptions = EstimatorAssumptions(translationInvariantOrder: 4, periodicity: true)
  /// Highest order n of the n-point functions involved.
  public let order = 4
  /// Names of the coordinate columns.
  public let coordinateColumns: [String]
  /// The rows and what each estimates: G of all orbits, then T for each q.
  public let rows: [CorrelatorRow]
  private let lattice: Lattice
  private let orbits: [ModeOrbit]

  /// No setting but the lattice matters.
  public init(_ settings: EstimatorSettings) {
    let lattice = settings.lattice
    self.lattice = lattice
    let orbits = lattice.modeOrbits()
    self.orbits = orbits
    coordinateColumns = ["function", "phat"] + (1...lattice.dimension).map { "n\($0)" }
    func row(_ function: String, _ k: ModeOrbit, _ term: ([Int]) -> CorrelationFunction) -> CorrelatorRow {
      CorrelatorRow(
        coordinates: [.text(function), .number(k.phat)] + k.representative.map { .integer($0) },
        target: RowTarget(terms: k.modes.map { (1 / Double(k.modes.count), term($0)) }))
    }
    rows =
      orbits.map { k in row("G(k)", k) { .propagator(mode: $0) } }
      + orbits.prefix(Self.lowOrbits).flatMap { q in
        let name = "T, q = (\(q.representative.map(String.init).joined(separator: ",")))"
        let minus = q.representative.map { -$0 }
        return orbits.map { k in row(name, k) { .trispectrum(modes: [q.representative, minus, $0, $0.map { -$0 }]) } }
      }
  }

  private var lowCount: Int { min(Self.lowOrbits, orbits.count) }

  /// Powers first, then products of a low one with each.
  public var primaryCount: Int { orbits.count * (1 + lowCount) }
  /// The rows of the joint test, at most 48.
  public var covarianceRows: [Int] { evenlySpread(rows.count) }
  /// The order n of a row: 2 for propagators, 4 for the trispectrum.
  public func order(ofRow row: Int) -> Int { row < orbits.count ? 2 : 4 }

  /// An accumulator on the worker's workspace.
  public func makeAccumulator(_ workspace: DrawWorkspace) -> any CorrelatorAccumulator {
    let transform = workspace.requestTransform(.power(1))
    let scale = lattice.cellVolume * lattice.cellVolume / lattice.volume
    // k and −k have equal power.
    let halves = orbits.map { orbit in
      orbit.modes.filter { lattice.siteIndex($0) <= lattice.siteIndex($0.map { -$0 }) }
    }
    let weights = zip(orbits, halves).map { orbit, half in
      half.map { (lattice.isSelfConjugate($0) ? scale : 2 * scale) / Double(orbit.modes.count) }
    }
    let (count, low) = (orbits.count, lowCount)
    var powers = [Double](repeating: 0, count: count)
    return DrawAverager(count: primaryCount) { sums in
      for orbit in 0..<count {
        var power = 0.0
        for (mode, weight) in zip(halves[orbit], weights[orbit]) {
          let phi = workspace.amplitude(transform, mode: mode)
          power += weight * (phi.real * phi.real + phi.imaginary * phi.imaginary)
        }
        powers[orbit] = power
        sums[orbit] += power
      }
      for q in 0..<low {
        for k in 0..<count { sums[count * (1 + q) + k] += powers[q] * powers[k] }
      }
    }
  }

  /// One unbiased estimate a row.
  public func derive(_ bins: BinnedMeans) -> [JackknifeSamples] {
    let count = orbits.count
    return orbits.indices.map(bins.mean)
      + (0..<lowCount).flatMap { q in
        orbits.indices.map { k in
          let pairings = 1 + (q == k ? 2 / Double(orbits[k].modes.count) : 0)
          return lattice.volume * (bins.mean(count * (1 + q) + k) - pairings * bins.product(q, k))
        }
      }
  }
}

/// The modes of a periodic lattice that its reflections and exchanges of axes of equal extent join.
public struct ModeOrbit: Sendable, Hashable {
  /// Non-negative components, falling along axes of equal extent.
  public let representative: [Int]
  /// All of them, −L/2 < n ≤ L/2.
  public let modes: [[Int]]
  /// `p̂ = (2/a) |sin(a p/2)|` over all axes.
  public let phat: Double

  static func rise(_ a: ModeOrbit, _ b: ModeOrbit) -> Bool {
    a.phat != b.phat ? a.phat < b.phat : a.representative.lexicographicallyPrecedes(b.representative)
  }
}

extension Lattice {
  /// All modes by orbits, p̂ rising.
  public func modeOrbits() -> [ModeOrbit] {
    var groups: [[Int]: [[Int]]] = [:]
    for displacement in displacements() { groups[axisOrbit(displacement.vector), default: []].append(displacement.vector) }
    return groups.map { ModeOrbit(representative: $0, modes: $1, phat: phat($0)) }.sorted(by: ModeOrbit.rise)
  }

  /// `p̂` of a mode.
  func phat(_ mode: [Int]) -> Double {
    zip(mode, sites).reduce(0.0) { sum, pair in
      let s = 2 / spacing * sin(Double.pi * Double(pair.0) / Double(pair.1))
      return sum + s * s
    }.squareRoot()
  }

  /// Whether a mode is its own opposite.
  func isSelfConjugate(_ mode: [Int]) -> Bool { siteIndex(mode) == siteIndex(mode.map { -$0 }) }
}
