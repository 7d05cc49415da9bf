// SPDX-License-Identifier: GPL-3.0-or-later

internal import CGSL
import Glibc
import NumericalKernels

/// φ⁴ at a single point, `Z = ∫dφ exp(−m²φ²/2 − λφ⁴/24)`, m² of either sign.
///
/// `Z` in closed form, with A = m²/2, B = λ/24, z = A²/8B:
///
///     A > 0:  ½ √(A/B) e^z K_{1/4}(z)          A < 0:  (π/2) √(|A|/2B) e^z [ I_{1/4}(z) + I_{−1/4}(z) ]          A = 0:  ½ Γ(1/4) B^{−1/4}
///
/// Moments by the trapezoidal rule, which converges faster than exponentially for entire integrands that decay. Relative accuracy 1e-14;
/// microseconds. Source: Abramowitz and Stegun 19.3 (parabolic cylinder functions); docs/physics/interacting-exact.md.
public struct SingleSite: Sendable {
  /// The potential, with m² and λ.
  public let potential: QuarticPotential

  /// At one point.
  public init(_ potential: QuarticPotential) { self.potential = potential }

  /// Logarithm `ln Z` of the partition function.
  public var logPartition: Double {
    let (a, b) = (potential.massSquared / 2, potential.coupling / 24)
    if b == 0 { return 0.5 * log(.pi / a) }
    if a == 0 { return log(0.5 * gsl_sf_gamma(0.25)) - 0.25 * log(b) }
    let z = a / b * a / 8
    // Where z leaves double precision one of the two terms is nothing beside the other.
    if z < 1e-280 { return log(0.5 * gsl_sf_gamma(0.25)) - 0.25 * log(b) }
    if z > 1e280 { return a > 0 ? 0.5 * log(.pi / a) : 2 * z + log(2) + 0.5 * log(.pi / (-2 * a)) }
    // Far out in z the scaled functions are what remains finite: e^z K(z), and e^{−z} I(z).
    let k = gsl_sf_bessel_Knu_scaled(0.25, z)
    if a > 0 { return 0.5 * log(a / (4 * b)) + log(k) }
    // I_{−ν} = I_ν + (2/π) sin(νπ) K_ν.
    let i = 2 * gsl_sf_bessel_Inu_scaled(0.25, z) + 2 / .pi * sin(.pi / 4) * exp(-2 * z) * k
    return 2 * z + log(.pi / 2) + 0.5 * log(-a / (2 * b)) + log(i)
  }

  /// The partition function `Z`.
  public var partition: Double { exp(logPartition) }

  /// `<φ^n>`; NaN where two wells are so far apart that the rule would need more than a million points, or beyond double precision.
  public func moment(_ order: Int) -> Double {
    guard order % 2 == 0 else { return 0 }
    // In units where the potential has scale one, a power of two: no parameter is too large or too small.
    let scale = max(potential.stiffness.squareRoot(), pow(potential.coupling / 24, 0.25))
    guard scale.isNormal else { return .nan }
    let unit = Double(sign: .plus, exponent: -scale.exponent, significand: 1)
    let square = unit * unit
    guard
      let scaled = potential.scaled(massSquared: square, coupling: square)?.scaled(massSquared: 1, coupling: square).map(
        SingleSite.init)
    else { return .nan }
    return pow(unit, Double(order)) * scaled.integral(order) / scaled.integral(0)
  }

  /// The mean modulus `<|φ|> = √(π/4B) e^{z²} erfc(z)/Z`, `z = A/(2√B)`. Relative accuracy 1e-12; NaN where z < −100, two wells that do not overlap.
  public var absoluteMoment: Double { exp(logAbsoluteIntegral - logPartition) }

  /// `ln ∫dφ |φ| e^{−v}`, the numerator of ``absoluteMoment``.
  var logAbsoluteIntegral: Double {
    let (a, b) = (potential.massSquared / 2, potential.coupling / 24)
    let z = a / (2 * b.squareRoot())
    guard z > -100 else { return .nan }
    if z < 30 { return z * z + gsl_sf_log_erfc(z) + 0.5 * log(.pi / (4 * b)) }
    // Abramowitz and Stegun 7.1.23; at λ = 0 the first term is all.
    let u = 1 / (2 * z * z)
    return log(1 - u * (1 - 3 * u * (1 - 5 * u * (1 - 7 * u * (1 - 9 * u))))) - log(a)
  }

  /// `<φ⁴> − 3 <φ²>²`.
  public var fourthCumulant: Double {
    let second = moment(2)
    return moment(4) - 3 * second * second
  }

  /// The fraction of independent samples that direct reweighting from the free theory keeps, `Z(λ)²/(Z(0) Z(2λ))`; needs m² > 0.
  public var effectiveSampleFraction: Double {
    let m2 = potential.massSquared
    let free = SingleSite(QuarticPotential(massSquared: m2, coupling: 0))
    let doubled = SingleSite(QuarticPotential(massSquared: m2, coupling: 2 * potential.coupling))
    return exp(2 * logPartition - free.logPartition - doubled.logPartition)
  }

  /// `∫dφ φ^n exp(−v(φ) + v_min)`.
  private func integral(_ order: Int) -> Double {
    let bottom = potential.value(potential.minimum)
    var reach = potential.minimum + 1
    while potential.value(reach) - bottom - Double(order) * log(reach) < 80 { reach *= 1.02 }
    // Narrow wells far apart need more points than one hump.
    guard let count = Int(count: max(200, 4 * reach * potential.stiffness.squareRoot()).rounded(.down), atMost: 1_000_000) else {
      return .nan
    }
    let step = reach / Double(count)
    var sum = order == 0 ? 0.5 * exp(bottom - potential.value(0)) : 0
    for k in 1...count {
      let field = step * Double(k)
      sum += pow(field, Double(order)) * exp(bottom - potential.value(field))
    }
    return 2 * step * sum
  }
}
