// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import FieldTheories
import LatticeFields
import NumericalKernels

/// Plane waves on a lattice as two matrix products over half the columns.
///
/// With sites (A,B), B centred, angles α_i(A) (which carry the phase b_i and the amplitude c_i) and β_i(B):
///
///     φ(A,±B) = Σ_i c_i cos α_i cos β_i ∓ Σ_i c_i sin α_i sin β_i = P(A,B) ∓ Q(A,B),
///
/// so P and Q are needed for half of B only: 2 N V multiply-adds in matrix products for N V cosines. Neurons go in blocks of
/// 256, in fixed order: equal parameters give equal bytes. Error below 1e-14 + 4e-16 max Σ_μ|k_μ x_μ| in units of Σ|c|; in single
/// precision 2e-6 in units of √Σc² on top.
final class PlaneWaveProduct<Real: FieldReal>: FieldSynthesizer {
  private static var blockSize: Int { 256 }

  private let net: any PlaneWaveNet
  private let grid: SeparableGrid
  private let centre: Point
  private let rows: Int
  private let columns: Int
  private let half: Int
  private let amplitudes: AlignedBuffer<Double>
  private let even: AlignedBuffer<Real>
  private let odd: AlignedBuffer<Real>
  private let rowTable: PhaseTable<Real>
  private let columnTable: PhaseTable<Real>
  private let seed: AlignedBuffer<Double>

  init(_ net: any PlaneWaveNet, lattice: Lattice) {
    self.net = net
    grid = SeparableGrid(foldedPlaneWavesOn: lattice)
    centre = grid.centre(of: lattice)
    rows = grid.rows
    columns = grid.columns
    half = (columns + 1) / 2
    let block = min(Self.blockSize, net.width)
    amplitudes = AlignedBuffer(count: net.width, repeating: 0)
    even = AlignedBuffer(count: rows * half, repeating: 0)
    odd = AlignedBuffer(count: rows * half, repeating: 0)
    rowTable = PhaseTable(axes: grid.rowAxes, rows: rows, block: block)
    columnTable = PhaseTable(axes: grid.columnAxes, rows: half, block: block)
    seed = AlignedBuffer(count: 3 * block, repeating: 0)
  }

  func evaluate(_ parameters: NetworkParameters, into field: UnsafeMutablePointer<Real>) {
    net.amplitudes(parameters, into: amplitudes.pointer)
    let momenta = (0..<net.dimension).map { parameters.block(net.momentumBlock, component: $0) }
    let phases = parameters.block(net.phaseBlock)
    var first = 0
    while first < net.width {
      let count = min(Self.blockSize, net.width - first)
      let (angle, cosine, sine) = (seed.pointer, seed.pointer + count, seed.pointer + 2 * count)
      for i in 0..<count {
        var phase = phases[first + i]
        for axis in 0..<net.dimension { phase += momenta[axis][first + i] * centre[axis] }
        angle[i] = phase
      }
      WaveKernels.sincos(angle, sine: sine, cosine: cosine, count: count)
      for i in 0..<count {
        cosine[i] *= amplitudes[first + i]
        sine[i] *= amplitudes[first + i]
      }
      rowTable.fill(momenta, first: first, count: count, factorCosine: cosine, factorSine: sine)
      columnTable.fill(momenta, first: first, count: count)
      func multiply(_ a: AlignedBuffer<Real>, _ b: AlignedBuffer<Real>, into result: AlignedBuffer<Real>) {
        Real.multiplyTransposed(
          rows: rows, columns: half, inner: count, a: a.pointer, b: b.pointer, beta: first == 0 ? 0 : 1,
          c: result.pointer)
      }
      multiply(rowTable.cosine, columnTable.cosine, into: even)
      multiply(rowTable.sine, columnTable.sine, into: odd)
      first += count
    }
    unfold(into: field)
  }

  /// φ(A,B) = P − Q for the first half of the columns (B ≤ 0), P + Q mirrored.
  private func unfold(into field: UnsafeMutablePointer<Real>) {
    for row in 0..<rows {
      let start = row * columns
      guard start < grid.siteCount else { return }
      Real.unfold(
        even: even.pointer + row * half, odd: odd.pointer + row * half, half: half, mirror: columns - 1,
        columns: min(columns, grid.siteCount - start), into: field + start)
    }
  }
}
