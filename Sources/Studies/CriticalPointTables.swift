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
  /// d = 2: exact exponents; U = 0.6106901, ξ/L = 0.9050488 (Salas and Sokal, cond-mat/9904038). d = 3: ν = 0.629971(4), η = 0.036298(2)
  /// (Kos, Poland, Simmons-Duffin and Vichi, arXiv:1603.04436), `<Φ⁴>/<Φ²>² = 1.6036(1)`, hence U = 0.46547, and
  /// ξ/L = 0.6431(1) (Hasenbusch, hep-lat/9902026 and arXiv:1004.4486).
  static func value(_ quantity: CrossingQuantity, dimension: Int) -> Double? {
    switch (quantity, dimension) {
    case (.nu, 2): 1
    case (.eta, 2): 0.25
    case (.binder, 2): 0.6106901
    case (.correlationLength, 2): 0.9050488
    case (.nu, 3): 0.629971
    case (.eta, 3): 0.0362978
    case (.binder, 3): 1 - 1.6036 / 3
    case (.correlationLength, 3): 0.6431
    default: nil
    }
  }
}

extension CriticalPointResults {
  /// The name of the table of Binder cumulants.
  static let curves = "binder-curves"
  /// The name of the table of crossings.
  static let crossingTable = "binder-crossings"
  /// The name of the table of lattices at one value of U or ξ/L.
  static let fixedTable = "fixed-ratio"
  /// The name of the table of the critical point.
  static let criticalPoint = "critical-point"
  /// The name of the table of runs.
  static let runTable = "finite-size-runs"
  /// All tables of the study.
  public static let tableNames = [curves, crossingTable, fixedTable, criticalPoint, runTable]

  private var dimension: Int { study.definition.dimension }
  private func label(_ place: Int) -> String {
    [String](repeating: "\(study.lattices[place].length)", count: dimension).joined(separator: " x ")
  }
  private func name(_ quantity: CrossingQuantity) -> String {
    quantity == .coupling ? study.settings.coupling.rawValue : quantity.rawValue
  }

  /// All tables.
  public func tables() throws -> [ResultTable] {
    [try curveTable(), try crossingsTable(), try fixedPointTable(), try criticalTable(), try runsTable()]
  }

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

  /// Lattices at U or ξ/L of the Ising class, and exponents of neighbouring ones.
  private func fixedPointTable() throws -> ResultTable {
    var table = ResultTable(
      name: Self.fixedTable,
      summary:
        "every lattice at the coupling where its Binder cumulant or its xi/L is that of the Ising class, and effective exponents of neighbouring sizes there",
      columns: [
        Column("fixed", .text), Column("L1", .integer), Column("L2", .integer), Column("quantity", .text),
        Column("value", .number), Column("error", .number), Column("reference", .number), Column("status", .text),
      ])
    for sequence in fixedSequences {
      for point in sequence.points {
        try table.append([
          .text(sequence.method), .integer(Int(point.lengths.0)), .integer(Int(point.lengths.1)), .text(name(sequence.quantity)),
          .number(point.samples.value), .number(point.samples.error),
          IsingClass.value(sequence.quantity, dimension: dimension).map(Cell.number) ?? .missing, .text("ok"),
        ])
      }
    }
    let reasons = fixedPoints.joined().compactMap(\.obstruction)
    let values = fixedPoints.compactMap { $0.first?.ratio }.map {
      "\(Self.symbol($0)) = \(Float(IsingClass.value($0, dimension: dimension)!))"
    }
    table.notes =
      reasons.enumerated().filter { !reasons[..<$0.offset].contains($0.element) }.map { "withheld: \($0.element)" } + [
        "L1 = L2: one lattice; that the class is Ising's, with \(values.joined(separator: ", ")), is taken for granted here"
      ]
    return table
  }

  private static func symbol(_ ratio: CrossingQuantity) -> String { ratio == .binder ? "U*" : "(xi/L)*" }

