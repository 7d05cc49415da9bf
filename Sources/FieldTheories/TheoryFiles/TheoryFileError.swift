// SPDX-License-Identifier: GPL-3.0-or-later

import NumericalKernels

/// A fault in a theory or data file (or in a `--set` override): what, where, and how to mend it, in one line.
public struct TheoryFileError: Fault, Hashable {
  /// What the run fails of.
  public var kind: FaultKind { .badFile }
  /// File name as the user gave it, or "--set".
  public let file: String
  /// Line number from 1, where known.
  public let line: Int?
  /// Dotted key, where the fault belongs to one.
  public let key: String?
  /// What is wrong.
  public let problem: String
  /// What to do, in one line.
  public let cure: String

  /// States a fault. Line breaks and control characters in the wording become spaces: a fault is one line, whatever the file holds.
  public init(file: String, line: Int? = nil, key: String? = nil, problem: String, cure: String) {
    self.file = Self.oneLine(file)
    self.line = line
    self.key = key.map(Self.oneLine)
    self.problem = Self.oneLine(problem)
    self.cure = Self.oneLine(cure)
  }

  /// `file:line: key: problem; cure`.
  public var description: String {
    var place = file
    if let line { place += ":\(line)" }
    if let key { place += ": \(key)" }
    return "\(place): \(problem); \(cure)"
  }

  private static func oneLine(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar.properties.generalCategory {
      case .control, .lineSeparator, .paragraphSeparator: result.append(" ")
      default: result.append(scalar)
      }
    }
    return String(result)
  }
}
