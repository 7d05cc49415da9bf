// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import LatticeFields
import NNFTTestSupport
import Testing

/// Every reference record of n-point functions at point sets, asked of the program itself: a theory file and a point file in, the exact
/// column out.
@Suite struct ReferenceThroughCommandLineTests {
  /// Records with full or connected n-point functions at two, four or six listed points.
  static let records: [ReferenceRecord] = [
    "Cos-net", "Cos-net non-Gaussian w", "Gauss-net", "Scalar-net (alpha=-1)", "alpha-family", "general Euclidean net",
  ].flatMap { ReferenceRecords.of(item: "A1", theory: $0) }.filter { record in
    record.parameters["N"] != nil && kind(record) != nil && [2, 4, 6].contains(record.points.count)
  }

  /// "full", "connected" or "2-point", from the first word of the quantity.
  private static func kind(_ record: ReferenceRecord) -> String? {
    let word = record.quantity.prefix { $0 != "(" }
    return ["G2": "2-point", "G4": "full", "G6": "full", "G4c": "connected", "G6c": "connected"][String(word)]
  }

  private func architecture(_ record: ReferenceRecord) -> String {
    func number(_ key: String) -> String { "\(record.number(key))" }
    let common = "width = \(record.width)\nweights = \"\(record.weightKind.rawValue)\"\n"
    switch record.theory {
    case "Gauss-net":
      return common
        + "kind = \"gauss-net\"\nsigma_w0 = \(number("sigma_w0"))\nsigma_w1 = \(number("sigma_w1"))\nsigma_b0 = \(number("sigma_b0"))"
    case "Scalar-net (alpha=-1)":
      return common + "kind = \"scalar-net\"\nmass = \(number("m"))\ncutoff = \(number("Lambda"))"
    case "alpha-family":
      return common
        + "kind = \"alpha-net\"\nmass = \(number("m"))\ncutoff = \(number("Lambda"))\nalpha = \(number("alpha"))\nregulator = \"hard\""
    case "general Euclidean net":
      return common
        + "kind = \"euclidean-net\"\nsigma_w1 = \(number("sigma_w1"))\nmomentum_density = \"exp(-k^2/(2*s^2))\"\namplitude = \"exp(-c*k^2)\"\n"
        + "[architecture.parameters]\ns = \(number("s"))\nc = \(number("c"))"
    default:
      return common + "kind = \"cos-net\"\nsigma_w0 = \(number("sigma_w0"))\nsigma_w1 = \(number("sigma_w1"))"
    }
  }

  @Test func noRecordWentMissing() { #expect(Self.records.count == 82) }

  @Test(arguments: records) func exactColumn(record: ReferenceRecord) throws {
    let directory = try CommandLineRunner.temporaryDirectory()
    defer { try? FileManager.default.removeItem(at: directory) }
    let d = record.dimension
    let sites = [String](repeating: "2", count: d).joined(separator: ", ")
    try """
    dimension = \(d)
    [architecture]
    \(architecture(record))
    [lattice]
    sites = [\(sites)]
    spacing = 1.0
    boundary = "open"
    """.write(to: directory.appendingPathComponent("t.toml"), atomically: true, encoding: .utf8)
    let header = (["set"] + (1...d).map { "x\($0)" }).joined(separator: "\t")
    let rows = record.points.map { point in
      (["A"] + (0..<d).map { "\(point[$0])" }).joined(separator: "\t")
    }
    try ([header] + rows).joined(separator: "\n").write(
      to: directory.appendingPathComponent("p.tsv"), atomically: true, encoding: .utf8)
    let outcome = try CommandLineRunner.run(
      ["correlate", "t.toml", "--points", "p.tsv", "--draws", "64", "--format", "tsv", "--quiet", "--table", "point-functions"],
      directory: directory)
    #expect(outcome.code == 0, "\(outcome.errors)")
    let lines = outcome.output.split(separator: "\n").filter { !$0.hasPrefix("#") }
      .map { $0.split(separator: "\t", omittingEmptySubsequences: false) }
    let column = try #require(lines.first?.firstIndex(of: "exact"))
    let row = try #require(lines.first { $0[2] == Self.kind(record) ?? "" })
    let value = try #require(Double(row[column]))
    #expect(record.agrees(with: value, floor: 1e-10), "\(value), reference \(record.value)")
  }
}
