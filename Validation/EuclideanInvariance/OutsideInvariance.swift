// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis
import LatticeFields

extension EuclideanInvariance {
  /// Translations, reflections and quarter turns of 2- and 4-point functions on sites, and in an open box rotations off the axes: a distance of five steps along
  /// an axis and along (3, 4).
  func experiments(_ fields: OutsideFields) throws -> [Experiment] {
    guard fields.lattice.sites.allSatisfy({ $0 > 2 }),
      fields.lattice.boundary == .periodic || fields.lattice.sites.allSatisfy({ $0 >= 8 })
    else { throw NotApplicable("motions need three sites an axis, eight in an open box") }
    return fields.orders.map { motions(fields, order: $0) } + fields.orders.compactMap { offAxes(fields, order: $0) }
  }

  private func motions(_ fields: OutsideFields, order: Int) -> Experiment {
    let wrong = fields.dilation
    let claims = fields.motions.map { motion in
      Claim(
        "\(motion.name), n = \(order)",
        statement: "<phi(g x1) .. phi(g x\(order))> = <phi(x1) .. phi(x\(order))> for \(motion.words)",
        source: OutsideFields.source,
        control: wrong.words)
    }
    return Experiment(theory: fields.title, claims: claims, command: nil, isGiven: true) { budget in
      let all = fields.motions + [wrong]
      let configurations = (0..<5).map { fields.configuration(order, $0) }
      let rows = try fields.measured(configurations.flatMap { sites in [sites] + all.map { sites.map($0.act) } }, budget)
      let full = rows.functions(rows.samples.all).full
      func finding(_ motion: Int) -> Finding {
        let stride = all.count + 1
        return rows.finding(
          zero: configurations.indices.map { full[$0 * stride + 1 + motion] - full[$0 * stride] }, order: order)
      }
      let control = finding(all.count - 1)
      return claims.indices.map { Evidence(claim: finding($0), control: control, draws: fields.ensemble.draws) }
    }
  }

  /// Nil where the box is too small. At four points two pairs that coincide.
  private func offAxes(_ fields: OutsideFields, order: Int) -> Experiment? {
    let lattice = fields.lattice
    guard lattice.boundary == .open, lattice.dimension > 1, lattice.sites[0] >= 8, lattice.sites[1] >= 8 else { return nil }
    let claim = Claim(
      "rotations off the axes, n = \(order)",
      statement: order == 2 ? "G(5, 0) = G(3, 4), in steps" : "<phi(0)^2 phi(5, 0)^2> = <phi(0)^2 phi(3, 4)^2>, in steps",
      source: OutsideFields.source, control: "a distance of 4 for one of 5")
    return Experiment(theory: fields.title, claims: [claim], command: nil, isGiven: true) { budget in
      // From the middle outwards, so that what depends on the place is the same for both.
      let start = lattice.sites.map { ($0 - 1) / 2 }
      func set(_ first: Int, _ second: Int) -> [[Int]] {
        // A pair about the middle.
        var (a, b) = (start, start)
        (a[0], a[1]) = (start[0] - first / 2, start[1] - second / 2)
        (b[0], b[1]) = (a[0] + first, a[1] + second)
        return order == 2 ? [a, b] : [a, a, b, b]
      }
      let pairs = [(5, 0), (3, 4), (0, 5), (4, 3), (4, 0), (0, 4)]
      let rows = try fields.measured(pairs.map(set), budget)
      let full = rows.functions(rows.samples.all).full
      return [
        Evidence(
          claim: rows.finding(zero: [full[0] - full[1], full[2] - full[3]], order: order),
          control: rows.finding(zero: [full[4] - full[1], full[5] - full[3]], order: order), draws: fields.ensemble.draws)
      ]
    }
  }
}
