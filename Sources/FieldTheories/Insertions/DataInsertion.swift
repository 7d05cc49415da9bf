// SPDX-License-Identifier: GPL-3.0-or-later

import LatticeFields

/// One observation of a field: the value y of φ(x) with Gaussian noise of variance T.
public struct Datum: Sendable, Hashable {
  /// The point x of the observation.
  public let point: Point
  /// The observed value y.
  public let label: Double
  /// The variance T > 0 of the noise.
  public let noise: Double
  /// The component that is observed, counted from 0.
  public let component: Int

  /// An observation.
  public init(point: Point, label: Double, noise: Double, component: Int = 0) {
    precondition(label.isFinite && noise > 0 && noise.isFinite, "Datum: label \(label), noise \(noise)")
    (self.point, self.label, self.noise, self.component) = (point, label, noise, component)
  }
}

/// The likelihood of data, `I_D = Σ_μ w_μ (φ(x_μ) − y_μ)²/2T`: with it the ensemble is the Bayesian posterior of the network. T is the noise variance of a
/// datum of weight one.
///
/// `Z = <e^{−I_D}>` has no factors (2πT)^{-1/2}: the log evidence is `ln p(y) = ln Z − ½ Σ_μ ln 2πT_μ`, T_μ = T/w_μ. It is a mass and a source at the distinct
/// points; data at one point add up to one of their mean label, their weights together, and a constant that ln Z keeps. Source: C. E. Rasmussen,
/// C. K. I. Williams, Gaussian Processes for Machine Learning (2006), sec. 2.2.
public struct DataInsertion: Insertion {
  /// The kind "data".
  public let kind = "data"
  /// The temperature T.
  public let temperature: Double
  /// The observations in the order of the file; of several components those of the first one, then of the second and so on.
  public let data: [Datum]
  /// Where predictions are asked for; empty where the file names no points.
  public let testPoints: [Point]
  /// The true values at the test points, component after component; empty where they are not given.
  public let testLabels: [Double]
  /// The distinct points with their weights.
  public let region: any InsertionRegion
  /// `φ²/2T` and the constant.
  public let potential: LocalPotential
  /// The mean label at every distinct point, over T; component after component.
  public let sources: [Double]

  /// Observations of weight w_μ (1 if not given) at points; labels are finite numbers, component after component, and there is at least one.
  public init(
    points: [Point], labels: [Double], weights: [Double]? = nil, temperature: Double, testPoints: [Point] = [],
    testLabels: [Double] = []
  ) {
    let weights = weights ?? points.map { _ in 1 }
    precondition(!points.isEmpty && labels.count % points.count == 0 && points.count == weights.count && temperature > 0)
    let components = labels.count / points.count
    self.temperature = temperature
    (self.testPoints, self.testLabels) = (testPoints, testLabels)
    data = labels.indices.map {
      let index = $0 % points.count
      return Datum(
        point: points[index], label: labels[$0], noise: temperature / weights[index], component: $0 / points.count)
    }
    var distinct: [Point] = []
    var content: [Point: (weight: Double, sums: [Double])] = [:]
    let none = (0.0, [Double](repeating: 0, count: components))
    for (index, point) in points.enumerated() {
      if content[point] == nil { distinct.append(point) }
      content[point, default: none].weight += weights[index]
      for component in 0..<components {
        content[point, default: none].sums[component] += weights[index] * labels[component * points.count + index]
      }
    }
    region = PointsRegion(distinct, weights: distinct.map { content[$0]!.weight })
    sources = (0..<components).flatMap { component in
      distinct.map { content[$0]!.sums[component] / content[$0]!.weight / temperature }
    }
    let squares = labels.indices.reduce(0.0) { $0 + weights[$1 % points.count] * labels[$1] * labels[$1] }
    potential = LocalPotential(
      constant: squares / (2 * temperature) / weights.reduce(0, +), even: [1 / (2 * temperature)])
  }

  /// The likelihood.
  public var description: [String] {
    let count = data.count { $0.component == 0 }
    return [
      "I = sum_mu w_mu (phi(x_mu) - y_mu)^2/(2 T), T = \(temperature): the likelihood of \(count) "
        + "\(count == 1 ? "datum" : "data"); the weighted ensemble is the posterior of the network"
    ]
  }
}

extension InsertionSum {
  /// All observations among the insertions, in their order.
  public var data: [Datum] { insertions.flatMap { ($0 as? DataInsertion)?.data ?? [] } }

  /// The distinct points at which their tables ask for predictions.
  public var testPoints: [Point] {
    var seen: Set<Point> = []
    return insertions.flatMap { ($0 as? DataInsertion)?.testPoints ?? [] }.filter { seen.insert($0).inserted }
  }

  /// Test points whose true values are given, with these and their components.
  public var testSet: [(point: Point, label: Double, component: Int)] {
    insertions.flatMap { insertion in
      (insertion as? DataInsertion).map { data in
        data.testLabels.enumerated().map { index, label in
          (data.testPoints[index % data.testPoints.count], label, index / data.testPoints.count)
        }
      } ?? []
    }
  }

  /// Whether there is nothing but data.
  public var isLikelihood: Bool { !isEmpty && insertions.allSatisfy { $0 is DataInsertion } }
}

// MARK: - Reading

