// SPDX-License-Identifier: GPL-3.0-or-later

/// How far a covariance estimated from few bins is drawn towards its diagonal before it is inverted.
public enum Shrinkage: Sendable, Hashable {
  /// The covariance as measured; needs more bins than points.
  case none
  /// λ* below four bins a point, where inverting the measured covariance would cost more than a third of the statistics; none
  /// otherwise.
  case whenFewBins
  /// λ* always.
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
  /// C as measured, n × n.
  public let entries: [Double]
  /// S; nil if C is known exactly.
  public let bins: Int?
  /// λ in use, between 0 and 1.
  public let shrinkage: Double
  /// `deviations[a][j]` = d_j(a); empty if C is known exactly.
  let deviations: [[Double]]

  /// From estimates of the same bins, at least one.
  public init(of samples: [JackknifeSamples], shrinkage rule: Shrinkage = .whenFewBins) {
    precondition(!samples.isEmpty, "CovarianceMatrix: no estimates")
    let deviations = samples.map(\.deviations)
    let (n, s) = (samples.count, samples[0].weights.count)
    precondition(deviations.allSatisfy { $0.count == s }, "CovarianceMatrix: estimates of different bins")
    size = n
    bins = s
    self.deviations = deviations
    entries = (0..<n * n).map { k in
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
    self.size = size
    self.entries = entries
    bins = nil
    shrinkage = 0
    deviations = []
  }

  /// Independent estimates of known standard errors.
  public init(errors: [Double]) {
    let n = errors.count
    self.init(
      known: (0..<n * n).map { $0 / n == $0 % n ? errors[$0 / n] * errors[$0 / n] : 0 }, size: n)
  }

  /// `√C_aa`.
  public var errors: [Double] { (0..<size).map { entries[$0 * size + $0].squareRoot() } }

  /// The map `v → L⁻¹ v`, `C(λ) = L Lᵀ`, which turns estimates into independent ones of unit error; nil if C(λ) is not
  /// positive definite.
  var whitening: (([Double]) -> [Double])? {
    let errors = errors
    guard errors.allSatisfy({ $0 > 0 && $0.isFinite }) else { return nil }
    let correlation = (0..<size * size).map { k in
      let (a, b) = (k / size, k % size)
      return a == b ? 1 : (1 - shrinkage) * entries[k] / (errors[a] * errors[b])
    }
    guard let factor = CholeskyFactor(correlation, size: size) else { return nil }
    return { factor.whitened(zip($0, errors).map { $0 / $1 }) }
  }

  /// The same covariance estimated without bin j: `C_j = [(S−1) C − S d_j d_jᵀ]/(S−2)`, at the same λ. Needs three bins.
  func without(bin j: Int) -> CovarianceMatrix {
    let s = Double(bins ?? 0)
    return CovarianceMatrix(
      size: size, bins: bins, shrinkage: shrinkage, deviations: [],
      entries: entries.indices.map { k in
        ((s - 1) * entries[k] - s * deviations[k / size][j] * deviations[k % size][j]) / (s - 2)
      })
  }

  private init(size: Int, bins: Int?, shrinkage: Double, deviations: [[Double]], entries: [Double]) {
    (self.size, self.bins, self.shrinkage) = (size, bins, shrinkage)
    (self.deviations, self.entries) = (deviations, entries)
  }

  private static func optimal(_ deviations: [[Double]]) -> Double {
    let s = Double(deviations[0].count)
    guard s > 2 else { return 1 }
    let unit = deviations.map { d in
      let norm = d.reduce(0) { $0 + $1 * $1 }.squareRoot()
      return d.map { norm > 0 ? $0 / norm : 0 }
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
