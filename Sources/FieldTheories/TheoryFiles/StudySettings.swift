// SPDX-License-Identifier: GPL-3.0-or-later

import LatticeFields
import TOMLKit

/// The `[study]` table: at which widths, and at which values of one further key, `nnft study` runs a theory. Other commands pass over it.
public struct StudySettings: Sendable {
  /// Where estimates are made.
  public enum Space: String, Sendable, CaseIterable {
    /// From fields at the sites or points.
    case field
    /// From single neurons.
    case neuron
  }

  /// N of each run; empty for the theory's own.
  public let widths: [Int]
  /// The dotted key that is scanned; nil for none.
  public let key: String?
  /// The values of the key.
  public let values: [Double]
  /// Where estimates are made.
  public let space: Space
  /// Where n-point functions are measured; none for the lattice.
  public let points: [PointSet]
  /// A learning curve in place of widths.
  public let curve: LearningCurveSettings?

  /// One run of the theory as it is.
  public static let none = StudySettings()

  private init() { (widths, key, values, space, points, curve) = ([], nil, [], .field, [], nil) }

  /// Names of the keys, for the wording of faults.
  static let keys =
    ["widths", "key", "values", "space", "points", "curve"] + LearningCurveSettings.keys.map { "curve.\($0)" }

  /// Reads the table.
  init(reading block: TheoryBlock, dimension: Int) throws {
    let widths = block.has("widths") ? try block.integers("widths", count: 1...1000, in: 1...100_000_000) : []
    self.widths = widths
    if let twice = widths.first(where: { width in widths.filter { $0 == width }.count > 1 }) {
      throw block.fault("widths", "\(twice) is listed twice", cure: "list each width once")
    }
    guard block.has("key") == block.has("values") else {
      let missing = block.has("key") ? "values" : "key"
      throw block.fault(
        missing, "a scan needs a key and its values",
        cure: "write both, like key = \"architecture.alpha\" and values = [-1.0, 0.0]")
    }
    key = block.has("key") ? try block.text("key") : nil
    let values = block.has("values") ? try block.numbers("values", count: 1...1000) : []
    self.values = values
    if let twice = values.first(where: { value in values.filter { $0 == value }.count > 1 }) {
      throw block.fault("values", "\(twice) is listed twice", cure: "list each value once")
    }
    space = try block.choice("space", default: .field)
    if block.has("points") {
      let sets = try block.block("points")
      points = try sets.givenKeys.map { name in
        let points = try sets.points(name, dimension: dimension)
        guard PointSetFile.sizes.contains(points.count) else {
          throw sets.fault(name, "the set has \(points.count) points", cure: "give 2, 4 or 6 points")
        }
        return PointSet(name: name, points: points)
      }
    } else {
      points = []
    }
    curve = block.has("curve") ? try LearningCurveSettings(reading: block.block("curve"), dimension: dimension) : nil
    if curve != nil, let other = block.givenKeys.first(where: { $0 != "curve" }) {
      throw block.fault(other, "a learning curve is a study of its own", cure: "give either [study.curve], or widths and scans")
    }
    try block.rejectLeftovers()
  }
}

extension TheoryBlock {
  /// A list of points, each a list of d numbers.
  func points(_ key: String, dimension: Int) throws -> [Point] {
    let point = "[" + [String](repeating: "0.0", count: dimension).joined(separator: ", ") + "]"
    let cure = "write it like \(key) = [\(point), \(point)]"
    guard let array = value(key)?.array else { throw fault(key, "expected a list of points", cure: cure) }
    let points = try array.map { entry -> [Double] in
      let numbers = entry.array.map { $0.compactMap { $0.double ?? $0.int.map(Double.init) } } ?? []
      guard numbers.count == dimension, entry.array?.count == dimension,
        numbers.allSatisfy({ abs($0) <= PointSetFile.greatestCoordinate })
      else { throw fault(key, "expected points of \(dimension) numbers", cure: cure) }
      return numbers
    }
    record(key, "\(points)")
    return points.map(Point.init(coordinates:))
  }
}
