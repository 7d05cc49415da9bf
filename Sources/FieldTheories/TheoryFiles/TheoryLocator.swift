// SPDX-License-Identifier: GPL-3.0-or-later

/// Finds what a THEORY argument names: a file on disk, or a theory of the library by its bare name.
public enum TheoryLocator {
  /// The text of the theory and the name to report it by; `-` is standard input. A file of that name wins over the library; an unknown name is answered
  /// with the nearest library name.
  public static func find(
    _ argument: String, library: [(name: String, text: String)]
  ) throws -> (text: String, fileName: String) {
    if argument == "-" { return (try TextFile.standardInput(), "standard input") }
    if !TextFile.exists(argument), let known = library.first(where: { $0.name == argument }) {
      return (known.text, known.name)
    }
    let last = argument.split(separator: "/").last.map(String.init) ?? argument
    let name = last.hasSuffix(".toml") ? String(last.dropLast(5)) : last
    let names = library.map(\.name)
    let hint = Spelling.hint(for: name, among: names) { "the library theory \($0)" }
    return (
      try TextFile.read(argument, cure: hint + "library theories: \(names.joined(separator: ", "))"),
      argument
    )
  }
}
