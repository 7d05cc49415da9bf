// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import LatticeFields
import NumericalKernels
import ResultTables

/// What every output says about itself: enough to repeat the run, and nothing that differs between equal plans.
public enum RunProvenance {
  /// Program, theory in words, run plan, resolved theory file, point sets. Threads, paths, host and times are left out: equal plans give equal
  /// bytes.
  public static func lines(_ request: CorrelatorRequest, version: String) -> Provenance {
    let plan = request.plan
    if let interacting = request.interacting { return lines(interacting, pointSets: request.pointSets, version: version) }
    return lines(
      plan, pointSets: request.pointSets, neuronSpace: request.neuronSpace?.explanation(draws: plan.draws),
      version: version)
  }

  /// The same of an interacting run.
  static func lines(_ plan: InteractingPlan, pointSets: [PointSet], version: String) -> Provenance {
    let theory = plan.definition
    var provenance = Provenance()
    provenance.add("program", version)
    provenance.add("theory", "\(theory.title) (\(theory.source))")
    for line in theory.architecture.description { provenance.add("free ensemble", line) }
    provenance.add("weight", plan.theory.terms.weight)
    for line in plan.ensembleLines { provenance.add("insertion", line) }
    provenance.add("sampler", plan.samplerLine)
    provenance.add("forecast", plan.choice.expectation)
    provenance.add("samples", plan.samplesLine)
    if let line = plan.controlVariatesLine { provenance.add("control variates", line) }
    provenance.add("random numbers", "Philox4x32-10, seed \(plan.seed), stream \"\(plan.streamName)\"")
    for (key, value) in theory.resolved { provenance.add("set \(key)", value) }
    addPoints(pointSets, theory.dimension, to: &provenance)
    return provenance
  }

  /// The same of a plan and its point sets; `neuronSpace` says what is averaged where no fields are made.
  static func lines(
    _ plan: RunPlan, pointSets: [PointSet], neuronSpace: String? = nil, version: String
  ) -> Provenance {
    var provenance = Provenance()
    provenance.add("program", version)
    provenance.add("theory", "\(plan.theory.title) (\(plan.theory.source))")
    for line in plan.theory.architecture.description { provenance.add("ensemble", line) }
    provenance.add("networks", "\(plan.draws) independent draws in \(plan.binCount) bins")
    provenance.add("random numbers", "Philox4x32-10, seed \(plan.theory.run.seed), stream \"\(plan.streamName)\"")
    if let neuronSpace {
      provenance.add("neuron space", neuronSpace)
    } else {
      provenance.add("fields", "\(plan.synthesis.explanation); OpenBLAS kernel \(MatrixProduct.coreName)")
    }
    for (key, value) in plan.theory.resolved where neuronSpace == nil || !key.hasPrefix("fields.") {
      provenance.add("set \(key)", value)
    }
    addPoints(pointSets, plan.theory.dimension, to: &provenance)
    return provenance
  }

  private static func addPoints(_ sets: [PointSet], _ dimension: Int, to provenance: inout Provenance) {
    for set in sets {
      let points = set.points.map { point in
        "(" + (0..<dimension).map { "\(point[$0])" }.joined(separator: ", ") + ")"
      }
      provenance.add("points \(set.name)", points.joined(separator: " "))
    }
  }

  /// The tables of a run with everything that is known about them.
  public static func document(
    _ tables: [MeasuredTable], _ request: CorrelatorRequest, version: String
  ) throws -> ResultDocument {
    ResultDocument(
      provenance: lines(request, version: version), theory: request.plan.theory.resolvedText,
      tables: try tables.map { try $0.sampledTable() })
  }
}

/// The plan in words, for `--dry-run`.
public enum PlanDescription {
  /// Resolved plan and forecast, one item a line.
  public static func text(
    _ request: CorrelatorRequest, threads: Int, sampleCopies: Int = 0, version: String
  ) -> String {
    let forecast = request.forecast(threads: threads, sampleCopies: sampleCopies)
    let provenance = RunProvenance.lines(request, version: version)
    var lines = provenance.entries.map { "\($0.key): \($0.value)" }
    if request.neuronSpace == nil && request.interacting == nil {
      lines.append("planner's estimates a field: \(request.plan.synthesis.comparison)")
    }
    for table in request.neuronSpace?.tables ?? [] {
      lines.append("table \(table.name): \(table.rows) rows, \(table.summary)")
    }
    for estimator in request.plan.estimators {
      lines.append("table \(estimator.name): \(estimator.rows.count) rows, \(estimator.summary)")
    }
    if let interacting = request.interacting {
      for table in InteractingJob.diagnosticTables(interacting) {
        lines.append("table \(table.name): \(table.rows) rows, \(table.summary)")
      }
    }
    for omission in request.omissions { lines.append("left out: \(omission)") }
    lines.append("forecast: \(forecast.text(threads: threads))")
    return lines.joined(separator: "\n") + "\n"
  }
}
