// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import EnsembleRuns
import ErrorAnalysis
import FieldTheories
import LatticeFields
import ParameterSampling
import ResultTables

/// The quartic coupling of the effective action `S = ½ φ K φ + (1/4!) ∫ g4 φ⁴`, from amputated connected functions on periodic lattices:
///
///     g4(q1..q4) = −T(q1..q4)/(G(q1) G(q2) G(q3) G(q4)),        g4(0) = −χ4/χ2⁴
///
/// To first order in the connected function it is that coupling. Free nets of finite width have a non-local one, `g4(q,−q,k,−k) = V/(N G_q G_k)`. For φ⁴ at infinite width the
/// one-loop term is known and taken back, which leaves λ up to a term of order λ³, at all momenta alike if the coupling is local:
///
///     λ = g4 + (g4²/2) [B(q1+q2) + B(q1+q3) + B(q1+q4)],   B(P) = V⁻¹ Σ_k G_k G_{P−k},   G_k = 1/(k̂² + 1/χ2)
///
/// Ratios of means, their O(1/bins) bias removed by the jackknife. Source: docs/physics/studies.md.
enum QuarticCoupling {
  static let name = "quartic-coupling"

  /// From the tables of a run; nil where they do not hold what it takes.
  static func table(from tables: [MeasuredTable], _ theory: TheoryDefinition, draws: Int) -> MeasuredTable? {
    let lattice = theory.lattice
    let zero = [Int](repeating: 0, count: lattice.dimension)
    var rows: [Ratio] = []
    if let cumulants = ["zero-momentum", "zero-momentum-cumulants"].lazy.compactMap({ name in tables.first { $0.name == name } })
      .first,
      let chi2 = Source(cumulants, { isCumulant($0, order: 2) }), let chi4 = Source(cumulants, { isCumulant($0, order: 4) })
    {
      rows.append(
        Ratio(label: "chi4/chi2^4", modes: [zero, zero, zero, zero], numerator: chi4, denominators: [chi2, chi2, chi2, chi2]))
    }
    if let trispectrum = tables.first(where: { $0.name == "trispectrum" }),
      let propagator = tables.first(where: { $0.name == "momentum-propagator" })
    {
      for row in trispectrum.rows.indices {
        guard case .trispectrum(let modes)? = trispectrum.rows[row].target.terms.first?.function else { continue }
        // The same as the ratio of cumulants.
        if !rows.isEmpty && modes.allSatisfy({ $0 == zero }) { continue }
        let numerator = Source(trispectrum, row: row)
        let denominators = modes.compactMap { mode in Source(propagator) { isPropagator($0, mode, lattice) } }
        guard denominators.count == 4, case .text(let label)? = trispectrum.rows[row].coordinates.first else { continue }
        rows.append(Ratio(label: label, modes: modes, numerator: numerator, denominators: denominators))
      }
    }
    guard !rows.isEmpty else { return nil }
    var labels = rows.map(\.label)
    var samples = rows.map(\.samples)
    var exact = rows.map(\.exact)
    var references: [Double?] = rows.map { _ in nil }
    if let susceptibility = susceptibility(tables, lattice), let coupling = coupling(theory) {
      let bubble = Bubble(lattice)
      for (row, bare) in zip(rows, samples) {
        labels.append("\(row.label), one loop removed")
        let loop = bubble.sum(row.modes, susceptibility: susceptibility)
        samples.append(bare.map { ($0 + 0.5 * ($0 * $0 * loop)).biasCorrected })
        exact.append(nil)
        references.append(coupling)
      }
    }
    var table = MeasuredTable(
      name: name, summary: "effective quartic coupling g4 = -T/(G G G G) at momentum modes, and -chi4/chi2^4 at zero momentum",
      coordinateColumns: ["modes"],
      rows: labels.map { CorrelatorRow(coordinates: [.text($0)], target: RowTarget(terms: [])) },
      covarianceRows: Array(rows.indices), samples: samples.map { $0 ?? .withheld },
      reliability: samples.map { samples in
        samples.map { SamplingAdequacy.reliability(of: $0) } ?? .underSampled("a correlator in it is under-sampled")
      },
      draws: draws, independentSamples: theory.architecture.effectiveSamples(draws: draws), exact: exact)
    if references.contains(where: { $0 != nil }) {
      table.annotations = [
        MeasuredTable.Annotation(Column("reference", .number), references.map { $0.map { .number($0) } ?? .missing }),
        MeasuredTable.Annotation(
          Column("reference_kind", .text), references.map { $0 == nil ? .missing : .text("lambda of the file") }),
      ]
      table.remarks = [
        "with the one-loop term removed, g4 is lambda up to lambda^3, and equal at all momenta if the coupling is local"
      ]
    }
    return table
  }

  /// λ of the insertion `(λ/4!) φ⁴` into the free field itself; nil for others, and for nets of finite width, whose non-local coupling no loop of a
  /// local one explains.
  private static func coupling(_ theory: TheoryDefinition) -> Double? {
    guard !theory.insertions.isEmpty, theory.architecture is FreeLatticeField,
      let potential = try? InteractingTheory(theory).potential, potential.degree == 4,
      potential.isEven
    else { return nil }
    return 24 * potential.coefficient(4)
  }

  /// χ2 = G(0).
  private static func susceptibility(_ tables: [MeasuredTable], _ lattice: Lattice) -> JackknifeSamples? {
    let zero = [Int](repeating: 0, count: lattice.dimension)
    guard lattice.boundary == .periodic else { return nil }
    for table in tables {
      if let samples = Source(table, { isCumulant($0, order: 2) || isPropagator($0, zero, lattice) })?.samples { return samples }
    }
    return nil
  }

  /// A measured number with its exact value.
  private struct Source {
    /// Nil where the row is withheld.
    let samples: JackknifeSamples?
    let exact: Double?

    init(_ table: MeasuredTable, row: Int) {
      samples = (try? table.sampledTable().samples[row]) ?? nil
      exact = table.rows[row].exact
    }

    init?(_ table: MeasuredTable, _ isWanted: (RowTarget) -> Bool) {
      guard let row = table.rows.firstIndex(where: { isWanted($0.target) }) else { return nil }
      self.init(table, row: row)
    }
  }

  private struct Ratio {
    let label: String
    let modes: [[Int]]
    let numerator: Source
    let denominators: [Source]

    /// Nil where a source is withheld.
    var samples: JackknifeSamples? {
      denominators.reduce(numerator.samples.map { -1 * $0 }) { ratio, source in
        source.samples.flatMap { samples in ratio.map { $0 / samples } }
      }?.biasCorrected
    }

    var exact: Double? {
      guard let numerator = numerator.exact else { return nil }
      return denominators.reduce(Optional(0 - numerator)) { value, source in
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

extension JackknifeSamples {
  /// In place of numbers that are withheld.
  fileprivate static var withheld: JackknifeSamples { JackknifeSamples(value: 0, replicas: [0, 0], weights: [1, 1]) }
}
