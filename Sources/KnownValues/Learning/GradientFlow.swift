// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import NumericalKernels

/// Gradient flow of an infinitely wide network, `dθ/dt = −η ∇L`, `L = (1/2P) Σ (φ − y)²`, exactly: its tangent kernel Θ stands still, and
///
///     φ_t(x) = φ_0(x) + M_t(x) (y − φ_0(X)),   M_t(x) = Θ(x,X) Θ^{−1} (1 − e^{−ηΘt/P}),
///     mean M_t y,   covariance K(x,x') − M_t(x) K(X,x') − K(x,X) M_t(x')ᵀ + M_t(x) K(X,X) M_t(x')ᵀ
///
/// over initialisations of covariance K. Steps of size h of gradient descent put `(1 − ηhΘ/P)^n` in place of the exponential. Training the readout alone
/// is Θ = K, which ends at the posterior without noise; full training does not. By the eigenvectors of Θ(X,X), finite where an
/// eigenvalue vanishes. Source: arXiv:2408.00082 eq. (96), corrected; J. Lee et al., arXiv:1902.06720.
public struct GradientFlow: Sendable {
  /// How long it has run.
  public enum Time: Sendable, Hashable {
    /// ηt of the flow.
    case flow(Double)
    /// A number of steps of size ηh.
    case steps(Int, size: Double)
    /// The end of the flow.
    case infinite
  }

  private let values: [Double]
  private let vectors: [[Double]]
  private let covariance: [[Double]]
  private let labels: [Double]

  /// From Θ and K at the data, and the labels.
  public init(tangent: [[Double]], covariance: [[Double]], labels: [Double]) {
    let problem = SymmetricEigenproblem(tangent.flatMap { $0 }, size: labels.count)
    (values, vectors, self.covariance, self.labels) = (problem.values, problem.vectors, covariance, labels)
  }

  /// M_t(x) from Θ(x,X).
  public func response(_ tangent: [Double], _ time: Time) -> [Double] {
    let count = Double(labels.count)
    var row = [Double](repeating: 0, count: labels.count)
    for (w, vector) in zip(values, vectors) {
      // (1 − e^{−ηwt/P})/w.
      let gain: Double
      switch time {
      case .flow(let t): gain = w == 0 ? t / count : -expm1(-w * t / count) / w
      case .steps(let n, let size): gain = w == 0 ? Double(n) * size / count : (1 - pow(1 - size * w / count, Double(n))) / w
      case .infinite: gain = w > 1e-14 * values[0] ? 1 / w : 0
      }
      let projection = gain * zip(tangent, vector).reduce(0.0) { $0 + $1.0 * $1.1 }
      for i in row.indices { row[i] += projection * vector[i] }
    }
    return row
  }

  /// `<φ_t(x)>` of each point, from Θ(x,X).
  public func mean(_ tangent: [[Double]], _ time: Time) -> [Double] {
    tangent.map { zip(response($0, time), labels).reduce(0.0) { $0 + $1.0 * $1.1 } }
  }

  /// `<φ_t(x) φ_t(x')>_c`, from Θ(x,X) and K(x,X) of the points and K among them.
  public func covariance(_ tangent: [[Double]], cross: [[Double]], prior: [[Double]], _ time: Time) -> [[Double]] {
    func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0.0) { $0 + $1.0 * $1.1 } }
    let rows = tangent.map { response($0, time) }
    let images = rows.map { row in covariance.map { dot($0, row) } }
    return rows.indices.map { i in
      rows.indices.map { j in prior[i][j] - dot(rows[i], cross[j]) - dot(cross[i], rows[j]) + dot(rows[i], images[j]) }
    }
  }
}
