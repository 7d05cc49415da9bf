// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis
import LatticeFields
import NumericalKernels

extension OsterwalderSchrader {
  /// Reflection positivity about planes of the lattice, at 2 and 4 points, and cluster decomposition.
  func experiments(_ fields: OutsideFields) throws -> [Experiment] {
    let experiments = [reflections(fields, order: 2), reflections(fields, order: 4), clusters(fields)].compactMap { $0 }
    guard !experiments.isEmpty else { throw NotApplicable("reflections and clusters need twelve sites along the first axis") }
    return experiments
  }

  /// Steps of the furthest field from the plane, and one more.
  private static let steps = 6

  /// `M_ij = <F_i θF_j>` is positive semidefinite, F = φ(τ), or 1, φ(τ)² and φ(τ)φ(τ + one step). The direction is that of the lowest eigenvalue in the first half
  /// of the draws, tested on the second half.
  private func reflections(_ fields: OutsideFields, order: Int) -> Experiment? {
    guard fields.lattice.sites[0] >= 2 * Self.steps else { return nil }
    let planes = ["site", "link"]
    let claims = planes.map { plane in
      Claim(
        "\(plane) reflection, n = \(order)",
        statement: "<F_i theta F_j> is positive semidefinite for F = "
          + (order == 2 ? "phi(tau)" : "1, phi(tau)^2, phi(tau)phi(tau')") + " about a \(plane) plane",
        source: OutsideFields.source, control: "a twentieth of the trace taken from the tested direction")
    }
    return Experiment(theory: fields.title, claims: claims, command: nil, isGiven: true) { budget in
      let middle = fields.lattice.sites.map { ($0 - 1) / 2 }
      func at(_ time: Int) -> [Int] {
        var site = middle
        site[0] += time
        return site
      }
      return try planes.map { plane in
        let offset = plane == "site" ? 0 : 1
        let functions: [[Int]] =
          order == 2
          ? (0..<4).map { [offset + $0] }
          : (0..<3).map { [offset + $0, offset + $0] } + (0..<3).map { [offset + $0, offset + $0 + 1] }
        // The constant function joins even products.
        let all = order == 2 ? functions : [[]] + functions
        let count = all.count
        let entries = all.flatMap { left in all.map { right in left + right.map { offset - $0 } } }
        let places = entries.indices.filter { !entries[$0].isEmpty }
        let rows = try fields.measured(places.map { entries[$0].map(at) }, budget)
        func matrix(_ units: Range<Int>) -> [JackknifeSamples] {
          let full = rows.functions(units).full
          let whole = entries.indices.map { entry in places.firstIndex(of: entry).map { full[$0] } ?? full[0].map { _ in 1 } }
          return (0..<count * count).map { 0.5 * (whole[$0] + whole[$0 % count * count + $0 / count]) }
        }
        let first = SymmetricEigenproblem(matrix(rows.samples.firstHalf).map(\.value), size: count)
        let lowest = first.values.indices.min { first.values[$0] < first.values[$1] }!
        let (units, vector) = (rows.samples.secondHalf, first.vectors[lowest])
        let second = matrix(units)
        let terms = (0..<count * count).map { (vector[$0 / count] * vector[$0 % count], second[$0]) }
        let form = terms.dropFirst().reduce(terms[0].0 * terms[0].1) { $0 + $1.0 * $1.1 }
        let trace = first.values.reduce(0, +)
        return Evidence(
          claim: rows.finding(nonNegative: form, order: order, units: units),
          control: rows.finding(nonNegative: form.map { $0 - 0.05 * trace }, order: order, units: units),
          draws: fields.ensemble.draws)
      }
    }
  }

  /// The connected function of two pairs vanishes where they are far apart: a quarter of a ring, half of an open box. Networks of finite width do not cluster.
  private func clusters(_ fields: OutsideFields) -> Experiment? {
    let extent = fields.lattice.sites[0]
    guard extent >= 2 * Self.steps else { return nil }
    let isOpen = fields.lattice.boundary == .open
    let far = isOpen ? extent / 2 : extent / 4
    let claim = Claim(
      "clusters of two", statement: "G4c(x, x-u, z+R, z+R-v) vanishes at R = \(far) steps", source: OutsideFields.source,
      control: "two pairs one step apart, with what their 2-point functions make of them")
    return Experiment(theory: fields.title, claims: [claim], command: nil, isGiven: true) { budget in
      let start = fields.lattice.sites.enumerated().map { $0.offset == 0 ? (isOpen ? extent / 4 : 0) : ($0.element - 1) / 2 }
      func at(_ step: Int) -> [Int] {
        var site = start
        site[0] += step
        return site
      }
      let pairs = [(0, 0), (1, 0), (1, 1)]
      func sets(_ distance: Int) -> [[[Int]]] {
        pairs.flatMap { u, v in
          [[at(0), at(-u), at(distance), at(distance - v)], [at(0), at(-u)], [at(distance), at(distance - v)]]
        }
      }
      let rows = try fields.measured(sets(far) + sets(1), budget)
      let functions = rows.functions(rows.samples.all)
      let apart = pairs.indices.map { functions.connected[3 * $0] }
      let near = pairs.indices.map { index -> JackknifeSamples in
        let place = 3 * (pairs.count + index)
        return functions.full[place] - functions.full[place + 1] * functions.full[place + 2]
      }
      return [
        Evidence(
          claim: rows.finding(zero: apart, order: 4), control: rows.finding(zero: near, order: 4), draws: fields.ensemble.draws)
      ]
    }
  }
}
