// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import Glibc
import LatticeFields
import NumericalKernels

// MARK: - Definition

/// The general Euclidean-invariant cosine net, with any radial momentum density and amplitude:
///
///     φ(x) = N^{-1/2} Σ_i v_i F(|k_i|) cos(k_i·x + b_i),   k ~ P(|k|),  b ~ U(−π, π),  <v²> = σ_w1²,
///     G2(p) = (2π)^d (μ2/2) P(p) F(p)²,       J_n(z) = ∫ d^dk P F^n cos k·z.
///
/// Given a target spectrum G(p) instead of F, `F² = 2G/(μ2 (2π)^d P)` makes G2 the target at every width. Invariant under translations,
/// rotations and reflections at every width. Moments <F^n> that do not exist leave the corresponding exact values out.
/// Source: arXiv:2408.00082 section 4 ("Spectrum shaping"; F is evaluated at the momentum, not at the bias).
public struct EuclideanNet: PlaneWaveNet, CosineNeurons, ScalableOutput {
  /// What shapes the spectrum besides the momentum density.
  public enum Shape: Sendable {
    /// The amplitude F(k) of neurons.
    case amplitude(@Sendable (Double) -> Double)
    /// The spectrum G(p) of the field, non-negative.
    case targetSpectrum(@Sendable (Double) -> Double)
  }

  /// Why no net follows from what is given.
  public enum Fault: Error, Sendable, Hashable {
    /// The momentum density is negative here.
    case negativeDensity(Double)
    /// The momentum density cannot be normalised.
    case density(RadialProfile.Fault)
    /// The target spectrum is negative here.
    case negativeTarget(Double)
    /// G(0) = ∫ d^dp/(2π)^d G(p) cannot be computed.
    case spectrum(RadialProfile.Fault)
    /// The momentum density vanishes here, where the target spectrum still has weight.
    case densityTooNarrow(Double)
  }

  /// The kind "euclidean-net".
  public let kind = "euclidean-net"
  /// Dimension d of space.
  public let dimension: Int
  /// Width N, the number of neurons.
  public let width: Int
  /// The law of v, with `<v²> = σ_w1²`.
  public var outputWeights: OutputWeightLaw
  /// The scale s that all v share.
  public var sharedScale = SharedScale.one
  /// Density and amplitude in words, for description and stream name.
  public let formulas: String

  private let density: @Sendable (Double) -> Double
  private let shape: Shape
  private let sampler: RadialSampler
  /// J_n for the n of 2, 4, 6 that exist.
  private let moments: [Int: RadialTable]
  /// The n of 2, 4, 6, 8, 12 for which <F^n> exists.
  private let finiteOrders: Set<Int>
  /// Momenta that carry the spectrum, with a part in 10^14 of its weight or more.
  let spectralNodes: [Double]

  /// A net. `density` need not be normalised; beyond `cutoff` it counts as zero. Cost some 50 ms.
  public init(
    dimension: Int, width: Int, sigmaW1: Double, weights: OutputWeightLaw.Kind = .gaussian,
    cutoff: Double? = nil,
    formulas: String, density given: @escaping @Sendable (Double) -> Double, shape: Shape
  ) throws(Fault) {
    precondition((1...maximumDimension).contains(dimension) && width > 0 && sigmaW1 > 0)
    let law = OutputWeightLaw(weights, variance: sigmaW1 * sigmaW1)
    let profile: RadialProfile
    do {
      profile = try RadialProfile(dimension: dimension, cutoff: cutoff, isFormula: true, given)
      if let k = profile.firstNegative { throw Fault.negativeDensity(k) }
      sampler = try RadialSampler(
        dimension: dimension, cutoff: cutoff, isFormula: true, density: given)
    } catch let fault as RadialProfile.Fault {
      throw .density(fault)
    } catch { throw error as! Fault }
    let norm = RadialTransform(profile).value(at: 0)
    let density: @Sendable (Double) -> Double = { given($0) / norm }
    let targetScale = 2 / (law.variance * pow(2 * .pi, Double(dimension)))

    /// The density P F^n whose transform is J_n.
    func spectralDensity(_ n: Int) -> @Sendable (Double) -> Double {
      switch shape {
      case .amplitude(let amplitude):
        return { k in
          let p = density(k)
          return p == 0 ? 0 : p * pow(amplitude(k), Double(n))
        }
      case .targetSpectrum(let target):
        if n == 2 { return { targetScale * target($0) } }
        return { k in
          let numerator = pow(targetScale * target(k), Double(n / 2))
          return numerator == 0 ? 0 : numerator / pow(density(k), Double(n / 2 - 1))
        }
      }
    }

    let second: RadialProfile
    do {
      second = try RadialProfile(
        dimension: dimension, cutoff: cutoff, isFormula: true, spectralDensity(2))
    } catch { throw .spectrum(error) }
    let nodes = second.significantNodes(1e-14)
    if case .targetSpectrum = shape {
      if let k = second.firstNegative { throw .negativeTarget(k) }
      if let k = nodes.first(where: { density($0) < 1e-280 }) { throw .densityTooNarrow(k) }
    }
    var moments = [2: RadialTable(RadialTransform(second))]
    var finiteOrders: Set<Int> = [2]
    for n in [4, 6, 8, 12] {
      guard
        let profile = try? RadialProfile(
          dimension: dimension, cutoff: cutoff, isFormula: true, spectralDensity(n))
      else { break }
      finiteOrders.insert(n)
      if n <= 6 { moments[n] = RadialTable(RadialTransform(profile)) }
    }
    self.dimension = dimension
    self.width = width
    outputWeights = law
    self.formulas = formulas
    self.density = density
    self.shape = shape
    self.moments = moments
    self.finiteOrders = finiteOrders
    spectralNodes = nodes
  }

