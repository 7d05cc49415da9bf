// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import Testing

/// Interacting theories as a user of the command line meets them.
@Suite struct InteractingCommandTests {
  /// Rows of the tables of a TSV output: the table's name and the cells by column.
  private func rows(_ output: String) -> [(table: String, cells: [String: String])] {
    var (table, header): (String, [String]?) = ("", nil)
    var result: [(String, [String: String])] = []
    for line in output.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.isEmpty { header = nil }
      if line.hasPrefix("# table: ") { (table, header) = (String(line.dropFirst(9)), nil) }
      guard !line.isEmpty, !line.hasPrefix("#") else { continue }
      let cells = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
      if let header { result.append((table, Dictionary(zip(header, cells)) { $1 })) } else { header = cells }
    }
    return result
  }

  private func correlate(_ theory: String, _ overrides: [String] = [], _ more: [String] = []) throws -> CommandLineRunner.Outcome
  {
    try CommandLineRunner.run(["correlate", theory] + overrides.flatMap { ["--set", $0] } + more)
  }

  @Test(arguments: ["phi4-0d", "phi4-2d-strong", "cos-net-phi4", "gauss-net-phi4", "scalar-net-phi4"])
  func libraryTheoriesRun(theory: String) throws {
    let outcome = try correlate(theory)
    #expect(outcome.code == 0, "\(outcome.errors)")
    let rows = rows(outcome.output)
    let sound = rows.filter { $0.cells["status"] == "ok" }
    // Identities whose tails the samples leave open are withheld, and nothing else.
    #expect(Set(sound.map(\.table)).isSuperset(of: ["sampling", "identities"]))
    #expect(rows.allSatisfy { $0.cells["status"] == "ok" || $0.table == "identities" })
    for row in sound where row.table == "identities" {
      #expect(abs(Double(row.cells["pull"]!)!) < 6, "\(row.cells)")
    }
    let words = outcome.output.lowercased().split { !$0.isLetter }
    #expect(!words.contains("nan") && !words.contains("inf"))
    // Populations have none.
    let hasControls = theory != "scalar-net-phi4"
    #expect(outcome.output.contains("control variates: ") == hasControls)
    #expect(outcome.output.contains("this table is not corrected") == hasControls)
  }

  /// Control variates shrink errors by the stated factors, leave identities as they were, and can be left out. On 4 x 4 sites at strong coupling those
  /// that would shrink the error of chi4 have tails that so few samples leave open (docs/decisions/0015-tails-of-identities.md).
  @Test(arguments: [
    ("phi4-2d-strong", [("zero-momentum chi2", 5.0), ("sampling phi^2", 5), ("sampling S", 5)]),
    ("phi4-1d", [("zero-momentum chi2", 8), ("zero-momentum chi4", 8)]),
  ]) func controlVariatesShrinkErrors(theory: String, gains: [(name: String, factor: Double)]) throws {
    func errors(_ word: String) throws -> [String: Double] {
      let outcome = try correlate(theory, ["sampler.control_variates=\(word)"])
      #expect(outcome.code == 0, "\(outcome.errors)")
      return Dictionary(
        rows(outcome.output).compactMap { row -> (String, Double)? in
          guard let name = row.cells["quantity"] ?? row.cells["observable"] ?? row.cells["identity"] else { return nil }
          return Double(row.cells["error"] ?? "").map { (row.table + " " + name, $0) }
        }, uniquingKeysWith: { $1 })
    }
    let (with, without) = (try errors("true"), try errors("false"))
    for (name, factor) in gains {
      #expect(with[name]! * factor < without[name]!, "\(name): \(with[name]!) \(without[name]!)")
    }
    #expect(with["identities SD M^3"] == without["identities SD M^3"])
  }

  /// Data of a Gaussian field, from theory and point file to exact means and connected functions.
  @Test func dataAtPoints() throws {
    let directory = try CommandLineRunner.temporaryDirectory()
    defer { try? FileManager.default.removeItem(at: directory) }
    let (theory, points) = (
      directory.appendingPathComponent("data.toml").path, directory.appendingPathComponent("points.tsv").path
    )
    let places = "region = \"points\"\npoints = [[0.5], [-1.0]]\n"
    try """
    dimension = 1
    [architecture]
    kind = "infinite-width"
    mass = 1.0
    [[insertion]]
    kind = "mass"
    delta = 4.0
    \(places)
    [[insertion]]
    kind = "source"
    J = [2.4, -1.6]
    \(places)
    [lattice]
    sites = [6]
    spacing = 0.5
    boundary = "periodic"
    [run]
    draws = 4000
    """.write(toFile: theory, atomically: true, encoding: .utf8)
    try "set\tx1\na\t0.5\nb\t0.5\nb\t-1\n".write(toFile: points, atomically: true, encoding: .utf8)
    let outcome = try correlate(theory, [], ["--points", points])
    #expect(outcome.code == 0, "\(outcome.errors)")
    let found = rows(outcome.output).filter { $0.table == "point-functions" }
    #expect(found.map { $0.cells["function"] } == ["1-point", "2-point", "connected"])
    #expect(found.allSatisfy { abs(Double($0.cells["pull"]!)!) < 6 })
    // Connected: without the product of two means, which are not small.
    #expect(abs(Double(found[1].cells["exact"]!)! - Double(found[2].cells["exact"]!)!) > 0.05)
    try "set\tx1\na\t0\na\t0\na\t0\na\t0\na\t0\na\t0\n".write(toFile: points, atomically: true, encoding: .utf8)
    let refused = try correlate(theory, [], ["--points", points])
    #expect(refused.code == 3 && refused.errors.contains("give 1, 2, 3 or 4 points"), "\(refused.errors)")
  }

  /// Chosen points: sites of any lattice, any point of a net, and no others.
  @Test func pointSets() throws {
    let directory = try CommandLineRunner.temporaryDirectory()
    defer { try? FileManager.default.removeItem(at: directory) }
    let file = directory.appendingPathComponent("points.tsv").path
    func measure(_ theory: String, _ lines: [String], _ columns: String) throws -> CommandLineRunner.Outcome {
      try ("set\t\(columns)\n" + lines.joined(separator: "\n") + "\n").write(toFile: file, atomically: true, encoding: .utf8)
      return try correlate(theory, [], ["--points", file])
    }
    let ring = try measure("phi4-1d", ["a\t0", "a\t0.5", "b\t0", "b\t0", "b\t8.5", "b\t1"], "x1")
    #expect(ring.code == 0, "\(ring.errors)")
    let found = rows(ring.output).filter { $0.table == "point-functions" }
    #expect(found.count == 3 && found.allSatisfy { abs(Double($0.cells["pull"]!)!) < 6 })
    // Exact: the nearest neighbour of the transfer matrix.
    #expect(abs(Double(found[0].cells["exact"]!)! - 0.172489173570) < 1e-9)
    #expect(ring.output.contains("points a: (0.0) (0.5)"))
    // Off the sites: the net knows its field there, the field of infinite width does not.
    let net = try measure("scalar-net-phi4", ["a\t0", "a\t0.3"], "x1")
    #expect(net.code == 0 && rows(net.output)[0].cells["status"] == "ok" && rows(net.output)[0].cells["exact"] == "")
    let refused = try measure("phi4-1d", ["a\t0", "a\t0.3"], "x1")
    #expect(refused.code == 2 && refused.errors.contains("(0.3) is no site of the lattice"))
    let cosine = try measure("cos-net-phi4", ["a\t0.1\t0", "a\t40\t0"], "x1\tx2")
    #expect(cosine.code == 0 && rows(cosine.output)[0].cells["status"] == "ok")
  }

  @Test(arguments: [
    ("phi4-1d", "insertion[1].lambda=-1", "insertion[1].lambda: -1.0 is not above 0.0"),
    ("phi4-1d", "insertion[1].lambda=0", "insertion[1].lambda"),
    ("phi4-1d", "insertion[2].lambda=1", "there is 1 table [[insertion]]"),
    ("phi4-1d", "insertion.lambda=1", "say which: insertion[1].lambda"),
    ("phi4-1d", "insertion[1].lamda=1", "did you mean \"lambda\""),
    ("phi4-1d", "insertion=[{kind=\"polynomial\", coefficients=[1, -1]}]", "no lower bound"),
    ("phi4-1d", "sampler.kind=smcc", "did you mean \"smc\""),
    ("phi4-1d", "sampler.moves=hcm", "did you mean \"hmc\""),
    ("phi4-1d", "sampler.control_variates=1", "expected true or false"),
    ("scalar-net-phi4", "sampler.moves=slice,hmc", "never change mode"),
    ("phi4-1d", "architecture.mass=0", "architecture.mass"),
    ("phi4-1d", "run.draws=1", "run.draws"),
  ])
  func faultsAreNamed(theory: String, override: String, words: String) throws {
    let outcome = try correlate(theory, [override])
    #expect(outcome.code == 3 && outcome.output.isEmpty, "\(outcome.code)")
    #expect(outcome.errorLines.count == 1 && outcome.errors.contains(words), "\(outcome.errors)")
  }

  @Test(arguments: [
    (["--common-random-numbers", "--set", "sampler.kind=chains"], "--common-random-numbers"),
    (["--neuron-space"], "--neuron-space"),
    (["--table", "nothing"], "partition-function"),
  ])
  func optionsOfFreeEnsemblesAreRefused(options: [String], words: String) throws {
    let outcome = try correlate("phi4-1d", [], options)
    #expect(outcome.code == 2 && outcome.output.isEmpty && outcome.errors.contains(words), "\(outcome.errors)")
  }

  /// A run that grows until its error is small enough ends in the bytes of one with that many samples.
  @Test func samplesGrowUntilTheErrorIsSmall() throws {
    let options = ["--estimators", "two-point", "--until-error", "2e-3"]
    let grown = try correlate("phi4-1d", ["run.draws=2000"], options)
    #expect(grown.code == 0 && grown.errors.contains("continuing with"), "\(grown.errors)")
    let draws = try #require(
      grown.output.split(separator: "\n").first { $0.hasPrefix("# set run.draws:") }?.split(separator: " ").last)
    let once = try correlate("phi4-1d", ["run.draws=\(draws)"], ["--estimators", "two-point"])
    #expect(once.output == grown.output)
  }

  /// Hopeless weights: the forecast says so before the run, the run withholds every number with the reason.
  @Test func hopelessReweightingIsWithheld() throws {
    let settings = ["sampler.kind=reweighting", "lattice.sites=32x32", "run.draws=600"]
    let plan = try correlate("phi4-2d-strong", settings, ["--dry-run"])
    #expect(plan.code == 0 && plan.output.contains("forecast: effective samples of reweighting: few"))
    let outcome = try correlate("phi4-2d-strong", settings)
    #expect(outcome.code == 0 && outcome.errors.contains("numbers are withheld"))
    let rows = rows(outcome.output)
    #expect(!rows.isEmpty && rows.allSatisfy { $0.cells["status"] == "under-sampled" && $0.cells["value"] == "" })
  }

  /// One neuron and one site are theories too; exact there.
  @Test func theSmallestTheories() throws {
    for (theory, settings) in [
      ("scalar-net-phi4", ["architecture.width=1", "lattice.sites=[4]"]), ("phi4-1d", ["lattice.sites=[1]"]),
      ("phi4-0d", ["architecture.width=1"]), ("phi4-1d", ["insertion[1].lambda=1e-12"]),
    ] {
      let outcome = try correlate(theory, settings)
      #expect(outcome.code == 0, "\(theory) \(settings): \(outcome.errors)")
      let known = rows(outcome.output).filter { $0.cells["exact"] != "" && $0.cells["status"] == "ok" && $0.table == "sampling" }
      #expect(!known.isEmpty && known.allSatisfy { abs(Double($0.cells["pull"]!)!) < 6 }, "\(known)")
    }
  }

  /// Interrupted: exit code 4, nothing written, in the words of the sampler.
  @Test(arguments: [("chains", "measurements of the chains"), ("smc", "particles"), ("reweighting", "weighted draws")])
  func interruption(kind: String, words: String) throws {
    let outcome = try CommandLineRunner.run(
      ["correlate", "scalar-net-phi4", "--set", "sampler.kind=\(kind)", "--draws", "5e6", "--set", "architecture.width=256"],
      interruptAfter: 1)
    #expect(outcome.code == 4 && outcome.output.isEmpty, "\(outcome.code)")
    #expect(outcome.errors.contains("interrupted after") && outcome.errors.contains(words), "\(outcome.errors)")
    #expect(!outcome.errors.contains("networks"))
  }

  /// Parallel tempering says what it checked.
  @Test func temperingStatesItsChecks() throws {
    let outcome = try correlate("scalar-net-phi4", ["sampler.kind=tempering", "run.draws=6400"])
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("swap rates >= 5 %, 2 round trips a ladder"))
    #expect(outcome.output.contains("round trips a ladder between full and no coupling"))
    let short = try correlate("scalar-net-phi4", ["sampler.kind=tempering", "run.draws=64", "sampler.least_ess=10"])
    #expect(rows(short.output).allSatisfy { $0.cells["status"] == "under-sampled" })
  }

  /// All formats, and what was stored becomes the same tables again.
  @Test func formats() throws {
    let directory = try CommandLineRunner.temporaryDirectory()
    defer { try? FileManager.default.removeItem(at: directory) }
    let run = ["correlate", "phi4-1d", "--draws", "8000", "--quiet"]
    let json = try CommandLineRunner.run(run + ["--format", "json"])
    let object = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
    #expect((object?["tables"] as? [Any])?.count == 9)
    let stored = try CommandLineRunner.run(run + ["-o", "run.h5"], directory: directory)
    #expect(stored.code == 0, "\(stored.errors)")
    let exported = try CommandLineRunner.run(["export", "run.h5", "--format", "tsv", "--quiet"], directory: directory)
    let direct = try CommandLineRunner.run(run)
    #expect(exported.code == 0 && exported.output == direct.output, "\(exported.errors)")
    let plotted = try CommandLineRunner.run(["plot", "run.h5", "--quiet"], directory: directory)
    if plotted.code == 0 {
      let names = try FileManager.default.contentsOfDirectory(atPath: directory.path)
      #expect(names.contains("run-two-point.svg"), "\(names)")
    } else {
      #expect(plotted.code == 5 && plotted.errors.contains("gnuplot"), "\(plotted.errors)")
    }
  }

  @Test func showExplains() throws {
    let outcome = try CommandLineRunner.run(["show", "phi4-2d-near-critical"])
    #expect(outcome.code == 0)
    for words in ["lambda_SL = 0.5", "correlation length about", "control variates: up to", "32 Markov chains"] {
      #expect(outcome.output.contains(words), "\(words)")
    }
    #expect(!outcome.output.contains("networks"))
  }
}
