// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import Testing

@testable import ErrorAnalysis

/// Products of several means over different bins, against sums over all tuples.
@Suite struct ProductsOfMeansTests {
  private static let weights = [3.0, 1, 4, 2, 5, 2]
  private static let rows = [
    [0.3, -1.2, 2.0, 0.7], [1.1, 0.4, -0.3, 0.2], [-0.6, 0.9, 1.5, -1.0], [0.8, 2.1, 0.1, 0.5], [0.2, -0.7, -1.1, 1.3],
    [1.9, 0.6, 0.4, -0.8],
  ]

  /// `Σ ∏ n a / Σ ∏ n` over tuples of different bins among `bins`.
  private func bruteForce(_ indices: [Int], _ bins: [Int]) -> Double {
    var (sum, norm) = (0.0, 0.0)
    func visit(_ chosen: [Int]) {
      guard chosen.count < indices.count else {
        let weight = chosen.reduce(1) { $0 * Self.weights[$1] }
        norm += weight
        sum += zip(chosen, indices).reduce(weight) { $0 * Self.rows[$1.0][$1.1] }
        return
      }
      for bin in bins where !chosen.contains(bin) { visit(chosen + [bin]) }
    }
    visit([])
    return sum / norm
  }

  /// Value and replicas of two, three and four factors, repeated ones among them, to rounding; the control: products of plain means are another number.
  @Test(arguments: [[0, 1], [0, 1, 2], [0, 1, 2, 3], [1, 1, 2, 3], [2, 2, 2, 2]])
  func allTuples(indices: [Int]) {
    var data = BinnedMeans(primaryCount: 4)
    for (row, weight) in zip(Self.rows, Self.weights) { data.append(means: row, weight: weight) }
    let bins = data
    let product = bins.product(of: indices)
    #expect(abs(product.value - bruteForce(indices, Array(0..<6))) < 1e-13)
    for (bin, replica) in product.replicas.enumerated() {
      #expect(abs(replica - bruteForce(indices, (0..<6).filter { $0 != bin })) < 1e-12)
    }
    let plain = indices.reduce(1.0) { $0 * bins.mean($1).value }
    #expect(abs(product.value - plain) > 1e-3)
    if indices.count == 3 { #expect(abs(bins.product(0, 1, 2).value - product.value) < 1e-14) }
  }
}
