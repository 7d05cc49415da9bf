// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import EnsembleRuns
import ErrorAnalysis
import FieldTheories
import LatticeFields
import NumericalKernels
import TheoryLibrary

/// The ten configurations of arXiv:2604.27050 at alpha = -1, 0, 1: full four-point functions, exactly linear in 1/N.
///
/// At alpha = 0 neurons are measured one by one and fields as a whole. At alpha = -1 one neuron in ten thousand carries the sum and all configurations
/// move together, at alpha = 1 still fewer: affordable runs have larger errors than the published ones, so there the published means are held against
/// the closed form, and our own at alpha = -1 as well; at alpha = 1 a joint test would take some 10^8 neurons.
struct FourPointOfAlpha {
  private let theory: TheoryDefinition
  private let sets: [PointSet]
  private let source = "arXiv:2604.27050 and the data published with it"
  private let widths = PublishedFourPoint.widths

  /// Networks of every width at alpha = 0 in the quick tier.
  private static let neuronDraws = 100_000
  /// Of width 30 at alpha = -1: some thousands of neurons that count.
  private static let rareDraws = 1_800_000
  private static let fieldDraws = 100_000

  /// Nil for other theories than the library's `fourpoint-2604.27050`, at any width and alpha: the published means are of its parameters and points.
  init?(_ theory: TheoryDefinition) throws {
    guard let text = TheoryLibrary.files.first(where: { $0.name == "fourpoint-2604.27050" })?.text else {
      preconditionFailure("FourPointOfAlpha: no library theory")
    }
    let published = try TheoryDefinition.load(text: text, fileName: "fourpoint-2604.27050")
    func parameters(_ theory: TheoryDefinition) -> [String] {
      theory.resolved.filter {
        $0.key.hasPrefix("architecture.") && !["architecture.width", "architecture.alpha"].contains($0.key)
      }.map { "\($0.key) = \($0.value)" }
    }
    guard let sets = theory.study?.points, sets.map(\.points) == published.study?.points.map(\.points),
      theory.dimension == published.dimension, parameters(theory) == parameters(published)
    else { return nil }
    self.theory = theory
    self.sets = sets
  }

  func experiments(_ command: String) throws -> [Experiment] {
    try [neuronSpace(command), rareNeurons(command), fieldSpace(command)] + [-1, 0, 1].map { try means(alpha: $0) }
  }

  // MARK: - Exact values

  private func theory(alpha: Double, width: Int, _ budget: Budget? = nil, draws: Int? = nil) throws -> TheoryDefinition {
    try theory.varied(
      [("architecture.alpha", "\(alpha)"), ("architecture.width", "\(width)")]
        + (budget.map { [("run.seed", "\($0.seed)")] } ?? []) + (draws.map { [("run.draws", "\($0)")] } ?? []))
  }

  private func exact(alpha: Double, width: Int, _ function: ([Point]) -> CorrelationFunction) throws -> [Double] {
    let net = try theory(alpha: alpha, width: width).architecture
    return sets.map { set in
      guard let value = net.exactValue(function(set.points), lattice: nil) else {
        preconditionFailure("FourPointOfAlpha: no closed form of \(set.name)")
      }
      return value
    }
  }

  /// The three pairings `Σ_3 G2 G2` of each set.
  private var wick: [Double] {
    sets.map { set in
      Pairings.four.reduce(0) { sum, pairing in
        sum
          + pairing.reduce(1) { product, pair in
            product * theory.architecture.exactValue(.moment([set.points[pair.0], set.points[pair.1]]), lattice: nil)!
          }
      }
    }
  }

  // MARK: - Measured

