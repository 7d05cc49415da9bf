// SPDX-License-Identifier: GPL-3.0-or-later

import LatticeFields
import NumericalKernels

/// A local function of the field whose correlations are wanted.
public enum CompositeField: Sendable, Hashable {
  /// φ(x)^n, n ≥ 0.
  case power(Int)
  /// φ(x) φ(x+r), r in lattice units; in an open box defined where both sites exist.
  case splitProduct([Int])
  /// The vertex operator's real part cos(q φ(x)).
  case cosine(Double)
  /// The vertex operator's imaginary part sin(q φ(x)).
  case sine(Double)

  /// The same for every field.
  var isConstant: Bool { self == .power(0) }

  /// How many fields are multiplied: by what power of a unit of the field the composite scales. Waves are made of φ in its own unit.
  var degree: Int {
    switch self {
    case .power(let n): n
    case .splitProduct: 2
    case .cosine, .sine: 0
    }
  }

  /// Where the factors of the composite stand besides x: r of a split product.
  var partner: [Int]? { if case .splitProduct(let r) = self { r } else { nil } }
}

/// Writes composites of a field row by row.
final class CompositeWriter<Real: FieldReal> {
  private let lattice: Lattice
  /// Sites of a row along the last axis.
  private let rowLength: Int
  private let rowCount: Int
  /// For each separation: where the row x+r of every row x begins, or −1 where it leaves an open box.
  private var shiftedRows: [[Int]: [Int]] = [:]
  private let angles: AlignedBuffer<Double>
  private let sines: AlignedBuffer<Double>
  private let cosines: AlignedBuffer<Double>
  /// What the fields handed in are counted in.
  private let unit: Double

  init(_ lattice: Lattice, unit: Double) {
    self.lattice = lattice
    self.unit = unit
    rowLength = lattice.sites.last!
    rowCount = lattice.siteCount / rowLength
    angles = AlignedBuffer(count: rowLength, repeating: 0)
    sines = AlignedBuffer(count: rowLength, repeating: 0)
    cosines = AlignedBuffer(count: rowLength, repeating: 0)
  }

  /// Writes row `row` of a composite of `field`.
  func write(
    _ composite: CompositeField, of field: UnsafePointer<Real>, row: Int, to target: UnsafeMutablePointer<Real>
  ) {
    let from = field + row * rowLength
    switch composite {
    case .power(let n): writePower(n, from, target)
    case .splitProduct(let r): writeSplitProduct(r, field, row, target)
    case .cosine(let charge):
      takeAngles(charge, from)
      for i in 0..<rowLength { target[i] = Real(cosines.pointer[i]) }
    case .sine(let charge):
      takeAngles(charge, from)
      for i in 0..<rowLength { target[i] = Real(sines.pointer[i]) }
    }
  }

  private func writePower(_ n: Int, _ from: UnsafePointer<Real>, _ to: UnsafeMutablePointer<Real>) {
    switch n {
    case 0: to.update(repeating: 1, count: rowLength)
    case 1: to.update(from: from, count: rowLength)
    case 2: for i in 0..<rowLength { to[i] = from[i] * from[i] }
    case 3: for i in 0..<rowLength { to[i] = from[i] * from[i] * from[i] }
    case 4:
      for i in 0..<rowLength {
        let square = from[i] * from[i]
        to[i] = square * square
      }
    default:
      for i in 0..<rowLength {
        var product = from[i]
        for _ in 1..<n { product *= from[i] }
        to[i] = product
      }
    }
  }

  private func takeAngles(_ charge: Double, _ from: UnsafePointer<Real>) {
    let angle = angles.pointer
    let charge = charge * unit
    for i in 0..<rowLength { angle[i] = charge * Double(from[i]) }
    WaveKernels.sincos(angle, sine: sines.pointer, cosine: cosines.pointer, count: rowLength)
  }

  /// φ(x) φ(x+r); 0 where x+r leaves an open box.
  private func writeSplitProduct(
    _ r: [Int], _ field: UnsafePointer<Real>, _ row: Int, _ to: UnsafeMutablePointer<Real>
  ) {
    let shifted = rowsShifted(by: r)[row]
    guard shifted >= 0 else { return to.update(repeating: 0, count: rowLength) }
    let step = r.last!
    let (from, partner) = (field + row * rowLength, field + shifted)
    // The part of a row whose partner does not leave it; the rest wraps on a periodic lattice.
    let inside = max(0, -step)..<min(rowLength, rowLength - step)
    for i in inside { to[i] = from[i] * partner[i + step] }
    let wrap = step > 0 ? step - rowLength : step + rowLength
    let isPeriodic = lattice.boundary == .periodic
    for i in 0..<inside.lowerBound { to[i] = isPeriodic ? from[i] * partner[i + wrap] : 0 }
    for i in inside.upperBound..<rowLength { to[i] = isPeriodic ? from[i] * partner[i + wrap] : 0 }
  }

  private func rowsShifted(by r: [Int]) -> [Int] {
    if let known = shiftedRows[r] { return known }
    let outer = Array(lattice.sites.dropLast())
    let rows = (0..<rowCount).map { row -> Int in
      let head = zip(Lattice.unravel(row, shape: outer), r).map { $0 + $1 }
      let isInside = zip(head, outer).allSatisfy { $0 >= 0 && $0 < $1 }
      return isInside || lattice.boundary == .periodic ? lattice.siteIndex(head + [0]) : -1
    }
    shiftedRows[r] = rows
    return rows
  }
}
