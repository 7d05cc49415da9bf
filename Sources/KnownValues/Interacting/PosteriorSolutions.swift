// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import LatticeFields

/// A net of independent neurons under one datum, exact at every width: the field at the datum, and everywhere for the Cos-net with Gaussian output weights
/// (``SingleDatumPosterior``, ``CosNetDatumField``).
struct OneDatumSolution: SolutionMethod {
  let kind = KnownValue.Kind.exact
  let source = "the sum of independent neurons at one datum, by its characteristic function"
  private let site: Point
  private let datum: SingleDatumPosterior
  private let field: CosNetDatumField?
  private let labelTerm: Double

  /// Nil unless there is one datum, and the characteristic function of a neuron is known there.
  init?(_ net: any NeuronSum, _ data: NoisyData) {
    guard data.points.count == 1, net.sharedScale.isConstant,
      let datum = SingleDatumPosterior(net, at: data.points[0], noise: data.noises[0], label: data.labels[0])
    else { return nil }
    (site, self.datum, labelTerm) = (data.points[0], datum, data.labelTerm)
    field = (net as? CosNet).flatMap { CosNetDatumField($0, at: data.points[0], noise: data.noises[0], label: data.labels[0]) }
  }

  var logPartitionRatio: Double? { datum.logPartition + labelTerm }

  func answer(_ function: CorrelationFunction) -> (value: ExactValue, lastTerm: Double)? {
    exact(function).map { (ExactValue($0), 0) }
  }

  private func exact(_ function: CorrelationFunction) -> Double? {
    let points = function.points
    let isAtDatum = points.allSatisfy { $0 == site }
    switch function {
    case .moment where isAtDatum: return datum.moment(points.count)
    case .cumulant where isAtDatum:
      switch points.count {
      case 1: return datum.mean
      case 2: return datum.variance
      case 3: return datum.thirdCumulant
      case 4: return datum.fourthCumulant
      default: return nil
      }
    case .moment where points.count == 1, .cumulant where points.count == 1: return field?.mean(points[0])
    case .cumulant where points.count == 2: return field?.covariance(points[0], points[1])
    case .moment where points.count == 2:
      return field.map { $0.covariance(points[0], points[1]) + $0.mean(points[0]) * $0.mean(points[1]) }
    default: return nil
    }
  }
}

/// A net of independent neurons under two data of one noise: means, variances and covariance of the field at the data, and ln Z, exactly at every width (``TwoDataPosterior``); elsewhere to first order in
/// 1/N, where that is known.
struct TwoDataSolution: SolutionMethod {
  let kind = KnownValue.Kind.exact
  let source = "the sum of independent neurons at two data, by their characteristic function"
  private let sites: [Point]
  private let posterior: TwoDataPosterior
  private let elsewhere: FirstOrderPosteriorSolution?
  private let labelTerm: Double

  /// Nil unless there are two data of one noise, and the characteristic function of a neuron is known at both; of one neuron, whose integrals take seconds, too.
  init?(_ net: any NeuronSum, _ data: NoisyData) {
    guard data.points.count == 2, data.noises[0] == data.noises[1], net.width > 1, net.sharedScale.isConstant,
      let posterior = TwoDataPosterior(
        net, at: (data.points[0], data.points[1]), noise: data.noises[0], labels: (data.labels[0], data.labels[1]))
    else { return nil }
    (sites, self.posterior, labelTerm) = (data.points, posterior, data.labelTerm)
    elsewhere = FirstOrderPosteriorSolution(net, data)
  }

  var logPartitionRatio: Double? { posterior.logPartition + labelTerm }
  var preparationSeconds: Double { 0.5 }

  func answer(_ function: CorrelationFunction) -> (value: ExactValue, lastTerm: Double)? {
    let places = function.points.compactMap { sites.firstIndex(of: $0) }
    guard places.count == function.points.count else { return nil }
    switch (function, places.count) {
    case (.moment, 1), (.cumulant, 1): return (ExactValue(posterior.means[places[0]]), 0)
    case (.cumulant, 2): return (ExactValue(posterior.covariance[places[0]][places[1]]), 0)
    case (.moment, 2):
      let product = posterior.means[places[0]] * posterior.means[places[1]]
      return (ExactValue(posterior.covariance[places[0]][places[1]] + product), 0)
    default: return nil
    }
  }

  func value(_ function: CorrelationFunction) -> KnownValue? {
    guard let (number, _) = answer(function) else { return elsewhere?.value(function) }
    return KnownValue(value: number.value, kind: kind, source: source)
  }
}

/// A net under a few data to first order in 1/N: the predictor and ln Z (``FirstOrderPosterior``).
struct FirstOrderPosteriorSolution: SolutionMethod {
  let kind = KnownValue.Kind.inverseWidth
  let source = "the Gaussian process and its first correction in 1/N"
  private let net: any NeuronSum
  private let data: NoisyData
  private let posterior: FirstOrderPosterior

  /// Data up to which the sums over four of them are made.
  private static let greatestCount = 8

  /// Nil where the 4-point function of the net is no closed form, or data are many or singular.
  init?(_ net: any NeuronSum, _ data: NoisyData) {
    guard data.points.count <= Self.greatestCount, net.layers == nil, net.knowsNeuronMoment(order: 4) else { return nil }
    var kernel: [Double] = []
    for x in data.points {
      for y in data.points {
        guard let value = net.limitKernel(x, y) else { return nil }
        kernel.append(value)
      }
    }
    guard let gaussian = try? GaussianProcessPosterior(kernel: kernel, noise: data.noises, labels: data.labels),
      gaussian.logPartition != nil, let posterior = FirstOrderPosterior(net, at: data.points, gaussian: gaussian)
    else { return nil }
    (self.net, self.data, self.posterior) = (net, data, posterior)
  }

  var logPartitionRatio: Double? {
    posterior.gaussian.logPartition.map { $0 + posterior.logPartitionCorrection + data.labelTerm }
  }

  func answer(_ function: CorrelationFunction) -> (value: ExactValue, lastTerm: Double)? {
    switch function {
    case .moment(let points) where points.count == 1, .cumulant(let points) where points.count == 1:
      let x = points[0]
      let cross = data.points.compactMap { net.limitKernel(x, $0) }
      guard cross.count == data.points.count,
        let correction = posterior.meanCorrection(
          cross: cross,
          cumulant: { net.exactValue(.cumulant([x] + $0.map { data.points[$0] }), lattice: nil) })
      else { return nil }
      let mean = zip(cross, posterior.gaussian.pinForces).reduce(0.0) { $0 + $1.0 * $1.1 }
      return (ExactValue(mean + correction), abs(correction))
    default: return nil
    }
  }
}
