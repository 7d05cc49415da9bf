// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import LatticeFields

/// The Gaussian field that a layered net becomes where all widths are infinite: Wick's theorem with its limiting kernel, times `<s^n>` where
/// output weights share a scale. Source: arXiv:1711.00165; docs/physics/dense-nets.md.
public struct GaussianLimit: KnownValues {
  private let net: any Architecture
  private let kernels: LimitKernels
  private var scale: SharedScale { net.sharedScale }

  /// The limit of a net.
  public init(of net: any Architecture) {
    self.net = net
    kernels = LimitKernels(of: net)
  }

  /// The n-point functions of the limit.
  public func value(_ function: CorrelationFunction) -> KnownValue? {
    number(function).map { KnownValue(value: $0, kind: .limit, source: "the Gaussian field of infinitely wide layers") }
  }

  private func number(_ function: CorrelationFunction) -> Double? {
    func moment(_ points: [Point]) -> Double? {
      points.count % 2 == 0 ? wick(points).map { scale.moment(points.count) * $0 } : 0
    }
    switch function {
    case .moment(let points): return moment(points)
    case .cumulant(let points):
      return points.count % 2 == 0 ? wick(points).map { scale.gaussianCumulant(points.count) * $0 } : 0
    case .compositeCumulant(let m, let x, let n, let y):
      let (a, b) = ([Point](repeating: x, count: m), [Point](repeating: y, count: n))
      guard let joint = moment(a + b), let first = moment(a), let second = moment(b) else { return nil }
      return joint - first * second
    case .standardisedCumulant(let order, _):
      return stride(from: 1, to: order, by: 2).reduce(scale.gaussianCumulant(order)) { $0 * Double($1) }
    case .zeroMomentumCumulant(let order): return order > 2 && scale.isConstant ? 0 : nil
    case .binderCumulant: return -scale.variance
    case .squaredDifference(let x, let y):
      return CorrelationFunction.squaredDifference(moment([x, x]), moment([y, y]), moment([x, y]))
    case .componentCumulant(let outputs, let points):
      guard points.count == 2 else { return scale.isConstant ? 0 : nil }
      return outputs[0] == outputs[1] ? moment(points) : 0
    case .propagator, .absoluteZeroMode, .foldedSusceptibility, .trispectrum, .density, .vertexCorrelator, .effectiveMass:
      return nil
    }
  }

  /// Σ over pairings, the first point with each of the others.
  private func wick(_ points: [Point]) -> Double? {
    guard points.count > 1 else { return points.isEmpty ? 1 : 0 }
    guard points.count % 2 == 0 else { return 0 }
    var sum = 0.0
    for partner in 1..<points.count {
      var rest = points
      rest.remove(at: partner)
      guard let known = kernels.value(points[0], points[partner]), let others = wick(Array(rest.dropFirst())) else { return nil }
      sum += known * others
    }
    return sum
  }
}

/// The limiting kernel of a net, each pair of points evaluated once: it may be a quadrature of a tenth of a second, and the pairings of the rows of a table ask for the
/// same pairs again and again.
public final class LimitKernels {
  private let net: any Architecture
  private var known: [[Point]: Double?] = [:]
  /// Pairs that are kept, some megabytes.
  private static let mostPairs = 1 << 15

  /// Of a net.
  public init(of net: any Architecture) { self.net = net }

  /// `K(x, y)` of infinitely wide layers, or nil where it is not known.
  public func value(_ x: Point, _ y: Point) -> Double? {
    if let value = known[[x, y]] { return value }
    if known.count == Self.mostPairs { known.removeAll(keepingCapacity: true) }
    let value = net.limitKernel(x, y)
    known[[x, y]] = .some(value)
    return value
  }
}
