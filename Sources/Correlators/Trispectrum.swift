// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis
import LatticeFields

/// `T(q1..q4) = V^{-1} <φ(q1) φ(q2) φ(q3) φ(q4)>_c` at chosen momenta that add up to zero modulo 2π/a, `φ(q) = a^d Σ_x e^{-iqx} φ(x)`:
///
///     T = Re <φ(q1) φ(q2) φ(q3) φ(q4)>/V − V Σ_3 U(|φ(q_a)|²/V, |φ(q_c)|²/V),
///
/// the sum over those pairings whose pairs have opposite momenta (modulo 2π/a), with products between bins: unbiased. By translation invariance
/// all other 2-point functions vanish. T is real. Source: docs/physics/estimators.md.
public struct Trispectrum: CorrelatorEstimator {
  /// The table's name.
  public static let tableName = "trispectrum"
  /// The name of its table.
  public var name: String { Self.tableName }
  /// What is estimated.
  public let quantity = "T(q1..q4) = <phi(q1) phi(q2) phi(q3) phi(q4)>_c/V"
  /// How it is estimated.
  public let method = "modes n of q = 2 pi n/(a L)"
  /// What is assumed of the ensemble.
  public let assumptions = EstimatorAssumptions(translationInvariantOrder: 4, periodicity: true)
  /// Highest order n of the n-point functions involved.
  public let order = 4
  /// Names of the coordinate columns.
  public let coordinateColumns = ["modes"]
  /// The rows and what each estimates.
  public let rows: [CorrelatorRow]
  private let lattice: Lattice
  private let quadruples: [[[Int]]]
  /// Distinct modes up to sign whose power is needed, and where to find it by site index.
  private let powers: [[Int]]
  private let powerIndex: [Int: Int]

  /// At the momenta of the settings.
  public init(_ settings: EstimatorSettings) {
    let lattice = settings.lattice
    self.lattice = lattice
    quadruples = settings.momenta ?? Self.defaultMomenta(lattice)
    rows = quadruples.map { modes in
      let text = modes.map { "(\($0.map(String.init).joined(separator: ",")))" }.joined()
      return CorrelatorRow(coordinates: [.text(text)], target: RowTarget(.trispectrum(modes: modes)))
    }
    var list: [[Int]] = []
    var index: [Int: Int] = [:]
    for modes in quadruples {
      for (a, c) in Self.pairings(modes, lattice).flatMap({ [($0, $0), ($1, $1)] }) where index[a] == nil {
        let mode = lattice.siteVector(a)
        index[a] = list.count
        index[lattice.siteIndex(mode.map { -$0 })] = list.count
        list.append(lattice.siteVector(c))
      }
    }
    powers = list
    powerIndex = index
  }

  /// Six quadruples of the lowest modes: all zero; (q,−q,k,−k) with k along another axis, or 2q in one dimension; (q,q,−q,−q); the corner four times
  /// where the first extent is even; (q,q,−2q,0) and (q,k,−q−k,0), where T vanishes.
  public static func defaultMomenta(_ lattice: Lattice) -> [[[Int]]] {
    let zero = [Int](repeating: 0, count: lattice.dimension)
    func axis(_ axis: Int, _ n: Int) -> [Int] { zero.enumerated().map { $0.offset == axis ? n : 0 } }
    let (q, back) = (axis(0, 1), axis(0, -1))
    let other = lattice.dimension > 1 ? (axis(1, 1), axis(1, -1)) : (axis(0, 2), axis(0, -2))
    var modes = [[zero, zero, zero, zero], [q, back, other.0, other.1], [q, q, back, back]]
    if lattice.sites[0] % 2 == 0 { modes.append([[Int]](repeating: axis(0, lattice.sites[0] / 2), count: 4)) }
    modes.append([q, q, axis(0, -2), zero])
    modes.append([q, other.0, zip(back, other.1).map { $0 + $1 }, zero])
    return modes
  }

  /// The pairings of opposite momenta, by the site indices of one mode of each pair.
  private static func pairings(_ modes: [[Int]], _ lattice: Lattice) -> [(Int, Int)] {
    let q = modes.map { lattice.siteIndex($0) }
    let opposite = modes.map { lattice.siteIndex($0.map { -$0 }) }
    return Pairings.four.filter { $0.allSatisfy { q[$0.0] == opposite[$0.1] } }.map { (q[$0[0].0], q[$0[1].0]) }
  }

  /// Powers first, then one product a row.
  public var primaryCount: Int { powers.count + quadruples.count }
  /// The rows of the joint test, at most 48.
  public var covarianceRows: [Int] { evenlySpread(rows.count) }

  /// An accumulator on the worker's workspace.
  public func makeAccumulator(_ workspace: DrawWorkspace) -> any CorrelatorAccumulator {
    let transform = workspace.requestTransform(.power(1))
    let (cell, volume) = (lattice.cellVolume, lattice.volume)
    return DrawAverager(count: primaryCount) { [powers, quadruples] sums in
      for (i, mode) in powers.enumerated() {
        let phi = workspace.amplitude(transform, mode: mode)
        sums[i] += cell * cell * (phi.real * phi.real + phi.imaginary * phi.imaginary) / volume
      }
      for (i, modes) in quadruples.enumerated() {
        var (re, im) = (1.0, 0.0)
        for mode in modes {
          let phi = workspace.amplitude(transform, mode: mode)
          (re, im) = (cell * (re * phi.real - im * phi.imaginary), cell * (re * phi.imaginary + im * phi.real))
        }
        sums[powers.count + i] += re / volume
      }
    }
  }

  /// One unbiased estimate a row.
  public func derive(_ bins: BinnedMeans) -> [JackknifeSamples] {
    quadruples.enumerated().map { row, modes in
      Self.pairings(modes, lattice).reduce(bins.mean(powers.count + row)) { sum, pair in
        sum - lattice.volume * bins.product(powerIndex[pair.0]!, powerIndex[pair.1]!)
      }
    }
  }
}
