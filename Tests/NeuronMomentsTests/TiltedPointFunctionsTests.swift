// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis
import FieldTheories
import Foundation
import LatticeFields
import NNFTTestSupport
import NeuronMoments
import NumericalKernels
import Testing

private let net = GaussNet(dimension: 2, width: 5, sigmaW0: 0.8, sigmaW1: 1.2, sigmaB0: 0.5)

private let sets = [
  PointSet(
    name: "far",
    points: [Point(3.4, 0, 0, 0), Point(3.4, 0, 0, 0), Point(3.4, 0, 0, 0), Point(3.4, 0, 0, 0)]),
  PointSet(
    name: "spread",
    points: [
      Point(3, 0, 0, 0), Point(3.5, -0.2, 0, 0), Point(3.2, 0.4, 0, 0), Point(2.4, 0.9, 0, 0),
    ]),
  PointSet(
    name: "opposite",
    points: [Point(3, 0, 0, 0), Point(-3.5, 0, 0, 0), Point(0, 0.4, 0, 0), Point(0.1, -2, 0, 0)]),
  PointSet(name: "pair", points: [Point(3, 1, 0, 0), Point(2, 0, 0, 0)]),
  PointSet(
    name: "six",
    points: [
      Point(2, 0, 0, 0), Point(2.5, -0.2, 0, 0), Point(2, 0.4, 0, 0), Point(2.4, 0.9, 0, 0),
      Point(3.3, 0.3, 0, 0), Point(3.1, -0.8, 0, 0),
    ]),
]

/// The exact value of a row.
private func exact(_ row: TiltedPointFunctions.Row, _ net: GaussNet) -> Double {
  row.target.terms.reduce(0) { $0 + $1.weight * net.exactValue($1.function, lattice: nil)! }
}

