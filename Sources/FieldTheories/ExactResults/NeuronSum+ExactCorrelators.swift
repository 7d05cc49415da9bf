// SPDX-License-Identifier: GPL-3.0-or-later

import Glibc
import LatticeFields

// Exact finite-N correlators of a sum of independent neurons, from its single-neuron moments M_n and the moments μ_n of the
// output weights (docs/physics/free-theories.md; checked by exact enumeration of a discrete toy ensemble):
//
//   G2  = μ2 M2
//   G4c = (1/N) [ μ4 M4 − μ2² Σ_3 M2 M2 ]
//   G6c = (1/N²) [ μ6 M6 − μ4 μ2 Σ_15 M4 M2 + 2 μ2³ Σ_15 M2 M2 M2 ]
//
// that is, the n-th cumulant is N^{1−n/2} times the n-th joint cumulant of one neuron v φ. Full moments follow from cumulants
// by the partitions of the points; odd ones vanish. A shared scale s multiplies full moments by <s^n>; cumulants follow from them.

extension NeuronSum {
  /// The joint cumulant of φ at 2, 4, 6 or 8 points.
  public func exactCumulant(_ points: [Point]) -> Double? {
    guard points.count % 2 == 0 else { return 0 }
    let n = Double(width)
    switch points.count {
    case 2: return outputWeights.moment(2) * neuronMoment(points)
    case _ where !sharedScale.isConstant:
      guard knowsNeuronMoment(order: points.count) else { return nil }
      var (joint, counts) = jointCumulants(points)
      return joint.cumulant(counts)
    case 4: return jointCumulant4(points) / n
    case 6: return jointCumulant6(points) / (n * n)
    default:
      guard knowsNeuronMoment(order: points.count) else { return nil }
      var (joint, counts) = jointCumulants(points)
      return joint.cumulant(counts)
    }
  }

  /// The full n-point function, n = 2, 4, 6 or 8.
  public func exactMoment(_ points: [Point]) -> Double? {
    switch points.count {
    case 2: return exactCumulant(points)
    case _ where !sharedScale.isConstant && points.count % 2 == 0:
      guard knowsNeuronMoment(order: points.count) else { return nil }
      var (joint, counts) = jointCumulants(points)
      return joint.moment(counts)
    case 4:
      let g2 = PairTable(points) { outputWeights.moment(2) * neuronMoment([$0, $1]) }
      return exactCumulant(points).map { $0 + Pairings.four.reduce(0) { $0 + g2.product($1) } }
    case 6:
      guard let connected = exactCumulant(points) else { return nil }
      let g2 = PairTable(points) { outputWeights.moment(2) * neuronMoment([$0, $1]) }
      let disconnected = Pairings.six.reduce(0) { $0 + g2.product($1) }
      let mixed = Pairings.pairsOfSix.reduce(0.0) { sum, split in
        sum + g2[split.pair.0, split.pair.1]
          * jointCumulant4(split.rest.map { points[$0] }) / Double(width)
      }
      return connected + mixed + disconnected
    default:
      guard points.count % 2 == 0 else { return 0 }
      guard knowsNeuronMoment(order: points.count) else { return nil }
      var (joint, counts) = jointCumulants(points)
      return joint.moment(counts)
    }
  }

  /// Moments and cumulants over the distinct ones of `points`, and how often each occurs.
  private func jointCumulants(_ points: [Point]) -> (JointCumulants, counts: [Int]) {
    let (sites, counts) = points.multiplicities
    let joint = JointCumulants(width: width, scale: sharedScale) { counts in
      let all = zip(sites, counts).flatMap { [Point](repeating: $0, count: $1) }
      return outputWeights.moment(all.count) * neuronMoment(all)
    }
    return (joint, counts)
  }

  /// `<φ(x)^m φ(y)^n> − <φ(x)^m><φ(y)^n>`.
  func exactCompositeCumulant(_ m: Int, _ x: Point, _ n: Int, _ y: Point) -> Double? {
    guard (m + n) % 2 == 0, knowsNeuronMoment(order: m + n) else { return (m + n) % 2 == 1 ? 0 : nil }
    var joint = JointCumulants(width: width, scale: sharedScale) { counts in
      let points = [Point](repeating: x, count: counts[0]) + [Point](repeating: y, count: counts[1])
      return outputWeights.moment(points.count) * neuronMoment(points)
    }
    return joint.moment([m, n]) - joint.moment([m, 0]) * joint.moment([0, n])
  }

