// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import Draws
import FieldTheories
import LatticeFields
import NNFTTestSupport
import NumericalKernels
import Testing

@testable import ParameterSampling

/// Output weights integrated out: weights of hidden parameters, their change under a replaced neuron, conditional laws and samples.
@Suite struct CollapsedTests {
  private static func theory(_ net: any Architecture, _ data: FieldTheories.DataInsertion) throws -> CollapsedTheory {
    try CollapsedTheory(
      InteractingTheory(
        architecture: net, insertions: InsertionSum([data]), lattice: Lattice(sites: [2], spacing: 0.7, boundary: .open)))
  }

  private static let data = FieldTheories.DataInsertion(
    points: [Point(-1, 0, 0, 0), Point(0.3, 0, 0, 0), Point(1.2, 0, 0, 0), Point(0.3, 0, 0, 0)], labels: [0.5, -0.4, 0.8, -0.1],
    weights: [1, 0.5, 2, 0.25], temperature: 0.1)

  private static let nets: [any Architecture] = [
    CosNet(dimension: 1, width: 7, sigmaW0: 1, sigmaW1: 1.3),
    GaussNet(dimension: 1, width: 5, sigmaW0: 0.5, sigmaW1: 1, sigmaB0: 0.3),
    DenseNet(dimension: 1, width: 6, activation: .erf, sigmaW: 1, sigmaB: 0.5, sigmaV: 0.8),
    DeepNet(dimension: 1, widths: [4, 6], activation: .tanh, sigmaW: 1, sigmaB: 0.5, sigmaV: 0.8),
  ]

  /// `<e^{−I}>_v` by the determinant in the space of neurons, where no datum was merged with another: `ln det(1 + σ² fᵀ T^{-1} f)` and its quadratic form, by elimination.
  private static func logWeight(_ net: any Architecture, _ data: FieldTheories.DataInsertion, _ parameters: NetworkParameters)
    -> Double
  {
    let (n, variance) = (net.width, net.scalable!.outputWeights.variance)
    let features = net.makeFeatures(at: data.data.map(\.point))!
    let values = AlignedBuffer<Double>(count: data.data.count * n, repeating: 0)
    features.evaluateFeatures(parameters, into: values.pointer)
    // Precision of v, and the force of the labels on it.
    var matrix = (0..<n).map { i in
      (0..<n).map { j in
        data.data.indices.reduce(i == j ? 1 / variance : 0) {
          $0 + values[$1 * n + i] * values[$1 * n + j] / data.data[$1].noise
        }
      }
    }
    var force = (0..<n).map { i in
      data.data.indices.reduce(0.0) { $0 + values[$1 * n + i] * data.data[$1].label / data.data[$1].noise }
    }
    var (logDeterminant, quadratic) = (Double(n) * log(variance), 0.0)
    for k in 0..<n {
      logDeterminant += log(matrix[k][k])
      quadratic += force[k] * force[k] / matrix[k][k]
      for i in k + 1..<max(n, k + 1) {
        let factor = matrix[i][k] / matrix[k][k]
        for j in k..<n { matrix[i][j] -= factor * matrix[k][j] }
        force[i] -= factor * force[k]
      }
    }
    let labels = data.data.reduce(0.0) { $0 + $1.label * $1.label / (2 * $1.noise) }
    return -0.5 * logDeterminant + 0.5 * quadratic - labels
  }

  @Test(arguments: nets.indices) func weightsAreAveragesOverOutputWeights(index: Int) throws {
    let net = Self.nets[index]
    let collapsed = try Self.theory(net, Self.data)
    let readout = CollapsedReadout(collapsed, measuredAt: [])
    let parameters = NetworkParameters(layout: net.layout)
    let stream = RandomStream(seed: 5, stream: net.streamName)
    for draw in 0..<5 {
      net.drawParameters(stream, draw: UInt64(draw), into: parameters)
      readout.evaluate(parameters)
      let expected = Self.logWeight(net, Self.data, parameters)
      #expect(abs(readout.logWeight - expected) < 1e-10 * max(1, abs(expected)), "\(net.kind)")
      // Control: another temperature.
      let other = FieldTheories.DataInsertion(
        points: Self.data.data.map(\.point), labels: Self.data.data.map(\.label), weights: [1, 0.5, 2, 0.25], temperature: 0.11)
      #expect(abs(readout.logWeight - Self.logWeight(net, other, parameters)) > 1e-3)
    }
  }

