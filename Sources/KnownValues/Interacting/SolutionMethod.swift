// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import Glibc
import LatticeFields

/// One way of knowing an interacting ensemble, as ``InteractingValues`` asks it.
protocol SolutionMethod: KnownValues, Sendable {
  var kind: KnownValue.Kind { get }
  var source: String { get }
  /// The value, and the size of the last term of a series.
  func answer(_ function: CorrelationFunction) -> (value: ExactValue, lastTerm: Double)?
  var logPartitionRatio: Double? { get }
  /// `ln Z/Z_0`, Z_0 of the free field of mass² `massSquared` > 0 on the same lattice.
  func logPartition(overFree massSquared: Double) -> Double?
  /// `Z²/(Z_0 Z_2)` of that free field, where there is a way of its own.
  func effectiveSampleFraction(overFree massSquared: Double) -> Double?
  /// The series in λ of a correlation function, lowest order first.
  func coefficients(_ function: CorrelationFunction) -> [Double]?
  var effectiveSampleFraction: Double? { get }
  /// Single-thread seconds that making it takes, good to a factor of two; 0 below a tenth.
  var preparationSeconds: Double { get }
}

extension SolutionMethod {
  /// What it answers, where that is finite.
  func value(_ function: CorrelationFunction) -> KnownValue? {
    guard let (number, lastTerm) = answer(function), number.value.isFinite else { return nil }
    return KnownValue(value: number.value, kind: kind, source: source, lastTerm: lastTerm, rounding: number.rounding)
  }

  var logPartitionRatio: Double? { nil }
  func logPartition(overFree massSquared: Double) -> Double? { nil }
  func effectiveSampleFraction(overFree massSquared: Double) -> Double? { nil }
  func coefficients(_ function: CorrelationFunction) -> [Double]? { nil }
  var effectiveSampleFraction: Double? { nil }
  var preparationSeconds: Double { 0 }
}

/// A translation-invariant solution on the sites of a periodic lattice: what it knows of moments answers all else.
protocol SiteSolution: SolutionMethod {
  var lattice: Lattice { get }
  /// `<φ(x_1)…φ(x_n)>` at sites.
  func moment(_ sites: [[Int]]) -> Double?
  /// The susceptibility `κ_n(Φ)/V` of order n.
  func susceptibility(order: Int) -> ExactValue?
  /// `<|Φ|>`, `Φ = a^d Σ φ`.
  var absoluteZeroMode: Double? { get }
  /// Odd moments vanish.
  var isEven: Bool { get }
}

extension SiteSolution {
  var kind: KnownValue.Kind { .exact }
  var isEven: Bool { true }
  var absoluteZeroMode: Double? { nil }

  func answer(_ function: CorrelationFunction) -> (value: ExactValue, lastTerm: Double)? {
    exact(function).map { ($0, 0) }
  }

  private func exact(_ function: CorrelationFunction) -> ExactValue? {
    switch function {
    case .propagator(let mode): return propagator(mode)
    case .zeroMomentumCumulant(let order): return isEven && order % 2 == 1 ? ExactValue(0) : susceptibility(order: order)
    case .absoluteZeroMode: return absoluteZeroMode.map { ExactValue($0 / lattice.volume) }
    case .foldedSusceptibility:
      let origin = [Int](repeating: 0, count: lattice.dimension)
      guard let connected = susceptibility(order: 2), let modulus = absoluteZeroMode, let mean = moment([origin]) else {
        return nil
      }
      let density = modulus / lattice.volume
      return ExactValue.combining([connected, ExactValue(density), ExactValue(mean)]) {
        $0[0] + lattice.volume * ($0[2] * $0[2] - $0[1] * $0[1])
      }
    case .binderCumulant:
      guard isEven, let second = susceptibility(order: 2), let fourth = susceptibility(order: 4) else { return nil }
      return ExactValue.combining([second, fourth]) { -$0[1] / (3 * $0[0] * $0[0] * lattice.volume) }
    default: return pointFunction(function).map { ExactValue($0) }
    }
  }

  private func pointFunction(_ function: CorrelationFunction) -> Double? {
    switch function {
    case .moment(let points): return lattice.sites(points).flatMap(moment)
    case .cumulant(let points): return lattice.sites(points).flatMap(cumulant)
    case .compositeCumulant(let m, let x, let n, let y):
      guard let at = lattice.sites([x, y]) else { return nil }
      let (a, b) = ([[Int]](repeating: at[0], count: m), [[Int]](repeating: at[1], count: n))
      guard let joint = moment(a + b), let first = moment(a), let second = moment(b) else { return nil }
      return joint - first * second
    case .standardisedCumulant(let order, let x):
      guard let site = lattice.sites([x])?[0], let second = moment([site, site]) else { return nil }
      let moments = stride(from: 2, through: order, by: 2).map { moment([[Int]](repeating: site, count: $0)) }
      guard isEven, order % 2 == 0, !moments.contains(nil) else { return isEven && order % 2 == 1 ? 0 : nil }
      return EvenCumulants.fromMoments([1] + moments.map { $0! }).last! / pow(second, Double(order) / 2)
    case .effectiveMass(let step, let mode): return effectiveMass(step, mode)
    case .squaredDifference(let x, let y):
      guard let at = lattice.sites([x, y]) else { return nil }
      return CorrelationFunction.squaredDifference(moment([at[0], at[0]]), moment([at[1], at[1]]), moment(at))
    case .propagator, .zeroMomentumCumulant, .binderCumulant, .absoluteZeroMode, .foldedSusceptibility, .trispectrum, .density,
      .vertexCorrelator, .componentCumulant:
      return nil
    }
  }

