// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import ErrorAnalysis
import FieldTheories
import LatticeFields
import NumericalKernels

/// n-point functions (n = 2, 4, 6) of a Gauss-net at given point sets where averages over networks fail silently: single-neuron
/// moments from a defensive mixture of tilts, averaged exactly over the output weights, and assembled to
///
///     G4  = (μ4/N) M4 + (1 − 1/N) μ2² Σ_3 M2 M2                         G4c = (1/N) [ μ4 M4 − μ2² Σ_3 M2 M2 ]
///     G6  = (μ6/N²) M6 + ((N−1)/N²) μ4 μ2 Σ_15 M4 M2 + ((N−1)(N−2)/N²) μ2³ Σ_15 M2 M2 M2
///     G6c = (1/N²) [ μ6 M6 − μ4 μ2 Σ_15 M4 M2 + 2 μ2³ Σ_15 M2 M2 M2 ]
///
/// with products taken between different bins, hence without bias. Semi-analytic: the free ensemble only; of the closed forms it
/// shares nothing but the lists of pairings. Bins may be computed in any order, on any thread: hand ``bin(_:neurons:stream:)`` to
/// `BinnedMeans.append` in bin order, then call ``derive(_:)``. Source: docs/physics/free-theories.md.
public struct TiltedPointFunctions: Sendable {
  /// One estimated number.
  public struct Row: Sendable {
    /// The name of the point set.
    public let set: String
    /// Number n of points.
    public let order: Int
    /// Cumulant rather than full n-point function; for n = 2 there is one row, the full function.
    public let isConnected: Bool
    /// What is estimated.
    public let target: RowTarget
  }

  /// The rows: per set the full function, then for n > 2 the connected one.
  public let rows: [Row]
  /// The tilts from which the neurons are drawn.
  public var tilts: [Tilt] { mixture.tilts }
  /// Number of single-neuron moments in each bin.
  public var primaryCount: Int { moments.points.count }
  /// Why the sets are out of reach, in one sentence, or nil: a moment or its square would leave the range of numbers.
  public let obstruction: String?

  private let net: GaussNet
  private let sets: [PointSet]
  private let moments: MomentTable
  private let mixture: TiltMixture

  /// Prepares the moments of all needed subsets and the tilts that serve them: one per distinct (n, Σx) and the prior; where that
  /// exceeds `maximumTilts`, tilts of equal order that are close (`q |δ|²` below a threshold that is doubled until they fit) are
  /// merged, at the price of a factor `exp(q |δ|²)` in the variance.
  public init(net: GaussNet, sets: [PointSet], maximumTilts: Int = 96) {
    precondition(
      sets.allSatisfy { [2, 4, 6].contains($0.points.count) },
      "TiltedPointFunctions: sets of \(sets.map(\.points.count)) points; 2, 4 and 6 are possible")
    precondition(net.sharedScale.isConstant, "TiltedPointFunctions: neurons that share a scale are not independent")
    precondition(maximumTilts >= 4, "TiltedPointFunctions: \(maximumTilts) tilts")
    self.net = net
    self.sets = sets
    var moments = MomentTable()
    for set in sets { moments.insertSubsets(set.points) }
    self.moments = moments
    mixture = TiltMixture(
      net: net,
      tilts: Self.cover(
        moments.points.map { Tilt(order: $0.count, sum: $0.reduce(.zero, +)) },
        momentumVariance: net.momentumVariance, limit: maximumTilts))
    let scale = moments.points.map(mixture.logScale).max() ?? 0
    obstruction =
      scale < 300
      ? nil
      : "the largest single-neuron moment of the point sets is of order exp(\(scale.rounded())), beyond the "
        + "range of double precision; move the points towards the origin"
    rows = sets.flatMap { set in
      let full = Row(
        set: set.name, order: set.points.count, isConnected: false,
        target: RowTarget(.moment(set.points)))
      guard set.points.count > 2 else { return [full] }
      return [
        full,
        Row(
          set: set.name, order: set.points.count, isConnected: true,
          target: RowTarget(.cumulant(set.points))),
      ]
    }
  }

  /// The relative rounding error of an n-point function at these points, at most: exponents are differences of numbers as large
  /// as `q (Σ|x|)²`.
  public func roundingError(_ target: RowTarget) -> Double {
    let reaches = target.terms.map { term -> Double in
      switch term.1 {
      case .moment(let points), .cumulant(let points): points.reduce(0) { $0 + $1.norm }
      default: 0
      }
    }
    let reach = reaches.max() ?? 0
    return net.momentumVariance * reach * reach * Double.ulpOfOne
  }

