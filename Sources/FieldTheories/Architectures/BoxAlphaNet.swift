// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import Glibc
import LatticeFields
import NumericalKernels

// MARK: - Definition

/// The alpha family in a periodic box of side L: momenta `p = 2π n/L` instead of a continuum, no lattice,
///
///     φ(x) = N^{-1/2} Σ_i v_i F(p_i) cos(p_i·x + b_i),   p ~ f G^{1+α}/Σ_p f G^{1+α},   F² = 2 Z_{1+α} G^{−α},   G = 1/(p² + m²),
///     Z_s = L^{−d} Σ_p f G^s,   f = e^{−p²/(2Λ²)} (gaussian, ending where it is 2^{−52}) or θ(Λ−|p|) (hard).
///
/// `G2(r) = L^{−d} Σ_p f G cos p·r` for every N, α and law of v; `J_n = (2Z)^{n/2}/Z · L^{−d} Σ_p f G^{1+α−nα/2} cos p·r`. Sums and draws use one
/// mode of each orbit of reflections and exchanges of axes. Source: arXiv:2604.27050 in a box; docs/physics/interactions.md.
public struct BoxAlphaNet: PlaneWaveNet, CosineNeurons, ScalableOutput {
  /// The kind "alpha-net".
  public let kind = "alpha-net"
  /// Dimension d of space.
  public let dimension: Int
  /// Width N, the number of neurons.
  public let width: Int
  /// Mass m > 0 of the propagator.
  public let mass: Double
  /// Power α of the family.
  public let alpha: Double
  /// Regulator f of large momenta.
  public let regulator: AlphaNet.Regulator
  /// Cutoff Λ of the momenta.
  public let cutoff: Double
  /// Side L of the box.
  public let side: Double
  /// The law of v, of unit variance.
  public var outputWeights: OutputWeightLaw
  /// The scale s that all v share.
  public var sharedScale = SharedScale.one
  /// n_max, the largest component of a mode.
  public let greatestMode: Int

  private let isPeriodic: Bool
  /// n_1 ≥ n_2 ≥ … ≥ 0 of every orbit, d numbers each.
  private let orbits: [Int32]
  /// f times the size of the orbit.
  private let orbitWeights: [Double]
  private let orbitDensity: DiscreteDensity
  private let permutations: [[Int]]
  /// Normalisation Z_{1+α} of the momentum density.
  private let normalisation: Double

  /// The greatest number of orbits: a second and 100 MB.
  static let greatestOrbitCount = 1 << 21

