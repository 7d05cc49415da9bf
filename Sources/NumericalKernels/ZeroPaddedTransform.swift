// SPDX-License-Identifier: GPL-3.0-or-later

/// Forward transforms of a real box that lies in the corner of a larger periodic grid of zeros, or fills it:
///
///     F(n) = Σ_{x in the box} e^{-2πi n·x/P} f(x),        P the extents of the grid.
///
/// Rows of the box are transformed as they are written (two as real and imaginary part of one complex row, which estimated plans do
/// twice as fast as two real ones, and several such pairs together), then columns axis by axis, twenty side by side. Rows of zeros are never transformed, the padded grid never
/// exists. Against FFTW's transform of the whole grid, also planned with `FFTW_ESTIMATE`: see the benchmark `transforms`. Columns
/// use the backward sign, which the order of the stored numbers makes good: ``index(ofMode:)``.
public final class ZeroPaddedTransform<Real: FieldReal> {
  /// Columns transformed together.
  private static var blockColumns: Int { 20 }

  /// Extents of the grid.
  public let shape: [Int]
  /// Extents of the box.
  public let box: [Int]
  /// Complex numbers stored: ∏ P_μ over all axes but the last, times columns.
  public let complexCount: Int
  /// `P_d/2 + 1` columns of the last axis, and one of zeros where that is odd: transforms need even addresses.
  private let columns: Int
  private let rows: RowPairs<Real>?
  private let singleRow: TransformPlan<Real>?
  private let row: AlignedBuffer<Real>
  /// Axes d−1 … 1 in the order they are transformed.
  private var stages: [ColumnStage<Real>] = []

  /// Plans transforms of a box in a grid at least as long along each axis; d = 1 … 4.
  public init(box: [Int], shape: [Int]) {
    precondition(box.count == shape.count && zip(box, shape).allSatisfy { 0 < $0 && $0 <= $1 })
    self.box = box
    self.shape = shape
    let columns = (shape.last! / 2 + 2) & ~1
    self.columns = columns
    complexCount = shape.dropLast().reduce(1, *) * columns
    row = AlignedBuffer(count: shape.last!, repeating: 0)
    guard shape.count > 1 else {
      let line = AlignedBuffer<Real>(count: 2 * columns, repeating: 0)
      singleRow = Real.planForward(shape: shape, input: row.pointer, output: line.pointer)
      rows = nil
      return
    }
    singleRow = nil
    rows = RowPairs(box: box.last!, extent: shape.last!)
    var inner = 1
    for axis in (0..<shape.count - 1).reversed() {
      stages.append(
        ColumnStage(
          slabs: box[..<axis].reduce(1, *), box: box[axis], extent: shape[axis], columns: columns, inner: inner,
          blockColumns: Self.blockColumns))
      inner *= shape[axis]
    }
  }

  /// Extents at least as long, each of a length that transforms well.
  public static func shape(atLeast minimum: [Int]) -> [Int] {
    let lengths = minimum.count == 1 ? TransformCosts.realLengths : TransformCosts.complexLengths
    return minimum.map { least in least == 1 ? 1 : lengths.first { $0 >= least }! }
  }

  /// Transforms a box whose row-major rows along the last axis `writeRow` fills in order; `output` is 64-byte aligned.
  @_specialize(where Real == Double)
  @_specialize(where Real == Float)
  public func forward(_ output: UnsafeMutablePointer<Real>, writeRow: (Int, UnsafeMutablePointer<Real>) -> Void) {
    guard let rows else {
      writeRow(0, row.pointer)
      singleRow!.forward(row.pointer, output)
      return
    }
    let first = stages[0]
    let count = box.dropLast().reduce(1, *)
    for start in stride(from: 0, to: count, by: rows.batch) {
      let rowsHere = min(rows.batch, count - start)
      for row in 0..<rowsHere { writeRow(start + row, rows.row(row)) }
      rows.transform(rowsHere) { first.row(start + $0) }
    }
    for (number, stage) in stages.enumerated() {
      let next = number + 1 < stages.count ? stages[number + 1] : nil
      for slab in 0..<stage.slabs { stage.transform(slab, into: next?.row(slab) ?? output) }
    }
  }

  /// Where F(n) is stored, and whether as its conjugate: F(−n) = F(n)* for a real f. Entry j of an axis other than the last belongs to
  /// n = −j. Order: blocks of columns of the last axis, then axes d−1 … 1, then the columns of the block.
  public func index(ofMode mode: [Int]) -> (index: Int, isConjugate: Bool) {
    let last = Self.wrapped(mode.last!, shape.last!)
    let isConjugate = last > shape.last! / 2
    let entries = (0..<shape.count - 1).map { Self.wrapped(isConjugate ? mode[$0] : -mode[$0], shape[$0]) }
    return (index(ofEntry: entries + [isConjugate ? shape.last! - last : last]), isConjugate)
  }

