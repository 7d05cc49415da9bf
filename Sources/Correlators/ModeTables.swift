// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis
import LatticeFields
import NumericalKernels

/// The mean discrepancies `<Δ_k>`, `Δ_k = y_k − φ_k`, of a field of modes, mode k on site k − 1 of its ring: what a learner misses, mode by mode.
public struct ModeMeans: CorrelatorEstimator {
  /// The name of its table.
  public static let tableName = "mode-means"
  /// What is estimated.
  public static let quantity = "mean discrepancy <y_k - phi_k> of every mode: the predictor's error, mode by mode"
  /// The name of its table.
  public var name: String { Self.tableName }
  /// What is estimated.
  public var quantity: String { Self.quantity }
  /// None.
  public let assumptions = EstimatorAssumptions(evenness: false)
  /// One.
  public let order = 1
  /// The number k of the mode, from 1.
  public let coordinateColumns = ["k"]
  /// One row a mode.
  public let rows: [CorrelatorRow]
  private let targets: [Double]

  /// Of modes on a ring, with their targets y.
  public init(lattice: Lattice, targets: [Double]) {
    self.targets = targets
    rows = targets.indices.map {
      CorrelatorRow(
        coordinates: [.integer($0 + 1)], target: RowTarget(constant: targets[$0], terms: [(-1, .moment([lattice.position($0)]))]))
    }
  }

  /// One a mode.
  public var primaryCount: Int { targets.count }
  /// At most 48 of them, evenly spread.
  public var covarianceRows: [Int] { evenlySpread(rows.count) }
  /// Sums discrepancies.
  public func makeAccumulator(_ workspace: DrawWorkspace) -> any CorrelatorAccumulator {
    DiscrepancyAccumulator(workspace, targets, hasSquares: false)
  }
  /// The means.
  public func derive(_ bins: BinnedMeans) -> [JackknifeSamples] { rows.indices.map { bins.mean($0) } }
}

/// The variances `<Δ_k²> − <Δ_k>²` of a field of modes.
public struct ModeVariances: CorrelatorEstimator {
  /// The name of its table.
  public static let tableName = "mode-variances"
  /// What is estimated.
  public static let quantity = "variance of every mode, <phi_k^2> - <phi_k>^2: the predictive variance, mode by mode"
  /// The name of its table.
  public var name: String { Self.tableName }
  /// What is estimated.
  public var quantity: String { Self.quantity }
  /// None.
  public let assumptions = EstimatorAssumptions(evenness: false)
  /// Two.
  public let order = 2
  /// The number k of the mode, from 1.
  public let coordinateColumns = ["k"]
  /// One row a mode.
  public let rows: [CorrelatorRow]
  private let targets: [Double]

  /// Of modes on a ring, with their targets y, about which squares are summed.
  public init(lattice: Lattice, targets: [Double]) {
    self.targets = targets
    rows = targets.indices.map {
      let place = lattice.position($0)
      return CorrelatorRow(coordinates: [.integer($0 + 1)], target: RowTarget(.cumulant([place, place])))
    }
  }

  /// Discrepancies and their squares.
  public var primaryCount: Int { 2 * targets.count }
  /// At most 48 of them, evenly spread.
  public var covarianceRows: [Int] { evenlySpread(rows.count) }
  /// Sums discrepancies and their squares.
  public func makeAccumulator(_ workspace: DrawWorkspace) -> any CorrelatorAccumulator {
    DiscrepancyAccumulator(workspace, targets, hasSquares: true)
  }
  /// Products of means are taken between bins, hence unbiased.
  public func derive(_ bins: BinnedMeans) -> [JackknifeSamples] {
    rows.indices.map { bins.mean(targets.count + $0) - bins.product($0, $0) }
  }
}

/// Sums of Δ and, where asked for, of Δ².
private final class DiscrepancyAccumulator: CorrelatorAccumulator {
  private let workspace: DrawWorkspace
  private let targets: [Double]
  private let hasSquares: Bool
  private let sums: AlignedBuffer<Double>
  private var draws = 0.0

  init(_ workspace: DrawWorkspace, _ targets: [Double], hasSquares: Bool) {
    (self.workspace, self.targets, self.hasSquares) = (workspace, targets, hasSquares)
    sums = AlignedBuffer(count: targets.count * (hasSquares ? 2 : 1), repeating: 0)
  }

  func add() {
    let (field, sum, count) = (workspace.field.pointer, sums.pointer, targets.count)
    let squares = sum + (hasSquares ? count : 0)
    targets.withUnsafeBufferPointer { y in
      for k in 0..<count { sum[k] += y[k] - field[k] }
      guard hasSquares else { return }
      for k in 0..<count { squares[k] += (y[k] - field[k]) * (y[k] - field[k]) }
    }
    draws += 1
  }

  func finishBin() -> [Double] {
    defer {
      sums.fill(with: 0)
      draws = 0
    }
    return (0..<sums.count).map { sums[$0] / draws }
  }

  func visit(_ state: inout StateVisitor) -> Bool {
    state.visit(sums.pointer, count: sums.count)
    state.visit(&draws)
    return true
  }
}
