// SPDX-License-Identifier: GPL-3.0-or-later

internal import CKernels
import Glibc

/// Sums of real plane waves with arbitrary momenta on a regular lattice in O(N w^d + V log V): a type-1 non-uniform Fourier transform.
///
///     φ(x_j) = Σ_i c_i cos(k_i·x_j + b_i),   x_j = centre + Σ_μ step_μ (j_μ − ⌊L_μ/2⌋),   d = 1, 2, 3
///
/// Each wave is a point source `c e^{i(b + k·centre)}` in momentum space, spread by a ``SpreadingKernel`` onto a fine grid whose inverse
/// transform is divided by the kernel's. The field is real, and a wave may be turned round, `cos(k·x + b) = cos(−k·x − b)`, so half of the
/// fine grid is enough; only columns that sources reach are transformed, and each axis keeps the wanted sites only.
///
/// Error below about the grid's tolerance in units of `√Σ c²`, plus 2e-16 max|k·x|. Cost: ``NonuniformGrid/nanoseconds``. One instance
/// belongs to one thread. Source: Dutt and Rokhlin, SIAM J. Sci. Comput. 14 (1993) 1368; Barnett et al., ibid. 41 (2019) C479.
public final class NonuniformTransform<Real: FieldReal> {
  /// Columns transformed together.
  private static var blockColumns: Int { 8 }

  private let sites: [Int]
  private let step: Double
  private let grid: NonuniformGrid
  private let kernels: [SpreadingKernel]
  private let tables: [AlignedBuffer<Real>]
  /// `1/φ̂` at the sites of each axis.
  private let deconvolution: [AlignedBuffer<Double>]
  private let half: Int
  private let margin: Int
  private let stride: Int
  private let rows: Int
  private let fine: AlignedBuffer<Real>
  /// d = 3: the rows behind one site of the first axis.
  private let slab: AlignedBuffer<Real>
  private let block: AlignedBuffer<Real>
  private let spectrum: AlignedBuffer<Real>
  private let line: AlignedBuffer<Real>
  /// d = 3: rows of the middle axis where a source's nodes start, then rows that sources or their mirrors reach.
  private let touched: AlignedBuffer<UInt8>
  private let reached: AlignedBuffer<UInt8>
  /// Columns, margin included, that the field before has written in the rows it reached; all else is zero.
  private var written = 0
  private let columnPlans: [TransformPlan<Real>]
  private let linePlan: TransformPlan<Real>
  private let sources: SourceList

  /// A transform of `count` waves on a lattice of `sites` with spacing `step`.
  public init(sites: [Int], step: Double, count: Int, grid: NonuniformGrid, tolerance: Double) {
    self.sites = sites
    self.step = step
    self.grid = grid
    let dimension = sites.count
    kernels = zip(sites, grid.extents).map {
      // At the edge of the lattice errors of the pieces grow as rounding does.
      let ratio = Double($1) / Double($0)
      let amplification = SpreadingKernel.amplification(width: grid.width, oversampling: ratio)
      return SpreadingKernel(width: grid.width, oversampling: ratio, tolerance: 0.3 * tolerance / amplification)
    }
    let degree = kernels.map(\.degree).max()!
    tables = kernels.map { kernel in
      // One degree for all axes: lower ones are padded with leading zeros.
      let padding = (degree - kernel.degree) * (kernel.coefficients.count / (kernel.degree + 1))
      let table = AlignedBuffer<Real>(count: kernel.coefficients.count + padding, repeating: 0)
      for (i, c) in kernel.coefficients.enumerated() { table.pointer[padding + i] = Real(c) }
      return table
    }
    deconvolution = zip(kernels, zip(sites, grid.extents)).map { kernel, size in
      let (extent, n) = size
      let factors = AlignedBuffer<Double>(count: extent, repeating: 0)
      for j in 0..<extent {
        factors.pointer[j] = 1 / kernel.transform(2 * .pi * Double(j - extent / 2) / Double(n))
      }
      return factors
    }
    let n = grid.extents.last!
    half = n / 2
    // Room for half a kernel left of zero, in whole cache lines.
    margin = grid.width > 16 ? 16 : 8
    // Rows an odd number of blocks apart: powers of two would share cache sets.
    let needed = margin + half + 1 + grid.width + 4
    let blocks = (needed + Self.blockColumns - 1) / Self.blockColumns
    stride = Self.blockColumns * (blocks | 1)
    rows = grid.extents.dropLast().reduce(1, *)
    fine = AlignedBuffer(count: 2 * rows * stride, repeating: 0)
    let slabRows = dimension == 3 ? grid.extents[1] : 0
    slab = AlignedBuffer(count: max(1, 2 * slabRows * stride), repeating: 0)
    block = AlignedBuffer(count: 2 * grid.extents.max()! * Self.blockColumns, repeating: 0)
    spectrum = AlignedBuffer(count: 2 * n, repeating: 0)
    line = AlignedBuffer(count: 2 * n, repeating: 0)
    touched = AlignedBuffer(count: max(1, slabRows), repeating: 0)
    reached = AlignedBuffer(count: max(1, slabRows), repeating: 0)
    let (stride, fine, block) = (stride, fine.pointer, block.pointer)
    columnPlans = (0..<(dimension - 1)).map { axis in
      let between = axis == 0 && dimension == 3 ? slabRows * stride : stride
      return Real.planColumns(
        length: grid.extents[axis], columns: Self.blockColumns, stride: between, input: fine, output: block)
    }
    // A single row by the complex-to-real transform; of many rows, two by one complex transform, which is faster.
    linePlan =
      dimension == 1
      ? Real.planBackward(shape: [n], input: spectrum.pointer, output: line.pointer)
      : Real.planColumns(length: n, columns: 1, stride: 1, input: spectrum.pointer, output: line.pointer)
    sources = SourceList(dimension: dimension, count: count, sortsBy: rows * stride > 1 << 15 ? grid : nil)
  }

