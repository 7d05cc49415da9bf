// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import Correlators
import Draws
import ErrorAnalysis
import FieldTheories
import KnownValues
import LatticeFields
import NumericalKernels
import ParameterSampling
import ResultTables

/// An interacting run turned into tables: the correlators that were asked for, `sampling`, `identities`, and `partition-function` where the sampler
/// gives ln Z.
enum InteractingJob {
  static let sampling = "sampling"
  static let identities = "identities"
  static let partitionFunction = "partition-function"
  static let evidence = "evidence"

  private static let summaries = [
    sampling: "the action, site averages, and the zero mode Phi = a^d sum phi: what the samples are worth",
    identities: "exact identities of the interacting ensemble (integration by parts); each has mean zero",
    partitionFunction: "logarithm of the partition function relative to the free theory",
    evidence: "ln Z = ln <exp(-I)>, and ln p(y) = ln Z - (1/2) sum_mu ln 2 pi T_mu where there is nothing but data",
  ]

  /// The tables a plan makes beside those of its estimators, with what they hold.
  static func diagnosticTables(_ plan: InteractingPlan) -> [(name: String, rows: Int, summary: String)] {
    let identityCount = Identities.applicable(to: plan.theory).names.count
    return [
      (sampling, Observables.standard(plan.theory).names.count), (identities, identityCount),
      (partitionFunction, plan.givesPartitionFunction && plan.theory.data.isEmpty ? 1 : 0),
      (evidence, plan.givesPartitionFunction ? evidenceRows(plan).count : 0),
      (HiddenKernelTable.name, plan.hiddenKernel?.names.count ?? 0),
    ].filter { $0.1 > 0 }.map { ($0.0, $0.1, summaries[$0.0] ?? HiddenKernelTable.summary) }
  }

  /// The logarithms of a theory with data, and what is added to ln Z in each.
  private static func evidenceRows(_ plan: InteractingPlan) -> [(name: String, shift: Double)] {
    guard !plan.theory.data.isEmpty else { return [] }
    let likelihood = plan.definition.insertions.isLikelihood
    let noise = plan.theory.data.reduce(0.0) { $0 - 0.5 * log(2 * .pi * $1.noise) }
    return [("ln Z", 0)] + (likelihood ? [("ln p(y)", noise)] : [])
  }

  /// The tables a plan makes.
  static func tableNames(_ plan: InteractingPlan) -> [String] {
    plan.estimators.map(\.name) + diagnosticTables(plan).map(\.name)
  }

  /// Samples and analyses; `note` takes the diagnostics, a line each.
  static func run(
    _ plan: InteractingPlan, threads: Int, monitor: RunMonitor, note: (String) -> Void = { _ in }
  ) throws -> [MeasuredTable] {
    let run = try InteractingRun(plan, threads: threads, monitor: monitor)
    return try tables(run, SamplingDiagnostics(run), monitor: monitor, note: note)
  }

  /// One run held against its own theory and against another, `control`: its exact values, and its identities on the same samples. What validations
  /// show their power with.
  static func run(
    _ plan: InteractingPlan, control: InteractingTheory, threads: Int, monitor: RunMonitor
  ) throws -> (own: [MeasuredTable], control: [MeasuredTable]) {
    var plan = plan
    plan.control = control
    let run = try InteractingRun(plan, threads: threads, monitor: monitor)
    let diagnostics = SamplingDiagnostics(run)
    return (
      try tables(run, diagnostics, monitor: monitor),
      try tables(run, diagnostics, control: control, monitor: monitor)
    )
  }

  /// The tables of a run beside the exact values and identities of its theory, or of `control`; `column` where these are known already.
  static func tables(
    _ run: InteractingRun, _ diagnostics: SamplingDiagnostics, control: InteractingTheory? = nil,
    column: InteractingRunValues? = nil,
    monitor: RunMonitor, note: (String) -> Void = { _ in }
  ) throws -> [MeasuredTable] {
    let plan = run.plan
    note("sampling: \(diagnostics.summary)")
    for remark in run.remarks { note("sampling: \(remark)") }
    for reason in diagnostics.obstructions { note("sampling: numbers are withheld: \(reason)") }
    let controls = run.controls()
    if let controls {
      note("control variates: \(controls.basis.count) exact identities are regressed out of every row; the tables name them")
    }
    let column = column ?? (control ?? plan.theory).knownValues
    var tables: [MeasuredTable] = []
    for (index, estimator) in plan.estimators.enumerated() {
      let isDataTable = DataTables.names.contains(estimator.name)
      let targets = estimator.rows.map(\.target)
      let samples = run.finished(controls) {
        estimator.derive($0)
      } from: {
        $0.primaries[index]
      }
      var references = plan.definition.decimated(column).values(targets)
      // The tables of data show the limit in a column of its own.
      if isDataTable { references = references.map { $0?.kind == .limit ? nil : $0 } }
      var made =
        try table(
          estimator.name, estimator.summary, estimator.coordinateColumns, estimator.rows, estimator.covarianceRows, samples,
          orders: estimator.rows.indices.map { estimator.order(ofRow: $0) },
          references: references, column, diagnostics, run, controls, monitor
        ) { index, samples in
          diagnostics.obstruction(order: estimator.order(ofRow: index))
            ?? freeObstruction(estimator.rows[index], plan, diagnostics) ?? estimator.obstruction(samples)
        }
      if isDataTable { annotate(&made, limits: targets.map(column.limit), plan) }
      ModeTables.annotate(&made, control ?? plan.theory)
      tables.append(made)
    }
    tables.append(try samplingTable(run, diagnostics, controls, control ?? plan.theory, column, monitor))
    if let table = try identityTable(run, diagnostics, control, column, monitor) { tables.append(table) }
    if let table = try partitionTable(run, diagnostics, control, column, monitor) { tables.append(table) }
    if let table = try hiddenKernelTable(run, diagnostics, control, column, monitor) { tables.append(table) }
    return tables
  }

