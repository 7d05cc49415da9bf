// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import LatticeFields
import NumericalKernels

/// Removes the shell of high momenta from fields of a periodic lattice: `φ_<(x) = V^{-1} Σ_{p̂ ≤ Λ'} e^{ipx} φ(p)`, `p̂² = Σ_μ (4/a²) sin²(a p_μ/2)`.
///
/// What is left of a Gaussian field is a Gaussian field again, and of any ensemble its correlations at p̂ ≤ Λ' are untouched; marginalising the shell is leaving it out of every sample.
/// Cost two FFTs a field. Source: docs/physics/renormalisation.md, "Decimation".
final class MomentumCutoff {
  private let transform: RealFourierTransform
  private let momenta: AlignedBuffer<ComplexDouble>
  /// 1/V of the modes that stay, 0 of the others, as they are stored.
  private let factors: [Double]

  init(_ lattice: Lattice, cutoff: Double) {
    precondition(lattice.boundary == .periodic && cutoff > 0, "MomentumCutoff: \(lattice), \(cutoff)")
    transform = RealFourierTransform(shape: lattice.sites)
    momenta = AlignedBuffer(count: transform.complexCount, repeating: .zero)
    let shape = lattice.sites.dropLast() + [lattice.sites.last! / 2 + 1]
    factors = (0..<transform.complexCount).map { index in
      let mode = Lattice.unravel(index, shape: Array(shape))
      return lattice.phat(mode) <= cutoff * (1 + 1e-12) ? 1 / Double(lattice.siteCount) : 0
    }
  }

  /// Takes the shell out of a field, in place.
  func apply(_ field: UnsafeMutablePointer<Double>) {
    transform.forward(field, momenta.pointer)
    for (index, factor) in factors.enumerated() {
      momenta[index].real *= factor
      momenta[index].imaginary *= factor
    }
    transform.backward(momenta.pointer, field)
  }
}
