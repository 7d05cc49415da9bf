// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import LatticeFields
import NumericalKernels

/// Neurons `exp(k·x + b − C − q x²)` on a lattice as one matrix product of per-axis factors.
///
/// Each factor `exp(k_μ x_μ − q x_μ²) ≤ exp(k_μ²/4q)` keeps its share of the normalisation, so nothing overflows; far outside a
/// neuron's hump it underflows to zero, where the field is zero to any accuracy. Relative error of a term below 4e-15 (1 + Σ|exponents|).
final class ExponentialProduct: FieldSynthesizer {
  private static let blockSize = 256

  private let net: any ExponentialNet
  private let grid: SeparableGrid
  private let amplitudes: AlignedBuffer<Double>
  private let rowFactors: AlignedBuffer<Double>
  private let columnFactors: AlignedBuffer<Double>
  private let axisFactors: AlignedBuffer<Double>
  private let product: AlignedBuffer<Double>
  private let seed: AlignedBuffer<Double>

  init(_ net: any ExponentialNet, lattice: Lattice) {
    self.net = net
    grid = SeparableGrid(wholeAxesOf: lattice)
    let block = min(Self.blockSize, net.width)
    let longestAxis = (grid.rowAxes + grid.columnAxes).map(\.nodes).max()!
    amplitudes = AlignedBuffer(count: net.width, repeating: 0)
    rowFactors = AlignedBuffer(count: grid.rows * block, repeating: 0)
    columnFactors = AlignedBuffer(count: grid.columns * block, repeating: 0)
    axisFactors = AlignedBuffer(count: longestAxis * block, repeating: 0)
    product = AlignedBuffer(count: grid.rows * grid.columns, repeating: 0)
    seed = AlignedBuffer(count: 3 * block, repeating: 0)
  }

  func evaluate(_ parameters: NetworkParameters, into field: UnsafeMutablePointer<Double>) {
    net.amplitudes(parameters, into: amplitudes.pointer)
    let biases = parameters.block(net.biasBlock)
    let (constant, quadratic) = net.normalisation
    var first = 0
    while first < net.width {
      let count = min(Self.blockSize, net.width - first)
      let shift = seed.pointer
      for i in 0..<count { shift[i] = biases[first + i] - constant }
      WaveKernels.exp(shift, into: shift + count, count: count)
      for i in 0..<count { shift[i] = shift[count + i] * amplitudes[first + i] }
      fill(rowFactors, axes: grid.rowAxes, parameters, first, count, quadratic)
      fill(columnFactors, axes: grid.columnAxes, parameters, first, count, quadratic)
      for row in 0..<grid.rows {
        let factors = rowFactors.pointer + row * count
        for i in 0..<count { factors[i] *= shift[i] }
      }
      MatrixProduct.multiplyTransposed(
        rows: grid.rows, columns: grid.columns, inner: count, a: rowFactors.pointer, aStride: count,
        b: columnFactors.pointer, bStride: count, beta: first == 0 ? 0 : 1, c: product.pointer,
        cStride: grid.columns)
      first += count
    }
    field.update(from: product.pointer, count: grid.siteCount)
  }

  /// Products over the axes of a group of `exp(k_μ x_μ − q x_μ²)`, rows × neurons.
  private func fill(
    _ table: AlignedBuffer<Double>, axes: [SeparableGrid.Axis], _ parameters: NetworkParameters,
    _ first: Int, _ count: Int, _ quadratic: Double
  ) {
    var inner = axes.reduce(1) { $0 * $1.nodes }
    let total = inner
    for (index, axis) in axes.enumerated() {
      inner /= axis.nodes
      WaveKernels.axisExponentials(
        parameters.block(net.momentumBlock, component: axis.physical) + first, quadratic: quadratic,
        step: axis.step, origin: axis.origin, rows: axis.nodes, count: count,
        into: axisFactors.pointer)
      for row in 0..<total {
        let factors = axisFactors.pointer + row / inner % axis.nodes * count
        let out = table.pointer + row * count
        if index == 0 {
          out.update(from: factors, count: count)
        } else {
          for i in 0..<count { out[i] *= factors[i] }
        }
      }
    }
  }
}
