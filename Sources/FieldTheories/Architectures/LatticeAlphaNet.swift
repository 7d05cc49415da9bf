// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import Glibc
import LatticeFields
import NumericalKernels

// MARK: - Definition

/// Cosine neurons on the Brillouin zone of a periodic lattice whose two-point function is the free lattice propagator:
///
///     φ(x) = N^{-1/2} Σ_i v_i A(p_i) cos(p_i·x + b_i),   b ~ U(−π, π),  <v²> = 1,
///     p ~ G^{1+α}/Σ_p G^{1+α},   A_p² = 2 Z_{1+α} G_p^{−α},   G_p = 1/(p̂² + m²),  Z_s = V^{-1} Σ_p G_p^s.
///
/// `G2(r) = V^{-1} Σ_p cos(p·r) G_p` exactly, for every N, α and law of v; α = −1 draws momenta uniformly (Scalar-net), α = 0 draws them by the
/// propagator and gives all neurons one amplitude. Self-conjugate momenta need no special factor. Source: arXiv:2408.00082
/// eqs. (72)-(74) on a lattice; the family arXiv:2604.27050; docs/physics/free-theories.md.
public struct LatticeAlphaNet: LatticeModeNet, CosineNeurons, ScalableOutput, MassiveLatticeArchitecture {
  /// The kind, "scalar-net-lattice" or "alpha-net".
  public let kind: String
  /// Width N, the number of neurons.
  public let width: Int
  /// Mass m > 0 of the propagator, in inverse units of the lattice spacing's.
  public let mass: Double
  /// Power α of the family.
  public let alpha: Double
  /// The law of v, of unit variance.
  public var outputWeights: OutputWeightLaw
  /// The scale s that all v share.
  public var sharedScale = SharedScale.one
  /// The periodic lattice on which the theory lives.
  public let lattice: Lattice

  private let spectrum: LatticeSpectrum
  /// A(p) of every mode.
  private let amplitudeOfMode: [Double]
  /// p ~ G^{1+α}; nil for α = −1, where momenta are uniform.
  private let modeDensity: DiscreteDensity?
  /// Normalisation Z_{1+α} of the momentum density.
  private let normalisation: Double

  /// A net on a periodic lattice. Cost: a few passes over the sites.
  public init(
    kind: String, width: Int, mass: Double, alpha: Double, weights: OutputWeightLaw.Kind,
    lattice: Lattice
  ) {
    precondition(lattice.boundary == .periodic, "LatticeAlphaNet: the lattice must be periodic")
    precondition(width > 0 && mass > 0 && alpha.isFinite)
    self.kind = kind
    self.width = width
    self.mass = mass
    self.alpha = alpha
    self.lattice = lattice
    outputWeights = OutputWeightLaw(weights, variance: 1)
    let spectrum = LatticeSpectrum(lattice: lattice, mass: mass)
    let density = DiscreteDensity(weights: spectrum.propagator.map { pow($0, 1 + alpha) })
    let z = density.total / lattice.volume
    self.spectrum = spectrum
    normalisation = z
    modeDensity = alpha == -1 ? nil : density
    amplitudeOfMode = spectrum.propagator.map { (2 * z * pow($0, -alpha)).squareRoot() }
  }

  /// Dimension d of space.
  public var dimension: Int { lattice.dimension }

  /// Output weight; mode (discrete); momentum (d components, a function of the mode); phase.
  public var layout: ParameterLayout {
    ParameterLayout(
      width: width,
      blocks: [
        outputWeightBlock,
        ParameterBlock("mode"),
        ParameterBlock("momentum", components: dimension),
        ParameterBlock("phase"),
      ])
  }

  /// Index of the block of modes.
  public var modeBlock: Int { 1 }
  /// Index of the block of momenta.
  public var momentumBlock: Int { 2 }
  /// Index of the block of phases.
  public var phaseBlock: Int { 3 }

  /// Its propagator is that of every alpha.
  public var isAlphaFamily: Bool { true }

  /// Translations by sites, reflections and exchanges of axes.
  public var symmetries: FieldSymmetries { .periodicLattice }

  /// The same net with another mass.
  public func with(mass: Double) -> LatticeAlphaNet {
    LatticeAlphaNet(
      kind: kind, width: width, mass: mass, alpha: alpha, weights: outputWeights.kind, lattice: lattice
    ).sharing(sharedScale).giving(outputs: outputs)
  }

