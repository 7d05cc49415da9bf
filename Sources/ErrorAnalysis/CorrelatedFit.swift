// SPDX-License-Identifier: GPL-3.0-or-later

import NumericalKernels

/// A least-squares fit of correlated estimates y_i with covariance C estimated from S bins.
///
///     χ²(p) = (y − f(p))ᵀ W (y − f(p)),   W = C(λ)⁻¹,   J = ∂f/∂p,   q = n − dim p degrees of freedom
///
/// Without shrinkage (λ = 0) the law of the minimum is known for Gaussian bins, because it is Hotelling's T² of the q
/// combinations that no parameter can fit: `(S−q)/(q(S−1)) χ² ~ F(q, S−q)`. The parameters scatter by more than `(JᵀWJ)⁻¹`,
/// since W is itself random;
///
///     Cov p = ν(ν−1)/((ν−q)(ν−q−1)) (JᵀWJ)⁻¹,   ν = S − 1
///
/// is unbiased (Rao, Proc. 5th Berkeley Symp. 1 (1967) 355; the same effect in Percival et al., arXiv:1312.4841). With λ > 0
/// neither holds: χ² has no known law, ``pValue`` is nil. Then each bin's deviation d_j (``CovarianceMatrix``) is fitted with the weights W_j of the other bins, which are independent of it,
///
///     Cov p = Σ_j s_j s_jᵀ,   s_j = (JᵀW_jJ)⁻¹JᵀW_j d_j,        expected χ² = Σ_j (d_j − J s_j)ᵀ W_j (d_j − J s_j)
///
/// unbiased for fits to S − 1 bins; with W itself instead of W_j errors would come out 30 % too small for twelve points in
/// twelve bins, because W was made to suit the very fluctuations it weights. χ² is to be compared with its expectation (in
/// the sense of Bruno and Sommer, arXiv:2209.14188), which is q at λ = 0. For non-linear models all this holds to first order
/// in the errors. Cost O(n³), times S at λ > 0, and six models a parameter per step.
public struct CorrelatedFit: Sendable {
  /// Parameters p at the minimum.
  public let parameters: [Double]
  /// Cov p, row-major; infinity on the diagonal where it is undefined.
  public let parameterCovariance: [Double]
  /// Standard errors of the parameters, in range where their squares are not.
  public let errors: [Double]
  /// χ² at the minimum.
  public let chiSquared: Double
  /// Its expectation if the model is right.
  public let expectedChiSquared: Double
  /// Degrees of freedom q: points less parameters.
  public let degreesOfFreedom: Int
  /// Probability of a χ² at least this large if the model is right; nil where it is unknown (λ > 0, q = 0, or no sound fit).
  public let pValue: Double?
  /// Shrinkage λ of the covariance that was inverted.
  public let shrinkage: Double
  /// S; nil if C is known exactly.
  public let bins: Int?
  /// Whether parameters and errors may be believed. A bad χ² is no reason here: it is for ``pValue`` to say.
  public let reliability: Reliability

  /// Linear fit of `Σ_k p_k basis(point)_k`, e.g. `{ [1, 1 / $0, 1 / ($0 * $0)] }` for an extrapolation in 1/N.
  public init<Point>(
    _ points: [Point], _ values: [Double], covariance: CovarianceMatrix, basis: (Point) -> [Double]
  ) {
    let rows = points.map(basis)
    let count = rows.first?.count ?? 0
    precondition(rows.allSatisfy { $0.count == count }, "CorrelatedFit: basis of \(rows.map(\.count)) functions")
    self.init(points, values, covariance, parameters: count) { white in
      let jacobian = (0..<count).map { k in rows.map { $0[k] } }
      guard let solved = LeastSquares(columns: jacobian.map(white), white(values)) else {
        return .none("the points do not determine all \(count) parameters")
      }
      let fitted = rows.map { zip($0, solved.solution).reduce(0) { $0 + $1.0 * $1.1 } }
      return .at(solved.solution, jacobian, zip(values, fitted).map(-))
    }
  }

  /// Non-linear fit of `model(point, p)` from starting values.
  public init<Point>(
    _ points: [Point], _ values: [Double], covariance: CovarianceMatrix, start: [Double],
    model: (Point, [Double]) -> Double
  ) {
    self.init(points, values, covariance, parameters: start.count) { white in
      func residuals(_ p: [Double]) -> [Double] { zip(points, values).map { $1 - model($0, p) } }
      let search = LevenbergMarquardt(start: start) { white(residuals($0)) }
      if let failure = search.failure { return .none(failure) }
      let rows = points.map { point in
        CentralDifferences.gradient(of: { model(point, $0) }, at: search.parameters, steps: search.steps)
      }
      return .at(
        search.parameters, start.indices.map { k in rows.map { $0[k] } }, residuals(search.parameters))
    }
  }

  /// Parameter k with its error, for Student's t with `S − 1 − q` degrees of freedom (`S − 1` at λ > 0; a thousand if C is
  /// known).
  public func estimate(_ k: Int) -> Estimate {
    let degrees = bins.map { $0 - 1 - (shrinkage == 0 ? degreesOfFreedom : 0) } ?? 1000
    return Estimate(
      value: parameters[k], error: errors[k], degreesOfFreedom: max(1, degrees), reliability: reliability)
  }

  private enum Minimum {
    /// No minimum was found; the reason.
    case none(String)
    /// Parameters, columns of J, residuals.
    case at([Double], [[Double]], [Double])
  }