  /// G2(0) = μ2 J_2(0)/2.
  public var twoPointAtZero: Double { 0.5 * outputWeights.moment(2) * moments[2]!.atOrigin }

  /// The amplitude F(k) of a neuron.
  public func amplitude(_ k: Double) -> Double {
    switch shape {
    case .amplitude(let amplitude): return amplitude(k)
    case .targetSpectrum(let target):
      return
        (2 * target(k) / (outputWeights.variance * pow(2 * .pi, Double(dimension)) * density(k)))
        .squareRoot()
    }
  }

  /// `G2(p) = (2π)^d (μ2/2) P F²`.
  public func spectrum(_ p: Double) -> Double {
    let f = amplitude(p)
    return 0.5 * outputWeights.variance * pow(2 * .pi, Double(dimension)) * density(p) * f * f
  }

  /// Definition and densities in words.
  public var description: [String] {
    [
      "phi(x) = N^{-1/2} sum_i v_i F(|k_i|) cos(k_i.x + b_i)",
      formulas,
      "b ~ U(-pi, pi), v: \(outputWeights.name)\(sharedScale.lawWords), <v^2> = sigma_w1^2",
      "d = \(dimension), N = \(width), sigma_w1 = \(outputWeights.variance.squareRoot()), G2(0) = \(twoPointAtZero)",
      "G2(p) = (2 pi)^d (sigma_w1^2/2) P(p) F(p)^2 at every width; \(sharedScale.widthWords)",
    ]
  }

  /// Kind, dimension, formulas and all parameter values.
  public var streamName: String {
    "euclidean-net d=\(dimension) N=\(width) mu2=\(outputWeights.variance) v=\(outputWeights.name)\(sharedScale.streamWords) \(formulas)"
  }
}

// MARK: - Sampling

extension EuclideanNet {
  /// Momenta from the radial density.
  public func drawMomenta(_ stream: RandomStream, draw: UInt64, into parameters: NetworkParameters) {
    sampler.draw(stream, draw: draw, count: width) { parameters.block(momentumBlock, component: $0) }
  }

  /// `c_i = v_i F(k_i)/√N`.
  public func amplitudes(
    _ parameters: NetworkParameters, into amplitudes: UnsafeMutablePointer<Double>
  ) {
    let weights = parameters.block(0)
    let scale = 1 / Double(width).squareRoot()
    parameters.squaredMomenta(momentumBlock, into: amplitudes)
    for i in 0..<width { amplitudes[i] = scale * weights[i] * amplitude(amplitudes[i].squareRoot()) }
  }
}

// MARK: - Exact results

extension EuclideanNet {
  /// `J_n(z)`; n must be an order for which <F^n> exists.
  public func spectralMoment(order: Int, _ z: Point) -> Double {
    guard let table = moments[order] else {
      preconditionFailure("EuclideanNet: <F^\(order)> does not exist")
    }
    return table.value(at: z.norm)
  }

  /// As for every neuron sum, where the moments of F exist.
  public func exact(_ function: CorrelationFunction, lattice: Lattice?) -> ExactValue? {
    exists(function.order) ? exactNeuronSum(function, lattice: lattice) : nil
  }

  /// Where <F^n> exists, up to n = 6.
  public func knowsNeuronMoment(order: Int) -> Bool {
    stride(from: 2, through: order, by: 2).allSatisfy { $0 <= 6 && exists($0) }
  }

  /// None where <F⁶> does not exist: a few neurons carry whatever is drawn, and no joint test holds.
  public func effectiveSamples(draws: Int) -> Double { exists(4) && exists(6) ? effectiveNeurons(draws: draws) : 0 }

  private func exists(_ order: Int) -> Bool { order % 2 == 1 || finiteOrders.contains(order) }

  /// An n-point estimate has an error bar only if <F^{2n}> exists.
  public func samplingObstruction(order: Int, radius: Double, draws: Int) -> String? {
    guard order % 2 == 0, order <= 6, !finiteOrders.contains(2 * order) else {
      return exists(4) && exists(6) ? rareNeuronObstruction(draws: draws) : nil
    }
    return
      "<F^\(2 * order)> of this net is infinite or beyond double precision, so \(order)-point averages have no error bar; "
      + "choose a momentum density that falls more slowly, or a cutoff"
  }
}
