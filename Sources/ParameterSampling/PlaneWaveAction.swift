// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import FieldSynthesis
import FieldTheories
import LatticeFields
import NumericalKernels

/// A term of plane waves on a lattice through their separable structure:
///
///     φ = Σ_i c_i cos(α_i(A) + β_i(B)),   I = a^d Σ_{A,B} V(φ)
///
/// Whole fields and gradients are matrix products, N V multiply-adds each (a gradient by momenta of a column axis another N V);
/// the change by a block of neurons costs their share of that and one pass over the sites, without touching the others.
class PlaneWaveAction: ActionTerm {
  /// Neurons a matrix product takes at once.
  private static let blockSize = 256
  /// Neurons replaced at once, at most.
  static let greatestReplacement = 64

  let term: LocalTerm
  let net: any PlaneWaveNet
  /// The sites of the term.
  let sites: Lattice
  let layout: FoldedGrid
  private let centre: Point
  private let constant: Double
  private let sources: NodeSources
  private let rowTable: PhaseTable<Double>
  private let columnTable: PhaseTable<Double>
  private let seed: AlignedBuffer<Double>
  private var trial: AlignedBuffer<Double>
  let slopes: AlignedBuffer<Double>

  // Of block replacements.
  private let changeRows: PhaseTable<Double>
  private let changeColumns: PhaseTable<Double>
  private let change: AlignedBuffer<Double>
  private let rowFactors: [AlignedBuffer<Double>]
  private let columnFactors: [AlignedBuffer<Double>]

  // Of gradients.
  private let weighted: AlignedBuffer<Double>
  private let products: [AlignedBuffer<Double>]
  private let sums: [AlignedBuffer<Double>]
  private let unit: Network

  init(_ theory: InteractingTheory, _ term: LocalTerm, _ net: any PlaneWaveNet, sites: Lattice) {
    self.term = term
    constant = term.region.volume(theory.lattice) * term.potential.constant
    self.net = net
    self.sites = sites
    layout = FoldedGrid(lattice: sites)
    let grid = layout.grid
    centre = grid.centre(of: sites)
    let site = layout.site
    sources = NodeSources(values: term.sources.isEmpty ? [] : site.map { $0 < 0 ? 0 : term.sources[Int($0)] })
    let block = min(Self.blockSize, net.width)
    rowTable = PhaseTable(axes: grid.rowAxes, rows: layout.rows, block: block)
    columnTable = PhaseTable(axes: grid.columnAxes, rows: layout.half, block: block)
    seed = AlignedBuffer(count: 3 * max(block, 2 * Self.greatestReplacement), repeating: 0)
    trial = AlignedBuffer(count: layout.count, repeating: 0)
    slopes = AlignedBuffer(count: layout.count, repeating: 0)

    let most = 2 * Self.greatestReplacement
    changeRows = PhaseTable(axes: grid.rowAxes, rows: layout.rows, block: most)
    changeColumns = PhaseTable(axes: grid.columnAxes, rows: layout.half, block: most)
    change = AlignedBuffer(count: (net.dimension + 2) * most, repeating: 0)
    rowFactors =
      layout.rows == layout.paddedRows
      ? [] : (0..<2).map { [count = layout.paddedRows * most] _ in AlignedBuffer(count: count, repeating: 0) }
    columnFactors = (0..<2).map { [count = layout.paddedHalf * most] _ in AlignedBuffer(count: count, repeating: 0) }

    weighted = AlignedBuffer(count: layout.count, repeating: 0)
    products = (0..<2).map { [rows = layout.rows] _ in AlignedBuffer(count: rows * block, repeating: 0) }
    sums = (0..<net.dimension + 2).map { _ in AlignedBuffer(count: net.width, repeating: 0) }
    unit = Network(layout: net.layout)
  }

  var fieldCount: Int { layout.count }

  var isIncremental: Bool { true }
  var coversLattice: Bool { true }

  func value(_ field: AlignedBuffer<Double>) -> Double {
    scaled(term.potential.sum(field.pointer, weight: layout.weight.pointer, count: layout.count) - sources.sum(field.pointer))
  }

  func value(mixing a: AlignedBuffer<Double>, _ fa: Double, with b: AlignedBuffer<Double>, _ fb: Double) -> Double {
    scaled(
      term.potential.sum(
        mixing: a.pointer, fa, with: b.pointer, fb, weight: layout.weight.pointer, count: layout.count)
        - (fa * sources.sum(a.pointer) + fb * sources.sum(b.pointer)))
  }

