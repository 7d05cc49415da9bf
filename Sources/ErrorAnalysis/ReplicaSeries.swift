// SPDX-License-Identifier: GPL-3.0-or-later

/// The primaries measured along one Markov chain: one replica of an ensemble.
///
/// Measurements stand at steps of the chain that may be any distance apart: every step, every tenth, or a regular sequence with
/// holes (lost or corrupt records). Correlations are between steps, never between positions in the array.
public struct ReplicaSeries: Sendable {
  /// `primaries[α][i]` is measurement i of primary α.
  public let primaries: [[Double]]
  /// The step of the chain at which measurement i was made; ascending.
  public let steps: [Int]

  /// Series of equal length, one a primary; without `steps` the measurements are consecutive.
  public init(_ primaries: [[Double]], steps: [Int]? = nil) {
    precondition(!primaries.isEmpty, "ReplicaSeries: no primaries")
    let count = primaries[0].count
    self.primaries = primaries
    self.steps = steps ?? Array(0..<count)
    precondition(
      primaries.allSatisfy { $0.count == count } && self.steps.count == count,
      "ReplicaSeries: primaries of \(primaries.map(\.count)) measurements at \(self.steps.count) steps")
    precondition(
      zip(self.steps, self.steps.dropFirst()).allSatisfy { $0 < $1 }, "ReplicaSeries: steps must ascend")
  }

  /// Number of measurements.
  public var count: Int { steps.count }

  /// The means of the primaries over this chain.
  public var means: [Double] { primaries.map { $0.reduce(0, +) / Double(count) } }

  /// The greatest common divisor of the distances between measurements; 0 for fewer than two.
  public var spacing: Int {
    zip(steps, steps.dropFirst()).reduce(0) { Self.greatestCommonDivisor($0, $1.1 - $1.0) }
  }

  /// Whether all distances between neighbouring measurements are equal.
  var isRegular: Bool {
    let spacing = spacing
    return zip(steps, steps.dropFirst()).allSatisfy { $1 - $0 == spacing }
  }

  /// `values`, one a measurement, on the regular sequence of steps `gap` apart; holes hold 0.
  func expanded(_ values: [Double], gap: Int) -> [Double] {
    var regular = [Double](repeating: 0, count: (steps[count - 1] - steps[0]) / gap + 1)
    for (step, value) in zip(steps, values) { regular[(step - steps[0]) / gap] = value }
    return regular
  }

  /// Length of the chain in lags, as pyerrors counts it: `count · spacing/gap`, or `(last − first + 1)/gap` where there are
  /// holes.
  func length(gap: Int) -> Int {
    isRegular ? count * spacing / gap : (steps[count - 1] - steps[0] + 1) / gap
  }

  static func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int {
    b == 0 ? a : greatestCommonDivisor(b, a % b)
  }
}
