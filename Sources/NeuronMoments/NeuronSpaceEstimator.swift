// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis
import FieldTheories
import LatticeFields
import NumericalKernels

/// n-point functions (n = 2, 4, 6) of a network of independent neurons from moments of single neurons, at every width at once.
///
/// Primaries are unbiased estimates of the full functions A_n of a network of base width B; B = 1, one neuron, except for
/// ``NeuronAverages/conditionalCovariance``, where B = N. The n-th cumulant of a sum of N independent neurons scales as
/// N^{1−n/2}, so with products between different bins, U,
///
///     T4 = <A_4>, T22 = Σ_3 U(A_2, A_2);     T6 = <A_6>, T42 = Σ_15 U(A_4, A_2), T222 = Σ_15 U(A_2, A_2, A_2);     c = B/N:
///     G4c = c (T4 − T22)                     G6c = c² (T6 − T42 + 2 T222)
///     G4  = G4c + T22                        G6  = G6c + c (T42 − 3 T222) + T222
///
/// without bias at any number of bins. From K neurons the error of G4c falls as 1/(N √K): with K = S N neurons of S networks as
/// S^{−1/2} N^{−3/2}, against S^{−1/2} for fields. Semi-analytic: needs independent neurons, which is checked. Source:
/// docs/physics/neuron-space.md.
public struct NeuronSpaceEstimator: Sendable {
  /// The network whose neurons are sampled.
  public var net: any NeuronSum { neurons.net }
  /// Over what is averaged exactly.
  public let averages: NeuronAverages
  /// What is estimated: weighted sums of full and connected n-point functions.
  public let targets: [RowTarget]
  /// Numbers kept of each bin.
  public var primaryCount: Int { moments.points.count }
  private let neurons: IndependentNeurons
  private let moments: MomentTable

  /// Estimates of `targets` with the level of averaging asked for, by default the best that applies.
  public init(
    _ neurons: IndependentNeurons, averages: NeuronAverages? = nil, targets: [RowTarget]
  ) throws(NeuronSpaceFault) {
    self.neurons = neurons
    self.averages = try neurons.resolved(averages)
    self.targets = targets
    var moments = MomentTable()
    for (_, function) in targets.flatMap(\.terms) {
      guard [2, 4, 6].contains(function.points.count) else {
        preconditionFailure("NeuronSpaceEstimator: \(function) is no n-point function, n = 2, 4, 6")
      }
      moments.insertSubsets(function.points)
    }
    self.moments = moments
  }

  /// How many independent contributions of comparable size stand behind an average over `draws` networks: of
  /// `Architecture.effectiveSamples(draws:)` averaged weights leave out the factor of their own tails, `ρ4³/ρ6²`;
  /// conditional covariances fluctuate from network to network only.
  public func effectiveSamples(draws: Int) -> Double {
    let (rho4, rho6) = (net.outputWeights.standardisedMoment(4), net.outputWeights.standardisedMoment(6))
    return switch averages {
    case .raw: net.effectiveSamples(draws: draws)
    case .weights, .weightsAndPhases: net.effectiveSamples(draws: draws) * (rho6 * rho6 / (rho4 * rho4 * rho4))
    case .conditionalCovariance: Double(draws)
    }
  }

  /// What an average counts: neurons, or networks for conditional covariances.
  public func units(draws: Int) -> Int { averages == .conditionalCovariance ? draws : draws * net.width }

  /// Fewest of these for an error bar of n-point functions; coverage measured at these numbers: docs/physics/neuron-space.md. Averages over
  /// bounded functions of phases and momenta (rare large amplitudes have their own criterion) need few, products of six of them more; the n-th
  /// power of a Gaussian weight and a cosine has the longest tail.
  public func minimumUnits(order: Int) -> Int {
    switch averages {
    case .raw: order <= 2 ? 1024 : order <= 4 ? 16_384 : 262_144
    case .weights, .weightsAndPhases: 256
    case .conditionalCovariance: order > 4 ? 4096 : 256
    }
  }

  /// Whether the estimate of a target from `draws` networks may be believed: enough neurons, a network that can be sampled
  /// there, no heavy tail.
  public func reliability(of estimate: NeuronEstimate, _ target: RowTarget, draws: Int) -> Reliability {
    let units = units(draws: draws)
    let order = target.terms.map { $0.function.order }.max() ?? 2
    let noun = averages == .conditionalCovariance ? "networks" : "neurons"
    guard units >= minimumUnits(order: order) else {
      return .underSampled(
        "\(units) \(noun) are too few for \(averages.rawValue) estimates of \(order)-point functions; "
          + "draw at least \(minimumUnits(order: order))")
    }
    if let reason = samplingObstruction(target, draws: draws) { return .underSampled(reason) }
    return SamplingAdequacy.reliability(of: estimate.samples, unit: noun)
  }

  /// Why the neurons of `draws` networks cannot estimate a target, or nil: the network's own criterion at the points and at
  /// every pair of them.
  func samplingObstruction(_ target: RowTarget, draws: Int) -> String? {
    for (_, function) in target.terms {
      let points = function.points
      let pairs = points.indices.flatMap { i in points[(i + 1)...].map { [points[i], $0] } }
      for subset in [points] + pairs {
        let order = subset.count
        let centroid = subset.reduce(Point.zero, +) / Double(order)
        if let reason = net.samplingObstruction(order: order, radius: centroid.norm, draws: draws) { return reason }
      }
    }
    return nil
  }

