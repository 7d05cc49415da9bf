// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import Correlators
import EnsembleRuns
import FieldTheories
import KnownValues
import Studies

/// What hidden layers learn: the sampled posterior of a population loss against quadrature and against the mean field, grokking as a first-order transition, modular addition.
struct FeatureLearning: ValidationSuite {
  let name = "feature-learning"
  let summary =
    "hidden layers that learn: the sampled posterior of a population loss, kernel adaptation, the transition of grokking, modular addition"

  let standardTheories = [
    StandardTheory(
      "few-neurons",
      text: """
        title = "Two erf neurons of one input under a cubic teacher"
        source = "arXiv:2310.03789"
        dimension = 1
        [architecture]
        kind = "dense-net"
        activation = "erf"
        width = 2
        sigma_w = 0.7071067811865476
        sigma_v = 1.0
        [study.teacher]
        inputs = 1
        data = 5
        noise = [1.0]
        cubic = -0.3
        sampled_scales = [1]
        [lattice]
        sites = [8]
        spacing = 0.5
        boundary = "open"
        [run]
        draws = 40000
        """),
    StandardTheory("grokking-teacher", [("study.teacher.noise", "[0.18]"), ("run.draws", "1200")]),
    StandardTheory("grokking-modular"),
    StandardTheory("adapting-erf", [("study.adaptation.scales", "[100]"), ("run.draws", "6400")]),
  ]

  func experiments(_ theory: TheoryDefinition, command: String) throws -> [Experiment] {
    if let settings = theory.study?.modular { return [try modular(theory, settings, command)] }
    if let settings = theory.study?.adaptation { return [try adaptation(theory, settings, command)] }
    guard let settings = theory.study?.teacher else {
      throw NotApplicable("the theory has no [study.teacher], [study.modular] or [study.adaptation]")
    }
    let study = try GrokkingStudy(theory, settings)
    return try [
      posterior(theory, settings, study, command), adaptation(theory, settings, study, command), limit(theory, settings, study),
    ].compactMap { $0 }
  }

  /// Chains against quadrature, where that is possible.
  private func posterior(
    _ theory: TheoryDefinition, _ settings: TeacherSettings, _ study: GrokkingStudy, _ command: String
  ) throws -> Experiment? {
    let places = settings.sampledScales.flatMap { scale in settings.noises.map { study.system(scale: scale, noise: $0) } }
    @Sendable func exact(_ net: TeacherStudent, _ factor: Double) -> PopulationPosterior? {
      PopulationPosterior(
        neurons: Int(net.neurons), dimension: Int(net.dimension), inputVariance: net.inputVariance,
        outputVariance: net.outputVariance, cubic: factor * net.cubic, strength: net.data / net.noise)
    }
    guard !places.isEmpty, places.allSatisfy({ exact($0, 1) != nil }) else { return nil }
    let claim = Claim(
      "posterior of the population loss",
      statement: "<f.H1>, <f.H3>, <q^2> and the loss of sampled hidden weights are those of the quadrature over them",
      source: "arXiv:2310.03789", control: "epsilon x 1.1", holds: theory.ensemble)
    return Experiment(theory: theory.title, claims: [claim], command: "nnft study \(command)") { budget in
      let draws = budget.draws(theory.run.draws)
      let sampled = try study.sample(places, draws: draws, seed: budget.seed, threads: budget.threads)
      func finding(_ factor: Double) -> Finding {
        Finding(
          all: zip(places, sampled).flatMap { net, own in
            let known = exact(net, factor)!
            return own.compactMap { quantity, estimate in
              GrokkingStudy.exact(quantity, known, net).map {
                ("\(quantity)", Finding(estimate, within: 0, of: $0, what: "value"))
              }
            }
          })
      }
      return [Evidence(claim: finding(1), control: finding(1.1), draws: draws)]
    }
  }

  /// The cubic part that the sampled net has learnt, against levels B and A.
  private func adaptation(
    _ theory: TheoryDefinition, _ settings: TeacherSettings, _ study: GrokkingStudy, _ command: String
  ) throws -> Experiment? {
    guard let scale = settings.sampledScales.first, let noise = settings.noises.first else { return nil }
    let net = study.system(scale: scale, noise: noise)
    guard net.neurons >= 50, net.dimension >= 20 else { return nil }
    let claim = Claim(
      "droplets prefer short weights",
      statement:
        "what the sampled net has learnt of H3 is that of the mean field with free lengths of the weights (level B) to 10 %",
      source: "arXiv:2310.03789, level B derived here", control: "lengths frozen at their mean (level A, as in the source)",
      holds: theory.ensemble)
    return Experiment(theory: theory.title, claims: [claim], command: "nnft study \(command)") { budget in
      let draws = budget.draws(theory.run.draws)
      let own = try study.sample([net], draws: draws, seed: budget.seed, threads: budget.threads)[0]
        .first { $0.quantity == .cubic }!.estimate
      func finding(_ level: KernelAdaptation.Level) -> Finding {
        let value = KernelAdaptation(net, level: level).learned.cubic
        return Finding(own, within: 0.1 * abs(value), of: value, what: "<f.H3>/6")
      }
      return [Evidence(claim: finding(.freeLength), control: finding(.frozenLength), draws: draws)]
    }
  }

