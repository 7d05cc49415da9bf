// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import LatticeFields
import NumericalKernels

/// The alpha family on a periodic lattice: momenta on the Brillouin zone with `p ~ G_p^{1+α}`, amplitudes
/// `F² = 2 Z_{1+α} G_p^{−α}`, `G_p = 1/(p̂² + m²)`, `p̂² = Σ (4/a²) sin²(a p_μ/2)`, `Z_s = V^{-1} Σ_p G_p^s`.
///
/// The 2-point function is the free lattice propagator at every width and α; α = −1 is the lattice Scalar-net, α = 0 has constant
/// amplitude. Source: docs/physics/free-theories.md (lattice section); convention of α as in arXiv:2604.27050.
public struct LatticeAlphaNet: LatticeModeNet, CosineNeurons {
  // MARK: Definition

  public let kind: String
  public let width: Int
  /// m.
  public let mass: Double
  /// α.
  public let alpha: Double
  public let outputWeights: OutputWeightLaw
  public let lattice: Lattice
  /// p_μ for every row-major mode, components −π/a < p_μ ≤ π/a.
  private let momenta: [Point]
  /// F(p) for every mode.
  private let modeAmplitudes: [Double]
  /// Cumulative probabilities of the modes; empty for the uniform law.
  private let cumulative: [Double]
  private let propagator: [Double]
  /// `J_2`, `J_4`, `J_6` at every displacement.
  private let spectralTables: [[Double]]

  /// A net on the momenta of a periodic lattice, with `<v²> = 1`.
  public init(
    kind: String, width: Int, mass: Double, alpha: Double, weights: OutputWeightLaw.Kind, lattice: Lattice
  ) {
    precondition(lattice.boundary == .periodic && mass > 0, "LatticeAlphaNet: periodic lattice and mass > 0")
    self.kind = kind
    self.width = width
    self.mass = mass
    self.alpha = alpha
    self.lattice = lattice
    outputWeights = OutputWeightLaw(weights, variance: 1)
    momenta = (0..<lattice.siteCount).map { LatticeMomentum.vector(lattice.siteVector($0), lattice) }
    let g = momenta.map { 1 / (LatticeMomentum.hatSquared($0, lattice) + mass * mass) }
    propagator = g
    let z = g.reduce(0) { $0 + pow($1, 1 + alpha) } / lattice.volume
    modeAmplitudes = g.map { (2 * z * pow($0, -alpha)).squareRoot() }
    if alpha == -1 {
      cumulative = []
    } else {
      var sum = 0.0
      let running = g.map { p -> Double in
        sum += pow(p, 1 + alpha)
        return sum
      }
      cumulative = running.map { $0 / sum }
    }
    // J_n(r) = (2 Z)^{n/2}/Z · I_{1+α−nα/2}(r), I_s(r) = V^{-1} Σ_p cos(p·r) G_p^s: one transform each.
    let transform = RealFourierTransform(shape: lattice.sites)
    let stored = Array(lattice.sites.dropLast()) + [lattice.sites.last! / 2 + 1]
    let spectrum = AlignedBuffer<ComplexDouble>(count: transform.complexCount, repeating: .zero)
    let values = AlignedBuffer<Double>(count: transform.realCount, repeating: 0)
    spectralTables = [2, 4, 6].map { order in
      let s = 1 + alpha - Double(order) * alpha / 2
      for index in 0..<transform.complexCount {
        let mode = Lattice.unravel(index, shape: stored)
        spectrum[index] = ComplexDouble(pow(g[lattice.siteIndex(mode)], s), 0)
      }
      transform.backward(spectrum.pointer, values.pointer)
      let scale = pow(2 * z, Double(order / 2)) / (z * lattice.volume)
      return values.array.map { scale * $0 }
    }
  }

  public var dimension: Int { lattice.dimension }
  public var layout: ParameterLayout {
    PlaneWaveBlocks.layout(
      width: width, dimension: dimension, weights: outputWeights, gaussianMomenta: false,
      extra: [ParameterBlock("mode", isDiscrete: true)])
  }
  public var symmetries: FieldSymmetries {
    FieldSymmetries(translationInvariantOrder: .max, rotations: .hypercubic, isPeriodic: true)
  }
  public var momentumBlock: Int { PlaneWaveBlocks.momentum }
  public var phaseBlock: Int { PlaneWaveBlocks.phase }
  public var modeBlock: Int { 3 }

  public var description: [String] {
    [
      "free scalar field on a periodic lattice: phi(x) = N^(-1/2) sum_i v_i F(p_i) cos(p_i.x + b_i), N = \(width), d = \(dimension)",
      "p on the Brillouin zone with probability ~ G^(1+alpha), F^2 = 2 Z G^(-alpha), G = 1/(phat^2 + m^2), phat^2 = sum (4/a^2) sin^2(a p/2); m = \(mass), alpha = \(alpha)\(alpha == -1 ? " (uniform momenta: the Scalar-net)" : "")",
      "b ~ U[-pi, pi]; v \(outputWeights.kind.rawValue), <v^2> = 1; G2 is the free lattice propagator at every width",
    ]
  }

  public var streamName: String {
    "lattice-alpha-net \(lattice.sites) a=\(lattice.spacing) N=\(width) m=\(mass) alpha=\(alpha) v=\(outputWeights.kind.rawValue)"
  }

  // MARK: Reading

