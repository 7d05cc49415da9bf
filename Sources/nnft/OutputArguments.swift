// SPDX-License-Identifier: GPL-3.0-or-later

import ArgumentParser
import ResultTables

/// The name of an output format, one of the registry's.
struct FormatName: ExpressibleByArgument {
  let format: OutputFormat

  init?(argument: String) {
    guard let format = OutputFormats.entry(argument) else { return nil }
    self.format = format
  }

  static var allValueStrings: [String] { OutputFormats.entries.map(\.name) }

  /// The registry in one line: each format with what it is.
  static var help: String {
    OutputFormats.entries.map { "\($0.name): \($0.summary)" }.joined(separator: "; ")
  }
}

/// Where results go and how they are written, shared by the commands that write tables.
struct OutputArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Output format. Default: by the ending of the output file, else text on a terminal and tsv elsewhere.",
      discussion: FormatName.help + ".", valueName: "format"))
  var format: FormatName?

  @Option(name: [.customShort("o"), .long], help: "Write to this file instead of standard output.")
  var output: String?

  @Flag(help: "Replace an existing output file.")
  var force = false

  /// The format asked for, or the one that fits the output.
  var chosenFormat: OutputFormat {
    let fallback = OutputFormats.entry(StandardOutput.isTerminal && output == nil ? "text" : "tsv")!
    return format?.format ?? output.flatMap(OutputFormats.entry(forPath:)) ?? fallback
  }

  /// Throws early if `write` would be refused.
  func check() throws {
    let format = chosenFormat
    guard let output else {
      if format.isText { return }
      throw UsageError(
        "--format \(format.name) is not for standard output; name a file, for example -o results\(format.endings[0])")
    }
    try AtomicFile.checkWritable(path: format.path(output, infix: "1"), force: force)
  }

  /// Writes the document whole, or nothing.
  func write(_ document: ResultDocument, quiet: Bool) throws {
    let format = chosenFormat
    let files = try format.render(
      document,
      TextLayout(width: StandardOutput.width, allowsColour: StandardOutput.allowsColour && output == nil))
    guard let output else { return try StandardOutput.write(files.flatMap(\.bytes)) }
    if format.isOneFileABin {
      let next = format.path(output, infix: "\(files.count + 1)")
      guard !AtomicFile.exists(next) else {
        throw UsageError("\(next) belongs to a run with more bins; remove it or choose another name")
      }
    }
    try AtomicFile.write(files.map { (format.path(output, infix: $0.infix), $0.bytes) }, force: force)
    if !quiet {
      let first = format.path(output, infix: files.first?.infix ?? "")
      Notice.line("nnft: wrote \(first)" + (files.count > 1 ? " and \(files.count - 1) more" : ""))
    }
  }
}
