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
  /// The points at which the field is wanted.
  let points: [Point]
  /// Their sites; nil where one is no site.
  private let siteIndices: [Int]?
  private let synthesis: SynthesisPlan?
  private let components: Int

  /// Resolves the points of an interacting theory.
  init(_ points: [Point], _ theory: InteractingTheory) throws {
    self.points = points
    components = theory.prior.outputs
    let sites = points.map(theory.lattice.site(at:))
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

  /// Room for the field at the points, and what writes a sample's field there.
  func makeWorkspace() -> (workspace: DrawWorkspace, write: (Sample) -> Void) {
    if let synthesis {
      let (workspace, write) = synthesis.makeWorkspace()
      return (workspace, { write($0.parameters) })
    }
    let workspace = DrawWorkspace(sites: .points(points, dimension: 1), components: components)
    let field = workspace.components.pointer
    let (indices, components) = (siteIndices!, components)
    return (
      workspace,
      { sample in
        for component in 0..<components {
          let (own, all) = (field + component * indices.count, sample.field + component * sample.siteCount)
          for (place, site) in indices.enumerated() { own[place] = all[site] }
        }
      }
    )
  }
}
