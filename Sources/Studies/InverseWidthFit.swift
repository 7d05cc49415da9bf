// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis

/// A polynomial in 1/N through one quantity at several widths, `f(N) = c0 + c1/N (+ c2/N²)`: c0 is its value at infinite width.
///
/// The correlated χ² is minimised (`CorrelatedFit`). Connected n-point functions of independent neurons are a single power, full 4-point functions exactly linear,
/// full 6-point functions exactly quadratic; interacting ensembles have all powers, so that a model is an assumption there. Source:
/// docs/physics/studies.md.
public struct InverseWidthFit: Sendable {
  /// The power of 1/N that ends the polynomial.
  public enum Model: String, Sendable, CaseIterable {
    case linear, quadratic

    /// Number of coefficients.
    public var parameterCount: Int { self == .linear ? 2 : 3 }

    func basis(_ width: Double) -> [Double] {
      self == .linear ? [1, 1 / width] : [1, 1 / width, 1 / (width * width)]
    }
  }

  /// The model that is fitted.
  public let model: Model
  /// The fit in powers of 1/N.
  public let fit: CorrelatedFit
  /// c0 with its replicas, scaled to the error of the fit: what correlates it with everything else made of the same bins. Nil without a sound fit.
  public let limit: JackknifeSamples?

  /// Fits estimates of the same bins (`JackknifeSamples.placed(inBlock:ofBins:)` for independent runs) at different widths.
  /// `placed` are the same estimates among further bins, of which ``limit`` is made.
  public init(_ model: Model, widths: [Int], samples: [JackknifeSamples], placed: [JackknifeSamples]? = nil) {
    self.model = model
    let points = widths.map(Double.init)
    let measured = CovarianceMatrix(of: samples)
    func fit(_ values: [Double], _ covariance: CovarianceMatrix) -> CorrelatedFit {
      CorrelatedFit(points, values, covariance: covariance, basis: model.basis)
    }
    let values = samples.map(\.value)
    var covariance = measured
    var result = fit(values, measured)
    if result.reliability != .sound {
      // Estimates that hang together completely.
      let diagonal = CovarianceMatrix(of: samples, shrinkage: .fixed(1))
      let other = fit(values, diagonal)
      if other.reliability == .sound { (covariance, result) = (diagonal, other) }
    }
    self.fit = result
    guard result.reliability == .sound, result.errors.allSatisfy(\.isFinite) else {
      limit = nil
      return
    }
    // c0 is linear in the values: its coefficients are the answers to unit vectors.
    let weights = samples.indices.map { i in
      fit(samples.indices.map { $0 == i ? 1 : 0 }, covariance).parameters[0]
    }
    let placed = placed ?? samples
    let sum = placed.indices.dropFirst().reduce(weights[0] * placed[0]) { $0 + weights[$1] * placed[$1] }
    limit = sum.scaled(toError: result.errors[0])
  }

  /// Goodness of fit below which a model is said to fail.
  public static let leastPValue = 0.01

  /// Whether the model fails.
  public var isPoor: Bool { fit.pValue.map { $0 < Self.leastPValue } ?? false }

  /// Whether two models give values at infinite width that are further apart than their errors.
  public static func disagree(_ a: InverseWidthFit, _ b: InverseWidthFit) -> Bool {
    guard a.limit != nil, b.limit != nil else { return false }
    return abs(a.fit.parameters[0] - b.fit.parameters[0]) > a.fit.errors[0] + b.fit.errors[0]
  }
}
