// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import Foundation
import KnownValues
import LatticeFields
import NNFTTestSupport
import NumericalKernels
import Testing

extension ReferenceRecord {
  /// The net of a record of L2: a Cos-net, or a dense net whose pre-activation at the point 1 has the variance v.
  fileprivate func net(weights: OutputWeightLaw.Kind = .gaussian, outputVariance factor: Double = 1) -> any NeuronSum {
    let root = factor.squareRoot()
    if parameters["v"] != nil {
      return DenseNet(
        dimension: 1, width: width, activation: theory.contains("relu") ? .relu : .erf, sigmaW: number("v").squareRoot(),
        sigmaB: 0,
        sigmaV: root * number("sigma_v"), weights: weights)
    }
    let amplitude = parameters["sigma_w1"]?.number ?? parameters["sigma_v"]!.number!
    return CosNet(
      dimension: 1, width: parameters["N"] == nil ? 1 : width, sigmaW0: 1, sigmaW1: root * amplitude, weights: weights)
  }
}

/// Every entry against its record; one output variance wrong by a thousandth must be noticed.
private func compare(_ record: ReferenceRecord, floor: Double = 1e-10, _ numbers: (Double) throws -> [Double]) rethrows {
  let right = try numbers(1)
  #expect(right.count == record.values.count)
  for (i, number) in right.enumerated() {
    #expect(record.agrees(with: number, i, floor: floor), "entry \(i): \(number), reference \(record.values[i])")
  }
  let wrong = try numbers(1.001)
  #expect(wrong.indices.contains { !record.agrees(with: wrong[$0], $0, floor: 1e-8) })
}

private let one = Point(coordinates: [1])

/// Sums of independent neurons under one and two data, and the first order in 1/N, against quadrature and Fourier integrals made elsewhere.
@Suite struct FiniteWidthPosteriorTests {
  static func records(_ kinds: String...) -> [ReferenceRecord] { kinds.flatMap { ReferenceRecords.learning("L2:" + $0) } }

  private static let isLong = ProcessInfo.processInfo.environment["NNFT_LONG_TESTS"] != nil

  @Test func noRecordWentMissing() {
    #expect(Self.records("cos:P1", "erf:P1", "relu:P1").count == 15)
    #expect(Self.records("cos:P1-field", "cos:P2", "ESS", "data+phi4", "1/N").count == 21)
  }

