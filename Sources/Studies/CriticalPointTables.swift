// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import ErrorAnalysis
import FieldTheories
import LatticeFields
import ResultTables

/// What is known of the Ising class, to which one-component φ⁴ belongs, on periodic squares and cubes.
enum IsingClass {
  /// Values of a quantity in d dimensions; nil where none is known.
  ///
  /// d = 2: exact exponents; U = 0.6106901, ξ/L = 0.9050488 (Salas and Sokal, cond-mat/9904038). d = 3: ν = 0.63002(10), η = 0.03627(10)
  /// (Hasenbusch, arXiv:1004.4486), `<Φ⁴>/<Φ²>² = 1.6036(1)`, hence U = 0.46547 (Hasenbusch, hep-lat/9902026).
  static func value(_ quantity: CrossingQuantity, dimension: Int) -> Double? {
    switch (quantity, dimension) {
    case (.nu, 2): 1
    case (.eta, 2): 0.25
    case (.binder, 2): 0.6106901
    case (.correlationLength, 2): 0.9050488
    case (.nu, 3): 0.63002
    case (.eta, 3): 0.03627
    case (.binder, 3): 1 - 1.6036 / 3
    default: nil
    }
  }
}

extension CriticalPointResults {
  /// The name of the table of Binder cumulants.
  static let curves = "binder-curves"
  /// The name of the table of crossings.
  static let crossingTable = "binder-crossings"
  /// The name of the table of the critical point.
  static let criticalPoint = "critical-point"
  /// The name of the table of runs.
  static let runTable = "finite-size-runs"
  /// All tables of the study.
  public static let tableNames = [curves, crossingTable, criticalPoint, runTable]

  private var dimension: Int { study.definition.dimension }
  private func label(_ place: Int) -> String {
    [String](repeating: "\(study.lattices[place].length)", count: dimension).joined(separator: " x ")
  }
  private func name(_ quantity: CrossingQuantity) -> String {
    quantity == .coupling ? study.settings.coupling.rawValue : quantity.rawValue
  }

  /// All tables.
  public func tables() throws -> [ResultTable] { [try curveTable(), try crossingsTable(), try criticalTable(), try runsTable()] }

  /// U, χ, ξ/L and g of every lattice, reweighted to couplings within reach.
  private func curveTable() throws -> ResultTable {
    var table = ResultTable(
      name: Self.curves,
      summary:
        "Binder cumulants U = 1 - <Phi^4>/(3 <Phi^2>^2) of periodic lattices, reweighted; chi2 = <Phi^2>/V, second-moment correlation length over L, renormalised coupling g = -chi4/(chi2^2 xi^d)",
      columns: [
        Column("lattice", .text), Column(study.settings.coupling.rawValue, .number), Column("value", .number),
        Column("error", .number), Column("chi2", .number), Column("chi2_error", .number), Column("xi_over_L", .number),
        Column("xi_over_L_error", .number), Column("g", .number), Column("g_error", .number), Column("effective", .number),
        Column("status", .text),
      ])
    let values = study.settings.values
    for place in study.lattices.indices {
      let reach = Self.reach(histograms[place])
      let (low, high) = (values.min()! - reach / 2, values.max()! + reach / 2)
      for step in 0...8 {
        let coupling = low + (high - low) * Double(step) / 8
        let fraction = histograms[place].effectiveFraction(at: coupling)
        let isSound = fraction >= CriticalPointStudy.leastFraction && runs[place].allSatisfy { $0.obstruction == nil }
        let leading: [Cell] = [.text(label(place)), .number(coupling)]
        guard isSound else {
          try table.append(
            leading + [Cell](repeating: .missing, count: 8) + [.number(fraction), .text("under-sampled")])
          continue
        }
        let o = FiniteSizeObservables(histograms[place], lattice: study.lattices[place].lattice, at: coupling)
        func cells(_ samples: JackknifeSamples?) -> [Cell] {
          samples.map { [.number($0.value), .number($0.error)] } ?? [.missing, .missing]
        }
        try table.append(
          leading + cells(o.binder) + cells(o.susceptibility) + cells(o.correlationLength) + cells(o.coupling) + [
            .number(fraction), .text("ok"),
          ])
      }
    }
    table.notes = [
      "effective: how much of a run's worth is left after reweighting; below \(CriticalPointStudy.leastFraction) numbers are withheld"
    ]
    return table
  }

