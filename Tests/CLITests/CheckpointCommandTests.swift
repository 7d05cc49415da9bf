// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import Testing

@testable import nnft

/// Runs that were killed, limited in time or split over shards end in the bytes of a run that was left alone.
@Suite struct CheckpointCommandTests {
  private let directory: URL

  init() throws { directory = try CommandLineRunner.temporaryDirectory() }

  private func run(_ line: String, killAfter: Double? = nil) throws -> CommandLineRunner.Outcome {
    try CommandLineRunner.run(line.split(separator: " ").map(String.init), directory: directory, killAfter: killAfter)
  }

  /// Free networks, weighted draws, chains, ladders, populations, single neurons; networks and tilted neurons at points.
  static let runs = [
    "correlate cos-net --draws 20000", "correlate phi4-1d --draws 20000",
    "correlate phi4-2d-strong --draws 20000 --set sampler.kind=\"chains\"",
    "correlate phi4-2d-weak --draws 3000 --set sampler.kind=\"tempering\"",
    "correlate phi4-2d-weak --draws 3000 --set sampler.kind=\"smc\"",
    "correlate cos-net --neuron-space --width 10,30 --draws 20000",
    "correlate gauss-net --points points.tsv --draws 4000", "correlate phi4-1d --points line.tsv --draws 4000",
  ]
  private static let points = ["points.tsv": "set\tx1\tx2\na\t0\t0\na\t0.5\t0\n", "line.tsv": "set\tx1\na\t0\na\t1\n"]

  @Test(arguments: runs) func shardsMergeToTheSameBytes(line: String) throws {
    defer { try? FileManager.default.removeItem(at: directory) }
    for (name, text) in Self.points {
      try text.write(to: directory.appendingPathComponent(name), atomically: true, encoding: .utf8)
    }
    let whole = try run(line + " --quiet")
    #expect(whole.code == 0, "\(whole.errors)")
    for index in 1...3 {
      let part = try run(line + " --quiet --threads \(index) --shard \(index)/3 --checkpoint part\(index)")
      #expect(part.code == 0 && part.output.isEmpty, "\(part.errors)")
    }
    let merged = try run("merge part3 part1 part2 --quiet")
    #expect(merged.code == 0 && merged.output == whole.output, "\(merged.errors)")
    // The control: a shard too few is said, with the one that lacks.
    let short = try run("merge part1 part3 --quiet")
    #expect(short.code == 3 && short.output.isEmpty && short.errors.contains("2/3"), "\(short.errors)")
    // In two steps.
    #expect(try run("merge part1 part3 --into joined --quiet").code == 0)
    try "joined\npart2\n".write(to: directory.appendingPathComponent("names"), atomically: true, encoding: .utf8)
    let steps = try run("merge --list names --quiet")
    #expect(steps.code == 0 && steps.output == whole.output, "\(steps.errors)")
    let twice = try run("merge joined part1 --into other --quiet")
    #expect(twice.code == 3 && twice.errors.contains("also in joined"), "\(twice.errors)")
    #expect(!FileManager.default.fileExists(atPath: directory.appendingPathComponent("other").path))
  }

