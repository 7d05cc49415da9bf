// SPDX-License-Identifier: GPL-3.0-or-later

import LatticeFields

/// Reads point files: the points of n-point functions, n = 2, 4 or 6, as tab-separated text.
///
///     set     x1      x2
///     near    0       0
///     near    0.5     0
///
/// The header names `set` and one coordinate for each dimension. The rows of one set stand together and give its points in
/// order; points may coincide. Lines that begin with `#` and blank lines are passed over. Coordinates are in the units of the
/// theory file.
public enum PointSetFile {
  /// The sizes a set may have.
  public static let sizes = [2, 4, 6]
  /// The largest coordinate: its square, times a scale of the theory, is still a number.
  static let greatestCoordinate = 1e100

  /// Reads the point file at a path; without `sizes` a set may have any number of points.
  public static func load(path: String, dimension: Int, sizes: [Int] = sizes) throws -> [PointSet] {
    try load(
      text: TextFile.read(path, cure: "name a file with the columns \(columns(dimension).joined(separator: " "))"),
      fileName: path, dimension: dimension, sizes: sizes)
  }

  /// Reads the point file at a path in as many dimensions as its header has coordinates.
  public static func load(path: String, sizes: [Int] = sizes) throws -> (sets: [PointSet], dimension: Int) {
    let text = try TextFile.read(path, cure: "name a file with the columns \(columns(2).joined(separator: " "))")
    let header = text.split(whereSeparator: \.isNewline).first {
      !$0.hasPrefix("#") && $0.contains { $0 != " " && $0 != "\t" && $0 != "\r" }
    }
    let dimension = min(maximumDimension, max(1, (header?.count { $0 == "\t" }) ?? 1))
    return (try load(text: text, fileName: path, dimension: dimension, sizes: sizes), dimension)
  }

  /// Reads the text of a point file; sets come in the order of the file. Every fault is a `TheoryFileError`.
  public static func load(text: String, fileName: String, dimension: Int, sizes: [Int] = sizes) throws -> [PointSet] {
    precondition((1...maximumDimension).contains(dimension), "PointSetFile: dimension \(dimension)")
    var reader = PointSetReader(fileName: fileName, columns: columns(dimension), sizes: sizes)
    var bytes = Array(text.utf8)[...]
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = bytes.dropFirst(3) }
    for row in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      let content = row.last == UInt8(ascii: "\r") ? row.dropLast() : row
      try reader.read(String(decoding: content, as: UTF8.self))
    }
    return try reader.finish()
  }

  private static func columns(_ dimension: Int) -> [String] {
    ["set"] + (1...dimension).map { "x\($0)" }
  }
}

/// The sets read so far.
private struct PointSetReader {
  let fileName: String
  let columns: [String]
  let sizes: [Int]
  private var line = 0
  private var hasHeader = false
  /// The line on which each set began.
  private var names: [String: Int] = [:]
  private var sets: [(name: String, line: Int, points: [Point])] = []

  init(fileName: String, columns: [String], sizes: [Int]) {
    self.fileName = fileName
    self.columns = columns
    self.sizes = sizes
  }

  private func fault(_ problem: String, cure: String, line: Int? = nil, key: String? = nil) -> TheoryFileError {
    TheoryFileError(file: fileName, line: line ?? self.line, key: key, problem: problem, cure: cure)
  }

  private var sizesInWords: String {
    sizes.isEmpty
      ? "give at least one point" : "give \(sizes.dropLast().map(String.init).joined(separator: ", ")) or \(sizes.last!) points"
  }

  private var headerInWords: String { columns.joined(separator: "<tab>") }

  /// Takes one line.
  mutating func read(_ text: String) throws {
    line += 1
    guard text.utf8.contains(where: { $0 != 0x20 && $0 != 0x09 }), text.utf8.first != UInt8(ascii: "#") else { return }
    let cells = text.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
    let spaces = text.contains(" ") ? "; separate columns by tabs, not spaces" : ""
    guard hasHeader else {
      guard cells == columns else {
        throw fault(
          "the header is not that of a point file in \(columns.count - 1) dimensions",
          cure: "begin with the row \(headerInWords)\(spaces)")
      }
      hasHeader = true
      return
    }
    guard cells.count == columns.count else {
      throw fault(
        "the row has \(cells.count) columns, the header \(columns.count)", cure: "give \(headerInWords)\(spaces)")
    }
    try add(point: coordinates(cells, spaces), to: cells[0])
  }

  private func coordinates(_ cells: [String], _ spaces: String) throws -> Point {
    var point = Point.zero
    for (axis, cell) in cells.dropFirst().enumerated() {
      guard let value = Double(cell), !cell.contains(where: { $0 == "x" || $0 == "X" }) else {
        throw fault(
          "\(TOMLText.quoted(String(cell.prefix(40)))) is not a number", cure: "write it like -1.5 or 2e-3\(spaces)",
          key: columns[axis + 1])
      }
      guard value.isFinite else {
        throw fault("\(cell) is not finite", cure: "give a finite number", key: columns[axis + 1])
      }
      guard abs(value) <= PointSetFile.greatestCoordinate else {
        throw fault("\(cell) is out of range", cure: "give a coordinate between -1e100 and 1e100", key: columns[axis + 1])
      }
      point[axis] = value
    }
    return point
  }

  private mutating func add(point: Point, to name: String) throws {
    guard !name.isEmpty, name.first != " ", name.last != " ",
      name.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control })
    else {
      throw fault("\(TOMLText.quoted(name)) is not a name", cure: "name the set in the first column", key: "set")
    }
    if sets.last?.name == name {
      sets[sets.count - 1].points.append(point)
      guard sizes.isEmpty || sets[sets.count - 1].points.count <= sizes.last! else {
        throw fault("set \(name) has more than \(sizes.last!) points", cure: sizesInWords, key: "set")
      }
      return
    }
    if let earlier = names[name] {
      throw fault(
        "set \(name) began on line \(earlier) and was interrupted", cure: "keep the rows of a set together, or rename one",
        key: "set")
    }
    names[name] = line
    try checkLast()
    sets.append((name, line, [point]))
  }

  private func checkLast() throws {
    guard let last = sets.last, !sizes.isEmpty, !sizes.contains(last.points.count) else { return }
    throw fault(
      "set \(last.name) has \(last.points.count) point\(last.points.count == 1 ? "" : "s")",
      cure: sizesInWords, line: last.line, key: "set")
  }

  /// All sets read so far.
  func finish() throws -> [PointSet] {
    guard hasHeader else {
      throw TheoryFileError(file: fileName, problem: "the file is empty", cure: "begin with the row \(headerInWords)")
    }
    guard !sets.isEmpty else {
      throw fault("the file holds no points", cure: "add two rows or more below the header")
    }
    try checkLast()
    return sets.map { PointSet(name: $0.name, points: $0.points) }
  }
}
