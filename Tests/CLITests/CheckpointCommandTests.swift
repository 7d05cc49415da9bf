// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import Testing

/// Runs that were killed, limited in time or split over shards end in the bytes of a run that was left alone.
@Suite(.serialized) struct CheckpointCommandTests {
  private let directory: URL

  init() throws { directory = try CommandLineRunner.temporaryDirectory() }

  private func run(_ line: String, killAfter: Double? = nil) throws -> CommandLineRunner.Outcome {
    try CommandLineRunner.run(line.split(separator: " ").map(String.init), directory: directory, killAfter: killAfter)
  }

  /// Free networks, weighted draws, chains, ladders, populations, single neurons.
  static let runs = [
    "correlate cos-net --draws 20000", "correlate phi4-1d --draws 20000",
    "correlate phi4-2d-strong --draws 20000 --set sampler.kind=\"chains\"",
    "correlate phi4-2d-weak --draws 3000 --set sampler.kind=\"tempering\"",
    "correlate phi4-2d-weak --draws 3000 --set sampler.kind=\"smc\"",
    "correlate cos-net --neuron-space --width 10,30 --draws 20000",
  ]

  @Test(arguments: runs) func shardsMergeToTheSameBytes(line: String) throws {
    defer { try? FileManager.default.removeItem(at: directory) }
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
  }

  @Test(arguments: ["correlate cos-net --draws 400000", "correlate phi4-2d-strong --draws 400000 --set sampler.kind=\"chains\""])
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

  @Test func filesOfOtherRunsAreRefused() throws {
    defer { try? FileManager.default.removeItem(at: directory) }
    #expect(try run("correlate cos-net --draws 2000 --quiet --checkpoint a").code == 0)
    for (line, code, words) in [
      ("correlate cos-net --draws 2000 --quiet --checkpoint a", Int32(2), "--resume"),
      ("correlate cos-net --draws 2000 --seed 2 --quiet --checkpoint a --resume", 3, "run.seed"),
      ("correlate cos-net --draws 4000 --quiet --checkpoint a --resume", 3, "run.draws"),
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
}
