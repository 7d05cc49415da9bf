// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import EnsembleRuns
import ErrorAnalysis
import FieldTheories
import Glibc
import LatticeFields

/// n-point functions of nets of one input at fixed points, width after width, against those of the Gaussian process of infinite width:
///
///     Δ2 = G2 − K = 0,      Δ4 = G4 − Σ_3 K K = G4c,      Δ6 = G6 − Σ_15 K K K = Σ_15 G4c K + G6c.
///
/// Δ4 is proportional to 1/N exactly, Δ6 has a second term in 1/N². Settings follow arXiv:2008.08601.
struct GaussianProcessLimit {
  private let theory: TheoryDefinition
  private let points: [Point]
  private let widths: [Int]

  /// Networks of narrow nets in the quick tier, of the others at least, and neurons of the others.
  private static let neurons = 4_000_000
  private static let largestDraws = 600_000
  private static let leastDraws = 20_000
  /// Networks of the widest net where its deviation of four fields, in standard deviations at one point, is at most ``greatestPull``.
  private static let wideDraws = 60_000
  private static let greatestPull = 0.2
  /// Narrow nets: widths up to this whose G4c(x,x,x,x)/G2(x,x)² is at most the next, for six fields the last. The others have tails that these draws do
  /// not reach.
  private static let greatestNarrow = 20
  private static let greatestSix = 10
  private static let greatestKurtosis = (four: 1.6, six: 0.3)

  /// Nil for other theories than dense nets and Gauss-nets of one input with six points and enough widths in their study.
  init?(_ theory: TheoryDefinition) throws {
    guard theory.dimension == 1, let study = theory.study, study.points.count == 1,
      // The experiments of arXiv:2008.08601 are on these nets.
      study.points[0].points.count == 6, theory.architecture is DenseNet || theory.architecture is GaussNet
    else { return nil }
    self.theory = theory
    points = study.points[0].points
    widths = study.widths.sorted()
    guard try narrow.count > 1, widths.last! > Self.greatestNarrow,
      sextuples.allSatisfy({ theory.architecture.exactValue(.moment($0), lattice: nil) != nil })
    else { return nil }
  }

  /// Narrow nets whose four-point functions can be measured.
  private var narrow: [Int] {
    get throws { try widths.filter { try $0 <= Self.greatestNarrow && kurtosis($0) <= Self.greatestKurtosis.four } }
  }

  /// Narrow nets are drawn equally often, so that bins of different widths can be paired. The widest is drawn equally often in both tiers: more draws
  /// would see its deviation.
  private func draws(_ width: Int, _ budget: Budget) throws -> Int {
    if width == widths.last { return try isWide ? Self.wideDraws : Self.leastDraws }
    return budget.draws(width <= Self.greatestNarrow ? Self.largestDraws : max(Self.leastDraws, Self.neurons / width))
  }

  /// Whether the deviation of the widest net is below the noise by the closed form.
  private var isWide: Bool { get throws { try widePull <= Self.greatestPull } }

  /// `G4c(x,x,x,x)/√(24 G2⁴/S)` of the widest net.
  private var widePull: Double { get throws { try kurtosis(widths.last!) * (Double(Self.wideDraws) / 24).squareRoot() } }

  private var pairs: [[Point]] { points.indices.flatMap { i in points[...i].map { [$0, points[i]] } } }

  /// At one point, at two, at four.
  private var quadruples: [[Point]] {
    let last = points.count - 1
    return [
      [last, last, last, last], [0, 0, last, last], [0, 1, last - 1, last], [1, 1, last - 1, last], [2, 3, 4, 5],
    ].map { $0.map { points[$0] } }
  }

  private var sextuples: [[Point]] {
    let last = points.count - 1
    return [[0, 1, 2, 3, 4, 5], [last, last, last, last, last, last], [0, 0, 1, last - 1, last, last]].map {
      $0.map { points[$0] }
    }
  }

  /// Σ over pairings of products of K.
  private func wick(_ net: any Architecture, _ points: [Point]) -> Double {
    func k(_ pair: (Int, Int)) -> Double { net.exactValue(.moment([points[pair.0], points[pair.1]]), lattice: nil)! }
    return (points.count == 4 ? Pairings.four : Pairings.six).reduce(0) { $0 + $1.reduce(1) { $0 * k($1) } }
  }

