// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation

/// `1.2346(67)`: a value with two significant digits of its error, by the rule pyerrors and gvar use.
///
/// Error ≥ 1: `0.5(2.5)`, `1234(68)`; otherwise the digits in parentheses count from the last digit of the value. Numbers whose
/// last digit would lie beyond 1e8 or 1e-8 are written as `5.952(13)e+10`.
public enum ValueWithError {
  /// The text; without a positive finite error the value alone.
  public static func text(_ value: Double, _ error: Double) -> String {
    guard error > 0, error.isFinite, value.isFinite else { return "\(value)" }
    var exponent = Int(floor(log10(error)))
    // 0.0996 rounds to 0.10, not to 0.099(6): settle the exponent after rounding to two digits.
    if (error / pow(10, Double(exponent - 1))).rounded() >= 100 { exponent += 1 }
    let magnitude = Int(floor(log10(max(abs(value), error))))
    // Once the value is of order one, a relative error below 1e-8 takes as many digits as it needs.
    if magnitude >= 9 || exponent < -8 && magnitude != 0 {
      return text(value / pow(10, Double(magnitude)), error / pow(10, Double(magnitude)))
        + String(format: "e%+03d", magnitude)
    }
    let decimals = max(0, 1 - exponent)
    if exponent >= 0 {
      return String(format: "%.*f(%.*f)", decimals, value, decimals, error)
    }
    let digits = Int((error * pow(10, Double(decimals))).rounded())
    return String(format: "%.*f(%d)", decimals, value, digits)
  }
}