  private static func table(
    _ name: String, _ summary: String, _ columns: [String], _ rows: [CorrelatorRow], _ covarianceRows: [Int],
    _ samples: [JackknifeSamples], orders: [Int], references: [KnownValue?], _ column: InteractingRunValues,
    _ diagnostics: SamplingDiagnostics,
    _ run: InteractingRun, _ controls: InteractingRun.Controls?, _ monitor: RunMonitor,
    squaredSkewness: ((Int) -> Double)? = nil, effective: ((Int) -> Double)? = nil,
    obstruction: (_ row: Int, JackknifeSamples) -> String?
  ) throws -> MeasuredTable {
    let plan = run.plan
    guard !monitor.isStopRequested else { throw plan.interruption(monitor) }
    let reliability = rows.indices.map { index in
      obstruction(index, samples[index]).map(Reliability.underSampled)
        ?? squaredSkewness.map { SamplingAdequacy.reliability(of: samples[index], squaredSkewness: $0(index), unit: "samples") }
        ?? diagnostics.reliability(of: samples[index], order: orders[index], own: effective?(index), unit: "effective samples")
    }
    var table = MeasuredTable(
      name: name, summary: summary, coordinateColumns: columns, rows: rows, covarianceRows: covarianceRows, samples: samples,
      reliability: reliability, draws: run.samples, independentSamples: diagnostics.effectiveSamples,
      known: references,
      leastEigenvalue: squaredSkewness == nil ? HotellingTest.eigenvalueFloor : HotellingTest.longTailFloor)
    table.remarks = column.notes(on: references) + (controls.map { ["control variates: \($0.summary)"] } ?? [])
    table.unit = "samples"
    return table
  }

  /// What the free ensemble knows of its tails: a bound for the interacting one, whose weight falls with the field.
  private static func freeObstruction(_ row: CorrelatorRow, _ plan: InteractingPlan, _ diagnostics: SamplingDiagnostics)
    -> String?
  {
    let lattice = plan.theory.lattice
    let farthest = plan.points?.points.map(\.norm).max() ?? lattice.position(lattice.siteCount - 1).norm
    let order = row.target.terms.map { $0.function.order }.max() ?? 2
    return plan.theory.prior.samplingObstruction(
      order: order, radius: farthest, draws: max(1, Int(clamping: diagnostics.effectiveSamples(order: order))))
  }

  /// Adds the column of what infinite width says, where it is known and not what is measured: `gp`, the Gaussian process, where all of the action is quadratic.
  private static func annotate(_ table: inout MeasuredTable, limits values: [Double?], _ plan: InteractingPlan) {
    guard values.contains(where: { $0 != nil }) else { return }
    let isGaussian = plan.theory.terms.allSatisfy { $0.potential.degree <= 2 }
    table.annotations.append(
      MeasuredTable.Annotation(
        Column(isGaussian ? "gp" : "infinite_width", .number), values.map { $0.map { .number($0) } ?? .missing }))
    table.remarks.append(
      isGaussian
        ? "gp: the Gaussian process of infinite width with the same data; no part in any test"
        : "infinite_width: the limit of infinite width with the same data and potential; no part in any test")
  }

  private static func label(_ text: String) -> CorrelatorRow {
    CorrelatorRow(coordinates: [.text(text)], target: RowTarget(terms: []))
  }

