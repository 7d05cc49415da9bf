// SPDX-License-Identifier: GPL-3.0-or-later

import Dispatch
import ErrorAnalysis
import FieldTheories
import LatticeFields
import NNFTTestSupport
import NeuronMoments
import NumericalKernels
import Synchronization

/// `count` results computed on all processors, in order.
func concurrently<Result: Sendable>(_ count: Int, _ body: @Sendable (Int) -> Result) -> [Result] {
  let results = Mutex<[Result?]>(Array(repeating: nil, count: count))
  DispatchQueue.concurrentPerform(iterations: count) { index in
    let result = body(index)
    results.withLock { $0[index] = result }
  }
  return results.withLock { $0.map { $0! } }
}

/// Points on the first axis.
func line(_ coordinates: Double...) -> [Point] { coordinates.map { Point($0, 0, 0, 0) } }

/// An estimator, and the exact values of its targets at the net's width.
struct NeuronSpaceCase: Sendable {
  let estimator: NeuronSpaceEstimator
  let exact: [Double]

  init(_ net: any NeuronSum, _ averages: NeuronAverages?, _ functions: [CorrelationFunction]) throws {
    estimator = try NeuronSpaceEstimator(
      IndependentNeurons(net), averages: averages, targets: functions.map { RowTarget($0) })
    exact = functions.map { net.exactValue($0, lattice: nil)! }
  }

  /// Run number `run` of `draws` networks.
  func run(_ run: Int, draws: Int, bins: Int, stream: RandomStream) -> [NeuronEstimate] {
    estimator.measure(draws: draws, bins: bins, stream: stream, firstDraw: run * draws)
  }

  /// Values of `runs` independent runs: of each target its list.
  func values(runs: Int, draws: Int, bins: Int, seed: UInt64) -> [[Double]] {
    let stream = RandomStream(seed: seed, stream: "\(estimator.net.streamName) \(estimator.averages)")
    let all = concurrently(runs) { index in
      run(index, draws: draws, bins: bins, stream: stream).map(\.samples.value)
    }
    return exact.indices.map { target in all.map { $0[target] } }
  }
}

/// Sample variance.
func variance(_ numbers: [Double]) -> Double {
  let mean = numbers.reduce(0, +) / Double(numbers.count)
  return numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(numbers.count - 1)
}
