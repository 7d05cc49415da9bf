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

  /// The tables that a template leaves out, as comments.
  private static let further = """

    ## Further tables; remove the "# " in front to use one. Every key: docs/theory-files.md
    # [correlators]
    # estimators = "automatic"      # or "all", or a list: ["two-point", "trispectrum"]; nnft list estimators
    #
    # [study]                       # what nnft study runs
    # widths = [10, 30, 100]
    #
    # [[insertion]]                 # weight exp(-int V): an interacting theory; nnft list insertions
    # kind = "phi4"                 # on the sites of a periodic lattice; continuum networks: nnft new cos-net-phi4
    # lambda = 1.0                  # V = (lambda/4!) phi^4
    #
    # [sampler]
    # kind = "auto"                 # or one of nnft list samplers

    """

  func run() throws {
    if let entry = ArchitectureRegistry.entry(name) { return try StandardOutput.write(entry.template + Self.further) }
    if let file = TheoryLibrary.files.first(where: { $0.name == name }) { return try StandardOutput.write(file.text) }
    let (kinds, theories) = (ArchitectureRegistry.entries.map(\.kind), TheoryLibrary.files.map(\.name))
    let hint = Spelling.hint(for: name, among: kinds + theories)
    throw UsageError(
      "unknown architecture \"\(name)\"; \(hint)known: \(kinds.joined(separator: ", ")); library theories: \(theories.filter { !kinds.contains($0) }.joined(separator: ", "))"
    )
  }
}
