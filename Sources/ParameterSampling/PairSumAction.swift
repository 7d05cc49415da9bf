// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import Draws
import FieldTheories
import LatticeFields
import NumericalKernels

/// The term `V_w (c_2 <φ²> + c_4 <φ⁴> + c_0)` of plane waves over a periodic box or under an envelope, exactly, from pair sums of momenta.
///
/// A walker's field are its waves: `z_i = c_i e^{ib_i}` and momenta in the units of ``PairSums``. The pair sums of the walker in hand are kept and follow it
/// neuron by neuron, 4 N pairs each; another walker is met by building them anew, which is what one whole action costs.
final class PairSumAction: ActionTerm {
  let term: LocalTerm
  let net: any PlaneWaveNet
  private let pairs: PairSums
  private let isBox: Bool
  /// From momenta to the units of the pair sums.
  private let momentumScale: Double
  private let volume: Double
  private let quadratic: Double
  private let quartic: Double
  /// Whether the pair sums hold a replacement that nobody accepted.
  private var isPending = false
  private let change: AlignedBuffer<Double>
  private let mixture: AlignedBuffer<Double>
  private let angles: AlignedBuffer<Double>
  private let unit: Network

  init(_ theory: InteractingTheory, _ term: LocalTerm, _ net: any PlaneWaveNet) {
    guard case .pairs(let isBox, let momentumScale) = term.region.integral else {
      preconditionFailure("PairSumAction: \(term.region.streamName) is no region of pair sums")
    }
    (self.term, self.net, self.isBox, self.momentumScale) = (term, net, isBox, momentumScale)
    pairs = PairSums(isBox ? .box : .envelope, dimension: net.dimension, neurons: net.width)
    volume = term.region.volume(theory.lattice)
    (quadratic, quartic) = (term.potential.coefficient(2), term.potential.coefficient(4))
    change = AlignedBuffer(count: pairs.count, repeating: 0)
    mixture = AlignedBuffer(count: pairs.count, repeating: 0)
    angles = AlignedBuffer(count: 2 * net.width, repeating: 0)
    unit = Network(layout: net.layout)
  }

  var fieldCount: Int { pairs.count }

  var isIncremental: Bool { true }
  var coversLattice: Bool { false }

  func synthesise(_ network: Network, into field: AlignedBuffer<Double>) {
    waves(of: 0..<net.width, network, into: field.pointer)
  }

  /// Rows re, im, momenta of some neurons.
  private func waves(of neurons: Range<Int>, _ network: Network, into waves: UnsafeMutablePointer<Double>) {
    let (first, count) = (neurons.lowerBound, neurons.count)
    let (re, im) = (waves, waves + count)
    WaveKernels.sincos(network.parameters.block(net.phaseBlock) + first, sine: im, cosine: re, count: count)
    let c = network.amplitudes.pointer + first
    for i in 0..<count {
      re[i] *= c[i]
      im[i] *= c[i]
    }
    for axis in 0..<net.dimension {
      let k = network.parameters.block(net.momentumBlock, component: axis) + first
      let row = waves + (2 + axis) * count
      for i in 0..<count { row[i] = isBox ? (momentumScale * k[i]).rounded() : momentumScale * k[i] }
    }
  }

  /// The pair sums have followed a walker step by step, with rounding errors of their own.
  func visit(_ state: inout StateVisitor) {
    // The next step would take the replacement back.
    if isPending, !state.isRestoring { pairs.undo() }
    isPending = false
    pairs.visit(&state)
  }

  // MARK: Whole actions

  func value(_ field: AlignedBuffer<Double>) -> Double {
    isPending = false
    pairs.build(field.pointer)
    return value
  }

  private var value: Double {
    let (second, fourth) = pairs.moments
    return volume * (quadratic * second + quartic * fourth) + volume * term.potential.constant
  }

  func value(mixing a: AlignedBuffer<Double>, _ fa: Double, with b: AlignedBuffer<Double>, _ fb: Double) -> Double {
    mix(a, fa, b, fb, into: mixture)
    return value(mixture)
  }

  func mix(
    _ a: AlignedBuffer<Double>, _ fa: Double, _ b: AlignedBuffer<Double>, _ fb: Double, into out: AlignedBuffer<Double>
  ) {
    for i in 0..<2 * net.width { out.pointer[i] = fa * a.pointer[i] + fb * b.pointer[i] }
    (out.pointer + 2 * net.width).update(from: a.pointer + 2 * net.width, count: net.dimension * net.width)
  }

