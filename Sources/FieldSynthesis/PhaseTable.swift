// SPDX-License-Identifier: GPL-3.0-or-later

import NumericalKernels

/// Cosines and sines of the phases of a group of axes, rows × neurons.
package final class PhaseTable<Real: FieldReal> {
  private typealias Phases = (cosine: AlignedBuffer<Real>, sine: AlignedBuffer<Real>)

  package let cosine: AlignedBuffer<Real>
  package let sine: AlignedBuffer<Real>
  private let axes: [SeparableGrid.Axis]
  private let rows: Int
  /// Tables of the single axes, where the group has several.
  private let axisTables: [Phases]
  /// Outer products of the first two, three, … axes, short of the whole group.
  private let partial: [Phases]
  private let scratch: AlignedBuffer<Double>

  package init(axes: [SeparableGrid.Axis], rows: Int, block: Int) {
    self.axes = axes
    self.rows = rows
    func table(_ rows: Int) -> Phases {
      (
        AlignedBuffer(count: rows * block, repeating: 0),
        AlignedBuffer(count: rows * block, repeating: 0)
      )
    }
    (cosine, sine) = table(rows)
    axisTables = axes.count > 1 ? axes.map { table($0.nodes) } : []
    partial =
      axes.count > 2
      ? (2..<axes.count).map { table(axes[..<$0].reduce(1) { $0 * $1.nodes }) } : []
    scratch = AlignedBuffer(count: 4 * block, repeating: 0)
  }

  /// Tables of `count` neurons from `first` on, every phase times its neuron's complex factor where one is given.
  package func fill(
    _ momenta: [UnsafeMutablePointer<Double>], first: Int, count: Int,
    factorCosine: UnsafePointer<Double>? = nil, factorSine: UnsafePointer<Double>? = nil
  ) {
    func axis(_ index: Int, rows: Int, into table: Phases) {
      Real.axisPhases(
        momenta[axes[index].physical] + first, step: axes[index].step, rows: rows,
        nodes: axes[index].nodes, count: count, factorCosine: index == 0 ? factorCosine : nil,
        factorSine: index == 0 ? factorSine : nil, cosine: table.cosine.pointer,
        sine: table.sine.pointer, scratch: scratch.pointer)
    }
    guard axes.count > 1 else { return axis(0, rows: rows, into: (cosine, sine)) }
    for index in axes.indices { axis(index, rows: axes[index].nodes, into: axisTables[index]) }
    var outer = axisTables[0]
    for index in 1..<axes.count {
      let isLast = index == axes.count - 1
      let target = isLast ? (cosine, sine) : partial[index - 1]
      let length = isLast ? rows : axes[...index].reduce(1) { $0 * $1.nodes }
      Real.outerPhases(
        outerCosine: outer.cosine.pointer, outerSine: outer.sine.pointer,
        innerCosine: axisTables[index].cosine.pointer, innerSine: axisTables[index].sine.pointer,
        innerRows: axes[index].nodes, rows: length, count: count, cosine: target.0.pointer,
        sine: target.1.pointer)
      outer = (target.0, target.1)
    }
  }
}
