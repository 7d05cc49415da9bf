// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import FieldTheories
import LatticeFields

/// The tables of a theory with data: `predictor`, `predictive-covariance`, `pin-forces` and `loss`, on the test points and the points of the data.
public struct DataTables {
  /// The tables' names, in their order.
  public static let names = PosteriorTable.Kind.allCases.map(\.rawValue) + [Loss.tableName]
  /// What each holds.
  public static let quantities = PosteriorTable.Kind.allCases.map(\.quantity) + [Loss.quantity]

  /// Sites of a lattice up to which they are the test points where a theory names none.
  static let greatestDefault = 256

  /// Where fields are measured.
  let points: [Point]
  let estimators: [any CorrelatorEstimator]

  /// The tables of these names; test points are those of the theory, else the sites of its lattice if these are few, else the data's own points.
  init(_ theory: TheoryDefinition, names: [String]?) throws {
    let own = theory.insertions.testPoints
    let sites =
      theory.lattice.siteCount <= Self.greatestDefault ? (0..<theory.lattice.siteCount).map(theory.lattice.position) : []
    let tests = !own.isEmpty ? own : sites.isEmpty ? theory.insertions.data.map(\.point) : sites
    var points: [Point] = []
    let indices = Self.add(tests, to: &points)
    try self.init(theory, points: points, tests: indices, pairs: PosteriorTable.pairs(of: indices), names: names)
  }

  /// The tables at the point sets of a file, beside their point functions: the predictor at all points, the covariance of every set of two.
  init(_ theory: TheoryDefinition, sets: [PointSet], names: [String]?) throws {
    let functions = PointFunctions(sets: sets, isEven: false)
    let indices = Array(functions.points.indices)
    let place = Dictionary(uniqueKeysWithValues: functions.points.enumerated().map { ($1, $0) })
    let pairs = sets.filter { $0.points.count == 2 }.map { (place[$0.points[0]]!, place[$0.points[1]]!) }
    try self.init(theory, points: functions.points, tests: indices, pairs: pairs, names: names, functions)
  }

  private init(
    _ theory: TheoryDefinition, points: [Point], tests: [Int], pairs: [(Int, Int)], names: [String]?,
    _ functions: PointFunctions? = nil
  ) throws {
    var all = points
    let (data, components) = (theory.insertions.data, theory.architecture.outputs)
    let places = Self.add(data.map(\.point), to: &all, distinct: false)
    let testSet = theory.insertions.testSet
    let testPlaces = Self.add(testSet.map(\.point), to: &all, distinct: false)
    let dimension = theory.dimension
    // Point functions speak of one component, and data tell them apart.
    var made: [any CorrelatorEstimator] = components > 1 ? [] : functions.map { [$0] } ?? []
    made.append(PosteriorTable.predictor(at: tests, of: all, dimension: dimension, components: components))
    if !pairs.isEmpty {
      made.append(PosteriorTable.covariance(at: pairs, of: all, dimension: dimension, components: components))
    }
    made.append(
      PosteriorTable.forces(
        data: zip(places, data).map { (index: $1.component * all.count + $0, label: $1.label, noise: $1.noise) }, of: all,
        dimension: dimension, components: components))
    let sets = [
      (name: "train", data: zip(places, data).map { (index: $1.component * all.count + $0, label: $1.label) }),
      (name: "test", data: zip(testPlaces, testSet).map { (index: $1.component * all.count + $0, label: $1.label) }),
    ]
    made.append(Loss(sets.filter { !$0.data.isEmpty }, of: all, components: components))
    if let names {
      for name in names where !made.contains(where: { $0.name == name }) {
        throw SelectionError(
          "\(name) cannot be measured beside the tables of the data; these are: \(made.map(\.name).joined(separator: ", "))")
      }
      made = names.map { name in made.first { $0.name == name }! }
    }
    self.points = all
    estimators = made
  }

  /// The numbers of points in a list to which those it lacks are added; every point once, if `distinct`.
  private static func add(_ new: [Point], to points: inout [Point], distinct: Bool = true) -> [Int] {
    var place = Dictionary(uniqueKeysWithValues: points.enumerated().map { ($1, $0) })
    var result: [Int] = []
    for point in new {
      let known = place[point]
      if known == nil {
        place[point] = points.count
        points.append(point)
      }
      if known == nil || !distinct { result.append(place[point]!) }
    }
    return result
  }
}
