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
  let theories: [TheoryDefinition]
  let dynamics: DynamicsSettings
  /// Networks of each width.
  public let networks: Int
  private let activation: Activation
  let limit: Limit?

  /// The flow of infinite width.
  struct Limit {
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
  struct Outcome: Sendable {
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

  /// What every network of every width did.
  func outcomes(threads: Int) throws -> [[Outcome]] {
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