  /// Of two, four or six fields, odd ones vanish; of up to four where there is no symmetry.
  private func cumulant(_ sites: [[Int]]) -> Double? {
    guard isEven else { return sites.count <= 4 ? jointCumulant(sites, moment) : nil }
    if sites.count == 6 { return sixPoint(sites) }
    guard sites.count == 4 else { return sites.count == 2 || sites.count % 2 == 1 ? moment(sites) : nil }
    guard var value = moment(sites) else { return nil }
    for pairing in Pairings.four {
      var product = 1.0
      for (i, j) in pairing {
        guard let pair = moment([sites[i], sites[j]]) else { return nil }
        product *= pair
      }
      value -= product
    }
    return value
  }

  /// `m6 − Σ_15 m4 m2 + 2 Σ_15 m2 m2 m2`.
  private func sixPoint(_ sites: [[Int]]) -> Double? {
    guard var value = moment(sites) else { return nil }
    func pair(_ p: (Int, Int)) -> Double? { moment([sites[p.0], sites[p.1]]) }
    for split in Pairings.pairsOfSix {
      guard let two = pair(split.pair), let four = moment(split.rest.map { sites[$0] }) else { return nil }
      value -= two * four
    }
    for pairing in Pairings.six {
      var product = 2.0
      for p in pairing {
        guard let two = pair(p) else { return nil }
        product *= two
      }
      value += product
    }
    return value
  }

  private func propagator(_ mode: [Int]) -> ExactValue? {
    guard mode.count == lattice.dimension else { return nil }
    let origin = [Int](repeating: 0, count: lattice.dimension)
    var sum = ExactValue(0)
    for index in 0..<lattice.siteCount {
      let r = lattice.siteVector(index)
      guard let value = moment([origin, r]) else { return nil }
      let phase = zip(zip(mode, r), lattice.sites).reduce(0.0) {
        $0 + 2 * .pi * Double($1.0.0 * $1.0.1 % $1.1) / Double($1.1)
      }
      sum.add(cos(phase) * value)
    }
    return lattice.cellVolume * sum
  }

  /// In one dimension, where the slices are the sites.
  private func effectiveMass(_ step: Int, _ mode: [Int]) -> Double? {
    guard lattice.dimension == 1, mode.isEmpty, let before = cumulant([[0], [step - 1]]),
      let here = cumulant([[0], [step]]), let after = cumulant([[0], [step + 1]])
    else { return nil }
    let ratio = (before + after) / (2 * here)
    return ratio >= 1 ? acosh(ratio) / lattice.spacing : nil
  }
}

/// The joint cumulant of some places from moments, by the recursion `<φ_1 … φ_n> = Σ κ(S) <rest>` over the sets S that contain the first; nil where a moment is.
func jointCumulant<Place>(_ places: [Place], _ moment: ([Place]) -> Double?) -> Double? {
  guard var value = moment(places) else { return nil }
  let others = Array(places.dropFirst())
  for subset in 0..<(1 << others.count) - 1 {
    let inside = others.indices.filter { subset >> $0 & 1 == 1 }.map { others[$0] }
    let outside = others.indices.filter { subset >> $0 & 1 == 0 }.map { others[$0] }
    guard let connected = jointCumulant([places[0]] + inside, moment), let rest = moment(outside) else { return nil }
    value -= connected * rest
  }
  return value
}

extension Lattice {
  /// The sites at these points of a periodic lattice; nil unless all are sites.
  func sites(_ points: [Point]) -> [[Int]]? {
    let vectors = points.map { x in (0..<dimension).map { (x[$0] / spacing).rounded() } }
    for (x, n) in zip(points, vectors) {
      for axis in 0..<maximumDimension {
        let expected = axis < dimension ? n[axis] * spacing : 0
        let steps = abs(axis < dimension ? n[axis] : 0)
        guard abs(x[axis] - expected) <= 1e-9 * spacing * max(1, steps), steps < 1e15 else { return nil }
      }
    }
    return vectors.map { $0.map { Int($0) } }
  }

  /// The displacement between two sites.
  func displacement(_ a: [Int], _ b: [Int]) -> [Int] { zip(a, b).map { $1 - $0 } }
}
