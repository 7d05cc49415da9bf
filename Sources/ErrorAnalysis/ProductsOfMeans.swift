// SPDX-License-Identifier: GPL-3.0-or-later

extension BinnedMeans {
  /// `<a_1>…<a_m>` without bias: the mean over m different bins, m at most 6. With `S_B = Σ_bins n^{|B|} ∏_{i∈B} a_i` the sum over different bins is
  ///
  ///     D(I) = Σ_{B ∋ first of I} (−1)^{|B|−1} (|B|−1)! S_B D(I∖B),     D(∅) = 1,
  ///
  /// over the one with all a = 1. Needs m + 1 bins for an error. Cost 3^m a bin.
  public func product(of indices: [Int]) -> JackknifeSamples {
    precondition((1...6).contains(indices.count), "BinnedMeans: a product of \(indices.count) means")
    let full = 1 << indices.count - 1
    var (sums, counts) = ([Double](repeating: 0, count: full + 1), [Double](repeating: 0, count: full + 1))
    func terms(_ bin: Int) -> (values: [Double], counts: [Double]) {
      let n = weights[bin]
      var (values, counts) = ([1.0], [1.0])
      for mask in stride(from: 1, through: full, by: 1) {
        let first = mask.trailingZeroBitCount
        let rest = mask & (mask - 1)
        values.append(values[rest] * n * self[bin, indices[first]])
        counts.append(counts[rest] * n)
      }
      return (values, counts)
    }
    for bin in weights.indices {
      let own = terms(bin)
      for mask in 1...full {
        sums[mask] += own.values[mask]
        counts[mask] += own.counts[mask]
      }
    }
    return JackknifeSamples(
      value: Self.different(sums, full) / Self.different(counts, full),
      replicas: weights.indices.map { bin in
        let own = terms(bin)
        return Self.different(zip(sums, own.values).map { $0 - $1 }, full)
          / Self.different(zip(counts, own.counts).map { $0 - $1 }, full)
      }, weights: sampleCounts)
  }

  /// D of a set of indices from the S of all its subsets.
  private static func different(_ sums: [Double], _ set: Int) -> Double {
    guard set != 0 else { return 1 }
    let first = set & -set
    let others = set ^ first
    var (total, subset) = (0.0, others)
    while true {
      let block = subset | first
      let sign = (1..<block.nonzeroBitCount).reduce(1.0) { $0 * -Double($1) }
      total += sign * sums[block] * different(sums, set ^ block)
      if subset == 0 { return total }
      subset = (subset - 1) & others
    }
  }
}
