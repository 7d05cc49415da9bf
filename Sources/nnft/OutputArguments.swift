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

  @Option(name: [.customShort("o"), .long], help: "Write to this file instead of standard output, which is also -.")
  var output: String?

  @Flag(help: "Replace an existing output file.")
  var force = false

  /// The file named by the user; nil is standard output.
  private var file: String? { output == "-" ? nil : output }

  /// The format asked for, or the one that fits the output.
  var chosenFormat: OutputFormat {
    let fallback = OutputFormats.entry(StandardOutput.isTerminal && file == nil ? "text" : "tsv")!
    return format?.format ?? file.flatMap(OutputFormats.entry(forPath:)) ?? fallback
  }

  /// Throws early if `write` would be refused; once the number of bins and the tables are known, so that no run is done in vain.
  func check(bins: Int = 1, tables: [String] = []) throws {
    if format == nil, let file, let problem = OutputFormats.unknownEnding(file) { throw UsageError(problem) }
    let format = chosenFormat
    if let file, let other = OutputFormats.entry(forPath: file), other.isText != format.isText {
      throw UsageError(
        "-o \(file): the ending is that of \(other.name), --format asks for \(format.name); leave --format out or choose another name"
      )
    }
    guard let file else {
      if format.isText { return }
      throw UsageError(
        "--format \(format.name) is not for standard output; name a file, for example -o results\(format.endings[0])")
    }
    guard !isSplit(format, file, tables: tables.count) else {
      for table in tables { try AtomicFile.checkWritable(path: format.path(file, infix: table), force: force) }
      return
    }
    // Until the tables are known it is not known whether the name itself is written, but that something can be written there.
    guard !tables.isEmpty || !isSplit(format, file, tables: 2) else {
      return try AtomicFile.checkWritable(path: file, force: true)
    }
    for bin in 1...(format.isOneFileABin ? bins : 1) {
      try AtomicFile.checkWritable(path: format.path(file, infix: format.isOneFileABin ? "\(bin)" : ""), force: force)
    }
    if bins > 1 { try checkNoOther(format, file, bins: bins) }
  }

  /// Whether each table has a file of its own.
  private func isSplit(_ format: OutputFormat, _ file: String, tables: Int) -> Bool {
    format.isOneTableAFile && tables > 1 && format.endings.contains { file.hasSuffix($0) }
  }

  /// Files of a larger run would pass for bins of this one.
  private func checkNoOther(_ format: OutputFormat, _ file: String, bins: Int) throws {
    let next = format.path(file, infix: "\(bins + 1)")
    guard !format.isOneFileABin || !AtomicFile.exists(next) else {
      throw UsageError("\(next) belongs to a run with more bins; remove it or choose another name")
    }
  }

  /// Writes the document whole, or nothing.
  func write(_ document: ResultDocument, quiet: Bool) throws {
    guard Ranks.isRoot else { return }
    let format = chosenFormat
    let layout = TextLayout(width: StandardOutput.width, allowsColour: StandardOutput.allowsColour && file == nil)
    let splits = file.map { isSplit(format, $0, tables: document.tables.count) } ?? false
    let files =
      splits
      ? try document.tables.map { table in
        OutputFile(
          infix: table.table.name,
          bytes: try format.render(
            ResultDocument(provenance: document.provenance, theory: document.theory, tables: [table]), layout
          ).flatMap(\.bytes))
      } : try format.render(document, layout)
    guard let file else { return try StandardOutput.write(files.flatMap(\.bytes)) }
    try checkNoOther(format, file, bins: files.count)
    try AtomicFile.write(files.map { (format.path(file, infix: $0.infix), $0.bytes) }, force: force)
    if !quiet {
      let first = format.path(file, infix: files.first?.infix ?? "")
      Notice.line(
        "nnft: wrote \(first)" + (files.count > 1 ? " and \(files.count - 1) more" : "")
          + (splits ? ", one table each: such a file holds one table (--table NAME for one, .h5 for all in one file)" : ""))
    }
  }
}
