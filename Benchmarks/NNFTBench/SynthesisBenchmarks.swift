// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import Draws
import EnsembleRuns
import FieldSynthesis
import FieldTheories
import Foundation
import LatticeFields
import NumericalKernels

/// Fields, point functions and whole runs of a theory.
enum SynthesisBenchmarks {
  /// Fields on the theory's lattice by `method=`, a name of `SynthesisMethod` or `planned`; `networks=` networks in turn.
  static func synthesis(_ request: Request) throws -> Benchmark {
    let theory = try request.theory()
    let plan = try synthesisPlan(request, theory, sites: .lattice(theory.lattice))
    let networks = try networks(request, theory)
    let (_, write) = plan.makeWorkspace()
    return Benchmark(notes: notes(plan)) { write(networks[$0 % networks.count]) }
  }

  /// Fields at the points of `points=FILE` and the accumulation of their n-point functions, per network.
  static func points(_ request: Request) throws -> Benchmark {
    let theory = try request.theory()
    let estimator = try pointFunctions(request, theory)
    let sites = SiteSet.points(estimator.points, dimension: theory.dimension)
    let plan = try synthesisPlan(request, theory, sites: sites)
    let networks = try networks(request, theory)
    let (workspace, write) = plan.makeWorkspace()
    let accumulator = estimator.makeAccumulator(workspace)
    return Benchmark(notes: notes(plan)) {
      write(networks[$0 % networks.count])
      workspace.load()
      accumulator.add()
    }
  }

  /// A whole ensemble (`run.draws`, `run.bins`) through the estimators of `estimators=`: from random numbers to bins.
  static func correlate(_ request: Request) throws -> Benchmark {
    let theory = try request.theory()
    let names = try request.text("estimators").split(separator: ",").map(String.init)
    let selection = try EstimatorSelection(theory: theory, names: names, allDisplacements: false)
    let plan = try RunPlan(
      theory: theory, sites: .lattice(theory.lattice), estimators: selection.estimators)
    return Benchmark(notes: notes(plan.synthesis) + [("draws", "\(plan.draws)")]) { _ in
      _ = try? EnsembleRun.measure(plan, threads: 1)
    }
  }

  /// Writes to `path=`, as doubles, for every network: amplitudes c, the d components of k, phases or biases b (N numbers
  /// each), then the field; what a peer needs to do the same work and to judge the result.
  static func dump(_ request: Request) throws -> [(String, String)] {
    let theory = try request.theory()
    let hasPoints = (try? request.text("points")) != nil
    let sites =
      hasPoints
      ? SiteSet.points(try pointFunctions(request, theory).points, dimension: theory.dimension)
      : .lattice(theory.lattice)
    let plan = try synthesisPlan(request, theory, sites: sites)
    let (workspace, write) = plan.makeWorkspace()
    let width = theory.architecture.width
    let amplitudes = AlignedBuffer<Double>(count: width, repeating: 0)
    var answer = notes(plan)
    var data = Data()
    func append(_ numbers: UnsafeMutablePointer<Double>, _ count: Int) {
      data.append(UnsafeBufferPointer(start: numbers, count: count))
    }
    for parameters in try networks(request, theory) {
      let (momentumBlock, shiftBlock): (Int, Int)
      switch theory.architecture {
      case let net as any PlaneWaveNet:
        net.amplitudes(parameters, into: amplitudes.pointer)
        (momentumBlock, shiftBlock) = (net.momentumBlock, net.phaseBlock)
      case let net as any ExponentialNet:
        net.amplitudes(parameters, into: amplitudes.pointer)
        (momentumBlock, shiftBlock) = (net.momentumBlock, net.biasBlock)
        answer += [
          ("constant", "\(net.normalisation.constant)"),
          ("quadratic", "\(net.normalisation.quadratic)"),
        ]
      default: throw BenchError("dump: \(theory.architecture.kind) is no sum of neurons")
      }
      append(amplitudes.pointer, width)
      for axis in 0..<theory.dimension {
        append(parameters.block(momentumBlock, component: axis), width)
      }
      append(parameters.block(shiftBlock), width)
      write(parameters)
      workspace.load()
      append(workspace.field.pointer, sites.count)
    }
    try data.write(to: URL(fileURLWithPath: try request.text("path")))
    return answer
  }

  // MARK: Parts

  private static func synthesisPlan(
    _ request: Request, _ theory: TheoryDefinition, sites: SiteSet
  ) throws -> SynthesisPlan {
    let name = try request.text("method")
    let method = SynthesisMethod(rawValue: name)
    guard method != nil || name == "planned" else { throw BenchError("unknown method \(name)") }
    return try SynthesisPlan(
      architecture: theory.architecture, sites: sites, method: method, tolerance: theory.fields.tolerance,
      precision: theory.fields.precision)
  }

  private static func notes(_ plan: SynthesisPlan) -> [(String, String)] {
    [("method", plan.method.rawValue), ("sites", "\(plan.sites.count)")]
  }

  private static func networks(_ request: Request, _ theory: TheoryDefinition) throws -> [NetworkParameters] {
    let architecture = theory.architecture
    let stream = RandomStream(seed: theory.run.seed, stream: architecture.streamName)
    return (0..<(try request.integer("networks", default: 1))).map { draw in
      let parameters = NetworkParameters(layout: architecture.layout)
      architecture.drawParameters(stream, draw: UInt64(draw), into: parameters)
      return parameters
    }
  }

  private static func pointFunctions(_ request: Request, _ theory: TheoryDefinition) throws -> PointFunctions {
    PointFunctions(
      sets: try PointSetFile.load(path: request.text("points"), dimension: theory.dimension))
  }
}