  /// Where the entry (j_1 … j_d), `j_d ≤ P_d/2`, is stored.
  public func index(ofEntry entry: [Int]) -> Int {
    guard shape.count > 1 else { return entry[0] }
    let block = entry.last! / Self.blockColumns
    let width = min(Self.blockColumns, columns - block * Self.blockColumns)
    let outer = shape.dropLast().reduce(1, *)
    var place = 0
    for axis in (0..<shape.count - 1).reversed() { place = place * shape[axis] + entry[axis] }
    return block * Self.blockColumns * outer + place * width + entry.last! % Self.blockColumns
  }

  private static func wrapped(_ n: Int, _ extent: Int) -> Int { (n % extent + extent) % extent }
}

/// Transforms of real rows, two as one complex row and several of these at once.
private final class RowPairs<Real: FieldReal> {
  /// Rows taken together: as many as pay and stay in the first cache.
  let batch: Int
  private let box: Int
  private let extent: Int
  private let rows: AlignedBuffer<Real>
  private let pairs: AlignedBuffer<Real>
  private let lines: AlignedBuffer<Real>
  /// Where the second transform of a row without a partner goes.
  private let nowhere: AlignedBuffer<Real>
  private let plan: TransformPlan<Real>

  init(box: Int, extent: Int) {
    self.box = box
    self.extent = extent
    batch = extent <= 64 ? 16 : 4
    rows = AlignedBuffer(count: batch * box, repeating: 0)
    pairs = AlignedBuffer(count: batch * extent, repeating: 0)
    lines = AlignedBuffer(count: batch * extent, repeating: 0)
    nowhere = AlignedBuffer(count: 2 * (extent / 2 + 1), repeating: 0)
    plan = Real.planRows(length: extent, count: batch / 2, input: pairs.pointer, output: lines.pointer)
  }

  /// Where the caller writes row `index` of a batch.
  func row(_ index: Int) -> UnsafeMutablePointer<Real> { rows.pointer + index * box }

  /// The stored half of the transforms of the first `count` rows, to `target(row)`. What is left of an earlier batch beyond them is
  /// transformed and not read.
  func transform(_ count: Int, to target: (Int) -> UnsafeMutablePointer<Real>) {
    let pairCount = (count + 1) / 2
    if count % 2 == 1 { row(count).update(repeating: 0, count: box) }
    for pair in 0..<pairCount {
      Real.kernels.interleave(row(2 * pair), row(2 * pair + 1), box, pairs.pointer + 2 * pair * extent)
    }
    plan.columns(pairs.pointer, lines.pointer)
    for pair in 0..<pairCount {
      let second = 2 * pair + 1
      Real.kernels.separate(
        lines.pointer + 2 * pair * extent, extent, extent / 2 + 1, target(2 * pair),
        second < count ? target(second) : nowhere.pointer)
    }
  }
}

/// Transforms along one axis of `slabs` slabs, each of `extent` rows of which `box` are not zero. A row holds `columns` columns in blocks,
/// `inner` entries of the axes already transformed to each; so does a transformed slab, with `extent` times as many entries.
private struct ColumnStage<Real: FieldReal> {
  let slabs: Int
  private let box: Int
  private let extent: Int
  private let columns: Int
  private let inner: Int
  private let blockColumns: Int
  /// Complex numbers from row to row, not a multiple of a page: rows would share cache sets.
  private let rowStride: Int
  private let input: AlignedBuffer<Real>
  private let wholeBlock: TransformPlan<Real>
  private let lastBlock: TransformPlan<Real>

  init(slabs: Int, box: Int, extent: Int, columns: Int, inner: Int, blockColumns: Int) {
    (self.slabs, self.box, self.extent, self.columns, self.inner) = (slabs, box, extent, columns, inner)
    self.blockColumns = blockColumns
    let blocks = (columns * inner + blockColumns - 1) / blockColumns
    rowStride = (blocks | 1) * blockColumns
    input = AlignedBuffer(count: 2 * slabs * extent * rowStride, repeating: 0)
    let output = AlignedBuffer<Real>(count: 2 * extent * blockColumns, repeating: 0)
    let (stride, from) = (rowStride, input.pointer)
    func plan(_ columns: Int) -> TransformPlan<Real> {
      Real.planColumns(length: extent, columns: columns, stride: stride, input: from, output: output.pointer)
    }
    wholeBlock = plan(blockColumns)
    lastBlock = plan((columns - 1) % blockColumns + 1)
  }

  /// Where row `index` of the box, slab after slab, begins.
  func row(_ index: Int) -> UnsafeMutablePointer<Real> {
    input.pointer + 2 * (index / box * extent + index % box) * rowStride
  }

  /// Transforms a slab; entry j of the axis, inner entry i, column c of block b go to `((b · inner + i) · extent + j)` rows of columns.
  func transform(_ slab: Int, into output: UnsafeMutablePointer<Real>) {
    let from = input.pointer + 2 * slab * extent * rowStride
    var column = 0
    while column < columns {
      let width = min(blockColumns, columns - column)
      let plan = width == blockColumns ? wholeBlock : lastBlock
      for i in 0..<inner {
        let entry = column * inner + i * width
        plan.columns(from + 2 * entry, output + 2 * entry * extent)
      }
      column += width
    }
  }
}