  /// Evaluates the waves at all sites, row-major.
  @_specialize(where Real == Double)
  @_specialize(where Real == Float)
  public func evaluate(
    momenta: [UnsafePointer<Double>], phases: UnsafePointer<Double>, amplitudes: UnsafePointer<Double>,
    centre: [Double], into field: UnsafeMutablePointer<Real>
  ) {
    let largest = sources.prepare(
      momenta: momenta, phases: phases, amplitudes: amplitudes, centre: centre, step: step,
      extents: grid.extents)
    let reach = grid.width / 2
    // Momenta beyond the grid, or not numbers, take all of it.
    let extent = Int(count: largest.rounded(.down), atMost: half) ?? half
    let isWide = extent + reach + 1 >= half - reach
    // Columns 0 ..< used hold everything that is not zero.
    let used = isWide ? half + 1 : extent + reach + 2
    clear()
    written = min(stride, margin + used + Self.blockColumns + grid.width)
    spread()
    let isSolid = sites.count == 3
    if isSolid { markReachedRows() }
    Real.kernels.hermitianEnds(
      fine.pointer, isSolid ? grid.extents[0] : rows, isSolid ? grid.extents[1] : 1, stride, margin, half, reach,
      isWide ? 1 : 0, isSolid ? UnsafePointer(reached.pointer) : nil)
    let start = fine.pointer + 2 * margin
    switch sites.count {
    case 1: transformLine(start, used: used, into: field)
    case 2:
      transformColumns(0, start, start, between: stride, used: used)
      transformLines(start, used: used, count: sites[0], into: field)
    default:
      let between = grid.extents[1] * stride
      for row in 0..<grid.extents[1] where reached[row] != 0 {
        transformColumns(0, start + 2 * row * stride, start + 2 * row * stride, between: between, used: used)
      }
      for site in 0..<sites[0] {
        transformColumns(1, start + 2 * site * between, slab.pointer, between: stride, used: used)
        transformLines(slab.pointer, used: used, count: sites[1], into: field + site * sites[1] * sites[2])
      }
    }
  }

  /// Clears what the field before has written.
  private func clear() {
    let bytes = 2 * written * MemoryLayout<Real>.stride
    for row in 0..<rows where sites.count < 3 || reached[row % grid.extents[1]] != 0 {
      memset(fine.pointer + 2 * row * stride, 0, bytes)
    }
  }

  private func spread() {
    sources.withPointers { positions, real, imaginary, count in
      var job = nn_spread_job()
      job.dimension = Int32(sites.count)
      job.width = Int32(grid.width)
      job.degree = Int32(kernels.map(\.degree).max()!)
      let before = grid.extents.dropLast()
      job.extent = (before.first ?? 1, before.count > 1 ? before[1] : 1)
      job.stride = stride
      job.margin = margin
      job.count = count
      job.real = real
      job.imaginary = imaginary
      job.touched = touched.pointer
      let table = tables.map { UnsafeRawPointer($0.pointer) }
      job.table = (table[0], table.count > 1 ? table[1] : nil, table.count > 2 ? table[2] : nil)
      job.position = (
        positions[0], positions.count > 1 ? positions[1] : nil, positions.count > 2 ? positions[2] : nil
      )
      Real.kernels.spreadSources(&job, fine.pointer)
    }
  }

  /// Rows of the middle axis that a source or its mirror reaches.
  private func markReachedRows() {
    let n = grid.extents[1]
    reached.fill(with: 0)
    for start in 0..<n where touched[start] != 0 {
      for j in 0..<grid.width {
        let row = (start + j) % n
        reached[row] = 1
        reached[(n - row) % n] = 1
      }
    }
    touched.fill(with: 0)
  }

  /// Transforms `used` columns of rows `between` apart along an axis before the last, and keeps its wanted sites in the leading rows of the output.
  private func transformColumns(
    _ axis: Int, _ input: UnsafeMutablePointer<Real>, _ output: UnsafeMutablePointer<Real>, between: Int, used: Int
  ) {
    let (n, wanted) = (grid.extents[axis], sites[axis])
    for column in Swift.stride(from: 0, to: used, by: Self.blockColumns) {
      columnPlans[axis].columns(input + 2 * column, block.pointer)
      Real.kernels.scaledRows(
        block.pointer, deconvolution[axis].pointer, (n - wanted / 2) % n, n, wanted, 2 * Self.blockColumns,
        output + 2 * column, 2 * between)
    }
  }