  @Test(arguments: records("cos:P1", "erf:P1", "relu:P1")) func oneDatum(_ record: ReferenceRecord) throws {
    try compare(record) { factor in
      let posterior = try #require(
        SingleDatumPosterior(
          record.net(outputVariance: factor), at: one, noise: record.number("T"), label: record.number("y")))
      return [posterior.logPartition, posterior.mean, posterior.variance, posterior.thirdCumulant]
    }
  }

  @Test(arguments: records("data+phi4")) func oneDatumWithQuarticInsertion(_ record: ReferenceRecord) throws {
    try compare(record) { factor in
      let posterior = try #require(
        SingleDatumPosterior(
          record.net(outputVariance: factor), at: one, noise: record.number("T"), label: record.number("y"),
          coupling: record.number("lam")))
      return [posterior.logPartition, posterior.mean, posterior.moment(2), posterior.moment(4)]
    }
  }

  @Test(arguments: records("cos:P1-field")) func wholeField(_ record: ReferenceRecord) throws {
    try compare(record) { factor in
      let net = try #require(record.net(outputVariance: factor) as? CosNet)
      let field = try #require(CosNetDatumField(net, at: .zero, noise: record.number("T"), label: record.number("y")))
      let points = record.points
      return points.map(field.mean) + points.flatMap { x in points.map { field.covariance(x, $0) } }
    }
  }

  static func twoData(_ record: ReferenceRecord, _ factor: Double) throws -> [Double] {
    let (x, y) = (record.numbers("X"), record.numbers("y"))
    let posterior = try #require(
      TwoDataPosterior(
        record.net(outputVariance: factor), at: (Point(coordinates: [x[0]]), Point(coordinates: [x[1]])),
        noise: record.number("T"), labels: (y[0], y[1])))
    let c = posterior.covariance
    return [posterior.logPartition] + posterior.means + [c[0][0], c[0][1], c[1][1]]
  }

  /// The narrowest nets take seconds.
  @Test(arguments: records("cos:P2").filter { isLong || $0.width > 2 }) func twoData(_ record: ReferenceRecord) throws {
    for (i, number) in try Self.twoData(record, 1).enumerated() {
      #expect(record.agrees(with: number, i, floor: 1e-9), "entry \(i): \(number), reference \(record.values[i])")
    }
    guard record.width > 10 else { return }
    #expect(try !record.agrees(with: Self.twoData(record, 1.001)[0], 0, floor: 1e-8))
  }

  /// The record of the erf net, LR0152, is good to 1.3e-8, not to the 1e-9 it states: its own second number (`check`) is 0.0891198451297, which is
  /// met here to 1e-12, as is 0.894817764926463 for the other entry, by the trapezoidal rule over both hidden variables.
  @Test(arguments: records("ESS")) func sampleFractions(_ record: ReferenceRecord) throws {
    if record.id == "LR0152" {
      let net = record.net()
      let collapsed = try #require(VectorDatumPosterior.collapsedSampleFraction(net, at: one, noise: 0.01, label: 0.8))
      #expect(abs(collapsed - 0.894817764926463) < 1e-11)
    }
    try compare(record, floor: record.id == "LR0152" ? 1.3e-8 : 1e-9) { factor in
      let (net, noise, label) = (record.net(outputVariance: factor), record.number("T"), record.number("y"))
      let full = try #require(SingleDatumPosterior(net, at: one, noise: noise, label: label))
      let half = try #require(SingleDatumPosterior(net, at: one, noise: noise / 2, label: label))
      let collapsed = try #require(VectorDatumPosterior.collapsedSampleFraction(net, at: one, noise: noise, label: label))
      return [exp(2 * full.logPartition - half.logPartition), collapsed]
    }
  }

  @Test(arguments: records("1/N")) func firstOrder(_ record: ReferenceRecord) throws {
    try compare(record, floor: 1e-11) { factor in
      let net = record.net(outputVariance: factor)
      let data = record.pointList("X")
      let gaussian = try GaussianProcessPosterior(
        kernel: data.flatMap { x in data.map { net.limitKernel(x, $0)! } }, noise: data.map { _ in record.number("T") },
        labels: record.numbers("y"))
      let first = try #require(FirstOrderPosterior(net, at: data, gaussian: gaussian))
      let means = try record.points.map { x in
        try #require(
          first.meanCorrection(cross: data.map { net.limitKernel(x, $0)! }) { rest in
            net.exactValue(.cumulant([x] + rest.map { data[$0] }), lattice: nil)
          })
      }
      return means + [first.logPartitionCorrection]
    }
  }

  /// The expansion in 1/N is the derivative of the exact posterior: what is left falls like 1/N², for every law and neuron.
  @Test(arguments: OutputWeightLaw.Kind.allCases) func everyLawApproachesTheGaussianProcess(_ law: OutputWeightLaw.Kind) throws {
    func deviation(_ net: any NeuronSum, at x: Point) throws -> Double {
      let prior = try #require(net.limitKernel(x, x))
      let gaussian = try GaussianProcessPosterior(kernel: [prior], noise: [0.2], labels: [0.7])
      let first = try #require(FirstOrderPosterior(net, at: [x], gaussian: gaussian))
      let exact = try #require(SingleDatumPosterior(net, at: x, noise: 0.2, label: 0.7))
      let correction = try #require(
        first.meanCorrection(cross: [prior]) { _ in net.exactValue(.cumulant([x, x, x, x]), lattice: nil) })
      return exact.mean - gaussian.mean([[prior]])[0] - correction
    }
    let cosine = try [50, 100].map {
      try deviation(CosNet(dimension: 2, width: $0, sigmaW0: 1, sigmaW1: 1, weights: law), at: .zero)
    }
    // Rayleigh weights with a uniform phase are complex normals: the field at a point is Gaussian at every width.
    guard law != .rayleigh else {
      #expect(cosine.allSatisfy { abs($0) < 1e-14 })
      return
    }
    #expect(abs(cosine[0] / cosine[1] - 4) < 0.3, "\(cosine)")
    for activation in Activation.inTheoryFiles {
      let dense = try [100, 200].map { width in
        try deviation(
          DenseNet(
            dimension: 1, width: width, activation: activation, sigmaW: 1, sigmaB: 0.3, sigmaV: 1, weights: law), at: one)
      }
      // Linear neurons of fixed output weights, those on the sphere of one output among them, are a sum of Gaussian numbers, at every width.
      if activation == .linear && (law == .constant || law == .sphere) {
        #expect(dense.allSatisfy { abs($0) < 1e-14 })
      } else {
        #expect(abs(dense[0] / dense[1] - 4) < 0.6, "\(activation): \(dense)")
      }
    }
  }

  /// A label that only rounding would describe is not answered.
  @Test func farLabels() {
    let net = CosNet(dimension: 1, width: 2, sigmaW0: 1, sigmaW1: 1)
    #expect(SingleDatumPosterior(net, at: .zero, noise: 0.1, label: 3) != nil)
    #expect(SingleDatumPosterior(net, at: .zero, noise: 0.001, label: 20) == nil)
  }
}