  func negate(_ field: AlignedBuffer<Double>) {
    for i in 0..<2 * net.width { field.pointer[i] = -field.pointer[i] }
  }

  // MARK: Blocks of neurons

  /// Brings the pair sums into step with the waves of a walker.
  private func follow(_ field: AlignedBuffer<Double>) {
    if isPending {
      pairs.undo()
      isPending = false
    }
    if memcmp(pairs.waves, field.pointer, fieldCount * MemoryLayout<Double>.stride) != 0 {
      pairs.build(field.pointer)
    }
  }

  func propose(
    _ neurons: Range<Int>, of network: Network, _ field: AlignedBuffer<Double>, from proposal: Network
  ) -> Double {
    follow(field)
    waves(of: neurons, proposal, into: change.pointer)
    pairs.replace(neurons, by: change.pointer)
    isPending = true
    return value
  }

  func accept(_ neurons: Range<Int>, field: inout AlignedBuffer<Double>) {
    precondition(isPending, "PairSumAction: nothing was proposed")
    isPending = false
    for row in 0..<net.dimension + 2 {
      (field.pointer + row * net.width + neurons.lowerBound).update(
        from: change.pointer + row * neurons.count, count: neurons.count)
    }
  }

  // MARK: Gradient

  var differentiableBlocks: Set<Int> {
    Set([net.phaseBlock] + (net.layout.blocks.firstIndex(where: \.entersLinearly).map { [$0] } ?? []))
  }

  func gradient(of network: Network, _ field: AlignedBuffer<Double>, into gradient: NetworkParameters) {
    follow(field)
    let width = net.width
    let (re, im) = (angles.pointer, angles.pointer + width)
    pairs.slopes(quadratic: volume * quadratic, quartic: volume * quartic, real: re, imaginary: im)
    let amplitudes = net.unitAmplitudes(of: network.parameters, unit)
    let (byWeight, byPhase) = (gradient.block(net.weightBlock), gradient.block(net.phaseBlock))
    let (zr, zi) = (field.pointer, field.pointer + width)
    WaveKernels.sincos(
      network.parameters.block(net.phaseBlock), sine: change.pointer + width, cosine: change.pointer, count: width)
    for i in 0..<width {
      byPhase[i] = -(zr[i] * im[i] + zi[i] * re[i])
      byWeight[i] = amplitudes[i] * (change.pointer[i] * re[i] - change.pointer[width + i] * im[i])
    }
  }

  // MARK: Identities

  func virial(of network: Network, _ field: AlignedBuffer<Double>, _ other: LocalTerm) -> Double {
    follow(field)
    let (second, fourth) = pairs.moments
    return volume * (2 * other.potential.coefficient(2) * second + 4 * other.potential.coefficient(4) * fourth)
  }

  /// `Σ_i (∂_i φ)² = ½ (Σ c² − ψ)`, `Σ_i ∂²_i φ = −φ`.
  func phaseCurvature(of network: Network, _ field: AlignedBuffer<Double>, _ other: LocalTerm) -> Double {
    let virial = virial(of: network, field, other)
    let potential = other.potential
    let (quadratic, quartic) = (potential.coefficient(2), potential.coefficient(4))
    let (second, _) = pairs.moments
    let c = network.amplitudes.pointer
    let total = (0..<net.width).reduce(0.0) { $0 + c[$1] * c[$1] }
    // <ψ> is the part of the envelope at 2 k_i.
    let (zr, zi) = (field.pointer, field.pointer + net.width)
    let harmonicMean = (0..<net.width).reduce(0.0) { sum, i in
      var norm = 0.0
      for axis in 0..<net.dimension {
        let u = 2 * field.pointer[(2 + axis) * net.width + i]
        norm += u * u
      }
      let g = isBox ? (norm == 0 ? 1 : 0) : exp(-norm / 2)
      return sum + (zr[i] * zr[i] - zi[i] * zi[i]) * g
    }
    return volume * (quadratic * (total - harmonicMean) + 6 * quartic * (total * second - pairs.harmonic)) - virial
  }

  // MARK: Fields

  func copyField(_ field: AlignedBuffer<Double>, into sites: UnsafeMutablePointer<Double>) {
    preconditionFailure("PairSumAction: waves know no sites")
  }
}