  /// Definition and densities in words.
  public var description: [String] {
    [
      "phi(x) = N^{-1/2} sum_i v_i A(p_i) cos(p_i.x + b_i), p on the Brillouin zone of the periodic lattice",
      "p ~ G^{1+alpha}, A^2 = 2 Z G^{-alpha}, G = 1/(phat^2 + m^2), phat = (2/a) sin(a p/2), b ~ U(-pi, pi), "
        + "v: \(outputWeights.name)\(sharedScale.lawWords), <v^2> = 1",
      "d = \(dimension), N = \(width), m = \(mass), alpha = \(alpha), sites \(lattice.sites), a = \(lattice.spacing)",
      "G2 is the free lattice propagator at every width; \(sharedScale.widthWords)",
    ]
  }

  /// Kind and all parameter values; the lattice is part of the theory here.
  public var streamName: String {
    "\(kind) N=\(width) mass=\(mass) alpha=\(alpha) v=\(outputWeights.name)\(sharedScale.streamWords) "
      + "sites=\(lattice.sites) a=\(lattice.spacing)"
  }
}

// MARK: - Reading

extension LatticeAlphaNet {
  /// Registers `kind = "scalar-net-lattice"`, α = −1.
  static let entry = ArchitectureEntry(
    kind: "scalar-net-lattice",
    summary: "cosine neurons on lattice momenta; the free lattice propagator at every width",
    template: """
      title = "Lattice Scalar-net"
      source = "arXiv:2408.00082 eqs. (72)-(74), on a periodic lattice"
      dimension = 2                 # d, 1 to 4

      # phi(x) = N^{-1/2} sum_i v_i A(p_i) cos(p_i.x + b_i),  p uniform on the Brillouin zone,  b ~ U(-pi, pi),
      # A(p)^2 = 2/(a^d (phat^2 + mass^2)),  phat_mu = (2/a) sin(a p_mu/2),  <v^2> = 1
      [architecture]
      kind = "scalar-net-lattice"
      width = 1000                  # N; the zero mode is Gaussian only for N >> number of sites
      mass = 0.5                    # m, 1/length
      weights = "gaussian"          # law of v: gaussian (default), constant, uniform, laplace, rayleigh
      \(SharedScale.template)
      \(OutputComponents.template)

      # the lattice is part of the theory
      [lattice]
      sites = [32, 32]              # sites along each axis
      spacing = 1.0                 # a, in units of length
      boundary = "periodic"         # required

      [run]
      draws = 20000                 # independent networks
      seed = 1

      """
  ) { block, _, lattice in
    try requirePeriodic(lattice, block, key: "kind")
    return LatticeAlphaNet(
      kind: "scalar-net-lattice",
      width: try block.width(),
      mass: try block.number("mass", in: TheoryBlock.scales),
      alpha: -1,
      weights: try block.choice("weights", default: .gaussian),
      lattice: lattice)
  }

  /// Throws unless the lattice is periodic and fits into memory; `key` is the key of `[architecture]` that asks for a lattice net.
  static func requirePeriodic(_ lattice: Lattice, _ block: TheoryBlock, key: String) throws {
    guard lattice.boundary == .periodic else {
      throw block.fault(
        key,
        "a lattice net lives on a periodic lattice, and the boundary under [lattice] is \"open\"",
        cure: "set boundary = \"periodic\" under [lattice]")
    }
    // The spectrum and its tables are made while the theory is read.
    try MemoryBudget.require(
      bytes: 200 * Double(lattice.siteCount), for: "\(lattice.sites.map(String.init).joined(separator: "x")) sites",
      cure: "use fewer sites")
  }
}

// MARK: - Sampling

extension LatticeAlphaNet {
  /// Modes and their momenta.
  public func drawMomenta(_ stream: RandomStream, draw: UInt64, into parameters: NetworkParameters) {
    drawModes(stream, draw: draw, into: parameters.block(modeBlock))
    fillMomenta(parameters)
  }