  /// The last axis of a single row, complex to real.
  private func transformLine(_ row: UnsafeMutablePointer<Real>, used: Int, into field: UnsafeMutablePointer<Real>) {
    let (n, wanted) = (grid.extents.last!, sites.last!)
    let size = 2 * MemoryLayout<Real>.stride
    memcpy(spectrum.pointer, row, used * size)
    memset(spectrum.pointer + 2 * used, 0, (half + 1 - used) * size)
    linePlan.backward(spectrum.pointer, line.pointer)
    Real.kernels.scaledLine(
      line.pointer, deconvolution.last!.pointer, 0.5, (n - wanted / 2) % n, n, wanted, field)
  }

  /// The last axis of `count` rows, two at a time.
  private func transformLines(
    _ first: UnsafeMutablePointer<Real>, used: Int, count: Int, into field: UnsafeMutablePointer<Real>
  ) {
    let (n, wanted) = (grid.extents.last!, sites.last!)
    for row in Swift.stride(from: 0, to: count, by: 2) {
      // A last row without a partner is its own; the copy goes nowhere.
      let isPair = row + 1 < count
      let partner = isPair ? row + 1 : row
      Real.kernels.pairOfLines(
        first + 2 * row * stride, first + 2 * partner * stride, used, n, spectrum.pointer)
      linePlan.columns(spectrum.pointer, line.pointer)
      Real.kernels.scaledPair(
        line.pointer, deconvolution.last!.pointer, 0.5, (n - wanted / 2) % n, n, wanted, field + row * wanted,
        isPair ? field + partner * wanted : spectrum.pointer)
    }
  }
}

/// The point sources of one field, in the order in which they are spread.
private final class SourceList {
  private let dimension: Int
  private let count: Int
  private let values: AlignedBuffer<Double>
  private let sorted: AlignedBuffer<Double>?
  /// Cells of a few rows; sources are spread cell by cell, so that the rows stay in cache.
  private let cells: (first: Int, second: Int)
  private var offsets: [Int]

  init(dimension: Int, count: Int, sortsBy grid: NonuniformGrid?) {
    self.dimension = dimension
    self.count = count
    values = AlignedBuffer(count: (dimension + 2) * count, repeating: 0)
    if let grid, count > 2000 {
      sorted = AlignedBuffer(count: (dimension + 2) * count, repeating: 0)
      let second = dimension == 3 ? 1 : dimension - 1
      cells = (grid.extents[0] / 8 + 1, dimension > 1 ? grid.extents[second] / 8 + 1 : 1)
    } else {
      sorted = nil
      cells = (0, 0)
    }
    offsets = Array(repeating: 0, count: cells.first * cells.second + 1)
  }

  func prepare(
    momenta: [UnsafePointer<Double>], phases: UnsafePointer<Double>, amplitudes: UnsafePointer<Double>,
    centre: [Double], step: Double, extents: [Int]
  ) -> Double {
    let base = values.pointer
    let scale = [Double](repeating: step / (2 * .pi), count: dimension)
    let n = extents.map(Double.init)
    let positions = (0..<dimension).map { Optional(base + $0 * count) }
    let largest = momenta.map(Optional.init).withUnsafeBufferPointer { k in
      positions.withUnsafeBufferPointer { u in
        nn_plane_wave_sources(
          Int32(dimension), k.baseAddress!, phases, amplitudes, count, centre, scale, n, u.baseAddress!,
          base + dimension * count, base + (dimension + 1) * count)
      }
    }
    if let sorted { sort(into: sorted.pointer) }
    return largest
  }

  /// A counting sort by cells; equal cells keep their order.
  private func sort(into target: UnsafeMutablePointer<Double>) {
    let first = values.pointer
    let second = values.pointer + (dimension > 1 ? count : 0)
    let (count, width, fields) = (count, cells.second, dimension + 2)
    let isPlanar = dimension > 1
    offsets.withUnsafeMutableBufferPointer { offsets in
      offsets.update(repeating: 0)
      func cell(_ i: Int) -> Int { Int(first[i]) / 8 * width + (isPlanar ? Int(second[i]) / 8 : 0) }
      for i in 0..<count { offsets[cell(i) + 1] += 1 }
      for c in 1..<offsets.count { offsets[c] += offsets[c - 1] }
      for i in 0..<count {
        let c = cell(i)
        let at = offsets[c]
        offsets[c] = at + 1
        for field in 0..<fields { target[field * count + at] = values.pointer[field * count + i] }
      }
    }
  }

  func withPointers(
    _ body: ([UnsafePointer<Double>], UnsafePointer<Double>, UnsafePointer<Double>, Int) -> Void
  ) {
    let base = (sorted ?? values).pointer
    body(
      (0..<dimension).map { UnsafePointer(base + $0 * count) }, base + dimension * count,
      base + (dimension + 1) * count, count)
  }
}
