// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import Testing

@testable import Validation

/// Nothing is registered without a claim.
@Suite struct ClaimMatrixTests {
  @Test func everythingRegisteredIsHeld() throws {
    let matrix = try ClaimMatrix(ValidationRun(suites: ValidationSuites.all))
    let missing = matrix.missing.map { "\($0.registry.rawValue): \($0.name)" }
    #expect(missing.isEmpty, "held by no claim of nnft validate: \(missing.joined(separator: "; "))")
    #expect(matrix.strangers.isEmpty, "claims hold what is not registered: \(matrix.strangers)")
  }

  /// The control: a run of free theories holds no move, and the matrix says which.
  @Test func missingThingsAreNamed() throws {
    let matrix = try ClaimMatrix(ValidationRun(suites: [ValidationSuites.named("free-theory")!]))
    #expect(matrix.missing.contains { $0.registry == .moves && $0.name == "hmc" })
    #expect(!matrix.missing.contains { $0.registry == .estimators && $0.name == "two-point" })
  }

  /// Every planted fault is still a line of the sources, and every registered thing but the free prior has one.
  @Test func plantedLinesAreFound() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let script = root.appendingPathComponent("Tests/Planted/planted.py")
    let check = Process()
    let output = Pipe()
    check.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    check.arguments = ["python3", script.path, "--check"]
    check.standardOutput = output
    try check.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    check.waitUntilExit()
    #expect(check.terminationStatus == 0, "\(text)")
    let source = try String(contentsOf: script, encoding: .utf8)
    let unplanted = Registered.all.filter { thing in
      // The free theory as it stands is the architecture itself; neuron tables share one estimator.
      thing.name != "free" && !thing.name.hasPrefix("neuron-")
        && !source.contains("(\"\(thing.registry.rawValue) \(thing.name)\",")
    }
    #expect(unplanted.isEmpty, "no planted fault: \(unplanted.map { "\($0.registry.rawValue) \($0.name)" })")
  }
}