  /// One uniform deviate per neuron, inverted.
  private func drawModes(
    _ stream: RandomStream, draw: UInt64, into modes: UnsafeMutablePointer<Double>
  ) {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: width) { spare in
      stream.uniformPairs(
        use: .momentum, draw: draw, count: width, first: modes, second: spare.baseAddress!)
    }
    if let modeDensity { return modeDensity.invert(modes, count: width) }
    let (count, last) = (Double(lattice.siteCount), lattice.siteCount - 1)
    for i in 0..<width { modes[i] = Double(min(Int(modes[i] * count), last)) }
  }

  /// `p_μ = 2π n_μ/(a L_μ)` with the representative in (−π/a, π/a]. The flat index is taken apart from its last axis on, with
  /// `⌊(i + ½)/L⌋` in place of an integer division.
  private func fillMomenta(_ parameters: NetworkParameters) {
    let modes = parameters.block(modeBlock)
    withUnsafeTemporaryAllocation(of: Double.self, capacity: width) { rest in
      for i in 0..<width { rest[i] = modes[i] }
      for axis in (0..<dimension).reversed() {
        let extent = Double(lattice.sites[axis])
        let unit = 2 * Double.pi / (lattice.spacing * extent)
        let inverse = 1 / extent
        let momenta = parameters.block(momentumBlock, component: axis)
        for i in 0..<width {
          let quotient = Double(Int((rest[i] + 0.5) * inverse))
          let n = rest[i] - quotient * extent
          momenta[i] = unit * (2 * n > extent ? n - extent : n)
          rest[i] = quotient
        }
      }
    }
  }

  /// `c_i = v_i A(p_i)/√N`.
  public func amplitudes(
    _ parameters: NetworkParameters, into amplitudes: UnsafeMutablePointer<Double>
  ) {
    let weights = parameters.block(0)
    let modes = parameters.block(modeBlock)
    let scale = 1 / Double(width).squareRoot()
    amplitudeOfMode.withUnsafeBufferPointer { table in
      for i in 0..<width { amplitudes[i] = scale * weights[i] * table[Int(modes[i])] }
    }
  }
}

// MARK: - Exact results

extension LatticeAlphaNet {
  /// `P(p) = G_p^{1+α}/(V Z_{1+α})`.
  public func modeProbability(_ mode: [Int]) -> Double {
    pow(spectrum.propagator[lattice.siteIndex(mode)], 1 + alpha) / (lattice.volume * normalisation)
  }

  /// `J_n(z) = <A^n cos p·z> = 2^{n/2} Z_{1+α}^{n/2−1} I_{1+α−αn/2}(z)`; z is a displacement between sites.
  public func spectralMoment(order: Int, _ z: Point) -> Double {
    let half = order / 2
    let power = 1 + alpha - alpha * Double(half)
    return Double(1 << half) * pow(normalisation, Double(half - 1))
      * spectrum.correlation(power: power)[spectrum.site(z)]
  }

  /// Only p = 0 reaches `a^d Σ_x`: `V^n P(0) A_0^n <cos^n b>`, `P(0) = G_0^{1+α}/(V Z_{1+α})`, `<cos^n b> = C(n, n/2)/2^n`.
  public func zeroMomentumNeuronMoment(order: Int, lattice: Lattice) -> ExactValue? {
    guard lattice == self.lattice, order % 2 == 0 else { return nil }
    var cosinePower = 1.0
    for k in 1...order / 2 { cosinePower *= Double(2 * k - 1) / Double(2 * k) }
    let probability = modeProbability([Int](repeating: 0, count: dimension))
    return ExactValue(probability * pow(lattice.volume * amplitudeOfMode[0], Double(order)) * cosinePower)
  }

  /// Exact values at sites of the lattice, at its modes and at zero momentum; nil elsewhere.
  public func exact(_ function: CorrelationFunction, lattice: Lattice?) -> ExactValue? {
    let isOwn = lattice == nil || lattice == self.lattice
    switch function {
    case .zeroMomentumCumulant, .binderCumulant:
      return isOwn ? exactZeroMomentum(function, lattice: self.lattice) : nil
    case .trispectrum(let modes):
      return isOwn && modes.count == 4 && modes.allSatisfy { $0.count == dimension } ? trispectrum(modes) : nil
    default: return closedForm(function, isOwn: isOwn).map { ExactValue($0) }
    }
  }

