// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import Glibc
import LatticeFields

/// A field of D components under `½ δ φ·φ + (λ/4!)(φ·φ)²` at a single point x: radial integrals, see ``RadialSite``. At infinite width on a lattice of one site, with δ; of nets of
/// any width with Gaussian output weights at any point, without. All correlators at x follow from `<(φ·φ)^n>`:
///
///     <φ_1^{n_1} φ_2^{n_2} …> = <|φ|^n> ∏_a (n_a − 1)!!/(D (D+2) … (D+n−2)),   all n_a even.
struct RadialSiteSolution: SolutionMethod {
  let kind = KnownValue.Kind.exact
  let source = "radial integral"
  private let point: Point
  private let site: RadialSite
  /// The lattice where it has no other site.
  private let lattice: Lattice?
  private let components: Int
  /// φ of the file over φ of ``site``.
  private let unit: Double
  let logPartitionRatio: Double?
  let effectiveSampleFraction: Double?

  /// Nil of other actions.
  init?(_ prior: any Architecture, _ terms: [LocalTerm], _ lattice: Lattice) {
    guard terms.count == 1, let term = terms.first, term.sources.isEmpty, term.length == nil,
      term.potential.source == 0, term.potential.degree == 4, term.potential.coefficient(4) > 0
    else { return nil }
    let weight: Double
    switch term.region.integral {
    case .sites where lattice.siteCount == 1: (point, weight) = (lattice.position(0), lattice.cellVolume)
    case .points(let points, let weights) where points.count == 1: (point, weight) = (points[0], weights[0])
    default: return nil
    }
    let (shift, coupling) = (2 * term.potential.coefficient(2), 24 * term.potential.coefficient(4))
    components = prior.outputs
    let d = Double(components)
    if let field = prior.freeField {
      guard lattice.siteCount == 1 else { return nil }
      // In terms of a^{d/2} φ: m² of the sites, the insertion's weight over the cell volume.
      let cell = lattice.cellVolume
      let (mass, share) = (field.mass * field.mass, weight / cell)
      func solve(_ strength: Double) -> RadialSite? {
        QuarticPotential(massSquared: mass, coupling: coupling).scaled(massSquared: 1, coupling: strength * share / cell).map {
          RadialSite(
            components: prior.outputs,
            potential: QuarticPotential(massSquared: mass + strength * share * shift, coupling: $0.coupling))
        }
      }
      guard let one = solve(1), let two = solve(2) else { return nil }
      site = one
      unit = 1 / cell.squareRoot()
      let free = -d / 2 * log(mass)
      logPartitionRatio = one.logPartition - free
      effectiveSampleFraction = exp(2 * one.logPartition - free - two.logPartition)
    } else {
      guard shift == 0, let net = prior.neurons, net.sharedScale.isConstant,
        let one = RadialSite(net, outputs: components, at: point, coupling: weight * coupling),
        let two = RadialSite(net, outputs: components, at: point, coupling: 2 * weight * coupling)
      else { return nil }
      (site, unit) = (one, 1)
      logPartitionRatio = one.logPartition
      effectiveSampleFraction = exp(2 * one.logPartition - two.logPartition)
    }
    self.lattice = lattice.siteCount == 1 ? lattice : nil
  }

  func answer(_ function: CorrelationFunction) -> (value: ExactValue, lastTerm: Double)? {
    exact(function).map { (ExactValue($0), 0) }
  }

  private func exact(_ function: CorrelationFunction) -> Double? {
    guard function.points.allSatisfy({ $0 == point }) else { return nil }
    switch function {
    case .moment(let points): return moment(of: [points.count])
    case .cumulant(let points): return cumulant(points.count)
    case .standardisedCumulant(let order, _):
      return cumulant(order).flatMap { value in moment(of: [2]).map { value / pow($0, Double(order) / 2) } }
    case .compositeCumulant(let m, _, let n, _):
      guard let joint = moment(of: [m + n]), let first = moment(of: [m]), let second = moment(of: [n]) else { return nil }
      return joint - first * second
    case .componentCumulant(let outputs, let points):
      guard points.count == 4 || points.count == 2, let pair = moment(of: [2]),
        let full = moment(of: Set(outputs).map { output in outputs.count { $0 == output } })
      else { return nil }
      guard points.count == 4 else { return full }
      return Pairings.four.reduce(full) { sum, pairing in
        sum - (pairing.allSatisfy { outputs[$0.0] == outputs[$0.1] } ? pair * pair : 0)
      }
    case .propagator(let mode):
      return lattice.flatMap { lattice in
        mode.allSatisfy { $0 == 0 } ? moment(of: [2]).map { $0 * lattice.cellVolume } : nil
      }
    case .zeroMomentumCumulant(let order):
      return lattice.flatMap { lattice in cumulant(order).map { $0 * pow(lattice.cellVolume, Double(order - 1)) } }
    case .binderCumulant:
      guard lattice != nil, let second = moment(of: [2]), let fourth = moment(of: [4]) else { return nil }
      return 1 - fourth / (3 * second * second)
    default: return nil
    }
  }

  /// `<φ_1^{n_1} φ_2^{n_2} …>`.
  private func moment(of powers: [Int]) -> Double? {
    guard powers.allSatisfy({ $0 % 2 == 0 }) else { return 0 }
    let order = powers.reduce(0, +)
    var value = pow(unit, Double(order)) * site.invariant(order / 2)
    for power in powers { for k in stride(from: 1, to: power, by: 2) { value *= Double(k) } }
    for k in stride(from: 0, to: order, by: 2) { value /= Double(components + k) }
    return value
  }

  private func cumulant(_ order: Int) -> Double? {
    guard order % 2 == 0 else { return 0 }
    let moments = stride(from: 2, through: order, by: 2).map { moment(of: [$0]) }
    return moments.contains(nil) ? nil : EvenCumulants.fromMoments([1] + moments.map { $0! }).last!
  }
}
