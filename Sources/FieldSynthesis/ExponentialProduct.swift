// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import FieldTheories
import LatticeFields
import NumericalKernels

/// Neurons `exp(k·x + b − C − q x²)` on a lattice as one matrix product of per-axis factors.
///
/// Each factor `exp(k_μ x_μ − q x_μ²) ≤ exp(k_μ²/4q)` keeps its share of the normalisation, so nothing overflows; far outside a
/// neuron's hump it underflows to zero, where the field is zero to any accuracy. Relative error of a term below 4e-15 (1 + Σ|exponents|).
/// The columns are not folded by parity as those of plane waves are: `cosh − sinh` loses the decaying side of a neuron, relative to
/// itself by `e^{2|k x|}` roundings. Neurons go in blocks of 256, in fixed order: equal parameters give equal bytes.
final class ExponentialProduct: FieldSynthesizer {
  private static let blockSize = 256

  private let net: any ExponentialNet
  private let grid: SeparableGrid
  private let amplitudes: AlignedBuffer<Double>
  private let rowFactors: AlignedBuffer<Double>
  private let columnFactors: AlignedBuffer<Double>
  /// Factors of a single axis, where a group has several.
  private let axisFactors: AlignedBuffer<Double>
  private let neuronFactors: AlignedBuffer<Double>
  private let scratch: AlignedBuffer<Double>

  init(_ net: any ExponentialNet, lattice: Lattice) {
    self.net = net
    grid = SeparableGrid(wholeAxesOf: lattice)
    let block = min(Self.blockSize, net.width)
    let further = grid.rowAxes.dropFirst() + grid.columnAxes.dropFirst()
    amplitudes = AlignedBuffer(count: net.width, repeating: 0)
    rowFactors = AlignedBuffer(count: grid.rows * block, repeating: 0)
    columnFactors = AlignedBuffer(count: grid.columns * block, repeating: 0)
    axisFactors = AlignedBuffer(count: (further.map(\.nodes).max() ?? 0) * block, repeating: 0)
    neuronFactors = AlignedBuffer(count: block, repeating: 0)
    scratch = AlignedBuffer(count: 9 * block, repeating: 0)
  }

  func evaluate(_ parameters: NetworkParameters, into field: UnsafeMutablePointer<Double>) {
    net.amplitudes(parameters, into: amplitudes.pointer)
    let biases = parameters.block(net.biasBlock)
    let constant = net.normalisation.constant
    let (exponent, factor) = (scratch.pointer, neuronFactors.pointer)
    var first = 0
    while first < net.width {
      let count = min(Self.blockSize, net.width - first)
      for i in 0..<count { exponent[i] = biases[first + i] - constant }
      WaveKernels.exp(exponent, into: factor, count: count)
      for i in 0..<count { factor[i] *= amplitudes[first + i] }
      fill(rowFactors, axes: grid.rowAxes, parameters, first, count, factor: factor)
      fill(columnFactors, axes: grid.columnAxes, parameters, first, count)
      MatrixProduct.multiplyTransposed(
        rows: grid.rows, columns: grid.columns, inner: count, a: rowFactors.pointer, aStride: count,
        b: columnFactors.pointer, bStride: count, beta: first == 0 ? 0 : 1, c: field, cStride: grid.columns)
      first += count
    }
  }

  /// Products over the axes of a group of `exp(k_μ x_μ − q x_μ²)`, rows × neurons, times a factor per neuron where one is given.
  private func fill(
    _ table: AlignedBuffer<Double>, axes: [SeparableGrid.Axis], _ parameters: NetworkParameters,
    _ first: Int, _ count: Int, factor: UnsafePointer<Double>? = nil
  ) {
    var rows = 1
    for (index, axis) in axes.enumerated() {
      let isFirst = index == 0
      let factors = isFirst ? table.pointer : axisFactors.pointer
      WaveKernels.axisExponentials(
        parameters.block(net.momentumBlock, component: axis.physical) + first, factor: isFirst ? factor : nil,
        quadratic: net.normalisation.quadratic, step: axis.step, origin: axis.origin, rows: axis.nodes,
        count: count, into: factors, scratch: scratch.pointer)
      if !isFirst {
        WaveKernels.expandRows(table.pointer, rows: rows, by: factors, factorRows: axis.nodes, count: count)
      }
      rows *= axis.nodes
    }
  }
}
