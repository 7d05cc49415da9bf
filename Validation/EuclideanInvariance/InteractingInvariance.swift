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

  /// Two- and four-point functions from the same samples.
  func experiments(_ command: String) -> [Experiment] {
    let wrong = livesOnSites ? Motion.stretch(by: 2) : Motion.stretch(by: 1.5)
    let tests = [2, 4].flatMap { order in motions(order).map { (order: order, motion: $0) } }
    let claims = tests.map { order, motion in
      Claim(
        "\(motion.name), n = \(order)",
        statement: "<phi(g x1) .. phi(g x\(order))> = <phi(x1) .. phi(x\(order))> under the insertions for \(motion.words)",
        source: theory.source, control: wrong.words)
    }
    let experiment = Experiment(theory: theory.title, claims: claims, command: nil) { [self] budget in
      var sets: [PointSet] = []
      // Of every set its row: beyond two points connected functions follow the full ones.
      var (rows, next) = ([Int](), 0)
      for order in [2, 4] {
        for index in 0..<Self.configurations {
          let place = points(order, index)
          for motion in [nil] + motions(order).map(Optional.some) + [wrong] {
            sets.append(PointSet(name: "", points: motion.map { place.map($0.act) } ?? place))
            rows.append(next)
            next += order == 2 ? 1 : 2
          }
        }
      }
      let request = try CorrelatorRequest(
        theory: theory.varied([
          ("run.seed", "\(budget.seed)"), ("run.draws", "\(budget.draws(theory.run.draws))"),
          ("sampler.control_variates", "false"),
        ]), estimatorNames: nil, pointSets: sets, allDisplacements: false, commonRandomNumbers: false)
      let table = try request.measure(threads: budget.threads, monitor: budget.monitor)[0]
      func finding(_ order: Int, _ motion: Int) -> Finding {
        let stride = motions(order).count + 2
        let first = order == 2 ? 0 : Self.configurations * (motions(2).count + 2)
        let own = (0..<Self.configurations).map { rows[first + $0 * stride] }
        let moved = (0..<Self.configurations).map { rows[first + $0 * stride + 1 + motion] }
        for row in own + moved {
          if case .underSampled(let reason) = table.rows[row].estimate.reliability {
            return Finding(pValue: nil, text: reason, growth: 4)
          }
        }
        return Finding(
          zero: zip(own, moved).map { table.samples[$1] - table.samples[$0] }, order: order,
          draws: Int(table.independentSamples), independentSamples: table.independentSamples)
      }
      return [2, 4].flatMap { order in
        motions(order).indices.map {
          Evidence(claim: finding(order, $0), control: finding(order, motions(order).count), draws: request.draws)
        }
      }
    }
    return [experiment]
  }
}