  private func closedForm(_ function: CorrelationFunction, isOwn: Bool) -> Double? {
    switch function {
    case .moment(let points):
      return points.allSatisfy(spectrum.contains) ? exactMoment(points) : nil
    case .cumulant(let points):
      return points.allSatisfy(spectrum.contains) ? exactCumulant(points) : nil
    case .componentCumulant(let outputs, let points):
      return points.allSatisfy(spectrum.contains) ? exactComponentCumulant(outputs, points) : nil
    case .propagator(let mode):
      return isOwn && mode.count == dimension ? spectrum.propagator(mode: mode) : nil
    case .compositeCumulant(let m, let x, let n, let y):
      return spectrum.contains(x) && spectrum.contains(y) ? exactCompositeCumulant(m, x, n, y) : nil
    case .standardisedCumulant(let order, let x): return exactStandardisedCumulant(order, x)
    case .effectiveMass(_, let mode): return isOwn && mode.count == dimension - 1 ? spectrum.effectiveMass(mode) : nil
    case .vertexCorrelator(let charge, let x, let y):
      return spectrum.contains(x) && spectrum.contains(y) ? exactVertexCorrelator(charge: charge, x, y) : nil
    case .squaredDifference(let x, let y):
      return spectrum.contains(x) && spectrum.contains(y) ? 2 * spectrum.decrease(x - y) : nil
    case .density, .zeroMomentumCumulant, .binderCumulant, .absoluteZeroMode, .foldedSusceptibility, .trispectrum: return nil
    }
  }

  /// `T = (1/NV) [ E4 − Σ_3 E2 E2 ]`, where neurons are independent, from one neuron: `E2(q, −q) = V G_q`, and E4 is left by neurons of p = ±q1 only, whose phases must cancel:
  ///
  ///     E4 = μ4 V⁴ Σ_{p = ±q1} P(p) A_p⁴ · #{signs s : Σ s = 0, q_i = s_i p for all i}/16.
  ///
  /// Source: docs/physics/free-theories.md, "Lattice nets".
  private func trispectrum(_ modes: [[Int]]) -> ExactValue {
    let q = modes.map { lattice.siteIndex($0) }
    let opposite = modes.map { lattice.siteIndex($0.map { -$0 }) }
    let volume = lattice.volume
    var fourth = 0.0
    for p in Set([q[0], opposite[0]]) {
      let minusP = p == q[0] ? opposite[0] : q[0]
      let ways = (0..<16).filter { signs in
        signs.nonzeroBitCount == 2 && (0..<4).allSatisfy { q[$0] == (signs >> $0 & 1 == 1 ? p : minusP) }
      }
      let amplitude = amplitudeOfMode[p] * amplitudeOfMode[p]
      let probability = pow(spectrum.propagator[p], 1 + alpha) / (volume * normalisation)
      fourth += Double(ways.count) / 16 * probability * amplitude * amplitude
    }
    func pair(_ i: Int, _ j: Int) -> Double { q[i] == opposite[j] ? volume * spectrum.propagator[q[i]] : 0 }
    let disconnected = Pairings.four.reduce(0.0) { $0 + pair($1[0].0, $1[0].1) * pair($1[1].0, $1[1].1) }
    let scale = volume * volume
    return ExactValue.combining([ExactValue(outputWeights.moment(4) * scale * scale * fourth), ExactValue(disconnected)]) { e in
      sharedFourth((e[0] - e[1]) / (Double(width) * volume), disconnected: e[1] / volume)
    }
  }
}

extension LatticeAlphaNet: CosineCharacteristic {
  /// A sum over all modes; nil on more than 2^18 sites, where a row would take seconds.
  func amplitudeAverage(_ r: Point?, rate: Double, _ f: (Double) -> Double) -> Double? {
    guard lattice.siteCount <= 1 << 18 else { return nil }
    let steps = r.map { r in (0..<dimension).map { Int((r[$0] / lattice.spacing).rounded()) } }
    var sum = 0.0
    for (mode, amplitude) in amplitudeOfMode.enumerated() {
      var factor = 1.0
      if let steps {
        let n = lattice.siteVector(mode)
        var turns = 0.0
        for axis in 0..<dimension { turns += Double(n[axis] * steps[axis]) / Double(lattice.sites[axis]) }
        let s = 2 * sin(Double.pi * turns)
        factor = s * s
      }
      sum += pow(spectrum.propagator[mode], 1 + alpha) * f(amplitude * amplitude * factor)
    }
    return sum / (lattice.volume * normalisation)
  }
}
