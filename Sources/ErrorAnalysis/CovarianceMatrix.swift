// SPDX-License-Identifier: GPL-3.0-or-later

/// How far a covariance estimated from few bins is drawn towards its diagonal before it is inverted.
public enum Shrinkage: Sendable, Hashable {
  /// The covariance as measured; needs more bins than points.
  case none
  /// λ* below four bins a point, where inverting the measured covariance would cost more than a third of the statistics; none
  /// otherwise.
  case whenFewBins
  /// λ* whatever the number of bins.
  case optimal
  /// A given λ; 1 is an uncorrelated fit.
  case fixed(Double)
}

/// The covariance of estimates, `Cov(a,b) = Σ_j d_j(a) d_j(b)` from their jackknife deviations, and the matrix that is
/// inverted in fits:
///
///     C(λ) = (1 − λ) C + λ diag C,     λ* = Σ_{a≠b} Var(r_ab) / Σ_{a≠b} r_ab²,
///     Var(r_ab) = S/(S−1)³ Σ_j (w_j − w̄)²,   w_j = x_j(a) x_j(b),   x the deviations scaled to unit variance, S bins
///
/// λ* minimises the expected squared error of the correlations r. Source: Schaefer and Strimmer, Stat. Appl. Genet. Mol.
/// Biol. 4 (2005) 32, target D and section 2.4, after Ledoit and Wolf. Bins of equal weight are assumed.
public struct CovarianceMatrix: Sendable {
  /// Number of estimates n.
  public let size: Int
  /// The covariance C as measured, n × n.
  public var entries: [Double] { rescaled.indices.map { k in scaled(scaled(rescaled[k], units[k / size]), units[k % size]) } }
  /// S; nil if C is known exactly.
  public let bins: Int?
  /// λ in use, between 0 and 1.
  public let shrinkage: Double
  /// `C_ab/(2^{u_a} 2^{u_b})`: of order one in the errors, so that no unit of the data is too large or too small to be squared.
  private let rescaled: [Double]
  /// Exponents u_a of the units of the estimates.
  private let units: [Int]
  /// `d_j(a)/2^{u_a}`; empty if C is known exactly.
  private let deviations: [[Double]]

  /// From estimates of the same bins, at least one.
  public init(of samples: [JackknifeSamples], shrinkage rule: Shrinkage = .whenFewBins) {
    precondition(!samples.isEmpty, "CovarianceMatrix: no estimates")
    let numbers = samples.map { ScaledNumbers($0.deviations) }
    let deviations = numbers.map(\.values)
    let (n, s) = (samples.count, samples[0].weights.count)
    precondition(deviations.allSatisfy { $0.count == s }, "CovarianceMatrix: estimates of different bins")
    size = n
    bins = s
    self.deviations = deviations
    units = numbers.map(\.exponent)
    rescaled = (0..<n * n).map { k in
      s > 1 ? zip(deviations[k / n], deviations[k % n]).reduce(0) { $0 + $1.0 * $1.1 } : .infinity
    }
    switch rule {
    case .none: shrinkage = 0
    case .whenFewBins: shrinkage = s < 4 * n ? Self.optimal(deviations) : 0
    case .optimal: shrinkage = Self.optimal(deviations)
    case .fixed(let lambda):
      precondition((0...1).contains(lambda), "CovarianceMatrix: shrinkage \(lambda)")
      shrinkage = lambda
    }
  }

  /// A covariance known beforehand, row-major n × n.
  public init(known entries: [Double], size: Int) {
    precondition(size > 0 && entries.count == size * size, "CovarianceMatrix: \(entries.count) entries for size \(size)")
    self.init(size: size, bins: nil, shrinkage: 0, deviations: [], units: [Int](repeating: 0, count: size), rescaled: entries)
  }

  /// Independent estimates of known standard errors.
  public init(errors: [Double]) {
    let n = errors.count
    let numbers = errors.map { ScaledNumbers([$0]) }
    let squares = numbers.map { $0.values[0] * $0.values[0] }
    self.init(
      size: n, bins: nil, shrinkage: 0, deviations: [], units: numbers.map(\.exponent),
      rescaled: (0..<n * n).map { $0 / n == $0 % n ? squares[$0 / n] : 0 })
  }

  /// Standard errors `√C_aa`.
  public var errors: [Double] { zip(rescaledErrors, units).map { scaled($0, $1) } }
  private var rescaledErrors: [Double] { (0..<size).map { rescaled[$0 * size + $0].squareRoot() } }
  private func scaled(_ x: Double, _ unit: Int) -> Double { ScaledNumbers.scaled(x, by: unit) }

  /// Deviations d_j of all estimates in bin j.
  func deviations(ofBin j: Int) -> [Double] { zip(deviations, units).map { scaled($0[j], $1) } }

  /// The map `v → L⁻¹ v`, `C(λ) = L Lᵀ`, which turns estimates into independent ones of unit error; nil if C(λ) is not
  /// positive definite.
  var whitening: (([Double]) -> [Double])? {
    let (errors, own) = (errors, rescaledErrors)
    guard errors.allSatisfy({ $0 > 0 && $0.isFinite }) else { return nil }
    let correlation = (0..<size * size).map { k in
      let (a, b) = (k / size, k % size)
      return a == b ? 1 : (1 - shrinkage) * rescaled[k] / (own[a] * own[b])
    }
    guard let factor = CholeskyFactor(correlation, size: size) else { return nil }
    return { factor.whitened(zip($0, errors).map { $0 / $1 }) }
  }

  /// The same covariance estimated without bin j: `C_j = [(S−1) C − S d_j d_jᵀ]/(S−2)`, at the same λ. Needs three bins.
  func without(bin j: Int) -> CovarianceMatrix {
    let s = Double(bins ?? 0)
    return CovarianceMatrix(
      size: size, bins: bins, shrinkage: shrinkage, deviations: [], units: units,
      rescaled: rescaled.indices.map { k in
        ((s - 1) * rescaled[k] - s * deviations[k / size][j] * deviations[k % size][j]) / (s - 2)
      })
  }

  private init(size: Int, bins: Int?, shrinkage: Double, deviations: [[Double]], units: [Int], rescaled: [Double]) {
    (self.size, self.bins, self.shrinkage) = (size, bins, shrinkage)
    (self.deviations, self.units, self.rescaled) = (deviations, units, rescaled)
  }

  private static func optimal(_ deviations: [[Double]]) -> Double {
    let s = Double(deviations[0].count)
    guard s > 2 else { return 1 }
    let unit = deviations.map { d in
      let scaled = ScaledNumbers(d)
      let norm = scaled.scaledNorm
      return scaled.values.map { norm > 0 ? $0 / norm : 0 }
    }
    var (variance, squares) = (0.0, 0.0)
    for a in unit.indices {
      for b in 0..<a {
        let products = zip(unit[a], unit[b]).map { $0 * $1 }
        let r = products.reduce(0, +)
        variance += s / (s - 1) * products.reduce(0) { $0 + ($1 - r / s) * ($1 - r / s) }
        squares += r * r
      }
    }
    return squares > 0 ? min(1, variance / squares) : 1
  }
}