  /// Single neurons at alpha = 0: closed form, published means, intercepts.
  private func neuronSpace(_ command: String) throws -> Experiment {
    let claims = [
      Claim(
        "alpha = 0, from neurons", statement: "connected 4-point functions at N = \(list(widths)): the closed form",
        source: source,
        control: "1/N half as large"),
      Claim(
        "alpha = 0, published means",
        statement: "full 4-point functions at N = \(list(widths)): the published means within their errors",
        source: source, control: "1/N half as large"),
      Claim(
        "alpha = 0, intercepts",
        statement: "a straight line in 1/N through N = \(widths.first!) and \(widths.last!) meets the sum over pairings",
        source: source, control: "a line in 1/N^2"),
    ]
    return Experiment(
      theory: theory.title, claims: claims,
      command: "nnft study \(command) --scan architecture.alpha=0 --widths \(widths.map(String.init).joined(separator: ","))"
    ) { [self] budget in
      let draws = budget.draws(Self.neuronDraws)
      let published = PublishedFourPoint.means(alpha: 0)!
      var full: [[JackknifeSamples]] = []
      var closed: [(name: String, finding: Finding)] = []
      var half: [(name: String, finding: Finding)] = []
      var (pulls, wrongPulls): ([Double], [Double]) = ([], [])
      var independent = Double.infinity
      for data in published {
        let table = try neurons(alpha: 0, width: data.width, draws, budget)
        let (sum, connected) = (sets.indices.map { table.samples[2 * $0] }, sets.indices.map { table.samples[2 * $0 + 1] })
        func finding(_ width: Int) throws -> Finding {
          Finding(
            connected, equal: try exact(alpha: 0, width: width) { .cumulant($0) }, order: 4, draws: draws,
            independentSamples: table.independentSamples)
        }
        closed.append(("N = \(data.width)", try finding(data.width)))
        half.append(("N = \(data.width)", try finding(2 * data.width)))
        func pull(_ samples: [JackknifeSamples]) -> [Double] {
          samples.indices.map { index in
            let (value, error) = (samples[index].value, samples[index].error)
            return (value - data.means[index])
              / (error * error + data.errors[index] * data.errors[index]).squareRoot()
          }
        }
        pulls += pull(sum)
        wrongPulls += pull(zip(sum, connected).map { $0 - 0.5 * $1 })
        full.append(sum)
        independent = min(independent, table.independentSamples)
      }
      func intercept(power: Double) -> Finding {
        let (a, b) = (Double(widths.first!), Double(widths.last!))
        let (small, large) = (power == 1 ? a : a * a, power == 1 ? b : b * b)
        let lines = zip(full.first!, full.last!).map { (1 / (large - small)) * (large * $1 - small * $0) }
        return Finding(lines, equal: wick, order: 4, draws: draws, independentSamples: independent)
      }
      return [
        Evidence(claim: Finding(all: closed), control: Finding(all: half), draws: 3 * draws),
        Evidence(claim: Finding(pulls: pulls), control: Finding(pulls: wrongPulls), draws: 3 * draws),
        Evidence(claim: intercept(power: 1), control: intercept(power: 2), draws: 3 * draws),
      ]
    }
  }

  /// Single neurons at alpha = -1, where few of them count.
  private func rareNeurons(_ command: String) -> Experiment {
    let width = widths[0]
    let claim = Claim(
      "alpha = -1, from neurons", statement: "connected 4-point functions at N = \(width): the closed form", source: source,
      control: "1/N half as large")
    return Experiment(
      theory: theory.title, claims: [claim],
      command: "nnft study \(command) --scan architecture.alpha=-1 --widths \(width) --draws \(Self.rareDraws)"
    ) { [self] budget in
      let draws = budget.draws(Self.rareDraws)
      let table = try neurons(alpha: -1, width: width, draws, budget)
      func finding(_ width: Int) throws -> Finding {
        Finding(
          sets.indices.map { table.samples[2 * $0 + 1] }, equal: try exact(alpha: -1, width: width) { .cumulant($0) }, order: 4,
          draws: draws, independentSamples: table.independentSamples)
      }
      return [Evidence(claim: try finding(width), control: try finding(2 * width), draws: draws)]
    }
  }

  /// The table of neuron space; rows come in pairs: full, connected.
  private func neurons(alpha: Double, width: Int, _ draws: Int, _ budget: Budget) throws -> MeasuredTable {
    let own = try theory(alpha: alpha, width: width, budget, draws: draws)
    let request = try CorrelatorRequest(
      neuronSpace: NeuronSpaceOptions(theories: [own], averages: nil), tableNames: nil, pointSets: sets)
    return try request.measure(threads: budget.threads, monitor: budget.monitor)[0]
  }

