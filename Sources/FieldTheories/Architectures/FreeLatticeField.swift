// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import Glibc
import LatticeFields
import NumericalKernels

// MARK: - Definition

/// The limit of infinite width: the free Gaussian field of mass m on a periodic lattice itself, the common N → ∞ limit of all
/// lattice nets.
///
///     φ(x) = N_s^{-1} Σ_p e^{ip·x} √(G_p/a^d) Σ_y e^{-ip·y} η(y),   η(y) ~ N(0,1) independent,   G_p = 1/(p̂² + m²)
///
/// so that `<φ(x) φ(y)> = V^{-1} Σ_p cos(p·(x−y)) G_p`. Its parameters are the white noise η: with φ⁴ inserted it is ordinary
/// lattice φ⁴, and chains over η are Fourier accelerated. Source: docs/physics/interactions.md.
public struct FreeLatticeField: MassiveLatticeArchitecture {
  /// The kind "infinite-width".
  public let kind = "infinite-width"
  /// The periodic lattice on which the theory lives.
  public let lattice: Lattice
  /// Mass m > 0 of the propagator.
  public let mass: Double
  /// Number D of components, independent fields.
  public private(set) var outputs = 1
  private let spectrum: LatticeSpectrum

  /// The free field of mass m on a periodic lattice.
  public init(lattice: Lattice, mass: Double) {
    precondition(lattice.boundary == .periodic && mass > 0 && mass.isFinite)
    self.lattice = lattice
    self.mass = mass
    spectrum = LatticeSpectrum(lattice: lattice, mass: mass)
  }

  /// Dimension d of space.
  public var dimension: Int { lattice.dimension }
  /// Number of noise variables, one a site: not a number of neurons.
  public var width: Int { lattice.siteCount }

  /// One block of noise variables.
  public var layout: ParameterLayout {
    ParameterLayout(width: width, blocks: [ParameterBlock("noise", components: outputs, isGaussian: true, entersLinearly: true)])
  }

  /// Translations by sites, reflections and exchanges of axes.
  public var symmetries: FieldSymmetries { .periodicLattice }

  /// The theory in words.
  public var description: [String] {
    [
      "the free Gaussian field of the periodic lattice, limit of infinite width of the lattice nets",
      "G(p) = 1/(phat^2 + m^2), phat = (2/a) sin(a p/2)",
      "d = \(dimension), m = \(mass), sites \(lattice.sites), a = \(lattice.spacing)"
        + (outputs == 1 ? "" : ", \(outputs) components"),
    ]
  }

  /// Noise on sites.
  public var synthesis: SynthesisForm? { .noise(self) }

  /// Kind, mass and lattice.
  public var streamName: String {
    "infinite-width mass=\(mass) sites=\(lattice.sites) a=\(lattice.spacing)" + (outputs == 1 ? "" : " outputs=\(outputs)")
  }

  /// The same field with another mass.
  public func with(mass: Double) -> FreeLatticeField {
    var field = FreeLatticeField(lattice: lattice, mass: mass)
    field.outputs = outputs
    return field
  }

  /// The same field with D components.
  public func with(outputs: Int) -> (any Architecture)? {
    var field = self
    field.outputs = outputs
    return field
  }

  /// `√(G_p/a^d)/N_s` at the stored half of the momenta of a real transform: the filter from noise to field, normalisation
  /// included.
  public var noiseFilter: [Double] {
    let last = lattice.sites.last!
    let half = last / 2 + 1
    let scale = 1 / lattice.cellVolume
    return (0..<lattice.siteCount / last * half).map {
      (spectrum.propagator[$0 / half * last + $0 % half] * scale).squareRoot() / Double(lattice.siteCount)
    }
  }

  /// Two deviates a counter: sites of the first half and of the second; block a of the counter serves component a.
  public func drawParameters(_ stream: RandomStream, draw: UInt64, into parameters: NetworkParameters) {
    let pairs = (width + 1) / 2
    withUnsafeTemporaryAllocation(of: Double.self, capacity: pairs) { second in
      for component in 0..<outputs {
        let noise = parameters.block(0, component: component)
        stream.normalPairs(
          use: .outputWeight, draw: draw, block: UInt32(component), count: pairs, first: noise, second: second.baseAddress!)
        for i in pairs..<max(width, pairs) { noise[i] = second[i - pairs] }
      }
    }
  }
}

// MARK: - Reading

