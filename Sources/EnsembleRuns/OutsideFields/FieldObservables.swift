// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import Draws
import LatticeFields

extension UnitRecorder where Draw == OutsideDraw {
  /// Measures estimators and site averages on the fields of a file.
  convenience init(_ fields: FieldEnsemble, _ estimators: [any CorrelatorEstimator]) {
    let workspace = DrawWorkspace(sites: fields.sites, cutoff: fields.cutoff)
    let (columns, observables, place) = (fields.columns, FieldObservables(fields.sites), workspace.field.pointer)
    self.init(
      DrawReading(
        workspace: workspace,
        write: { draw in
          if let columns {
            for (site, column) in columns.enumerated() { place[site] = draw.field[column] }
          } else {
            place.update(from: draw.field, count: workspace.field.count)
          }
        }, logWeight: \.logWeight, observables: (observables.names, { _ in observables.measure(place) })),
      estimators, fields.dependence)
  }
}

/// What is measured on every field beside the correlators: its average, those of φ² and φ⁴, and on a lattice `Φ²/V` and `Φ⁴/V`, `Φ = a^d Σ φ`.
struct FieldObservables {
  let names: [String]
  private let count: Int
  /// Volumes of a cell and of the box; nil at points.
  private let volumes: (cell: Double, box: Double)?

  init(_ sites: SiteSet) {
    count = sites.count
    if case .lattice(let lattice) = sites { volumes = (lattice.cellVolume, lattice.volume) } else { volumes = nil }
    names = ["phi", "phi^2", "phi^4"] + (volumes == nil ? [] : ["Phi^2/V", "Phi^4/V"])
  }

  /// Of a field, in the order of the names.
  func measure(_ field: UnsafePointer<Double>) -> [Double] {
    var (total, second, fourth) = (0.0, 0.0, 0.0)
    for x in 0..<count {
      let (phi, square) = (field[x], field[x] * field[x])
      total += phi
      second += square
      fourth += square * square
    }
    let n = Double(count)
    guard let volumes else { return [total / n, second / n, fourth / n] }
    let squared = volumes.cell * total * volumes.cell * total
    return [total / n, second / n, fourth / n, squared / volumes.box, squared * squared / volumes.box]
  }
}
