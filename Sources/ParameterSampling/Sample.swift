// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import NumericalKernels
import Synchronization
#if canImport(Dispatch)
  import Dispatch
#endif

/// One field of an interacting ensemble, however it was sampled; its pointers are valid while it is being recorded.
public struct Sample {
  /// φ at the sites of the lattice, in their order.
  public let field: UnsafePointer<Double>
  /// Number of sites.
  public let siteCount: Int
  /// S = Σ_a I_a[φ] at full coupling, counterterms of a shifted prior included.
  public let action: Double
  /// θ.
  public let parameters: NetworkParameters
  /// ln of the statistical weight: −S for reweighted draws, 0 in chains, that of the particle in populations.
  public let logWeight: Double
  /// The walker, for derivatives.
  let walker: Walker
  let evaluator: any ActionEvaluator
}

/// What one unit of work (a chain, a population, a block of reweighted draws) does with its samples; it belongs to one thread.
public protocol SampleRecorder: SendableMetatype {
  /// What the unit hands back.
  associatedtype Summary: Sendable
  /// Records one sample.
  mutating func record(_ sample: Sample)
  /// Ends the unit.
  func finish() -> Summary
}

/// Numbers measured on a sample.
public struct Observables: Sendable {
  /// Their names.
  public let names: [String]
  /// Writes them, in the order of the names.
  public let measure: @Sendable (Sample) -> [Double]

  /// Observables.
  public init(_ names: [String], measure: @escaping @Sendable (Sample) -> [Double]) {
    self.names = names
    self.measure = measure
  }

  /// Both lists.
  public static func + (a: Observables, b: Observables) -> Observables {
    Observables(a.names + b.names) { a.measure($0) + b.measure($0) }
  }

  /// `S`, site averages of φ² and φ⁴, `Φ²/V` and `Φ⁴/V`, `Φ = a^d Σ φ`.
  public static func standard(_ theory: InteractingTheory) -> Observables {
    let (cell, volume) = (theory.lattice.cellVolume, theory.lattice.volume)
    return Observables(["S", "phi^2", "phi^4", "Phi^2/V", "Phi^4/V"]) { sample in
      var (second, fourth, total) = (0.0, 0.0, 0.0)
      for x in 0..<sample.siteCount {
        let (phi, square) = (sample.field[x], sample.field[x] * sample.field[x])
        total += phi
        second += square
        fourth += square * square
      }
      let n = Double(sample.siteCount)
      let squared = cell * total * cell * total
      return [sample.action, second / n, fourth / n, squared / volume, squared * squared / volume]
    }
  }
}

/// Records observables of every sample with its weight.
public struct SeriesRecorder: SampleRecorder {
  private let observables: Observables
  private var series: WeightedSeries

  /// A recorder.
  public init(_ observables: Observables) {
    self.observables = observables
    series = WeightedSeries(names: observables.names)
  }

  /// Measures.
  public mutating func record(_ sample: Sample) {
    series.append(observables.measure(sample), logWeight: sample.logWeight)
  }

  /// The series.
  public func finish() -> WeightedSeries { series }
}

/// Observables of consecutive samples: `values[α][i]` is measurement i of observable α.
public struct WeightedSeries: Sendable {
  /// The observables.
  public let names: [String]
  /// Their values.
  public private(set) var values: [[Double]]
  /// ln of the weights.
  public private(set) var logWeights: [Double] = []

  init(names: [String]) {
    self.names = names
    values = names.map { _ in [] }
  }

  mutating func append(_ row: [Double], logWeight: Double) {
    for (index, value) in row.enumerated() { values[index].append(value) }
    logWeights.append(logWeight)
  }

  /// Number of measurements.
  public var count: Int { logWeights.count }
  /// The series of one observable.
  public subscript(_ name: String) -> [Double] { values[names.firstIndex(of: name)!] }
}

/// Independent units of work on several threads: each is done whole by one thread and depends on its number only.
enum ParallelUnits {
  static func run<Result: Sendable>(_ count: Int, threads: Int, _ work: @Sendable (Int) -> Result) -> [Result] {
    MatrixProduct.useOneThread()
    let next = Atomic<Int>(0)
    let finished = Mutex<[Result?]>(Array(repeating: nil, count: count))
    DispatchQueue.concurrentPerform(iterations: max(1, min(threads, count))) { _ in
      while true {
        let unit = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard unit < count else { return }
        let result = work(unit)
        finished.withLock { $0[unit] = result }
      }
    }
    return finished.withLock { $0.map { $0! } }
  }
}
