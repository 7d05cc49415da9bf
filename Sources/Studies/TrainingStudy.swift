// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import Draws
import EnsembleRuns
import ErrorAnalysis
import FieldSynthesis
import FieldTheories
import KnownValues
import LatticeFields
import NumericalKernels
import ResultTables

/// Drawn networks pushed forward by gradient descent, at several widths, beside the exact flow of infinite width: what is left of 1/√N and 1/N, and whether hidden layers move.
///
/// Each network is drawn from its prior and trained on the data of `[dynamics]`; networks are independent, errors are over networks. A pure function of theory, widths and seed. Cost:
/// 6 P steps times the number of weights, and 4 ns P N a step and layer for erf: 10 ms for 200 steps of 1024 neurons on four data.
///
/// At infinite width the same network would have gone to `φ_lin = φ_0 + M_t (y − φ_0(X))` of its own φ_0. Of one hidden layer the law of φ_lin has the mean and the covariance of infinite width
/// at every N, exactly, so averages over networks are taken of differences to φ_lin, which are smaller by 1/√N. Source: arXiv:2408.00082 sec. 4; the trained mean is its eq. (96), corrected.
public struct TrainingStudy: Sendable {
  /// The theory at each width.
  private let theories: [TheoryDefinition]
  private let dynamics: DynamicsSettings
  /// Networks of each width.
  public let networks: Int
  private let activation: Activation
  private let limit: Limit?

  /// The flow of infinite width.
  private struct Limit {
    let tangent: [[Double]]
    /// M_t of every test point.
    let responses: [[Double]]
    let means: [Double]
    let covariance: [[Double]]

    /// `pull`, `cross`: Θ and K of the test points to the data; `prior`: K among the test points.
    init(
      _ flow: GradientFlow, tangent: [[Double]], pull: [[Double]], cross: [[Double]], prior: [[Double]], _ time: GradientFlow.Time
    ) {
      self.tangent = tangent
      responses = pull.map { flow.response($0, time) }
      means = flow.mean(pull, time)
      covariance = flow.covariance(pull, cross: cross, prior: prior, time)
    }
  }

  /// Of fully connected nets without biases and with gaussian output weights; nil of theories without `[dynamics]`.
  public init?(_ theories: [TheoryDefinition]) throws {
    guard let first = theories.first, let dynamics = first.dynamics else { return nil }
    try first.requireOneOutput(for: "[dynamics]")
    guard let net = first.architecture.layers, net.sigmaB == 0, let output = first.architecture.scalable?.outputWeights,
      output.kind == .gaussian, first.insertions.isEmpty, first.architecture.sharedScale.isConstant
    else {
      throw SelectionError(
        "[dynamics] trains free fully connected nets with gaussian output weights and sigma_b = 0; \(first.architecture.kind) here is none"
      )
    }
    let activation = net.hiddenLayers[0].activation
    guard net.hiddenLayers.allSatisfy({ $0.activation == activation && $0.width == net.width }) else {
      throw SelectionError("[dynamics] trains layers of one activation and one width")
    }
    guard [.relu, .erf, .tanh].contains(activation) else { throw SelectionError("[dynamics] trains layers of relu, erf or tanh") }
    guard first.run.draws <= 100_000 else {
      throw SelectionError(
        "[dynamics] trains run.draws networks of each width, and \(first.run.draws) are too many: set --draws 24, say")
    }
    (self.theories, self.dynamics, self.activation, networks) = (theories, dynamics, activation, first.run.draws)
    guard dynamics.scaling == .tangent else {
      limit = nil
      return
    }
    let layered = LayeredKernel(activation, depth: net.hiddenLayers.count, sigmaW: net.sigmaW, sigmaB: 0)
    let scale = output.variance / (net.sigmaW * net.sigmaW)
    func matrices(_ a: [Point], _ b: [Point]) throws -> (covariance: [[Double]], tangent: [[Double]]) {
      let values = try a.map { x in
        try b.map { y in
          guard let value = layered.values(x.list(first.dimension), y.list(first.dimension)) else {
            throw SelectionError("the kernel of infinite width is not known for this net")
          }
          return value
        }
      }
      return (values.map { $0.map { scale * $0.covariance } }, values.map { $0.map { scale * $0.tangent } })
    }
    let (own, cross) = (try matrices(dynamics.points, dynamics.points), try matrices(dynamics.testPoints, dynamics.points))
    limit = Limit(
      GradientFlow(tangent: own.tangent, covariance: own.covariance, labels: dynamics.labels), tangent: own.tangent,
      pull: cross.tangent, cross: cross.covariance, prior: try matrices(dynamics.testPoints, dynamics.testPoints).covariance,
      .steps(dynamics.steps, size: dynamics.step))
  }

