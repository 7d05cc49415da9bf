// SPDX-License-Identifier: GPL-3.0-or-later

import LatticeFields

/// Reads observations from tab-separated text: columns `x1 .. xd`, `y`, and at most one of `weight` (w_μ) or `noise` (the variance T_μ of the datum).
///
///     x1      y       noise
///     -1      0.5     0.1
///     0.3     -0.4    0.2
///
/// or from a file `.npz` of NumPy with the arrays `x` (P × d), `y` (P), and if wanted `weight` or `noise` (P), `x_test` and `y_test`.
///
/// Lines that begin with `#` and blank lines are passed over. What was read enters the resolved theory as `points`, `labels` and `weights`, so that results and
/// checkpoints do not depend on the file any more.
enum DataFile {
  /// Observations.
  struct Content {
    let points: [Point]
    let labels: [Double]
    let weights: [Double]?
    var testPoints: [Point] = []
    var testLabels: [Double] = []

    /// Notes them in the resolved theory.
    func record(_ block: TheoryBlock, _ dimension: Int) {
      func text(_ points: [Point]) -> String { "\(points.map { x in (0..<dimension).map { x[$0] } })" }
      block.record("points", text(points))
      block.record("labels", "\(labels)")
      if let weights { block.record("weights", "\(weights)") }
      if !testPoints.isEmpty { block.record("test_points", text(testPoints)) }
      if !testLabels.isEmpty { block.record("test_labels", "\(testLabels)") }
    }
  }

  /// Reads the file that `key` of a table names.
  static func read(_ block: TheoryBlock, _ key: String, _ sources: DataSources?, dimension: Int, temperature: Double) throws
    -> Content
  {
    guard let name = block.value(key)?.string else {
      throw block.fault(key, "expected the name of a file", cure: "write it in quotes: \(key) = \"data.tsv\"")
    }
    let path = block.path(name, namedBy: key)
    if path.hasSuffix(".npz") {
      let content = try arrays(block, key, path, sources, dimension, temperature)
      content.record(block, dimension)
      return content
    }
    let columns = (1...dimension).map { "x\($0)" } + ["y"]
    let text = try TextFile.read(path, cure: "name a file with the columns \(columns.joined(separator: " "))")
    let content = try parse(text, path, columns, temperature)
    content.record(block, dimension)
    return content
  }

  /// From the arrays of a NumPy file.
  private static func arrays(
    _ block: TheoryBlock, _ key: String, _ path: String, _ sources: DataSources?, _ dimension: Int, _ temperature: Double
  ) throws -> Content {
    guard let sources else { throw block.fault(key, "files of arrays cannot be read here", cure: "give tab-separated text") }
    let arrays = try sources.arrays(path, ["x", "y", "weight", "noise", "x_test", "y_test"])
    func fault(_ problem: String) -> TheoryFileError {
      TheoryFileError(
        file: path, problem: problem,
        cure: "write it like numpy.savez(\"data.npz\", x=x, y=y), x of shape (P, \(dimension)) and y of shape (P,)")
    }
    func column(_ name: String, count: Int) throws -> [Double]? {
      guard let array = arrays[name] else { return nil }
      guard array.values.count == count, array.shape.filter({ $0 != 1 }).count <= 1 else {
        throw fault("\(name) has shape \(array.shape), and there are \(count) points")
      }
      guard array.values.allSatisfy(isUsable) else { throw fault("\(name) holds a number that is not finite") }
      return array.values
    }
    func points(_ name: String) throws -> [Point]? {
      guard let array = arrays[name] else { return nil }
      guard let count = array.shape.first, count > 0,
        array.shape == [count, dimension] || dimension == 1 && array.shape == [count]
      else {
        throw fault("\(name) has shape \(array.shape)")
      }
      guard array.values.allSatisfy(isUsable) else { throw fault("\(name) holds a number that is not finite") }
      return (0..<count).map { Point(coordinates: Array(array.values[$0 * dimension..<($0 + 1) * dimension])) }
    }
    guard let inputs = try points("x"), let labels = try column("y", count: inputs.count) else {
      throw fault("the arrays x and y are not both there")
    }
    let (weight, noise) = (try column("weight", count: inputs.count), try column("noise", count: inputs.count))
    guard weight == nil || noise == nil else { throw fault("there are both weight and noise") }
    guard (weight ?? noise ?? []).allSatisfy({ $0 > 0 }) else { throw fault("a weight or noise is not above 0") }
    let tests = try points("x_test") ?? []
    return Content(
      points: inputs, labels: labels, weights: weight ?? noise.map { $0.map { temperature / $0 } }, testPoints: tests,
      testLabels: try column("y_test", count: tests.count) ?? [])
  }

  private static func isUsable(_ number: Double) -> Bool { number.isFinite && abs(number) <= PointSetFile.greatestCoordinate }

  private static func parse(_ text: String, _ path: String, _ columns: [String], _ temperature: Double) throws -> Content {
    func fault(_ line: Int?, _ problem: String, _ cure: String) -> TheoryFileError {
      TheoryFileError(file: path, line: line, problem: problem, cure: cure)
    }
    let wanted = columns.joined(separator: "<tab>") + ", and weight or noise if wanted"
    var last: String?
    var hasHeader = false
    var rows: [[Double]] = []
    for (index, content) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
      guard content.contains(where: { $0 != " " && $0 != "\t" }), !content.hasPrefix("#") else { continue }
      let cells = content.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
      guard hasHeader else {
        last = cells.count == columns.count + 1 ? cells.last : nil
        guard Array(cells.prefix(columns.count)) == columns, cells.count == columns.count || last == "weight" || last == "noise"
        else { throw fault(index + 1, "the header is not that of a data file", "begin with the row \(wanted)") }
        hasHeader = true
        continue
      }
      let width = columns.count + (last == nil ? 0 : 1)
      guard cells.count == width else {
        throw fault(index + 1, "the row has \(cells.count) columns, the header \(width)", "separate columns by tabs")
      }
      rows.append(
        try cells.map { cell in
          guard let number = Double(cell), number.isFinite, abs(number) <= PointSetFile.greatestCoordinate else {
            throw fault(
              index + 1, "\(TOMLText.quoted(String(cell.prefix(40)))) is not a finite number", "write it like -1.5 or 2e-3")
          }
          return number
        })
      guard last == nil || rows.last!.last! > 0 else {
        throw fault(index + 1, "the \(last!) is not above 0", "give positive numbers")
      }
    }
    guard !rows.isEmpty else { throw fault(nil, "the file holds no data", "begin with the row \(wanted), then a row a datum") }
    let d = columns.count - 1
    return Content(
      points: rows.map { Point(coordinates: Array($0[..<d])) }, labels: rows.map { $0[d] },
      weights: last.map { name in rows.map { name == "weight" ? $0[d + 1] : temperature / $0[d + 1] } })
  }
}
