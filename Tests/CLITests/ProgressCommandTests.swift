// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import Testing

/// `--progress json`: what a program reads of a run while it works.
@Suite struct ProgressCommandTests {
  private static let lattice = ["--set", "lattice.sites=6x6", "--draws", "3000", "--threads", "1"]

  /// The objects of the stream, and the other lines of standard error.
  private func stream(_ outcome: CommandLineRunner.Outcome) throws -> (records: [[String: Any]], notes: [String]) {
    let records = outcome.errorLines.filter { $0.hasPrefix("{") }
    return (
      try records.map { try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]) },
      outcome.errorLines.filter { !$0.hasPrefix("{") }
    )
  }

  /// Every line is an object; counts grow from nothing to all of it; the tables are those of a run that tells nothing.
  @Test func aRunTellsItsBeginningAndItsEnd() throws {
    let told = try CommandLineRunner.run(["correlate", "cos-net", "--progress", "json"] + Self.lattice)
    let silent = try CommandLineRunner.run(["correlate", "cos-net", "--quiet"] + Self.lattice)
    #expect(told.code == 0 && told.output == silent.output)
    let (records, notes) = try stream(told)
    let done = records.compactMap { $0["done"] as? Int }
    #expect(done.count == records.count && done.first == 0 && done.last == 3000 && done == done.sorted(), "\(told.errors)")
    #expect(records.allSatisfy { $0["event"] as? String == "progress" && $0["of"] as? Int == 3000 })
    #expect(records.allSatisfy { $0["unit"] as? String == "networks" && $0["seconds"] is Double })
    #expect((records.last?["relative_error"] as? Double).map { $0 > 0 && $0 < 0.1 } == true)
    #expect(notes.contains { $0.contains("3000 networks") })
    // The control: without the option no line is an object.
    let plain = try CommandLineRunner.run(["correlate", "cos-net"] + Self.lattice)
    #expect(try stream(plain).records.isEmpty)
  }

  /// `--quiet` silences what people read, not the stream that was asked for; a study names its runs; a validation counts experiments.
  @Test func theOtherCommands() throws {
    let study = try CommandLineRunner.run(
      ["study", "cos-net", "--widths", "5,10", "--estimators", "zero-momentum", "--progress", "json", "--quiet"] + Self.lattice)
    let labels = try stream(study).records.compactMap { $0["label"] as? String }
    #expect(study.code == 0 && Set(labels).count == 2, "\(study.errors)")
    #expect(try stream(study).notes.isEmpty)
    let validation = try CommandLineRunner.run(
      ["validate", "universality", "--theory", "cos-net", "--set", "architecture.width=1", "--progress", "json", "--quiet"])
    let records = try stream(validation).records
    #expect(records.first?["done"] as? Int == 0 && records.last?["unit"] as? String == "experiments", "\(validation.errors)")
    #expect(records.last?["done"] as? Int == records.last?["of"] as? Int)
    #expect(try CommandLineRunner.run(["correlate", "cos-net", "--progress", "xml"]).code == 2)
  }
}
