// SPDX-License-Identifier: GPL-3.0-or-later

/// Means of per-draw primaries over consecutive blocks of draws: all that a run keeps of its data.
///
/// A bin holds whole networks (one network, never one site, is the independent unit), so bins are
/// independent whatever the correlations within a field. Shape: bins × primaries.
///
/// Averages weigh a bin with its number of draws, or with the sum of its draws' statistical weights; the jackknife weighs it with its number of
/// draws in either case, because its share of the statistical weight is itself random (``WeightedMeans`` says more).
///
/// Estimators are written with ``mean(_:)`` and ``product(_:_:)``; both return values that carry
/// their own jackknife replicas, so every non-linear combination gets its error for free.
public struct BinnedMeans: Sendable {
  /// Number of primaries in each bin.
  public let primaryCount: Int
  /// What each bin weighs in averages.
  public private(set) var weights: [Double] = []
  /// What each bin weighs in the jackknife: its number of draws.
  public private(set) var sampleCounts: [Double] = []
  private var means: [Double] = []

  /// Bins of `primaryCount` means each, none yet.
  public init(primaryCount: Int) { self.primaryCount = primaryCount }

  /// Number of bins.
  public var binCount: Int { weights.count }

  /// Appends one bin: the mean of every primary over it, and its number of draws.
  public mutating func append(means bin: [Double], weight: Double) {
    precondition(weight > 0, "BinnedMeans: weight \(weight)")
    append(means: bin, weight: weight, samples: weight)
  }

  /// Appends one bin of draws with statistical weights: the weighted mean of every primary, `Σ w` on a scale common to all bins, and the number of
  /// draws. Means are then ratios, `Σ w a/Σ w`: biased at O(1/bins), which ``JackknifeSamples/biasCorrected`` removes.
  public mutating func append(means bin: [Double], weight: Double, samples: Double) {
    precondition(bin.count == primaryCount, "BinnedMeans: \(bin.count) primaries, not \(primaryCount)")
    precondition(weight >= 0 && weight.isFinite && samples > 0, "BinnedMeans: weight \(weight) of \(samples) draws")
    weights.append(weight)
    sampleCounts.append(samples)
    means.append(contentsOf: bin)
  }

  /// Draws in all bins.
  public var samples: Double { sampleCounts.reduce(0, +) }

  /// Whether every mean is a finite number.
  public var isFinite: Bool { means.allSatisfy(\.isFinite) }

  /// The mean of primary `i` in bin `bin`.
  public subscript(bin: Int, i: Int) -> Double { means[bin * primaryCount + i] }

  /// `<a_i>`: the weighted mean over bins. Unbiased.
  public func mean(_ i: Int) -> JackknifeSamples {
    var sum = 0.0
    var total = 0.0
    for (bin, n) in weights.enumerated() {
      sum += n * self[bin, i]
      total += n
    }
    return JackknifeSamples(
      value: sum / total,
      replicas: weights.enumerated().map { bin, n in (sum - n * self[bin, i]) / (total - n) },
      weights: sampleCounts)
  }

  /// `<a_i><a_j>` without O(1/draws) bias: the mean over pairs of different bins,
  ///
  ///     U(a,b) = [ (Σ n a)(Σ n b) − Σ n² a b ] / [ (Σ n)² − Σ n² ].
  ///
  /// Needs three bins for an error. Cost O(bins).
  public func product(_ i: Int, _ j: Int) -> JackknifeSamples {
    var a = 0.0, b = 0.0, ab = 0.0, total = 0.0, squares = 0.0
    for (bin, n) in weights.enumerated() {
      let x = n * self[bin, i], y = n * self[bin, j]
      a += x
      b += y
      ab += x * y
      total += n
      squares += n * n
    }
    func pairs(_ a: Double, _ b: Double, _ ab: Double, _ n: Double, _ nn: Double) -> Double {
      (a * b - ab) / (n * n - nn)
    }
    return JackknifeSamples(
      value: pairs(a, b, ab, total, squares),
      replicas: weights.enumerated().map { bin, n in
        let x = n * self[bin, i], y = n * self[bin, j]
        return pairs(a - x, b - y, ab - x * y, total - n, squares - n * n)
      }, weights: sampleCounts)
  }

  /// `<a_i><a_j><a_k>` without bias: the mean over triples of different bins. Needs four bins for an error.
  public func product(_ i: Int, _ j: Int, _ k: Int) -> JackknifeSamples {
    struct Sums {
      var a = 0.0, b = 0.0, c = 0.0, ab = 0.0, ac = 0.0, bc = 0.0, abc = 0.0
      var n = 0.0, nn = 0.0, nnn = 0.0
      mutating func add(_ n: Double, _ a: Double, _ b: Double, _ c: Double, sign: Double) {
        let x = n * a, y = n * b, z = n * c
        self.a += sign * x
        self.b += sign * y
        self.c += sign * z
        ab += sign * x * y
        ac += sign * x * z
        bc += sign * y * z
        abc += sign * x * y * z
        self.n += sign * n
        nn += sign * n * n
        nnn += sign * n * n * n
      }
      var value: Double {
        (a * b * c - ab * c - ac * b - bc * a + 2 * abc) / (n * n * n - 3 * n * nn + 2 * nnn)
      }
    }
    var all = Sums()
    for (bin, n) in weights.enumerated() {
      all.add(n, self[bin, i], self[bin, j], self[bin, k], sign: 1)
    }
    return JackknifeSamples(
      value: all.value,
      replicas: weights.enumerated().map { bin, n in
        var rest = all
        rest.add(n, self[bin, i], self[bin, j], self[bin, k], sign: -1)
        return rest.value
      }, weights: sampleCounts)
  }
}
