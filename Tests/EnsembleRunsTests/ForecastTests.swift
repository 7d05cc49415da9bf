// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import Foundation
import ParameterSampling
import Testing

@testable import EnsembleRuns

/// What a run is said to cost.
@Suite struct ForecastTests {
  /// The kernels whose cost the insertion decides: a stronger coupling makes Hamiltonian steps shorter and a ladder longer. A forecast that took the
  /// same number of fields for every sweep would not see it.
  @Test func strongCouplingsCostMore() throws {
    func seconds(_ lambda: String, _ kind: String) throws -> Double {
      try request("scalar-net-phi4", [("insertion[1].lambda", lambda), ("sampler.kind", "\"\(kind)\"")]).forecast(threads: 1)
        .seconds
    }
    for kind in ["chains", "smc"] { #expect(try seconds("1e5", kind) > 5 * seconds("6", kind), "\(kind)") }
  }

  /// The column of a series counts: 4096 sites times four-point functions at infinite width, seconds whatever the number of draws.
  @Test func referencesAreCounted() throws {
    let settings = [
      ("dimension", "4"), ("lattice.sites", "8x8x8x8"), ("sampler.kind", "\"reweighting\""), ("run.draws", "50"),
      ("run.bins", "16"),
    ]
    let dear = try request("phi4-2d-weak", settings, ["four-point-xxyy"]).forecast(threads: 1).seconds
    let cheap = try request("phi4-2d-weak", settings, ["two-point"]).forecast(threads: 1).seconds
    #expect(dear > 3 && cheap < 1, "\(dear), \(cheap)")
  }

  /// A pilot that ran is what is said of reweighting, also for a prior of the gap equation; the formula alone says "few".
  @Test func pilotsAreQuoted() throws {
    let plan = try #require(
      request("phi4-2d-weak", [("insertion[1].lambda", "2.0"), ("sampler.prior", "\"hartree\"")]).interacting)
    #expect(plan.choice.expectation.contains("in a pilot of"), "\(plan.choice.expectation)")
    #expect(!plan.choice.expectation.contains("few"))
  }

  private func request(
    _ name: String, _ settings: [(key: String, value: String)], _ estimators: [String]? = nil
  ) throws -> CorrelatorRequest {
    try CorrelatorRequest(
      theory: interactingTheory(name, settings), estimatorNames: estimators, pointFile: nil, allDisplacements: false,
      commonRandomNumbers: false)
  }

  private static let isLong = ProcessInfo.processInfo.environment["NNFT_LONG_TESTS"] != nil

  /// Architectures and samplers against the clock of the thread: prints a table of forecast and measured seconds. Not among the tests that always
  /// run, because it measures the machine; it claims a factor of two, and three for one row in ten.
  @Test(.enabled(if: isLong)) func measuredTimes() throws {
    let free = [
      "cos-net", "gauss-net", "scalar-net", "alpha-net", "euclidean-net", "scalar-net-lattice", "infinite-width", "relu-net",
      "deep-relu",
    ]
    let interacting = [
      ("scalar-net-phi4", "chains", "4000"), ("scalar-net-phi4", "smc", "16000"), ("scalar-net-phi4", "tempering", "4000"),
      ("scalar-net-phi4", "reweighting", "20000"), ("phi4-1d", "reweighting", "20000"), ("phi4-2d-weak", "reweighting", "8000"),
      ("phi4-2d-strong", "chains", "8000"), ("phi4-2d-near-critical", "chains", "2000"), ("phi4-3d", "chains", "1000"),
      ("cos-net-phi4", "chains", "4000"), ("gauss-net-phi4", "chains", "4000"),
    ]
    // Long enough for the draws to outweigh the exact column.
    var runs = try free.map { ("\($0)", try request($0, [("run.draws", "16000")])) }
    runs += try interacting.map { name, kind, draws in
      ("\(name), \(kind)", try request(name, [("sampler.kind", "\"\(kind)\""), ("run.draws", draws)]))
    }
    var misses = 0
    for (name, request) in runs {
      var start = timespec()
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &start)
      _ = try request.measure(threads: 1, monitor: RunMonitor())
      var end = timespec()
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end)
      let measured = Double(end.tv_sec - start.tv_sec) + 1e-9 * Double(end.tv_nsec - start.tv_nsec)
      let forecast = request.forecast(threads: 1).seconds
      print(String(format: "%@: forecast %.3f s, measured %.3f s, ratio %.2f", name, forecast, measured, forecast / measured))
      let miss = abs(log(forecast / measured))
      if miss > log(2) { misses += 1 }
      #expect(miss < log(3), "\(name): forecast \(forecast), measured \(measured)")
    }
    #expect(misses <= runs.count / 10)
  }
}