  private func crossingsTable() throws -> ResultTable {
    var table = ResultTable(
      name: Self.crossingTable,
      summary: "where Binder cumulants of neighbouring sizes cross, and effective exponents there",
      columns: [
        Column("L1", .integer), Column("L2", .integer), Column("quantity", .text), Column("value", .number),
        Column("error", .number), Column("reference", .number), Column("status", .text),
      ])
    var reasons: [String] = []
    for crossing in crossings {
      for quantity in CrossingQuantity.allCases {
        let leading: [Cell] = [
          .integer(Int(crossing.lengths.0)), .integer(Int(crossing.lengths.1)), .text(name(quantity)),
        ]
        let reference = IsingClass.value(quantity, dimension: dimension).map(Cell.number) ?? .missing
        guard let samples = crossing.samples[quantity] else {
          try table.append(leading + [.missing, .missing, reference, .text("withheld")])
          continue
        }
        try table.append(leading + [.number(samples.value), .number(samples.error), reference, .text("ok")])
      }
      if let reason = crossing.obstruction, !reasons.contains(reason) { reasons.append(reason) }
    }
    table.notes =
      reasons.map { "withheld: \($0)" } + [
        "reference: the Ising class on periodic lattices of equal sides, in the limit of large L; no part in any test"
      ]
    return table
  }

  /// A quantity in the limit of large lattices.
  private struct Limit {
    let model: String
    let value: Double
    let error: Double
    let fit: CorrelatedFit?
  }

  /// The largest pair alone, `c0 + A L^{−p}` through all pairs with the full covariance, and with a free p through the last three.
  private func limits(_ quantity: CrossingQuantity) -> [Limit] {
    let known = crossings.filter { $0.samples[quantity] != nil }
    guard let last = known.last else { return [] }
    let samples = known.map { $0.samples[quantity]! }
    var limits = [
      Limit(
        model: "L = \(Int(last.lengths.0)), \(Int(last.lengths.1))", value: samples.last!.value, error: samples.last!.error,
        fit: nil)
    ]
    guard known.count > 1 else { return limits }
    let omega = study.settings.omega
    let exponent = quantity == .coupling ? 1 / (IsingClass.value(.nu, dimension: dimension) ?? 1) + omega : omega
    let fit = CorrelatedFit(known.map(\.lengths.0), samples.map(\.value), covariance: CovarianceMatrix(of: samples)) {
      [1, pow($0, -exponent)]
    }
    if fit.reliability == .sound {
      limits.append(Limit(model: "c0 + A L^-\(Float(exponent))", value: fit.parameters[0], error: fit.errors[0], fit: fit))
    }
    if let samples = Self.extrapolated(known, samples) {
      limits.append(Limit(model: "free power, last three", value: samples.value, error: samples.error, fit: nil))
    }
    return limits
  }

  /// `c0` of `c0 + A L^{−p}` with any p through the last three pairs of one ratio of sizes, `x3 − d2²/(d2 − d1)` with d their differences; nil
  /// where these do not clearly shrink.
  private static func extrapolated(_ known: [BinderCrossing], _ samples: [JackknifeSamples]) -> JackknifeSamples? {
    let ratios = known.suffix(3).map { $0.lengths.1 / $0.lengths.0 }
    guard samples.count > 2, ratios.allSatisfy({ abs($0 - ratios[0]) < 1e-9 }) else { return nil }
    let x = Array(samples.suffix(3))
    let (first, second) = (x[1] - x[0], x[2] - x[1])
    let change = second - first
    let isShrinking = first.value * second.value > 0 && abs(second.value) < abs(first.value)
    guard isShrinking, abs(change.value) > 3 * change.error else { return nil }
    return x[2] - second * second / change
  }

