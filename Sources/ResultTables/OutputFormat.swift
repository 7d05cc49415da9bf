// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis
import NumericalKernels

/// Results that a format cannot hold, in one line with its cure.
public struct OutputError: Fault {
  /// What the run fails of.
  public var kind: FaultKind { .usage }
  /// What is wrong and how to mend it, in one line.
  public let description: String
  init(_ description: String) { self.description = description }
}

/// How text for people is laid out.
public struct TextLayout: Sendable {
  /// Width of a line in characters.
  public let width: Int
  /// Whether bold type is welcome.
  public let allowsColour: Bool

  /// A layout for people: line width in characters, and whether colours may be used.
  public init(width: Int = 100, allowsColour: Bool = false) {
    self.width = width
    self.allowsColour = allowsColour
  }
}

/// One file of an output.
public struct OutputFile: Sendable {
  /// What stands before the ending of the name given by the user, `17` in `run.17.h5`; empty for the name itself.
  public let infix: String
  /// The content of the file.
  public let bytes: [UInt8]

  /// A file whose name gets `infix` before its extension.
  public init(infix: String = "", bytes: [UInt8]) {
    self.infix = infix
    self.bytes = bytes
  }
}

/// A way to write results.
public struct OutputFormat: Sendable {
  /// Its name on the command line.
  public let name: String
  /// Endings of file names that choose it; the first is added where an infix needs one.
  public let endings: [String]
  /// One line for help.
  public let summary: String
  /// Whether it is text, fit for standard output.
  public let isText: Bool
  /// Whether it writes one file a bin, with an infix.
  public var isOneFileABin = false
  /// Whether a file whose name has one of its endings holds one table, for readers that know no other: several tables go to as many files.
  public var isOneTableAFile = false
  /// Whether it is made of the jackknife samples alone, and has nothing to write of tables without them.
  public var needsSamples = false
  /// Makes the files.
  public let render: @Sendable (ResultDocument, TextLayout) throws -> [OutputFile]
  /// How it is read back; nil for formats that do not keep the tables.
  public var reader: ResultReader? = nil

  /// Copies of all jackknife samples that exist at once while it writes, beyond those of the run itself.
  public var sampleCopies: Int { isText ? 0 : 3 }

  /// Where a file of this format goes when the user names `output`.
  public func path(_ output: String, infix: String) -> String {
    guard isOneFileABin || isOneTableAFile, !infix.isEmpty else { return output }
    let ending = endings.first { output.hasSuffix($0) } ?? endings[0]
    let stem = output.hasSuffix(ending) ? String(output.dropLast(ending.count)) : output
    return "\(stem).\(infix)\(ending)"
  }
}

/// All output formats; the list **is** what help, the choice by file name and the tests read.
public enum OutputFormats {
  /// One line a format.
  public static let entries: [OutputFormat] = [
    text("text", [], "aligned columns for people") { document, layout in
      TerminalRenderer.render(
        document.tables.map(\.table), provenance: document.provenance, width: layout.width,
        allowsColour: layout.allowsColour, valueWithError: ValueWithError.text)
    },
    text(
      "tsv", [".tsv"], "tab-separated", DelimitedReader.reader, isOneTableAFile: true
    ) { document, _ in
      TSVRenderer.render(document.tables.map(\.table), provenance: document.provenance)
    },
    text(
      "csv", [".csv"], "comma-separated", DelimitedReader.reader, isOneTableAFile: true
    ) { document, _ in
      CSVRenderer.render(document.tables.map(\.table), provenance: document.provenance)
    },
    text("json", [".json"], "JSON", JSONReader.reader) { document, _ in
      try JSONRenderer.render(document.tables.map(\.table), provenance: document.provenance)
    },
    OutputFormat(
      name: "hdf5", endings: [".h5", ".hdf5"], summary: "HDF5 with jackknife samples and covariances", isText: false,
      render: { document, _ in [OutputFile(bytes: try HDF5Renderer.render(document))] }, reader: HDF5Reader.reader),
    OutputFormat(
      name: "npz", endings: [".npz"], summary: "the same arrays for NumPy", isText: false,
      render: { document, _ in [OutputFile(bytes: try NPZRenderer.render(document))] }, reader: NPZReader.reader),
    OutputFormat(
      name: "pyerrors", endings: [".json.gz"], summary: "Obs and Corr for pyerrors", isText: false,
      needsSamples: true, render: { document, _ in [OutputFile(bytes: try PyerrorsRenderer.render(document))] }),
    OutputFormat(
      name: "hadrons", endings: [".h5"], summary: "one HDF5 file a bin, laid out as by Hadrons", isText: false,
      isOneFileABin: true, needsSamples: true, render: { document, _ in try HadronsRenderer.render(document) }),
  ]

  /// The format of a name.
  public static func entry(_ name: String) -> OutputFormat? { entries.first { $0.name == name } }

  /// The format that the ending of a file name asks for; the first in the list where several do.
  public static func entry(forPath path: String) -> OutputFormat? {
    entries.first { $0.endings.contains { path.hasSuffix($0) } }
  }

  /// What is wrong with the ending of a file name that is to choose a format, in one line, or nil: a name without an ending says nothing, one with an ending
  /// of no format would carry the wrong name.
  public static func unknownEnding(_ path: String, known: [String] = entries.flatMap(\.endings)) -> String? {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    guard !path.hasPrefix("/dev/"), let dot = name.dropFirst().lastIndex(of: "."), !known.contains(where: name.hasSuffix) else {
      return nil
    }
    var endings: [String] = []
    for ending in known where !endings.contains(ending) { endings.append(ending) }
    return
      "\(path): no format has the ending \(name[dot...]); use \(endings.dropLast().joined(separator: ", ")) or \(endings.last!), or say which with --format"
  }

  private static func text(
    _ name: String, _ endings: [String], _ summary: String, _ reader: ResultReader? = nil,
    isOneTableAFile: Bool = false, _ render: @escaping @Sendable (ResultDocument, TextLayout) throws -> String
  ) -> OutputFormat {
    OutputFormat(
      name: name, endings: endings, summary: summary, isText: true, isOneTableAFile: isOneTableAFile,
      render: { document, layout in [OutputFile(bytes: Array(try render(document, layout).utf8))] }, reader: reader)
  }
}
