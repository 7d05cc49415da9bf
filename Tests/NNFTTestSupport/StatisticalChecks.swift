// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation

/// Bounds of statistical tests from a stated false-alarm probability: 1e-6 per test, shared among its comparisons.
public enum StatisticalChecks {
  /// The two-sided normal quantile: |z| exceeds it with probability `falseAlarm/comparisons`. By bisection on erfc.
  public static func normalBound(falseAlarm: Double = 1e-6, comparisons: Int = 1) -> Double {
    bisect { erfc($0 / 2.0.squareRoot()) - falseAlarm / Double(comparisons) }
  }

  /// The value a χ² variable of `degrees` degrees of freedom exceeds with probability `falseAlarm`, from the closed forms of the
  /// survival function: `e^{-x/2} Σ_{k<ν/2} (x/2)^k/k!` for even ν; for odd ν the half-integer series on top of erfc.
  public static func chiSquaredBound(degrees: Int, falseAlarm: Double = 1e-6) -> Double {
    bisect { chiSquaredSurvival($0, degrees: degrees) - falseAlarm }
  }

  /// `P(χ²_ν > x)`.
  public static func chiSquaredSurvival(_ x: Double, degrees: Int) -> Double {
    let isEven = degrees % 2 == 0
    var survival = isEven ? 0 : erfc((x / 2).squareRoot())
    var term = isEven ? exp(-x / 2) : exp(-x / 2) * (x / 2).squareRoot() / tgamma(1.5)
    for k in 0..<degrees / 2 {
      survival += term
      term *= x / 2 / (isEven ? Double(k + 1) : Double(k) + 1.5)
    }
    return survival
  }

  /// The two-sided quantile of Student's t: |t| exceeds it with probability `falseAlarm/comparisons`.
  public static func studentBound(
    degrees: Int, falseAlarm: Double = 1e-6, comparisons: Int = 1
  ) -> Double {
    bisect { 1 - studentCentral($0, degrees: degrees) - falseAlarm / Double(comparisons) }
  }

  /// `P(|t_ν| < x)`, Abramowitz and Stegun 26.7.3-4; absolute error about 1e-16.
  private static func studentCentral(_ x: Double, degrees: Int) -> Double {
    let angle = atan(x / Double(degrees).squareRoot())
    let isEven = degrees % 2 == 0
    var term = isEven ? 1 : cos(angle)
    var sum = 0.0
    for k in 1..<max(2, (degrees + 1) / 2 + (isEven ? 1 : 0)) where degrees > 1 {
      sum += term
      term *=
        cos(angle) * cos(angle)
        * (isEven ? Double(2 * k - 1) / Double(2 * k) : Double(2 * k) / Double(2 * k + 1))
    }
    return isEven ? sin(angle) * sum : 2 / Double.pi * (angle + sin(angle) * sum)
  }

  /// The zero of a decreasing function on (0, 1e4).
  private static func bisect(_ function: (Double) -> Double) -> Double {
    var (low, high) = (0.0, 1e4)
    for _ in 0..<200 {
      let middle = (low + high) / 2
      if function(middle) > 0 { low = middle } else { high = middle }
    }
    return high
  }
}

/// Mean and standard error of independent numbers.
public struct SampleMean: Sendable {
  /// Arithmetic mean.
  public let mean: Double
  /// Standard error of the mean.
  public let error: Double

  /// From at least two numbers.
  public init(_ numbers: [Double]) {
    let n = Double(numbers.count)
    let mean = numbers.reduce(0, +) / n
    let squares = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    self.mean = mean
    error = (squares / (n * (n - 1))).squareRoot()
  }

  /// `(mean − exact)/error`.
  public func pull(_ exact: Double) -> Double { (mean - exact) / error }
}
