// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import FieldTheories
import LatticeFields
import NumericalKernels

/// A term of a net of lattice modes: whole fields and gradients by one FFT each, O(N + N_s log N_s), blocks as
/// ``PlaneWaveAction``.
///
///     ∂S/∂c_i = Re[e^{ib_i} conj F(p_i)],  ∂S/∂b_i = −c_i Im[e^{ib_i} conj F(p_i)],   F(p) = a^d Σ_x e^{−ip·x} V′(φ_x)
final class LatticeModeAction: PlaneWaveAction {
  private let modes: any LatticeModeNet
  private let transform: RealFourierTransform
  private let values: AlignedBuffer<Double>
  private let bins: AlignedBuffer<ComplexDouble>
  private let spectrum: AlignedBuffer<ComplexDouble>
  private let waves: AlignedBuffer<Double>
  private let unit: Network
  /// For each stored momentum: its full-grid index and that of its negative.
  private let pairs: [(plus: Int32, minus: Int32)]
  /// For each mode its stored index, and whether the stored number is the conjugate.
  private let stored: [(index: Int32, isConjugate: Bool)]

  init(_ theory: InteractingTheory, _ term: LocalTerm, _ net: any LatticeModeNet) {
    modes = net
    let shape = net.lattice.sites
    transform = RealFourierTransform(shape: shape)
    values = AlignedBuffer(count: net.lattice.siteCount, repeating: 0)
    bins = AlignedBuffer(count: net.lattice.siteCount, repeating: .zero)
    spectrum = AlignedBuffer(count: transform.complexCount, repeating: .zero)
    waves = AlignedBuffer(count: 2 * net.width, repeating: 0)
    unit = Network(layout: net.layout)
    let half = Array(shape.dropLast()) + [shape.last! / 2 + 1]
    func flat(_ mode: [Int], _ shape: [Int]) -> Int { zip(mode, shape).reduce(0) { $0 * $1.1 + $1.0 } }
    func negative(_ mode: [Int]) -> [Int] { zip(mode, shape).map { ($1 - $0) % $1 } }
    pairs = (0..<transform.complexCount).map {
      let mode = Lattice.unravel($0, shape: half)
      return (Int32(flat(mode, shape)), Int32(flat(negative(mode), shape)))
    }
    stored = (0..<net.lattice.siteCount).map {
      let mode = Lattice.unravel($0, shape: shape)
      let isConjugate = mode.last! > shape.last! / 2
      return (Int32(flat(isConjugate ? negative(mode) : mode, half)), isConjugate)
    }
    super.init(theory, term, net, sites: theory.lattice)
  }

  override func synthesise(_ network: Network, into field: AlignedBuffer<Double>) {
    let (count, c) = (modes.width, network.amplitudes.pointer)
    let (sine, cosine) = phases(network.parameters)
    let mode = network.parameters.block(modes.modeBlock)
    bins.fill(with: .zero)
    let bin = bins.pointer
    for i in 0..<count {
      let n = Int(mode[i])
      bin[n].real += c[i] * cosine[i]
      bin[n].imaginary += c[i] * sine[i]
    }
    pairs.withUnsafeBufferPointer { pairs in
      for (index, pair) in pairs.enumerated() {
        let (a, b) = (bin[Int(pair.plus)], bin[Int(pair.minus)])
        spectrum.pointer[index] = ComplexDouble(0.5 * (a.real + b.real), 0.5 * (a.imaginary - b.imaginary))
      }
    }
    transform.backward(spectrum.pointer, values.pointer)
    layout.fold(values.pointer, into: field.pointer)
  }

  override func gradient(of network: Network, _ field: AlignedBuffer<Double>, into gradient: NetworkParameters) {
    fillSlopes(field)
    layout.unfold(slopes.pointer, into: values.pointer)
    transform.forward(values.pointer, spectrum.pointer)
    let (sine, cosine) = phases(network.parameters)
    let mode = network.parameters.block(modes.modeBlock)
    let weightBlock = modes.layout.blocks.firstIndex(where: \.entersLinearly)!
    unit.parameters.block(modes.modeBlock).update(from: mode, count: modes.width)
    unit.parameters.block(weightBlock).update(repeating: 1, count: modes.width)
    modes.amplitudes(unit.parameters, into: unit.amplitudes.pointer)
    let (byWeight, byPhase) = (gradient.block(weightBlock), gradient.block(modes.phaseBlock))
    let (c, unitAmplitude) = (network.amplitudes.pointer, unit.amplitudes.pointer)
    stored.withUnsafeBufferPointer { stored in
      for i in 0..<modes.width {
        let place = stored[Int(mode[i])]
        let f = spectrum.pointer[Int(place.index)]
        let imaginary = place.isConjugate ? -f.imaginary : f.imaginary
        byWeight[i] = unitAmplitude[i] * (cosine[i] * f.real + sine[i] * imaginary)
        byPhase[i] = -c[i] * (sine[i] * f.real - cosine[i] * imaginary)
      }
    }
  }

  private func phases(
    _ parameters: NetworkParameters
  ) -> (sine: UnsafeMutablePointer<Double>, cosine: UnsafeMutablePointer<Double>) {
    let (sine, cosine) = (waves.pointer, waves.pointer + modes.width)
    WaveKernels.sincos(parameters.block(modes.phaseBlock), sine: sine, cosine: cosine, count: modes.width)
    return (sine, cosine)
  }
}