  private func criticalTable() throws -> ResultTable {
    var table = ResultTable(
      name: Self.criticalPoint,
      summary:
        "the critical point and what holds there: largest pair of lattices, and a fit through all pairs with the full covariance",
      columns: [
        Column("quantity", .text), Column("model", .text), Column("value", .number), Column("error", .number),
        Column("reference", .number), Column("chi2", .number), Column("dof", .integer), Column("p", .number),
        Column("status", .text),
      ])
    for quantity in CrossingQuantity.allCases {
      for limit in limits(quantity) {
        let isPoor = limit.fit?.pValue.map { $0 < 0.01 } ?? false
        try table.append([
          .text(name(quantity)), .text(limit.model), .number(limit.value), .number(limit.error),
          IsingClass.value(quantity, dimension: dimension).map(Cell.number) ?? .missing,
          limit.fit.map { .number($0.chiSquared) } ?? .missing, limit.fit.map { .integer($0.degreesOfFreedom) } ?? .missing,
          limit.fit?.pValue.map { .number($0) } ?? .missing, .text(isPoor ? "poor fit" : "ok"),
        ])
        if quantity == .coupling, let ratio = criticalRatio(limit) {
          try table.append([
            .text("lambda/(6 mu^2)"), .text(limit.model), .number(ratio.value), .number(ratio.error), .missing, .missing,
            .missing,
            .missing, .text("ok"),
          ])
        }
      }
    }
    table.notes = [
      "errors are statistical; the difference of the models shows what corrections of higher order may still do",
      "reference: the Ising class; no part in any test",
    ]
    if dimension == 2 {
      table.notes.append(
        "lambda/(6 mu^2): mu^2 solves mu^2 = m0^2 + (lambda/2) A(mu^2) on a lattice of 256 sites; its continuum limit is the critical coupling f"
      )
    }
    return table
  }

  /// `λ/(6 μ²)` in two dimensions, μ² the mass of the gap equation in a large volume; by its derivative.
  private func criticalRatio(_ limit: Limit) -> (value: Double, error: Double)? {
    let theory = study.definition
    guard dimension == 2, study.settings.coupling == .mass, let potential = theory.insertions.latticePotential else { return nil }
    let large = Lattice(sites: [256, 256], spacing: theory.lattice.spacing, boundary: .periodic)
    let quartic = LocalPotential(even: [0, potential.coefficient(4)])
    func ratio(_ bare: Double) -> Double? {
      HartreeMass(massSquared: bare, potential: quartic, lattice: large).map { 24 * potential.coefficient(4) / (6 * $0.shifted) }
    }
    let step = 1e-4 * max(1e-3, abs(limit.value))
    guard potential.even.count == 2, let value = ratio(limit.value), let above = ratio(limit.value + step) else { return nil }
    return (value, abs(above - value) / step * limit.error)
  }

  private func runsTable() throws -> ResultTable {
    var table = ResultTable(
      name: Self.runTable, summary: "the runs: what their chains are worth",
      columns: [
        Column("lattice", .text), Column(study.settings.coupling.rawValue, .number), Column("samples", .integer),
        Column("tau_int", .number), Column("ess", .number), Column("p_chains", .number), Column("status", .text),
      ])
    var reasons: [String] = []
    for place in study.lattices.indices {
      for (value, run) in zip(study.settings.values, runs[place]) {
        try table.append([
          .text(label(place)), .number(value), .integer(run.samples), .number(run.autocorrelationTime),
          .number(run.effectiveSamples), .number(run.agreement.pValue), .text(run.obstruction == nil ? "ok" : "under-sampled"),
        ])
        if let reason = run.obstruction { reasons.append("\(label(place)): \(reason)") }
      }
    }
    table.notes =
      reasons.map { "under-sampled: \($0)" } + [
        "tau_int: in measurements, of Phi^2 or the energy, whichever is slower; p_chains: that chains agree"
      ]
    return table
  }
}
