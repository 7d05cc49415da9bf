// SPDX-License-Identifier: GPL-3.0-or-later

/// The table `[study.curve]`: `nnft study` then measures the error of regression with the kernel of infinite width against the number of data, averaged over data
/// sets of independent directions on a sphere.
public struct LearningCurveSettings: Sendable {
  /// Numbers P of data.
  public let data: [Int]
  /// Ridges T.
  public let ridges: [Double]
  /// The dimension D of the space around the sphere; weights have variance σ²/D.
  public let inputs: Int
  /// Radius of the sphere.
  public let radius: Double
  /// The power of the target in each degree of harmonics, along one axis.
  public let target: [Double]
  /// Data sets at each P.
  public let dataSets: [Int]

  /// Names of the keys, for the wording of faults.
  static let keys = ["data", "ridge", "inputs", "radius", "target", "data_sets"]
  /// The greatest number of data, and that of data sets.
  private static let limits = (data: 4000, sets: 1_000_000)

  /// Reads the table.
  init(reading block: TheoryBlock, dimension: Int) throws {
    data = try block.integers("data", count: 1...1000, in: 1...Self.limits.data)
    ridges = try block.numbers("ridge", count: 1...100)
    inputs = try block.integer("inputs", default: dimension, in: 2...10_000)
    radius = try block.number("radius", default: Double(inputs).squareRoot(), in: TheoryBlock.scales)
    target = try block.numbers("target", count: 1...1000)
    let sets = try block.integers("data_sets", default: [100], count: 1...data.count, in: 2...Self.limits.sets)
    dataSets = sets.count == 1 ? data.map { _ in sets[0] } : sets
    guard dataSets.count == data.count else {
      throw block.fault(
        "data_sets", "\(sets.count) numbers of data sets for \(data.count) numbers of data", cure: "give one, or one for each")
    }
    guard Set(data).count == data.count else { throw block.fault("data", "a number is listed twice", cure: "list each once") }
    guard Set(ridges).count == ridges.count, ridges.allSatisfy({ (1e-13...1e13).contains($0) }) else {
      throw block.fault("ridge", "ridges must differ and lie in 1e-13…1e13", cure: "give positive numbers, each once")
    }
    let power = target.reduce(0, +)
    guard target.allSatisfy({ $0 >= 0 }), power > 0, power <= 1e30 else {
      throw block.fault("target", "powers are not negative, and not all zero", cure: "write it like target = [0, 1, 0, 1]")
    }
    try block.rejectLeftovers()
  }
}
