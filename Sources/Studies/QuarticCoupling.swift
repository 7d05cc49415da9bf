// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import EnsembleRuns
import ErrorAnalysis
import FieldTheories
import LatticeFields

/// The quartic coupling of the effective action `S = ½ φ K φ + (1/4!) ∫ g4 φ⁴`, from amputated connected functions on periodic lattices:
///
///     g4(q1..q4) = −T(q1..q4)/(G(q1) G(q2) G(q3) G(q4)),        g4(0) = −χ4/χ2⁴
///
/// To first order in the connected function it is that coupling; for lattice φ⁴ it is `λ − (3/2) λ² B(0) + …`. Free nets of finite width have a non-local one,
/// `g4(q,−q,k,−k) = V/(N G_q G_k)`. Ratios of means, their O(1/bins) bias removed by the jackknife. Source: docs/physics/studies.md.
enum QuarticCoupling {
  static let name = "quartic-coupling"

  /// From the tables of a run; nil where they do not hold what it takes.
  static func table(from tables: [MeasuredTable], _ theory: TheoryDefinition, draws: Int) -> MeasuredTable? {
    let lattice = theory.lattice
    var rows: [Ratio] = []
    if let zero = tables.first(where: { $0.name == "zero-momentum" }) ?? tables.first(where: { $0.name == "zero-momentum-cumulants" }),
      let chi2 = Source(zero, { isCumulant($0, order: 2) }), let chi4 = Source(zero, { isCumulant($0, order: 4) })
    {
      rows.append(Ratio(label: "chi4/chi2^4", numerator: chi4, denominators: [chi2, chi2, chi2, chi2]))
    }
    if let trispectrum = tables.first(where: { $0.name == "trispectrum" }),
      let propagator = tables.first(where: { $0.name == "momentum-propagator" })
    {
      for row in trispectrum.rows.indices {
        guard case .trispectrum(let modes)? = trispectrum.rows[row].target.terms.first?.function,
          let numerator = Source(trispectrum, row: row)
        else { continue }
        let denominators = modes.compactMap { mode in Source(propagator) { isPropagator($0, mode, lattice) } }
        guard denominators.count == 4, case .text(let label)? = trispectrum.rows[row].coordinates.first else { continue }
        rows.append(Ratio(label: label, numerator: numerator, denominators: denominators))
      }
    }
    guard !rows.isEmpty else { return nil }
    let samples = rows.map { row in
      row.denominators.reduce(-1 * row.numerator.samples) { $0 / $1.samples }.biasCorrected
    }
    return MeasuredTable(
      name: name, summary: "effective quartic coupling g4 = -T/(G G G G) at momentum modes, and -chi4/chi2^4 at zero momentum",
      coordinateColumns: ["modes"],
      rows: rows.map { CorrelatorRow(coordinates: [.text($0.label)], target: RowTarget(terms: [])) },
      covarianceRows: Array(rows.indices), samples: samples, reliability: rows.map { _ in .sound }, draws: draws,
      independentSamples: theory.architecture.effectiveSamples(draws: draws), exact: rows.map(\.exact))
  }

  /// A measured number with its exact value.
  private struct Source {
    let samples: JackknifeSamples
    let exact: Double?

    /// The row of a table, if it is not withheld.
    init?(_ table: MeasuredTable, row: Int) {
      guard let samples = try? table.sampledTable().samples[row] else { return nil }
      self.samples = samples
      exact = table.rows[row].exact
    }

    init?(_ table: MeasuredTable, _ isWanted: (RowTarget) -> Bool) {
      guard let row = table.rows.firstIndex(where: { isWanted($0.target) }) else { return nil }
      self.init(table, row: row)
    }
  }

  private struct Ratio {
    let label: String
    let numerator: Source
    let denominators: [Source]

    var exact: Double? {
      guard let numerator = numerator.exact else { return nil }
      return denominators.reduce(Optional(-numerator)) { value, source in
        source.exact.flatMap { exact in value.map { $0 / exact } }
      }
    }
  }

  private static func isCumulant(_ target: RowTarget, order: Int) -> Bool {
    target.terms.count == 1 && target.terms[0].function == .zeroMomentumCumulant(order: order)
  }

  private static func isPropagator(_ target: RowTarget, _ mode: [Int], _ lattice: Lattice) -> Bool {
    let sites = [lattice.siteIndex(mode), lattice.siteIndex(mode.map { -$0 })]
    return target.terms.contains { term in
      if case .propagator(let own) = term.function { sites.contains(lattice.siteIndex(own)) } else { false }
    }
  }
}
