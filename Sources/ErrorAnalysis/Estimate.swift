// SPDX-License-Identifier: GPL-3.0-or-later

/// Whether an estimate and its error may be believed.
public enum Reliability: Sendable, Hashable {
  /// Value and error may be believed.
  case sound
  /// The data cannot support an error bar; the reason in one sentence. Such a row is never a pass.
  case underSampled(String)
}

/// One measured number.
public struct Estimate: Sendable, Hashable {
  /// Central value.
  public let value: Double
  /// Standard error (one sigma).
  public let error: Double
  /// Degrees of freedom of the error, for Student's t.
  public let degreesOfFreedom: Int
  /// Whether value and error may be believed.
  public var reliability: Reliability

  /// A measured number.
  public init(value: Double, error: Double, degreesOfFreedom: Int, reliability: Reliability = .sound) {
    self.value = value
    self.error = error
    self.degreesOfFreedom = degreesOfFreedom
    self.reliability = reliability
  }

  /// Value and error of a jackknife sample.
  public init(_ samples: JackknifeSamples, reliability: Reliability = .sound) {
    self.init(
      value: samples.value, error: samples.error, degreesOfFreedom: samples.degreesOfFreedom,
      reliability: reliability)
  }

  /// `(value − exact)/error`; nil where the row is under-sampled or the error vanishes while the values differ.
  public func pull(exact: Double) -> Double? {
    guard reliability == .sound, error.isFinite, value.isFinite else { return nil }
    if error > 0 { return (value - exact) / error }
    return value == exact ? 0 : nil
  }
}
