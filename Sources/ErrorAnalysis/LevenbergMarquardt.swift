// SPDX-License-Identifier: GPL-3.0-or-later

/// `min_p |r(p)|²` by Levenberg's and Marquardt's steps `(JᵀJ + μ D) δ = −Jᵀr`, D the largest diagonal of JᵀJ seen (Moré,
/// Lect. Notes Math. 630 (1978) 105), each solved by QR; J from six-point central differences.
struct LevenbergMarquardt {
  /// p at the minimum, or where the search ended.
  private(set) var parameters: [Double]
  /// Steps at which derivatives there are taken well.
  private(set) var steps: [Double]
  /// Why there is no minimum; nil if there is.
  private(set) var failure: String?

  private static let iterations = 500

  /// Searches from `start`. Residuals in units of their errors: the search ends when a Gauss-Newton step would move p by less
  /// than 1e-9 standard errors.
  init(start: [Double], residuals function: ([Double]) -> [Double]) {
    parameters = start
    steps = start.map { 1e-3 * ($0 == 0 ? 1 : abs($0)) }
    var residuals = function(start)
    var chiSquared = Self.square(residuals)
    guard chiSquared.isFinite else {
      failure = "the model is not finite at the starting values"
      return
    }
    var scale = [Double](repeating: 0, count: start.count)
    var damping = 1e-3
    for _ in 0..<Self.iterations {
      let jacobian = Self.jacobian(function, parameters, steps)
      let flat = LeastSquares(columns: jacobian, residuals.map { -$0 })
      if let flat {
        let move = Self.square(Self.apply(jacobian, flat.solution))
        if move < 1e-18 * max(1, chiSquared) { return }
        steps = parameters.indices.map {
          1e-3 * max(abs(parameters[$0]), flat.errors[$0])
        }
      }
      for k in scale.indices { scale[k] = max(scale[k], Self.square(jacobian[k])) }
      guard scale.allSatisfy({ $0 > 0 && $0.isFinite }) else {
        failure = "the model does not depend on every parameter, or is not finite"
        return
      }
      var accepted = false
      while !accepted && damping < 1e14 {
        let padded = jacobian.indices.map { k in
          jacobian[k] + jacobian.indices.map { $0 == k ? (damping * scale[k]).squareRoot() : 0 }
        }
        let right = residuals.map { -$0 } + [Double](repeating: 0, count: start.count)
        if let step = LeastSquares(columns: padded, right)?.solution {
          let trial = zip(parameters, step).map(+)
          let trialResiduals = function(trial)
          let trialSquare = Self.square(trialResiduals)
          if trialSquare < chiSquared {
            (parameters, residuals, chiSquared) = (trial, trialResiduals, trialSquare)
            accepted = true
            damping = max(1e-15, damping / 9)
            continue
          }
        }
        damping = max(damping, 1e-12) * 11
      }
      if !accepted {
        // No step lowers χ²: the minimum to rounding, if the undamped step is small in units of the errors.
        if let flat, Self.square(Self.apply(jacobian, flat.solution)) < 1e-10 * max(1, chiSquared) { return }
        failure = "the fit found no way down from a point that is no minimum; try other starting values"
        return
      }
    }
    failure = "the fit did not converge in \(Self.iterations) steps; try other starting values"
  }

  private static func square(_ v: [Double]) -> Double { v.reduce(0) { $0 + $1 * $1 } }

  private static func apply(_ columns: [[Double]], _ x: [Double]) -> [Double] {
    columns[0].indices.map { i in zip(columns, x).reduce(0) { $0 + $1.0[i] * $1.1 } }
  }

  private static func jacobian(
    _ f: ([Double]) -> [Double], _ p: [Double], _ steps: [Double]
  ) -> [[Double]] {
    p.indices.map { k in
      let h = (p[k] + steps[k]) - p[k]
      func at(_ multiple: Double) -> [Double] {
        var point = p
        point[k] += multiple * h
        return f(point)
      }
      let values = [1.0, -1, 2, -2, 3, -3].map(at)
      return values[0].indices.map { i in
        let v = values.map { $0[i] }
        return (45 * (v[0] - v[1]) - 9 * (v[2] - v[3]) + (v[4] - v[5])) / (60 * h)
      }
    }
  }
}