  /// A net, or nil where the box has too many modes below the cutoff. `isPeriodic`: measured on lattices that fill the box.
  public init?(
    dimension: Int, width: Int, mass: Double, alpha: Double, regulator: AlphaNet.Regulator, cutoff: Double, side: Double,
    weights: OutputWeightLaw.Kind, isPeriodic: Bool
  ) {
    precondition((1...maximumDimension).contains(dimension) && width > 0 && mass > 0 && cutoff > 0 && side > 0 && alpha.isFinite)
    let unit = 2 * Double.pi / side
    // e^{−k²/2Λ²} = 2^{−52}.
    let end = regulator == .hard ? cutoff : cutoff * (104 * log(2)).squareRoot()
    let reach = (end / unit).rounded(.down)
    var volume = reach + 1
    for axis in 1..<max(dimension, 2) where axis < dimension { volume *= (reach + 1) / Double(axis + 1) }
    guard volume < 4 * Double(Self.greatestOrbitCount) else { return nil }
    greatestMode = Int(reach)
    let largest = (end / unit) * (end / unit) * (1 + 1e-12)
    var orbits: [Int32] = []
    var mode = [Int](repeating: 0, count: dimension)
    func descend(_ axis: Int, _ most: Int, _ square: Int) {
      guard axis < dimension else {
        orbits += mode.map { Int32($0) }
        return
      }
      for n in 0...most where Double(square + n * n) <= largest {
        mode[axis] = n
        descend(axis + 1, n, square + n * n)
      }
    }
    descend(0, greatestMode, 0)
    guard orbits.count / dimension <= Self.greatestOrbitCount else { return nil }
    self.orbits = orbits
    let rate = regulator == .gaussian ? 0.5 / (cutoff * cutoff) : 0
    func square(_ orbit: Int) -> Double {
      (0..<dimension).reduce(0.0) {
        $0 + unit * unit * Double(orbits[orbit * dimension + $1]) * Double(orbits[orbit * dimension + $1])
      }
    }
    orbitWeights = (0..<orbits.count / dimension).map { orbit in
      let n = orbits[orbit * dimension..<(orbit + 1) * dimension]
      var size = 1.0
      var (equal, previous) = (0.0, Int32(-1))
      for (axis, value) in n.enumerated() {
        equal = value == previous ? equal + 1 : 1
        previous = value
        size *= Double(axis + 1) / equal * (value == 0 ? 1 : 2)
      }
      return size * exp(-rate * square(orbit))
    }
    let weightsOfOrbits = orbitWeights
    let m2 = mass * mass
    orbitDensity = DiscreteDensity(
      weights: weightsOfOrbits.indices.map { weightsOfOrbits[$0] * pow(square($0) + m2, -(1 + alpha)) })
    permutations = Self.permutations(dimension)
    normalisation = orbitDensity.total / pow(side, Double(dimension))
    guard normalisation.isFinite && normalisation > 0 else { return nil }
    self.dimension = dimension
    self.width = width
    self.mass = mass
    self.alpha = alpha
    self.regulator = regulator
    self.cutoff = cutoff
    self.side = side
    self.isPeriodic = isPeriodic
    outputWeights = OutputWeightLaw(weights, variance: 1)
  }

  private static func permutations(_ count: Int) -> [[Int]] {
    guard count > 1 else { return [[0]] }
    return permutations(count - 1).flatMap { shorter in
      (0..<count).map { place in Array(shorter[..<place]) + [count - 1] + Array(shorter[place...]) }
    }
  }

  /// Its propagator is that of every alpha.
  public var isAlphaFamily: Bool { true }

  /// The side L of the box.
  public var boxSide: Double? { side }

  /// All translations; reflections and exchanges of axes.
  public var symmetries: FieldSymmetries {
    FieldSymmetries(translationInvariantOrder: .max, rotations: .hypercubic, isPeriodic: isPeriodic)
  }

  /// Definition and densities in words.
  public var description: [String] {
    let f = regulator == .hard ? "theta(cutoff - |p|)" : "exp(-p^2/(2 cutoff^2))"
    return [
      "phi(x) = N^{-1/2} sum_i v_i F(p_i) cos(p_i.x + b_i), p = 2 pi n/L in a periodic box of side L, F^2 = 2 Z (p^2 + m^2)^alpha",
      "p ~ f (p^2 + m^2)^{-(1+alpha)}, f = \(f), b ~ U(-pi, pi), v: \(outputWeights.name)\(sharedScale.lawWords), <v^2> = 1",
      "d = \(dimension), N = \(width), m = \(mass), alpha = \(alpha), cutoff = \(cutoff), L = \(side), modes up to n = \(greatestMode)",
      "G2(p) = f(p)/(p^2 + m^2) at every width; \(sharedScale.widthWords)",
    ]
  }

  /// Kind, dimension and all parameter values.
  public var streamName: String {
    "\(kind) d=\(dimension) N=\(width) mass=\(mass) alpha=\(alpha) regulator=\(regulator.rawValue) "
      + "cutoff=\(cutoff) box=\(side) v=\(outputWeights.name)\(sharedScale.streamWords)"
  }