@Suite struct TiltedPointFunctionsTests {
  /// 16 independent measurements: Σ pull² is χ²_16 for every row, neither too large nor too small, with false alarm 1e-6 for the
  /// test; the control is a momentum density 5 % wider.
  @Test func agreesWithTheClosedFormsFarFromTheOrigin() {
    let functions = TiltedPointFunctions(net: net, sets: sets)
    let wrong = GaussNet(dimension: 2, width: 5, sigmaW0: 0.84, sigmaW1: 1.2, sigmaB0: 0.5)
    var chiSquared = [Double](repeating: 0, count: functions.rows.count)
    var control = chiSquared
    let seeds = 16
    for seed in 0..<UInt64(seeds) {
      let stream = RandomStream(seed: seed, stream: "tilted point functions")
      for (i, entry) in functions.measure(neurons: 64_000, bins: 200, stream: stream).enumerated() {
        let estimate = Estimate(entry.samples)
        chiSquared[i] += pow(estimate.pull(exact: exact(entry.row, net))!, 2)
        control[i] += pow(estimate.pull(exact: exact(entry.row, wrong))!, 2)
        #expect(estimate.error < 0.05 * abs(estimate.value), "\(entry.row.set) \(estimate)")
      }
    }
    let falseAlarm = 1e-6 / Double(2 * functions.rows.count)
    let upper = StatisticalChecks.chiSquaredBound(degrees: seeds, falseAlarm: falseAlarm)
    let lower = StatisticalChecks.chiSquaredBound(degrees: seeds, falseAlarm: 1 - falseAlarm)
    for (i, row) in functions.rows.enumerated() {
      #expect(
        (lower...upper).contains(chiSquared[i]),
        "\(row.set) connected=\(row.isConnected): \(chiSquared[i])")
      #expect(control[i] > upper, "\(row.set) connected=\(row.isConnected): control \(control[i])")
    }
  }

  /// Why the tilts are needed: as many neurons from the prior give the coincident four-point moment at |x| = 3.4 far too small, with an
  /// error bar that excludes the truth by ten of its sigmas. Nothing in the numbers warns.
  @Test func thePlainAverageFailsSilently() {
    let points = sets[0].points
    let truth = net.neuronMoment(points)
    func estimate(_ tilts: [Tilt]) -> SampleMean {
      let mixture = TiltMixture(net: net, tilts: tilts)
      let stream = RandomStream(seed: 1, stream: "plain average")
      return SampleMean(
        (0..<100).map { mixture.moments(of: [points], bin: $0, neurons: 20_000, stream: stream)[0] }
      )
    }
    let plain = estimate([.prior])
    #expect(plain.mean < 0.1 * truth)
    #expect(abs(plain.pull(truth)) > 10)
    let tilted = estimate([.prior, Tilt(order: 4, sum: points.reduce(.zero, +))])
    #expect(abs(tilted.pull(truth)) < StatisticalChecks.normalBound())
    #expect(tilted.error < 1e-3 * truth)
    #expect(net.samplingObstruction(order: 4, radius: 3.4, draws: 400_000) != nil)
  }

  /// The record: relative variance exp(q δ²) − 1 of one tilt evaluated at points whose sum is off by δ.
  @Test func relativeVarianceOfOneTilt() throws {
    let record = try #require(
      ReferenceRecords.of(item: "A1", theory: "Gauss-net").first {
        $0.quantity.hasPrefix("relative variance of tilted estimator")
      })
    let net = GaussNet(
      dimension: record.dimension, width: 1, sigmaW0: record.number("sigma_w0"), sigmaW1: 1,
      sigmaB0: record.number("sigma_b0"))
    let delta = try #require(record.pointField("delta"))
    let points = [Point](repeating: Point(2, 1, 0, 0), count: 4)
    let shifted = points.dropLast() + [points[3] + delta]
    let mixture = TiltMixture(net: net, tilts: [Tilt(order: 4, sum: points.reduce(.zero, +))])
    let stream = RandomStream(seed: 3, stream: "relative variance")
    let samples = (0..<200_000).map {
      mixture.moments(of: [points, Array(shifted)], bin: $0, neurons: 1, stream: stream)
    }
    // At its own points one tilt has no variance at all.
    let truth = net.neuronMoment(points)
    #expect(samples.allSatisfy { abs($0[0] - truth) < 1e-12 * truth })
    let mean = SampleMean(samples.map { $0[1] }).mean
    let variance = SampleMean(samples.map { pow($0[1] / mean - 1, 2) })
    // The mean's own fluctuation enters at 1/200 000: far below the error of the variance.
    #expect(abs(variance.pull(record.value)) < StatisticalChecks.normalBound())
    #expect(abs(variance.pull(exp(2 * 0.32 * 0.64) - 1)) > StatisticalChecks.normalBound())
  }

  @Test func binsArePureFunctions() {
    let functions = TiltedPointFunctions(net: net, sets: sets)
    let stream = RandomStream(seed: 11, stream: "bins")
    let late = functions.bin(7, neurons: 1000, stream: stream)
    _ = functions.bin(2, neurons: 1000, stream: stream)
    #expect(functions.bin(7, neurons: 1000, stream: stream) == late)
    #expect(functions.bin(8, neurons: 1000, stream: stream) != late)
    #expect(late.count == functions.primaryCount)
  }

  /// The order of points in a set cannot matter, not even in the last bit.
  @Test func permutationsOfAPointSetAreOne() {
    let permuted = PointSet(name: "permuted", points: Array(sets[1].points.reversed()))
    let functions = TiltedPointFunctions(net: net, sets: [sets[1], permuted])
    #expect(functions.primaryCount == 7)
    let entries = functions.measure(
      neurons: 4000, bins: 8, stream: RandomStream(seed: 5, stream: "permutation"))
    #expect(entries.count == 4)
    #expect(abs(entries[0].samples.value / entries[2].samples.value - 1) < 1e-13)
    #expect(abs(entries[1].samples.value / entries[3].samples.value - 1) < 1e-13)
  }

  @Test func tiltsAreCappedAndHugeMomentsAnnounced() {
    let functions = TiltedPointFunctions(net: net, sets: sets, maximumTilts: 8)
    #expect(functions.tilts.count <= 8)
    #expect(functions.tilts.contains(.prior))
    #expect(functions.obstruction == nil)
    let far = PointSet(name: "far", points: [Point](repeating: Point(30, 0, 0, 0), count: 6))
    #expect(TiltedPointFunctions(net: net, sets: [far]).obstruction != nil)
    let capped = functions.measure(
      neurons: 400_000, bins: 100, stream: RandomStream(seed: 4, stream: "capped"))
    let bound = StatisticalChecks.studentBound(degrees: 99, comparisons: capped.count)
    for entry in capped {
      let pull = Estimate(entry.samples).pull(exact: exact(entry.row, net))!
      #expect(abs(pull) < bound, "\(entry.row.set) \(pull)")
    }
  }

  /// The bounds themselves: quantiles from tables (χ²_4 at 0.05, χ²_5 at 0.01, the normal at 0.05, Student's t with 4 and 7 degrees at 0.01).
  @Test func statisticalBounds() {
    #expect(
      abs(StatisticalChecks.chiSquaredBound(degrees: 4, falseAlarm: 0.05) - 9.487729036781154)
        < 1e-9)
    #expect(
      abs(StatisticalChecks.chiSquaredBound(degrees: 5, falseAlarm: 0.01) - 15.08627246938899)
        < 1e-9)
    #expect(abs(StatisticalChecks.normalBound(falseAlarm: 0.05) - 1.959963984540054) < 1e-9)
    #expect(
      abs(StatisticalChecks.studentBound(degrees: 4, falseAlarm: 0.01) - 4.604094871349993) < 1e-9)
    #expect(
      abs(StatisticalChecks.studentBound(degrees: 7, falseAlarm: 0.01) - 3.4994832973505026) < 1e-9)
  }
}