  private func scaled(_ sum: Double) -> Double { sites.cellVolume * sum + constant }

  func copyField(_ field: AlignedBuffer<Double>, into sites: UnsafeMutablePointer<Double>) {
    layout.unfold(field.pointer, into: sites)
  }

  // MARK: Whole fields

  func synthesise(_ network: Network, into field: AlignedBuffer<Double>) {
    synthesise(network.parameters, amplitudes: network.amplitudes.pointer, harmonic: 1, into: field)
  }

  /// `Σ_i c_i cos(h k_i·x + h b_i)`.
  func synthesise(
    _ parameters: NetworkParameters, amplitudes: UnsafePointer<Double>, harmonic: Double, into field: AlignedBuffer<Double>
  ) {
    var momenta = self.momenta(parameters)
    let scaledMomenta = harmonic == 1 ? nil : AlignedBuffer<Double>(count: net.dimension * net.width, repeating: 0)
    if let scaledMomenta {
      for axis in momenta.indices {
        let scaled = scaledMomenta.pointer + axis * net.width
        for i in 0..<net.width { scaled[i] = harmonic * momenta[axis][i] }
        momenta[axis] = scaled
      }
    }
    let phases = parameters.block(net.phaseBlock)
    forEachBlock { first, count in
      phaseFactors(momenta, phases, harmonic: harmonic, amplitudes: amplitudes, first, count)
      rowTable.fill(
        momenta, first: first, count: count, factorCosine: seed.pointer + count, factorSine: seed.pointer + 2 * count)
      columnTable.fill(momenta, first: first, count: count)
      for (rows, columns, target) in [
        (rowTable.cosine, columnTable.cosine, field.pointer),
        (rowTable.sine, columnTable.sine, field.pointer + layout.plane),
      ] {
        MatrixProduct.multiplyTransposed(
          rows: layout.rows, columns: layout.half, inner: count, a: rows.pointer, aStride: count, b: columns.pointer,
          bStride: count, beta: first == 0 ? 0 : 1, c: target, cStride: layout.paddedHalf)
      }
    }
    PotentialKernels.differenceAndSum(field.pointer, field.pointer + layout.plane, count: layout.plane)
  }

  /// Writes angle, cosine and sine of `h (b + k·centre)` into the seed, times an amplitude where one is given.
  private func phaseFactors(
    _ momenta: [UnsafeMutablePointer<Double>], _ phases: UnsafePointer<Double>, harmonic: Double,
    amplitudes: UnsafePointer<Double>?, _ first: Int, _ count: Int
  ) {
    let (angle, cosine, sine) = (seed.pointer, seed.pointer + count, seed.pointer + 2 * count)
    for i in 0..<count { angle[i] = harmonic * phases[first + i] }
    for axis in 0..<net.dimension {
      let (k, c) = (momenta[axis] + first, centre[axis])
      for i in 0..<count { angle[i] += k[i] * c }
    }
    WaveKernels.sincos(angle, sine: sine, cosine: cosine, count: count)
    guard let amplitudes else { return }
    for i in 0..<count {
      cosine[i] *= amplitudes[first + i]
      sine[i] *= amplitudes[first + i]
    }
  }

  func momenta(_ parameters: NetworkParameters) -> [UnsafeMutablePointer<Double>] {
    (0..<net.dimension).map { parameters.block(net.momentumBlock, component: $0) }
  }

  private func forEachBlock(_ body: (_ first: Int, _ count: Int) -> Void) {
    for first in stride(from: 0, to: net.width, by: Self.blockSize) { body(first, min(Self.blockSize, net.width - first)) }
  }

  // MARK: Blocks of neurons

