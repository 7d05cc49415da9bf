// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import Draws
import EnsembleRuns
import ErrorAnalysis
import FieldTheories
import KnownValues
import NumericalKernels
import ParameterSampling
import ResultTables
import Synchronization

/// What an erf net learns of a cubic teacher, from its theory file `[study.teacher]`: the free energy of a neuron and its first-order transition, the mixed phase, kernel adaptation at finite
/// scales β by three approximations, and the posterior itself by Hamiltonian Monte Carlo of the population loss. Source: arXiv:2310.03789, corrected (docs/physics/feature-learning.md).
public struct GrokkingStudy: Sendable {
  private let settings: TeacherSettings
  private let width: Int
  private let inputVariance, outputVariance: Double
  private let draws: Int
  private let seed: UInt64

  /// Of an erf net of one hidden layer without biases, with gaussian output weights.
  public init(_ theory: TheoryDefinition, _ settings: TeacherSettings) throws {
    guard let net = theory.architecture.layers, net.hiddenLayers.count == 1, net.hiddenLayers[0].activation == .erf,
      net.sigmaB == 0, let output = theory.architecture.scalable?.outputWeights, output.kind == .gaussian,
      theory.insertions.isEmpty, theory.architecture.sharedScale.isConstant
    else {
      throw SelectionError(
        "[study.teacher] asks a free dense-net of erf neurons with gaussian weights and sigma_b = 0; \(theory.architecture.kind) here is none"
      )
    }
    self.settings = settings
    width = net.width
    (inputVariance, outputVariance) = (net.sigmaW * net.sigmaW, output.variance)
    (draws, seed) = (theory.run.draws, theory.run.seed)
    for scale in settings.sampledScales where neurons(scale) > Self.greatestWidth || inputs(scale) > Self.greatestWidth {
      throw SelectionError(
        "sampling at scale \(scale) means \(neurons(scale)) neurons of \(inputs(scale)) inputs; at most \(Self.greatestWidth) are sampled: use a smaller study.teacher.sampled_scales"
      )
    }
    guard settings.sampledScales.isEmpty || (Self.chains * 50...1_000_000).contains(draws) else {
      throw SelectionError("run.draws counts trajectories at each noise: set --draws 4000, say (\(Self.chains * 50) to 1e6)")
    }
  }

  private static let greatestWidth = 2000
  /// Independent chains at each place.
  private static let chains = 8

  private func neurons(_ scale: Double) -> Int { max(1, Int((Double(width) * scale).rounded(.toNearestOrAwayFromZero))) }
  private func inputs(_ scale: Double) -> Int { max(1, Int((Double(settings.inputs) * scale.squareRoot()).rounded())) }

  /// The system at a scale and a noise, whole numbers rounded.
  public func system(scale: Double, noise: Double) -> TeacherStudent {
    TeacherStudent(
      neurons: Double(neurons(scale)), data: Double(settings.data) * scale, dimension: Double(inputs(scale)),
      inputVariance: inputVariance, outputVariance: outputVariance / scale.squareRoot(), cubic: settings.cubic, noise: noise)
  }

  /// One quantity of the sampled posterior.
  public typealias Sampled = (quantity: PopulationLoss.Quantity, estimate: Estimate)

  /// The posterior of the population loss at each of some places; chains are the units of work.
  public func sample(_ places: [TeacherStudent], draws: Int, seed: UInt64, threads: Int) throws -> [[Sampled]] {
    let found = Mutex([ReplicaSeries?](repeating: nil, count: places.count * Self.chains))
    _ = try Runner.run(
      Array(0..<places.count * Self.chains), threads: threads,
      makeWorker: {
        { unit in
          let place = places[unit / Self.chains]
          let loss = PopulationLoss(
            neurons: Int(place.neurons), inputs: Int(place.dimension), inputVariance: place.inputVariance,
            outputVariance: place.outputVariance, cubic: place.cubic, strength: place.data / place.noise)
          guard
            let result = loss.chain(
              unit % Self.chains, trajectories: (draws + Self.chains - 1) / Self.chains, bound: settings.bound, seed: seed)
          else {
            throw SelectionError("the posterior at sigma^2 = \(place.noise) leaves the range of numbers; use a larger noise")
          }
          return result.series
        }
      }
    ) { unit, series in found.withLock { $0[unit] = series } }
    let all = found.withLock { $0.map { $0! } }
    return places.indices.map { place in
      let replicas = Array(all[place * Self.chains..<(place + 1) * Self.chains])
      return PopulationLoss.Quantity.allCases.map { ($0, Estimate(GammaMethod(replicas, primary: $0.rawValue))) }
    }
  }