  /// `<φ_a(x_1) φ_b(x_2) …>_c` of components, n = 2 or 4:
  ///
  ///     G4c_abcd = (1/N) [ <v_a v_b v_c v_d> M4 − μ2² Σ_3 δδ M2 M2 ],
  ///
  /// and with a shared scale s `<s⁴>` times that and `Var(s²) μ2² Σ_3 δδ M2 M2`.
  func exactComponentCumulant(_ outputs: [Int], _ points: [Point]) -> Double? {
    switch points.count {
    case 2: return outputs[0] == outputs[1] ? exactCumulant(points) : 0
    case 4:
      guard knowsNeuronMoment(order: 4) else { return nil }
      let mu2 = outputWeights.moment(2)
      var pairs = 0.0
      for pairing in Pairings.four where pairing.allSatisfy({ outputs[$0.0] == outputs[$0.1] }) {
        pairs += pairing.reduce(mu2 * mu2) { $0 * neuronMoment([points[$1.0], points[$1.1]]) }
      }
      let four = outputWeights.moment(outputs: outputs)
      let connected = (four == 0 ? 0 : four * neuronMoment(points)) - pairs
      return sharedFourth(connected / Double(width), disconnected: pairs)
    default: return points.count % 2 == 1 ? 0 : nil
    }
  }

  /// `κ_n/κ_2^{n/2}` at a point.
  func exactStandardisedCumulant(_ order: Int, _ x: Point) -> Double? {
    guard knowsNeuronMoment(order: order), let variance = exactCumulant([x, x]),
      let cumulant = exactCumulant([Point](repeating: x, count: order))
    else { return nil }
    return cumulant / pow(variance, Double(order) / 2)
  }

  /// μ4 M4 − μ2² Σ_3 M2 M2.
  private func jointCumulant4(_ points: [Point]) -> Double {
    let m2 = PairTable(points) { neuronMoment([$0, $1]) }
    let mu2 = outputWeights.moment(2)
    return outputWeights.moment(4) * neuronMoment(points)
      - mu2 * mu2 * Pairings.four.reduce(0) { $0 + m2.product($1) }
  }

  /// μ6 M6 − μ4 μ2 Σ_15 M4 M2 + 2 μ2³ Σ_15 M2 M2 M2.
  private func jointCumulant6(_ points: [Point]) -> Double {
    let m2 = PairTable(points) { neuronMoment([$0, $1]) }
    let (mu2, mu4, mu6) = (outputWeights.moment(2), outputWeights.moment(4), outputWeights.moment(6))
    let mixed = Pairings.pairsOfSix.reduce(0.0) { sum, split in
      sum + m2[split.pair.0, split.pair.1] * neuronMoment(split.rest.map { points[$0] })
    }
    return mu6 * neuronMoment(points) - mu4 * mu2 * mixed
      + 2 * mu2 * mu2 * mu2 * Pairings.six.reduce(0) { $0 + m2.product($1) }
  }

