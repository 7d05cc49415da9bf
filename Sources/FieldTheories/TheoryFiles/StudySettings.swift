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
  /// The scans: runs are made at the product of their values.
  public let axes: [StudyAxis]
  /// Where estimates are made.
  public let space: Space
  /// Where n-point functions are measured; none for the lattice.
  public let points: [PointSet]
  /// A learning curve in place of widths.
  public let curve: LearningCurveSettings?
  /// What a net learns of a teacher, in place of widths.
  public let teacher: TeacherSettings?
  /// Modular addition, in place of widths.
  public let modular: ModularSettings?
  /// A kernel that adapts to data, in place of widths.
  public let adaptation: AdaptationSettings?
  /// A critical point in place of widths.
  public let critical: CriticalPointSettings?

  /// One run of the theory as it is.
  public static let none = StudySettings()

  private init() {
    (widths, axes, space, points) = ([], [], .field, [])
    (curve, teacher, modular, adaptation, critical) = (nil, nil, nil, nil, nil)
  }

  /// Tables of studies that have no widths, with what they are called.
  private static let special = [
    ("curve", "a learning curve"), ("teacher", "a teacher"), ("modular", "modular addition"),
    ("adaptation", "kernel adaptation"), ("critical", "a critical point"),
  ]

  /// Names of the keys, for the wording of faults.
  static let keys =
    ["widths", "key", "values", "space", "points"] + special.map(\.0) + LearningCurveSettings.keys.map { "curve.\($0)" }
    + TeacherSettings.keys.map { "teacher.\($0)" } + ModularSettings.keys.map { "modular.\($0)" }
    + AdaptationSettings.keys.map { "adaptation.\($0)" } + CriticalPointSettings.keys.map { "critical.\($0)" }

  /// Reads the table.
  init(reading block: TheoryBlock, dimension: Int) throws {
    if let (name, words) = Self.special.first(where: { block.has($0.0) }) {
      if let other = block.givenKeys.first(where: { $0 != name }) {
        throw block.fault(other, "\(words) is a study of its own", cure: "give either [study.\(name)], or widths and scans")
      }
      (widths, axes, space, points) = ([], [], .field, [])
      let own = try block.block(name)
      curve = name == "curve" ? try LearningCurveSettings(reading: own, dimension: dimension) : nil
      teacher = name == "teacher" ? try TeacherSettings(reading: own) : nil
      modular = name == "modular" ? try ModularSettings(reading: own) : nil
      adaptation = name == "adaptation" ? try AdaptationSettings(reading: own) : nil
      critical = name == "critical" ? try CriticalPointSettings(reading: own, dimension: dimension) : nil
      try block.rejectLeftovers()
      return
    }
    (curve, teacher, modular, adaptation, critical) = (nil, nil, nil, nil, nil)
    let widths = block.has("widths") ? try block.integers("widths", count: 1...1000, in: 1...100_000_000) : []
    self.widths = widths
    if let twice = widths.first(where: { width in widths.filter { $0 == width }.count > 1 }) {
      throw block.fault("widths", "\(twice) is listed twice", cure: "list each width once")
    }
    axes = try block.axes()
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
    try block.rejectLeftovers()
  }
}

/// A key of the theory file and the numbers it takes in a study.
public struct StudyAxis: Sendable, Hashable {
  /// The dotted key.
  public let key: String
  /// Its values, each once.
  public let values: [Double]
}

extension TheoryBlock {
  /// `key` and `values`: one key and its numbers, or as many lists of numbers as there are keys.
  fileprivate func axes() throws -> [StudyAxis] {
    guard has("key") || has("values") else { return [] }
    guard has("key"), has("values") else {
      throw fault(
        has("key") ? "values" : "key", "a scan needs a key and its values",
        cure: "write both, like key = \"architecture.alpha\" and values = [-1.0, 0.0]")
    }
    let axes: [StudyAxis]
    if type(of: "key") == .array {
      let keys = try texts("key")
      let lists = try numberLists("values", of: keys)
      axes = zip(keys, lists).map(StudyAxis.init)
    } else {
      axes = [StudyAxis(key: try text("key"), values: try numbers("values", count: 1...1000))]
    }
    for axis in axes {
      if axis.key == "architecture.width" || axis.key == "architecture.widths" {
        throw fault("key", "the width is no scanned key", cure: "list the numbers of neurons in widths")
      }
      if axes.filter({ $0.key == axis.key }).count > 1 {
        throw fault("key", "\(axis.key) is listed twice", cure: "list each key once, with all its values")
      }
      if let twice = axis.values.first(where: { value in axis.values.filter { $0 == value }.count > 1 }) {
        throw fault("values", "\(twice) is listed twice", cure: "list each value once")
      }
    }
    guard axes.reduce(1, { $0 * $1.values.count }) <= 1000 else {
      throw fault("values", "the scans have more than 1000 points together", cure: "give fewer values")
    }
    return axes
  }

  /// A list of numbers for each of some keys.
  private func numberLists(_ key: String, of keys: [String]) throws -> [[Double]] {
    let lists = value(key)?.array?.map { $0.array?.map { $0.double ?? $0.int.map(Double.init) ?? .nan } ?? [] } ?? []
    guard !keys.isEmpty, lists.count == keys.count, lists.allSatisfy({ !$0.isEmpty && $0.allSatisfy(\.isFinite) }) else {
      throw fault(
        key, "expected a list of numbers for each of the \(keys.count) keys",
        cure: "write it like key = [\"architecture.alpha\", \"architecture.mass\"] and \(key) = [[-1.0, 0.0], [1.0, 2.0]]")
    }
    record(key, "\(lists)")
    return lists
  }

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
