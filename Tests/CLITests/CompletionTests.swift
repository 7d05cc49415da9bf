// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import Testing

/// What the program answers a shell that completes a word.
@Suite struct CompletionTests {
  /// The words offered for the last of `words`, which follows `option` (or stands for an argument).
  private func offers(_ option: String, _ words: String...) throws -> [String] {
    let last = words.count - 1
    let run = try CommandLineRunner.run(
      ["---completion", words[1], "--", option, "\(last)", "\(words[last].utf8.count)"] + words)
    return run.output.split(separator: "\n").map(String.init)
  }

  @Test func everyRegisteredNameIsOffered() throws {
    let theories = try offers("positional@0", "nnft", "show", "c")
    #expect(theories.contains("cos-net") && theories.contains("phi4-1d"))
    let estimators = try offers("--estimators", "nnft", "correlate", "cos-net", "--estimators", "two-point,")
    #expect(estimators.contains("two-point,four-point-xxyy") && !estimators.contains("two-point,two-point"))
    let keys = try offers("--set", "nnft", "correlate", "cos-net", "--set", "")
    #expect(keys.contains("lattice.sites=") && keys.contains("architecture.width=") && !keys.contains("lattice="))
  }
}
