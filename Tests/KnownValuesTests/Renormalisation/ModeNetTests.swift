// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import KnownValues
import NNFTTestSupport
import Testing

/// Modes under a quartic insertion of their length, against tensor quadrature and recursions made elsewhere.
@Suite struct ModeNetTests {
  static func records(_ kinds: String...) -> [ReferenceRecord] { kinds.flatMap { ReferenceRecords.learning("L6:" + $0) } }

  @Test func noRecordWentMissing() { #expect(ReferenceRecords.learning.count { $0.item == "L6" } == 56) }

  static func compare(_ record: ReferenceRecord, floor: Double, _ numbers: (Double) -> [Double]) {
    let right = numbers(1)
    #expect(right.count == record.values.count)
    for (i, number) in right.enumerated() {
      #expect(record.agrees(with: number, i, floor: floor), "entry \(i): \(number), reference \(record.values[i])")
    }
    let wrong = numbers(1.001)
    #expect(wrong.indices.contains { !record.agrees(with: wrong[$0], $0, floor: 1e-7) })
  }

  @Test(arguments: records("exact:small")) func fewModes(_ record: ReferenceRecord) {
    Self.compare(record, floor: 1e-10) { factor in
      let net = ModeNet(
        stiffnesses: record.numbers("a"), targets: record.numbers("y"), ridge: record.number("r"),
        coupling: factor * record.number("U"))
      return net.means + net.variances + [net.meanLength, net.lengthVariance, net.logPartitionRatio!]
    }
  }

  static func flow(_ record: ReferenceRecord) -> ModeNetFlow {
    ModeNetFlow(alpha: record.number("alpha"), beta: record.number("beta"))
  }

  @Test(arguments: records("exact:mean", "exact:var", "exact:rho")) func manyModes(_ record: ReferenceRecord) {
    Self.compare(record, floor: 1e-10) { factor in
      let net = Self.flow(record).net(
        count: record.integer("P"), ridge: record.number("r0"), coupling: factor * record.number("U0"))
      switch record.kind! {
      case "L6:exact:mean": return record.numbers("k").map { net.means[Int($0) - 1] }
      case "L6:exact:var": return record.numbers("k").map { net.variances[Int($0) - 1] }
      default: return [net.hartreeMass, net.meanLength, net.lengthVariance, net.logPartitionRatio!]
      }
    }
  }

  @Test(arguments: records("discrete", "ode", "rgir", "rgk", "firstorder")) func flows(_ record: ReferenceRecord) {
    Self.compare(record, floor: record.kind == "L6:ode" ? 1e-8 : 1e-11) { factor in
      let (flow, count) = (Self.flow(record), record.integer("P"))
      let (r, u) = (record.number("r0"), factor * record.number("U0"))
      let couplings = flow.couplings(count: count, ridge: r, coupling: u)
      func mean(_ k: Double, _ ridge: Double) -> Double { flow.stiffness(k) * flow.target(k) / (flow.stiffness(k) + ridge) }
      switch record.kind! {
      case "L6:discrete": return [couplings[0].ridge, couplings[0].coupling]
      case "L6:ode":
        let end = flow.continuous(count: count, ridge: r, coupling: u, scale: Double(count))
        return [end.ridge, end.coupling]
      case "L6:rgir": return record.numbers("k").map { mean($0, couplings[0].ridge) }
      case "L6:rgk": return record.numbers("k").map { mean($0, couplings[Int($0)].ridge) }
      default:
        let series = flow.firstOrder(count: count, ridge: r, coupling: u)
        return record.numbers("k").map { series.means[Int($0) - 1] } + record.numbers("k").map { series.variances[Int($0) - 1] }
      }
    }
  }

  @Test(arguments: records("flowfield", "nullcline")) func flowField(_ record: ReferenceRecord) {
    Self.compare(record, floor: 1e-13) { factor in
      let (cutoff, time) = (record.number("Lambda"), record.number("tau"))
      let r = factor * record.number("r")
      if record.kind == "L6:nullcline" { return [Self.flow(record).nullcline(cutoff: cutoff, logScale: time, ridge: r)] }
      let velocity = Self.flow(record).velocity(cutoff: cutoff, logScale: time, ridge: r, coupling: record.number("U"))
      return [velocity.ridge, velocity.coupling]
    }
  }

  @Test(arguments: records("fixedpoint")) func fixedPoint(_ record: ReferenceRecord) {
    let alpha = record.number("alpha")
    let point = ModeNetFlow(alpha: alpha, beta: 1 + alpha).fixedPoint(cutoff: record.number("Lambda"))
    let numbers = [point.ridge, point.coupling, point.eigenvalues.0, point.eigenvalues.1]
    for (i, number) in numbers.enumerated() { #expect(record.agrees(with: number, i, floor: 1e-12)) }
    // There the flow of large l stands still, and elsewhere it does not.
    let flow = ModeNetFlow(alpha: alpha, beta: 1 + alpha)
    let still = flow.velocity(cutoff: 10, logScale: 40, ridge: point.ridge, coupling: point.coupling)
    let moving = flow.velocity(cutoff: 10, logScale: 40, ridge: 1.1 * point.ridge, coupling: point.coupling)
    #expect(abs(still.ridge) < 1e-10 && abs(still.coupling) < 1e-9 && abs(moving.ridge) > 0.1)
  }

  /// Half of the modes under the flowed couplings have the means of all of them; under the bare ones they have not.
  @Test func transfer() throws {
    let record = try #require(Self.records("transfer:rU").first)
    let flow = Self.flow(record)
    let (count, half) = (record.integer("P"), record.integer("P_prime"))
    let (r, u) = (Double(count) / record.number("kappa"), 6 * record.number("u") * Double(count) / record.number("kappa"))
    let flowed = flow.continuous(count: count, ridge: r, coupling: u, scale: 2)
    #expect(record.agrees(with: flowed.ridge, 0, floor: 1e-8) && record.agrees(with: flowed.coupling, 1, floor: 1e-8))
    let all = flow.net(count: count, ridge: r, coupling: u).means
    func deviation(_ ridge: Double, _ coupling: Double) -> Double {
      zip(flow.net(count: half, ridge: ridge, coupling: coupling).means, all).map { abs($0 / $1 - 1) }.max()!
    }
    let table = try #require(Self.records("transfer:dev").first)
    #expect(abs(deviation(flowed.ridge, flowed.coupling) / table.values[0] - 1) < 1e-2)
    #expect(abs(deviation(r / 2, u / 2) / table.values[1] - 1) < 1e-3)
    #expect(abs(deviation(r, u) / table.values[2] - 1) < 1e-3)
  }

  /// Sums as integrals with half-integer limits, and without cutoffs.
  @Test(arguments: records("loss:continuum")) func continuumLosses(_ record: ReferenceRecord) {
    Self.compare(record, floor: 1e-11) { factor in
      let flow = Self.flow(record)
      let r = factor * record.number("P") / record.number("kappa")
      let (integral, scaling) = (flow.continuumLoss(count: record.integer("P"), ridge: r), flow.scalingLoss(ridge: r)!)
      return [integral.bias, integral.variance, scaling.bias, scaling.variance]
    }
  }

  /// The Hartree ridge in the continuum.
  @Test(arguments: records("loss:nonGP").filter { $0.integer("P") <= 1000 }) func effectiveRidge(_ record: ReferenceRecord) {
    let r = record.number("P") / record.number("kappa")
    let number = Self.flow(record).effectiveRidge(count: record.integer("P"), ridge: r, coupling: 6 * record.number("u") * r)
    #expect(record.agrees(with: number, 6, floor: 1e-9), "\(number)")
    #expect(!record.agrees(with: 1.001 * number, 6, floor: 1e-7))
  }

  /// Sums of squared means and variances, exact and by the flow.
  @Test(arguments: records("loss:GP", "loss:nonGP").filter { $0.integer("P") <= 1000 }) func losses(_ record: ReferenceRecord) {
    let (flow, count) = (Self.flow(record), record.integer("P"))
    let r = Double(count) / record.number("kappa")
    let u = record.kind == "L6:loss:GP" ? 0 : 6 * record.number("u") * Double(count) / record.number("kappa")
    func sums(_ net: ModeNet) -> [Double] { [net.means.reduce(0) { $0 + $1 * $1 }, net.variances.reduce(0, +)] }
    let exact = flow.net(count: count, ridge: r, coupling: u)
    var numbers = sums(exact)
    if u > 0 {
      let infrared = flow.couplings(count: count, ridge: r, coupling: u)[0]
      numbers += sums(flow.net(count: count, ridge: infrared.ridge, coupling: 0))
      #expect(record.agrees(with: r + exact.hartreeMass, 7, floor: 1e-8))
    }
    for (i, number) in numbers.enumerated() { #expect(record.agrees(with: number, i, floor: 1e-9), "\(number)") }
    let other = sums(flow.net(count: count, ridge: 1.001 * r, coupling: u))
    #expect(!record.agrees(with: other[0], 0, floor: 1e-7))
  }
}
