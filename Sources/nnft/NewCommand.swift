// SPDX-License-Identifier: GPL-3.0-or-later

import ArgumentParser
import FieldTheories

/// `nnft new`: a commented theory file on standard output.
struct NewCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "new",
    abstract: "Print a fully commented theory file for an architecture.",
    discussion: "Example: nnft new cos-net > mine.toml && nnft correlate mine.toml")

  @Argument(help: "The architecture (see nnft list architectures).")
  var architecture: String

  func run() throws {
    guard let entry = ArchitectureRegistry.entry(architecture) else {
      let known = ArchitectureRegistry.entries.map(\.kind)
      let hint = Spelling.nearest(to: architecture, among: known).map { "did you mean \($0)? " } ?? ""
      throw UsageError(
        "unknown architecture \"\(architecture)\"; \(hint)known: \(known.joined(separator: ", "))")
    }
    try StandardOutput.write(entry.template)
  }
}
