// SPDX-License-Identifier: GPL-3.0-or-later

import NumericalKernels

/// Gaussian-process regression of a target that depends on one direction, `y(x) = Σ_l √(p_l N(d,l)) P_l(x·e)`, on the sphere S^{d−1}: test errors of
/// single data sets without a test point, and their average over data sets of one or two points exactly.
///
/// With `Y = Σ p_l`, `m2(t) = Σ N λ² P_l(t)` and t the pin forces, the error averaged over the sphere is `Y − 2 t·(λy)(X) + t·m2(X Xᵀ) t`.
/// Source: docs/physics/learning-exact.md.
public struct SphereRegression: Sendable {
  /// The dimension d.
  public let dimension: Int
  /// λ_l, degrees 0 … L.
  public let spectrum: MercerSpectrum
  /// The powers p_l.
  public let powers: [Double]
  /// The ridge T: the variance of the noise that regression assumes.
  public let ridge: Double
  private let kernel: @Sendable (Double) -> Double

  /// From K(t) and its spectrum, the power of the target in each degree, and T.
  public init(
    dimension: Int, kernel: @escaping @Sendable (Double) -> Double, spectrum: MercerSpectrum, powers: [Double], ridge: Double
  ) {
    precondition(powers.count <= spectrum.modes.count)
    (self.dimension, self.kernel, self.spectrum, self.powers, self.ridge) = (dimension, kernel, spectrum, powers, ridge)
  }

  /// The theories of its learning curve.
  public var curve: LearningCurve { LearningCurve(spectrum, powers: powers, ridge: ridge) }

  /// Mean squared errors on new points and on the data of one data set: unit vectors of R^d, a row each.
  public func errors(_ inputs: [[Double]]) throws(DataFault) -> (test: Double, train: Double) {
    let count = inputs.count
    let flat = inputs.flatMap { $0 }
    var cosines = [Double](repeating: 0, count: count * count)
    MatrixProduct.multiplyTransposed(
      rows: count, columns: count, inner: dimension, a: flat, aStride: dimension, b: flat, bStride: dimension, beta: 0,
      c: &cosines, cStride: count)
    for i in cosines.indices { cosines[i] = min(1, max(-1, cosines[i])) }
    let (targets, learnt) = (inputs.map { target($0[0]) }, inputs.map { weightedTarget($0[0]) })
    let posterior = try GaussianProcessPosterior(
      kernel: cosines.map(kernel), noise: [Double](repeating: ridge, count: count), labels: targets)
    let t = posterior.pinForces
    var quadratic = 0.0
    for i in 0..<count {
      var row = 0.5 * t[i] * square(1)
      for j in 0..<i { row += t[j] * square(cosines[i * count + j]) }
      quadratic += 2 * t[i] * row
    }
    let linear = zip(t, learnt).reduce(0.0) { $0 + $1.0 * $1.1 }
    let train = t.reduce(0) { $0 + ridge * ridge * $1 * $1 } / Double(count)
    return (powers.reduce(0, +) - 2 * linear + quadratic, train)
  }

  /// The test error of one datum, whichever it is on average: `Y − 2 Σ λp/a + m2(1) Y/a²`, a = K(1) + T.
  public var errorOfOneDatum: Double {
    let (all, a) = (powers.reduce(0, +), kernel(1) + ridge)
    let learnt = zip(spectrum.modes, powers).reduce(0.0) { $0 + $1.0.eigenvalue * $1.1 }
    return all - 2 * learnt / a + square(1) * all / (a * a)
  }

  /// The test error of two data averaged over both, one integral over the angle between them.
  public var errorOfTwoData: Double {
    let (all, a, whole) = (powers.reduce(0, +), kernel(1) + ridge, square(1))
    let learnt = zip(spectrum.modes, powers).reduce(0.0) { $0 + $1.0.eigenvalue * $1.1 }
    let correction = SphereAngles(dimension: dimension).average { t in
      let k = kernel(t)
      let (i1, i2) = (a / (a * a - k * k), -k / (a * a - k * k))
      let p = SphereAngles.polynomials(t, dimension: dimension, count: powers.count)
      var (s, y) = (0.0, 0.0)
      for l in powers.indices {
        s += spectrum.modes[l].eigenvalue * powers[l] * p[l]
        y += powers[l] * p[l]
      }
      let m = square(t)
      let symmetric = (i1 + i2) * (i1 + i2) * (whole + m) * (all + y)
      let antisymmetric = (i1 - i2) * (i1 - i2) * (whole - m) * (all - y)
      return symmetric + antisymmetric - 4 * (i1 * learnt + i2 * s)
    }
    return all + correction
  }

  private func target(_ t: Double) -> Double { sum(t) { (p, n, _) in (p * n).squareRoot() } }
  private func weightedTarget(_ t: Double) -> Double { sum(t) { (p, n, eigenvalue) in (p * n).squareRoot() * eigenvalue } }

  private func sum(_ t: Double, _ coefficient: (Double, Double, Double) -> Double) -> Double {
    let p = SphereAngles.polynomials(t, dimension: dimension, count: powers.count)
    return powers.indices.reduce(0) {
      $0 + coefficient(powers[$1], spectrum.modes[$1].degeneracy, spectrum.modes[$1].eigenvalue) * p[$1]
    }
  }

  /// m2(t), by recurrence over the degrees.
  private func square(_ t: Double) -> Double {
    var (before, here, sum) = (0.0, 1.0, 0.0)
    for (l, mode) in spectrum.modes.enumerated() {
      sum += mode.degeneracy * mode.eigenvalue * mode.eigenvalue * here
      let next = l == 0 ? t : (Double(2 * l + dimension - 2) * t * here - Double(l) * before) / Double(l + dimension - 2)
      (before, here) = (here, next)
    }
    return sum
  }
}
