// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import FieldTheories
import NumericalKernels

/// Multiplies the modes of a real field by a real, even function of momentum: two transforms. Its own adjoint.
package final class SpectralFilter {
  private let transform: RealFourierTransform
  private let filter: [Double]
  private let modes: AlignedBuffer<ComplexDouble>

  /// `filter` at the stored momenta, the normalisation 1/N_s included.
  package init(shape: [Int], filter: [Double]) {
    transform = RealFourierTransform(shape: shape)
    precondition(filter.count == transform.complexCount)
    self.filter = filter
    modes = AlignedBuffer(count: filter.count, repeating: .zero)
  }

  /// Filters `input` (kept) into `output`; both 64-byte aligned, possibly the same.
  package func apply(_ input: UnsafeMutablePointer<Double>, into output: UnsafeMutablePointer<Double>) {
    transform.forward(input, modes.pointer)
    let z = modes.pointer
    filter.withUnsafeBufferPointer { f in
      for i in 0..<f.count {
        z[i].real *= f[i]
        z[i].imaginary *= f[i]
      }
    }
    transform.backward(z, output)
  }
}

/// Independent modes at some of their sites, `φ_k = √λ_k η_k`, and `Σ_k e_k(x) φ_k` at places of the learner's inputs.
final class ModeValues<Real: FieldReal>: FieldSynthesizer {
  private let modes: [(place: Int, index: Int, deviation: Double)]
  /// `√λ_k e_k(x)` of the places that are no modes.
  private let rows: [(place: Int, weights: [Double])]

  init(_ expansion: ModeExpansion, at places: [ModeExpansion.Place]) {
    let deviations = expansion.eigenvalues.map { $0.squareRoot() }
    modes = places.enumerated().compactMap { place, kind in
      if case .mode(let index) = kind { (place, index, deviations[index]) } else { nil }
    }
    rows = places.enumerated().compactMap { place, kind in
      if case .position = kind { (place, zip(deviations, expansion.coefficients(kind)).map(*)) } else { nil }
    }
  }

  func evaluate(_ parameters: NetworkParameters, into field: UnsafeMutablePointer<Real>) {
    let noise = parameters.block(0)
    for mode in modes { field[mode.place] = Real(mode.deviation * noise[mode.index]) }
    for (place, weights) in rows {
      var sum = 0.0
      for k in weights.indices { sum += weights[k] * noise[k] }
      field[place] = Real(sum)
    }
  }
}

/// The free lattice field: white noise through √G, in double precision.
final class GaussianField<Real: FieldReal>: FieldSynthesizer {
  private let filter: SpectralFilter
  private let values: AlignedBuffer<Double>

  init(_ field: FreeLatticeField) {
    filter = SpectralFilter(shape: field.lattice.sites, filter: field.noiseFilter)
    values = AlignedBuffer(count: field.lattice.siteCount, repeating: 0)
  }

  func evaluate(_ parameters: NetworkParameters, into field: UnsafeMutablePointer<Real>) {
    // The noise of a further component need not be aligned.
    values.pointer.update(from: parameters.block(0), count: values.count)
    filter.apply(values.pointer, into: values.pointer)
    for i in 0..<values.count { field[i] = Real(values.pointer[i]) }
  }
}
