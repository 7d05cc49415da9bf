// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import Foundation
import LatticeFields

/// One record of Tests/Fixtures/reference/values.json or values-learning.json; README.md there says how records are read.
public struct ReferenceRecord: Sendable, Decodable, CustomStringConvertible {
  /// Names the record.
  public let id: String
  /// Section of the physics notes: "A1", "B", "G".
  public let item: String
  /// What sort of number it is, "L1:phi4+data:mean"; only of values-learning.json.
  public let kind: String?
  /// The ensemble, e.g. "Gauss-net".
  public let theory: String
  /// What `values` are.
  public let quantity: String
  /// Parameters of the ensemble, as in the file.
  public let parameters: [String: JSONValue]
  /// The points, as in the file.
  public let pointList: JSONValue
  /// The value, a list of one where the record holds a single number; lists within the list one after the other.
  public let values: [Double]
  /// The stated accuracy, in words.
  public let accuracy: String
  /// One sigma per value, for Monte-Carlo records.
  public let uncertainties: [Double]?

  private enum CodingKeys: String, CodingKey {
    case id, item, kind, theory, quantity, parameters, accuracy
    case pointList = "points", values = "value", uncertainties = "uncertainty"
  }

  /// Decodes a record.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    id = try container.decode(String.self, forKey: .id)
    item = try container.decode(String.self, forKey: .item)
    kind = try container.decodeIfPresent(String.self, forKey: .kind)
    theory = try container.decode(String.self, forKey: .theory)
    quantity = try container.decode(String.self, forKey: .quantity)
    parameters = try container.decode([String: JSONValue].self, forKey: .parameters)
    pointList = try container.decodeIfPresent(JSONValue.self, forKey: .pointList) ?? .null
    values = try container.decode(JSONValue.self, forKey: .values).flattened
    accuracy = try container.decode(String.self, forKey: .accuracy)
    uncertainties = try container.decodeIfPresent(JSONValue.self, forKey: .uncertainties)?.flattened
  }

  /// Id, theory and quantity.
  public var description: String { "\(id) \(theory): \(quantity)" }

  /// The first value.
  public var value: Double { values[0] }

  /// A numerical parameter that must be there.
  public func number(_ key: String) -> Double {
    guard let number = parameters[key]?.number else {
      preconditionFailure("\(self): no number \"\(key)\" among \(parameters.keys.sorted())")
    }
    return number
  }

  /// A list of numbers that must be there; nested lists one after the other.
  public func numbers(_ key: String) -> [Double] {
    guard let list = parameters[key] else { preconditionFailure("\(self): no \"\(key)\" among \(parameters.keys.sorted())") }
    return list.flattened
  }

  /// A list of points that must be there; a number counts as a point of one dimension.
  public func pointList(_ key: String) -> [Point] {
    guard case .list(let entries)? = parameters[key] else { preconditionFailure("\(self): no list \"\(key)\"") }
    return entries.map { Point(coordinates: $0.numbers ?? []) }
  }

  /// An integer parameter that must be there.
  public func integer(_ key: String) -> Int { Int(number(key)) }

  /// A vector parameter (`u`, `v` of the cluster records); a number counts as one component.
  public func point(_ key: String) -> Point { Point(coordinates: parameters[key]?.numbers ?? []) }

  /// A number of the `points` object, e.g. `delta`.
  public func pointField(_ key: String) -> Point? {
    guard case .object(let fields) = pointList else { return nil }
    return fields[key]?.numbers.map { Point(coordinates: $0) }
  }

  /// Dimension d of space.
  public var dimension: Int { integer("d") }
  /// Width N of the network.
  public var width: Int { integer("N") }

  /// The law named by `w_distribution`; gaussian where the record names none.
  public var weightKind: OutputWeightLaw.Kind {
    guard let word = parameters["w_distribution"]?.text?.split(separator: " ").first else {
      return .gaussian
    }
    if word == "rademacher" { return .constant }
    guard let kind = OutputWeightLaw.Kind(rawValue: String(word)) else {
      preconditionFailure("\(self): unknown law \(word)")
    }
    return kind
  }

  /// The points: one per entry, vectors or flat numbers (d = 1 sites, or distances along axis 1). Empty where the file has null.
  public var points: [Point] {
    guard case .list(let entries) = pointList else { return [] }
    return entries.map { Point(coordinates: $0.numbers ?? []) }
  }

  /// The allowed |difference| of entry `index`: the stated accuracy, or `floor` where that is coarser, times the largest entry,
  /// plus 1e-14; for Monte-Carlo records 4 sigma, `error` being the error of the compared number.
  public func tolerance(_ index: Int = 0, floor: Double = 1e-10, error: Double = 0) -> Double {
    if let sigma = uncertainties?[index] { return 4 * (sigma * sigma + error * error).squareRoot() }
    let words = accuracy.components(separatedBy: CharacterSet(charactersIn: " ,"))
    let first = Double(words[0]) ?? 0
    let scale = values.reduce(0) { max($0, abs($1)) }
    let relative = accuracy.contains("else") ? words.last.flatMap(Double.init) ?? 0 : first
    if accuracy.contains("absolute") && !accuracy.contains("else") {
      return first + floor * scale + 1e-14
    }
    return max(relative, floor) * scale + 1e-14
  }

  /// Whether `number` agrees with entry `index`.
  public func agrees(
    with number: Double, _ index: Int = 0, floor: Double = 1e-10, error: Double = 0
  ) -> Bool {
    abs(number - values[index]) <= tolerance(index, floor: floor, error: error)
  }
}