/// Several outputs and their symmetry.
@Suite struct OutputVectorTests {
  static func records(_ kinds: String...) -> [ReferenceRecord] { kinds.flatMap { ReferenceRecords.learning("L9:" + $0) } }

  @Test func noRecordWentMissing() { #expect(Self.records("G4c", "d0", "od-phi4", "ward", "complex").count == 16) }

  @Test(arguments: records("G4c")) func fourPointFunctions(_ record: ReferenceRecord) throws {
    let law: OutputVectorLaw =
      switch record.parameters["law"]?.text {
      case "gaussian": .gaussian
      case "sphere": .sphere(components: record.integer("D"))
      default: .independent(kurtosis: record.number("rho4"))
      }
    try compare(record, floor: 1e-12) { factor in
      let net = record.net(outputVariance: factor)
      let values = try [[1, 1, 1, 1], [1, 1, 2, 2], [1, 2, 1, 2], [1, 2, 2, 1]].map {
        try #require(law.fourPoint(net, $0, at: record.points))
      }
      return values + [values[0] - values[1] - values[2] - values[3]]
    }
  }

  @Test(arguments: records("complex")) func complexFields(_ record: ReferenceRecord) throws {
    func value(_ factor: Double, _ fields: (Int, Int), _ conjugates: (Int, Int)) throws -> Double {
      let net = CosNet(dimension: 1, width: record.width, sigmaW0: 1, sigmaW1: factor.squareRoot())
      return try #require(OutputVectorLaw.complexFourPoint(net, fields: fields, conjugates: conjugates, at: record.points))
    }
    try compare(record, floor: 1e-12) { factor in
      try [value(factor, (1, 2), (1, 2)), value(factor, (1, 2), (2, 1)), value(factor, (1, 1), (1, 1))]
    }
  }

  @Test(arguments: records("d0")) func singleSite(_ record: ReferenceRecord) {
    compare(record, floor: 1e-12) { factor in
      let site = RadialSite(
        components: record.integer("D"),
        potential: QuarticPotential(massSquared: factor * record.number("m2"), coupling: record.number("lam")))
      return [exp(site.logPartition), site.invariant(1), site.invariant(2), site.fourthMoment]
    }
  }

  @Test(arguments: records("od-phi4")) func networksUnderQuarticInsertion(_ record: ReferenceRecord) throws {
    try compare(record, floor: 1e-9) { factor in
      let site = try #require(
        RadialSite(record.net(outputVariance: factor), outputs: record.integer("D"), at: .zero, coupling: record.number("lam")))
      return [site.logPartition, site.invariant(1), site.invariant(2)]
    }
  }

