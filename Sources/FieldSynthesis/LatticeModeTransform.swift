// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import FieldTheories
import LatticeFields
import NumericalKernels

/// A net of lattice modes on its own lattice: neurons scattered into their momentum bins, one inverse FFT.
///
///     φ(x) = Re Σ_n C_n e^{2πi n·x/L},  C_n = Σ_{i in bin n} c_i e^{i b_i}
///
/// The real part of the full sum is the transform of `(C_n + conj C_{−n})/2`, of which FFTW wants half. Cost
/// O(N + N_s log N_s); error a few 1e-16 √log N_s in units of Σ|c|.
final class LatticeModeTransform<Real: FieldReal>: FieldSynthesizer {
  private let net: any LatticeModeNet
  private let transform: TransformPlan<Real>
  private let amplitudes: AlignedBuffer<Double>
  private let waves: AlignedBuffer<Double>
  private let bins: AlignedBuffer<ComplexDouble>
  private let spectrum: AlignedBuffer<Real>
  private let values: AlignedBuffer<Real>
  /// For each stored momentum: its full-grid index and that of its negative.
  private let pairs: [(plus: Int32, minus: Int32)]

  init(_ net: any LatticeModeNet) {
    self.net = net
    let shape = net.lattice.sites
    let count = shape.dropLast().reduce(1, *) * (shape.last! / 2 + 1)
    amplitudes = AlignedBuffer(count: net.width, repeating: 0)
    waves = AlignedBuffer(count: 2 * net.width, repeating: 0)
    bins = AlignedBuffer(count: net.lattice.siteCount, repeating: .zero)
    spectrum = AlignedBuffer(count: 2 * count, repeating: 0)
    values = AlignedBuffer(count: net.lattice.siteCount, repeating: 0)
    transform = Real.planBackward(shape: shape, input: spectrum.pointer, output: values.pointer)
    let stored = shape.dropLast() + [shape.last! / 2 + 1]
    pairs = (0..<count).map { index in
      let mode = Lattice.unravel(index, shape: Array(stored))
      let plus = zip(mode, shape).reduce(0) { $0 * $1.1 + $1.0 }
      let minus = zip(mode, shape).reduce(0) { $0 * $1.1 + ($1.1 - $1.0) % $1.1 }
      return (Int32(plus), Int32(minus))
    }
  }

  func evaluate(_ parameters: NetworkParameters, into field: UnsafeMutablePointer<Real>) {
    let count = net.width
    net.amplitudes(parameters, into: amplitudes.pointer)
    let (sine, cosine) = (waves.pointer, waves.pointer + count)
    WaveKernels.sincos(parameters.block(net.phaseBlock), sine: sine, cosine: cosine, count: count)
    let modes = parameters.block(net.modeBlock)
    bins.fill(with: .zero)
    for i in 0..<count {
      let bin = Int(modes[i])
      bins.pointer[bin].real += amplitudes.pointer[i] * cosine[i]
      bins.pointer[bin].imaginary += amplitudes.pointer[i] * sine[i]
    }
    for (index, pair) in pairs.enumerated() {
      let (a, b) = (bins.pointer[Int(pair.plus)], bins.pointer[Int(pair.minus)])
      spectrum.pointer[2 * index] = Real(0.5 * (a.real + b.real))
      spectrum.pointer[2 * index + 1] = Real(0.5 * (a.imaginary - b.imaginary))
    }
    transform.backward(spectrum.pointer, values.pointer)
    field.update(from: values.pointer, count: values.count)
  }
}
