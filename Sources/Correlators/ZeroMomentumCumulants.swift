// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis
import LatticeFields
import NumericalKernels

/// `χ_n = κ_n(Φ)/V` for n = 2, 4, 6, 8, with `Φ = a^d Σ_x φ(x)` and `m_n = <Φ^n>`:
///
///     κ4 = m4 − 3 m2²          κ6 = m6 − 15 m4 m2 + 30 m2³          κ8 = m8 − 28 m6 m2 − 35 m4² + 420 m4 m2² − 630 m2⁴
///
/// with products of up to four means between different bins: unbiased. Assumes φ → −φ. Source: docs/physics/estimators.md.
public struct ZeroMomentumCumulants: CorrelatorEstimator {
  /// The table's name.
  public static let tableName = "zero-momentum-cumulants"
  /// The name of its table.
  public var name: String { Self.tableName }
  /// What is estimated.
  public let quantity = "chi_n = kappa_n(Phi)/V up to n = 8"
  /// How it is estimated.
  public let method = "Phi = a^d sum_x phi(x)"
  /// What is assumed of the ensemble.
  public let assumptions = EstimatorAssumptions()
  /// Highest order n of the n-point functions involved.
  public let order = 8
  /// Names of the coordinate columns.
  public let coordinateColumns = ["quantity"]
  /// The rows and what each estimates.
  public let rows = [2, 4, 6, 8].map { order in
    CorrelatorRow(coordinates: [.text("chi\(order)")], target: RowTarget(.zeroMomentumCumulant(order: order)))
  }
  private let volume: Double
  private let cellVolume: Double
  private let zero: [Int]

  /// For the settings' lattice.
  public init(_ settings: EstimatorSettings) {
    volume = settings.lattice.volume
    cellVolume = settings.lattice.cellVolume
    zero = [Int](repeating: 0, count: settings.lattice.dimension)
  }

  /// Number of primaries: `<Φ²>` to `<Φ⁸>`.
  public let primaryCount = 4
  /// All four cumulants.
  public let covarianceRows = [0, 1, 2, 3]
  /// The order of the row's own cumulant.
  public func order(ofRow row: Int) -> Int { 2 * (row + 1) }

  /// An accumulator on the worker's workspace.
  public func makeAccumulator(_ workspace: DrawWorkspace) -> any CorrelatorAccumulator {
    let transform = workspace.requestTransform(.power(1))
    return DrawAverager(count: primaryCount) { [cellVolume, zero] sums in
      let phi = cellVolume * workspace.amplitude(transform, mode: zero).real
      let square = phi * phi
      var power = 1.0
      for i in 0..<4 {
        power *= square
        sums[i] += power
      }
    }
  }

  /// One unbiased estimate a row.
  public func derive(_ bins: BinnedMeans) -> [JackknifeSamples] {
    let cumulants = evenCumulants(bins, moments: [0, 1, 2, 3])
    return cumulants.map { (1 / volume) * $0 }
  }
}

/// Cumulants κ2, κ4, … of an even variable from the bins' moments of orders 2, 4, … (two to four of them), unbiased.
func evenCumulants(_ bins: BinnedMeans, moments m: [Int]) -> [JackknifeSamples] {
  let products: [() -> JackknifeSamples] = [
    { bins.mean(m[0]) },
    { bins.mean(m[1]) - 3 * bins.product(m[0], m[0]) },
    { bins.mean(m[2]) - 15 * bins.product(m[1], m[0]) + 30 * bins.product(m[0], m[0], m[0]) },
    {
      bins.mean(m[3]) - 28 * bins.product(m[2], m[0]) - 35 * bins.product(m[1], m[1])
        + 420 * bins.product(m[1], m[0], m[0]) - 630 * bins.product(m[0], m[0], m[0], m[0])
    },
  ]
  return products.prefix(m.count).map { $0() }
}

/// An accumulator that adds numbers of the current field to sums after every draw.
final class DrawAverager: CorrelatorAccumulator {
  private let addDraw: (inout [Double]) -> Void
  private var sums: [Double]
  private var draws = 0.0

  let readsAllComponents: Bool

  init(count: Int, readsAllComponents: Bool = false, _ addDraw: @escaping (inout [Double]) -> Void) {
    self.readsAllComponents = readsAllComponents
    sums = [Double](repeating: 0, count: count)
    self.addDraw = addDraw
  }

  func add() {
    addDraw(&sums)
    draws += 1
  }

  func finishBin() -> [Double] {
    defer {
      for i in sums.indices { sums[i] = 0 }
      draws = 0
    }
    return sums.map { $0 / draws }
  }

  func visit(_ state: inout StateVisitor) -> Bool {
    state.visit(&sums)
    state.visit(&draws)
    return true
  }
}
