// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import Testing

@testable import ResultTables

/// Files of fields as NumPy writes them: every element type, byte order and axis order gives the same numbers, and damaged files end in a fault.
@Suite struct FieldFileTests {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Fixtures/fields")
  private static let base = [0.5, -1.25, 3, 2, -0.0625, 7.5]

  private func numbers(_ file: FieldFile, _ name: String) throws -> [Double] { try file.numbers(try #require(file.array(name))) }

  @Test(arguments: ["types.npz", "types-compressed.npz"]) func everyTypeGivesTheSameNumbers(name: String) throws {
    let file = try FieldFile(path: Self.folder.appendingPathComponent(name).path)
    for name in ["f2", "f2b", "f4", "f4b", "f8", "f8b", "g"] { #expect(try numbers(file, name) == Self.base, "\(name)") }
    for name in ["i4", "i8b"] { #expect(try numbers(file, name) == Self.base.map { 16 * $0 }) }
    #expect(try numbers(file, "u1") == Self.base.map { abs(16 * $0) })
    #expect(try numbers(file, "b") == Self.base.map { $0 > 0 ? 1 : 0 })
    let grid = (0..<24).map { Double($0) - 7.5 }
    for name in ["c", "fortran", "flat"] { #expect(try numbers(file, name) == grid, "\(name)") }
    #expect(try numbers(file, "scalar") == [0.25])
    #expect(try numbers(file, "edge") == [0x1p-24, 0x1p-14, 65504, 0, 0.333251953125])
    #expect(try numbers(file, "gedge") == [1.0 / 3, -1e300, 1e-310, 0, 5e-324])
    #expect(try file.texts("boundary") == ["periodic"])
    #expect(file.array("complex")?.numbers == nil && file.array("boundary")?.numbers == nil)
    #expect(throws: ResultFileError.self) { try numbers(file, "complex") }
  }

  @Test func oneArrayHasNumPysName() throws {
    let file = try FieldFile(path: Self.folder.appendingPathComponent("one.npy").path)
    #expect(file.arrays == [FieldArray(name: "arr_0", shape: [2, 3], numbers: "float32")])
    #expect(try numbers(file, "arr_0") == Self.base)
  }

  /// Rows of one or two leading axes, in C and in Fortran order, those that cross from one chain into the next among them.
  @Test(arguments: ["c", "fortran"]) func rowsAreRowsInAnyOrder(name: String) throws {
    let file = try FieldFile(path: Self.folder.appendingPathComponent("types.npz").path)
    let array = try #require(file.array(name))
    for (leading, row, size) in [(1, 1..<2, 12), (1, 0..<2, 12), (2, 1..<5, 4), (2, 2..<3, 4), (2, 0..<6, 4)] {
      var values = [Double](repeating: .nan, count: row.count * size)
      try values.withUnsafeMutableBufferPointer {
        try file.read(array, rows: row, leading: leading, into: $0.baseAddress!)
      }
      #expect(values == (row.lowerBound * size..<row.upperBound * size).map { Double($0) - 7.5 })
    }
  }

  /// The file of HDF5 of `nnft sample` reads like the npz one; here the writer of result files stands for both.
  @Test func hdf5ReadsBack() throws {
    let directory = try temporaryDirectory()
    defer { try? FileManager.default.removeItem(at: directory) }
    let path = directory.appendingPathComponent("fields.h5").path
    let bytes = try HDF5Sink.file { root in
      try root.group("fields") { group in
        try group.write(.numbers("phi", (0..<24).map { Double($0) - 7.5 }, shape: [2, 3, 4]))
        try group.write(.integers("count", [3, 1, 4]))
      }
      try root.write(.texts("boundary", ["open"], shape: []))
    }
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    let file = try FieldFile(path: path)
    #expect(file.arrays.map(\.name) == ["boundary", "fields/count", "fields/phi"])
    #expect(try file.texts("boundary") == ["open"] && numbers(file, "fields/count") == [3, 1, 4])
    let array = try #require(file.array("fields/phi"))
    for (leading, rows, size) in [(1, 1..<2, 12), (2, 1..<5, 4)] {
      var values = [Double](repeating: .nan, count: rows.count * size)
      try values.withUnsafeMutableBufferPointer {
        try file.read(array, rows: rows, leading: leading, into: $0.baseAddress!)
      }
      #expect(values == (rows.lowerBound * size..<rows.upperBound * size).map { Double($0) - 7.5 })
    }
    // The survey of both kinds of file stands for the same numbers.
    let numpy = try FieldFile(path: Self.folder.appendingPathComponent("types.npz").path)
    let surveys = try [
      FieldSurvey(file, array, leading: 2), FieldSurvey(numpy, try #require(numpy.array("fortran")), leading: 1),
    ]
    #expect(surveys[0].checksum == surveys[1].checksum && surveys[0].mean == 4 && surveys[0].firstNonFinite == nil)
    #expect(try FieldSurvey(numpy, try #require(numpy.array("flat")), leading: 1).meanSquare == surveys[0].meanSquare)
  }

  /// What reading all of a file's arrays comes to: nil for a sound file, else the fault.
  private func fault(_ bytes: [UInt8], at path: String) throws -> String? {
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    let outcome = Result { () throws -> Bool in
      let file = try FieldFile(path: path)
      for array in file.arrays where array.numbers != nil { _ = try file.numbers(array) }
      guard let array = file.array("f8"), array.numbers == "float64" else { return true }
      return try file.numbers(array) == Self.base
    }
    switch outcome {
    case .success(let isRight): return isRight ? nil : "other numbers"
    case .failure(let error):
      #expect(error is ResultFileError)
      return "\(error)"
    }
  }

  /// Every cut of an archive ends in a fault of one line, every changed byte in such a fault or in the same numbers, never in others.
  @Test(arguments: ["types.npz", "types-compressed.npz", "one.npy"]) func damagedFilesAreFaults(name: String) throws {
    let directory = try temporaryDirectory()
    defer { try? FileManager.default.removeItem(at: directory) }
    let path = directory.appendingPathComponent("damaged").path
    let whole = [UInt8](try Data(contentsOf: Self.folder.appendingPathComponent(name)))
    #expect(try fault(whole, at: path) == nil)
    for cut in stride(from: 1, to: whole.count, by: 37) {
      let words = try fault(Array(whole[..<cut]), at: path)
      #expect(words != nil && words != "other numbers" && !words!.contains("\n"), "cut at \(cut)")
    }
    for place in stride(from: 0, to: whole.count, by: 11) {
      var bytes = whole
      bytes[place] ^= 0x5A
      let words = try fault(bytes, at: path)
      #expect(words != "other numbers" && !(words ?? "").contains("\n"), "byte \(place): \(words ?? "")")
    }
  }

  /// Shapes that no memory holds.
  @Test(arguments: ["(9223372036854775807, 9)", "(4611686018427387904, 2, 2)", "(-3, 4)", "(99999999999999999999,)", "(7,)"])
  func impossibleShapesAreFaults(shape: String) throws {
    let directory = try temporaryDirectory()
    defer { try? FileManager.default.removeItem(at: directory) }
    let path = directory.appendingPathComponent("fields.npy").path
    let header = "{'descr': '<f8', 'fortran_order': False, 'shape': \(shape), }\n"
    let bytes =
      [0x93] + Array("NUMPY".utf8) + [1, 0] + UInt16(header.utf8.count).littleEndianBytes + Array(header.utf8)
      + [UInt8](repeating: 0, count: 48)
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    let error = try #require(throws: ResultFileError.self) { try FieldFile(path: path) }
    #expect(error.description.contains("claims"), "\(error)")
  }
}