  private static func samplingTable(
    _ run: InteractingRun, _ diagnostics: SamplingDiagnostics, _ controls: InteractingRun.Controls?, _ theory: InteractingTheory,
    _ column: InteractingRunValues, _ monitor: RunMonitor
  ) throws -> MeasuredTable {
    let plan = run.plan
    // Site averages: known where every site is like every other.
    let isUniform = plan.theory.symmetries.translationInvariantOrder
    var references = column.values(
      diagnostics.rows.map {
        switch $0.name {
        case "phi^2" where isUniform >= 2: RowTarget(.moment([.zero, .zero]))
        case "phi^4" where isUniform >= 4: RowTarget(.moment([.zero, .zero, .zero, .zero]))
        case "Phi^2/V" where isUniform >= 2 && plan.theory.symmetries.isEven: RowTarget(.zeroMomentumCumulant(order: 2))
        default: RowTarget(terms: [])
        }
      })
    if isUniform >= 4, let row = diagnostics.rows.firstIndex(where: { $0.name == "S" }) {
      references[row] = column.meanAction(plan.theory.terms)
    }
    ModeTables.fill(&references, diagnostics.rows.map(\.name), theory)
    var table = try table(
      sampling, summaries[sampling]!, ["observable"],
      diagnostics.rows.map { label($0.name) }, Array(diagnostics.rows.indices),
      run.finished(controls) { bins in
        diagnostics.rows.indices.map { bins.mean($0) }
      } from: {
        $0.series!.means
      },
      orders: diagnostics.rows.map(\.order), references: references, column, diagnostics, run, controls, monitor,
      effective: { diagnostics.rows[$0].effectiveSamples }
    ) { index, _ in diagnostics.obstruction ?? diagnostics.rows[index].obstruction }
    table.annotations += diagnostics.annotations
    table.remarks += [diagnostics.summary] + run.remarks
    return table
  }

  private static func identityTable(
    _ run: InteractingRun, _ diagnostics: SamplingDiagnostics, _ control: InteractingTheory?, _ column: InteractingRunValues,
    _ monitor: RunMonitor
  ) throws -> MeasuredTable? {
    let names = Identities.applicable(to: control ?? run.plan.theory).names
    guard !names.isEmpty else { return nil }
    let bins = run.bins(control == nil ? run.plan.identities : run.plan.controlIdentities)
    let (skewness, offset) = (run.identitySkewness, control == nil ? 0 : run.plan.identities(run.records[0]).count)
    var table = try table(
      identities, summaries[identities]!, ["identity"],
      names.map(label), Array(names.indices), run.finished(names.indices.map { bins.mean($0) }), orders: names.map { _ in 2 },
      references: names.map { _ in PartitionReference.identity }, column, diagnostics, run, nil, monitor,
      squaredSkewness: { skewness[offset + $0] }
    ) { _, _ in diagnostics.obstructions.first }
    if run.plan.usesControlVariates {
      table.remarks.append(
        "this table is not corrected: the same identities on the same samples are the control variates of the others, so a sampler at fault is "
          + "to be seen here, and agreement there is no second check of what these identities say")
    }
    return table
  }

  private static func hiddenKernelTable(
    _ run: InteractingRun, _ diagnostics: SamplingDiagnostics, _ control: InteractingTheory?, _ column: InteractingRunValues,
    _ monitor: RunMonitor
  ) throws -> MeasuredTable? {
    guard let kernel = run.plan.hiddenKernel else { return nil }
    let bins = run.bins(run.plan.hiddenKernelEntries)
    var table = try table(
      HiddenKernelTable.name, HiddenKernelTable.summary, ["entry"], kernel.names.map(label), Array(kernel.axes.indices),
      run.finished(kernel.names.indices.map { bins.mean($0) }), orders: kernel.names.map { _ in 2 },
      references: HiddenKernelTable.exact(kernel, control ?? run.plan.theory), column, diagnostics, run, nil, monitor
    ) { _, _ in diagnostics.obstructions.first }
    HiddenKernelTable.annotate(&table, kernel)
    return table
  }

  private static func partitionTable(
    _ run: InteractingRun, _ diagnostics: SamplingDiagnostics, _ control: InteractingTheory?, _ column: InteractingRunValues,
    _ monitor: RunMonitor
  ) throws -> MeasuredTable? {
    guard let logZ = run.logPartitionRatio else { return nil }
    let known = PartitionReference(run.plan.theory, column)
    // Known as a difference of logarithms, good to 1e-10.
    let value = logZ.error < 1e-9 ? nil : control.map { PartitionReference($0, column).value } ?? known.value
    guard run.plan.theory.data.isEmpty else {
      let rows = evidenceRows(run.plan)
      let reference = value.flatMap { $0.kind == .limit ? nil : $0 }
      var made = try table(
        evidence, summaries[evidence]!, ["quantity"], rows.map { label($0.name) }, [0],
        rows.map { row in logZ.map { $0 + known.shift + row.shift } }, orders: rows.map { _ in 2 },
        references: rows.map { reference?.shifted(by: $0.shift) }, column, diagnostics, run, nil, monitor
      ) { _, _ in diagnostics.obstructions.first }
      annotate(&made, limits: rows.map { row in known.limit.map { $0 + row.shift } }, run.plan)
      return made
    }
    return try table(
      partitionFunction, summaries[partitionFunction]!, ["quantity"], [label(known.name)], [0],
      [logZ.map { $0 + known.shift }], orders: [2], references: [value], column, diagnostics, run, nil, monitor
    ) { _, _ in diagnostics.obstructions.first }
  }
}