/// The records of the reference file.
public enum ReferenceRecords {
  /// All records of the reference file.
  public static let all: [ReferenceRecord] = load("values.json")

  /// The records of one section and one theory.
  public static func of(item: String, theory: String) -> [ReferenceRecord] {
    all.filter { $0.item == item && $0.theory == theory }
  }

  /// The records of one kind of values-learning.json.
  public static func learning(_ kind: String) -> [ReferenceRecord] { learning.filter { $0.kind == kind } }

  /// All records of values-learning.json.
  public static let learning: [ReferenceRecord] = load("values-learning.json")

  /// The folder Tests/Fixtures/reference of this checkout.
  public static let folder = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent(
      "Fixtures/reference")

  private static func load(_ file: String) -> [ReferenceRecord] {
    struct File: Decodable { let records: [ReferenceRecord] }
    do {
      let data = try Data(contentsOf: folder.appendingPathComponent(file))
      return try JSONDecoder().decode(File.self, from: data).records
    } catch {
      preconditionFailure("Tests/Fixtures/reference/\(file): \(error)")
    }
  }
}

/// Any JSON value: records differ in what they carry.
public enum JSONValue: Sendable, Decodable {
  case null
  case number(Double)
  case text(String)
  case list([JSONValue])
  case object([String: JSONValue])

  /// Decodes whatever is there.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let number = try? container.decode(Double.self) {
      self = .number(number)
    } else if let text = try? container.decode(String.self) {
      self = .text(text)
    } else if let list = try? container.decode([JSONValue].self) {
      self = .list(list)
    } else {
      self = .object(try container.decode([String: JSONValue].self))
    }
  }

  /// The number, if it is one.
  public var number: Double? { if case .number(let number) = self { number } else { nil } }

  /// The text, if it is one.
  public var text: String? { if case .text(let text) = self { text } else { nil } }

  /// All numbers in it, in their order.
  public var flattened: [Double] {
    switch self {
    case .number(let number): [number]
    case .list(let list): list.flatMap(\.flattened)
    default: []
    }
  }

  /// A list of numbers, or a single number as a list of one.
  public var numbers: [Double]? {
    switch self {
    case .number(let number): [number]
    case .list(let list): list.compactMap(\.number)
    default: nil
    }
  }
}