  /// The change of the weight under one replaced neuron is the difference of weights, before and after the decomposition was changed; 300 replacements leave 1e-9.
  @Test(arguments: [0, 1, 2]) func replacedNeurons(index: Int) throws {
    let net = Self.nets[index]
    let collapsed = try Self.theory(net, Self.data)
    let (readout, fresh) = (CollapsedReadout(collapsed, measuredAt: []), CollapsedReadout(collapsed, measuredAt: []))
    let (parameters, proposal) = (NetworkParameters(layout: net.layout), NetworkParameters(layout: net.layout))
    let features = readout.makeFeatures()
    let stream = RandomStream(seed: 6, stream: net.streamName)
    net.drawParameters(stream, draw: 0, into: parameters)
    readout.evaluate(parameters)
    for draw in 1...300 {
      net.drawParameters(stream, draw: UInt64(draw), into: proposal)
      readout.synthesise(proposal, into: features)
      let (neuron, before) = (draw % net.width, readout.logWeight)
      var change = 0.0
      readout.refresh(neuron..<neuron + 1, from: features) {
        change = $1
        return true
      }
      parameters.copy(neuron..<neuron + 1, from: proposal)
      #expect(abs(readout.logWeight - before - change) < 1e-8 * max(1, abs(before)))
      if draw % 50 == 0 {
        fresh.evaluate(parameters)
        #expect(abs(readout.logWeight - fresh.logWeight) < 1e-9 * max(1, abs(fresh.logWeight)))
        // Control: the neuron beside it.
        fresh.evaluate(proposal)
        #expect(abs(readout.logWeight - fresh.logWeight) > 1e-6)
      }
    }
  }

  /// Neurons judged in blocks on one decomposition, seventy of them, of which every third is refused: each change is the difference of whole weights, to 1e-9. With more noise than kernel blocks stay
  /// whole, with little noise they end early. The control: the same proposals to the network of the beginning, as if no neuron before them had changed.
  @Test(arguments: [10.0, 1e-3]) func blocksOfNeurons(temperature: Double) throws {
    let net = CosNet(dimension: 1, width: 70, sigmaW0: 1, sigmaW1: 1.3)
    let data = FieldTheories.DataInsertion(
      points: (0..<9).map { Point(0.4 * Double($0) - 1.5, 0, 0, 0) }, labels: (0..<9).map { sin(2 * Double($0)) },
      temperature: temperature)
    let collapsed = try Self.theory(net, data)
    let (readout, fresh) = (CollapsedReadout(collapsed, measuredAt: []), CollapsedReadout(collapsed, measuredAt: []))
    let (parameters, proposal) = (NetworkParameters(layout: net.layout), NetworkParameters(layout: net.layout))
    let features = readout.makeFeatures()
    let stream = RandomStream(seed: 8, stream: net.streamName)
    net.drawParameters(stream, draw: 0, into: parameters)
    net.drawParameters(stream, draw: 1, into: proposal)
    readout.synthesise(proposal, into: features)
    readout.evaluate(parameters)
    let first = NetworkParameters(layout: net.layout)
    first.copy(from: parameters)
    var (judged, greatest) = (0, 0.0)
    readout.refresh(0..<70, from: features) { neuron, change in
      func difference(_ network: NetworkParameters) -> Double {
        fresh.evaluate(network)
        let before = fresh.logWeight
        let other = NetworkParameters(layout: net.layout)
        other.copy(from: network)
        other.copy(neuron..<neuron + 1, from: proposal)
        fresh.evaluate(other)
        return fresh.logWeight - before
      }
      #expect(abs(change - difference(parameters)) < 1e-9 * max(1, abs(fresh.logWeight)), "neuron \(neuron)")
      greatest = max(greatest, abs(change - difference(first)))
      judged += 1
      guard neuron % 3 != 0 else { return false }
      parameters.copy(neuron..<neuron + 1, from: proposal)
      return true
    }
    fresh.evaluate(parameters)
    #expect(judged == 70 && abs(readout.logWeight - fresh.logWeight) < 1e-9 * max(1, abs(fresh.logWeight)))
    #expect(greatest > 1e-5)
  }