  func propose(
    _ neurons: Range<Int>, of current: Network, _ field: AlignedBuffer<Double>, from proposal: Network
  ) -> Double {
    precondition(neurons.count <= Self.greatestReplacement)
    let (count, first) = (neurons.count, neurons.lowerBound)
    // New neurons with their amplitude, old ones with its opposite.
    let rows = (0..<net.dimension + 2).map { change.pointer + $0 * 2 * count }
    for (index, network) in [proposal, current].enumerated() {
      for axis in 0..<net.dimension {
        (rows[axis] + index * count).update(
          from: network.parameters.block(net.momentumBlock, component: axis) + first, count: count)
      }
      (rows[net.dimension] + index * count).update(from: network.parameters.block(net.phaseBlock) + first, count: count)
      let (c, sign) = (network.amplitudes.pointer + first, index == 0 ? 1.0 : -1.0)
      for i in 0..<count { rows[net.dimension + 1][index * count + i] = sign * c[i] }
    }
    let momenta = Array(rows[..<net.dimension])
    phaseFactors(momenta, rows[net.dimension], harmonic: 1, amplitudes: rows[net.dimension + 1], 0, 2 * count)
    changeRows.fill(
      momenta, first: 0, count: 2 * count, factorCosine: seed.pointer + 2 * count, factorSine: seed.pointer + 4 * count)
    changeColumns.fill(momenta, first: 0, count: 2 * count)
    for (table, target) in zip([changeColumns.cosine, changeColumns.sine], columnFactors) {
      PotentialKernels.transpose(
        table.pointer, rows: layout.half, columns: 2 * count, into: target.pointer, stride: layout.paddedHalf)
    }
    for (table, target) in zip([changeRows.cosine, changeRows.sine], rowFactors) {
      target.pointer.update(from: table.pointer, count: layout.rows * 2 * count)
      (target.pointer + layout.rows * 2 * count).update(
        repeating: 0, count: (layout.paddedRows - layout.rows) * 2 * count)
    }
    let isPadded = !rowFactors.isEmpty
    let block = PotentialKernels.WaveBlock(
      rows: layout.paddedRows, columns: layout.paddedHalf, neurons: 2 * count,
      rowCosine: isPadded ? rowFactors[0].pointer : changeRows.cosine.pointer,
      rowSine: isPadded ? rowFactors[1].pointer : changeRows.sine.pointer,
      columnCosine: columnFactors[0].pointer, columnSine: columnFactors[1].pointer)
    let sum = term.potential.sum(adding: block, to: field.pointer, weight: layout.weight.pointer, into: trial.pointer)
    return scaled(sum - sources.sum(trial.pointer))
  }

  func accept(_ neurons: Range<Int>, field: inout AlignedBuffer<Double>) { swap(&field, &trial) }

  // MARK: Gradient

  var differentiableBlocks: Set<Int> { net.differentiableBlocks }

  /// `a^d V′(φ)` at every site, its source taken off, into ``slopes``.
  func fillSlopes(_ field: AlignedBuffer<Double>) {
    term.potential.slope(
      field.pointer, weight: layout.weight.pointer, scale: sites.cellVolume, into: slopes.pointer, count: layout.count)
    sources.subtract(scale: sites.cellVolume, from: slopes.pointer)
  }

  func gradient(of network: Network, _ field: AlignedBuffer<Double>, into gradient: NetworkParameters) {
    fillSlopes(field)
    let byMomenta = net.gaussianMomenta != nil
    adjoint(of: slopes, network.parameters, momenta: byMomenta)
    let (cosine, sine) = (sums[0].pointer, sums[1].pointer)
    let c = network.amplitudes.pointer
    let amplitudes = net.unitAmplitudes(of: network.parameters, unit)
    let (byWeight, byPhase) = (gradient.block(net.weightBlock), gradient.block(net.phaseBlock))
    for i in 0..<net.width {
      byWeight[i] = amplitudes[i] * cosine[i]
      byPhase[i] = -c[i] * sine[i]
    }
    guard byMomenta else { return }
    for axis in 0..<net.dimension {
      let target = gradient.block(net.momentumBlock, component: axis)
      for i in 0..<net.width { target[i] = -c[i] * sums[2 + axis].pointer[i] }
    }
  }

  /// `Σ_x f cos`, `Σ_x f sin` and, if asked for, `Σ_x f x_μ sin` of every neuron's phase, into `sums`.
  func adjoint(of source: AlignedBuffer<Double>, _ parameters: NetworkParameters, momenta byMomenta: Bool) {
    let momenta = self.momenta(parameters)
    let phases = parameters.block(net.phaseBlock)
    let plane = layout.plane
    for sum in sums { sum.fill(with: 0) }
    // (f₋, f₊) → (f₋ − f₊, f₋ + f₊)
    weighted.pointer.update(from: source.pointer, count: layout.count)
    PotentialKernels.differenceAndSum(weighted.pointer, weighted.pointer + plane, count: plane)
    let rowPositions = positions(layout.grid.rowAxes, count: layout.rows)
    let columnPositions = positions(layout.grid.columnAxes, count: layout.half)
    let moved = byMomenta ? AlignedBuffer<Double>(count: layout.count, repeating: 0) : nil
    forEachBlock { first, count in
      phaseFactors(momenta, phases, harmonic: 1, amplitudes: nil, first, count)
      rowTable.fill(
        momenta, first: first, count: count, factorCosine: seed.pointer + count, factorSine: seed.pointer + 2 * count)
      columnTable.fill(momenta, first: first, count: count)
      multiply(even: weighted.pointer + plane, odd: weighted.pointer, count)
      reduce(first, count) { row, even, odd in
        waves(row, even, odd, 1, sums[0].pointer + first, sums[1].pointer + first, count)
        guard byMomenta else { return }
        for axis in 0..<net.dimension {
          waves(row, even, odd, centre[axis] + rowPositions[axis][row], nil, sums[2 + axis].pointer + first, count)
        }
      }
      guard let moved else { return }
      for axis in 0..<net.dimension where columnPositions[axis].contains(where: { $0 != 0 }) {
        // B_μ is odd under the mirror: even and odd parts change places.
        for row in 0..<layout.rows {
          for b in 0..<layout.half {
            let i = row * layout.paddedHalf + b
            moved[i] = columnPositions[axis][b] * weighted[i]
            moved[plane + i] = columnPositions[axis][b] * weighted[plane + i]
          }
        }
        multiply(even: moved.pointer, odd: moved.pointer + plane, count)
        reduce(first, count) { row, even, odd in
          waves(row, even, odd, 1, nil, sums[2 + axis].pointer + first, count)
        }
      }
    }
  }

