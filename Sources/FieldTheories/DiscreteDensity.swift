// SPDX-License-Identifier: GPL-3.0-or-later

/// A probability density on 0..<count, sampled by inversion of its running sums: one uniform deviate, one index.
///
/// A guide table holds, for each of `count` equal slices of (0,1), the first index its deviates can give; from there the search
/// walks upwards, less than one step on average (Chen and Asau, AIIE Trans. 6 (1974) 163). Deterministic and
/// monotone in the deviate. Memory 12 bytes an index.
struct DiscreteDensity: Sendable {
  private let sums: [Double]
  private let guide: [UInt32]

  /// Normalises positive weights.
  init(weights: [Double]) {
    precondition(!weights.isEmpty && weights.count <= Int(UInt32.max))
    var running = 0.0
    sums = weights.map {
      running += $0
      return running
    }
    var guide = [UInt32](repeating: 0, count: weights.count)
    var index = 0
    for slice in guide.indices {
      let lowest = running * (Double(slice) / Double(weights.count))
      while sums[index] <= lowest && index < weights.count - 1 { index += 1 }
      guide[slice] = UInt32(index)
    }
    self.guide = guide
  }

  /// The sum of the weights.
  var total: Double { sums.last! }

  /// Replaces `count` uniform deviates in (0,1) by indices: the first whose running sum exceeds `u · total`.
  func invert(_ values: UnsafeMutablePointer<Double>, count: Int) {
    let (total, last) = (self.total, sums.count - 1)
    sums.withUnsafeBufferPointer { sums in
      guide.withUnsafeBufferPointer { guide in
        for i in 0..<count {
          let target = values[i] * total
          var index = Int(guide[min(Int(values[i] * Double(sums.count)), last)])
          while index < last && sums[index] <= target { index += 1 }
          values[i] = Double(index)
        }
      }
    }
  }
}
