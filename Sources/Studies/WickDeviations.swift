// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import EnsembleRuns
import ErrorAnalysis
import FieldTheories
import KnownValues
import LatticeFields
import ResultTables

/// How far n-point functions are from Wick's theorem, `m_n = (G_n − Wick)/Wick` for n = 4, 6 with Wick's value made of the
/// measured 2-point function (arXiv:2008.08601), and the noise a Gaussian field would show in its place (``GaussianFloor``).
///
/// From the tables of a run, field space or neuron space: point functions, G4(x,x,y,y), G4(x,x,x,y), both 6-point families,
/// one-point cumulants. For each of them first the mean over its rows, then the rows. n = 6:
///
///     G(xxxyyy) − Wick = κ(xxxyyy) + 3 G(0) [κ(xxxy) + κ(xyyy)] + 9 G(r) κ(xxyy)
///     G(xxxxyy) − Wick = κ(xxxxyy) + 6 G(0) κ(xxyy) + G(0) κ(xxxx) + 8 G(r) κ(xxxy)
///
/// Ratios of means, their O(1/bins) bias removed by the jackknife. Source: docs/physics/studies.md.
struct WickDeviations {
  static let name = "wick-deviations"
  /// |m_n| of this many floors stands above the noise.
  static let leastRatio = 2.0

  private let run: RunTables
  private let theory: TheoryDefinition
  private let draws: Int
  private let lattice: Lattice
  private let floor: GaussianFloor

  init(_ run: RunTables, _ theory: TheoryDefinition, draws: Int) {
    (self.run, self.theory, self.draws) = (run, theory, draws)
    lattice = theory.lattice
    let isFree = theory.insertions.isEmpty
    let (architecture, lattice) = (theory.architecture, theory.lattice)
    let kernels = LimitKernels(of: architecture)
    floor = GaussianFloor(draws: draws) { x, y in
      guard isFree else { return nil }
      return architecture.exactValue(.moment([x, y]), lattice: lattice) ?? kernels.value(x, y)
    }
  }

  /// One correlator of one table.
  private struct Deviation {
    let label: String
    let value: MeasuredValue
    let floor: Double?
  }

  /// Rows of one table.
  private struct Family {
    let name: String
    let order: Int
    let rows: [Deviation]
  }

  /// The table; nil where nothing is measured that has a Wick value.
  func table() -> MeasuredTable? {
    let families = ["", "neuron-"].flatMap { latticeFamilies(prefix: $0) } + pointFamilies() + onePointFamilies()
    let entries = families.flatMap { family -> [(family: Family, row: Deviation)] in
      let own = family.rows.map { (family, $0) }
      return family.rows.count > 1 ? [(family, mean(family))] + own : own
    }
    guard !entries.isEmpty else { return nil }
    let derived = entries.map { family, row in
      DerivedRow(coordinates: [.text(family.name), .integer(family.order), .text(row.label)], measured: row.value)
    }
    var table = MeasuredTable(
      name: Self.name,
      summary:
        "m_n = (G_n - Wick)/Wick, Wick's value made of the measured 2-point function, and the noise floor of a Gaussian field",
      coordinateColumns: ["correlator", "n", "at"], derived: derived, tested: [], draws: draws,
      independentSamples: theory.architecture.effectiveSamples(draws: draws))
    table.isTestedElsewhere = true
    let ratios = zip(entries, derived).map { entry, row in
      entry.row.floor.flatMap { floor in floor > 0 ? row.measured.samples.map { abs($0.value) / floor } : nil }
    }
    table.annotations = [
      MeasuredTable.Annotation(Column("floor", .number), entries.map { $0.row.floor.map(Cell.number) ?? .missing }),
      MeasuredTable.Annotation(Column("ratio", .number), ratios.map { $0.map(Cell.number) ?? .missing }),
      MeasuredTable.Annotation(
        Column("stands", .text),
        ratios.map { $0.map { .text($0 >= Self.leastRatio ? "above noise" : "in noise") } ?? .missing }),
    ]
    table.remarks = [
      "floor: standard deviation of m_n of a Gaussian field with the same 2-point function on \(draws) networks; of a mean the root mean square over its rows"
        + (families.contains { $0.rows.contains { $0.value.samples != nil && $0.floor == $0.value.samples!.error } }
          ? "; where that is not known, the root mean square of the errors of the rows" : ""),
      "above noise: |m_n| of \(Int(Self.leastRatio)) floors or more",
    ]
    return table
  }

