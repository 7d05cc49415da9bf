// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import ErrorAnalysis
import FieldTheories
import Foundation
import LatticeFields
import NNFTTestSupport
import NeuronMoments
import NumericalKernels
import Testing

/// An architecture whose neurons are not independent: it does not say that it is a `NeuronSum`.
private struct CorrelatedNet: Architecture {
  let kind = "correlated-net"
  let dimension = 1
  let width = 2
  let layout = ParameterLayout(width: 2, blocks: [ParameterBlock("output weight", entersLinearly: true)])
  let symmetries = FieldSymmetries(translationInvariantOrder: 0, rotations: .euclidean, isPeriodic: false)
  let description: [String] = []
  let streamName = "correlated-net"
  func drawParameters(_ stream: RandomStream, draw: UInt64, into parameters: NetworkParameters) {}
  func exact(_ function: CorrelationFunction, lattice: Lattice?) -> ExactValue? { nil }
}

@Suite struct NeuronSpaceRuleTests {
  private let cosine = CosNet(dimension: 2, width: 700, sigmaW0: 1, sigmaW1: 1)
  private let six = [
    Point.zero, Point(0.5, -0.2, 0, 0), Point(1, 0.4, 0, 0), Point(-0.6, 0.9, 0, 0), Point(0.3, 0.3, 0, 0),
    Point(1.1, -0.8, 0, 0),
  ]

