// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import LatticeFields

/// A linear network under data of one noise, exact at every width and depth (``LinearNetworkPosterior``): ln Z, the predictor and its covariance, at all points.
struct LinearDataSolution: SolutionMethod {
  let kind = KnownValue.Kind.exact
  let source = "the linear network with data, one integral over its scale"
  private let posterior: LinearNetworkPosterior
  private let dimension: Int
  private let labelTerm: Double

  /// Data up to which covariances are given, in P² integrals.
  private static let greatestCount = 64

  /// Nil unless all layers are linear, without biases, with Gaussian output weights, and data have one noise.
  init?(_ net: any LayeredNet, _ data: NoisyData) {
    guard data.points.count <= Self.greatestCount, let posterior = LinearNetworkPosterior(net, data) else { return nil }
    let d = net.dimension
    (self.posterior, dimension, labelTerm) = (posterior, d, data.labelTerm)
  }

  var logPartitionRatio: Double? { posterior.logPartition + labelTerm }

  func answer(_ function: CorrelationFunction) -> (value: ExactValue, lastTerm: Double)? {
    exact(function).map { (ExactValue($0), 0) }
  }

  private func exact(_ function: CorrelationFunction) -> Double? {
    let points = function.points.map { x in (0..<dimension).map { x[$0] } }
    switch function {
    case .moment where points.count == 1, .cumulant where points.count == 1: return posterior.mean(points)[0]
    case .cumulant where points.count == 2: return posterior.covariance(points)[0][1]
    case .moment where points.count == 2:
      let means = posterior.mean(points)
      return posterior.covariance(points)[0][1] + means[0] * means[1]
    default: return nil
    }
  }
}

extension LinearNetworkPosterior {
  /// Of a net with data; nil unless all layers are linear, without biases, with Gaussian output weights, and data have one noise.
  public init?(_ net: any LayeredNet, _ data: NoisyData) {
    let layers = net.hiddenLayers
    guard layers.allSatisfy({ $0.activation == .linear }), net.sigmaB == 0, let output = net.scalable?.outputWeights,
      output.kind == .gaussian, net.sharedScale.isConstant, Set(data.noises).count == 1
    else { return nil }
    let (d, weight) = (net.dimension, net.sigmaW * net.sigmaW)
    try? self.init(
      widths: layers.map(\.width), variances: layers.dropLast().map { _ in weight } + [output.variance],
      inputVariance: weight, noise: data.noises[0], inputs: data.points.map { x in (0..<d).map { x[$0] } },
      labels: data.labels)
  }
}