  /// All tables.
  public func tables(threads: Int) throws -> [ResultTable] {
    var tables: [ResultTable] = []
    if settings.cubic < 0 { tables += [try transition(), try phases(), try freeEnergy()] }
    tables.append(try adaptation())
    if !settings.sampledScales.isEmpty { tables.append(try posterior(threads: threads)) }
    return tables
  }

  /// Names of the tables, in order.
  public var tableNames: [String] {
    (settings.cubic < 0 ? ["grokking-transition", "grokking-phases", "free-energy"] : []) + ["kernel-adaptation"]
      + (settings.sampledScales.isEmpty ? [] : ["grokking-posterior"])
  }

  /// The system of the file itself, whose ratios the limit keeps.
  private var limit: GrokkingTransition { GrokkingTransition(system(scale: 1, noise: settings.noises[0])) }

  private func transition() throws -> ResultTable {
    var table = ResultTable(
      name: "grokking-transition",
      summary: "where droplets become as cheap as neurons about the origin, as the scale grows (a mean-field limit)",
      columns: [Column("quantity", .text), Column("value", .number)])
    let critical = limit.critical
    for (name, value) in [
      ("sigma_c^2", critical.noise), ("u_c", critical.pull), ("q*", critical.overlap), ("b", critical.linear),
    ] { try table.append([.text(name), .number(value)]) }
    table.notes = ["u = n^2 sigma_a^2/(sigma^4 d N), the same at every scale; above sigma_c^2 no neuron knows the cubic part"]
    return table
  }

  /// b, c and what else is known of the limit at a noise.
  private func phase(_ noise: Double) -> (b: Double, c: Double, droplets: Double, overlap: Double?) {
    if let mixed = limit.mixed(noise: noise) { return (mixed.linear, mixed.cubic, mixed.droplets, mixed.overlap) }
    return (limit.linear(noise: noise), settings.cubic, 0, nil)
  }

  private func phases() throws -> ResultTable {
    var table = ResultTable(
      name: "grokking-phases",
      summary:
        "the limit of large scale against the noise: discrepancy y - <f> = b H1 + c H3, droplets per d neurons and where they are",
      columns: [
        Column("noise", .number), Column("pull", .number), Column("b", .number), Column("c", .number),
        Column("droplets", .number), Column("q_droplet", .number),
      ])
    for noise in settings.noises {
      let own = phase(noise)
      try table.append([
        .number(noise), .number(system(scale: 1, noise: noise).pull), .number(own.b), .number(own.c), .number(own.droplets),
        own.overlap.map { .number($0) } ?? .missing,
      ])
    }
    table.notes = ["droplets: p d, p their fraction; 0 above the transition, where c = epsilon"]
    return table
  }

  private func freeEnergy() throws -> ResultTable {
    var table = ResultTable(
      name: "free-energy", summary: "s(q) of a neuron, its free energy per d, at the discrepancy of the limit",
      columns: [Column("noise", .number), Column("q", .number), Column("free_energy", .number)])
    for noise in settings.noises {
      let own = phase(noise)
      for i in 0...60 {
        let q = Double(i) / 40
        try table.append([
          .number(noise), .number(q), .number(limit.freeEnergy(q, noise: noise, linear: own.b, cubic: own.c)),
        ])
      }
    }
    table.notes = ["minima at q = 0 and, where s(q*) = 0, at +-q*: the fraction of neurons there is of order 1/d"]
    return table
  }