  /// The coarsest grid whose sum over sites is the integral of φ⁴: 4 n_max + 1 sites a side; nil beyond 2^24 sites.
  public var aliasFreeGrid: Lattice? {
    let extent = 4 * greatestMode + 1
    guard pow(Double(extent), Double(dimension)) <= 0x1p24 else { return nil }
    return Lattice(
      sites: [Int](repeating: extent, count: dimension), spacing: side / Double(extent), boundary: .periodic)
  }
}

// MARK: - Sampling

extension BoxAlphaNet {
  /// Momenta of the modes, by two deviates a neuron: its orbit, and the signs and the order of the components.
  public func drawMomenta(_ stream: RandomStream, draw: UInt64, into parameters: NetworkParameters) {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * width) { spare in
      let (orbit, image) = (spare.baseAddress!, spare.baseAddress! + width)
      stream.uniformPairs(use: .momentum, draw: draw, count: width, first: orbit, second: image)
      orbitDensity.invert(orbit, count: width)
      let (unit, images) = (2 * Double.pi / side, permutations.count << dimension)
      for i in 0..<width {
        let which = min(Int(image[i] * Double(images)), images - 1)
        let order = permutations[which >> dimension]
        for axis in 0..<dimension {
          let n = Double(orbits[Int(orbit[i]) * dimension + order[axis]])
          parameters.block(momentumBlock, component: axis)[i] = unit * (which >> axis & 1 == 1 ? -n : n)
        }
      }
    }
  }

  /// `c_i = v_i F(p_i)/√N`.
  public func amplitudes(_ parameters: NetworkParameters, into amplitudes: UnsafeMutablePointer<Double>) {
    let weights = parameters.block(0)
    let scale = (2 * normalisation / Double(width)).squareRoot()
    if alpha != 0 { parameters.squaredMomenta(momentumBlock, plus: mass * mass, into: amplitudes) }
    for i in 0..<width { amplitudes[i] = scale * weights[i] * (alpha == 0 ? 1 : pow(amplitudes[i], 0.5 * alpha)) }
  }
}

// MARK: - Exact results

extension BoxAlphaNet {
  /// `J_n(z) = <F^n cos p·z>`: one sum over the orbits, cosines averaged over each.
  public func spectralMoment(order: Int, _ z: Point) -> Double {
    let unit = 2 * Double.pi / side
    let tables = (0..<dimension).map { axis in
      (0...greatestMode).map { n in
        // The angle modulo 2π before the cosine.
        let turns = Double(n) * z[axis] / side
        return cos(2 * .pi * (turns - turns.rounded()))
      }
    }
    let power = 0.5 * Double(order) * alpha - (1 + alpha)
    var sum = 0.0
    for orbit in orbitWeights.indices {
      var square = mass * mass
      for axis in 0..<dimension {
        let p = unit * Double(orbits[orbit * dimension + axis])
        square += p * p
      }
      let spectrum = orbitWeights[orbit] * (power == -1 ? 1 / square : power == 0 ? 1 : pow(square, power))
      guard z != .zero else {
        sum += spectrum
        continue
      }
      var average = 0.0
      for permutation in permutations {
        var product = 1.0
        for axis in 0..<dimension { product *= tables[axis][Int(orbits[orbit * dimension + permutation[axis]])] }
        average += product
      }
      sum += spectrum * average / Double(permutations.count)
    }
    return pow(2 * normalisation, Double(order / 2)) / normalisation * sum / pow(side, Double(dimension))
  }

  /// Modes that a lattice filling the box cannot tell from mode n, at most 2^20 of them.
  private func aliases(of mode: [Int], _ lattice: Lattice) -> [[Int]]? {
    let ranges = zip(mode, lattice.sites).map { n, extent in
      let rest = ((n % extent) + extent) % extent
      return stride(from: rest, through: greatestMode, by: extent).map { $0 }
        + stride(from: rest - extent, through: -greatestMode, by: -extent).map { $0 }
    }
    let count = ranges.reduce(1) { $0 * $1.count }
    guard count <= 1 << 20 else { return nil }
    return (0..<count).map { zip(Lattice.unravel($0, shape: ranges.map(\.count)), ranges).map { $1[$0] } }
  }

