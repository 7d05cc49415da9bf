// SPDX-License-Identifier: GPL-3.0-or-later

import NumericalKernels

/// Self-normalised averages `<a> = Σ w a/Σ w` over bins of independent weighted draws.
///
/// Numerator and denominator come from the same draws, so the ratio is biased at O(1/effective samples); the delete-one-bin
/// jackknife of the ratio gives its error and removes the bias (``JackknifeSamples/biasCorrected``). A bin counts by its
/// number of draws, not by its weight: its share of the weight is itself random. Contrast ``BinnedMeans``, whose bins of
/// weight m have variance ∝ 1/m. Products of means: multiply the samples, then correct the bias once.
public struct WeightedMeans: Sendable {
  /// The bins, all of at least one draw.
  public let bins: [WeightedBin]
  /// The bin of all draws together.
  public let total: WeightedBin
  /// All draws but those of bin j, each at its own scale: no difference of large sums is ever taken.
  private let withoutBin: [WeightedBin]

  /// From at least one bin; empty bins are left out. Cost O(bins · primaries).
  public init(_ bins: [WeightedBin]) {
    let filled = bins.filter { $0.draws > 0 }
    precondition(!filled.isEmpty, "WeightedMeans: no draws")
    let empty = WeightedBin(primaryCount: filled[0].sums.count)
    func running(_ list: some Sequence<WeightedBin>) -> [WeightedBin] {
      var sum = empty
      return [empty]
        + list.map {
          sum.merge($0)
          return sum
        }
    }
    let before = running(filled)
    let after = Array(running(filled.reversed()).reversed())
    self.bins = filled
    withoutBin = filled.indices.map {
      var rest = before[$0]
      rest.merge(after[$0 + 1])
      return rest
    }
    var total = before[filled.count]
    for bin in bins where bin.draws == 0 { total.merge(bin) }
    self.total = total
  }

  /// Cuts draws into `bins` blocks of consecutive draws, sizes equal up to one: `primaries[k]` belongs to `logWeights[k]`.
  public init(logWeights: [Double], primaries: [[Double]], bins: Int) {
    precondition(logWeights.count == primaries.count && !primaries.isEmpty && bins > 0)
    let n = primaries.count
    self.init(
      (0..<bins).map { b in
        var bin = WeightedBin(primaryCount: primaries[0].count)
        for k in b * n / bins..<(b + 1) * n / bins {
          bin.add(logWeight: logWeights[k], primaries: primaries[k])
        }
        return bin
      })
  }

  /// `<a_i>` with its jackknife replicas.
  public func mean(_ i: Int) -> JackknifeSamples { samples { $0.mean(i) } }

  /// `ln (Σ w/draws)`, the logarithm of a ratio of partition functions, biased at O(1/draws).
  public var logMeanWeight: JackknifeSamples { samples(\.logMeanWeight) }

  private func samples(_ function: (WeightedBin) -> Double) -> JackknifeSamples {
    let value = function(total)
    return JackknifeSamples(
      value: value,
      // Where bin j alone has weight the rest says nothing; reliability(of:order:tail:) refuses such data.
      replicas: withoutBin.map { $0.weight > 0 ? function($0) : value },
      weights: bins.map { Double($0.draws) })
  }

  /// Whether value and error of an n-point function from these weights may be believed: all draws are numbers, the effective
  /// samples suffice for the order, the tail of the weights (if given) is light enough, and ``SamplingAdequacy`` finds the
  /// bins sound.
  public func reliability(of samples: JackknifeSamples, order: Int, tail: ParetoTail? = nil) -> Reliability {
    guard total.rejected == 0 else {
      return .underSampled("\(total.rejected) draws have weights or fields that are not numbers")
    }
    let needed = SamplingAdequacy.minimumDraws(order: order)
    guard total.effectiveSamples >= Double(needed) else {
      return .underSampled(
        "\(total.draws) weighted draws count as \(Int(clamping: total.effectiveSamples)); \(needed) are needed for \(order)-point functions"
      )
    }
    if let tail, case .underSampled(let reason) = tail.reliability { return .underSampled(reason) }
    return SamplingAdequacy.reliability(of: samples, order: order, draws: total.draws)
  }
}