extension DataInsertion {
  /// Registers `kind = "data"`.
  static let entry = InsertionEntry(
    kind: "data", summary: "likelihood of data (phi(x_mu) - y_mu)^2/(2 T): the ensemble becomes the posterior of the network",
    template: """
      [[insertion]]
      kind = "data"
      temperature = 0.1             # T > 0, the variance of the noise: I = sum_mu w_mu (phi(x_mu) - y_mu)^2/(2 T)
      points = [[0, 0], [2, 0]]     # x_mu; or file = "data.tsv" with columns x1 .. xd, y and, if wanted, weight or noise; or "data.npz"
      labels = [0.5, -0.4]          # y_mu
      weights = [1.0, 1.0]          # w_mu > 0: datum mu has noise T/w_mu (default 1 each)
      test_points = [[1, 1]]        # where the predictor is asked for (default: the sites of the lattice, up to 256)
      test_labels = [0.3]           # the true values there (default: none): the table loss then has the test error
      # file = "data.tsv"           # in place of points, labels and weights; or, in place of these and the test set:
      # inputs = "sphere"           # the law of inputs: sphere, normal, uniform, grid
      # count = 20                  # how many; of a grid along each axis
      # scale = 1.0                 # radius of the sphere, standard deviation, half the side of the cube (default 1)
      # target = "x1*x2"            # labels: a formula in x1 .. xd and r, or "teacher", a network of this architecture
      # label_noise = 0.05          # variance of noise on the labels (default 0)
      # test_count = 8              # further inputs with labels free of noise (default 0)
      # data_seed = 1               # of inputs, noise and teacher (default 1)
      # labels = [[0.5, 0.0], [-0.4, 0.1]]   # of several outputs: one list a datum, one number a component; test_labels likewise
      """, bringsRegion: true, actsOnVectors: true
  ) { block, _, context in
    let dimension = context.lattice.dimension
    let temperature = try block.number("temperature", above: 0)
    let content: DataFile.Content
    if block.has("file") {
      if let other = ["points", "labels", "weights"].first(where: block.has) {
        throw block.fault(other, "the data are in the file", cure: "give either file, or points and labels")
      }
      try requireLists(block, "file", context)
      content = try DataFile.read(block, "file", context.sources, dimension: dimension, temperature: temperature)
    } else if GeneratedData.isAsked(block) {
      let listed = ["points", "labels", "weights"] + (block.has("test_count") ? ["test_points", "test_labels"] : [])
      if let other = listed.first(where: block.has) {
        throw block.fault(other, "the data are made from inputs and target", cure: "give either these, or lists")
      }
      try requireLists(block, "target", context)
      content = try GeneratedData.read(block, context)
    } else {
      content = try inline(block, dimension, context.architecture.outputs)
    }
    let tests = block.has("test_points") ? try block.points("test_points", dimension: dimension) : content.testPoints
    let testLabels =
      block.has("test_labels") ? try labels(block, "test_labels", tests.count, context.architecture.outputs) : content.testLabels
    // Squares of labels over T, and their sum, are coefficients of the action.
    let strengths = content.labels.indices.map { index -> Double in
      let weight: Double = content.weights.map { $0[index % content.points.count] } ?? 1
      return weight * (1 + content.labels[index] * content.labels[index]) / temperature
    }
    guard strengths.reduce(0, +).isFinite, strengths.allSatisfy({ $0 > 1e-300 }) else {
      throw block.fault("labels", "labels squared over T exceed the range of double precision", cure: "use other units")
    }
    let insertion = DataInsertion(
      points: content.points, labels: content.labels, weights: content.weights, temperature: temperature, testPoints: tests,
      testLabels: testLabels)
    for (key, region) in [("points", insertion.region), ("test_points", PointsRegion(tests))] {
      if let problem = region.obstruction(context.architecture) {
        throw block.fault(key, problem, cure: "give sites of the lattice")
      }
    }
    return insertion
  }

  /// Throws where data of several components are asked from a source of one.
  private static func requireLists(_ block: TheoryBlock, _ key: String, _ context: InsertionContext) throws {
    guard context.architecture.outputs > 1 else { return }
    throw block.fault(
      key, "such data have one component, and \(context.architecture.kind) here has outputs = \(context.architecture.outputs)",
      cure: "list them: points = [[0.0]], labels = [[0.5, 0.0]]")
  }

  /// Labels of `count` points: a list of numbers, or of several outputs one list a point; component after component.
  private static func labels(_ block: TheoryBlock, _ key: String, _ count: Int, _ outputs: Int) throws -> [Double] {
    guard outputs > 1 else { return try block.numbers(key, count: count...count) }
    let rows = try block.rows(key, count: count, of: outputs)
    return (0..<outputs).flatMap { component in rows.map { $0[component] } }
  }

  private static func inline(_ block: TheoryBlock, _ dimension: Int, _ outputs: Int) throws -> DataFile.Content {
    let points = try block.points("points", dimension: dimension)
    guard !points.isEmpty else {
      throw block.fault("points", "there are no data", cure: "give at least one point with its label, or remove the insertion")
    }
    let count = points.count
    let labels = try labels(block, "labels", count, outputs)
    let weights = block.has("weights") ? try block.numbers("weights", count: count...count) : nil
    guard weights?.allSatisfy({ $0 > 0 }) ?? true else {
      throw block.fault("weights", "a weight is not above 0", cure: "give positive weights; a datum of noise T/w counts w times")
    }
    return DataFile.Content(points: points, labels: labels, weights: weights)
  }
}
