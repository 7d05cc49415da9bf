// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import FieldTheories
import Foundation
import LatticeFields
import ResultTables

/// Where the fields of a file are: on a lattice, or at points. The user's word counts most, then the file's, then that of a theory beside it.
struct FieldPlace {
  let sites: SiteSet
  let pointSets: [PointSet]?
  /// For each site the column of the array; nil where they are the same.
  let columns: [Int]?

  /// Of the axes of an array that follow its draws.
  init(
    _ shape: [Int], _ summary: FieldSummary, _ path: String, _ options: FieldOptions, carried: TheoryDefinition?,
    theory: BesideTheory?
  ) throws {
    if let (sets, dimension) = try Self.sets(summary, path, options) {
      let all = sets.flatMap(\.points)
      guard shape == [all.count] else {
        throw ResultFileError(
          description:
            "\(path): a draw has shape (\(Self.words(shape))), and \(all.count) points are given; give one column a point, in the order of the points"
        )
      }
      let measured = try sets.flatMap { try Self.measured($0, path) }
      // A point that stands in several sets is one point to the estimator.
      let columns = Dictionary(all.enumerated().map { ($1, $0) }) { first, _ in first }
      let points = PointFunctions(sets: measured).points
      sites = .points(points, dimension: dimension)
      pointSets = measured
      self.columns = points.map { columns[$0]! }
      return
    }
    let beside = try theory?.load([]).lattice
    let file = carried?.lattice
    let extents: [Int]
    if let given = options.sites ?? Self.whole(summary.numbers["lattice"]) {
      extents = given
    } else if shape.count == 1, let known = file ?? beside, known.sites.reduce(1, *) == shape[0] {
      extents = known.sites
    } else {
      extents = shape
    }
    guard (1...maximumDimension).contains(extents.count), extents.allSatisfy({ $0 > 0 }) else {
      throw ResultFileError(
        description:
          "\(path): a lattice of extents (\(Self.words(extents))) is none; give 1 to \(maximumDimension) axes after the draws, or --lattice"
      )
    }
    var product = 1
    for extent in extents {
      let (value, overflows) = product.multipliedReportingOverflow(by: extent)
      guard !overflows else {
        throw SelectionError("--lattice \(extents): no lattice is so large; give the extents of the fields")
      }
      product = value
    }
    guard shape == extents || shape == [product] else {
      throw ResultFileError(
        description:
          "\(path): a draw has shape (\(Self.words(shape))), which is no lattice of \(extents.map(String.init).joined(separator: "x")) sites; give its extents with --lattice"
      )
    }
    guard let spacing = options.spacing ?? summary.numbers["spacing"]?.first ?? file?.spacing ?? beside?.spacing else {
      throw SelectionError("which lattice spacing have these fields? Give --spacing, or an array \"spacing\" in the file")
    }
    guard spacing > 0, spacing.isFinite else {
      throw ResultFileError(description: "\(path): the lattice spacing is \(spacing); give a positive number")
    }
    guard let boundary = try options.boundary ?? Self.boundary(summary, path) ?? file?.boundary ?? beside?.boundary else {
      throw SelectionError(
        "does the lattice of these fields wrap around? Give --boundary periodic or --boundary open, or an array \"boundary\" in the file"
      )
    }
    sites = .lattice(Lattice(sites: extents, spacing: spacing, boundary: boundary))
    (pointSets, columns) = (nil, nil)
  }

  private static func words(_ shape: [Int]) -> String { shape.map(String.init).joined(separator: ", ") }

  private static func whole(_ numbers: [Double]?) -> [Int]? { numbers?.map { Int(exactly: $0) ?? 0 } }

  private static func boundary(_ summary: FieldSummary, _ path: String) throws -> Boundary? {
    guard let word = summary.texts["boundary"]?.first else { return nil }
    guard let boundary = Boundary(rawValue: word) else {
      throw ResultFileError(
        description: "\(path): boundary is \"\(PlainText.line(word, limit: 40))\"; give \"periodic\" or \"open\"")
    }
    return boundary
  }

  /// The point sets of the user's file, or of the file itself (`sites/set` and `sites/x1` ...), and the dimension.
  private static func sets(
    _ summary: FieldSummary, _ path: String, _ options: FieldOptions
  ) throws -> (sets: [PointSet], dimension: Int)? {
    if let pointFile = options.pointFile { return try PointSetFile.load(path: pointFile, sizes: []) }
    guard let names = summary.texts["sites/set"] else { return nil }
    let axes = (1...maximumDimension).prefix { summary.numbers["sites/x\($0)"] != nil }.map { summary.numbers["sites/x\($0)"]! }
    guard !axes.isEmpty, !names.isEmpty, axes.allSatisfy({ $0.count == names.count && $0.allSatisfy(\.isFinite) }) else {
      throw ResultFileError(
        description: "\(path): sites/set and sites/x1 .. do not give each point its coordinates; give as many of each")
    }
    var sets: [PointSet] = []
    for (index, name) in names.enumerated() {
      let point = Point(coordinates: axes.map { $0[index] })
      if let last = sets.last, last.name == name {
        sets[sets.count - 1] = PointSet(name: name, points: last.points + [point])
      } else {
        sets.append(PointSet(name: name, points: [point]))
      }
    }
    return (sets, axes.count)
  }

  /// What is measured at a set: its function where it has 2, 4 or 6 points, else the 2-point functions of all its pairs, a point with itself among them.
  private static func measured(_ set: PointSet, _ path: String) throws -> [PointSet] {
    let count = set.points.count
    guard !PointSetFile.sizes.contains(count) else { return [set] }
    guard count <= 100 else {
      throw ResultFileError(
        description:
          "\(path): set \(PlainText.line(set.name, limit: 40)) has \(count) points, too many for all their pairs; give sets of at most 100"
      )
    }
    return (0..<count).flatMap { i in
      (i..<count).map { PointSet(name: "\(set.name) \(i + 1),\($0 + 1)", points: [set.points[i], set.points[$0]]) }
    }
  }
}