  /// A worker for one thread.
  public func makeWorker(_ stream: RandomStream) -> any NeuronWorker {
    switch averages {
    case .weightsAndPhases: PhaseAveragedWorker(neurons, lists: moments.points, stream: stream)
    case .raw, .weights:
      NeuronProductWorker(neurons, lists: moments.points, samplesWeights: averages == .raw, stream: stream)
    case .conditionalCovariance: ConditionalCovarianceWorker(neurons, lists: moments.points, stream: stream)
    }
  }

  /// Estimates from the bins of a run: for each target one at each of `widths`.
  public func derive(_ bins: BinnedMeans, widths: [Int]) -> [[NeuronEstimate]] {
    let base = averages == .conditionalCovariance ? Double(net.width) : 1
    var parts: [[Point]: CumulantParts] = [:]
    return targets.map { target in
      let terms = target.terms.map { weight, function in
        let points = function.points
        let known = parts[points] ?? CumulantParts(points, moments, bins)
        parts[points] = known
        let isConnected = if case .cumulant = function { true } else { false }
        return (weight, known, isConnected)
      }
      return widths.map { width in
        terms.map { weight, parts, isConnected in
          weight * parts.estimate(ratio: base / Double(width), isConnected: isConnected)
        }.reduce(nil) { sum, term in sum.map { $0 + term } ?? term }!.settled
      }
    }
  }

  /// All bins on the calling thread: `draws` networks in `bins` bins, at one width.
  public func measure(
    draws: Int, bins count: Int, stream: RandomStream, firstDraw: Int = 0, width: Int? = nil
  ) -> [NeuronEstimate] {
    precondition(count >= 4 && draws >= count, "NeuronSpaceEstimator: \(draws) networks in \(count) bins")
    let worker = makeWorker(stream)
    var bins = BinnedMeans(primaryCount: primaryCount)
    for bin in 0..<count {
      let range =
        UInt64(
          firstDraw + Int.start(ofBlock: bin, of: count, total: draws))..<UInt64(
          firstDraw + Int.start(ofBlock: bin + 1, of: count, total: draws))
      bins.append(means: worker.bin(range, proceed: { true })!, weight: Double(range.count))
    }
    return derive(bins, widths: [width ?? net.width]).map { $0[0] }
  }
}

/// An estimate, and how far rounding can carry it.
public struct NeuronEstimate: Sendable {
  /// The value with its jackknife replicas.
  public let samples: JackknifeSamples
  /// The sum of the moduli of the terms added up: rounding errors are a few units in the last place of it.
  public let magnitude: Double

  /// Where weights and phases leave nothing to sample the bins agree to rounding: below this part of ``magnitude`` a spread
  /// is none.
  public static let resolution = 1e-13

  /// The estimate has no variance: its error is exactly zero.
  public var hasNoVariance: Bool { samples.replicas.allSatisfy { $0 == samples.value } }

  /// Without the noise of rounding.
  fileprivate var settled: NeuronEstimate {
    guard samples.error <= Self.resolution * magnitude else { return self }
    return NeuronEstimate(samples: samples.map { _ in samples.value }, magnitude: magnitude)
  }

  fileprivate static func + (a: NeuronEstimate, b: NeuronEstimate) -> NeuronEstimate {
    NeuronEstimate(samples: a.samples + b.samples, magnitude: a.magnitude + b.magnitude)
  }
  fileprivate static func - (a: NeuronEstimate, b: NeuronEstimate) -> NeuronEstimate {
    NeuronEstimate(samples: a.samples - b.samples, magnitude: a.magnitude + b.magnitude)
  }
  fileprivate static func * (factor: Double, a: NeuronEstimate) -> NeuronEstimate {
    NeuronEstimate(samples: factor * a.samples, magnitude: abs(factor) * a.magnitude)
  }
  fileprivate static func sum(_ terms: [JackknifeSamples]) -> NeuronEstimate {
    NeuronEstimate(
      samples: terms.dropFirst().reduce(terms[0], +), magnitude: terms.reduce(0) { $0 + abs($1.value) })
  }
}

/// The width-independent parts of the functions of one list of points: T2; T4, T22; or T6, T42, T222.
private struct CumulantParts {
  let full: NeuronEstimate
  var mixed: NeuronEstimate?
  var pairs: NeuronEstimate?

  init(_ x: [Point], _ moments: MomentTable, _ bins: BinnedMeans) {
    full = .sum([bins.mean(moments[x])])
    switch x.count {
    case 4:
      pairs = .sum(Pairings.four.map { bins.product(moments[x, $0[0]], moments[x, $0[1]]) })
    case 6:
      mixed = .sum(
        Pairings.pairsOfSix.map { split in
          bins.product(moments[split.rest.map { x[$0] }], moments[x, split.pair])
        })
      pairs = .sum(
        Pairings.six.map { bins.product(moments[x, $0[0]], moments[x, $0[1]], moments[x, $0[2]]) })
    default: break
    }
  }

  /// The function at `ratio` c = B/N.
  func estimate(ratio c: Double, isConnected: Bool) -> NeuronEstimate {
    guard let pairs else { return full }
    guard let mixed else {
      let connected = c * (full - pairs)
      return isConnected ? connected : connected + pairs
    }
    let connected = (c * c) * ((full - mixed) + 2 * pairs)
    return isConnected ? connected : connected + c * (mixed - 3 * pairs) + pairs
  }
}
