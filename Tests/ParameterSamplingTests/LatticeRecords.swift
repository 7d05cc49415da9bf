// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import Foundation
import LatticeFields
import NNFTTestSupport

@testable import ParameterSampling

/// The mean of something over configurations of a periodic lattice, from which the reference records are made.
enum LatticeMean: Hashable, Sendable {
  /// `Π φ(x + s)` over the stated sites, averaged over translations x.
  case product([Int])
  /// `Φ^n/V`, Φ = a^d Σ φ.
  case total(Int)
  /// `|φ~(p)|²/V`, p = 2πn/L along the first axis.
  case mode(Int)

  var name: String { "\(self)" }
}

/// One number of a reference record of the lattice field as a function of such means.
struct LatticeNumber: Sendable {
  let label: String
  let exact: Double
  /// One sigma of a Monte-Carlo record.
  let uncertainty: Double
  let means: [LatticeMean]
  let function: @Sendable ([Double]) -> Double

  /// What a record says, number by number; empty where it is no function of such means.
  static func numbers(of record: ReferenceRecord, lattice: Lattice) -> [LatticeNumber] {
    let q = record.quantity
    let volume = lattice.volume
    func number(
      _ index: Int, _ means: [LatticeMean], _ function: @escaping @Sendable ([Double]) -> Double = { $0[0] }
    ) -> LatticeNumber {
      LatticeNumber(
        label: record.values.count > 1 ? "\(q.prefix(9))[\(index)]" : String(q.prefix(12)), exact: record.values[index],
        uncertainty: record.uncertainties?[index] ?? 0, means: means, function: function)
    }
    /// Digits of a displacement such as "(2,1)" or "(1,0,..)".
    func site(_ text: Substring) -> Int {
      let digits = text.prefix { $0 != ")" }.compactMap(\.wholeNumberValue)
      return lattice.siteIndex((0..<lattice.dimension).map { $0 < digits.count ? digits[$0] : 0 })
    }
    func connected(_ index: Int, _ s: [Int]) -> LatticeNumber {
      number(
        index,
        [
          .product(s), .product([s[0], s[1]]), .product([s[2], s[3]]), .product([s[0], s[2]]), .product([s[1], s[3]]),
          .product([s[0], s[3]]), .product([s[1], s[2]]),
        ]
      ) { $0[0] - $0[1] * $0[2] - $0[3] * $0[4] - $0[5] * $0[6] }
    }
    let sites = record.points.map { Int($0[0]) }
    if q == "<phi^2>" { return [number(0, [.product([0, 0])])] }
    if q == "<phi^4>" { return [number(0, [.product([0, 0, 0, 0])])] }
    if q.hasPrefix("[<phi^2>,<phi^4>") {
      return record.values.indices.map { number($0, [.product([Int](repeating: 0, count: 2 * $0 + 2))]) }
    }
    if q.hasPrefix("connected 4-pt") { return [connected(0, [0, 0, 0, 0])] }
    if q.hasPrefix("G2(r)") {
      return record.values.indices.map { number($0, [.product([0, lattice.siteIndex([$0])])]) }
    }
    if q.hasPrefix("G2(p_n)") { return record.values.indices.map { number($0, [.mode($0)]) } }
    if q.hasPrefix("G2(p)") { return record.values.indices.map { number($0, [.mode($0 + 1)]) } }
    if q.hasPrefix("G2(") { return [number(0, [.product([0, site(q.dropFirst(3))])])] }
    if q.hasPrefix("[G4,G4c]") { return [number(0, [.product(sites)]), connected(1, sites)] }
    if q.hasPrefix("G4c(x,x,y,y)") {
      if !sites.isEmpty { return [connected(0, sites)] }
      let y = site(q.split(separator: "+").last!)
      return [connected(0, [0, 0, y, y])]
    }
    if q.hasPrefix("chi2=") { return [number(0, [.total(2)])] }
    if q.hasPrefix("chi4=") { return [number(0, [.total(4), .total(2)]) { $0[0] - 3 * volume * $0[1] * $0[1] }] }
    if q.hasPrefix("chi6=") {
      return [
        number(0, [.total(6), .total(4), .total(2)]) {
          $0[0] - 15 * volume * $0[1] * $0[2] + 30 * volume * volume * $0[2] * $0[2] * $0[2]
        }
      ]
    }
    if q.hasPrefix("Binder") {
      return [number(0, [.total(4), .total(2)]) { 1 - $0[0] / (3 * volume * $0[1] * $0[1]) }]
    }
    if q.hasPrefix("g4(0)=") {
      return [number(0, [.total(4), .total(2)]) { -($0[0] - 3 * volume * $0[1] * $0[1]) / pow($0[1], 4) }]
    }
    return []
  }
}

extension Observables {
  /// Means over a periodic lattice.
  static func means(_ means: [LatticeMean], _ lattice: Lattice) -> Observables {
    let (count, extent) = (lattice.siteCount, lattice.sites[0])
    let (cell, volume) = (lattice.cellVolume, lattice.volume)
    let tables: [[[Int32]]] = means.map { mean in
      guard case .product(let sites) = mean else { return [] }
      return sites.map { site in
        let shift = lattice.siteVector(site)
        return (0..<count).map { x in
          Int32(lattice.siteIndex(zip(lattice.siteVector(x), shift).map { $0 + $1 }))
        }
      }
    }
    let stride = count / extent
    return Observables(means.map(\.name)) { sample in
      let phi = sample.field
      let sheets = (0..<extent).map { n in (0..<stride).reduce(0.0) { $0 + phi[n * stride + $1] } }
      let total = cell * sheets.reduce(0, +)
      return zip(means, tables).map { mean, table in
        switch mean {
        case .product:
          var sum = 0.0
          for x in 0..<count {
            var term = 1.0
            for sites in table { term *= phi[Int(sites[x])] }
            sum += term
          }
          return sum / Double(count)
        case .total(let n): return pow(total, Double(n)) / volume
        case .mode(let n):
          var (real, imaginary) = (0.0, 0.0)
          for x in 0..<extent {
            let angle = 2 * Double.pi * Double(n * x % extent) / Double(extent)
            real += sheets[x] * cos(angle)
            imaginary += sheets[x] * sin(angle)
          }
          return cell * cell * (real * real + imaginary * imaginary) / volume
        }
      }
    }
  }
}
