// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import FieldSynthesis
import FieldTheories
import LatticeFields
import ParameterSampling

/// Where the field of an interacting sample is measured at chosen points: the weight `exp(−∫ V)` stays that of the lattice, the points are free.
///
/// Points that are sites take the field's values there; other points need the net itself, which is evaluated there from its parameters. The field
/// of infinite width exists at sites only.
struct PointSampling: Sendable {
  /// The points.
  let points: [Point]
  /// Their sites; nil where one is no site.
  private let siteIndices: [Int]?
  private let synthesis: SynthesisPlan?

  /// Resolves the points of an interacting theory.
  init(_ points: [Point], _ theory: InteractingTheory) throws {
    self.points = points
    let sites = points.map { Self.site($0, theory.lattice) }
    if sites.allSatisfy({ $0 != nil }) {
      (siteIndices, synthesis) = (sites.map { $0! }, nil)
      return
    }
    let stranger = points[sites.firstIndex { $0 == nil }!]
    guard theory.prior.freeField == nil else {
      let place = (0..<theory.lattice.dimension).map { "\(stranger[$0])" }.joined(separator: ", ")
      throw SelectionError(
        "the point (\(place)) is no site of the lattice; the field of infinite width lives on sites, x = \(theory.lattice.spacing) n"
      )
    }
    siteIndices = nil
    do {
      synthesis = try SynthesisPlan(architecture: theory.prior, sites: .points(points, dimension: theory.lattice.dimension))
    } catch { throw SelectionError("\(theory.prior.kind) cannot be evaluated at points: \(error.description)") }
  }

  /// The site at a point, to 1e-9 of a spacing; periodic lattices wrap.
  static func site(_ point: Point, _ lattice: Lattice) -> Int? {
    let origin = lattice.position(0)
    var vector: [Int] = []
    for axis in 0..<lattice.dimension {
      let steps = (point[axis] - origin[axis]) / lattice.spacing
      let rounded = steps.rounded()
      guard abs(steps - rounded) <= 1e-9 * max(1, abs(steps)), abs(rounded) < 1e15 else { return nil }
      guard lattice.boundary == .periodic || (0..<lattice.sites[axis]).contains(Int(rounded)) else { return nil }
      vector.append(Int(rounded))
    }
    return lattice.siteIndex(vector)
  }

  /// Room for the field at the points, and what writes a sample's field there.
  func makeWorkspace() -> (workspace: DrawWorkspace, write: (Sample) -> Void) {
    if let synthesis {
      let (workspace, write) = synthesis.makeWorkspace()
      return (workspace, { write($0.parameters) })
    }
    let workspace = DrawWorkspace(sites: .points(points, dimension: 1))
    let field = workspace.field.pointer
    let indices = siteIndices!
    return (workspace, { sample in for (place, site) in indices.enumerated() { field[place] = sample.field[site] } })
  }
}