  @Test(arguments: ["correlate cos-net --draws 100000", "correlate phi4-2d-strong --draws 150000 --set sampler.kind=\"chains\""])
  func killedRunsGoOn(line: String) throws {
    defer { try? FileManager.default.removeItem(at: directory) }
    let whole = try run(line + " --quiet")
    let kept = line + " --quiet --checkpoint kept --resume"
    for delay in [0.4, 0.7, 1.0] { _ = try run(kept, killAfter: delay) }
    let limited = try run(kept + " --time-limit 1s")
    #expect([0, 4].contains(limited.code), "\(limited.errors)")
    if limited.code == 4 { #expect(limited.errors.contains("--resume") && limited.errorLines.count == 1) }
    let last = try run(kept)
    #expect(last.code == whole.code && last.output == whole.output, "\(last.errors)")
  }

  /// Files of samples are those of a run that was left alone, byte for byte: networks, weighted draws, and chains whose state is kept with the number of the next
  /// row. Control: a run whose rows are gone does not go on.
  @Test(arguments: [
    ("cos-net --draws 8000", "h5"), ("phi4-1d --draws 200000", "npz"),
    ("phi4-2d-strong --draws 40000 --fields-only --set sampler.kind=\"chains\"", "h5"),
  ])
  func samplesGoOn(line: String, ending: String) throws {
    defer { try? FileManager.default.removeItem(at: directory) }
    func bytes(_ name: String) throws -> Data { try Data(contentsOf: directory.appendingPathComponent(name)) }
    let command = "sample \(line) --quiet -o "
    #expect(try run(command + "whole.\(ending)").code == 0)
    let kept = command + "kept.\(ending) --force --checkpoint kept --checkpoint-every 1 --resume"
    for delay in [0.3, 0.6] { _ = try run(kept, killAfter: delay) }
    let limited = try run(kept + " --time-limit 1s")
    #expect([0, 4].contains(limited.code), "\(limited.errors)")
    if limited.code == 4 {
      let rows = (directory.appendingPathComponent("kept.rows"), directory.appendingPathComponent("elsewhere"))
      try FileManager.default.moveItem(at: rows.0, to: rows.1)
      let lost = try run(kept)
      #expect(lost.code == 2 && lost.errors.contains("kept.rows") && lost.errorLines.count == 1, "\(lost.errors)")
      try FileManager.default.moveItem(at: rows.1, to: rows.0)
      #expect(try run(kept).code == 0)
    }
    #expect(try bytes("kept.\(ending)") == bytes("whole.\(ending)"))
    // Both files have served.
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted() == ["kept.\(ending)", "whole.\(ending)"])
  }

  /// What a validation and a measurement have done is not done again, and their words and tables are the same.
  @Test func validationsAndMeasurementsGoOn() throws {
    defer { try? FileManager.default.removeItem(at: directory) }
    #expect(try run("sample cos-net --draws 4000 --fields-only -o fields.npz --quiet").code == 0)
    for line in ["validate finite-width --only Cos-net", "measure fields.npz"] {
      let whole = try run(line + " --quiet")
      #expect(try run(line + " --quiet --checkpoint kept").output == whole.output)
      let file = directory.appendingPathComponent("kept")
      let size = try Data(contentsOf: file).count
      let again = try run(line + " --quiet --checkpoint kept --resume")
      #expect(again.code == whole.code && again.output == whole.output)
      #expect(try Data(contentsOf: file).count == size)
      // The control: what is of another seed, or of other fields, is not taken for this.
      let other = line.hasPrefix("validate") ? line + " --seed 2" : line + " --bins 100"
      #expect(try run(other + " --quiet --checkpoint kept --resume").code != 0)
      try FileManager.default.removeItem(at: file)
    }
  }

