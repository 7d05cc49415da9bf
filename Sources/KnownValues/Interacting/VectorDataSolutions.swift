// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import Glibc
import LatticeFields

/// Gaussian fields of several components under data: every component is a Gaussian process of its own, with one covariance for all; ln Z adds up.
struct VectorGaussianSolution: SolutionMethod {
  let kind = KnownValue.Kind.exact
  var source: String { components[0].source }
  private let components: [GaussianFieldSolution]

  /// The field of infinite width on a lattice, or what a net becomes; nil where a term is neither quadratic nor linear.
  init?(_ prior: any Architecture, _ terms: [LocalTerm], _ lattice: Lattice) {
    let solutions = (0..<prior.outputs).map { component in
      prior.freeField.map { GaussianFieldSolution($0, terms, component: component) }
        ?? GaussianFieldSolution(limitOf: prior, terms, lattice: lattice, component: component)
    }
    guard !solutions.contains(where: { $0 == nil }) else { return nil }
    components = solutions.map { $0! }
  }

  func answer(_ function: CorrelationFunction) -> (value: ExactValue, lastTerm: Double)? {
    guard case .componentCumulant(let outputs, let points) = function else { return nil }
    guard Set(outputs).count == 1 else { return (ExactValue(0), 0) }
    return components[outputs[0]].answer(.cumulant(points))
  }

  var logPartitionRatio: Double? {
    let logarithms = components.compactMap(\.logPartitionRatio)
    return logarithms.count == components.count ? logarithms.reduce(0, +) : nil
  }
}

/// One datum of a net of several outputs with Gaussian output weights, at every width: see ``VectorDatumPosterior``. At the datum's point, and of Cos-nets means and variances
/// across the label's direction elsewhere, `<φ_∥(x)> = E <φ_∥(x_1)>`, `E = G2(x, x_1)/G2(x_1, x_1)`.
struct VectorDatumSolution: SolutionMethod {
  let kind = KnownValue.Kind.exact
  let source = "radial Fourier integral of one datum"
  private let site: Point
  private let posterior: VectorDatumPosterior
  private let direction: [Double]
  private let net: any NeuronSum
  private let labelTerm: Double

  /// Nil of other data, and of nets whose characteristic function is not known.
  init?(_ net: any NeuronSum, _ terms: [LocalTerm], _ lattice: Lattice) {
    let parts = (0..<net.outputs).compactMap { QuadraticNodes(terms, lattice, component: $0)?.data }
    guard parts.count == net.outputs, parts[0].points.count == 1, net.sharedScale.isConstant else { return nil }
    let labels = parts.map { $0.labels[0] }
    let length = labels.reduce(0) { $0 + $1 * $1 }.squareRoot()
    guard length > 0,
      let posterior = VectorDatumPosterior(
        net, outputs: net.outputs, at: parts[0].points[0], noise: parts[0].noises[0], length: length)
    else { return nil }
    (self.net, self.posterior, site) = (net, posterior, parts[0].points[0])
    direction = labels.map { $0 / length }
    labelTerm = parts.reduce(0) { $0 + $1.labelTerm }
  }

  var logPartitionRatio: Double? { posterior.logPartition + labelTerm }

  func answer(_ function: CorrelationFunction) -> (value: ExactValue, lastTerm: Double)? {
    exact(function).map { (ExactValue($0), 0) }
  }

  private func exact(_ function: CorrelationFunction) -> Double? {
    guard case .componentCumulant(let outputs, let points) = function else { return nil }
    switch points.count {
    case 1: return fall(points[0]).map { $0 * posterior.mean * direction[outputs[0]] }
    case 2 where points.allSatisfy { $0 == site }:
      let product = direction[outputs[0]] * direction[outputs[1]]
      let across = (outputs[0] == outputs[1] ? 1 : 0) - product
      return product * posterior.parallelVariance + across * posterior.perpendicularVariance
    default: return nil
    }
  }

  /// By what the mean has fallen at x.
  private func fall(_ x: Point) -> Double? {
    if x == site { return 1 }
    guard net is CosNet, let here = net.exactValue(.moment([site, site]), lattice: nil),
      let there = net.exactValue(.moment([x, site]), lattice: nil)
    else { return nil }
    return there / here
  }
}
