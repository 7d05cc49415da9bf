// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import ErrorAnalysis
import LatticeFields

/// The response of G2(r) to a weak quartic coupling, measured in the free ensemble on a periodic lattice,
///
///     dG2(r)/dλ = −[ <g(r) s> − <g(r)><s> ],   g(r) = N_s^{-1} Σ_x φ(x) φ(x+r),   s = (a^d/4!) Σ_x φ(x)⁴,
///
/// with the product of means between different bins, hence unbiased. Displacements lie along the first axis.
struct ActionResponse: CorrelatorEstimator {
  let name = "action-response"
  let quantity = "dG2(r)/dlambda at lambda = 0 from the covariance of phi phi and phi^4 in the free ensemble"
  let assumptions = EstimatorAssumptions(translationInvariantOrder: 6, periodicity: true)
  /// Six fields: a covariance of two and four.
  let order = 6
  let coordinateColumns = ["r"]
  let rows: [CorrelatorRow]
  let covarianceRows: [Int]
  private let lattice: Lattice
  private let displacements: [Int]

  /// At some displacements, in lattice units.
  init(_ lattice: Lattice, displacements: [Int]) {
    self.lattice = lattice
    self.displacements = displacements
    rows = displacements.map { CorrelatorRow(coordinates: [.integer($0)], target: RowTarget(terms: [])) }
    covarianceRows = Array(displacements.indices)
  }

  /// s, then g(r) and g(r) s for every displacement.
  var primaryCount: Int { 1 + 2 * displacements.count }

  func makeAccumulator(_ workspace: DrawWorkspace) -> any CorrelatorAccumulator {
    Accumulator(workspace, lattice, displacements)
  }

  func derive(_ bins: BinnedMeans) -> [JackknifeSamples] {
    displacements.indices.map { bins.product(1 + 2 * $0, 0) - bins.mean(2 + 2 * $0) }
  }

  private final class Accumulator: CorrelatorAccumulator {
    private let workspace: DrawWorkspace
    private let scale: Double
    private let partners: [[Int32]]
    private var sums: [Double]
    private var draws = 0.0

    init(_ workspace: DrawWorkspace, _ lattice: Lattice, _ displacements: [Int]) {
      self.workspace = workspace
      scale = lattice.cellVolume / 24
      partners = displacements.map { r in
        (0..<lattice.siteCount).map { site in
          var vector = lattice.siteVector(site)
          vector[0] += r
          return Int32(lattice.siteIndex(vector))
        }
      }
      sums = [Double](repeating: 0, count: 1 + 2 * displacements.count)
    }

    func add() {
      let field = workspace.field.pointer
      let count = workspace.field.count
      var action = 0.0
      for x in 0..<count {
        let square = field[x] * field[x]
        action += square * square
      }
      action *= scale
      sums[0] += action
      for (index, partner) in partners.enumerated() {
        var sum = 0.0
        for x in 0..<count { sum += field[x] * field[Int(partner[x])] }
        sum /= Double(count)
        sums[1 + 2 * index] += sum
        sums[2 + 2 * index] += sum * action
      }
      draws += 1
    }

    func finishBin() -> [Double] {
      defer {
        for index in sums.indices { sums[index] = 0 }
        draws = 0
      }
      return sums.map { $0 / draws }
    }
  }
}
