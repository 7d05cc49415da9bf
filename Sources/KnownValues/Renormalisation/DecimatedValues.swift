// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import FieldTheories
import LatticeFields
import NumericalKernels

/// What is known of an ensemble after the momenta `p̂ > Λ'` are left out of its fields, from what is known of the whole ensemble:
///
///     G_<(p) = G(p) θ(Λ' − p̂),   G_<(x − y) = V^{-1} Σ_{p̂ ≤ Λ'} cos(p·(x−y)) G(p),   χ_n and U unchanged,   T_<(q1..q4) = T(q1..q4) where all q stay, else 0
///
/// and every n-point function of a Gaussian field by Wick's theorem. Exact where the propagator is. Source: docs/physics/renormalisation.md, "Decimation".
public final class DecimatedValues: KnownValues {
  private let whole: any KnownValues
  private let lattice: Lattice
  private let cutoff: Double
  private let isGaussian: Bool
  private let isEven: Bool
  /// `G_<` by displacement, row-major, with where it comes from; nil where a propagator is not known.
  private lazy var table: (values: [Double], origin: KnownValue)? = makeTable()

  /// Of the values of the whole ensemble, on a periodic lattice.
  public init(_ whole: any KnownValues, lattice: Lattice, cutoff: Double, isGaussian: Bool, isEven: Bool) {
    (self.whole, self.lattice, self.cutoff) = (whole, lattice, cutoff)
    (self.isGaussian, self.isEven) = (isGaussian, isEven)
  }

  /// Propagators that are asked for at most.
  private static let greatestSiteCount = 1 << 18

  private func stays(_ mode: [Int]) -> Bool {
    let squares = zip(mode, lattice.sites).map { n, extent -> Double in
      let root = 2 / lattice.spacing * sin(.pi * Double(n) / Double(extent))
      return root * root
    }
    return squares.reduce(0, +).squareRoot() <= cutoff * (1 + 1e-12)
  }

  private func makeTable() -> (values: [Double], origin: KnownValue)? {
    guard lattice.siteCount <= Self.greatestSiteCount else { return nil }
    let transform = RealFourierTransform(shape: lattice.sites)
    let momenta = AlignedBuffer<ComplexDouble>(count: transform.complexCount, repeating: .zero)
    let values = AlignedBuffer<Double>(count: transform.realCount, repeating: 0)
    let shape = Array(lattice.sites.dropLast()) + [lattice.sites.last! / 2 + 1]
    var origin: KnownValue?
    for index in 0..<transform.complexCount {
      let mode = Lattice.unravel(index, shape: shape)
      guard stays(mode) else { continue }
      guard let known = whole.value(.propagator(mode: mode)) else { return nil }
      // The kind of the least that is known.
      if origin == nil || known.kind != .exact { origin = known }
      momenta[index] = ComplexDouble(known.value / lattice.volume, 0)
    }
    transform.backward(momenta.pointer, values.pointer)
    return origin.map { (values.array, $0) }
  }

  private func pair(_ x: Point, _ y: Point) -> KnownValue? {
    guard let table, let a = lattice.site(at: x), let b = lattice.site(at: y) else { return nil }
    let (m, n) = (Lattice.unravel(a, shape: lattice.sites), Lattice.unravel(b, shape: lattice.sites))
    let value = table.values[lattice.siteIndex(zip(m, n).map { $0 - $1 })]
    return copy(table.origin, value, rounding: 1e-14 * abs(table.values[0]))
  }

  private func copy(_ known: KnownValue, _ value: Double, rounding: Double) -> KnownValue {
    KnownValue(
      value: value, kind: known.kind, source: known.source + ", momenta above the cutoff left out", rounding: rounding)
  }

  /// Sum over pairings of the product of `G_<`.
  private func wick(_ points: [Point]) -> Double? {
    guard let first = points.first else { return 1 }
    var sum = 0.0
    for other in 1..<points.count {
      let rest = points.indices.filter { $0 != 0 && $0 != other }.map { points[$0] }
      guard let value = pair(first, points[other])?.value, let others = wick(rest) else { return nil }
      sum += value * others
    }
    return sum
  }

  /// As the type says; nil where the shell that is gone would have to be known better.
  public func value(_ function: CorrelationFunction) -> KnownValue? {
    switch function {
    case .propagator(let mode):
      guard let known = whole.value(function) else { return nil }
      return stays(mode) ? known : copy(known, 0, rounding: 1e-14 * abs(known.value))
    case .zeroMomentumCumulant, .binderCumulant, .absoluteZeroMode, .foldedSusceptibility: return whole.value(function)
    case .trispectrum(let modes):
      guard let known = whole.value(function) else { return nil }
      return modes.allSatisfy(stays) ? known : copy(known, 0, rounding: max(1e-14 * abs(known.value), 1e-300))
    case .moment(let points) where points.count == 2: return pair(points[0], points[1])
    case .cumulant(let points) where points.count == 2: return isEven ? pair(points[0], points[1]) : nil
    case .squaredDifference(let x, let y):
      guard let same = pair(x, x), let apart = pair(x, y) else { return nil }
      return copy(same, 2 * (same.value - apart.value), rounding: 4 * same.rounding)
    case .moment(let points) where isGaussian && points.count % 2 == 0 && points.count <= 8:
      guard let table, let value = wick(points) else { return nil }
      return copy(table.origin, value, rounding: 1e-13 * pow(abs(table.values[0]), Double(points.count / 2)))
    case .cumulant(let points) where isGaussian && points.count > 2:
      guard let table else { return nil }
      return copy(table.origin, 0, rounding: 1e-13 * pow(abs(table.values[0]), Double(points.count) / 2))
    case .vertexCorrelator(let charge, let x, let y) where isGaussian:
      guard let same = pair(x, x), let apart = pair(x, y) else { return nil }
      return copy(same, exp(-charge * charge * (same.value - apart.value)), rounding: 1e-14)
    default: return nil
    }
  }

  /// The way of the whole ensemble.
  public func notes(on values: [KnownValue?]) -> [String] { whole.notes(on: values) }
}

extension TheoryDefinition {
  /// What is known of the fields that are measured, from what is known of those that are drawn: the same without a cutoff.
  /// `cutoff` replaces that of the theory.
  public func decimated(_ known: any KnownValues, cutoff: Double? = nil) -> any KnownValues {
    guard let cutoff = cutoff ?? correlators.cutoff else { return known }
    return DecimatedValues(
      known, lattice: lattice, cutoff: cutoff, isGaussian: architecture.freeField != nil && insertions.isEmpty,
      isEven: insertions.remaining(of: architecture.symmetries).isEven)
  }
}