  /// The mean over the rows that are not withheld; its floor is their root mean square, as published.
  private func mean(_ family: Family) -> Deviation {
    let rows = family.rows.filter { $0.value.samples != nil }
    let floors = rows.compactMap(\.floor)
    return Deviation(
      label: "mean of \(rows.count)",
      value: MeasuredValue.sum(rows.map { (1 / Double(rows.count)) * $0.value }) ?? MeasuredValue(samples: nil, exact: nil),
      floor: floors.isEmpty ? nil : (floors.reduce(0) { $0 + $1 * $1 } / Double(floors.count)).squareRoot())
  }

  /// Deviations and their floors; where one is unknown, all are the root mean square of the errors.
  private func family(_ name: String, _ order: Int, _ rows: [(label: String, value: MeasuredValue, floor: Double?)]) -> [Family] {
    guard !rows.isEmpty else { return [] }
    let errors = rows.compactMap { $0.value.samples?.error }.filter { $0.isFinite && $0 > 0 }
    let common = errors.isEmpty ? nil : (errors.reduce(0) { $0 + $1 * $1 } / Double(errors.count)).squareRoot()
    let isKnown = rows.allSatisfy { $0.floor != nil }
    return [
      Family(
        name: name, order: order,
        rows: rows.map { Deviation(label: $0.label, value: $0.value, floor: isKnown ? $0.floor : common) })
    ]
  }

  private func ratio(_ difference: MeasuredValue, _ wick: MeasuredValue) -> MeasuredValue { (difference / wick).biasCorrected }

  // MARK: - Point functions

  private func pointFamilies() -> [Family] {
    run.tables.filter { $0.coordinateColumns == PointFunctions.coordinateColumns }.flatMap { table -> [Family] in
      let rows = run.rows(table.name)!
      func pair(_ x: Point, _ y: Point) -> MeasuredValue? {
        rows.first { entry in
          if case .moment(let points)? = entry.row.target.terms.first?.function {
            points == [x, y] || points == [y, x]
          } else {
            false
          }
        }?.measured
      }
      var found: [Int: [(label: String, value: MeasuredValue, floor: Double?)]] = [:]
      for (full, connected) in zip(rows, rows.dropFirst()) {
        guard case .moment(let points)? = full.row.target.terms.first?.function,
          case .cumulant(points)? = connected.row.target.terms.first?.function,
          case .text(let label)? = full.row.coordinates.first
        else { continue }
        let deviation: MeasuredValue
        if points.count == 4 {
          deviation = ratio(connected.measured, full.measured - connected.measured)
        } else {
          let products = Pairings.six.map { pairing -> MeasuredValue? in
            let pairs = pairing.compactMap { pair(points[$0.0], points[$0.1]) }
            return pairs.count == 3 ? pairs[0] * pairs[1] * pairs[2] : nil
          }
          guard products.allSatisfy({ $0 != nil }), let wick = MeasuredValue.sum(products.compactMap { $0 }) else { continue }
          deviation = ratio(full.measured - wick, wick)
        }
        found[points.count, default: []].append((label, deviation, floor.atPoints(points)))
      }
      return found.sorted { $0.key < $1.key }.flatMap { family("\(table.name), n = \($0.key)", $0.key, $0.value) }
    }
  }

  // MARK: - Lattice averages