  /// T_e = even · cos β, T_o = odd · sin β, rows × neurons.
  private func multiply(even: UnsafePointer<Double>, odd: UnsafePointer<Double>, _ count: Int) {
    for (source, table, target) in [(even, columnTable.cosine, products[0]), (odd, columnTable.sine, products[1])] {
      MatrixProduct.multiply(
        rows: layout.rows, columns: count, inner: layout.half, a: source, aStride: layout.paddedHalf, b: table.pointer,
        bStride: count, c: target.pointer, cStride: count)
    }
  }

  private func reduce(_ first: Int, _ count: Int, _ body: (Int, UnsafePointer<Double>, UnsafePointer<Double>) -> Void) {
    for row in 0..<layout.rows { body(row, products[0].pointer + row * count, products[1].pointer + row * count) }
  }

  private func waves(
    _ row: Int, _ even: UnsafePointer<Double>, _ odd: UnsafePointer<Double>, _ factor: Double,
    _ cosine: UnsafeMutablePointer<Double>?, _ sine: UnsafeMutablePointer<Double>, _ count: Int
  ) {
    PotentialKernels.waveAdjoint(
      rowCosine: rowTable.cosine.pointer + row * count, rowSine: rowTable.sine.pointer + row * count, even: even, odd: odd,
      factor: factor, cosine: cosine, sine: sine, count: count)
  }

  // MARK: Identities

  func virial(of network: Network, _ field: AlignedBuffer<Double>, _ other: LocalTerm) -> Double {
    sites.cellVolume * (sum(over: field) { $0 * other.potential.derivative($0) } - sources.sum(field.pointer))
  }

  func phaseCurvature(of network: Network, _ field: AlignedBuffer<Double>, _ other: LocalTerm) -> Double {
    let (c, potential) = (network.amplitudes.pointer, other.potential)
    let powers = AlignedBuffer<Double>(count: net.width, repeating: 0)
    for i in 0..<net.width { powers[i] = c[i] * c[i] }
    let total = powers.array.reduce(0, +)
    let harmonic = AlignedBuffer<Double>(count: fieldCount, repeating: 0)
    synthesise(network.parameters, amplitudes: powers.pointer, harmonic: 2, into: harmonic)
    var index = 0
    return sites.cellVolume
      * (sum(over: field) { phi in
        defer { index += 1 }
        return 0.5 * potential.secondDerivative(phi) * (total - harmonic[index]) - potential.derivative(phi) * phi
      } + sources.sum(field.pointer))
  }

  /// Over the sites; `term` is asked for every entry of the field in order.
  private func sum(over field: AlignedBuffer<Double>, _ term: (Double) -> Double) -> Double {
    var result = 0.0
    for x in 0..<layout.count {
      let value = term(field[x])
      if layout.weight[x] != 0 { result += value }
    }
    return result
  }

  /// For each physical axis the coordinate of the first `count` nodes of a group of axes, about the group's centre.
  private func positions(_ axes: [SeparableGrid.Axis], count: Int) -> [[Double]] {
    (0..<net.dimension).map { physical in
      (0..<count).map { index in
        zip(Lattice.unravel(index, shape: axes.map(\.nodes)), axes).reduce(0.0) {
          $0 + ($1.1.physical == physical ? $1.1.step * (Double($1.0) - $1.1.origin) : 0)
        }
      }
    }
  }
}