  /// The same as the exact column of a run: an insertion at a point of a net of D outputs, one component of whose field is measured.
  @Test(arguments: records("od-phi4")) func columnAtOnePoint(_ record: ReferenceRecord) throws {
    let (d, lattice) = (record.integer("D"), Lattice(sites: [3], spacing: 1, boundary: .open))
    try compare(record, floor: 1e-9) { factor in
      let net = try #require(record.net(outputVariance: factor) as? CosNet).giving(outputs: d)
      let insertion = QuarticInsertion(coupling: record.number("lam"), region: PointsRegion([.zero]))
      let column = InteractingRunValues(prior: net, terms: InsertionSum([insertion]).terms, lattice: lattice)
      func value(_ function: CorrelationFunction) throws -> Double { try #require(column.value(function)?.value) }
      let second = try value(.moment([.zero, .zero]))
      // <(φ·φ)²> = Σ_ab <φ_a² φ_b²>, from the connected functions of components.
      let points = [Point](repeating: .zero, count: 4)
      let equal = try value(.componentCumulant([1, 1, 1, 1], points)) + 3 * second * second
      let unequal = d > 1 ? try value(.componentCumulant([0, 0, 1, 1], points)) + second * second : 0
      #expect(d == 1 || abs(equal - 3 * unequal) < 1e-10)
      return try [
        #require(column.logPartitionRatio?.value), Double(d) * second, Double(d) * equal + Double(d * (d - 1)) * unequal,
      ]
    }
  }

  /// One site of infinite width with a lattice spacing: a^{d/2} φ is the field of the records.
  @Test(arguments: records("d0")) func columnAtOneSite(_ record: ReferenceRecord) throws {
    let (d, lattice) = (record.integer("D"), Lattice(sites: [1], spacing: 0.5, boundary: .periodic))
    guard d > 1 else { return }
    try compare(record, floor: 1e-10) { factor in
      let field = try #require(FreeLatticeField(lattice: lattice, mass: 1.3).with(outputs: d))
      let insertions = InsertionSum([
        QuarticInsertion(coupling: factor * 0.5 * record.number("lam")), MassInsertion(shift: record.number("m2") - 1.69),
      ])
      let column = InteractingRunValues(prior: field, terms: insertions.terms, lattice: lattice)
      let origin = [Point](repeating: .zero, count: 4)
      let second = try #require(column.value(.moment([.zero, .zero]))?.value) * 0.5
      let fourth = try #require(column.value(.moment(origin))?.value) * 0.25
      let ratio = try #require(column.logPartitionRatio?.value)
      return [exp(ratio) * pow(1.69, -Double(d) / 2), Double(d) * second, Double(d * (d + 2)) / 3 * fourth, fourth]
    }
  }

  @Test(arguments: records("ward")) func wardIdentity(_ record: ReferenceRecord) throws {
    try compare(record, floor: 1e-11) { factor in
      let net = record.net(outputVariance: factor)
      let (noise, label) = (record.number("T"), record.number("y"))
      let posterior = try #require(
        VectorDatumPosterior(net, outputs: record.integer("D"), at: .zero, noise: noise, length: label))
      #expect(abs(label / noise * posterior.perpendicularVariance - posterior.mean) < 1e-12)
      // Away from the datum both sides fall with the momentum average of the plane wave.
      let fall = exp(-record.number("x") * record.number("x") / 2)
      return [
        posterior.logPartition, posterior.mean, posterior.parallelVariance, posterior.perpendicularVariance,
        fall * posterior.mean,
        fall * posterior.perpendicularVariance,
      ]
    }
  }

  /// One output is the posterior of one datum.
  @Test func oneOutput() throws {
    let net = CosNet(dimension: 1, width: 3, sigmaW0: 1, sigmaW1: 1)
    let one = try #require(SingleDatumPosterior(net, at: .zero, noise: 0.1, label: 0.8))
    let vector = try #require(VectorDatumPosterior(net, outputs: 1, at: .zero, noise: 0.1, length: 0.8))
    #expect(abs(one.logPartition - vector.logPartition) < 1e-12 && abs(one.variance - vector.parallelVariance) < 1e-12)
    let two = try #require(VectorDatumPosterior(net, outputs: 2, at: .zero, noise: 0.1, length: 0.8))
    #expect(abs(one.mean - two.mean) > 1e-3)
  }
}