  /// Times as people and as Slurm write them.
  @Test func timesAreRead() {
    for (text, seconds) in [
      ("90", 90.0), ("90s", 90), ("55m", 3300), ("2h", 7200), ("1d", 86400), ("5:00", 300), ("1:30:00", 5400), ("1-12", 129600),
      ("1-12:30", 131400), ("1-12:30:05", 131405),
    ] { #expect(TimeLimit(argument: text)?.seconds == seconds, "\(text)") }
    for text in ["", "0", "soon", "5:", ":5", "5:00m", "-1", "1e12", "nan", "1:2:3:4"] {
      #expect(TimeLimit(argument: text) == nil, "\(text)")
    }
  }

  @Test func filesOfOtherRunsAreRefused() throws {
    defer { try? FileManager.default.removeItem(at: directory) }
    // What a run leaves that was killed as it began.
    try Data("nnft rec".utf8).write(to: directory.appendingPathComponent("begun"))
    #expect(try run("correlate cos-net --draws 2000 --quiet --checkpoint begun --resume").code == 0)
    #expect(try run("correlate cos-net --draws 2000 --quiet --checkpoint a").code == 0)
    for (line, code, words) in [
      ("correlate cos-net --draws 2000 --quiet --checkpoint a", Int32(2), "--resume"),
      ("correlate cos-net --draws 2000 --seed 2 --quiet --checkpoint a --resume", 3, "run.seed"),
      ("correlate cos-net --draws 4000 --quiet --checkpoint a --resume", 3, "run.bins=512"),
      ("correlate cos-net --draws 1000 --quiet --checkpoint a --resume", 3, "run.draws"),
      ("correlate cos-net --draws 2000 --width 7 --quiet --checkpoint a --resume", 3, "architecture.width"),
      ("correlate cos-net --draws 2000 --quiet --checkpoint no/such/a", 2, "cannot write"),
      ("correlate cos-net --shard 3/2", 2, "3/2"), ("correlate cos-net --time-limit soon", 2, "soon"),
      ("correlate cos-net --shard 1/2 --until-error 0.1", 2, "--until-error"),
      ("correlate cos-net --checkpoint /dev/zero --resume", 3, "no regular file"), ("merge .", 3, "no regular file"),
      ("merge a a", 3, "also in"), ("merge nothing", 3, "cannot read"), ("merge", 2, "files"),
    ] {
      let outcome = try run(line)
      #expect(outcome.code == code && outcome.errors.contains(words) && outcome.output.isEmpty, "\(line): \(outcome.errors)")
    }
    let again = try run("correlate cos-net --draws 2000 --quiet --checkpoint a --resume")
    let fresh = try run("correlate cos-net --draws 2000 --quiet")
    #expect(again.code == 0 && again.output == fresh.output)
  }

  /// A time limit keeps what is finished in a file that nobody named, and a run that comes to its end removes it.
  @Test func timeLimitsNeedNoFile() throws {
    defer { try? FileManager.default.removeItem(at: directory) }
    func kept() throws -> [String] {
      try FileManager.default.contentsOfDirectory(atPath: directory.path).filter { $0.hasSuffix(".records") }
    }
    let line = "correlate cos-net --draws 60000 --threads 1 --quiet"
    let limited = try run(line + " --time-limit 1s")
    let names = try kept()
    #expect(limited.code == 4 && names.count == 1 && names[0].hasPrefix("nnft-"), "\(limited.errors)")
    #expect(limited.output.isEmpty && limited.errorLines.count == 1 && limited.errors.contains(names[0]))
    let bytes = try Data(contentsOf: directory.appendingPathComponent(names[0]))
    #expect(bytes.range(of: Data("segment".utf8)) != nil, "the bin that was being done")
    let resumed = try run(line + " --time-limit 1h")
    let whole = try run(line)
    #expect(resumed.code == 0 && resumed.output == whole.output && whole.code == 0, "\(resumed.errors)")
    #expect(try kept().isEmpty)
    // The control: what is done in time leaves nothing.
    #expect(try run("correlate cos-net --draws 1000 --quiet --time-limit 1h").code == 0 && kept().isEmpty)
  }

  /// More draws go on from fewer, to the bytes of a run of its own.
  @Test func moreDrawsExtend() throws {
    defer { try? FileManager.default.removeItem(at: directory) }
    for (number, (line, fewer, bins, more, moreBins)) in [
      ("correlate cos-net --set run.bins=%B", 20000, 256, 40000, 512),
      ("correlate phi4-1d --set run.bins=%B", 20000, 256, 60000, 768),
      ("correlate phi4-2d-strong --set sampler.kind=\"chains\"", 6400, 0, 10000, 0),
      ("correlate scalar-net-phi4", 16000, 0, 20000, 0),
      ("correlate scalar-net-phi4 --set sampler.kind=\"tempering\" --set sampler.chains=16", 1600, 0, 3200, 0),
      ("correlate cos-net --neuron-space --width 10,30 --set run.bins=%B", 20000, 256, 40000, 512),
    ].enumerated() {
      func command(_ draws: Int, _ bins: Int) -> String {
        line.replacingOccurrences(of: "%B", with: "\(bins)") + " --draws \(draws) --quiet"
      }
      let first = try run(command(fewer, bins) + " --checkpoint kept\(number)")
      #expect(first.code == 0, "\(first.errors)")
      let extended = try run(command(more, moreBins) + " --checkpoint kept\(number) --resume")
      let whole = try run(command(more, moreBins))
      #expect(extended.code == whole.code && extended.output == whole.output && whole.code == 0, "\(line): \(extended.errors)")
      // What was extended merges as one run.
      let merged = try run("merge kept\(number) --quiet")
      #expect(merged.output == whole.output, "\(line): \(merged.errors)")
    }
  }

  /// Tables of a part of a run say so, all of them; two seeds are pooled to tables that say so, and neither is done unasked.
  @Test func partsAndPoolsSayWhatTheyAre() throws {
    defer { try? FileManager.default.removeItem(at: directory) }
    for (seed, draws, shard) in [(1, 8000, "1/2"), (1, 8000, "2/2"), (2, 4000, "1/1"), (3, 8000, "1/1"), (1, 4000, "1/1")] {
      let name = "s\(seed)-\(draws)-\(shard.prefix(1))"
      let part = try run("correlate cos-net --seed \(seed) --draws \(draws) --shard \(shard) --checkpoint \(name) --quiet")
      #expect(part.code == 0, "\(part.errors)")
    }
    func tables(_ text: String) -> (tables: Int, notes: Int) {
      (text.components(separatedBy: "# table: ").count - 1, text.components(separatedBy: "PARTIAL: 128 of 256 units").count - 1)
    }
    let part = try run("merge s1-8000-1 --partial --quiet")
    #expect(
      part.code == 0 && tables(part.output).tables > 1 && tables(part.output).tables == tables(part.output).notes,
      "\(part.errors)")
    let pool = try run("merge s1-8000-2 s2-4000-1 s1-8000-1 s3-8000-1 --independent --quiet")
    #expect(pool.code == 0 && pool.output.contains("pooled from 3 independent runs: seed 1, seed 2, seed 3"), "\(pool.errors)")
    for (line, words) in [
      ("merge s1-8000-1", "--partial"), ("merge s1-8000-1 s1-8000-2 s3-8000-1", "run.seed"),
      ("merge s1-8000-1 s2-4000-1 --independent", "--partial"), ("merge s1-8000-1 s1-8000-2 s1-4000-1 --independent", "one seed"),
      ("merge s1-8000-1 s1-8000-2 --independent", "one run"),
    ] {
      let refused = try run(line)
      #expect(refused.code == 3 && refused.output.isEmpty && refused.errors.contains(words), "\(line): \(refused.errors)")
    }
  }

  /// A run that gets a signal keeps the states of its chains, all of them longer than the signal is away.
  @Test func signalsKeepStates() throws {
    defer { try? FileManager.default.removeItem(at: directory) }
    let line =
      "correlate scalar-net-phi4 --set sampler.kind=\"chains\" --set sampler.chains=16 --draws 100000 --threads 2 --quiet"
    let whole = try run(line)
    let kept = line + " --checkpoint kept --resume"
    let stopped = try CommandLineRunner.shell(
      "cd '\(directory.path)'; \"$0\" \(kept.replacingOccurrences(of: "\"", with: "'\"'")) 2>errors & "
        + "while [ ! -s kept ]; do sleep 0.02; done; sleep 0.2; kill -TERM $!; wait $!")
    let errors = try String(contentsOf: directory.appendingPathComponent("errors"), encoding: .utf8)
    #expect(stopped.code == 4 && errors.split(separator: "\n").count == 1 && errors.contains("--resume"), "\(errors)")
    let bytes = try Data(contentsOf: directory.appendingPathComponent("kept"))
    #expect(bytes.range(of: Data("segment".utf8)) != nil)
    let resumed = try run(kept)
    #expect(resumed.code == 0 && resumed.output == whole.output, "\(resumed.errors)")
  }
}
