// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import NumericalKernels
import Testing

@testable import nnft

/// What reaches the user is a `Fault`, with one line and an exit code.
@Suite struct FaultTests {
  /// Errors that are caught in the room that throws them.
  private static let inner: Set = ["SyntaxError", "FileFailure", "Deferred", "Fault"]

  /// Names of the error types of a source that are no faults.
  private static func strangers(_ source: String) -> [String] {
    source.matches(of: /(?:struct|enum|class) (\w+): Error\b/).map { String($0.1) }.filter { !inner.contains($0) }
  }

  /// Every error type says what it means for the user. The control: one that does not.
  @Test func everyErrorIsAFault() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    for folder in ["Sources", "Validation"] {
      let names = try #require(FileManager.default.enumerator(atPath: root.appendingPathComponent(folder).path))
      for case let name as String in names where name.hasSuffix(".swift") {
        let source = try String(contentsOf: root.appendingPathComponent(folder).appendingPathComponent(name), encoding: .utf8)
        #expect(Self.strangers(source).isEmpty, "\(name)")
      }
    }
    #expect(Self.strangers("public struct Forgotten: Error, Sendable {") == ["Forgotten"])
  }

  /// The kinds are the exit codes, and a fault's line is what is printed.
  @Test func kindsAreExitCodes() {
    #expect(FaultKind.allCases.map(\.rawValue) == [1, 2, 3, 4, 5, 6])
    for kind in FaultKind.allCases {
      struct Example: Fault {
        let kind: FaultKind
        let description = "what, where: how to mend it"
      }
      let (text, code) = ExitStatus.report(Example(kind: kind))
      #expect(code == kind.rawValue && text == "nnft: what, where: how to mend it")
    }
    // The control: an error that is no fault has another text.
    struct Other: Error {}
    #expect(ExitStatus.report(Other()).text != "nnft: what, where: how to mend it")
  }
}