  private func latticeFamilies(prefix: String) -> [Family] {
    guard let two = run.rows("\(prefix)two-point"), let g0 = two.first(where: { Self.isCoincident($0.row.target) })?.measured
    else {
      return []
    }
    func own(_ name: String) -> [MeasuredValue]? { run.rows("\(prefix)\(name)").map { $0.map(\.measured) } }
    let g = two.map(\.measured)
    let (xxyy, xxxy) = (own(CoincidentFourPoint.tableName(.xxyy)), own(CoincidentFourPoint.tableName(.xxxy)))
    let shells = two.map { members($0.row.target) }
    let labels = two.map { label($0.row) }
    // Those of 2- and 4-point functions.
    func build(_ name: String, _ split: (Int, Int), _ value: (Int) -> (MeasuredValue, wick: MeasuredValue)) -> [Family] {
      let floors = floors(shells, split)
      return family(
        "\(prefix)\(name)", split.0 + split.1,
        two.indices.map { row in
          let (difference, wick) = value(row)
          return (labels[row], ratio(difference, wick), floors?[row])
        })
    }
    var families: [Family] = []
    if let xxyy {
      families += build(CoincidentFourPoint.tableName(.xxyy), (2, 2)) { (xxyy[$0], wick: g0 * g0 + 2 * (g[$0] * g[$0])) }
    }
    if let xxxy { families += build(CoincidentFourPoint.tableName(.xxxy), (3, 1)) { (xxxy[$0], wick: 3 * (g0 * g[$0])) } }
    guard let xxyy, let xxxy, let origin = two.firstIndex(where: { Self.isCoincident($0.row.target) }) else { return families }
    if let six = own(CoincidentSixPoint.tableName(.xxxyyy)) {
      families += build(CoincidentSixPoint.tableName(.xxxyyy), (3, 3)) { row in
        // κ(xyyy) is κ(xxxy) of the opposite displacement, which the shell holds too.
        (
          six[row] + 6 * (g0 * xxxy[row]) + 9 * (g[row] * xxyy[row]),
          wick: 9 * (g0 * g0 * g[row]) + 6 * (g[row] * g[row] * g[row])
        )
      }
    }
    if let six = own(CoincidentSixPoint.tableName(.xxxxyy)) {
      families += build(CoincidentSixPoint.tableName(.xxxxyy), (4, 2)) { row in
        (
          six[row] + 6 * (g0 * xxyy[row]) + g0 * xxyy[origin] + 8 * (g[row] * xxxy[row]),
          wick: 3 * (g0 * g0 * g0) + 12 * (g0 * g[row] * g[row])
        )
      }
    }
    return families
  }

  /// κ4/(3 κ2²) and (κ6 + 15 κ4 κ2)/(15 κ2³) of one point.
  private func onePointFamilies() -> [Family] {
    guard let rows = run.rows(OnePointCumulants.tableName), rows.count >= 3 else { return [] }
    let (k2, k4, k6) = (rows[0].measured, rows[1].measured, rows[2].measured)
    let zero = [Int](repeating: 0, count: lattice.dimension)
    func one(_ order: Int, _ value: MeasuredValue) -> [Family] {
      family("one-point-cumulants, n = \(order)", order, [("phi(x)^\(order)", value, floors([[zero]], (order, 0))?[0])])
    }
    return one(4, ratio(k4, 3 * (k2 * k2))) + one(6, ratio(k6 + 15 * (k4 * k2), 15 * (k2 * k2 * k2)))
  }

  /// The floors of the shells of one table; nil where they are not known or would take long.
  private func floors(_ shells: [[[Int]]], _ split: (Int, Int)) -> [Double]? {
    guard theory.insertions.isEmpty, let grid = FloorGrid(lattice, floor.propagator),
      grid.cost(shells) <= FloorGrid.budget / (split.0 + split.1 == 4 ? 1 : 8)
    else { return nil }
    let floors = shells.compactMap { floor.onLattice(grid, first: split.0, second: split.1, members: $0) }
    return floors.count == shells.count ? floors : nil
  }

  private static func isCoincident(_ target: RowTarget) -> Bool {
    target.terms.count == 1 && target.terms[0].function.points.allSatisfy { $0 == target.terms[0].function.points[0] }
  }

  /// The displacements of a row, in lattice units.
  private func members(_ target: RowTarget) -> [[Int]] {
    target.terms.map { term in
      let points = term.function.points
      return lattice.sites.indices.map { Int(((points.last![$0] - points[0][$0]) / lattice.spacing).rounded()) }
    }
  }

  private func label(_ row: MeasuredTable.Row) -> String {
    guard case .number(let r)? = row.coordinates.first else { return "" }
    return "r = \((r * 1e6).rounded() / 1e6)"
  }
}
