// SPDX-License-Identifier: GPL-3.0-or-later

/// A statement about one theory that an experiment can contradict.
public struct Claim: Sendable {
  /// What theory says of the statement: counterexamples are claims too.
  public enum Expectation: String, Sendable {
    /// The statement is true; the test must accept it.
    case holds
    /// The statement is false; the test must reject it.
    case fails
  }

  /// Short name, unique within its experiment: `translations, n = 4`.
  public let name: String
  /// The statement, with its formula.
  public let statement: String
  /// Paper and equation.
  public let source: String
  /// Whether it is true.
  public let expectation: Expectation
  /// What the control replaces: the deliberately wrong answer that must be rejected, or, beside a claim that fails, the true one that must not.
  public let control: String
  /// The registered things whose numbers it tests: what ``ClaimMatrix`` counts.
  public let holds: [Registered]

  /// States a claim.
  public init(
    _ name: String, statement: String, source: String, expectation: Expectation = .holds, control: String,
    holds: [Registered] = []
  ) {
    self.name = name
    self.statement = statement
    self.source = source
    self.expectation = expectation
    self.control = control
    self.holds = holds
  }
}

/// The outcome of one test of a null hypothesis.
public struct Finding: Sendable {
  /// Probability of data at least as far from the hypothesis if it is true; nil where statistics are too few to say.
  public let pValue: Double?
  /// The statistic in words, with its number of directions or its tolerance.
  public let text: String
  /// By what factor more networks would make the statistic reject, were its deviation real; nil if unknown.
  public let growth: Double?
  /// What the reports draw: the deviation of every tested number from the hypothesis, in its own errors.
  public let pulls: [Double]
  /// Directions of a joint test.
  let directions: Int?

  /// A finding with its probability and its words.
  public init(pValue: Double?, text: String, growth: Double? = nil, pulls: [Double] = []) {
    self.init(pValue: pValue, text: text, growth: growth, pulls: pulls, directions: nil)
  }

  init(pValue: Double?, text: String, growth: Double?, pulls: [Double], directions: Int?) {
    self.directions = directions
    self.pValue = pValue
    self.text = text
    self.growth = growth
    self.pulls = pulls
  }

  /// A deterministic comparison: p is 1 within the tolerance and 0 beyond it.
  public init(deviation: Double, tolerance: Double) {
    self.init(
      pValue: deviation <= tolerance ? 1 : 0,
      text: "largest deviation \(Finding.short(deviation)), tolerance \(Finding.short(tolerance))")
  }

  static func short(_ number: Double) -> String {
    number == 0 ? "0" : String(format: abs(number) < 1e-3 || abs(number) >= 1e5 ? "%.2e" : "%.4g", number)
  }
}

/// What an experiment found for one claim: the test of the statement and that of its control, on the same data.
public struct Evidence: Sendable {
  /// The statement's test.
  public let claim: Finding
  /// The control's.
  public let control: Finding
  /// Networks or samples drawn.
  public let draws: Int
  /// The data, where a drawing says more than the pulls.
  public let figure: ReportFigure?

  /// Both findings.
  public init(claim: Finding, control: Finding, draws: Int, figure: ReportFigure? = nil) {
    self.claim = claim
    self.control = control
    self.draws = draws
    self.figure = figure
  }

  /// Networks that would decide, as far as a finding can tell.
  func neededDraws(_ finding: Finding) -> Int? {
    finding.growth.map { Int((Double(draws) * max(1.5, $0)).rounded(.up)) }
  }
}
