// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import FieldTheories
import LatticeFields
import NumericalKernels

/// Plane waves on a lattice by a ``NonuniformTransform``: O(N) + O(V log V) a field, to a tolerance.
final class PlaneWaveTransform<Real: FieldReal>: FieldSynthesizer {
  private let net: any PlaneWaveNet
  private let centre: [Double]
  private let amplitudes: AlignedBuffer<Double>
  private let transform: NonuniformTransform<Real>

  init(_ net: any PlaneWaveNet, lattice: Lattice, grid: NonuniformGrid, tolerance: Double) {
    self.net = net
    centre = lattice.sites.enumerated().map { lattice.coordinate($1 / 2, axis: $0) }
    amplitudes = AlignedBuffer(count: net.width, repeating: 0)
    transform = NonuniformTransform(
      sites: lattice.sites, step: lattice.spacing, count: net.width, grid: grid, tolerance: tolerance)
  }

  func evaluate(_ parameters: NetworkParameters, into field: UnsafeMutablePointer<Real>) {
    net.amplitudes(parameters, into: amplitudes.pointer)
    transform.evaluate(
      momenta: (0..<net.dimension).map { UnsafePointer(parameters.block(net.momentumBlock, component: $0)) },
      phases: parameters.block(net.phaseBlock), amplitudes: amplitudes.pointer, centre: centre, into: field)
  }
}