extension FreeLatticeField {
  /// Registers `kind = "infinite-width"`.
  static let entry = ArchitectureEntry(
    kind: "infinite-width",
    summary: "the free lattice field itself, common limit of infinite width of all lattice nets",
    template: """
      title = "Free lattice field"
      source = "infinite-width limit of arXiv:2408.00082 eqs. (72)-(74) on a periodic lattice"
      dimension = 2                 # d, 1 to 4

      # <|phi(p)|^2>/V = 1/(phat^2 + mass^2),  phat_mu = (2/a) sin(a p_mu/2)
      [architecture]
      kind = "infinite-width"
      mass = 0.5                    # m, 1/length

      # the lattice is part of the theory
      [lattice]
      sites = [32, 32]              # sites along each axis
      spacing = 1.0                 # a, in units of length
      boundary = "periodic"         # required

      [run]
      draws = 20000                 # independent fields
      seed = 1

      """
  ) { block, _, lattice in
    try LatticeAlphaNet.requirePeriodic(lattice, block, key: "kind")
    return FreeLatticeField(lattice: lattice, mass: try block.number("mass", in: TheoryBlock.scales))
  }
}

// MARK: - Exact results

extension FreeLatticeField {
  /// Wick's theorem at sites of the lattice; nil elsewhere.
  public func exact(_ function: CorrelationFunction, lattice: Lattice?) -> ExactValue? {
    guard lattice == nil || lattice == self.lattice else { return nil }
    return closedForm(function).map { ExactValue($0) }
  }

  private func closedForm(_ function: CorrelationFunction) -> Double? {
    let points = function.points
    guard points.allSatisfy(spectrum.contains) else { return nil }
    switch function {
    case .moment(let points): return wick(points)
    case .componentCumulant(let a, let points):
      return points.count == 2 && a[0] == a[1] ? propagator(points[0] - points[1]) : 0
    case .cumulant(let points): return points.count == 2 ? propagator(points[0] - points[1]) : 0
    case .propagator(let mode): return mode.count == dimension ? spectrum.propagator(mode: mode) : nil
    case .zeroMomentumCumulant(let order): return order == 2 ? spectrum.propagator[0] : 0
    case .binderCumulant, .trispectrum: return 0
    case .absoluteZeroMode: return (2 / .pi * (spectrum.propagator[0] / lattice.volume)).squareRoot()
    case .foldedSusceptibility: return (1 - 2 / .pi) * spectrum.propagator[0]
    case .compositeCumulant(let m, let x, let n, let y):
      return connectedPairings(m, n, here: propagator(.zero), across: propagator(x - y))
    case .standardisedCumulant(let order, _): return order == 2 ? 1 : 0
    case .density(let lower, let upper, _):
      let scale = (2 * propagator(.zero)).squareRoot()
      let probability = (erfc(lower / scale) - erfc(upper / scale)) / 2
      return upper - lower < .infinity ? probability / (upper - lower) : probability
    case .vertexCorrelator(let q, let x, let y):
      return exp(-q * q * spectrum.decrease(x - y))
    case .squaredDifference(let x, let y): return 2 * spectrum.decrease(x - y)
    case .effectiveMass(_, let mode): return mode.count == dimension - 1 ? spectrum.effectiveMass(mode) : nil
    }
  }

  private func propagator(_ r: Point) -> Double { spectrum.correlation(power: 1)[spectrum.site(r)] }

  /// `<φ(x)^m; φ(y)^n>`: the pairings with k ≥ 1 pairs across, `C(m,k) C(n,k) k! (m−k−1)!! (n−k−1)!! G(r)^k G(0)^{(m+n)/2−k}`. All terms are
  /// positive for G(r) > 0, where the difference of moments would cancel.
  private func connectedPairings(_ m: Int, _ n: Int, here: Double, across: Double) -> Double {
    guard (m + n) % 2 == 0 else { return 0 }
    func internalPairings(_ count: Int) -> Double { stride(from: 1, to: count, by: 2).reduce(1) { $0 * Double($1) } }
    var sum = 0.0
    for k in 1...max(1, min(m, n)) where k <= min(m, n) && (m - k) % 2 == 0 {
      let ways = (0..<k).reduce(1.0) { $0 * Double(m - $1) * Double(n - $1) / Double($1 + 1) }
      sum +=
        ways * internalPairings(m - k) * internalPairings(n - k) * pow(across, Double(k)) * pow(here, Double((m + n) / 2 - k))
    }
    return sum
  }

  /// Σ over pairings, the first point with each of the others.
  private func wick(_ points: [Point]) -> Double {
    guard points.count > 1 else { return points.isEmpty ? 1 : 0 }
    guard points.count % 2 == 0 else { return 0 }
    return (1..<points.count).reduce(0.0) { sum, partner in
      var rest = points
      rest.remove(at: partner)
      return sum + propagator(points[0] - points[partner]) * wick(Array(rest.dropFirst()))
    }
  }
}
