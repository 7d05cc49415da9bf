// SPDX-License-Identifier: GPL-3.0-or-later

/// What the data say of a statement. "Consistent" needs a test with power: one whose control came out as it must.
public enum Verdict: Sendable, Hashable {
  /// The test accepts the statement and rejects the wrong answer.
  case consistent
  /// The test rejects the statement.
  case inconsistent
  /// Too little data: no statistic, or a control that the same data cannot tell from the truth. With the draws that would, where they can be told.
  case inconclusive(neededDraws: Int?)

  /// Judges a statement that is expected to hold at false-alarm probability `falseAlarm`.
  init(_ evidence: Evidence, falseAlarm: Double) {
    guard let p = evidence.claim.pValue else {
      self = .inconclusive(neededDraws: evidence.neededDraws(evidence.claim))
      return
    }
    if p < falseAlarm {
      self = .inconsistent
    } else if let wrong = evidence.control.pValue, wrong < falseAlarm {
      self = .consistent
    } else {
      self = .inconclusive(neededDraws: evidence.neededDraws(evidence.control))
    }
  }

  /// Judges a counterexample: the statement must be rejected, the control, which is true, must not.
  init(counterexample evidence: Evidence, falseAlarm: Double) {
    guard let p = evidence.claim.pValue, let truth = evidence.control.pValue else {
      self = .inconclusive(neededDraws: evidence.neededDraws(evidence.claim.pValue == nil ? evidence.claim : evidence.control))
      return
    }
    if truth < falseAlarm {
      // Data that reject what is true say nothing of what is false.
      self = .inconclusive(neededDraws: nil)
    } else if p < falseAlarm {
      self = .inconsistent
    } else {
      self = .inconclusive(neededDraws: evidence.neededDraws(evidence.claim))
    }
  }

  /// Whether the data say anything.
  public var isDecided: Bool {
    if case .inconclusive = self { return false }
    return true
  }

  /// The verdict in one word.
  public var word: String {
    switch self {
    case .consistent: "consistent"
    case .inconsistent: "inconsistent"
    case .inconclusive: "inconclusive"
    }
  }
}

/// A claim after its experiment.
public struct JudgedClaim: Sendable {
  /// What was claimed.
  public let claim: Claim
  /// What was found.
  public let evidence: Evidence
  /// The verdict on the statement.
  public let verdict: Verdict
  /// Which look at new data it rests on, from 1.
  public let look: Int

  init(_ claim: Claim, _ evidence: Evidence, look: Int, falseAlarm: Double) {
    self.claim = claim
    self.evidence = evidence
    self.look = look
    switch claim.expectation {
    case .holds: verdict = Verdict(evidence, falseAlarm: falseAlarm)
    case .fails: verdict = Verdict(counterexample: evidence, falseAlarm: falseAlarm)
    }
  }

  /// The verdict is the expected one, and the control came out as it must.
  public var isAsExpected: Bool { verdict == (claim.expectation == .holds ? .consistent : .inconsistent) }

  /// The data decide, and against what is expected.
  public var isContradicted: Bool { verdict.isDecided && !isAsExpected }

  /// The control came out as it must.
  public func controlHolds(falseAlarm: Double) -> Bool {
    guard let p = evidence.control.pValue else { return false }
    return claim.expectation == .holds ? p < falseAlarm : p >= falseAlarm
  }
}