  /// The sampled predictor against that of Gaussian neurons that have adapted, at every scale.
  private func adaptation(_ theory: TheoryDefinition, _ settings: AdaptationSettings, _ command: String) throws -> Experiment {
    let claim = Claim(
      "kernel that adapts",
      statement:
        "the sampled predictor is that of a Gaussian process whose kernel is made of the best Gaussian law of neurons, to \(Self.adaptationTolerance) of the largest",
      source: "arXiv:2310.03789, for any data derived here", control: "the kernel of the prior",
      holds: theory.ensemble + [.estimator(PosteriorTable.Kind.predictor.rawValue)])
    return Experiment(theory: theory.title, claims: [claim], command: "nnft study \(command)") { budget in
      let draws = budget.draws(theory.run.draws)
      let study = try AdaptationStudy(
        theory.varied([("run.draws", "\(draws)"), ("run.seed", "\(budget.seed)")]), settings)
      let rows = try study.places.map { try study.sample($0, threads: budget.threads, monitor: budget.monitor) }
      func finding(_ means: (AdaptationStudy.Place) -> [Double]) -> Finding {
        Finding(
          all: zip(study.places, rows).flatMap { place, rows in
            let tolerance = Self.adaptationTolerance * place.adaptedMeans.map(abs).max()!
            return zip(rows, means(place)).enumerated().map { index, pair in
              ("point \(index + 1)", Finding(pair.0.estimate, within: tolerance, of: pair.1, what: "predictor"))
            }
          })
      }
      return [Evidence(claim: finding(\.adaptedMeans), control: finding(\.priorMeans), draws: draws)]
    }
  }

  /// What the law of neurons is not Gaussian, and corrections 1/N, leave.
  private static let adaptationTolerance = 0.02

  /// The limit of large scale against kernel adaptation at a very large one, and the transition against a search; nothing is drawn.
  private func limit(_ theory: TheoryDefinition, _ settings: TeacherSettings, _ study: GrokkingStudy) throws -> Experiment? {
    // Corrections of order 1/√d fall below the tolerances.
    guard settings.cubic < 0, study.system(scale: 1e6, noise: settings.noises[0]).dimension >= 1e5 else { return nil }
    let net = study.system(scale: 1, noise: settings.noises[0])
    let (own, printed) = (GrokkingTransition(net), GrokkingTransition(net, kernelFactor: 2))
    let critical = own.critical.noise
    let claims = [
      Claim(
        "degenerate droplets",
        statement: "at the critical noise the least s(q) away from the origin, by a search in q, is 0 to 1e-6",
        source: "arXiv:2310.03789 sec. 3", control: "the critical noise with 2q^2 in Q_11, as printed in A.3",
        holds: theory.ensemble),
      Claim(
        "neurons about the origin",
        statement: "above the transition b of the limit is that of kernel adaptation at scale 1e6, to 0.2 %",
        source: "arXiv:2310.03789 A.3, corrected", control: "2q^2 in Q_11, as printed", holds: theory.ensemble),
      Claim(
        "mixed phase",
        statement: "below the transition b and c of coexisting droplets are those of kernel adaptation at scale 1e6, to 1 %",
        source: "arXiv:2310.03789 sec. 3", control: "no droplets: c = epsilon", holds: theory.ensemble),
    ]
    return Experiment(theory: theory.title, claims: claims, command: nil) { _ in
      func depth(_ noise: Double) -> Double {
        let b = own.linear(noise: noise)
        return (1...3000).map { own.freeEnergy(0.3 + 0.001 * Double($0), noise: noise, linear: b, cubic: settings.cubic) }.min()!
      }
      func adapted(_ noise: Double) -> KernelAdaptation {
        KernelAdaptation(study.system(scale: 1e6, noise: noise), level: .frozenLength)
      }
      let (above, below) = (1.3 * critical, 0.9 * critical)
      let (high, low) = (adapted(above).linear, adapted(below))
      func relative(_ a: Double, _ b: Double) -> Double { abs(a / b - 1) }
      let mixed = own.mixed(noise: below)
      return [
        Evidence(
          claim: Finding(deviation: abs(depth(critical)), tolerance: 1e-6),
          control: Finding(deviation: abs(depth(printed.critical.noise)), tolerance: 1e-6), draws: 0),
        Evidence(
          claim: Finding(deviation: relative(own.linear(noise: above), high), tolerance: 0.002),
          control: Finding(deviation: relative(printed.linear(noise: above), high), tolerance: 0.002), draws: 0),
        Evidence(
          claim: Finding(
            deviation: mixed.map { max(relative($0.linear, low.linear), relative($0.cubic, low.cubic)) } ?? 1, tolerance: 0.01),
          control: Finding(
            deviation: max(relative(own.linear(noise: below), low.linear), relative(settings.cubic, low.cubic)), tolerance: 0.01),
          draws: 0),
      ]
    }
  }

  /// The amplitude in the mixed phase at finite P against its closed form.
  private func modular(_ theory: TheoryDefinition, _ settings: ModularSettings, _ command: String) throws -> Experiment {
    let system = try ModularAdditionStudy(theory, settings).system
    let claim = Claim(
      "plateau of modular addition",
      statement: "in the mixed phase the amplitude at finite P is -sigma^2/s_1 to ln P/P, at nine noises",
      source: "arXiv:2310.03789 (39), corrected", control: "(39) as printed, 8 sigma_a^2 a^2 P for 4 sigma_a^2 a^2 P^2",
      holds: theory.ensemble)
    let tolerance = log(system.modulus) / system.modulus
    return Experiment(theory: theory.title, claims: [claim], command: "nnft study \(command)") { _ in
      func finding(_ start: Double) -> Finding {
        Finding(
          deviation: (1...9).map { step in
            let noise = system.end + (system.start - system.end) * Double(step) / 10
            return abs(system.solve(noise: noise).amplitude / (-noise / start) - 1)
          }.max()!, tolerance: tolerance)
      }
      return [
        Evidence(claim: finding(system.start), control: finding(system.start * (2 / system.modulus).squareRoot()), draws: 0)
      ]
    }
  }
}
