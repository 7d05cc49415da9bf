// SPDX-License-Identifier: GPL-3.0-or-later

/// The table `[study.critical]`: `nnft study` then finds the critical point of a lattice theory from Binder crossings of lattices of several sizes, and exponents
/// from how observables scale there.
public struct CriticalPointSettings: Sendable {
  /// The coupling that is tuned through the critical point.
  public enum Coupling: String, Sendable, CaseIterable {
    /// The bare mass squared m0², by the `delta` of an insertion of kind `mass`.
    case mass = "m0_squared"
    /// λ of an insertion of kind `phi4`.
    case quartic = "lambda"
  }

  /// Sites L along each axis, ascending.
  public let lengths: [Int]
  /// What is tuned.
  public let coupling: Coupling
  /// Its values at which every lattice is sampled.
  public let values: [Double]
  /// Exponent ω of the leading correction to scaling.
  public let omega: Double

  /// Names of the keys, for the wording of faults.
  static let keys = ["lengths", "key", "values", "omega"]

  /// ω of the Ising class: 2 in two dimensions, 0.832(6) in three (arXiv:1004.4486).
  private static func omega(dimension: Int) -> Double { dimension == 2 ? 2 : 0.832 }

  /// Reads the table.
  init(reading block: TheoryBlock, dimension: Int) throws {
    lengths = try block.integers("lengths", count: 2...20, in: 2...4096)
    coupling = try block.choice("key", default: .mass)
    values = try block.numbers("values", count: 1...20)
    omega = try block.number("omega", default: Self.omega(dimension: dimension), in: 0.1...10)
    guard zip(lengths, lengths.dropFirst()).allSatisfy({ $0 < $1 }) else {
      throw block.fault("lengths", "the lattices do not grow", cure: "list each length once, ascending")
    }
    guard Set(values).count == values.count else {
      throw block.fault("values", "a value is listed twice", cure: "list each once")
    }
    try block.rejectLeftovers()
  }
}