  /// The single-neuron moments from the neurons of bin `index`, a pure function of index, number of neurons and stream.
  public func bin(_ index: Int, neurons: Int, stream: RandomStream) -> [Double] {
    mixture.moments(of: moments.points, bin: index, neurons: neurons, stream: stream)
  }

  /// The same where the bin can be cut; nil once `proceed` says no.
  public func bin(_ index: Int, neurons: Int, stream: RandomStream, _ pauses: UnitPauses, proceed: () -> Bool) -> [Double]? {
    mixture.moments(of: moments.points, bin: index, neurons: neurons, stream: stream, pauses, proceed: proceed)
  }

  /// One estimate per row.
  public func derive(_ bins: BinnedMeans) -> [JackknifeSamples] {
    sets.flatMap { set -> [JackknifeSamples] in
      switch set.points.count {
      case 2:
        return [net.outputWeights.moment(2) * bins.mean(moments[set.points])]
      case 4: return fourPoint(set.points, bins)
      default: return sixPoint(set.points, bins)
      }
    }
  }

  /// All bins on the calling thread: `neurons` in total over `bins` bins (at least four), and the rows with their estimates.
  public func measure(
    neurons: Int, bins binCount: Int, stream: RandomStream
  ) -> [(row: Row, samples: JackknifeSamples)] {
    precondition(binCount >= 4, "TiltedPointFunctions: \(binCount) bins; products need four")
    var bins = BinnedMeans(primaryCount: primaryCount)
    for index in 0..<binCount {
      bins.append(means: bin(index, neurons: neurons / binCount, stream: stream), weight: 1)
    }
    return Array(zip(rows, derive(bins)))
  }

  // MARK: - Assembly

  private func fourPoint(_ x: [Point], _ bins: BinnedMeans) -> [JackknifeSamples] {
    let n = Double(net.width)
    let (mu2, mu4) = (net.outputWeights.moment(2), net.outputWeights.moment(4))
    let quartic = mu4 * bins.mean(moments[x])
    let pairs =
      (mu2 * mu2)
      * Self.sum(
        Pairings.four.map { pairing in
          bins.product(moments[x, pairing[0]], moments[x, pairing[1]])
        })
    return [(1 / n) * quartic + (1 - 1 / n) * pairs, (1 / n) * (quartic - pairs)]
  }

  private func sixPoint(_ x: [Point], _ bins: BinnedMeans) -> [JackknifeSamples] {
    let n = Double(net.width)
    let law = net.outputWeights
    let (mu2, mu4, mu6) = (law.moment(2), law.moment(4), law.moment(6))
    let sextic = mu6 * bins.mean(moments[x])
    let mixed =
      (mu4 * mu2)
      * Self.sum(
        Pairings.pairsOfSix.map { split in
          bins.product(moments[split.rest.map { x[$0] }], moments[x, split.pair])
        })
    let pairs =
      (mu2 * mu2 * mu2)
      * Self.sum(
        Pairings.six.map { pairing in
          bins.product(moments[x, pairing[0]], moments[x, pairing[1]], moments[x, pairing[2]])
        })
    let inverse = 1 / (n * n)
    return [
      inverse * (sextic + (n - 1) * mixed + ((n - 1) * (n - 2)) * pairs),
      inverse * (sextic - mixed + 2 * pairs),
    ]
  }

  private static func sum(_ terms: [JackknifeSamples]) -> JackknifeSamples {
    terms.dropFirst().reduce(terms[0], +)
  }

  /// The prior and at most `limit` − 1 tilts, such that each wanted one has a kept one of its order near.
  private static func cover(_ wanted: [Tilt], momentumVariance: Double, limit: Int) -> [Tilt] {
    var threshold = 0.0
    while true {
      var kept = [Tilt.prior]
      for tilt in wanted
      where !kept.contains(where: {
        $0.order == tilt.order
          && momentumVariance * ($0.sum - tilt.sum).squaredNorm <= threshold
      }) {
        kept.append(tilt)
      }
      if kept.count <= limit { return kept }
      threshold = max(0.05, 2 * threshold)
    }
  }
}
