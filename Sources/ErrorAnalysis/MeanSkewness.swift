// SPDX-License-Identifier: GPL-3.0-or-later

import NumericalKernels

/// Squared skewness of weighted means of observables whose expectation is zero, from the draws themselves. With independent draws of weights w and
/// `u = w z`
///
///     γ²/n = (Σ u³)²/(Σ u²)³,
///
/// which is what a two-sigma interval loses coverage by (``SamplingAdequacy``). A few dozen bins do not resolve it: the skewness of 64 normal bins
/// scatters by 0.3, and that of their mean is asked to stay below 0.1. Draws that are correlated count as fewer: multiply by the measured variance of
/// the mean over ``independentVariance(_:)``.
public struct MeanSkewness: Sendable, Codable {
  /// Σ w² z² and Σ w³ z³, on scales that are the square and the cube of one.
  private var squares: WeightedBin
  private var cubes: WeightedBin
  /// Σ w on the first of them.
  private var weights = WeightedBin(primaryCount: 0)

  /// Sums of some observables, no draws yet.
  public init(observables: Int) {
    squares = WeightedBin(primaryCount: observables)
    cubes = WeightedBin(primaryCount: observables)
  }

  /// Adds one draw with the logarithm ℓ of its weight; draws that are not numbers are left out.
  public mutating func add(logWeight: Double, values: [Double]) {
    squares.add(logWeight: 2 * logWeight, primaries: values.map { $0 * $0 })
    cubes.add(logWeight: 3 * logWeight, primaries: values.map { $0 * $0 * $0 })
    weights.add(logWeight: logWeight, primaries: [])
  }

  /// Visits the sums.
  public mutating func visit(_ state: inout StateVisitor) {
    squares.visit(&state)
    cubes.visit(&state)
    weights.visit(&state)
  }

  /// Adds the draws of another.
  public mutating func merge(_ other: MeanSkewness) {
    squares.merge(other.squares)
    cubes.merge(other.cubes)
    weights.merge(other.weights)
  }

  /// Variance of the weighted mean of observable i if draws were independent, `Σ w² z²/(Σ w)²`.
  public func independentVariance(_ i: Int) -> Double {
    weights.weight > 0 ? squares.sums[i] / (weights.weight * weights.weight) : 0
  }

  /// γ²/n of observable i, at most 1; 0 where it never differs from zero, infinite where its powers leave the range of double precision.
  public subscript(i: Int) -> Double {
    guard squares.rejected == cubes.rejected else { return .infinity }
    let (second, third) = (squares.sums[i], cubes.sums[i])
    guard second > 0 else { return 0 }
    let skewness = third / (second * second.squareRoot())
    return skewness.isFinite ? skewness * skewness : .infinity
  }
}