  @Test func correlatedNeuronsAreRefused() {
    #expect { try IndependentNeurons(CorrelatedNet()) } throws: {
      ($0 as? NeuronSpaceFault)?.description.contains("correlated-net are not independent") == true
    }
    #expect(throws: Never.self) { try IndependentNeurons(cosine) }
  }

  @Test func levelsThatDoNotApplyAreRefused() throws {
    let gauss = GaussNet(dimension: 1, width: 3, sigmaW0: 1, sigmaW1: 1, sigmaB0: 0.1)
    let constant = CosNet(dimension: 1, width: 3, sigmaW0: 1, sigmaW1: 1, weights: .constant)
    let target = [RowTarget(.moment(line(0, 1)))]
    #expect(throws: NeuronSpaceFault.self) {
      try NeuronSpaceEstimator(IndependentNeurons(gauss), averages: .weightsAndPhases, targets: target)
    }
    #expect(throws: NeuronSpaceFault.self) {
      try NeuronSpaceEstimator(IndependentNeurons(constant), averages: .conditionalCovariance, targets: target)
    }
    #expect(try NeuronSpaceEstimator(IndependentNeurons(gauss), targets: target).averages == .weights)
    #expect(try NeuronSpaceEstimator(IndependentNeurons(constant), targets: target).averages == .weightsAndPhases)
  }

  /// Coincident points of neurons of one amplitude: weights and phases averaged, nothing is left to sample, and the value is
  /// exact to rounding however many neurons are added up. One weight law more or less than gaussian must show.
  @Test(arguments: [OutputWeightLaw.Kind.gaussian, .rayleigh, .constant]) func noVarianceAtCoincidence(kind: OutputWeightLaw.Kind)
    throws
  {
    let points = [Point](repeating: Point(0.3, -2, 0, 0), count: 6)
    let functions: [CorrelationFunction] = [
      .moment(Array(points[..<2])), .moment(Array(points[..<4])), .cumulant(Array(points[..<4])), .moment(points),
      .cumulant(points),
    ]
    let alpha = try AlphaNet(
      dimension: 2, width: 700, mass: 1, alpha: 0, regulator: .gaussian, cutoff: 4, weights: kind)
    let cosNet = CosNet(dimension: 2, width: 700, sigmaW0: 1, sigmaW1: 1, weights: kind)
    for net in [alpha, cosNet] as [any NeuronSum] {
      let one = try NeuronSpaceCase(net, nil, functions)
      let estimates = one.run(0, draws: 133, bins: 16, stream: RandomStream(seed: 1, stream: "fixed"))
      for (index, estimate) in estimates.enumerated() {
        #expect(estimate.hasNoVariance)
        #expect(abs(estimate.samples.value - one.exact[index]) <= 1e-12 * estimate.magnitude, "\(net.kind) \(functions[index])")
      }
      let raw = try NeuronSpaceCase(net, .raw, functions)
      let sampled = raw.run(0, draws: 133, bins: 16, stream: RandomStream(seed: 1, stream: "fixed"))
      #expect(sampled.allSatisfy { !$0.hasNoVariance } || kind == .constant)
    }
  }

  /// Cumulants of all widths are multiples of one another; the row at the net's own width does not know the others.
  @Test func widthsScale() throws {
    let estimator = try NeuronSpaceEstimator(
      IndependentNeurons(cosine), targets: [.init(.cumulant(Array(six[..<4]))), .init(.cumulant(six)), .init(.moment(six))])
    var bins = BinnedMeans(primaryCount: estimator.primaryCount)
    let worker = estimator.makeWorker(RandomStream(seed: 2, stream: "widths"))
    for bin in 0..<20 { bins.append(means: worker.bin(UInt64(bin)..<UInt64(bin + 1), proceed: { true })!, weight: 1) }
    let many = estimator.derive(bins, widths: [10, 700, 20])
    let alone = estimator.derive(bins, widths: [700])
    for target in 0..<3 { #expect(many[target][1].samples.value == alone[target][0].samples.value) }
    #expect(abs(many[0][0].samples.value / many[0][2].samples.value - 2) < 1e-12)
    #expect(abs(many[1][0].samples.value / many[1][2].samples.value - 4) < 1e-12)
    for (index, width) in [10, 700, 20].enumerated() {
      let net = CosNet(dimension: 2, width: width, sigmaW0: 1, sigmaW1: 1)
      for (target, function) in [CorrelationFunction.cumulant(Array(six[..<4])), .cumulant(six), .moment(six)].enumerated() {
        let pull = Estimate(many[target][index].samples).pull(exact: net.exactValue(function, lattice: nil)!)!
        #expect(abs(pull) < StatisticalChecks.studentBound(degrees: 19, comparisons: 9), "\(function) \(width): \(pull)")
      }
    }
  }

  /// Bins are pure functions of their draws; the order of points cannot matter.
  @Test(arguments: NeuronAverages.allCases) func binsArePureFunctions(level: NeuronAverages) throws {
    for width in [5, 16, 700] {
      let net = CosNet(dimension: 2, width: width, sigmaW0: 1, sigmaW1: 1)
      let estimator = try NeuronSpaceEstimator(
        IndependentNeurons(net), averages: level, targets: [.init(.cumulant(six)), .init(.cumulant(six.reversed()))])
      #expect(estimator.primaryCount == 31)
      let stream = RandomStream(seed: 3, stream: "bins")
      let worker = estimator.makeWorker(stream)
      let late = worker.bin(70..<80, proceed: { true })
      _ = worker.bin(20..<23, proceed: { true })
      #expect(worker.bin(70..<80, proceed: { true }) == late)
      #expect(estimator.makeWorker(stream).bin(70..<80, proceed: { true }) == late)
      #expect(worker.bin(0..<3, proceed: { false }) == nil)
      let both = estimator.measure(draws: 40, bins: 8, stream: stream)
      #expect(abs(both[0].samples.value - both[1].samples.value) < 1e-13 * both[0].magnitude)
    }
  }

  /// The neurons are those of the networks: a raw 2-point estimate of one network, added up by hand.
  @Test func neuronsAreThoseOfTheNetworks() throws {
    let gauss = GaussNet(dimension: 2, width: 21, sigmaW0: 1, sigmaW1: 1, sigmaB0: 0.3)
    let alpha = try AlphaNet(dimension: 2, width: 600, mass: 1, alpha: -1, regulator: .hard, cutoff: 5, weights: .laplace)
    let stream = RandomStream(seed: 4, stream: "by hand")
    let (x, y) = (Point(0.3, -0.2, 0, 0), Point(-0.5, 0.9, 0, 0))
    func value(_ net: any NeuronSum, _ f: (NetworkParameters, Int, Point) -> Double) -> Double {
      let parameters = NetworkParameters(layout: net.layout)
      return (0..<2).reduce(0.0) { sum, draw in
        net.drawParameters(stream, draw: UInt64(draw), into: parameters)
        return sum + (0..<net.width).reduce(0) { $0 + f(parameters, $1, x) * f(parameters, $1, y) }
      } / Double(2 * net.width)
    }
    func angle(_ p: NetworkParameters, _ i: Int, _ x: Point) -> Double {
      p.block(2)[i] + p.block(1, component: 0)[i] * x[0] + p.block(1, component: 1)[i] * x[1]
    }
    let byHand = [
      value(gauss) { p, i, x in p.block(0)[i] * exp(angle(p, i, x) - 0.09 - 0.5 * x.squaredNorm) },
      value(alpha) { p, i, x in
        let k2 = pow(p.block(1, component: 0)[i], 2) + pow(p.block(1, component: 1)[i], 2)
        return p.block(0)[i] * (2 * alpha.normalisation / (k2 + 1)).squareRoot() * cos(angle(p, i, x))
      },
    ]
    for (net, expected) in zip([gauss, alpha] as [any NeuronSum], byHand) {
      let estimator = try NeuronSpaceEstimator(
        IndependentNeurons(net), averages: .raw, targets: [.init(.moment([x, y]))])
      let primary = try #require(estimator.makeWorker(stream).bin(0..<2, proceed: { true }))
      #expect(abs(primary[0] - expected) < 1e-13, "\(net.kind): \(primary[0]), \(expected)")
    }
  }
}
