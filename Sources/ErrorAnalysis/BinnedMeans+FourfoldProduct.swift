// SPDX-License-Identifier: GPL-3.0-or-later

extension BinnedMeans {
  /// `<a_i><a_j><a_k><a_l>` without bias: the mean over quadruples of different bins. Needs five bins for an error.
  ///
  /// The sum over different bins is a signed sum of products of power sums over the 15 partitions of the factors,
  /// `Σ_π ∏_{B ∈ π} (−1)^{|B|−1} (|B|−1)! S_B`, `S_B = Σ_bins ∏_{f ∈ B} n a_f`; the number of quadruples is the same with a = 1. Source:
  /// Möbius inversion on the partition lattice, Rota, Z. Wahrsch. 2 (1964) 340. Cost O(bins).
  public func product(_ i: Int, _ j: Int, _ k: Int, _ l: Int) -> JackknifeSamples {
    let factors = [i, j, k, l]
    /// S_B of the set with bit pattern B; one over the bins' values, one over their weights alone.
    func terms(_ bin: Int) -> (values: [Double], weights: [Double]) {
      let n = weights[bin]
      var (values, counts) = ([Double](repeating: 1, count: 16), [Double](repeating: 1, count: 16))
      for set in 1..<16 {
        for (factor, index) in factors.enumerated() where set >> factor & 1 == 1 {
          values[set] *= n * self[bin, index]
          counts[set] *= n
        }
      }
      return (values, counts)
    }
    let each = weights.indices.map(terms)
    var (values, counts) = ([Double](repeating: 0, count: 16), [Double](repeating: 0, count: 16))
    for term in each {
      for set in 1..<16 {
        values[set] += term.values[set]
        counts[set] += term.weights[set]
      }
    }
    func overDifferentBins(_ s: [Double]) -> Double {
      Self.partitionsOfFour.reduce(0) { sum, partition in
        sum + partition.reduce(1) { $0 * Self.sign[$1.nonzeroBitCount] * s[$1] }
      }
    }
    return JackknifeSamples(
      value: overDifferentBins(values) / overDifferentBins(counts),
      replicas: each.map { term in
        overDifferentBins(zip(values, term.values).map { $0 - $1 })
          / overDifferentBins(zip(counts, term.weights).map { $0 - $1 })
      }, weights: sampleCounts)
  }

  /// Coefficients (−1)^{|B|−1} (|B|−1)! of blocks of size |B|.
  private static let sign: [Double] = [0, 1, -1, 2, -6]

  /// The 15 partitions of four factors into blocks, as bit patterns.
  private static let partitionsOfFour: [[Int]] = {
    func partitions(_ rest: Int) -> [[Int]] {
      guard rest != 0 else { return [[]] }
      let first = rest & -rest
      return (0..<16).filter { $0 & rest == $0 && $0 & first != 0 }
        .flatMap { block in partitions(rest & ~block).map { [block] + $0 } }
    }
    return partitions(15)
  }()
}
