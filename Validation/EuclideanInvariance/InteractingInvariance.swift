// SPDX-License-Identifier: GPL-3.0-or-later

import EnsembleRuns
import ErrorAnalysis
import FieldTheories
import LatticeFields

/// What insertions leave of the symmetries of an ensemble, tested like those of free ones: on a periodic lattice its own group; where the insertions act in
/// a box, reflections and quarter turns about its centre; under an envelope all of O(d) about its centre. Covariances are those between whole chains or
/// populations, so that correlations within one do no harm.
struct InteractingInvariance {
  private let theory: TheoryDefinition
  private let symmetries: FieldSymmetries

  /// Configurations of points for each n.
  private static let configurations = 5

  /// Throws where n-point functions at points say nothing.
  init(_ theory: TheoryDefinition) throws {
    self.theory = theory
    symmetries = theory.insertions.remaining(of: theory.architecture.symmetries)
    guard symmetries.isEven else {
      throw NotApplicable("a source breaks phi -> -phi, which n-point functions at points rest on")
    }
    guard symmetries.rotations != .none else { throw NotApplicable("terms that differ from place to place leave no motions") }
    guard theory.lattice.siteCount > 2 else { throw NotApplicable("one or two sites have no motions to speak of") }
  }

  /// On sites where the field exists only there.
  private var livesOnSites: Bool { symmetries.isPeriodic || theory.architecture.freeField != nil }

  private var extent: Double {
    let lattice = theory.lattice
    return 0.3 * lattice.spacing * Double(lattice.sites.min()! - 1)
  }

  private func points(_ n: Int, _ index: Int) -> [Point] {
    livesOnSites
      ? Configuration.sites(n, index, theory.lattice) : Configuration.points(n, index, extent, theory.dimension)
  }

  /// Motions that the insertions leave, for n-point functions.
  private func motions(_ n: Int) -> [Motion] {
    let isBox = symmetries.translationInvariantOrder >= n && !symmetries.isPeriodic
    let lattice = Motion.ofLattice(theory.lattice)
    if livesOnSites { return lattice }
    let space = Motion.ofSpace(length: extent, dimension: theory.dimension)
    return space.filter { motion in
      switch motion.kind {
      case .translation: isBox
      case .rotation: symmetries.rotations != .hypercubic
      case .reflection: true
      case .none: false
      }
    } + (symmetries.rotations == .hypercubic ? lattice.filter { $0.kind == .rotation } : [])
  }

  func experiments(_ command: String) -> [Experiment] { [2, 4].map(experiment) }

  private func experiment(order: Int) -> Experiment {
    let motions = motions(order)
    let wrong = livesOnSites ? Motion.stretch(by: 2) : Motion.stretch(by: 1.5)
    let configurations = (0..<Self.configurations).map { points(order, $0) }
    let claims = motions.map { motion in
      Claim(
        "\(motion.name), n = \(order)",
        statement: "<phi(g x1) .. phi(g x\(order))> = <phi(x1) .. phi(x\(order))> under the insertions for \(motion.words)",
        source: theory.source, control: wrong.words)
    }
    return Experiment(theory: theory.title, claims: claims, command: nil) { [self] budget in
      let all = motions + [wrong]
      let sets = configurations.flatMap { points in
        [PointSet(name: "", points: points)] + all.map { PointSet(name: "", points: points.map($0.act)) }
      }
      let request = try CorrelatorRequest(
        theory: theory.varied([
          ("run.seed", "\(budget.seed)"), ("run.draws", "\(budget.draws(theory.run.draws))"),
          ("sampler.control_variates", "false"),
        ]), estimatorNames: nil, pointSets: sets, allDisplacements: false, commonRandomNumbers: false)
      let table = try request.measure(threads: budget.threads, monitor: budget.monitor)[0]
      // Beyond two points full and connected functions alternate.
      let full = table.rows.indices.filter { order == 2 || $0 % 2 == 0 }
      func finding(_ motion: Int) -> Finding {
        for row in full {
          if case .underSampled(let reason) = table.rows[row].estimate.reliability {
            return Finding(pValue: nil, text: reason, growth: 4)
          }
        }
        let stride = all.count + 1
        let differences = configurations.indices.map {
          table.samples[full[$0 * stride + 1 + motion]] - table.samples[full[$0 * stride]]
        }
        return Finding(
          zero: differences, order: order, draws: Int(table.independentSamples), independentSamples: table.independentSamples)
      }
      return motions.indices.map { Evidence(claim: finding($0), control: finding(motions.count), draws: request.draws) }
    }
  }
}
