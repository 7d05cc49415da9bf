// SPDX-License-Identifier: GPL-3.0-or-later

import ArgumentParser
import FieldTheories
import TheoryLibrary

/// `nnft new`: a commented theory file on standard output.
struct NewCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "new",
    abstract: "Print a fully commented theory file for an architecture, or a theory of the library.",
    discussion: """
      Examples:
        nnft new cos-net > mine.toml && nnft correlate mine.toml
        nnft new phi4-1d > mine.toml
      """)

  @Argument(help: "An architecture (see nnft list architectures), else a library theory (see nnft list theories).")
  var name: String

  func run() throws {
    if let entry = ArchitectureRegistry.entry(name) { return try StandardOutput.write(entry.template) }
    if let file = TheoryLibrary.files.first(where: { $0.name == name }) { return try StandardOutput.write(file.text) }
    let (kinds, theories) = (ArchitectureRegistry.entries.map(\.kind), TheoryLibrary.files.map(\.name))
    let hint = Spelling.nearest(to: name, among: kinds + theories).map { "did you mean \($0)? " } ?? ""
    throw UsageError(
      "unknown architecture \"\(name)\"; \(hint)known: \(kinds.joined(separator: ", ")); library theories: \(theories.filter { !kinds.contains($0) }.joined(separator: ", "))"
    )
  }
}