  /// Cumulants of `Φ = a^d Σ_x φ(x)` divided by V, and the Binder cumulant, from the single-neuron moments of Φ.
  public func exactZeroMomentum(_ function: CorrelationFunction, lattice: Lattice) -> ExactValue? {
    let n = Double(width)
    /// Moments of one neuron's Φ, its output weight included, at orders 2, 4 … `order`.
    func moments(upTo order: Int) -> [ExactValue]? {
      guard knowsNeuronMoment(order: order) || order <= 4 else { return nil }
      var known: [ExactValue] = []
      for n in stride(from: 2, through: order, by: 2) {
        guard let moment = zeroMomentumNeuronMoment(order: n, lattice: lattice) else { return nil }
        known.append(outputWeights.moment(n) * moment)
      }
      return known
    }
    switch function {
    case .zeroMomentumCumulant(order: 2):
      return moments(upTo: 2).map { ExactValue($0[0].value / lattice.volume, rounding: $0[0].rounding / lattice.volume) }
    case .zeroMomentumCumulant(order: 4):
      return moments(upTo: 4).map {
        ExactValue.combining($0) { m in
          let connected = (m[1] - 3 * m[0] * m[0]) / (n * lattice.volume)
          return sharedFourth(connected, disconnected: 3 * m[0] * m[0] / lattice.volume)
        }
      }
    case .zeroMomentumCumulant(let order) where order % 2 == 0 && order > 4:
      return moments(upTo: order).map {
        ExactValue.combining($0) { m in
          var joint = JointCumulants(width: width, scale: sharedScale) { m[$0[0] / 2 - 1] }
          return joint.cumulant([order]) / lattice.volume
        }
      }
    case .binderCumulant:
      return moments(upTo: 4).flatMap {
        // Without fluctuations of Φ there is no ratio.
        $0[0].value == 0
          ? nil : ExactValue.combining($0) { m in -sharedFourth((m[1] / (m[0] * m[0]) - 3) / (3 * n), disconnected: 1) }
      }
    default: return nil
    }
  }

  /// `Σ_x Σ_y M_2(x, y)` over at most 4096 sites; nil beyond.
  func pairSum(_ sites: [Point]) -> ExactValue? {
    guard sites.count <= 4096 else { return nil }
    var sum = ExactValue(0)
    for (i, x) in sites.enumerated() {
      sum.add(neuronMoment([x, x]))
      for y in sites[..<i] { sum.add(2 * neuronMoment([x, y])) }
    }
    return sum
  }

  /// The fourth cumulant of s ψ from that of ψ and its pairings: `<s⁴> κ4 + c Σ_3 κ2 κ2`.
  func sharedFourth(_ connected: Double, disconnected: Double) -> Double {
    sharedScale.isConstant ? connected : sharedScale.moment(4) * connected + sharedScale.variance * disconnected
  }

  /// The dispatch every neuron sum shares, unless it knows more.
  public func exact(_ function: CorrelationFunction, lattice: Lattice?) -> ExactValue? {
    exactNeuronSum(function, lattice: lattice)
  }

  /// What follows from the moments of one neuron.
  func exactNeuronSum(_ function: CorrelationFunction, lattice: Lattice?) -> ExactValue? {
    switch function {
    case .zeroMomentumCumulant, .binderCumulant: lattice.flatMap { exactZeroMomentum(function, lattice: $0) }
    default: exactPointFunction(function).map { ExactValue($0) }
    }
  }

  /// What follows of functions of points.
  func exactPointFunction(_ function: CorrelationFunction) -> Double? {
    switch function {
    case .moment(let points): exactMoment(points)
    case .cumulant(let points): exactCumulant(points)
    case .componentCumulant(let outputs, let points): exactComponentCumulant(outputs, points)
    case .compositeCumulant(let m, let x, let n, let y): exactCompositeCumulant(m, x, n, y)
    case .standardisedCumulant(let order, let x): exactStandardisedCumulant(order, x)
    case .squaredDifference(let x, let y):
      CorrelationFunction.squaredDifference(exactMoment([x, x]), exactMoment([y, y]), exactMoment([x, y]))
    case .zeroMomentumCumulant, .binderCumulant, .absoluteZeroMode, .foldedSusceptibility, .propagator, .trispectrum,
      .effectiveMass, .density, .vertexCorrelator:
      nil
    }
  }
}

/// A function of pairs of points, evaluated once for each unordered pair.
struct PairTable {
  private let count: Int
  private var values: [Double]

  init(_ points: [Point], _ function: (Point, Point) -> Double) {
    count = points.count
    values = [Double](repeating: 0, count: count * count)
    for i in 0..<count {
      for j in i + 1..<count { values[i * count + j] = function(points[i], points[j]) }
    }
  }

  subscript(i: Int, j: Int) -> Double { values[min(i, j) * count + max(i, j)] }

  func product(_ pairing: [(Int, Int)]) -> Double { pairing.reduce(1) { $0 * self[$1.0, $1.1] } }
}
