// SPDX-License-Identifier: GPL-3.0-or-later

/// Forward transforms of a real box that lies in the corner of a larger periodic grid of zeros, or fills it:
///
///     F(n) = Σ_{x in the box} e^{-2πi n·x/P} f(x),        P the extents of the grid.
///
/// Rows of the box are transformed one by one as they are written, then columns axis by axis; rows of zeros are never transformed, and the
/// padded grid never exists. About twice as fast as one transform of the padded grid at P = 2L in two dimensions. Plans are made
/// with `FFTW_ESTIMATE`. Columns use the backward sign, which the order of the stored numbers makes good: see ``index(ofMode:)``.
public final class ZeroPaddedTransform<Real: FieldReal> {
  /// Extents of the grid.
  public let shape: [Int]
  /// Extents of the box.
  public let box: [Int]
  /// Complex numbers stored: `∏ P_μ` over all axes but the last, times the length of a stored row.
  public let complexCount: Int
  /// Complex numbers of a stored row: `P_d/2 + 1`, made even; beyond `P_d/2` they are zero.
  public let rowLength: Int
  private let row: AlignedBuffer<Real>
  private let rowPlan: TransformPlan<Real>
  /// Axes d−1 … 1 in the order they are transformed.
  private var stages: [Stage] = []

  private struct Stage {
    /// What the transforms before this one have filled; zero elsewhere.
    let input: AlignedBuffer<Real>
    let plan: TransformPlan<Real>
    /// Box extent and grid extent of the axis, and reals of a row across it.
    let box: Int
    let extent: Int
    let inner: Int
    /// Slabs of `extent` rows.
    let slabs: Int
  }

  /// Plans transforms of a box in a grid at least as long along each axis.
  public init(box: [Int], shape: [Int]) {
    precondition(box.count == shape.count && zip(box, shape).allSatisfy { 0 < $0 && $0 <= $1 })
    self.box = box
    self.shape = shape
    rowLength = (shape.last! / 2 + 2) & ~1
    complexCount = shape.dropLast().reduce(1, *) * rowLength
    row = AlignedBuffer(count: shape.last!, repeating: 0)
    let line = AlignedBuffer<Real>(count: 2 * rowLength, repeating: 0)
    rowPlan = Real.planForward(shape: [shape.last!], input: row.pointer, output: line.pointer)
    var inner = rowLength
    for axis in (0..<max(0, shape.count - 1)).reversed() {
      let slabs = box[..<axis].reduce(1, *)
      let input = AlignedBuffer<Real>(count: 2 * slabs * shape[axis] * inner, repeating: 0)
      let output = AlignedBuffer<Real>(count: 2 * shape[axis] * inner, repeating: 0)
      stages.append(
        Stage(
          input: input,
          plan: Real.planColumns(
            length: shape[axis], columns: inner, stride: inner, input: input.pointer, output: output.pointer),
          box: box[axis], extent: shape[axis], inner: 2 * inner, slabs: slabs))
      inner *= shape[axis]
    }
  }

  /// The shortest extents of at least `minimum` that FFTW's estimated plans transform well: even, of factors 2, 3, 5 and 7, and neither 49 nor
  /// 63 among their divisors (columns of 126 or 252 would take six times as long).
  public static func shape(atLeast minimum: [Int]) -> [Int] {
    minimum.map { least in
      (max(1, least)...).first { length in
        var rest = length
        for prime in [2, 3, 5, 7] { while rest % prime == 0 { rest /= prime } }
        return length == 1 || (rest == 1 && length % 2 == 0 && length % 49 != 0 && length % 63 != 0)
      }!
    }
  }

  /// Transforms a box whose row-major rows along the last axis `writeRow` fills in order; `output` is 64-byte aligned and was zero
  /// when first used.
  public func forward(_ output: UnsafeMutablePointer<Real>, writeRow: (Int, UnsafeMutablePointer<Real>) -> Void) {
    let rows = box.dropLast().reduce(1, *)
    guard let first = stages.first else {
      writeRow(0, row.pointer)
      rowPlan.forward(row.pointer, output)
      return
    }
    for index in 0..<rows {
      writeRow(index, row.pointer)
      rowPlan.forward(row.pointer, first.input.pointer + Self.place(index, first.box, first.extent) * first.inner)
    }
    for (number, stage) in stages.enumerated() {
      let next = number + 1 < stages.count ? stages[number + 1] : nil
      let size = stage.extent * stage.inner
      for slab in 0..<stage.slabs {
        let target = next.map { $0.input.pointer + Self.place(slab, $0.box, $0.extent) * size } ?? output
        stage.plan.columns(stage.input.pointer + slab * size, target)
      }
    }
  }

  /// Where row `index` of a box of `box` rows a slab stands in slabs of `extent` rows.
  private static func place(_ index: Int, _ box: Int, _ extent: Int) -> Int {
    index / box * extent + index % box
  }

  /// Where F(n) is stored, and whether as its conjugate: F(−n) = F(n)* for a real f. Entry j of an axis other than the last belongs to
  /// n = −j.
  public func index(ofMode mode: [Int]) -> (index: Int, isConjugate: Bool) {
    let last = Self.wrapped(mode.last!, shape.last!)
    let isConjugate = last > shape.last! / 2
    var index = 0
    for axis in 0..<shape.count - 1 {
      index = index * shape[axis] + Self.wrapped(isConjugate ? mode[axis] : -mode[axis], shape[axis])
    }
    return (index * rowLength + (isConjugate ? shape.last! - last : last), isConjugate)
  }

  private static func wrapped(_ n: Int, _ extent: Int) -> Int { (n % extent + extent) % extent }
}
