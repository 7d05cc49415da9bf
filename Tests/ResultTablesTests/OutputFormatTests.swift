// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis
import Foundation
import Testing

@testable import ResultTables

/// Every format of the registry, and the way there and back through HDF5.
@Suite struct OutputFormatTests {
  private func bytes(_ format: OutputFormat, _ document: ResultDocument) throws -> [OutputFile] {
    try format.render(document, TextLayout())
  }

  private func saved<Result>(_ bytes: [UInt8], _ body: (String) throws -> Result) throws -> Result {
    let directory = try temporaryDirectory()
    defer { try? FileManager.default.removeItem(at: directory) }
    let path = directory.appendingPathComponent("run.h5").path
    try AtomicFile.write([(path, bytes)], force: false)
    return try body(path)
  }

  @Test func namesAreUniqueAndEndingsChooseThem() {
    let names = OutputFormats.entries.map(\.name)
    #expect(Set(names).count == names.count)
    for format in OutputFormats.entries where format.name != "text" && format.name != "hadrons" {
      #expect(OutputFormats.entry(forPath: "a/run\(format.endings[0])")?.name == format.name)
    }
    #expect(OutputFormats.entry(forPath: "run.dat") == nil)
  }

  /// Equal documents give equal bytes: no times, no addresses.
  @Test(arguments: OutputFormats.entries.map(\.name)) func equalDocumentsGiveEqualBytes(name: String) throws {
    let format = try #require(OutputFormats.entry(name))
    let first = try bytes(format, ExampleDocument.make())
    #expect(!first.isEmpty && first.allSatisfy { !$0.bytes.isEmpty })
    Thread.sleep(forTimeInterval: 1.1)
    #expect(try bytes(format, ExampleDocument.make()).map(\.bytes) == first.map(\.bytes))
  }

  /// What comes back from an HDF5 file gives the same bytes in every format.
  @Test(arguments: OutputFormats.entries.map(\.name)) func hdf5KeepsEverything(name: String) throws {
    let document = try ExampleDocument.make()
    let again = try saved(HDF5Renderer.render(document)) { try ResultFile.load(path: $0) }
    let format = try #require(OutputFormats.entry(name))
    #expect(try bytes(format, again).map(\.bytes) == bytes(format, document).map(\.bytes))
    #expect(again.tables[0].samples[ExampleDocument.withheldRow] == nil)
  }

  /// Above 64 KiB datasets are compressed; the numbers stay the same to the bit.
  @Test func compressedSamplesReadBackIdentically() throws {
    let document = try ExampleDocument.make(rows: 3000)
    let file = try HDF5Renderer.render(document)
    let again = try saved(file) { try ResultFile.load(path: $0) }
    for (a, b) in zip(document.tables[0].samples, again.tables[0].samples) {
      #expect(a?.replicas == b?.replicas && a?.value == b?.value && a?.weights == b?.weights)
    }
    #expect(file.count < 3000 * 8 * (ExampleDocument.binCount + 8))
  }

  @Test func damagedFilesAreRefused() throws {
    let file = try HDF5Renderer.render(ExampleDocument.make())
    for length in [0, 5, 8, 100, file.count / 2, file.count - 17] {
      try refuse(Array(file.prefix(length)), length == 0 ? "empty" : length < 8 ? "no file of results" : "cut short")
    }
    try refuse(Array("set\tx1\na\t1\n".utf8), "this is no file of results")
  }

