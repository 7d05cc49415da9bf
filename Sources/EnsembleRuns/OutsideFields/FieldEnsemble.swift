// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import ErrorAnalysis
import FieldTheories
import Foundation
import LatticeFields
import ResultTables

/// Somebody's fields, resolved: which array of which file, where its sites are, and how its draws depend on each other.
public struct FieldEnsemble: Sendable {
  /// The open file.
  let file: FieldFile
  /// The array of fields.
  let array: FieldArray
  /// One pass over it.
  public let survey: FieldSurvey
  /// Where the fields are.
  public let sites: SiteSet
  /// The sets of chosen points; nil on a lattice.
  public let pointSets: [PointSet]?
  /// For each site the column of the array; nil where they are the same.
  let columns: [Int]?
  /// Number D of components of the field.
  public let components: Int
  /// Numbers of one component in a row of the array.
  let componentSize: Int
  /// Chains, populations or other groups; 1 without an axis of them.
  public let groups: Int
  /// Draws in all.
  public let draws: Int
  /// How draws depend on each other.
  public let dependence: SampleDependence
  /// ln of the weights, a draw each; nil where all weigh the same.
  let logWeights: [Double]?
  /// Jackknife bins that were asked for; nil for the standard number.
  let bins: Int?
  /// Momenta above it are left out of every field; nil for none.
  public let cutoff: Double?
  /// The theory that the file carries, where `nnft sample` has written it: for its lattice and its symmetries, never for exact values.
  public let carried: TheoryDefinition?

  /// Names under which fields are looked for.
  static let fieldNames = ["fields/phi", "phi", "posterior/phi", "arr_0"]
  /// Names under which logarithms of weights are looked for.
  static let weightNames = ["weights/log_weight", "log_weights", "log_weight"]
  /// Array of the file that says how draws depend on each other.
  static let dependenceName = "meta/dependence"

  /// Dimension of space.
  public var dimension: Int {
    switch sites {
    case .lattice(let lattice): lattice.dimension
    case .points(_, let dimension): dimension
    }
  }

  /// The lattice; nil at points.
  public var lattice: Lattice? { if case .lattice(let lattice) = sites { lattice } else { nil } }

  /// Draws of a group.
  public var drawsPerGroup: Int { draws / groups }

  /// Axes that count draws.
  var leading: Int { hasGroups ? 2 : 1 }
  private let hasGroups: Bool

  /// Resolves a file. Throws `ResultFileError` for what is wrong with it, ``SelectionError`` for what the user must say.
  public init(path: String, _ options: FieldOptions, theory: BesideTheory? = nil, inspector: FieldInspector?) throws {
    let inspected = try InspectedFields(path: path, inspector)
    let summary = inspected.summary
    file = inspected.file
    let array = try Self.array(summary, path, options.array)
    self.array = array
    carried = try summary.texts["meta/theory"]?.first.flatMap { text -> TheoryDefinition? in
      text.isEmpty ? nil : try TheoryDefinition.load(text: text, fileName: "\(path), meta/theory", interactions: true)
    }

    // Axes that count draws.
    let word = summary.texts[Self.dependenceName]?.first.flatMap(SampleDependence.init)
    hasGroups = options.hasChains || word == .chain || word == .population || array.name.hasPrefix("posterior/")
    let leading = hasGroups ? 2 : 1
    guard array.shape.count > leading else {
      throw ResultFileError(
        description:
          "\(path): \(Self.words(array)) has no axis of sites after \(hasGroups ? "chains and draws" : "draws"); give one row a draw"
      )
    }
    guard array.count > 0 else {
      throw ResultFileError(description: "\(path): \(Self.words(array)) is empty; give it some draws")
    }
    groups = hasGroups ? array.shape[0] : 1
    draws = array.shape.prefix(leading).reduce(1, *)
    bins = options.bins

    // Weights.
    let weights = try Self.weights(summary, file, path, options.logWeights, draws: draws)
    logWeights = weights
    dependence = hasGroups ? (weights == nil ? .chain : .population) : (weights == nil ? .independent : .weighted)

    // Components.
    let count =
      options.components ?? summary.numbers["components"]?.first.flatMap { Int(exactly: $0) } ?? carried?.architecture.outputs
      ?? 1
    guard count == 1 || array.shape.count > leading + 1 && array.shape[leading] == count else {
      throw ResultFileError(
        description:
          "\(path): \(Self.words(array)) has no axis of \(count) components between draws and sites; give draws x components x sites, or another --components"
      )
    }
    components = count
    let shape = Array(array.shape.dropFirst(count == 1 ? leading : leading + 1))
    componentSize = shape.reduce(1, *)

    // Sites.
    let place = try FieldPlace(shape, summary, path, options, carried: carried, theory: theory)
    (sites, pointSets, columns) = (place.sites, place.pointSets, place.columns)
    cutoff = try options.cutoff ?? theory?.load([]).correlators.cutoff
    if cutoff != nil {
      guard case .lattice(let lattice) = sites, lattice.boundary == .periodic else {
        throw SelectionError(
          "--cutoff leaves momenta of a periodic lattice out; these fields are at points or on an open lattice")
      }
    }

    survey = try inspected.survey(array, leading: leading)
    if let row = survey.firstNonFinite {
      throw ResultFileError(
        description:
          "\(path): \(array.name) holds a number that is not finite, in draw \(row) counted from 0; leave such draws out, or mend them"
      )
    }
    guard survey.meanSquare.isFinite else {
      throw ResultFileError(
        description: "\(path): the squares of \(array.name) leave the range of double precision, 1e308; use other units")
    }
  }