  /// What one network did.
  private struct Outcome: Sendable {
    let values: [Double]
    /// φ_lin at the test points; empty where there is no limit.
    let linear: [Double]
    /// Squared deviations from its own flow at infinite width, averaged over the test points: corrected, and as printed.
    let deviation, printed: Double
    /// The same of products `(φ(x) − M_t y)(φ(x') − M_t y')` of two test points.
    let product: Double
    let kernelAtStart, kernelChange: Double
    let moves: [Double]
  }

  private func scaling() -> WidthScaling {
    switch dynamics.scaling {
    case .tangent: .tangent
    case .meanField: .meanField
    case .maximalUpdate: .maximalUpdate
    }
  }

  private func train(_ theory: TheoryDefinition, _ draw: Int, _ parameters: NetworkParameters, _ stream: RandomStream) -> Outcome
  {
    let (architecture, dimension) = (theory.architecture, theory.dimension)
    let (net, output) = (architecture.layers!, architecture.scalable!.outputWeights)
    architecture.drawParameters(stream, draw: UInt64(draw), into: parameters)
    var seeds = net.hiddenLayers.enumerated().map { index, layer -> [Double] in
      let scale = Double(layer.inputs).squareRoot() / (index == 0 ? net.inputScale : net.sigmaW)
      return (0..<layer.width).flatMap { i in
        (0..<layer.inputs).map { scale * parameters.block(layer.weightBlock, component: $0)[i] }
      }
    }
    let deviation = output.variance.squareRoot()
    seeds.append((0..<net.width).map { parameters.block(0)[$0] / deviation })
    var trained = TrainedNetwork(
      seeds: seeds, sizes: [dimension] + net.hiddenLayers.map(\.width) + [1], activation: activation, scaling: scaling(),
      scales: [net.inputScale] + net.hiddenLayers.dropFirst().map { _ in net.sigmaW } + [deviation])
    let data = dynamics.points.map { $0.list(dimension) }
    let tests = dynamics.testPoints.map { $0.list(dimension) }
    let before = data.map(trained.preactivations)
    let (atData, atTests, kernel) = (trained.values(data), trained.values(tests), trained.tangentKernel(data))
    trained.descend(data, labels: dynamics.labels, steps: dynamics.steps, size: dynamics.step)
    let (values, after, moved) = (trained.values(tests), data.map(trained.preactivations), trained.tangentKernel(data))
    let moves = net.hiddenLayers.indices.map { layer in
      let squares = zip(before, after).flatMap { zip($0[layer], $1[layer]).map { ($0 - $1) * ($0 - $1) } }
      return (squares.reduce(0, +) / Double(squares.count)).squareRoot()
    }
    guard let limit else {
      return Outcome(
        values: values, linear: [], deviation: 0, printed: 0, product: 0, kernelAtStart: 0,
        kernelChange: Self.distance(moved, kernel) / Self.norm(kernel), moves: moves)
    }
    let residuals = zip(dynamics.labels, atData).map { $0 - $1 }
    let pulls = limit.responses.map { row in zip(row, residuals).reduce(0.0) { $0 + $1.0 * $1.1 } }
    let linear = zip(atTests, pulls).map(+)
    var (own, printed, product) = (0.0, 0.0, 0.0)
    for index in values.indices {
      own += pow(values[index] - linear[index], 2)
      // The printed equation has a prefactor 1/|D|.
      printed += pow(values[index] - atTests[index] - pulls[index] / Double(data.count), 2)
    }
    let means = limit.means
    for i in values.indices {
      for j in values.indices {
        let trained = (values[i] - means[i]) * (values[j] - means[j])
        let flowed = (linear[i] - means[i]) * (linear[j] - means[j])
        product += (trained - flowed) * (trained - flowed)
      }
    }
    let count = Double(tests.count)
    return Outcome(
      values: values, linear: linear, deviation: own / count, printed: printed / count, product: product / (count * count),
      kernelAtStart: Self.distance(kernel, limit.tangent) / Self.norm(limit.tangent),
      kernelChange: Self.distance(moved, kernel) / Self.norm(limit.tangent), moves: moves)
  }

