// SPDX-License-Identifier: GPL-3.0-or-later

internal import CGSL

/// Tail probabilities and quantiles, from the GNU Scientific Library.
public enum Distributions {
  /// P(F ≥ f) for Fisher's F with the given degrees of freedom.
  public static func fisherTail(_ f: Double, _ numerator: Double, _ denominator: Double) -> Double {
    f <= 0 ? 1 : gsl_cdf_fdist_Q(f, numerator, denominator)
  }

  /// P(χ² ≥ x).
  public static func chiSquaredTail(_ x: Double, degrees: Double) -> Double {
    x <= 0 ? 1 : gsl_cdf_chisq_Q(x, degrees)
  }

  /// The x with P(χ² ≥ x) = `tail`.
  public static func chiSquaredQuantile(tail: Double, degrees: Double) -> Double { gsl_cdf_chisq_Qinv(tail, degrees) }

  /// The t with P(|T| ≤ t) = `probability` for Student's t.
  public static func studentTwoSidedQuantile(_ probability: Double, degrees: Double) -> Double {
    gsl_cdf_tdist_Pinv(0.5 + probability / 2, degrees)
  }

  /// P(|T| ≥ t) for Student's t.
  public static func studentTwoSidedTail(_ t: Double, degrees: Double) -> Double {
    2 * gsl_cdf_tdist_Q(abs(t), degrees)
  }

  /// The z with P(|Z| ≤ z) = `probability` for a standard normal.
  public static func normalTwoSidedQuantile(_ probability: Double) -> Double {
    gsl_cdf_ugaussian_Pinv(0.5 + probability / 2)
  }
}