  static let entry = ArchitectureEntry(
    kind: "scalar-net-lattice",
    summary: "free massive scalar field on a periodic lattice, uniform Brillouin-zone momenta, dispersion 2 sin(ap/2)/a",
    template: """
      # A lattice Scalar-net theory file. Every key is shown; those marked "default" may be left out.
      title = "Lattice Scalar-net"
      source = "arXiv:2408.00082 eqs. 72-74 on the momenta of a periodic lattice"
      dimension = 2               # d, 1 to 4

      [architecture]
      kind = "scalar-net-lattice" # phi(x) = N^(-1/2) sum_i v_i F(p_i) cos(p_i.x + b_i), p uniform on the Brillouin zone
      width = 1000                # N, number of neurons
      mass = 0.5                  # m, in the units of 1/spacing; G2 is the free lattice propagator 1/(phat^2 + m^2)
      weights = "gaussian"        # default; law of v: gaussian, constant (+-1), uniform, laplace, rayleigh

      \(TheoryTemplates.periodicBox)
      """,
    make: { block, _, lattice in
      try requirePeriodic(lattice, block)
      return LatticeAlphaNet(
        kind: "scalar-net-lattice", width: try block.width(), mass: try block.number("mass", above: 0), alpha: -1,
        weights: try block.choice("weights", default: .gaussian), lattice: lattice)
    })

  /// Lattice nets live on a torus.
  static func requirePeriodic(_ lattice: Lattice, _ block: TheoryBlock) throws {
    guard lattice.boundary == .periodic else {
      throw block.fault(
        "kind", "a lattice net is periodic, but the lattice is open", cure: "use lattice.boundary = \"periodic\"")
    }
  }

  // MARK: Sampling

  public func drawParameters(_ stream: RandomStream, draw: UInt64, into parameters: NetworkParameters) {
    PlaneWaveBlocks.drawWeightsAndPhases(outputWeights, stream, draw, parameters)
    let modes = parameters.block(modeBlock)
    stream.uniformPairs(
      use: .momentum, draw: draw, count: width, first: modes, second: parameters.block(momentumBlock))
    let count = lattice.siteCount
    for i in 0..<width {
      let mode = cumulative.isEmpty ? min(count - 1, Int(modes[i] * Double(count))) : Self.search(cumulative, modes[i])
      modes[i] = Double(mode)
      for axis in 0..<dimension { parameters.block(momentumBlock, component: axis)[i] = momenta[mode][axis] }
    }
  }

  /// The first index whose cumulative probability exceeds u.
  private static func search(_ cumulative: [Double], _ u: Double) -> Int {
    var (low, high) = (0, cumulative.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if cumulative[middle] > u { high = middle } else { low = middle + 1 }
    }
    return low
  }

  public func amplitudes(_ parameters: NetworkParameters, into amplitudes: UnsafeMutablePointer<Double>) {
    let v = parameters.block(PlaneWaveBlocks.weight)
    let modes = parameters.block(modeBlock)
    let scale = 1 / Double(width).squareRoot()
    for i in 0..<width { amplitudes[i] = scale * v[i] * modeAmplitudes[Int(modes[i])] }
  }

  // MARK: Exact results

  /// From the tables, z modulo the box.
  public func spectralMoment(order: Int, _ z: Point) -> Double {
    let vector = (0..<dimension).map { Int((z[$0] / lattice.spacing).rounded()) }
    return spectralTables[order / 2 - 1][lattice.siteIndex(vector)]
  }

  /// Only p = 0 survives the sum: `<Φ_1^n> = P(0) (V F(0))^n <cos^n b>`. Other lattices than its own have no closed form here.
  public func zeroMomentumNeuronMoment(order: Int, lattice: Lattice) -> Double? {
    guard lattice == self.lattice else { return nil }
    let probability = cumulative.first ?? 1 / Double(lattice.siteCount)
    let cosines = [2: 0.5, 4: 0.375, 6: 0.3125, 8: 0.2734375][order]
    return cosines.map { probability * pow(lattice.volume * modeAmplitudes[0], Double(order)) * $0 }
  }

  /// Adds the propagator `G(p) = 1/(p̂² + m²)`; n-point functions are known on lattice sites only.
  public func exactValue(_ function: CorrelationFunction, lattice: Lattice?) -> Double? {
    switch function {
    case .propagator(let mode): return propagator[self.lattice.siteIndex(mode)]
    case .moment(let points): return areSites(points) ? exactMoment(points) : nil
    case .cumulant(let points): return areSites(points) ? exactCumulant(points) : nil
    case .zeroMomentumCumulant, .binderCumulant: return lattice.flatMap { exactZeroMomentum(function, lattice: $0) }
    }
  }

  private func areSites(_ points: [Point]) -> Bool {
    points.allSatisfy { point in
      (0..<dimension).allSatisfy { axis in
        let n = point[axis] / lattice.spacing
        return abs(n - n.rounded()) < 1e-9
      }
    }
  }
}

/// Momenta of a periodic lattice.
enum LatticeMomentum {
  /// `p_μ = 2π n_μ/(a L_μ)`, folded into −π/a < p_μ ≤ π/a.
  static func vector(_ mode: [Int], _ lattice: Lattice) -> Point {
    var p = Point.zero
    for (axis, extent) in lattice.sites.enumerated() {
      let n = ((mode[axis] % extent) + extent) % extent
      p[axis] = 2 * Double.pi * Double(2 * n > extent ? n - extent : n) / (lattice.spacing * Double(extent))
    }
    return p
  }

  /// `p̂² = Σ (4/a²) sin²(a p_μ/2)`.
  static func hatSquared(_ p: Point, _ lattice: Lattice) -> Double {
    (0..<lattice.dimension).reduce(0) { sum, axis in
      let s = 2 * sin(lattice.spacing * p[axis] / 2) / lattice.spacing
      return sum + s * s
    }
  }
}
