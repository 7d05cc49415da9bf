// SPDX-License-Identifier: GPL-3.0-or-later

import EnsembleRuns
import ErrorAnalysis
import FieldTheories
import KnownValues
import LatticeFields

/// The response of a lattice net of finite width to a weak coupling: exact in N, and growing with the volume unless all neurons have one amplitude.
///
/// Measured in the free ensemble by ``ActionResponse`` at two volumes. Wrong answers: the response at infinite width; a response without growth.
struct FirstOrderResponseTest {
  private let theory: TheoryDefinition
  private let net: LatticeAlphaNet

  /// Nil for other theories than φ⁴ on the sites of a lattice net of finite width.
  init?(_ theory: TheoryDefinition) {
    // The response is a sum over the modes of lattice nets.
    guard let net = theory.architecture as? LatticeAlphaNet, net.lattice.siteCount > 1,
      let potential = theory.insertions.latticePotential, potential.coefficient(4) > 0
    else { return nil }
    self.theory = theory
    self.net = net
  }

  /// Neurons of one amplitude have no growth.
  private var grows: Bool { !(net.alpha == 0 && net.outputWeights.kind == .constant) }

  func experiment() -> Experiment {
    let source = "docs/physics/interacting-exact.md, \"First order at finite width\" and \"Infrared growth\""
    var claims = [
      Claim(
        "first order at N = \(net.width)",
        statement: "dG2(r)/dlambda at lambda = 0: the formula with all its parts of order 1, 1/N and 1/N^2",
        source: source, control: "the parts of order 1/N and 1/N^2 left out")
    ]
    if grows {
      claims.append(
        Claim(
          "infrared growth",
          statement:
            "dG2(r)/dlambda grows with the volume, at fixed N, as its formula: from one length of the first axis to twice that",
          source: source, control: "no growth"))
    }
    return Experiment(theory: theory.title, claims: claims, command: nil) { [self] budget in
      let draws = budget.draws(max(theory.run.draws, 400_000))
      let lengths = grows ? [1, 2] : [1]
      var measured: [[JackknifeSamples]] = []
      var predicted: [[FirstOrderResponse]] = []
      var independent = Double.infinity
      for factor in lengths {
        var sites = net.lattice.sites
        sites[0] *= factor
        let free = try theory.varied(
          [("lattice.sites", "\(sites)"), ("run.seed", "\(budget.seed)")], without: ["insertion", "sampler"])
        // The same theory without its insertion.
        guard let own = free.architecture as? LatticeAlphaNet else {
          preconditionFailure("FirstOrderResponseTest: no lattice net")
        }
        let displacements = Array(0..<min(3, net.lattice.sites[0] / 2 + 1))
        let estimator = ActionResponse(own.lattice, displacements: displacements)
        let plan = try RunPlan(theory: free, sites: .lattice(own.lattice), estimators: [estimator], draws: draws)
        let bins = try budget.bins(plan)[0]
        measured.append(estimator.derive(bins))
        let exact = own.firstOrderTwoPoint()
        predicted.append(displacements.map { exact[own.lattice.siteIndex(along(sites, $0))] })
        independent = min(independent, own.effectiveSamples(draws: draws))
      }
      func finding(_ samples: [JackknifeSamples], _ expected: [Double]) -> Finding {
        Finding(samples, equal: expected, order: 6, draws: draws, independentSamples: independent)
      }
      var evidence = [
        Evidence(
          claim: finding(measured[0], predicted[0].map(\.total)), control: finding(measured[0], predicted[0].map(\.leading)),
          draws: draws)
      ]
      if grows {
        // The two volumes are independent runs.
        let growth = zip(measured[1], measured[0]).map { $0 - $1 }
        evidence.append(
          Evidence(
            claim: finding(growth, zip(predicted[1], predicted[0]).map { $0.total - $1.total }),
            control: finding(growth, growth.map { _ in 0 }), draws: 2 * draws))
      }
      return evidence
    }
  }

  private func along(_ sites: [Int], _ r: Int) -> [Int] { sites.indices.map { $0 == 0 ? r : 0 } }
}