  @Test func otherLayoutsAreRefused() throws {
    try refuse(HDF5Sink.file { _ in }, "attribute format of / is missing")
    try refuse(
      HDF5Sink.file { try $0.attribute("format", "another") }, "attribute format of / is not \"nnft-correlators\"")
    func file(version: Int = 1, _ body: (HDF5Sink) throws -> Void) throws -> [UInt8] {
      try HDF5Sink.file { root in
        try root.attribute("format", "nnft-correlators")
        try root.attribute("version", version)
        try body(root)
      }
    }
    try refuse(file(version: 2) { _ in }, "its layout has version 2, this program reads version 1")
    try refuse(file { _ in }, "group /meta is missing")
    func meta(_ root: HDF5Sink) throws {
      try root.group("meta") {
        try $0.write(.texts("provenance", ["a", "b"], shape: [1, 2]))
        try $0.write(.texts("theory", [""], shape: []))
      }
    }
    try refuse(file { try meta($0) }, "group /correlators is missing")
    func table(_ columns: [String], _ kinds: [String], _ arrays: [NamedArray]) throws -> [UInt8] {
      try file { root in
        try meta(root)
        try root.group("correlators") {
          try $0.group("t") { group in
            try group.attribute("summary", "")
            try group.attribute("columns", columns)
            try group.attribute("kinds", kinds)
            try group.attribute("notes", [])
            for array in arrays { try group.write(array) }
          }
        }
      }
    }
    let value = NamedArray.numbers("value", [1, 2])
    try refuse(table(["value"], ["number"], []), "dataset /correlators/t/value is missing")
    try refuse(table(["value"], ["colour"], [value]), "columns of unknown kind")
    try refuse(table(["value"], ["text"], [value]), "holds no texts of fixed length")
    try refuse(table(["value"], ["number"], [.texts("value", ["a", "b"])]), "holds no numbers")
    try refuse(table(["value"], ["number"], [.numbers("value", [1, .infinity])]), "not a finite number")
    try refuse(table(["n"], ["integer"], [.numbers("n", [0.5])]), "no whole number")
    try refuse(table(["r", "value"], ["number", "number"], [value, .numbers("r", [1])]), "differ in length")
    let weights = NamedArray.numbers("bin_weights", [1, 1, 1])
    let rows = NamedArray.integers("covariance_rows", [0])
    func jackknife(_ replicas: [Double], _ shape: [Int], _ rows: NamedArray = rows) throws -> [UInt8] {
      try table(
        ["value"], ["number"], [value, weights, rows, .numbers("jackknife", replicas, shape: shape)])
    }
    try refuse(jackknife([1, 2, 3, 4], [2, 2]), "do not fit its rows and bins")
    try refuse(jackknife([1, 2, 3, 4, 5, .nan], [3, 2]), "not finite in row 1")
    try refuse(
      jackknife([.nan, 2, .nan, 4, .nan, 5], [3, 2]), "names rows without samples")
    try refuse(
      jackknife([1, 2, 3, 4, 5, 6], [3, 2], .integers("covariance_rows", [2])), "names rows without samples")
    // Control: the last one with a row that is there is read.
    _ = try saved(jackknife([1, 2, 3, 4, 5, 6], [3, 2])) { try ResultFile.load(path: $0) }
  }

  private func refuse(_ bytes: [UInt8], _ reason: String) throws {
    try saved(bytes) { path in
      let error = try #require(throws: ResultFileError.self) { try ResultFile.load(path: path) }
      #expect(error.description.contains(reason), "\(error.description)")
      #expect(error.description.hasPrefix(path) && !error.description.contains("\n"))
    }
  }

  @Test func filesThatAreNotThereAreRefused() throws {
    let directory = try temporaryDirectory()
    defer { try? FileManager.default.removeItem(at: directory) }
    for path in [directory.path, directory.appendingPathComponent("no.h5").path] {
      #expect(throws: ResultFileError.self) { try ResultFile.load(path: path) }
    }
  }

  /// A damaged byte anywhere but in the mark of the seal is refused.
  @Test func flippedBytesAreNoticed() throws {
    let file = try HDF5Renderer.render(ExampleDocument.make())
    for step in 0..<200 {
      var damaged = file
      let place = (step * 7919 + 40) % (file.count - 16)
      damaged[place] ^= UInt8(1 << (step % 8))
      try refuse(damaged, place < 6 ? "no file of results" : "its checksum does not fit")
    }
    // A file that another program has rewritten has no seal.
    _ = try saved(Array(file.dropLast(16))) { try ResultFile.load(path: $0) }
  }
}

@Suite struct ManyFilesTests {
  /// A device that is full stops the second file; the first must not appear.
  @Test func allFilesOrNone() throws {
    let directory = try temporaryDirectory()
    defer { try? FileManager.default.removeItem(at: directory) }
    let good = directory.appendingPathComponent("1").path
    let missing = directory.appendingPathComponent("no/2").path
    #expect(throws: FileWriteError.self) {
      try AtomicFile.write([(good, [1]), (missing, [2])], force: true)
    }
    var status = stat()
    if stat("/dev/full", &status) == 0, status.st_mode & S_IFMT == S_IFCHR {
      #expect(throws: FileWriteError.self) {
        try AtomicFile.write([(good, [1]), ("/dev/full", [2])], force: true)
      }
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).isEmpty)
    try AtomicFile.write([(good, [1]), (good + "b", [2])], force: false)
    #expect(try Data(contentsOf: URL(fileURLWithPath: good + "b")) == Data([2]))
  }

  @Test func namesOfFilesABin() throws {
    let hadrons = try #require(OutputFormats.entry("hadrons"))
    #expect(hadrons.path("a/run.h5", infix: "7") == "a/run.7.h5")
    #expect(hadrons.path("a/run", infix: "7") == "a/run.7.h5")
    #expect(try #require(OutputFormats.entry("hdf5")).path("a/run.h5", infix: "") == "a/run.h5")
  }
}
