// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import ErrorAnalysis
import LatticeFields

/// Products of any number of fields at chosen points, and of fields shifted by a constant: the first half of the rows are the former, one a set, the
/// second half the latter.
struct OddPointFunctions: CorrelatorEstimator {
  let name = "odd-point-functions"
  let quantity = "products of fields, and of fields with a mean"
  let assumptions = EstimatorAssumptions(evenness: false)
  let coordinateColumns = ["set"]
  /// The distinct points of all sets.
  let points: [Point]
  private let sets: [[Int]]
  private let shift: Double

  init(sets: [[Point]], shift: Double) {
    var points: [Point] = []
    self.sets = sets.map { set in
      set.map { point in
        if let known = points.firstIndex(of: point) { return known }
        points.append(point)
        return points.count - 1
      }
    }
    self.points = points
    self.shift = shift
  }

  var order: Int { sets.map(\.count).max() ?? 1 }
  var rows: [CorrelatorRow] {
    (0..<primaryCount).map { CorrelatorRow(coordinates: [.integer($0)], target: RowTarget(terms: [])) }
  }
  var primaryCount: Int { 2 * sets.count }
  var covarianceRows: [Int] { [] }
  func derive(_ bins: BinnedMeans) -> [JackknifeSamples] { (0..<primaryCount).map { bins.mean($0) } }
  func makeAccumulator(_ workspace: DrawWorkspace) -> any CorrelatorAccumulator {
    Accumulator(workspace, sets, shift)
  }

  private final class Accumulator: CorrelatorAccumulator {
    private let workspace: DrawWorkspace
    private let sets: [[Int]]
    private let shift: Double
    private var sums: [Double]
    private var draws = 0.0

    init(_ workspace: DrawWorkspace, _ sets: [[Int]], _ shift: Double) {
      self.workspace = workspace
      self.sets = sets
      self.shift = shift
      sums = [Double](repeating: 0, count: 2 * sets.count)
    }

    func add() {
      let field = workspace.field.pointer
      for (index, set) in sets.enumerated() {
        var (product, shifted) = (1.0, 1.0)
        for site in set {
          product *= field[site]
          shifted *= field[site] + shift
        }
        sums[index] += product
        sums[sets.count + index] += shifted
      }
      draws += 1
    }

    func finishBin() -> [Double] {
      defer {
        sums = [Double](repeating: 0, count: sums.count)
        draws = 0
      }
      return sums.map { $0 / draws }
    }
  }
}