  private static func distance(_ a: [[Double]], _ b: [[Double]]) -> Double {
    zip(a, b).reduce(0.0) { sum, rows in zip(rows.0, rows.1).reduce(sum) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } }.squareRoot()
  }

  private static func norm(_ a: [[Double]]) -> Double { distance(a, a.map { $0.map { _ in 0 } }) }

  /// Trains all networks and tabulates. Throws where a network leaves the numbers, which too long a step does.
  public func tables(threads: Int) throws -> [ResultTable] {
    let outcomes = try outcomes(threads: threads)
    return [try training(outcomes), try exponents(outcomes)].compactMap { $0 } + [try means(outcomes), try variances(outcomes)]
  }

  /// A quantity of trained networks and the power of N by which it falls.
  public struct Power: Sendable {
    /// What it is.
    public let quantity: String
    /// The fitted power.
    public let exponent: Estimate
    /// The leading power of theory; nil where there is none.
    public let theory: Double?
  }

  /// Trains all networks and fits powers of N; empty for one width.
  public func powers(threads: Int) throws -> [Power] { powers(try outcomes(threads: threads)) }

  private func outcomes(threads: Int) throws -> [[Outcome]] {
    var outcomes: [[Outcome]] = []
    for theory in theories {
      let stream = RandomStream(seed: theory.run.seed, stream: "training | \(theory.architecture.streamName)")
      let found = OutcomeStore<Outcome>(count: networks)
      _ = try Runner.run(
        Array(0..<networks), threads: threads,
        makeWorker: {
          let parameters = NetworkParameters(layout: theory.architecture.layout)
          return { train(theory, $0, parameters, stream) }
        }
      ) { found[$0] = $1 }
      let all = found.all
      guard all.allSatisfy({ $0.values.allSatisfy(\.isFinite) && $0.moves.allSatisfy(\.isFinite) }) else {
        throw SelectionError(
          "training at width \(theory.architecture.width) left the range of numbers: use a smaller dynamics.step")
      }
      outcomes.append(all)
    }
    return outcomes
  }

  /// Of each network from its own flow at infinite width, by the corrected equation.
  public static let deviation = "deviation from the flow of infinite width"
  /// The same by the equation as it is printed.
  public static let printedDeviation = "deviation from the flow as printed in (96)"
  /// Of products of two trained values about the mean, from those of the flow of infinite width.
  public static let productDeviation = "deviation of products from the flow of infinite width"
  /// Of the empirical tangent kernel before training.
  public static let kernelAtStart = "tangent kernel at the start, against its limit"
  /// Of the empirical tangent kernel by training.
  public static let kernelChange = "change of the tangent kernel"
  /// Of the pre-activations of a hidden layer, counted from 0.
  public static func move(_ layer: Int) -> String { "move of hidden layer \(layer + 1)" }

  /// A mean over networks with its error.
  private static func estimate(_ values: [Double]) -> Estimate {
    let n = Double(values.count)
    let mean = values.reduce(0, +) / n
    let spread = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / max(1, n - 1)
    return Estimate(value: mean, error: (spread / n).squareRoot(), degreesOfFreedom: max(1, values.count - 1))
  }

  /// Quantities that are followed in N: name, expected power of N, values by network. Means of squares are turned into roots.
  private func quantities(_ outcomes: [Outcome]) -> [(name: String, power: Double?, estimate: Estimate)] {
    func root(_ values: [Double]) -> Estimate {
      let square = Self.estimate(values)
      let value = square.value.squareRoot()
      return Estimate(value: value, error: value > 0 ? square.error / (2 * value) : 0, degreesOfFreedom: square.degreesOfFreedom)
    }
    var result: [(String, Double?, Estimate)] = []
    if limit != nil {
      result.append((Self.deviation, -0.5, root(outcomes.map(\.deviation))))
      result.append((Self.productDeviation, -0.5, root(outcomes.map(\.product))))
      result.append((Self.printedDeviation, nil, root(outcomes.map(\.printed))))
      result.append((Self.kernelAtStart, -0.5, Self.estimate(outcomes.map(\.kernelAtStart))))
    }
    // Moves as N^(d - 1/2), in the first of several layers too.
    let isFrozen = dynamics.scaling == .tangent
    result.append((Self.kernelChange, isFrozen ? -1 : 0, Self.estimate(outcomes.map(\.kernelChange))))
    for layer in outcomes[0].moves.indices {
      result.append((Self.move(layer), isFrozen ? -0.5 : 0, Self.estimate(outcomes.map { $0.moves[layer] })))
    }
    return result
  }

  private func training(_ outcomes: [[Outcome]]) throws -> ResultTable {
    var table = ResultTable(
      name: "training",
      summary:
        "networks after training: rms deviation from their own flow at infinite width, relative changes of the tangent kernel, rms moves of hidden pre-activations",
      columns: [Column("quantity", .text), Column("width", .integer), Column("value", .number), Column("error", .number)])
    let all = outcomes.map(quantities)
    for index in all[0].indices {
      for (theory, own) in zip(theories, all) {
        try table.append([
          .text(own[index].name), .integer(theory.architecture.width), .number(own[index].estimate.value),
          .number(own[index].estimate.error),
        ])
      }
    }
    table.notes = [
      "\(networks) networks of each width, \(dynamics.steps) steps of \(dynamics.step), loss (1/2P) sum (phi - y)^2, parametrisation \(dynamics.scaling.rawValue)"
    ]
    return table
  }

  /// Weighted fits of ln value against ln N.
  private func powers(_ outcomes: [[Outcome]]) -> [Power] {
    guard theories.count > 1 else { return [] }
    let all = outcomes.map(quantities)
    return all[0].indices.compactMap { index in
      guard all.allSatisfy({ $0[index].estimate.value > 0 && $0[index].estimate.error > 0 }) else { return nil }
      var (s, sx, sy, sxx, sxy) = (0.0, 0.0, 0.0, 0.0, 0.0)
      for (theory, own) in zip(theories, all) {
        let estimate = own[index].estimate
        let weight = pow(estimate.value / estimate.error, 2)
        let (x, y) = (log(Double(theory.architecture.width)), log(estimate.value))
        s += weight
        sx += weight * x
        sy += weight * y
        sxx += weight * x * x
        sxy += weight * x * y
      }
      let determinant = s * sxx - sx * sx
      return Power(
        quantity: all[0][index].name,
        exponent: Estimate(
          value: (s * sxy - sx * sy) / determinant, error: (s / determinant).squareRoot(), degreesOfFreedom: networks - 1),
        theory: all[0][index].power)
    }
  }

  private func exponents(_ outcomes: [[Outcome]]) throws -> ResultTable? {
    let powers = powers(outcomes)
    guard !powers.isEmpty else { return nil }
    var table = ResultTable(
      name: "training-exponents", summary: "powers of N, fitted to all widths",
      columns: [Column("quantity", .text), Column("exponent", .number), Column("error", .number), Column("theory", .number)])
    for power in powers {
      try table.append([
        .text(power.quantity), .number(power.exponent.value), .number(power.exponent.error),
        power.theory.map { .number($0) } ?? .missing,
      ])
    }
    table.notes = [
      "theory: leading powers; at small N higher orders bend the fits",
      "deviations are those of single networks, rms: N^-1/2; what training does to the tangent kernel, and averages over networks, are of order 1/N",
    ]
    return table
  }

  /// The mean at each test point: where infinite width is known, its mean and the average difference of networks to their φ_lin.
  private func mean(_ outcomes: [Outcome], _ index: Int) -> Estimate {
    guard let limit else { return Self.estimate(outcomes.map { $0.values[index] }) }
    let shift = Self.estimate(outcomes.map { $0.values[index] - $0.linear[index] })
    return Estimate(
      value: limit.means[index] + shift.value, error: shift.error, degreesOfFreedom: shift.degreesOfFreedom)
  }

  /// The variance at each test point, with φ_lin as control variate where its own is known: of one hidden layer.
  private func variance(_ outcomes: [Outcome], _ index: Int) -> Estimate {
    let mean = mean(outcomes, index).value
    guard let limit, isShallow else {
      let n = Double(outcomes.count)
      return Self.estimate(
        outcomes.map { ($0.values[index] - mean) * ($0.values[index] - mean) * (limit == nil ? n / max(1, n - 1) : 1) })
    }
    let centre = limit.means[index]
    let excess = Self.estimate(
      outcomes.map { pow($0.values[index] - mean, 2) - pow($0.linear[index] - centre, 2) })
    return Estimate(
      value: limit.covariance[index][index] + excess.value, error: excess.error, degreesOfFreedom: excess.degreesOfFreedom)
  }

  private var isShallow: Bool { theories[0].architecture.layers!.hiddenLayers.count == 1 }

  private func means(_ outcomes: [[Outcome]]) throws -> ResultTable {
    let exact = limit?.means
    var table = try averages(
      "trained-means", "mean of the trained networks at the test points, and that of infinite width", outcomes, mean
    ) {
      exact?[$0]
    }
    if limit != nil {
      table.notes = [
        "of differences to each network's own flow at infinite width, whose mean is exact: what is left is of order 1/N"
      ]
    }
    return table
  }

  private func variances(_ outcomes: [[Outcome]]) throws -> ResultTable {
    let exact = limit?.covariance
    var table = try averages(
      "trained-variances", "variance of the trained networks over initialisations, and that of infinite width", outcomes, variance
    ) { exact?[$0][$0] }
    if limit != nil, isShallow {
      table.notes = ["of differences to each network's own flow at infinite width, whose variance is exact for one hidden layer"]
    }
    return table
  }

  private func averages(
    _ name: String, _ summary: String, _ outcomes: [[Outcome]], _ estimate: ([Outcome], Int) -> Estimate,
    exact: (Int) -> Double?
  ) throws -> ResultTable {
    let dimension = theories[0].dimension
    var table = ResultTable(
      name: name, summary: summary,
      columns: [Column("width", .integer)] + (1...dimension).map { Column("x\($0)", .number) }
        + [Column("value", .number), Column("error", .number), Column("infinite_width", .number)])
    for (theory, own) in zip(theories, outcomes) {
      for (index, point) in dynamics.testPoints.enumerated() {
        let estimate = estimate(own, index)
        try table.append(
          [.integer(theory.architecture.width)] + point.list(dimension).map { .number($0) }
            + [.number(estimate.value), .number(estimate.error), exact(index).map { .number($0) } ?? .missing])
      }
    }
    return table
  }
}

extension Point {
  /// The first d coordinates.
  func list(_ dimension: Int) -> [Double] { (0..<dimension).map { self[$0] } }
}

/// Results of numbered units, each written once, one call at a time.
private final class OutcomeStore<Outcome: Sendable>: @unchecked Sendable {
  private var outcomes: [Outcome?]

  init(count: Int) { outcomes = [Outcome?](repeating: nil, count: count) }

  subscript(_ index: Int) -> Outcome {
    get { outcomes[index]! }
    set { outcomes[index] = newValue }
  }

  var all: [Outcome] { outcomes.map { $0! } }
}
