// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation

/// What a file of fields says of itself: its arrays, and the content of those that are small.
public struct FieldSummary: Sendable, Codable {
  /// The arrays of the file, in its order.
  public let arrays: [FieldArray]
  /// Numbers of arrays of at most ``smallCount``.
  public let numbers: [String: [Double]]
  /// Texts of such arrays.
  public let texts: [String: [String]]

  /// Arrays of more numbers than this are not copied.
  public static let smallCount = 65536

  /// The summary of an open file.
  init(_ file: FieldFile) throws(ResultFileError) {
    arrays = file.arrays
    var (numbers, texts): ([String: [Double]], [String: [String]]) = ([:], [:])
    for array in arrays where array.count <= Self.smallCount {
      if array.numbers != nil {
        numbers[array.name] = try file.numbers(array)
      } else {
        texts[array.name] = try file.texts(array.name)
      }
    }
    self.numbers = numbers
    self.texts = texts
  }
}

/// One pass over an array of fields before any of it is used: whether all numbers are finite, how large they are, and a checksum that stands for them in
/// provenance.
public struct FieldSurvey: Sendable, Codable {
  /// The mean of the numbers, `Σ φ/n`.
  public let mean: Double
  /// The mean of their squares, `Σ φ²/n`.
  public let meanSquare: Double
  /// CRC-32 of the numbers as little-endian doubles in C order, in eight hexadecimal digits.
  public let checksum: String
  /// The row, counted from 0, of the first number that is not finite.
  public let firstNonFinite: Int?

  /// Reads all rows of an array in blocks of 1 MiB.
  public init(_ file: FieldFile, _ array: FieldArray, leading: Int) throws(ResultFileError) {
    let rows = array.shape.prefix(leading).reduce(1, *)
    let rowSize = array.shape.dropFirst(leading).reduce(1, *)
    let step = max(1, (1 << 17) / max(1, rowSize))
    let block = UnsafeMutablePointer<Double>.allocate(capacity: max(1, min(step, rows) * rowSize))
    defer { block.deallocate() }
    var (sum, squares, checksum, bad): (Double, Double, UInt32, Int?) = (0, 0, 0, nil)
    var row = 0
    while row < rows {
      let end = min(rows, row + step)
      try file.read(array, rows: row..<end, leading: leading, into: block)
      let count = (end - row) * rowSize
      // Partial sums of a row keep rounding small, and most rows need one look at their sum of squares.
      for r in row..<end {
        let phi = block + (r - row) * rowSize
        var (first, second) = (0.0, 0.0)
        for x in 0..<rowSize {
          first += phi[x]
          second += phi[x] * phi[x]
        }
        if !second.isFinite, bad == nil, (0..<rowSize).contains(where: { !phi[$0].isFinite }) { bad = r }
        sum += first
        squares += second
      }
      checksum = Checksum.crc32(UnsafeRawBufferPointer(start: block, count: 8 * count), continuing: checksum)
      row = end
    }
    let count = Double(max(1, rows * rowSize))
    (mean, meanSquare, firstNonFinite) = (sum / count, squares / count, bad)
    let digits = String(checksum, radix: 16)
    self.checksum = String(repeating: "0", count: 8 - digits.count) + digits
  }
}

/// A file of fields with what it says of itself.
public struct InspectedFields: Sendable {
  /// The open file.
  public let file: FieldFile
  /// What it says of itself.
  public let summary: FieldSummary
  private let inspector: FieldInspector?

  /// Opens a file, an HDF5 file once `inspector` has seen that it can be read.
  public init(path: String, _ inspector: FieldInspector?) throws(ResultFileError) {
    self.inspector = FieldFile.isHDF5(path) ? inspector : nil
    guard let asked = self.inspector else {
      file = try FieldFile(path: path)
      summary = try FieldSummary(file)
      return
    }
    summary = try asked.ask([path], path)
    file = try FieldFile(path: path)
  }

  /// One pass over an array.
  public func survey(_ array: FieldArray, leading: Int) throws(ResultFileError) -> FieldSurvey {
    guard let inspector else { return try FieldSurvey(file, array, leading: leading) }
    return try inspector.ask([file.path, array.name, "\(leading)"], file.path)
  }
}

/// Summarises and surveys HDF5 files in a process of its own: a damaged file can break the library that reads it.
public struct FieldInspector: Sendable {
  private let executable: String
  private let arguments: [String]

  /// A program that calls ``answer(_:write:)`` with the words that follow these.
  public init(executable: String, arguments: [String]) {
    self.executable = executable
    self.arguments = arguments
  }

  fileprivate func ask<Answer: Decodable>(_ words: [String], _ path: String) throws(ResultFileError) -> Answer {
    let answer: (end: ChildProcess.End, bytes: [UInt8])
    do {
      answer = try ChildProcess.run(
        executable, arguments + words, environment: ["SWIFT_BACKTRACE": "enable=no"], keeping: .output)
    } catch { throw FieldFile.fault(path, "the process that should read it does not start (\(error))") }
    switch answer.end {
    case .exit(0):
      let decoder = JSONDecoder()
      decoder.nonConformingFloatDecodingStrategy = Self.nonFinite
      guard let answer = try? decoder.decode(Answer.self, from: Data(answer.bytes)) else {
        throw FieldFile.fault(path, "the process that should read it gives no answer")
      }
      return answer
    case .exit(3): throw ResultFileError(description: String(decoding: answer.bytes, as: UTF8.self))
    case .exit, .signal: throw FieldFile.fault(path, "this file is damaged: the HDF5 library broke down over it")
    }
  }

  private static let nonFinite = JSONDecoder.NonConformingFloatDecodingStrategy.convertFromString(
    positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")

  /// What the second process does: writes the answer or the fault, and returns its exit code. Words: the path; for a survey also the array and the number of
  /// axes that count rows.
  public static func answer(_ words: [String], write: ([UInt8]) throws -> Void) throws -> Int32 {
    IsolatedReader.limitProcess(path: words[0])
    let encoder = JSONEncoder()
    encoder.nonConformingFloatEncodingStrategy = .convertToString(positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    do {
      let file = try FieldFile(path: words[0])
      guard words.count == 3, let leading = Int(words[2]), let array = file.array(words[1]) else {
        try write([UInt8](try encoder.encode(try FieldSummary(file))))
        return 0
      }
      try write([UInt8](try encoder.encode(try FieldSurvey(file, array, leading: leading))))
      return 0
    } catch let error as ResultFileError {
      try write(Array(error.description.utf8))
      return 3
    }
  }
}
