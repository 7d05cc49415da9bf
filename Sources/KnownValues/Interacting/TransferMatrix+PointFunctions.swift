// SPDX-License-Identifier: GPL-3.0-or-later

import Glibc
import LatticeFields
import NumericalKernels

extension TransferMatrix {
  /// The moment `<φ_0^k>` at a site.
  public func siteMoment(_ k: Int) -> Double { moment([Int](repeating: 0, count: k)) }

  /// `G2(r)` for r = 0…`last`, from one pass over the states: `Σ_{mn} |<m|φ|n>|² l_m^{L−r} l_n^r/Σ l^L`.
  public func twoPoint(upTo last: Int) -> [Double] {
    let (count, field) = (stateCount, fieldPower(1))
    var values = (0...last).map { r -> Double in
      // On the infinite line only m = 0 is left.
      let forward = decay(r)
      let rows = sites == nil ? 1 : count
      let backward = sites.map { decay($0 - r) } ?? [1]
      var sum = 0.0
      for m in 0..<rows {
        var row = 0.0
        for n in 0..<count { row += field[m * count + n] * field[m * count + n] * forward[n] }
        sum += backward[m] * row
      }
      return sum / excitations
    }
    values[0] = siteMoment(2)
    return values
  }

  /// `G2(p) = a Σ_r cos(pr) G2(r)` at `p = 2πn/(aL)`.
  public func propagator(mode n: Int) -> Double {
    guard let sites else { preconditionFailure("propagator: the infinite line has no modes") }
    let values = twoPoint(upTo: sites - 1)
    return spacing
      * values.enumerated().reduce(0) {
        $0 + cos(2 * .pi * Double(n * $1.offset % sites) / Double(sites)) * $1.element
      }
  }

  /// `<φ(x_1)…φ(x_n)>` at any sites, coincident ones included.
  ///
  /// The trace of the operators `φ^k` of the distinct sites in their order round the ring, with powers of T between them. Cost: a product of
  /// matrices in the basis of states for each distinct site.
  public func moment(_ points: [Int]) -> Double {
    guard points.count % 2 == 0 || source != 0 else { return 0 }
    guard !points.isEmpty else { return 1 }
    let wrapped = points.map { x in sites.map { ((x % $0) + $0) % $0 } ?? x }.sorted()
    let distinct = wrapped.reduce(into: [Int]()) { if $0.last != $1 { $0.append($1) } }
    let count = stateCount
    let rows = sites == nil ? 1 : count
    var chain: [Double] = []
    for (j, site) in distinct.enumerated() {
      let operation = fieldPower(wrapped.count { $0 == site })
      if j == 0 {
        chain = Array(operation[..<(rows * count)])
      } else {
        let step = decay(site - distinct[j - 1])
        for m in 0..<rows { for n in 0..<count { chain[m * count + n] *= step[n] } }
        var product = chain
        MatrixProduct.multiplyTransposed(
          rows: rows, columns: count, inner: count, a: chain, aStride: count, b: operation,
          bStride: count, beta: 0, c: &product, cStride: count)
        chain = product
      }
    }
    let last = sites.map { decay($0 - distinct.last! + distinct[0]) } ?? [1]
    return (0..<rows).reduce(0) { $0 + chain[$1 * count + $1] * last[$1] } / excitations
  }

  /// The joint cumulant of φ at two or four sites, without a source.
  public func cumulant(_ points: [Int]) -> Double {
    precondition(source == 0, "TransferMatrix.cumulant: odd moments are taken to vanish")
    switch points.count {
    case 2: return moment(points)
    case 4:
      return Pairings.four.reduce(moment(points)) { sum, pairing in
        sum - pairing.reduce(1) { $0 * moment([points[$1.0], points[$1.1]]) }
      }
    default:
      precondition(points.count % 2 == 1, "TransferMatrix.cumulant: \(points.count) points, 2 or 4 are known")
      return 0
    }
  }
}
