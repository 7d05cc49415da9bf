// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis
import Foundation
import NNFTTestSupport

/// The records of Tests/Fixtures/reference/error_analysis.json and the chains behind them (Scripts/reference/error_analysis.py).
struct ErrorAnalysisReference: Decodable {
  struct Replica: Decodable {
    let length: Int
    let stride: Int
    let holes: Double
  }

  struct Gamma: Decodable, CustomStringConvertible {
    struct Result: Decodable {
      let value, error, errorOfError, time, timeError: Double
      let window: Int
      let replicaValues: [Double]
    }
    let series: String?
    let function: String?
    let seed: UInt64?
    let a: Double?
    let primaries: Int?
    let replicas: [Replica]?
    let S: Double
    let result: Result

    var description: String { "\(series ?? function!) \(seed ?? 0)" }
    var chains: [ReplicaSeries] {
      if let series { return [ReplicaSeries([Self.deterministic(series)])] }
      return chain(seed: seed!, a: a!, primaries: primaries!, replicas: replicas!)
    }
    var rule: SummationWindow { S == 0 ? .uncorrelated : .automatic(s: S) }

    static func deterministic(_ name: String) -> [Double] {
      switch name {
      case "alternating": (0..<2000).map { $0 % 2 == 0 ? 1 : -1 }
      case "zeros": [Double](repeating: 0, count: 1195)
      default: (0..<1812).map { sin(2.0.squareRoot() * Double.pi * Double($0)) }
      }
    }
  }

  struct Pareto: Decodable {
    let seed: UInt64
    let count: Int
    let k, shift, shape, effectiveSamples, largestShare, logMean: Double
  }

  struct Fit: Decodable, CustomStringConvertible {
    let model: String
    let x, truth, start, parameters, covariance: [Double]
    let bins: Int
    let seed: UInt64
    let fixedShrinkage, shrinkage, chiSquared, expectedChiSquared, pValue: Double
    var description: String { "\(model), \(bins) bins" }
  }

  let gamma: [Gamma]
  let pareto: [Pareto]
  let fits: [Fit]

  static let all: ErrorAnalysisReference = {
    do {
      let file = ReferenceRecords.folder.appendingPathComponent("error_analysis.json")
      return try JSONDecoder().decode(Self.self, from: Data(contentsOf: file))
    } catch {
      preconditionFailure("Tests/Fixtures/reference/error_analysis.json: \(error)")
    }
  }()

  /// Replicas of AR(1) primaries, as `chain` of the script makes them.
  static func chain(seed: UInt64, a: Double, primaries: Int, replicas: [Replica]) -> [ReplicaSeries] {
    var g = Congruential(state: seed)
    let offsets = [2.0, 3.0, 1.5]
    return replicas.map { replica in
      var x = [Double](repeating: 0, count: primaries)
      var steps: [Int] = []
      var data = [[Double]](repeating: [], count: primaries)
      for t in 0..<50 + replica.length {
        for p in 0..<primaries { x[p] = a * x[p] + (g.next() - 0.5) }
        if t < 50 || (replica.holes > 0 && g.next() < replica.holes) { continue }
        steps.append((t - 50) * replica.stride + 1)
        for p in 0..<primaries { data[p].append(offsets[p] + x[p] + (p > 0 ? 0.5 * x[0] : 0)) }
      }
      return ReplicaSeries(data, steps: steps)
    }
  }
}

/// Knuth's 64-bit linear congruential generator, for data that two languages must agree on; 53-bit uniforms in [0, 1).
struct Congruential {
  var state: UInt64
  mutating func next() -> Double {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Double(state >> 11) * 0x1p-53
  }
  /// A sum of four uniforms of mean 0.
  mutating func nearlyNormal() -> Double { next() + next() + next() + next() - 2 }
}

/// Whether two numbers agree to `tolerance`, relative beyond 1 and absolute below.
func agree(_ a: Double, _ b: Double, _ tolerance: Double = 1e-10) -> Bool {
  abs(a - b) <= tolerance * max(1, abs(b))
}

/// Whether two numbers agree to a relative `tolerance`.
func agreeRelatively(_ a: Double, _ b: Double, _ tolerance: Double = 1e-10) -> Bool {
  abs(a - b) <= tolerance * abs(b)
}