  private func adaptation() throws -> ResultTable {
    var table = ResultTable(
      name: "kernel-adaptation",
      summary: "what a net has learnt, <f.H1> and <f.H3>/6, and its neurons, by the mean field at finite scale",
      columns: [
        Column("scale", .number), Column("noise", .number), Column("level", .text), Column("linear", .number),
        Column("cubic", .number), Column("d_q2", .number), Column("kurtosis", .number), Column("droplets", .number),
      ])
    for scale in settings.scales {
      for noise in settings.noises {
        let net = system(scale: scale, noise: noise)
        var levels: [(String, KernelAdaptation.Level)] = [("A", .frozenLength)]
        if net.dimension > 1 { levels.append(("B", .freeLength)) }
        for (name, level) in levels {
          let own = KernelAdaptation(net, level: level)
          try table.append([
            .number(scale), .number(noise), .text(name), .number(own.learned.linear), .number(own.learned.cubic),
            .number(own.overlap), .number(own.excessKurtosis), .number(own.fraction(beyond: settings.bound)),
          ])
        }
        if let own = GaussianAdaptation(net) {
          try table.append([
            .number(scale), .number(noise), .text("C"), .number(1 - own.linear), .number(settings.cubic - own.cubic),
            .number(net.dimension * own.variance), .number(0), .missing,
          ])
        }
      }
    }
    table.notes = [
      "A: |w|^2 = q^2 + sigma_w^2; B: the length across drawn along; C: the best Gaussian law of q, which has no droplets",
      "exact as N, n and d grow together; corrections 1/N and d/N. droplets: fraction of neurons with |q| > \(settings.bound)",
    ]
    return table
  }

  private static func name(_ quantity: PopulationLoss.Quantity) -> String {
    switch quantity {
    case .linear: "f.H1"
    case .cubic: "f.H3/6"
    case .droplets: "droplets"
    case .overlap: "d <q^2>"
    case .loss: "loss"
    }
  }

  private func posterior(threads: Int) throws -> ResultTable {
    let places = settings.sampledScales.flatMap { scale in
      settings.noises.map { (scale: scale, net: system(scale: scale, noise: $0)) }
    }
    let sampled = try sample(places.map(\.net), draws: draws, seed: seed, threads: threads)
    var table = ResultTable(
      name: "grokking-posterior",
      summary:
        "the posterior of the population loss, exact but for its errors, beside the mean field at levels A and B",
      columns: [
        Column("scale", .number), Column("noise", .number), Column("quantity", .text), Column("value", .number),
        Column("error", .number), Column("exact", .number), Column("pull", .number), Column("level_a", .number),
        Column("level_b", .number),
      ])
    for (place, own) in zip(places, sampled) {
      let net = place.net
      let levels = [KernelAdaptation.Level.frozenLength, .freeLength].map { level in
        net.dimension > 1 || level == .frozenLength ? KernelAdaptation(net, level: level) : nil
      }
      let exact = PopulationPosterior(
        neurons: Int(net.neurons), dimension: Int(net.dimension), inputVariance: net.inputVariance,
        outputVariance: net.outputVariance, cubic: net.cubic, strength: net.data / net.noise)
      for (quantity, estimate) in own {
        let known = exact.flatMap { Self.exact(quantity, $0, net) }
        let isSound = estimate.reliability == .sound
        try table.append(
          [.number(place.scale), .number(net.noise), .text(Self.name(quantity))]
            + [isSound ? .number(estimate.value) : .missing, isSound ? .number(estimate.error) : .missing]
            + [known.map { .number($0) } ?? .missing, known.flatMap { estimate.pull(exact: $0) }.map { .number($0) } ?? .missing]
            + levels.map { level in level.flatMap { field($0, quantity) }.map { .number($0) } ?? .missing })
        if case .underSampled(let reason) = estimate.reliability {
          table.notes.append("\(Self.name(quantity)) at noise \(net.noise): \(reason)")
        }
      }
    }
    table.notes += [
      "Hamiltonian Monte Carlo of the hidden weights, output weights integrated out: \(Self.chains) chains, \(draws) trajectories; every second chain starts with one neuron in ten turned",
      "exact: by quadrature, of one neuron, or of up to three in one dimension; level_a, level_b: a limit, off by 1/N and d/N",
    ]
    return table
  }

  /// By quadrature, where that is possible; droplets it does not count.
  public static func exact(_ quantity: PopulationLoss.Quantity, _ known: PopulationPosterior, _ net: TeacherStudent) -> Double? {
    switch quantity {
    case .linear: known.linear
    case .cubic: known.cubic / 6.0.squareRoot()
    case .droplets: nil
    case .overlap: net.dimension * known.squaredOverlap
    case .loss: known.loss
    }
  }

  private func field(_ own: KernelAdaptation, _ quantity: PopulationLoss.Quantity) -> Double? {
    switch quantity {
    case .linear: own.learned.linear
    case .cubic: own.learned.cubic
    case .droplets: own.fraction(beyond: settings.bound)
    case .overlap: own.overlap
    case .loss: nil
    }
  }
}
