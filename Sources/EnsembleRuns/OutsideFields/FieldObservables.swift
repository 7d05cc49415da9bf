// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import Draws
import LatticeFields

extension UnitRecorder where Draw == OutsideDraw {
  /// Measures estimators and site averages on the fields of a file.
  convenience init(_ fields: FieldEnsemble, _ estimators: [any CorrelatorEstimator]) {
    let workspace = DrawWorkspace(sites: fields.sites, components: fields.components, cutoff: fields.cutoff)
    let (columns, place, size) = (fields.columns, workspace.components.pointer, fields.componentSize)
    let (count, components) = (workspace.field.count, fields.components)
    let observables = FieldObservables(fields.sites, components: components)
    self.init(
      DrawReading(
        workspace: workspace,
        write: { draw in
          for component in 0..<components {
            let (own, row) = (place + component * count, draw.field + component * size)
            if let columns {
              for (site, column) in columns.enumerated() { own[site] = row[column] }
            } else {
              own.update(from: row, count: count)
            }
          }
        }, logWeight: \.logWeight, observables: (observables.names, { _ in observables.measure(place) })),
      estimators, fields.dependence)
  }
}

/// What is measured on every field beside the correlators: its average, those of φ² and φ⁴, and on a lattice `Φ²/V` and `Φ⁴/V`, `Φ = a^d Σ φ`; of
/// several components averaged over all of them.
struct FieldObservables {
  let names: [String]
  private let count: Int
  private let components: Int
  /// Volumes of a cell and of the box; nil at points.
  private let volumes: (cell: Double, box: Double)?

  init(_ sites: SiteSet, components: Int = 1) {
    (count, self.components) = (sites.count, components)
    if case .lattice(let lattice) = sites { volumes = (lattice.cellVolume, lattice.volume) } else { volumes = nil }
    names = ["phi", "phi^2", "phi^4"] + (volumes == nil ? [] : ["Phi^2/V", "Phi^4/V"])
  }

  /// Of a field, in the order of the names.
  func measure(_ field: UnsafePointer<Double>) -> [Double] {
    var means = [Double](repeating: 0, count: names.count)
    for component in 0..<components {
      for (index, value) in measureOne(field + component * count).enumerated() { means[index] += value }
    }
    return components == 1 ? means : means.map { $0 / Double(components) }
  }

  private func measureOne(_ field: UnsafePointer<Double>) -> [Double] {
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
