// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import Foundation
import KnownValues
import LatticeFields
import NNFTTestSupport
import NumericalKernels
import Testing

extension ReferenceRecord {
  /// The prior covariance of the field that a record of L1 names, at two points.
  func priorKernel() throws -> (Point, Point) -> Double {
    let net: any Architecture
    var readoutBias = 0.0
    switch theory.split(separator: " ")[0] {
    case "Cos-net": net = CosNet(dimension: dimension, width: 1, sigmaW0: number("sigma_w0"), sigmaW1: number("sigma_w1"))
    case "Scalar-net": net = try ScalarNet.make(dimension: dimension, width: 1, mass: number("m"), cutoff: number("Lambda"))
    case "lattice":
      let lattice = Lattice(
        sites: [Int](repeating: integer("L"), count: dimension), spacing: number("a"), boundary: .periodic)
      net = FreeLatticeField(lattice: lattice, mass: number("m2").squareRoot())
    default:
      let (activation, depth) = (Activation(rawValue: theory.contains("relu") ? "relu" : "erf")!, integer("hidden_layers"))
      let (w, b) = (number("sigma_w"), number("sigma_b"))
      readoutBias = b * b
      net =
        depth == 1
        ? DenseNet(dimension: dimension, width: 1, activation: activation, sigmaW: w, sigmaB: b, sigmaV: w)
        : DeepNet(
          dimension: dimension, widths: [Int](repeating: 1, count: depth), activation: activation, sigmaW: w, sigmaB: b, sigmaV: w
        )
    }
    return { net.limitKernel($0, $1)! + readoutBias }
  }
}

/// Gaussian-process regression against linear algebra in forty digits.
@Suite struct GaussianProcessPosteriorTests {
  static let records = ReferenceRecords.learning.filter {
    $0.item == "L1" && !$0.kind!.contains("phi4") && !$0.kind!.contains("slope")
  }

  /// The posterior of a record with its noise times `factor`, and the test points' covariances.
  static func posterior(_ record: ReferenceRecord, noise factor: Double = 1) throws -> (GaussianProcessPosterior, [Double]) {
    let kernel = try record.priorKernel()
    let inputs = record.pointList("X")
    let posterior = try GaussianProcessPosterior(
      kernel: inputs.flatMap { x in inputs.map { kernel(x, $0) } },
      noise: inputs.map { _ in factor * record.number("T") }, labels: record.numbers("y"))
    let sites =
      record.kind!.hasSuffix("profile") ? (0..<record.integer("L")).map { Point(coordinates: [Double($0)]) } : record.points
    let cross = sites.map { x in inputs.map { kernel(x, $0) } }
    switch record.kind!.split(separator: ":").last! {
    case "mean", "profile": return (posterior, posterior.mean(cross))
    case "cov":
      return (posterior, posterior.covariance(cross, prior: sites.map { x in sites.map { kernel(x, $0) } }).flatMap { $0 })
    case "lnZ": return (posterior, [posterior.logPartition!])
    case "t": return (posterior, posterior.pinForces)
    case "loo": return (posterior, posterior.leaveOneOut.means + posterior.leaveOneOut.variances)
    default: return (posterior, [posterior.meanInsertion])
    }
  }