  /// Samples of output weights have the mean and variance of the conditional law; false alarm 1e-6.
  @Test func outputWeightsFollowTheirLaw() throws {
    let net = Self.nets[0]
    let point = Point(0.7, 0, 0, 0)
    let collapsed = try Self.theory(net, Self.data)
    let readout = CollapsedReadout(collapsed, measuredAt: [point])
    let parameters = NetworkParameters(layout: net.layout)
    let stream = RandomStream(seed: 7, stream: net.streamName)
    net.drawParameters(stream, draw: 0, into: parameters)
    readout.evaluate(parameters)
    let law = try #require(readout.law(parameters))
    let (mean, variance) = (law.mean(0), law.covariance(0, 0))
    let feature = AlignedBuffer<Double>(count: net.width, repeating: 0)
    net.makeFeatures(at: [point])!.evaluateFeatures(parameters, into: feature.pointer)
    let (weights, noise) = (
      AlignedBuffer<Double>(count: net.width, repeating: 0), AlignedBuffer<Double>(count: 8, repeating: 0)
    )
    let count = 20_000
    var (sum, squares) = (0.0, 0.0)
    for draw in 0..<count {
      stream.normalPairs(
        use: .outputWeight, draw: UInt64(1000 + draw), count: net.width, first: weights.pointer, second: weights.pointer)
      for i in 0..<net.width { weights[i] *= 1.3 }
      stream.normalPairs(use: .phase, draw: UInt64(1000 + draw), count: 4, first: noise.pointer, second: noise.pointer + 4)
      readout.drawWeights(weights.pointer, noise: noise.pointer)
      let phi = (0..<net.width).reduce(0.0) { $0 + weights[$1] * feature[$1] }
      sum += (phi - mean) / variance.squareRoot()
      squares += (phi - mean) * (phi - mean) / variance
    }
    let (z, chi) = (sum / Double(count).squareRoot(), (squares - Double(count)) / (2 * Double(count)).squareRoot())
    let bound = StatisticalChecks.normalBound(comparisons: 2)
    #expect(abs(z) < bound && abs(chi) < bound)
    // Control: without the data the field is wider.
    #expect(variance < 0.5 * 1.3 * 1.3 * 0.5)
  }

  /// The share of draws that count, one datum and two cosine neurons, T = 0.001, y = 0.8: 0.9059524 (quadrature over both phases), where plain weights keep 0.0286575.
  @Test func shareOfDrawsThatCount() throws {
    let net = CosNet(dimension: 1, width: 2, sigmaW0: 1, sigmaW1: 1)
    let data = FieldTheories.DataInsertion(points: [.zero], labels: [0.8], temperature: 0.001)
    func share(_ generator: some EnsembleGenerator<Sample>) -> Double {
      let work = generator.makeWorker()
      var (sum, squares, count) = (0.0, 0.0, 0.0)
      for bin in 0..<generator.unitCount {
        _ = work(bin, RunMonitor()) {
          sum += exp($0.logWeight)
          squares += exp(2 * $0.logWeight)
          count += 1
        }
      }
      return sum * sum / squares / count
    }
    let collapsed = try Self.theory(net, data)
    #expect(abs(share(CollapsedPlan(collapsed: collapsed, draws: 40_000, bins: 16)) - 0.9059524) < 0.01)
    #expect(share(ReweightingPlan(theory: collapsed.theory, draws: 40_000, bins: 16)) < 0.1)
  }

  /// What cannot be integrated out is refused, with the reason.
  @Test func refusals() throws {
    let lattice = Lattice(sites: [2], spacing: 0.7, boundary: .open)
    func reason(_ net: any Architecture, _ insertions: [any Insertion]) -> String {
      do {
        let theory = try InteractingTheory(architecture: net, insertions: InsertionSum(insertions), lattice: lattice)
        _ = try CollapsedTheory(theory)
        return ""
      } catch { return "\(error)" }
    }
    let net = CosNet(dimension: 1, width: 3, sigmaW0: 1, sigmaW1: 1)
    #expect(reason(net, [Self.data]).isEmpty)
    #expect(reason(net, [Self.data, QuarticInsertion(coupling: 1)]).contains("quadratic"))
    #expect(reason(CosNet(dimension: 1, width: 3, sigmaW0: 1, sigmaW1: 1, weights: .constant), [Self.data]).contains("gaussian"))
    #expect(reason(net, [SourceInsertion(strength: 1), Self.data]).contains("positive mass"))
    // Two data so near each other that one network cannot tell them apart, without noise.
    let near = FieldTheories.DataInsertion(
      points: [.zero, Point(1e-9, 0, 0, 0)], labels: [0.1, 0.1], temperature: 1e-16)
    #expect(throws: SamplingError.self) { try Self.theory(net, near).checkKernel() }
    try Self.theory(net, Self.data).checkKernel()
  }
}