  /// The same fields read at some sites of their lattice only.
  init(_ fields: FieldEnsemble, at points: [Point], columns: [Int]) {
    (file, array, survey, groups, draws) = (fields.file, fields.array, fields.survey, fields.groups, fields.draws)
    (components, componentSize) = (fields.components, fields.componentSize)
    (dependence, logWeights, bins, carried) = (fields.dependence, fields.logWeights, fields.bins, fields.carried)
    hasGroups = fields.hasGroups
    cutoff = nil
    sites = .points(points, dimension: fields.dimension)
    pointSets = []
    self.columns = columns
  }

  /// An array in words.
  static func words(_ array: FieldArray) -> String {
    "\(PlainText.line(array.name, limit: 80)) of shape (\(array.shape.map(String.init).joined(separator: ", ")))"
  }

  private static func array(_ summary: FieldSummary, _ path: String, _ name: String?) throws -> FieldArray {
    let all = summary.arrays.filter { $0.numbers != nil && !$0.shape.isEmpty }
    let list = summary.arrays.isEmpty ? "none" : summary.arrays.prefix(12).map(words).joined(separator: ", ")
    if let name {
      let bare = name.hasPrefix("/") ? String(name.dropFirst()) : name
      guard let found = summary.arrays.first(where: { $0.name == bare }) else {
        let hint = Spelling.hint(for: bare, among: summary.arrays.map(\.name))
        throw ResultFileError(description: "\(path): there is no array \"\(name)\"; \(hint)its arrays: \(list)")
      }
      guard found.numbers != nil else {
        throw ResultFileError(
          description: "\(path): \(words(found)) holds no real numbers; give an array of floating-point numbers")
      }
      return found
    }
    if let known = fieldNames.lazy.compactMap({ name in all.first { $0.name == name } }).first { return known }
    let candidates = all.filter { $0.shape.count > 1 && !$0.name.hasPrefix("sites/") && !$0.name.hasPrefix("parameters/") }
    guard candidates.count == 1 else {
      throw ResultFileError(description: "\(path): which array holds the fields? Name it with --array; its arrays: \(list)")
    }
    return candidates[0]
  }

  private static func weights(
    _ summary: FieldSummary, _ file: FieldFile, _ path: String, _ name: String?, draws: Int
  ) throws -> [Double]? {
    let wanted = name.map { [$0] } ?? weightNames
    guard let array = wanted.lazy.compactMap({ name in summary.arrays.first { $0.name == name } }).first else {
      guard let name else { return nil }
      throw ResultFileError(
        description:
          "\(path): there is no array \"\(name)\" of weights; its arrays: \(summary.arrays.prefix(12).map(words).joined(separator: ", "))"
      )
    }
    guard array.numbers != nil, array.count == draws else {
      throw ResultFileError(
        description: "\(path): \(words(array)) does not give \(draws) draws a weight each; give one logarithm of a weight a draw")
    }
    let values = try file.numbers(array)
    if let bad = values.firstIndex(where: { $0.isNaN || $0 == .infinity }) {
      throw ResultFileError(
        description:
          "\(path): the logarithm of weight \(bad) in \(array.name) is \(values[bad]); give finite numbers, or -inf for a draw that does not count"
      )
    }
    guard values.contains(where: { $0 > -.infinity }) else {
      throw ResultFileError(description: "\(path): all weights in \(array.name) are zero; give some draws weight")
    }
    return values
  }
}