  func experiment() throws -> Experiment {
    guard let wrong = try theory.withWrongScale() else {
      preconditionFailure("GaussianProcessLimit: \(theory.architecture.kind)")
    }
    let narrow = try narrow
    // Exponentials have tails that six fields of 10^6 networks do not reach.
    let light = try narrow.filter {
      try theory.architecture is DenseNet && $0 <= Self.greatestSix && kurtosis($0) <= Self.greatestKurtosis.six
    }
    let six = light.count > 1 ? [light.first!, light.last!] : []
    let widest = widths.last!
    let source = "arXiv:2008.08601 sec. 2; docs/physics/dense-nets.md, free-theories.md"
    var claims = [
      Claim(
        "2-point", statement: "G2 of all \(pairs.count) pairs is the kernel of infinite width at N = \(list(widths))",
        source: source,
        control: wrong.words),
      Claim(
        "4-point, narrow", statement: "the deviation of G4 from the Gaussian process at N = \(list(narrow)): the exact one",
        source: source,
        control: "1/N half as large"),
      Claim(
        "4-point, Gaussian", statement: "G4 at N = \(list(narrow)) is that of the Gaussian process", source: source,
        expectation: .fails,
        control: "the exact one at these widths"),
      Claim(
        "4-point, slope",
        statement: "N G4c is the same at neighbouring widths of N = \(list(narrow)): slope -1 of log G4c against log N",
        source: source, control: "slope -2"),
    ]
    let isWide = try isWide
    if isWide {
      claims.append(
        Claim(
          "4-point, wide",
          statement:
            "at N = \(widest) the deviation of G4 is below the noise of as many Gaussian draws: by the closed form it is \(Finding.short(try widePull)) "
            + "standard deviations at one point",
          source: source, control: "the deviation of N = \(narrow.first!)"))
    }
    if six.count == 2 {
      claims += [
        Claim(
          "6-point, narrow", statement: "the deviation of G6 from the Gaussian process at N = \(list(six)): the exact one",
          source: source,
          control: "1/N half as large"),
        Claim(
          "6-point, slope", statement: "its slope between N = \(list(six)) is that of the exact one, -1 up to 1/N",
          source: source,
          control: "slope -2"),
      ]
    }
    return Experiment(theory: theory.title, claims: claims, command: nil) { [self] budget in
      var runs: [Int: Run] = [:]
      for width in widths { runs[width] = try Run(self, width, budget) }
      func all(_ widths: [Int], _ finding: (Run) throws -> Finding) rethrows -> Finding {
        Finding(all: try widths.map { ("N = \($0)", try finding(runs[$0]!)) })
      }
      let total = runs.values.reduce(0) { $0 + $1.draws }
      let kernel = theory.architecture
      func exact(_ width: Int, _ function: CorrelationFunction) throws -> Double {
        try theory.varied([("architecture.width", "\(width)")]).architecture.exactValue(function, lattice: nil)!
      }
      func two(_ net: any Architecture) -> Finding {
        all(widths) { run in
          run.finding(run.two, pairs.map { net.exactValue(.moment($0), lattice: nil)! }, order: 2)
        }
      }
      func four(_ widths: [Int], as factor: (Int) -> Int?) throws -> Finding {
        try all(widths) { run in
          run.finding(
            run.four, try quadruples.map { points in try factor(run.width).map { try exact($0, .cumulant(points)) } ?? 0 },
            order: 4)
        }
      }
      func fullSix(factor: Int) throws -> Finding {
        try all(six) { run in run.finding(run.six, try sextuples.map { try exact(factor * run.width, .moment($0)) }, order: 6) }
      }
      func slopeOfFour(power: Double) -> Finding {
        let scaled = narrow.map { width in runs[width]!.four.map { pow(Double(width), power) * $0 } }
        let differences = zip(scaled, scaled.dropFirst()).flatMap { a, b in zip(a, b).map { $1 - $0 } }
        return Finding(
          zero: differences, order: 4, draws: Self.largestDraws, independentSamples: narrow.map { runs[$0]!.independent }.min()!)
      }
      /// ln Δ6(N1)/Δ6(N2) over ln N1/N2.
      func slopesOfSix(_ expected: ([Point]) throws -> Double) rethrows -> Finding {
        let (a, b) = (runs[six.first!]!, runs[six.last!]!)
        let span = log(Double(a.width) / Double(b.width))
        let slopes = sextuples.indices.map { index in
          let wick = wick(kernel, sextuples[index])
          return (a.six[index].map { $0 - wick } / b.six[index].map { $0 - wick }).map { log(max($0, 1e-300)) / span }
        }
        return Finding(
          slopes, equal: try sextuples.map(expected), order: 6, draws: a.draws,
          independentSamples: min(a.independent, b.independent))
      }
      let slope: ([Point]) throws -> Double = { points in
        let wick = wick(kernel, points)
        let (a, b) = (six.first!, six.last!)
        return log((try exact(a, .moment(points)) - wick) / (try exact(b, .moment(points)) - wick)) / log(Double(a) / Double(b))
      }
      let exactFour = try four(narrow) { $0 }
      var evidence = [
        Evidence(claim: two(kernel), control: two(wrong.theory.architecture), draws: total),
        Evidence(claim: exactFour, control: try four(narrow) { 2 * $0 }, draws: total),
        Evidence(claim: try four(narrow) { _ in nil }, control: exactFour, draws: total),
        Evidence(claim: slopeOfFour(power: 1), control: slopeOfFour(power: 2), draws: total),
      ]
      if isWide {
        evidence.append(
          Evidence(
            claim: try four([widest]) { _ in nil }, control: try four([widest]) { _ in narrow.first! }, draws: runs[widest]!.draws
          ))
      }
      guard six.count == 2 else { return evidence }
      return evidence + [
        Evidence(claim: try fullSix(factor: 1), control: try fullSix(factor: 2), draws: total),
        Evidence(claim: try slopesOfSix(slope), control: slopesOfSix { _ in -2 }, draws: total),
      ]
    }
  }

