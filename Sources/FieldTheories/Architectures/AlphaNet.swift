// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import Glibc
import LatticeFields
import NumericalKernels

// MARK: - Definition

/// Cosine neurons in the continuum whose two-point function is the regulated free propagator:
///
///     φ(x) = N^{-1/2} Σ_i v_i F(k_i) cos(k_i·x + b_i),   b ~ U(−π, π),  <v²> = 1,
///     p(k) = f(|k|) G^{1+α}/((2π)^d Ω_α),   F² = 2 Ω_α G^{−α},   G = 1/(k² + m²),   Ω_α = G^{(1+α)}(0),
///     G^{(s)}(r) = ∫ d^dk/(2π)^d f(|k|) G^s cos k·r,   f = e^{−k²/(2Λ²)} (gaussian) or θ(Λ−k) (hard).
///
/// `G2(r) = G^{(1)}(r)` for every N, α and law of v; α = −1 draws momenta by f alone (Scalar-net), α = 0 draws them by the propagator and
/// gives all neurons one amplitude, which minimises G4c(x,x,x,x). The spectral moments are
/// `J_n = (2Ω_α)^{n/2}/Ω_α · G^{(1+α−nα/2)}`. Source: arXiv:2604.27050; arXiv:2408.00082 eqs. (72)-(74); docs/physics/free-theories.md.
public struct AlphaNet: MomentumDensity, CosineNeurons, ScalableOutput {
  /// How large momenta are cut off.
  public enum Regulator: String, Sendable, Hashable, CaseIterable {
    /// `f = exp(−k²/(2Λ²))`.
    case gaussian
    /// `f = θ(Λ − |k|)`.
    case hard
  }

  /// The kind, "alpha-net" or "scalar-net".
  public let kind: String
  /// Dimension d of space.
  public let dimension: Int
  /// Width N, the number of neurons.
  public let width: Int
  /// Mass m > 0 of the propagator.
  public let mass: Double
  /// Power α of the family.
  public let alpha: Double
  /// Regulator f of large momenta.
  public let regulator: Regulator
  /// Cutoff Λ of the momenta.
  public let cutoff: Double
  /// The law of v, of unit variance.
  public var outputWeights: OutputWeightLaw
  /// The scale s that all v share.
  public var sharedScale = SharedScale.one
  /// Normalisation Ω_α of the momentum density.
  public let normalisation: Double

  private let sampler: RadialSampler
  /// `G^{(1+α−nα/2)}` for n = 2, 4, 6.
  private let propagatorPowers: [RadialTable]

  /// A net; throws where Ω_α or a spectral moment cannot be computed in double precision (extreme α with extreme Λ/m).
  public init(
    kind: String = "alpha-net", dimension: Int, width: Int, mass: Double, alpha: Double,
    regulator: Regulator, cutoff: Double, weights: OutputWeightLaw.Kind
  ) throws(RadialProfile.Fault) {
    precondition((1...maximumDimension).contains(dimension) && width > 0)
    precondition(
      mass > 0 && cutoff > 0 && alpha.isFinite, "AlphaNet: m = \(mass), Λ = \(cutoff), α = \(alpha)"
    )
    self.kind = kind
    self.dimension = dimension
    self.width = width
    self.mass = mass
    self.alpha = alpha
    self.regulator = regulator
    self.cutoff = cutoff
    outputWeights = OutputWeightLaw(weights, variance: 1)
    func power(_ s: Double) throws(RadialProfile.Fault) -> any RadialFunction {
      try Self.propagatorPower(
        s, dimension: dimension, mass: mass, regulator: regulator, cutoff: cutoff)
    }
    normalisation = try power(1 + alpha).value(at: 0)
    var tables: [RadialTable] = []
    for order in [2.0, 4, 6] {
      tables.append(RadialTable(try power(1 + alpha - order * alpha / 2)))
    }
    propagatorPowers = tables
    let density = Self.spectrum(1 + alpha, mass: mass, regulator: regulator, cutoff: cutoff)
    sampler = try RadialSampler(
      dimension: dimension, cutoff: Self.supportEnd(regulator, cutoff), density: density)
  }