  /// One quantity by one method, size by size: what a limit is made of.
  private struct SizeSequence {
    let method: String
    let quantity: CrossingQuantity
    let points: [(lengths: (Double, Double), samples: JackknifeSamples)]
  }

  /// Of crossings.
  private func crossingSequence(_ quantity: CrossingQuantity) -> SizeSequence {
    SizeSequence(
      method: "crossing", quantity: quantity,
      points: crossings.compactMap { crossing in crossing.samples[quantity].map { (crossing.lengths, $0) } })
  }

  /// Of lattices at U* and at (ξ/L)*.
  private var fixedSequences: [SizeSequence] {
    fixedPoints.flatMap { points -> [SizeSequence] in
      guard let first = points.first else { return [] }
      let method = first.ratio == .binder ? "U = U*" : "xi/L = (xi/L)*"
      let single = points.compactMap { point in point.samples.map { ((point.length, point.length), $0) } }
      let pairs = zip(points, points.dropFirst()).compactMap { a, b in a.exponents(b).map { ((a.length, b.length), $0) } }
      return [
        SizeSequence(method: method, quantity: .coupling, points: single.map { ($0, $1.coupling) }),
        SizeSequence(
          method: method, quantity: first.otherRatio,
          points: single.compactMap { lengths, samples in samples.other.map { (lengths, $0) } }),
        SizeSequence(method: method, quantity: .nu, points: pairs.map { ($0, $1.nu) }),
        SizeSequence(method: method, quantity: .eta, points: pairs.map { ($0, $1.eta) }),
      ].filter { !$0.points.isEmpty }
    }
  }

  /// A quantity in the limit of large lattices.
  private struct Limit {
    let method: String
    let model: String
    let value: Double
    let error: Double
    let fit: CorrelatedFit?

    /// Whether it has a part in the result and in its systematic error: the data do not speak against the model, and its error is no more than a few times that of
    /// others.
    var isAcceptable: Bool { fit?.pValue.map { $0 >= CriticalPointResults.leastProbability } ?? true }
  }

  /// Probability of a fit below which its model is not taken.
  static let leastProbability = 0.1

  /// The largest size or pair alone; `c0 + A L^{−p}` from every smallest size on, with the full covariance; and with a free p through the last three.
  private func limits(_ sequence: SizeSequence) -> [Limit] {
    guard let last = sequence.points.last else { return [] }
    let samples = sequence.points.map(\.samples)
    let label =
      last.lengths.0 == last.lengths.1 ? "L = \(Int(last.lengths.0))" : "L = \(Int(last.lengths.0)), \(Int(last.lengths.1))"
    var limits = [
      Limit(method: sequence.method, model: label, value: samples.last!.value, error: samples.last!.error, fit: nil)
    ]
    let omega = study.settings.omega
    let exponent = sequence.quantity == .coupling ? 1 / (IsingClass.value(.nu, dimension: dimension) ?? 1) + omega : omega
    for first in sequence.points.indices.dropLast() {
      let (points, values) = (sequence.points[first...].map(\.lengths.0), Array(samples[first...]))
      let fit = CorrelatedFit(points, values.map(\.value), covariance: CovarianceMatrix(of: values)) { [1, pow($0, -exponent)] }
      guard fit.reliability == .sound else { continue }
      limits.append(
        Limit(
          method: sequence.method, model: "c0 + A L^-\(Float(exponent)), L >= \(Int(points[0]))", value: fit.parameters[0],
          error: fit.errors[0], fit: fit))
    }
    if let samples = Self.extrapolated(sequence.points.map(\.lengths), samples) {
      limits.append(
        Limit(method: sequence.method, model: "free power, last three", value: samples.value, error: samples.error, fit: nil))
    }
    return limits
  }

