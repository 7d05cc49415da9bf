// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import Draws
import EnsembleRuns
import ErrorAnalysis
import FieldTheories
import KnownValues
import LatticeFields
import ParameterSampling
import ResultTables

/// How the kernel of a net of one hidden layer adapts to data, from its theory file `[study.adaptation]`: the sampled predictor at several scales χ, `σ_v² → σ_v²/χ`, `T → T/χ`, beside the Gaussian process of
/// the prior's kernel, which does not depend on χ, and that of the best Gaussian law of neurons (`GaussianWeights`).
public struct AdaptationStudy: Sendable {
  /// One scale.
  public struct Place: Sendable {
    /// χ.
    public let scale: Double
    /// The theory there.
    public let theory: TheoryDefinition
    /// Gaussian neurons that have adapted.
    public let adapted: GaussianWeights
    /// The predictor with their kernel, and that with the prior's, at the test points.
    public let adaptedMeans, priorMeans: [Double]
  }

  /// Names of the tables, in order.
  public static let tableNames = ["adapted-predictor", "adapted-weights"]

  /// The scales in the order of the file.
  public let places: [Place]
  /// The test points.
  public let points: [Point]
  private let dimension: Int
  private let names: [String]

  /// Of a fully connected net of one hidden layer, one output and gaussian output weights under data alone.
  public init(_ theory: TheoryDefinition, _ settings: AdaptationSettings) throws {
    try theory.requireOneOutput(for: "[study.adaptation]")
    guard let net = theory.architecture.layers, net.hiddenLayers.count == 1,
      let output = theory.architecture.scalable?.outputWeights, output.kind == .gaussian,
      theory.architecture.sharedScale.isConstant, theory.insertions.isLikelihood, theory.insertions.insertions.count == 1,
      let insertion = theory.insertions.insertions[0] as? DataInsertion
    else {
      throw SelectionError(
        "[study.adaptation] asks a net of one hidden layer and gaussian output weights under one insertion of data; \(theory.architecture.kind) here is none"
      )
    }
    let dimension = theory.dimension
    let tests = insertion.testPoints.isEmpty ? theory.insertions.data.map(\.point) : insertion.testPoints
    let inputs = insertion.data.map { $0.point.list(dimension) }
    let (activation, bias) = (net.hiddenLayers[0].activation, net.sigmaB * net.sigmaB)
    let inputVariance = net.inputScale * net.inputScale / Double(dimension)
    func weights(_ scale: Double, variance: Double, neurons: Int) throws -> GaussianWeights? {
      try GaussianWeights(
        neurons: neurons, activation: activation, inputVariance: inputVariance, biasVariance: bias,
        outputVariance: variance / scale, inputs: inputs, noise: insertion.data.map { $0.noise / scale },
        labels: insertion.data.map(\.label))
    }
    places = try settings.scales.map { scale in
      // Infinitely many neurons stay as they are.
      guard let adapted = try weights(scale, variance: output.variance, neurons: net.width),
        let prior = try weights(scale, variance: output.variance, neurons: 1 << 50)
      else {
        throw SelectionError("no Gaussian law of neurons is stationary at scale \(scale): use smaller study.adaptation.scales")
      }
      let points = tests.map { $0.list(dimension) }
      return Place(
        scale: scale,
        theory: try theory.varied([
          ("architecture.sigma_v", "\((output.variance / scale).squareRoot())"),
          ("insertion[1].temperature", "\(insertion.temperature / scale)"),
        ]), adapted: adapted, adaptedMeans: adapted.mean(points, inputs: inputs),
        priorMeans: prior.mean(points, inputs: inputs))
    }
    (points, self.dimension) = (tests, dimension)
    names = (1...dimension).map { "w\($0)" } + (bias > 0 ? ["b"] : [])
  }

  /// The predictor at one scale, sampled as `nnft correlate` would, a row for each test point.
  public func sample(_ place: Place, threads: Int, monitor: RunMonitor = RunMonitor()) throws -> [MeasuredTable.Row] {
    let request = try CorrelatorRequest(
      theory: place.theory, estimatorNames: ["predictor"], pointFile: nil, allDisplacements: false, commonRandomNumbers: false)
    return try request.measure(threads: threads, monitor: monitor).first { $0.name == "predictor" }!.rows
  }

  /// All tables.
  public func tables(threads: Int, monitor: RunMonitor = RunMonitor()) throws -> [ResultTable] {
    var predictor = ResultTable(
      name: Self.tableNames[0],
      summary:
        "the predictor at scales of output weights and noise, beside Gaussian processes of the kernel that adapts and of the prior's",
      columns: (["scale"] + (1...dimension).map { "x\($0)" } + ["value", "error", "exact", "adapted", "gaussian_process"]).map {
        Column($0, .number)
      })
    var weights = ResultTable(
      name: Self.tableNames[1], summary: "covariance of a neuron's weights, of the best Gaussian law",
      columns: [Column("scale", .number), Column("row", .text), Column("column", .text), Column("value", .number)])
    for place in places {
      for (index, row) in try sample(place, threads: threads, monitor: monitor).enumerated() {
        let isSound = row.estimate.reliability == .sound
        var numbers: [Double?] = isSound ? [row.estimate.value, row.estimate.error] : [nil, nil]
        numbers += [row.exact, place.adaptedMeans[index], place.priorMeans[index]]
        let coordinates: [Double?] = [place.scale] + points[index].list(dimension)
        let cells: [Cell] = (coordinates + numbers).map { number in number.map { Cell.number($0) } ?? .missing }
        try predictor.append(cells)
      }
      for (i, row) in names.enumerated() {
        for (j, column) in names.enumerated().prefix(i + 1) {
          try weights.append([
            .number(place.scale), .text(row), .text(column), .number(place.adapted.covariance[i * names.count + j]),
          ])
        }
      }
    }
    predictor.notes = [
      "scale: sigma_v^2 and T over it; adapted: a mean field of Gaussian neurons, exact for linear ones as N and the scale grow together at fixed data",
      "gaussian_process: infinite width, the same at every scale; exact: where it is known, at this width",
    ]
    weights.notes = [
      "free energy won: " + places.map { "\(Float($0.adapted.freeEnergy)) at scale \($0.scale)" }.joined(separator: ", ")
    ]
    return [predictor, weights]
  }
}