  /// `G^{(s)}`: Schwinger's representation where it is positive, else the radial quadrature.
  public static func propagatorPower(
    _ s: Double, dimension: Int, mass: Double, regulator: Regulator, cutoff: Double
  ) throws(RadialProfile.Fault) -> any RadialFunction {
    if regulator == .gaussian && s > 0 {
      return RadialHeatKernel(dimension: dimension, mass: mass, cutoff: cutoff, power: s)
    }
    let spectrum = spectrum(s, mass: mass, regulator: regulator, cutoff: cutoff)
    let measure = pow(2 * .pi, -Double(dimension))
    let profile = try RadialProfile(
      dimension: dimension, cutoff: supportEnd(regulator, cutoff)
    ) { measure * spectrum($0) }
    return RadialTransform(profile)
  }

  /// `f(k) (k² + m²)^{−s}`.
  private static func spectrum(
    _ s: Double, mass: Double, regulator: Regulator, cutoff: Double
  ) -> @Sendable (Double) -> Double {
    let m2 = mass * mass
    let rate = regulator == .gaussian ? 0.5 / (cutoff * cutoff) : 0
    return { k in
      let power =
        s == 0
        ? 1
        : s == 1
          ? 1 / (k * k + m2) : s == 2 ? 1 / ((k * k + m2) * (k * k + m2)) : pow(k * k + m2, -s)
      return rate == 0 ? power : power * exp(-rate * k * k)
    }
  }

  /// Where f ends; the Gaussian is e^{-98} there.
  private static func supportEnd(_ regulator: Regulator, _ cutoff: Double) -> Double {
    regulator == .hard ? cutoff : 14 * cutoff
  }

  /// Its propagator is that of every alpha.
  public var isAlphaFamily: Bool { true }

  /// Definition and densities in words.
  public var description: [String] {
    let f = regulator == .hard ? "theta(cutoff - |k|)" : "exp(-k^2/(2 cutoff^2))"
    return [
      "phi(x) = N^{-1/2} sum_i v_i F(k_i) cos(k_i.x + b_i), F^2 = 2 Omega (k^2 + m^2)^alpha",
      "k ~ f (k^2 + m^2)^{-(1+alpha)}, f = \(f), b ~ U(-pi, pi), v: \(outputWeights.name)\(sharedScale.lawWords), <v^2> = 1",
      "d = \(dimension), N = \(width), m = \(mass), alpha = \(alpha), cutoff = \(cutoff), Omega = \(normalisation)",
      "G2(p) = f(p)/(p^2 + m^2) at every width; \(sharedScale.widthWords)",
    ]
  }

  /// Kind, dimension and all parameter values.
  public var streamName: String {
    "\(kind) d=\(dimension) N=\(width) mass=\(mass) alpha=\(alpha) regulator=\(regulator.rawValue) "
      + "cutoff=\(cutoff) v=\(outputWeights.name)\(sharedScale.streamWords)"
  }
}

// MARK: - Reading

extension AlphaNet {
  /// The regulators a theory file may name.
  private enum RegulatorKey: String, CaseIterable { case gaussian, hard, lattice }

  /// Registers `kind = "alpha-net"`.
  static let entry = ArchitectureEntry(
    kind: "alpha-net",
    summary:
      "cosine neurons with momenta drawn by a power of the propagator; free propagator at every width",
    template: """
      title = "Alpha family"
      source = "arXiv:2604.27050"
      dimension = 2                 # d, 1 to 4

      # phi(x) = N^{-1/2} sum_i v_i F(k_i) cos(k_i.x + b_i),  b ~ U(-pi, pi),  <v^2> = 1,
      # k ~ f(k) (k^2 + mass^2)^{-(1+alpha)},  F(k)^2 = 2 Omega (k^2 + mass^2)^alpha,  G2(p) = f(p)/(p^2 + mass^2)
      [architecture]
      kind = "alpha-net"
      width = 100                   # N, number of neurons
      mass = 1.0                    # m, 1/length
      alpha = 0.0                   # 0: equal amplitudes, least G4c(x,x,x,x); -1: Scalar-net
      regulator = "gaussian"        # f: gaussian exp(-k^2/(2 cutoff^2)); hard theta(cutoff - k);
                                    # lattice: momenta of the (periodic) lattice below, without cutoff
      cutoff = 10.0                 # Lambda, 1/length
                                    # box = 10.0: momenta 2 pi n/L of a periodic box of side L, for gaussian and hard
      weights = "gaussian"          # law of v: gaussian (default, as in arXiv:2408.00082), constant (as in
                                    # arXiv:2604.27050), uniform, laplace, rayleigh
      \(SharedScale.template)
      \(OutputComponents.template)

      \(ArchitectureEntry.window)
      """
  ) { block, dimension, lattice in
    let regulator: RegulatorKey = try block.choice("regulator")
    let width = try block.width()
    let mass = try block.number("mass", in: TheoryBlock.scales)
    let alpha = try block.number("alpha")
    let weights: OutputWeightLaw.Kind = try block.choice("weights", default: .gaussian)
    guard let continuum = Regulator(rawValue: regulator.rawValue) else {
      guard lattice.boundary == .periodic else {
        throw block.fault(
          "regulator", "a lattice regulator needs a periodic lattice",
          cure:
            "write boundary = \"periodic\" under [lattice], or choose regulator = \"gaussian\" or \"hard\""
        )
      }
      return LatticeAlphaNet(
        kind: "alpha-net", width: width, mass: mass, alpha: alpha, weights: weights,
        lattice: lattice)
    }
    let cutoff = try block.number("cutoff", in: TheoryBlock.scales)
    if block.has("box") {
      return try BoxAlphaNet.make(
        block, dimension: dimension, lattice: lattice, width: width, mass: mass, alpha: alpha, regulator: continuum,
        cutoff: cutoff, weights: weights)
    }
    return try make(
      block, kind: "alpha-net", dimension: dimension, width: width, mass: mass, alpha: alpha,
      regulator: continuum, cutoff: cutoff, weights: weights)
  }