  /// `c0` of `c0 + A L^{−p}` with any p through the last three sizes of one ratio, `x3 − d2²/(d2 − d1)` with d their differences; nil
  /// where these do not clearly shrink.
  private static func extrapolated(_ lengths: [(Double, Double)], _ samples: [JackknifeSamples]) -> JackknifeSamples? {
    let last = lengths.suffix(3).map(\.0)
    guard last.count == 3, abs(last[1] / last[0] - last[2] / last[1]) < 1e-9 else { return nil }
    let x = Array(samples.suffix(3))
    let (first, second) = (x[1] - x[0], x[2] - x[1])
    let change = second - first
    let isShrinking = first.value * second.value > 0 && abs(second.value) < abs(first.value)
    guard isShrinking, abs(change.value) > 3 * change.error else { return nil }
    return x[2] - second * second / change
  }

  /// The limit that is taken: of the fits that the data do not speak against the one of the smallest error, else the largest pair by the method of the smallest error; its
  /// systematic error is the largest distance to another acceptable limit whose own error is at most three times as large.
  private func result(_ limits: [Limit]) -> (limit: Limit, systematic: Double)? {
    let fits = limits.filter { $0.isAcceptable && ($0.fit?.degreesOfFreedom ?? 0) > 0 }
    let largest = limits.filter { $0.fit == nil }
    guard let chosen = (fits.isEmpty ? largest : fits).min(by: { $0.error < $1.error }) else { return nil }
    let others = limits.filter { $0.isAcceptable && $0.error <= 3 * chosen.error }
    return (chosen, others.map { abs($0.value - chosen.value) }.max() ?? 0)
  }

  private func criticalTable() throws -> ResultTable {
    var table = ResultTable(
      name: Self.criticalPoint,
      summary:
        "the critical point and what holds there: largest lattices alone, fits with the full covariance from every smallest size on, and what is taken",
      columns: [
        Column("quantity", .text), Column("method", .text), Column("model", .text), Column("value", .number),
        Column("error", .number), Column("systematic", .number), Column("reference", .number), Column("chi2", .number),
        Column("dof", .integer), Column("p", .number), Column("status", .text),
      ])
    for quantity in CrossingQuantity.allCases {
      let known =
        limits(crossingSequence(quantity)) + fixedSequences.filter { $0.quantity == quantity }.flatMap(limits)
      let reference = IsingClass.value(quantity, dimension: dimension).map(Cell.number) ?? .missing
      func append(_ limit: Limit, _ text: String, _ systematic: Double?, _ status: String) throws {
        try table.append([
          .text(name(quantity)), .text(limit.method), .text(text), .number(limit.value), .number(limit.error),
          systematic.map { .number($0) } ?? .missing, reference, limit.fit.map { .number($0.chiSquared) } ?? .missing,
          limit.fit.map { .integer($0.degreesOfFreedom) } ?? .missing, limit.fit?.pValue.map { .number($0) } ?? .missing,
          .text(status),
        ])
        guard quantity == .coupling, let ratio = criticalRatio(limit) else { return }
        try table.append([
          .text("lambda/(6 mu^2)"), .text(limit.method), .text(text), .number(ratio.value), .number(ratio.error),
          systematic.map { .number($0 * ratio.error / limit.error) } ?? .missing, .missing, .missing, .missing, .missing,
          .text(status),
        ])
      }
      for limit in known { try append(limit, limit.model, nil, limit.isAcceptable ? "ok" : "poor fit") }
      if let (limit, systematic) = result(known) {
        let isFar =
          IsingClass.value(quantity, dimension: dimension).map { abs(limit.value - $0) > 5 * hypot(limit.error, systematic) }
          ?? false
        try append(
          limit, "result: \(limit.model)", systematic,
          isFar ? "off the reference" : systematic > 2 * limit.error ? "models differ" : "ok")
      }
    }
    table.notes = [
      "error: statistical; systematic: the largest distance of the result from another limit of either method that the data do not speak against (p >= \(Self.leastProbability)), its error at most three times as large",
      "result: of the fits with p >= \(Self.leastProbability) the one of the smallest error, else the largest pair; models differ: systematic above two errors, larger lattices are needed; off the reference: by more than five times both errors together, which then leave out corrections to scaling",
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
