// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import ErrorAnalysis
import FieldTheories
import Foundation
import KnownValues
import LatticeFields
import ParameterSampling

/// Networks with data: the Gaussian process of infinite width, and draws of finite networks.
enum LearningBenchmarks {
  /// Inputs that both sides can make: `x_a = 3 frac(i α_a)`, α of the plastic number, and labels `sin 3x_1 + x_2`.
  private static func data(_ count: Int) -> (points: [Point], labels: [Double]) {
    let points = (1...count).map { i in
      let x = [0.7548776662466927, 0.5698402909980532].map { (Double(i) * $0).truncatingRemainder(dividingBy: 1) * 3 }
      return Point(x[0], x[1], 0, 0)
    }
    return (points, points.map { sin(3 * $0[0]) + $0[1] })
  }

  /// The kernel of infinite width at all pairs of points, row by row.
  private static func matrix(_ net: any Architecture, _ points: [Point]) -> [Double] {
    let count = points.count
    var kernel = [Double](repeating: 0, count: count * count)
    for i in 0..<count {
      for j in 0...i {
        kernel[i * count + j] = net.limitKernel(points[i], points[j])!
        kernel[j * count + i] = kernel[i * count + j]
      }
    }
    return kernel
  }

  /// The kernel matrix of `count=` data; written to the file `path=`, where there is one, before the clock starts.
  static func kernel(_ request: Request) throws -> Benchmark {
    let net = try request.theory().architecture
    let points = data(try request.integer("count")).points
    if let path = try? request.text("path") {
      let first = matrix(net, points)
      try first.withUnsafeBytes { try Data($0).write(to: URL(fileURLWithPath: path)) }
    }
    return Benchmark { _ in blackHole(matrix(net, points)[0]) }
  }

  /// Kernel matrix, decomposition and `ln p(y)` of `count=` data of noise 0.1; with `tests=` mean and variance at so many further points.
  static func evidence(_ request: Request) throws -> Benchmark {
    let net = try request.theory().architecture
    let (points, labels) = data(try request.integer("count"))
    let tests = data(points.count + (try request.integer("tests", default: 1))).points.dropFirst(points.count).map {
      $0 + Point(0.1, 0, 0, 0)
    }
    let isPosterior = (try? request.text("tests")) != nil
    func posterior() -> GaussianProcessPosterior {
      try! GaussianProcessPosterior(kernel: matrix(net, points), noise: labels.map { _ in 0.1 }, labels: labels)
    }
    let first = posterior()
    return Benchmark(notes: [("evidence", "\(first.logEvidence)")]) { _ in
      let posterior = posterior()
      guard isPosterior else { return }
      for x in tests {
        let cross = points.map { net.limitKernel(x, $0)! }
        let u = posterior.whitened(cross)
        blackHole(posterior.mean([cross])[0] + u.reduce(0) { $0 - $1 * $1 })
      }
    }
  }

  /// Draws of a theory with data, its output weights integrated out (`way=collapsed`) or not (`way=plain`), with weights; or sweeps over the hidden parameters (`way=chains`). `share=` says how many effective
  /// samples one counts for: of chains `1/2τ`, τ the longest autocorrelation time of the conditional means at the test points.
  static func posterior(_ request: Request) throws -> Benchmark {
    let definition = try request.theory()
    let theory = try InteractingTheory(definition)
    let way = try request.text("way")
    if way == "chains" { return try chains(CollapsedTheory(theory), definition.insertions.testPoints, request) }
    let (bins, each) = (4096, 2)
    let worker: GeneratorWorker<Sample>
    switch way {
    case "collapsed":
      worker = CollapsedPlan(
        collapsed: try CollapsedTheory(theory), measured: definition.insertions.testPoints, draws: bins * each, bins: bins
      ).makeWorker()
    case "plain": worker = ReweightingPlan(theory: theory, draws: bins * each, bins: bins, seed: 1).makeWorker()
    default: throw BenchError("way must be collapsed, plain or chains")
    }
    let monitor = RunMonitor()
    var logs: [Double] = []
    for bin in 0..<(try request.integer("pilot", default: 512)) { _ = worker(bin, monitor) { logs.append($0.logWeight) } }
    let largest = logs.max()!
    let (sum, squares) = logs.reduce((0.0, 0.0)) { ($0.0 + exp($1 - largest), $0.1 + exp(2 * ($1 - largest))) }
    return Benchmark(notes: [("share", "\(sum * sum / squares / Double(logs.count))"), ("draws", "\(each)")]) { index in
      _ = worker(index % bins, monitor) { _ in }
    }
  }

  private static func chains(_ collapsed: CollapsedTheory, _ points: [Point], _ request: Request) throws -> Benchmark {
    let monitor = RunMonitor()
    func worker(warmUp: Int, measurements: Int) throws -> GeneratorWorker<Sample> {
      try CollapsedChainPlan(
        collapsed: collapsed, measured: points, chains: 1 << 16, warmUp: warmUp, measurements: measurements
      ).makeWorker()
    }
    var series = [[Double]](repeating: [], count: points.count)
    _ = try worker(warmUp: 50, measurements: request.integer("pilot", default: 512))(0, monitor) { sample in
      for (index, _) in points.enumerated() { series[index].append(sample.law!.mean(index)) }
    }
    let replica = ReplicaSeries(series)
    let time = points.indices.map { GammaMethod([replica], primary: $0).autocorrelationTime }.max()!
    let sweeps = 10
    let work = try worker(warmUp: 0, measurements: sweeps)
    return Benchmark(notes: [("share", "\(1 / (2 * time))"), ("draws", "\(sweeps)")]) {
      _ = work(1 + $0 % 1000, monitor) { _ in }
    }
  }

  @inline(never) private static func blackHole(_ value: Double) { if value.isNaN { print("not a number") } }
}
