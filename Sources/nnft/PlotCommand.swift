// SPDX-License-Identifier: GPL-3.0-or-later

import ArgumentParser
import Figures
import Foundation
import ResultTables

extension FigureOptions.Scale: EnumerableFlag {
  /// Both axes; neither flag leaves the choice to the figure.
  public static var allCases: [FigureOptions.Scale] { [.linear, .logarithmic] }
  /// The names `--linear` and `--log` of the scales.
  public static func name(for value: FigureOptions.Scale) -> NameSpecification {
    value == .linear ? .customLong("linear") : .customLong("log")
  }
  /// The help of each scale, one line.
  public static func help(for value: FigureOptions.Scale) -> ArgumentHelp? {
    value == .linear
      ? "Linear vertical axis." : "Logarithmic vertical axis; values that are not positive are left out."
  }
}

/// `nnft plot`: figures of a result.
struct PlotCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plot",
    abstract: "Draw the tables of a result, one figure a table.",
    discussion: """
      Correlators with error bands, exact curves and pulls; spectra; named quantities; distributions; fits in 1/N. The vertical \
      axis is logarithmic where all values are positive with their errors. Drawn by gnuplot (gnuplot-nox), one journal column wide.

      Examples:
        nnft plot run.h5                          run-two-point.svg, run-zero-momentum.svg, ...
        nnft plot run.h5 --table two-point -o g2.pdf
        nnft plot run.tsv -o fig.png --script     fig-two-point.png with fig-two-point.gp and .dat to restyle it
      """)

  @Argument(help: "A result of nnft correlate: HDF5, npz, JSON, TSV or CSV.")
  var file: String

  @Option(
    name: [.customShort("o"), .long],
    help: "The figure: .svg, .pdf or .png. Of several tables, each adds its name. Default: FILE-TABLE.svg here.")
  var output: String?

  @Option(help: "Draw this table only.")
  var table: String?

  @Flag(exclusivity: .exclusive)
  var scale: FigureOptions.Scale?

  @Flag(help: "Leave the gnuplot script (.gp) and its data (.dat) beside each figure.")
  var script = false

  @Flag(help: "Replace existing files.")
  var force = false

  @Flag(help: "No notes.")
  var quiet = false

  func run() throws {
    let (stem, format) = try target()
    let document = try ResultFile.load(path: file, isolated: IsolatedReading.reader)
    let names = document.tables.map(\.table.name)
    if let table, !names.contains(table) {
      throw UsageError("no table \"\(table)\" in \(file); its tables: \(names.joined(separator: ", "))")
    }
    let options = FigureOptions(scale: scale ?? .automatic, beside: document.tables.map(\.table))
    let figures = document.tables.filter { table == nil || $0.table.name == table }
      .compactMap { FigureKinds.figure(of: $0, options) }
    guard !figures.isEmpty else {
      throw UsageError("\(table.map { "table \($0)" } ?? file) has no row with value and error to draw; use more draws")
    }
    let isSingle = output != nil && (table != nil || document.tables.count == 1)
    let paths = figures.map { isSingle ? stem : "\(stem)-\($0.table)" }
    let endings = (script ? ["gp", "dat"] : []) + [format.rawValue]
    for path in paths { for ending in endings { try AtomicFile.checkWritable(path: "\(path).\(ending)", force: force) } }
    var files: [(path: String, bytes: [UInt8])] = []
    let gnuplot = try Gnuplot()
    for (figure, path) in zip(figures, paths) {
      if script {
        let name = String(path.split(separator: "/").last ?? "figure")
        let own = GnuplotScript(figure, name: name, format: format, origin: document.provenance)
        files.append((path + ".gp", Array(own.script.utf8)))
        files.append((path + ".dat", Array(own.data.utf8)))
      }
      files.append(("\(path).\(format.rawValue)", try gnuplot.draw(figure, format: format, origin: document.provenance)))
    }
    try AtomicFile.write(files, force: force)
    guard !quiet else { return }
    for figure in figures { for note in figure.notes { Notice.line("nnft: \(figure.table): \(note)") } }
    let drawn = Set(figures.map(\.table))
    for name in names where table == nil && !drawn.contains(name) {
      Notice.line("nnft: \(name): no row with value and error to draw")
    }
    Notice.line("nnft: wrote " + files.map(\.path).joined(separator: ", "))
  }

  /// The path of the figure without its ending, and the ending's format.
  private func target() throws -> (stem: String, format: PictureFormat) {
    guard let output else {
      let name = file.split(separator: "/").last.map(String.init) ?? file
      let dot = name.lastIndex(of: ".") ?? name.endIndex
      return (dot == name.startIndex ? "figure" : String(name[..<dot]), .svg)
    }
    for format in PictureFormat.allCases where output.hasSuffix("." + format.rawValue) && output.count > 4 {
      return (String(output.dropLast(4)), format)
    }
    throw UsageError("-o \(output): figures are .svg, .pdf or .png; for example -o figure.pdf")
  }
}
