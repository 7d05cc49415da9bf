// SPDX-License-Identifier: GPL-3.0-or-later

import LatticeFields
import NumericalKernels

/// A local polynomial of the field whose correlations are wanted.
public enum CompositeField: Sendable, Hashable {
  /// φ(x)^n.
  case power(Int)
  /// φ(x) φ(x+r), r in lattice units; in an open box defined where both sites exist.
  case splitProduct([Int])
}

/// Writes composites of a field into the box of a zero-padded grid.
final class CompositeWriter<Real: FieldReal> {
  /// The padded grid; zero outside the box.
  let padded: AlignedBuffer<Real>
  private let lattice: Lattice
  /// Sites of a row along the last axis, and where each row of the box begins on the padded grid.
  private let rowLength: Int
  private let rowTargets: [Int]
  /// For each separation: where the row x+r of every row x begins, or −1 where it leaves an open box.
  private var shiftedRows: [[Int]: [Int]] = [:]

  init(_ lattice: Lattice, paddedShape shape: [Int]) {
    self.lattice = lattice
    padded = AlignedBuffer(count: shape.reduce(1, *), repeating: 0)
    rowLength = lattice.sites.last!
    let outer = Array(lattice.sites.dropLast())
    rowTargets = (0..<lattice.siteCount / rowLength).map { row in
      zip(Lattice.unravel(row, shape: outer), shape).reduce(0) { $0 * $1.1 + $1.0 } * shape.last!
    }
  }

  /// Overwrites the box with a composite of `field`.
  func write(_ composite: CompositeField, of field: UnsafePointer<Real>) {
    switch composite {
    case .power(let n): writePower(n, field)
    case .splitProduct(let r): writeSplitProduct(r, field)
    }
  }

  private func writePower(_ n: Int, _ field: UnsafePointer<Real>) {
    for (row, target) in rowTargets.enumerated() {
      let (from, to) = (field + row * rowLength, padded.pointer + target)
      switch n {
      case 1: to.update(from: from, count: rowLength)
      case 2: for i in 0..<rowLength { to[i] = from[i] * from[i] }
      case 3: for i in 0..<rowLength { to[i] = from[i] * from[i] * from[i] }
      default:
        for i in 0..<rowLength {
          var product = from[i]
          for _ in 1..<n { product *= from[i] }
          to[i] = product
        }
      }
    }
  }

  /// φ(x) φ(x+r); 0 where x+r leaves an open box.
  private func writeSplitProduct(_ r: [Int], _ field: UnsafePointer<Real>) {
    let shifted = rowsShifted(by: r)
    let step = r.last!
    // The part of a row whose partner does not leave it; the rest wraps on a periodic lattice.
    let inside = max(0, -step)..<min(rowLength, rowLength - step)
    for (row, target) in rowTargets.enumerated() {
      let (from, to) = (field + row * rowLength, padded.pointer + target)
      guard shifted[row] >= 0 else {
        to.update(repeating: 0, count: rowLength)
        continue
      }
      let partner = field + shifted[row]
      for i in inside { to[i] = from[i] * partner[i + step] }
      let wrap = step > 0 ? step - rowLength : step + rowLength
      let isPeriodic = lattice.boundary == .periodic
      for i in 0..<inside.lowerBound { to[i] = isPeriodic ? from[i] * partner[i + wrap] : 0 }
      for i in inside.upperBound..<rowLength { to[i] = isPeriodic ? from[i] * partner[i + wrap] : 0 }
    }
  }

  private func rowsShifted(by r: [Int]) -> [Int] {
    if let known = shiftedRows[r] { return known }
    let outer = Array(lattice.sites.dropLast())
    let rows = rowTargets.indices.map { row -> Int in
      let head = zip(Lattice.unravel(row, shape: outer), r).map { $0 + $1 }
      let isInside = zip(head, outer).allSatisfy { $0 >= 0 && $0 < $1 }
      return isInside || lattice.boundary == .periodic ? lattice.siteIndex(head + [0]) : -1
    }
    shiftedRows[r] = rows
    return rows
  }
}