  /// `Σ f G^s` over the aliases of a mode.
  private func aliasSum(_ mode: [Int], power: Double, _ lattice: Lattice) -> Double? {
    let unit = 2 * Double.pi / side
    let end = regulator == .hard ? cutoff * (1 + 1e-12) : .infinity
    return aliases(of: mode, lattice)?.reduce(0.0) { sum, n in
      let square = n.reduce(0.0) { $0 + unit * unit * Double($1 * $1) }
      guard square <= end * end else { return sum }
      let f = regulator == .hard ? 1 : exp(-0.5 * square / (cutoff * cutoff))
      return sum + f * pow(square + mass * mass, -power)
    }
  }

  /// On a lattice that fills the box, `V^n <cos^n b> L^{−d}/Z Σ f G^{1+α} F^n` over the modes of phase one at every site; on a window by displacements,
  /// where that takes less than some seconds.
  public func zeroMomentumNeuronMoment(order: Int, lattice: Lattice) -> ExactValue? {
    guard isPeriodic else {
      let displacements = lattice.sites.reduce(1.0) { $0 * Double(order / 2 * ($1 - 1) + 1) }
      guard displacements * Double(orbitWeights.count) * Double(permutations.count) < 1e9 else { return nil }
      return zeroMomentumNeuronMoment(byDisplacements: order, lattice: lattice)
    }
    let power = 1 + alpha - 0.5 * Double(order) * alpha
    guard let sum = aliasSum([Int](repeating: 0, count: dimension), power: power, lattice) else { return nil }
    var cosinePower = 1.0
    for k in 1...order / 2 { cosinePower *= Double(2 * k - 1) / Double(2 * k) }
    return ExactValue(
      cosinePower * pow(lattice.volume, Double(order)) * pow(2 * normalisation, Double(order / 2)) / normalisation * sum
        / pow(side, Double(dimension)))
  }

  /// What follows from one neuron, and the propagator of a lattice that fills the box: G2(p) summed over aliases.
  public func exact(_ function: CorrelationFunction, lattice: Lattice?) -> ExactValue? {
    if case .propagator(let mode) = function, isPeriodic, let lattice, mode.count == dimension {
      // A mode beyond the cutoff is measured as rounding, which no error bar covers.
      return aliasSum(mode, power: 1, lattice).flatMap { $0 > 0 ? ExactValue($0) : nil }
    }
    return exactNeuronSum(function, lattice: lattice)
  }
}

// MARK: - Reading

extension BoxAlphaNet {
  /// Reads the key `box` of an alpha-net, all other keys having been read.
  static func make(
    _ block: TheoryBlock, dimension: Int, lattice: Lattice, width: Int, mass: Double, alpha: Double,
    regulator: AlphaNet.Regulator, cutoff: Double, weights: OutputWeightLaw.Kind
  ) throws -> BoxAlphaNet {
    let side = try block.number("box", in: TheoryBlock.scales)
    let isPeriodic = lattice.boundary == .periodic
    if isPeriodic {
      for extent in lattice.sites where abs(Double(extent) * lattice.spacing - side) > 1e-12 * side {
        throw block.fault(
          "box", "a periodic lattice fills the box, and \(extent) sites of \(lattice.spacing) are not \(side)",
          cure: "set spacing = box/sites, or boundary = \"open\" for a window on the box")
      }
    }
    guard
      let net = BoxAlphaNet(
        dimension: dimension, width: width, mass: mass, alpha: alpha, regulator: regulator, cutoff: cutoff, side: side,
        weights: weights, isPeriodic: isPeriodic)
    else {
      throw block.fault(
        "box", "too many modes below the cutoff, or a spectral moment outside double precision (cutoff box = \(cutoff * side))",
        cure: "choose a smaller box or cutoff; regulator = \"hard\" has fewer modes")
    }
    return net
  }
}
