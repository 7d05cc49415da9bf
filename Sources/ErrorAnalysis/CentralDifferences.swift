// SPDX-License-Identifier: GPL-3.0-or-later

/// Derivatives of a function known only by its values.
enum CentralDifferences {
  /// `∂f/∂x_α` by the six-point formula `[45 (f_1 − f_−1) − 9 (f_2 − f_−2) + (f_3 − f_−3)]/(60 h)`, h = `steps[α]`; truncation
  /// h⁶ f⁽⁷⁾/140. Zero where the step is zero (a primary that does not fluctuate has no say in the error).
  static func gradient(of f: ([Double]) -> Double, at x: [Double], steps: [Double]) -> [Double] {
    x.indices.map { derivative(of: f, at: x, along: $0, step: steps[$0]) }
  }

  private static func derivative(
    of f: ([Double]) -> Double, at x: [Double], along alpha: Int, step: Double
  ) -> Double {
    // The step actually taken is a difference of representable numbers.
    let h = (x[alpha] + step) - x[alpha]
    guard h > 0 else { return 0 }
    var point = x
    func at(_ k: Double) -> Double {
      point[alpha] = x[alpha] + k * h
      return f(point)
    }
    let (one, two, three) = (at(1) - at(-1), at(2) - at(-2), at(3) - at(-3))
    return (45 * one - 9 * two + three) / (60 * h)
  }
}