  private init<Point>(
    _ points: [Point], _ values: [Double], _ covariance: CovarianceMatrix, parameters count: Int,
    minimize: (_ white: ([Double]) -> [Double]) -> Minimum
  ) {
    let (n, q) = (values.count, values.count - count)
    precondition(
      points.count == n && covariance.size == n && count > 0,
      "CorrelatedFit: \(points.count) points, \(n) values, covariance of \(covariance.size), \(count) parameters")
    degreesOfFreedom = q
    shrinkage = covariance.shrinkage
    bins = covariance.bins
    func inconclusive(_ reason: String) -> Law {
      Law(
        parameterCovariance: (0..<count * count).map { $0 / count == $0 % count ? .infinity : 0 },
        errors: [Double](repeating: .infinity, count: count),
        expectedChiSquared: 0, pValue: nil, reliability: .underSampled(reason))
    }
    let law: Law
    if let obstacle = Self.obstacle(covariance, parameters: count, degrees: q, values: values) {
      (parameters, chiSquared) = ([Double](repeating: 0, count: count), 0)
      law = inconclusive(obstacle)
    } else if let white = covariance.whitening {
      switch minimize(white) {
      case .none(let reason):
        (parameters, chiSquared) = ([Double](repeating: 0, count: count), 0)
        law = inconclusive(reason)
      case .at(let p, let jacobian, let residuals):
        parameters = p
        chiSquared = white(residuals).reduce(0) { $0 + $1 * $1 }
        law =
          (shrinkage == 0
            ? Self.gaussianLaw(chiSquared, jacobian.map(white), degrees: q, bins: bins)
            : Self.heldOutLaw(covariance, jacobian))
          ?? inconclusive("the points do not determine all \(count) parameters")
      }
    } else {
      (parameters, chiSquared) = ([Double](repeating: 0, count: count), 0)
      law = inconclusive("the covariance is not positive definite; use shrinkage or more bins")
    }
    parameterCovariance = law.parameterCovariance
    errors = law.errors
    expectedChiSquared = law.expectedChiSquared
    pValue = law.pValue
    reliability = law.reliability
  }

  /// What is known about the scatter of the minimum.
  private struct Law {
    let parameterCovariance: [Double]
    let errors: [Double]
    let expectedChiSquared: Double
    let pValue: Double?
    let reliability: Reliability
  }

  /// λ = 0: closed forms. `columns` of the whitened J.
  private static func gaussianLaw(
    _ chiSquared: Double, _ columns: [[Double]], degrees: Int, bins: Int?
  ) -> Law? {
    let q = Double(degrees)
    guard let inner = LeastSquares(columns: columns, columns[0]) else { return nil }
    var (inflation, pValue) = (1.0, Distributions.chiSquaredTail(chiSquared, degrees: max(1, q)))
    if let bins {
      let s = Double(bins)
      let nu = s - 1
      inflation = nu * (nu - 1) / ((nu - q) * (nu - q - 1))
      pValue = Distributions.fisherTail((s - q) / (max(1, q) * nu) * chiSquared, max(1, q), s - q)
    }
    return Law(
      parameterCovariance: inner.inverse.map { $0 * inflation }, errors: inner.errors.map { $0 * inflation.squareRoot() },
      expectedChiSquared: q,
      pValue: degrees == 0 ? nil : pValue, reliability: .sound)
  }

  /// λ > 0: every bin is fitted with the weights of the others.
  private static func heldOutLaw(_ covariance: CovarianceMatrix, _ jacobian: [[Double]]) -> Law? {
    let count = jacobian.count
    var responses: [[Double]] = []
    var expected = 0.0
    for bin in 0..<(covariance.bins ?? 0) {
      guard let white = covariance.without(bin: bin).whitening else { return nil }
      let deviation = white(covariance.deviations(ofBin: bin))
      let columns = jacobian.map(white)
      guard let response = LeastSquares(columns: columns, deviation)?.solution else { return nil }
      responses.append(response)
      for i in deviation.indices {
        let rest = zip(columns, response).reduce(deviation[i]) { $0 - $1.0[i] * $1.1 }
        expected += rest * rest
      }
    }
    return Law(
      parameterCovariance: (0..<count * count).map { k in responses.reduce(0) { $0 + $1[k / count] * $1[k % count] } },
      errors: (0..<count).map { k in ScaledNumbers(responses.map { $0[k] }).norm }, expectedChiSquared: expected, pValue: nil,
      reliability: .sound)
  }

  /// Why these data allow no fit with errors; nil if they do.
  private static func obstacle(
    _ covariance: CovarianceMatrix, parameters: Int, degrees q: Int, values: [Double]
  ) -> String? {
    if q < 0 { return "\(values.count) points do not determine \(parameters) parameters" }
    if let bins = covariance.bins {
      if bins <= max(2, parameters) { return "\(bins) bins give no errors of \(parameters) parameters" }
      if covariance.shrinkage == 0 && bins < max(q + 3, values.count + 1) {
        return "\(bins) bins do not determine the covariance of \(values.count) points; use shrinkage or more bins"
      }
    }
    if let point = covariance.errors.firstIndex(where: { !($0 > 0 && $0.isFinite) }) {
      return "point \(point + 1) has no error; leave it out of the fit"
    }
    return values.allSatisfy(\.isFinite) ? nil : "a value is not finite"
  }
}
