// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis
import LatticeFields
import NumericalKernels

/// Cumulants of `Φ = a^d Σ_x φ(x)`: `χ2 = <Φ²>/V`, `χ4 = (<Φ⁴> − 3<Φ²>²)/V`, Binder `U = 1 − <Φ⁴>/(3<Φ²>²)`.
///
/// χ2 and χ4 are unbiased (products between bins); U is a ratio, its O(1/bins) bias removed by the jackknife. Assumes φ → −φ.
/// Source: docs/physics/estimators.md.
public struct ZeroMomentum: CorrelatorEstimator {
  /// The table's name.
  public static let tableName = "zero-momentum"
  /// The name of its table.
  public var name: String { Self.tableName }
  /// What is estimated.
  public let quantity = "chi_n = kappa_n(Phi)/V and Binder U = 1 - <Phi^4>/(3 <Phi^2>^2)"
  /// How it is estimated.
  public let method = "Phi = a^d sum_x phi(x)"
  /// What is assumed of the ensemble.
  public let assumptions = EstimatorAssumptions()
  /// Highest order n of the n-point functions involved.
  public let order = 4
  /// Names of the coordinate columns.
  public let coordinateColumns = ["quantity"]
  /// The rows and what each estimates.
  public let rows = [
    CorrelatorRow(coordinates: [.text("chi2")], target: RowTarget(.zeroMomentumCumulant(order: 2))),
    CorrelatorRow(coordinates: [.text("chi4")], target: RowTarget(.zeroMomentumCumulant(order: 4))),
    CorrelatorRow(coordinates: [.text("binder")], target: RowTarget(.binderCumulant)),
  ]
  private let volume: Double
  private let cellVolume: Double

  /// For the settings' lattice.
  public init(_ settings: EstimatorSettings) {
    volume = settings.lattice.volume
    cellVolume = settings.lattice.cellVolume
  }

  /// chi2 is a 2-point function.
  public func order(ofRow row: Int) -> Int { row == 0 ? 2 : order }
  /// Number of primaries in a bin.
  public let primaryCount = 2
  /// χ2 and χ4; U is to first order a function of them, so it adds no direction.
  public let covarianceRows = [0, 1]

  /// An accumulator on the worker's workspace.
  public func makeAccumulator(_ workspace: DrawWorkspace) -> any CorrelatorAccumulator {
    Accumulator(workspace, cellVolume: cellVolume)
  }

  /// One unbiased estimate a row.
  public func derive(_ bins: BinnedMeans) -> [JackknifeSamples] {
    let (second, fourth) = (bins.mean(0), bins.mean(1))
    let ratio = fourth / (second * second)
    return [
      (1 / volume) * second,
      (1 / volume) * (fourth - 3 * bins.product(0, 0)),
      ratio.map { 1 - $0 / 3 }.biasCorrected,
    ]
  }

  private final class Accumulator: CorrelatorAccumulator {
    private let workspace: DrawWorkspace
    private let cellVolume: Double
    private var second = 0.0
    private var fourth = 0.0
    private var draws = 0.0

    init(_ workspace: DrawWorkspace, cellVolume: Double) {
      self.workspace = workspace
      self.cellVolume = cellVolume
    }

    func add() {
      let field = workspace.field.pointer
      var sum = 0.0
      for i in 0..<workspace.field.count { sum += field[i] }
      let square = cellVolume * sum * (cellVolume * sum)
      second += square
      fourth += square * square
      draws += 1
    }

    func finishBin() -> [Double] {
      defer { (second, fourth, draws) = (0, 0, 0) }
      return [second / draws, fourth / draws]
    }

    func visit(_ state: inout StateVisitor) -> Bool {
      state.visit(&second)
      state.visit(&fourth)
      state.visit(&draws)
      return true
    }
  }
}
