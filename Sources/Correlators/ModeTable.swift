// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis
import LatticeFields
import NumericalKernels

/// A table of a field of modes, mode k on site k − 1 of its ring, in discrepancies `Δ_k = y_k − φ_k`: what a learner misses, mode by mode.
public struct ModeTable: CorrelatorEstimator {
  /// What is estimated of each mode.
  public enum Moment: String, CaseIterable, Sendable {
    /// The mean `<Δ_k>`.
    case means = "mode-means"
    /// The variance `<Δ_k²> − <Δ_k>²`.
    case variances = "mode-variances"

    /// What is estimated.
    public var quantity: String {
      switch self {
      case .means: "mean discrepancy <y_k - phi_k> of every mode: the predictor's error, mode by mode"
      case .variances: "variance of every mode, <phi_k^2> - <phi_k>^2: the predictive variance, mode by mode"
      }
    }
  }

  /// What is estimated.
  public let moment: Moment
  /// The name of its table.
  public var name: String { moment.rawValue }
  /// What is estimated.
  public var quantity: String { moment.quantity }
  /// None.
  public let assumptions = EstimatorAssumptions(evenness: false)
  /// One of means, two of variances.
  public var order: Int { moment == .means ? 1 : 2 }
  /// The number k of the mode, from 1.
  public let coordinateColumns = ["k"]
  /// One row a mode.
  public let rows: [CorrelatorRow]
  private let targets: [Double]

  /// Of modes on a ring, with their targets y, about which squares are summed.
  public init(_ moment: Moment, lattice: Lattice, targets: [Double]) {
    (self.moment, self.targets) = (moment, targets)
    rows = targets.indices.map { index in
      let place = lattice.position(index)
      let target =
        moment == .means
        ? RowTarget(constant: targets[index], terms: [(-1, .moment([place]))]) : RowTarget(.cumulant([place, place]))
      return CorrelatorRow(coordinates: [.integer(index + 1)], target: target)
    }
  }

  /// Discrepancies, and their squares for variances.
  public var primaryCount: Int { order * targets.count }
  /// At most 48 of them, evenly spread.
  public var covarianceRows: [Int] { evenlySpread(rows.count) }
  /// Sums discrepancies and their squares.
  public func makeAccumulator(_ workspace: DrawWorkspace) -> any CorrelatorAccumulator {
    DiscrepancyAccumulator(workspace, targets, hasSquares: moment == .variances)
  }
  /// Means, or variances with products of means taken between bins, hence unbiased.
  public func derive(_ bins: BinnedMeans) -> [JackknifeSamples] {
    rows.indices.map { moment == .means ? bins.mean($0) : bins.mean(targets.count + $0) - bins.product($0, $0) }
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