  @Test func noRecordWentMissing() { #expect(Self.records.count == 67) }

  @Test(arguments: records) func record(_ record: ReferenceRecord) throws {
    let numbers = try Self.posterior(record).1
    #expect(numbers.count == record.values.count)
    for (i, number) in numbers.enumerated() {
      #expect(record.agrees(with: number, i, floor: 1e-11), "\(number), reference \(record.values[i])")
    }
  }

  /// The control: noise wrong by a thousandth is seen in every record.
  @Test(arguments: records) func wrongNoiseIsNoticed(_ record: ReferenceRecord) throws {
    let numbers = try Self.posterior(record, noise: 1.001).1
    #expect(numbers.indices.contains { !record.agrees(with: numbers[$0], $0, floor: 1e-9) })
  }

  /// Values and slopes of one field, each with noise of its own: `Cov(φ(x), φ'(w)) = ∂K(x,w)/∂w`.
  @Test(arguments: ReferenceRecords.learning.filter { $0.kind!.contains("slope") }) func slopes(_ record: ReferenceRecord) throws
  {
    struct Functional {
      let place: Double
      let isSlope: Bool
    }
    func kernel(_ a: Functional, _ b: Functional) -> Double {
      let r = a.place - b.place
      let value = 0.5 * exp(-r * r / 2)
      return switch (a.isSlope, b.isSlope) {
      case (false, false): value
      case (false, true): r * value
      case (true, false): -r * value
      case (true, true): (1 - r * r) * value
      }
    }
    let data =
      record.numbers("X").map { Functional(place: $0, isSlope: false) }
      + record.numbers("X_slope").map { Functional(place: $0, isSlope: true) }
    let sites = record.points.map { Functional(place: $0[0], isSlope: false) }
    let posterior = try GaussianProcessPosterior(
      kernel: data.flatMap { a in data.map { kernel(a, $0) } }, noise: record.numbers("T_values") + record.numbers("T_slopes"),
      labels: record.numbers("y") + record.numbers("y_slope"))
    let cross = sites.map { x in data.map { kernel(x, $0) } }
    let numbers =
      record.kind!.hasSuffix("mean")
      ? posterior.mean(cross) : posterior.covariance(cross, prior: sites.map { x in sites.map { kernel(x, $0) } }).flatMap { $0 }
    for (i, number) in numbers.enumerated() { #expect(record.agrees(with: number, i, floor: 1e-12)) }
    // The control: a slope read as a value.
    let wrong = posterior.mean(sites.map { x in data.map { kernel(x, Functional(place: $0.place, isSlope: false)) } })
    #expect(record.kind!.hasSuffix("cov") || !record.agrees(with: wrong[0], floor: 1e-3))
  }

  static let cosine = CosNet(dimension: 1, width: 1, sigmaW0: 1, sigmaW1: 1)

  static func posterior(_ places: [Double], _ noise: [Double], _ labels: [Double]) throws -> GaussianProcessPosterior {
    let points = places.map { Point(coordinates: [$0]) }
    return try GaussianProcessPosterior(
      kernel: points.flatMap { x in points.map { cosine.limitKernel(x, $0)! } }, noise: noise, labels: labels)
  }

  /// Two data at one point are one datum with the mean label and half the noise, up to `−(y_1 − y_2)²/4T` in ln Z.
  @Test func twoDataAtOnePoint() throws {
    let two = try Self.posterior([0, 0, 1], [0.3, 0.3, 0.1], [0.7, -0.2, 0.4])
    let one = try Self.posterior([0, 1], [0.15, 0.1], [0.25, 0.4])
    #expect(abs(two.pinForces[0] + two.pinForces[1] - one.pinForces[0]) < 1e-14)
    #expect(abs(two.logPartition! + 0.9 * 0.9 / 1.2 - one.logPartition!) < 1e-13)
    #expect(abs(two.logPartition! - one.logPartition!) > 0.1)
  }

  /// `∂ ln Z/∂y = −t`, `T ∂ ln Z/∂T = <I_D>`, and the density of the labels differs from Z by `(2πT)^{P/2}`.
  @Test func derivativesOfTheFreeEnergy() throws {
    func z(_ temperature: Double, _ label: Double) throws -> GaussianProcessPosterior {
      try Self.posterior([-1, 0.3, 1.2], [temperature, temperature, temperature], [label, -0.4, 0.8])
    }
    let (step, here) = (1e-4, try z(0.1, 0.5))
    let byLabel = try (z(0.1, 0.5 + step).logPartition! - z(0.1, 0.5 - step).logPartition!) / (2 * step)
    #expect(abs(byLabel + here.pinForces[0]) < 1e-7)
    let byNoise = try (z(0.1 + step, 0.5).logPartition! - z(0.1 - step, 0.5).logPartition!) / (2 * step)
    #expect(abs(0.1 * byNoise - here.meanInsertion) < 1e-5)
    #expect(abs(here.logEvidence - here.logPartition! + 1.5 * log(0.2 * Double.pi)) < 1e-13)
    #expect(abs(byNoise - here.meanInsertion) > 1)
  }

  private static let isLong = ProcessInfo.processInfo.environment["NNFT_LONG_TESTS"] != nil

  /// Two thousand data on a line: the evidence in less than three seconds of one processor, and `A t = y`.
  @Test(.enabled(if: isLong)) func twoThousandData() throws {
    let count = 2000
    let kernel = (0..<count * count).map { index -> Double in
      let r = 0.05 * Double(index / count - index % count)
      return 0.5 * exp(-r * r / 2)
    }
    let labels = (0..<count).map { sin(0.3 * Double($0)) }
    let start = clock()
    let posterior = try GaussianProcessPosterior(kernel: kernel, noise: [Double](repeating: 0.1, count: count), labels: labels)
    let seconds = Double(clock() - start) / 1e6
    print("evidence of \(count) data: \(posterior.logEvidence) in \(seconds) s of one processor")
    #expect(seconds < 3)
    let row = (0..<count).reduce(0.1 * posterior.pinForces[7]) { $0 + kernel[7 * count + $1] * posterior.pinForces[$1] }
    #expect(abs(row - labels[7]) < 1e-11)
  }

  /// Other labels by the same decomposition are the same numbers.
  @Test func otherLabels() throws {
    let first = try Self.posterior([-1, 0.3, 1.2], [0.1, 0.2, 0.3], [9, 9, 9])
    let second = try Self.posterior([-1, 0.3, 1.2], [0.1, 0.2, 0.3], [0.5, -0.4, 0.8])
    #expect(try first.relabelled([0.5, -0.4, 0.8]).pinForces == second.pinForces)
    #expect(first.pinForces != second.pinForces)
  }

  /// Without noise the field passes through the labels, and two data at one point are refused, as are fifty near each other; NaN and labels of
  /// another count too.
  @Test func refusals() throws {
    let exact = try Self.posterior([-1, 0.3, 1.2], [0, 0, 0], [0.5, -0.4, 0.8])
    #expect(exact.logPartition == nil && abs(exact.effectiveParameters - 3) < 1e-14)
    let here = Point(coordinates: [0.3])
    let cross = [-1, 0.3, 1.2].map { Self.cosine.limitKernel(here, Point(coordinates: [$0]))! }
    #expect(abs(exact.mean([cross])[0] + 0.4) < 1e-14)
    #expect(throws: DataFault.self) { try Self.posterior([0, 1, 0], [0, 0, 0], [1, 1, 1]) }
    #expect(throws: DataFault.self) {
      try Self.posterior((0..<50).map { 0.02 * Double($0) }, [Double](repeating: 0, count: 50), [Double](repeating: 1, count: 50))
    }
    #expect(throws: Never.self) {
      try Self.posterior(
        (0..<50).map { 0.02 * Double($0) }, [Double](repeating: 1e-9, count: 50), [Double](repeating: 1, count: 50))
    }
    #expect(throws: DataFault.self) { try Self.posterior([0, 1], [0.1, 0.1], [1, .nan]) }
    #expect(throws: DataFault.self) { try Self.posterior([0, 1], [0.1, -0.1], [1, 1]) }
    #expect(throws: DataFault.shape(data: 2, kernelEntries: 4, labels: 3)) {
      try Self.posterior([0, 1], [0.1, 0.1], [1, 1, 1])
    }
  }
}