  /// `G4c(x,x,x,x)/G2(x,x)²` at the last point.
  private func kurtosis(_ width: Int) throws -> Double {
    let net = try theory.varied([("architecture.width", "\(width)")]).architecture
    let x = points.last!
    guard let connected = net.exactValue(.cumulant([x, x, x, x]), lattice: nil),
      let g = net.exactValue(.moment([x, x]), lattice: nil), g > 0
    else { return .infinity }
    return connected / (g * g)
  }

  private func list(_ widths: [Int]) -> String { widths.map(String.init).joined(separator: ", ") }

  /// One width, measured.
  private struct Run {
    let width: Int
    let draws: Int
    let independent: Double
    /// Full 2-point, connected 4-point and full 6-point functions; the last only where there are draws enough.
    let two: [JackknifeSamples]
    let four: [JackknifeSamples]
    let six: [JackknifeSamples]

    init(_ limit: GaussianProcessLimit, _ width: Int, _ budget: Budget) throws {
      self.width = width
      draws = try limit.draws(width, budget)
      let own = try limit.theory.varied([("architecture.width", "\(width)"), ("run.seed", "\(budget.seed)")])
      independent = own.architecture.effectiveSamples(draws: draws)
      let hasSix = draws >= SamplingAdequacy.minimumDraws(order: 6)
      let lists = limit.pairs + limit.quadruples + (hasSix ? limit.sextuples : [])
      let estimator = PointFunctions(sets: lists.map { PointSet(name: "", points: $0) })
      let plan = try RunPlan(
        theory: own, sites: .points(estimator.points, dimension: 1), estimators: [estimator], draws: draws)
      let derived = estimator.derive(try budget.bins(plan)[0])
      let (pairs, quadruples) = (limit.pairs.count, limit.quadruples.count)
      two = Array(derived[..<pairs])
      // Full and connected functions alternate.
      four = (0..<quadruples).map { derived[pairs + 2 * $0 + 1] }
      six = hasSix ? limit.sextuples.indices.map { derived[pairs + 2 * quadruples + 2 * $0] } : []
    }

    func finding(_ samples: [JackknifeSamples], _ expected: [Double], order: Int) -> Finding {
      Finding(samples, equal: expected, order: order, draws: draws, independentSamples: independent)
    }
  }
}

extension TheoryDefinition {
  /// A wrong theory whose output weights are ten per cent larger, and the words for it.
  fileprivate func withWrongScale() throws -> (words: String, theory: TheoryDefinition)? {
    for key in ["sigma_v", "sigma_w1"] {
      guard let value = number(key) else { continue }
      return ("\(key) x 1.1", try varied([("architecture.\(key)", "\(1.1 * value)")]))
    }
    return nil
  }
}