  /// Whole fields at alpha = 0. At N = 2 the deviation from the Gaussian field stands far above the noise.
  private func fieldSpace(_ command: String) throws -> Experiment {
    let cases = [(width: 30, words: "alpha = -1 in place of 0"), (width: 2, words: "1/N half as large")]
    return Experiment(
      theory: theory.title,
      claims: cases.map { width, words in
        Claim(
          "alpha = 0, from fields, N = \(width)", statement: "full 4-point functions at N = \(width): the closed form",
          source: source,
          control: words)
      },
      command:
        "nnft study \(command) --set study.space=field --scan architecture.alpha=0 --widths \(list(cases.map(\.width), separator: ","))"
    ) { [self] budget in
      let draws = budget.draws(Self.fieldDraws)
      return try cases.map { width, _ in
        let own = try theory(alpha: 0, width: width, budget, draws: draws)
        let estimator = PointFunctions(sets: sets)
        let plan = try RunPlan(
          theory: own, sites: .points(estimator.points, dimension: own.dimension), estimators: [estimator], draws: draws)
        let derived = estimator.derive(try budget.bins(plan)[0])
        func finding(_ expected: [Double]) -> Finding {
          Finding(
            sets.indices.map { derived[2 * $0] }, equal: expected, order: 4, draws: draws,
            independentSamples: own.architecture.effectiveSamples(draws: draws))
        }
        let wrong = try exact(alpha: width == 2 ? 0 : -1, width: width == 2 ? 4 : width) { .moment($0) }
        return Evidence(
          claim: finding(try exact(alpha: 0, width: width) { .moment($0) }), control: finding(wrong), draws: draws)
      }
    }
  }

  // MARK: - Published

  /// The published means against the closed form, and, where they have the power, their intercepts.
  private func means(alpha: Double) throws -> Experiment {
    let name = "alpha = \(Int(alpha))"
    let hasSlope = alpha < 1
    var claims = [
      Claim(
        "\(name), published means, closed form",
        statement: "the published means at N = \(list(widths)): the closed form within their errors, taken as independent",
        source: source,
        control: alpha == 0 ? "1/N half as large" : "alpha = \(-Int(alpha)) in place of \(Int(alpha))")
    ]
    if hasSlope {
      claims.append(
        Claim(
          "\(name), published intercepts",
          statement: "straight lines in 1/N through the published means meet the sum over pairings",
          source: source, control: "lines in 1/N^2"))
    }
    return Experiment(theory: theory.title, claims: claims, command: nil) { [self] _ in
      let published = PublishedFourPoint.means(alpha: alpha)!
      func finding(alpha: Double, widthFactor: Int) throws -> Finding {
        Finding(
          pulls: try published.flatMap { data in
            zip(zip(data.means, data.errors), try exact(alpha: alpha, width: widthFactor * data.width) { .moment($0) }).map {
              ($0.0 - $1) / $0.1
            }
          })
      }
      var evidence = [
        Evidence(
          claim: try finding(alpha: alpha, widthFactor: 1),
          control: try finding(alpha: alpha == 0 ? 0 : -alpha, widthFactor: alpha == 0 ? 2 : 1), draws: 100_000_000)
      ]
      if hasSlope {
        func intercepts(power: Double) -> Finding {
          Finding(pulls: zip(wick.indices, wick).map { index, wick in Self.interceptPull(published, index, wick, power: power) })
        }
        evidence.append(Evidence(claim: intercepts(power: 1), control: intercepts(power: 2), draws: 100_000_000))
      }
      return evidence
    }
  }

  /// The pull of the intercept of a weighted straight line in `N^-power`.
  private static func interceptPull(_ published: [PublishedFourPoint.Means], _ index: Int, _ expected: Double, power: Double)
    -> Double
  {
    var (s, sx, sxx, sy, sxy) = (0.0, 0.0, 0.0, 0.0, 0.0)
    for data in published {
      let weight = 1 / (data.errors[index] * data.errors[index])
      let x = power == 1 ? 1 / Double(data.width) : 1 / Double(data.width * data.width)
      s += weight
      sx += weight * x
      sxx += weight * x * x
      sy += weight * data.means[index]
      sxy += weight * x * data.means[index]
    }
    let determinant = s * sxx - sx * sx
    return ((sxx * sy - sx * sxy) / determinant - expected) / (sxx / determinant).squareRoot()
  }

  private func list(_ widths: [Int], separator: String = ", ") -> String {
    widths.map(String.init).joined(separator: separator)
  }
}

extension Finding {
  /// Whether independent deviations, each in units of its error, are all compatible with zero: `chi² = Σ pull²`.
  init(pulls: [Double]) {
    let chiSquared = pulls.reduce(0) { $0 + $1 * $1 }
    let p = Distributions.chiSquaredTail(chiSquared, degrees: Double(pulls.count))
    self.init(pValue: p, text: "chi2 = \(Finding.short(chiSquared)) for \(pulls.count) values, p = \(Finding.short(p))")
  }
}