  /// Builds the net and turns numerical faults into faults of the file.
  static func make(
    _ block: TheoryBlock, kind: String, dimension: Int, width: Int, mass: Double, alpha: Double,
    regulator: Regulator, cutoff: Double, weights: OutputWeightLaw.Kind
  ) throws -> AlphaNet {
    func fault() -> TheoryFileError {
      block.fault(
        block.has("alpha") ? "alpha" : "cutoff",
        "a spectral moment leaves the range of double precision at alpha = \(alpha), cutoff/mass = \(cutoff / mass)",
        cure: "choose alpha nearer to 0 or a ratio cutoff/mass nearer to 1")
    }
    let net: AlphaNet
    do {
      net = try AlphaNet(
        kind: kind, dimension: dimension, width: width, mass: mass, alpha: alpha,
        regulator: regulator, cutoff: cutoff, weights: weights)
    } catch { throw fault() }
    for order in [2, 4, 6] {
      let value = net.spectralMoment(order: order, .zero)
      guard value.isFinite && value > 0 else { throw fault() }
    }
    return net
  }
}

// MARK: - Sampling

extension AlphaNet {
  /// Momenta from the radial density.
  public func drawMomenta(_ stream: RandomStream, draw: UInt64, into parameters: NetworkParameters) {
    sampler.draw(stream, draw: draw, count: width) { parameters.block(momentumBlock, component: $0) }
  }

  /// `f(|k|) (k² + m²)^{−(1+α)}/((2π)^d Ω)`.
  public func momentumDensity(_ k: Point) -> Double {
    let square = k.squaredNorm
    let f: Double =
      switch regulator {
      case .gaussian: exp(-square / (2 * cutoff * cutoff))
      case .hard: square < cutoff * cutoff ? 1 : 0
      }
    return f * pow(square + mass * mass, -(1 + alpha)) / (pow(2 * .pi, Double(dimension)) * normalisation)
  }

  /// `c_i = v_i F(k_i)/√N`.
  public func amplitudes(
    _ parameters: NetworkParameters, into amplitudes: UnsafeMutablePointer<Double>
  ) {
    let weights = parameters.block(0)
    let scale = (2 * normalisation / Double(width)).squareRoot()
    if alpha != 0 { parameters.squaredMomenta(momentumBlock, plus: mass * mass, into: amplitudes) }
    switch alpha {
    case 0: for i in 0..<width { amplitudes[i] = scale * weights[i] }
    case -1: for i in 0..<width { amplitudes[i] = scale * weights[i] / amplitudes[i].squareRoot() }
    default: for i in 0..<width { amplitudes[i] = scale * weights[i] * pow(amplitudes[i], 0.5 * alpha) }
    }
  }
}

// MARK: - Exact results

extension AlphaNet {
  /// Tables of powers of the propagator are made up to n = 6.
  public func knowsNeuronMoment(order: Int) -> Bool { order <= 6 }

  /// `J_n(z) = (2Ω)^{n/2}/Ω · G^{(1+α−nα/2)}(|z|)`.
  public func spectralMoment(order: Int, _ z: Point) -> Double {
    precondition([2, 4, 6].contains(order), "AlphaNet: J_\(order)")
    return pow(2 * normalisation, Double(order / 2)) / normalisation
      * propagatorPowers[order / 2 - 1].value(at: z.norm)
  }
}
