// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
@testable import FieldTheories
import Foundation
import NNFTTestSupport
import NumericalKernels
import Testing

/// A sampler with a closed-form cumulative distribution `P(|k| < k)` and its complement.
struct SamplerCase: Sendable, CustomTestStringConvertible {
  let name: String
  let dimension: Int
  let cutoff: Double?
  let density: @Sendable (Double) -> Double
  let lower: @Sendable (Double) -> Double
  var testDescription: String { name }

  /// alpha = 0 and −1 with a hard cutoff, d = 1..4 (docs/physics/free-theories.md), a Gaussian and a power tail.
  static let all: [SamplerCase] = {
    let (m, cutoff) = (0.3, 20.0)
    func propagator(_ d: Int, _ f: @escaping @Sendable (Double) -> Double) -> SamplerCase {
      SamplerCase(
        name: "alpha=0 d=\(d)", dimension: d, cutoff: cutoff, density: { 1 / ($0 * $0 + m * m) },
        lower: { f($0) / f(cutoff) })
    }
    return [
      propagator(1) { atan($0 / m) }, propagator(2) { log1p($0 * $0 / (m * m)) },
      propagator(3) { k in
        let x = k / m
        return x < 0.01 ? x * x * x * (1.0 / 3 - x * x / 5 + x * x * x * x / 7) : x - atan(x)
      },
      propagator(4) { k in
        let y = k * k / (m * m)
        return y < 1e-4 ? y * y * (0.5 - y / 3 + y * y / 4) : y - log1p(y)
      },
    ]
      + (1...4).map { d in
        SamplerCase(
          name: "ball d=\(d)", dimension: d, cutoff: cutoff, density: { _ in 1 },
          lower: { pow($0 / cutoff, Double(d)) })
      } + [
        SamplerCase(
          name: "gaussian d=2", dimension: 2, cutoff: nil, density: { exp(-$0 * $0 / 2) },
          lower: { -expm1(-$0 * $0 / 2) }),
        SamplerCase(
          name: "power tail d=2", dimension: 2, cutoff: nil, density: { pow(1 + $0 * $0, -2) },
          lower: { $0 * $0 / (1 + $0 * $0) }),
      ]
  }()
}

@Suite struct RadialSamplerTests {
  /// `P(|k(u)|) = u` on both sides, over thirteen decades of either tail.
  @Test(arguments: SamplerCase.all) func inversion(sampling: SamplerCase) throws {
    let sampler = try RadialSampler(
      dimension: sampling.dimension, cutoff: sampling.cutoff, density: sampling.density)
    for step in 0..<2000 {
      let v = 0.5 * pow(10, -13 * Double(step) / 2000)
      let low = sampling.lower(sampler.radius(v))
      #expect(abs(low - v) <= 4e-10 * v, "u = \(v): \(low)")
      // Above the median |k| itself is compared: 1 − P cancels in the closed forms.
      let u = 1 - v
      let (k, exact) = (sampler.radius(u), sampler.cumulative.radius(lower: u < 0.5 ? u : nil, upper: u < 0.5 ? nil : 1 - u))
      #expect(abs(k - exact) <= 2e-11 * exact)
      #expect(abs(sampling.lower(k) - u) <= 1e-13 + 4e-10 * v)
    }
  }

  /// A density with a gap: cells that straddle it are solved exactly.
  @Test func gaps() throws {
    let sampler = try RadialSampler(dimension: 1, cutoff: 3, isFormula: true) {
      $0 < 1 || $0 > 2 ? 1 : 0
    }
    for step in 1..<1000 {
      let u = Double(step) / 1000
      guard step != 500 else { continue }
      #expect(abs(sampler.radius(u) - (u < 0.5 ? 2 * u : 1 + 2 * u)) < 1e-10)
    }
  }

  /// Kolmogorov and Smirnov at 1e-6 (asymptotic quantile 2.70), with a control: a mass 3 % too large.
  @Test(arguments: 1...4) func distribution(dimension: Int) throws {
    let count = 100_000
    let net = try AlphaNet(
      dimension: dimension, width: count, mass: 1, alpha: 0.3, regulator: .gaussian, cutoff: 6,
      weights: .constant)
    let parameters = NetworkParameters(layout: net.layout)
    net.drawParameters(RandomStream(seed: 11, stream: net.streamName), draw: 0, into: parameters)
    var uniform = [Double](repeating: 0, count: count)
    func statistic(mass: Double) throws -> Double {
      let other = try RadialSampler(dimension: dimension, cutoff: 84) { k in
        pow(k * k + mass * mass, -1.3) * exp(-k * k / 72)
      }
      for i in 0..<count {
        let k = (0..<dimension).reduce(0) {
          let component = parameters.block(net.momentumBlock, component: $1)[i]
          return $0 + component * component
        }.squareRoot()
        // The empirical distribution is compared with the sampler's own inverse, by bisection in u.
        var (low, high) = (0.0, 1.0)
        for _ in 0..<40 {
          let u = 0.5 * (low + high)
          if other.radius(u) < k { low = u } else { high = u }
        }
        uniform[i] = 0.5 * (low + high)
      }
      uniform.sort()
      let largest = uniform.enumerated().reduce(0) {
        max($0, abs($1.element - (Double($1.offset) + 0.5) / Double(count)))
      }
      return largest * Double(count).squareRoot()
    }
    #expect(try statistic(mass: 1) < 2.7)
    #expect(try statistic(mass: 1.1) > 2.7)
  }

  /// Directions: `<(n_μ)²> = 1/d`, `<n_μ⁴> = 3/(d(d+2))`, odd and mixed moments vanish; the control scales one axis.
  @Test(arguments: 1...4) func directions(d: Int) throws {
    let count = 200_000
    let net = try ScalarNet.make(dimension: d, width: count, mass: 1, cutoff: 5)
    let parameters = NetworkParameters(layout: net.layout)
    net.drawParameters(RandomStream(seed: 3, stream: net.streamName), draw: 1, into: parameters)
    let k = (0..<d).map { parameters.block(net.momentumBlock, component: $0) }
    func pulls(stretch: Double) -> [Double] {
      let directions = (0..<count).map { i -> [Double] in
        let vector = (0..<d).map { k[$0][i] * ($0 == 0 ? stretch : 1) }
        let norm = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return vector.map { $0 / norm }
      }
      var result: [Double] = []
      for mu in 0..<d {
        result.append(SampleMean(directions.map { $0[mu] }).pull(0))
        if d > 1 {
          result.append(SampleMean(directions.map { pow($0[mu], 2) }).pull(1 / Double(d)))
          result.append(SampleMean(directions.map { pow($0[mu], 4) }).pull(3 / Double(d * (d + 2))))
        }
        for nu in 0..<mu { result.append(SampleMean(directions.map { $0[mu] * $0[nu] }).pull(0)) }
      }
      return result
    }
    let fair = pulls(stretch: 1)
    let bound = StatisticalChecks.normalBound(comparisons: fair.count)
    #expect(fair.allSatisfy { abs($0) < bound }, "\(fair)")
    if d > 1 { #expect(pulls(stretch: 1.05).contains { abs($0) > bound }) }
  }
}
