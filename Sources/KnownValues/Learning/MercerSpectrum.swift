// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
internal import CGSL
import FieldTheories
import LatticeFields
import NumericalKernels

/// The eigenvalues of a covariance under a density of inputs, `∫ K(x,x') φ_k(x') dμ(x') = λ_k φ_k(x)`, `∫ φ_k² dμ = 1`: what a network learns of each
/// mode from P data is decided by λ_k against T/P.
///
/// On the sphere S^{d−1} a kernel of the angle alone has the harmonics as modes, `λ_l = ∫ K(t) P_l(t) dμ(t)`, N(d,l) of each degree, and
/// `K(1) = Σ N λ`, `<K²> = Σ N λ²`. Source: docs/physics/learning-exact.md.
public struct MercerSpectrum: Sendable {
  /// Modes of one eigenvalue.
  public struct Mode: Sendable, Hashable {
    /// The eigenvalue λ.
    public let eigenvalue: Double
    /// How many there are.
    public let degeneracy: Double

    /// `degeneracy` modes of eigenvalue λ.
    public init(eigenvalue: Double, degeneracy: Double = 1) { (self.eigenvalue, self.degeneracy) = (eigenvalue, degeneracy) }
  }

  /// In the order of degrees on the sphere, else of falling eigenvalues.
  public let modes: [Mode]

  /// Any spectrum.
  public init(_ modes: [Mode]) { self.modes = modes }

  /// `Σ λ = <K(x,x)>`, as far as there are modes.
  public var trace: Double { modes.reduce(0) { $0 + $1.degeneracy * $1.eigenvalue } }

  /// `Σ λ² = <K(x,x')²>`.
  public var traceOfSquare: Double { modes.reduce(0) { $0 + $1.degeneracy * $1.eigenvalue * $1.eigenvalue } }

  /// N(d, l), how many harmonics of degree l the sphere S^{d−1} has.
  public static func degeneracy(dimension: Int, degree: Int) -> Double { SphereAngles.degeneracy(dimension, degree) }

  private static func degrees(_ dimension: Int, _ count: Int, _ eigenvalue: (Int) -> Double) -> MercerSpectrum {
    MercerSpectrum((0..<count).map { Mode(eigenvalue: eigenvalue($0), degeneracy: SphereAngles.degeneracy(dimension, $0)) })
  }

  /// Degrees 0 … count − 1 of any kernel K(t) of the sphere, by quadrature: absolute error 1e-16 K(1), whatever λ_l is.
  public static func sphere(dimension: Int, count: Int, kernel: (Double) -> Double) -> MercerSpectrum {
    var sums = [Double](repeating: 0, count: count)
    for node in SphereAngles(dimension: dimension).nodes {
      let value = node.weight * kernel(node.cosine)
      for (l, p) in SphereAngles.polynomials(node.cosine, dimension: dimension, count: count).enumerated() {
        sums[l] += value * p
      }
    }
    return degrees(dimension, count) { sums[$0] }
  }

  /// The erf net without bias, `K(t) = σ_v² (2/π) asin(ρ t)`, ρ = 2v/(1+2v), v the variance of a pre-activation: the series of asin with
  ///
  ///     ∫ t^n P_l dμ = Γ((d−1)/2)/(2^l Γ(l+(d−1)/2)) · n!/(n−l)! · B((n−l+1)/2, l+(d−1)/2)/B(1/2, (d−1)/2),
  ///
  /// whose terms are positive: relative accuracy 1e-12 of every λ_l. Even degrees vanish.
  public static func erfNet(dimension: Int, variance v: Double, outputVariance: Double = 1, count: Int) -> MercerSpectrum {
    let (ratio, half) = (2 * v / (1 + 2 * v), Double(dimension - 1) / 2)
    func logBeta(_ a: Double, _ b: Double) -> Double { lgamma(a) + lgamma(b) - lgamma(a + b) }
    return degrees(dimension, count) { l in
      guard l % 2 == 1 else { return 0 }
      let common = lgamma(half) - Double(l) * M_LN2 - lgamma(Double(l) + half) - logBeta(0.5, half)
      // n = 2m + 1 = l, l + 2, …: terms from their ratios.
      let n = Double(l)
      let m = (n - 1) / 2
      let logCoefficient = lgamma(2 * m + 1) - 2 * m * M_LN2 - 2 * lgamma(m + 1) - log(2 * m + 1)
      var term = exp(common + logCoefficient + n * log(ratio) + lgamma(n + 1) + logBeta(0.5, n + half))
      var (sum, order) = (term, n)
      for _ in 0..<2_000_000 where term > 1e-18 * sum {
        // a_{m+1}/a_m = (2m+1)²/((2m+2)(2m+3)), (n+2)(n+1)/((n−l+2)(n−l+1)), and the ratio of B((n−l+3)/2, …) to B((n−l+1)/2, …).
        let asine = order * order / ((order + 1) * (order + 2))
        let powers = (order + 2) * (order + 1) / ((order - n + 2) * (order - n + 1))
        let beta = ((order - n + 1) / 2) / ((order - n + 1) / 2 + n + half)
        term *= asine * powers * beta * ratio * ratio
        sum += term
        order += 2
      }
      return outputVariance * 2 / .pi * sum
    }
  }

  /// The relu net without bias, v the variance of a pre-activation; odd degrees from 3 on vanish. By quadrature.
  public static func reluNet(dimension: Int, variance v: Double, outputVariance: Double = 1, count: Int) -> MercerSpectrum {
    sphere(dimension: dimension, count: count) { outputVariance * Activation.relu.kernel(v, v, v * $0)! }
  }

  /// The Cos-net on a sphere of radius R, `K(t) = ½ σ_w1² e^{−κ(1−t)}`, κ = σ_w0² R²/d: `λ_l = ½ σ_w1² e^{−κ} Γ(d/2) (2/κ)^{d/2−1} I_{l+d/2−1}(κ)`.
  public static func cosNet(dimension: Int, rate: Double, sigmaW1: Double, count: Int) -> MercerSpectrum {
    let order = Double(dimension) / 2 - 1
    let scale = sigmaW1 * sigmaW1 / 2 * tgamma(order + 1) * pow(2 / rate, order)
    return degrees(dimension, count) { scale * gsl_sf_bessel_Inu_scaled(Double($0) + order, rate) }
  }

  /// The Cos-net in one dimension under normal inputs of standard deviation s: geometric, by Mehler's formula. With a = 1/4s², b = σ_w0²/2,
  /// A = a + b + √(a² + 2ab): `λ_k = ½ σ_w1² √(2a/A) (b/A)^k`.
  public static func cosNet(sigmaW0: Double, sigmaW1: Double, inputDeviation s: Double, count: Int) -> MercerSpectrum {
    let (a, b) = (1 / (4 * s * s), sigmaW0 * sigmaW0 / 2)
    let whole = a + b + (a * a + 2 * a * b).squareRoot()
    let first = sigmaW1 * sigmaW1 / 2 * (2 * a / whole).squareRoot()
    return MercerSpectrum((0..<count).map { Mode(eigenvalue: first * pow(b / whole, Double($0))) })
  }

  /// The free field on a periodic lattice, data uniform over its N_s sites: plane waves, `λ = G(p)/(N_s a^d)`, falling.
  public static func freeField(_ lattice: Lattice, massSquared: Double) -> MercerSpectrum {
    let values = LatticeTransform(lattice).squaredMomenta().map { 1 / (($0 + massSquared) * lattice.volume) }
    return MercerSpectrum(values.sorted(by: >).map { Mode(eigenvalue: $0) })
  }
}
