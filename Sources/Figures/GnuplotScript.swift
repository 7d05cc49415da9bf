// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import ResultTables

/// A kind of picture that gnuplot makes without TeX.
public enum PictureFormat: String, Sendable, CaseIterable {
  /// Scalable, for the web and for editing.
  case svg
  /// PDF: vectors, for papers.
  case pdf
  /// PNG: pixels, 300 an inch.
  case png

  /// Pixels or points for a length in points.
  private var unit: Double {
    switch self {
    case .svg: 650 / GnuplotScript.width / 72 * 2.54
    case .pdf: 1
    case .png: 300.0 / 72
    }
  }

  /// The terminal for a picture of the column's width and a height in centimetres.
  fileprivate func terminal(height: Double) -> String {
    func pixels(_ length: Double) -> Int { Int((length / 2.54 * 72 * unit).rounded()) }
    let size = "\(pixels(GnuplotScript.width)),\(pixels(height))"
    let font = "font 'DejaVu Sans,\(GnuplotScript.number(GnuplotScript.fontSize * unit))'"
    // Pango takes 96 pixels an inch for granted.
    let fontScale = GnuplotScript.number(300.0 / 96)
    switch self {
    case .svg: return "svg size \(size) \(font) linewidth \(GnuplotScript.number(0.7 * unit)) background '#ffffff'"
    case .pdf:
      let inches = "\(GnuplotScript.number(GnuplotScript.width))cm,\(GnuplotScript.number(height))cm"
      return "pdfcairo size \(inches) \(font) fontscale 0.75 linewidth 0.9 rounded"
    case .png:
      let plain = "font 'DejaVu Sans,\(GnuplotScript.number(GnuplotScript.fontSize))'"
      let lines = "linewidth \(GnuplotScript.number(0.7 * unit))"
      return "pngcairo size \(size) \(plain) fontscale \(fontScale) \(lines) pointscale 1 rounded"
    }
  }

  /// Diameter of a symbol, in gnuplot's units.
  fileprivate var pointSize: Double {
    switch self {
    case .svg: 0.42
    case .pdf: 0.3
    case .png: 1.25
    }
  }
}

/// A figure as a gnuplot script and its data, for one column of a journal: 8.6 cm wide, 8 point letters.
///
/// Colours are those of Okabe and Ito (jfly.uni-koeln.de/color), told apart by people who see colours differently; symbols and dashes
/// differ too, so that grey prints say the same.
public struct GnuplotScript: Sendable {
  /// The script; it reads `NAME.dat` and writes `NAME.svg`, `.pdf` or `.png` in a directory, by default the current one.
  public let script: String
  /// The data: one block a series, two empty lines between them.
  public let data: String

  /// Width of a figure in centimetres: one column of a journal.
  static let width = 8.6
  static let fontSize = 8.0
  private static let legendHeight = 0.42
  private static let bottomHeight = 1.12
  private static let topHeight = 0.2
  private static let colourBarHeight = 0.95
  /// Half of the last number below an axis stands here.
  private static let rightMargin = 0.4
  /// Middle of the vertical axis's name, in centimetres from the left edge.
  private static let labelPosition = 0.28

  private static let black = "#000000"
  private static let slots = [
    (colour: "#0072B2", symbol: 7, dash: 1), (colour: "#D55E00", symbol: 5, dash: 2), (colour: "#009E73", symbol: 9, dash: 4),
    (colour: "#CC79A7", symbol: 13, dash: 5), (colour: "#E69F00", symbol: 11, dash: 3),
  ]

  /// The script that makes `name`.`format`; `origin` goes into its comments. Without a directory before it gnuplot would take `| command` and
  /// `< command` for programs to run, and `-` for the script.
  public init(_ figure: Figure, name: String, directory: String = ".", format: PictureFormat, origin: Provenance) {
    let left = Self.leftMargin(figure)
    let legendRows = Self.legendRows(figure.panels[0], width: 1 - left)
    let mapped = figure.panels.flatMap(\.series).filter { $0.style == .map }.flatMap(\.rows).map { abs($0[2]) }.max()
    let legend = Double(legendRows) * Self.legendHeight + (mapped == nil ? 0 : Self.colourBarHeight)
    let height = figure.panels.reduce(Self.topHeight + legend + Self.bottomHeight) { $0 + $1.height }
    var script = GnuplotText.comment("\(figure.table); to draw it again, run gnuplot on this file in its directory")
    for (key, value) in origin.entries where !key.hasPrefix("set ") && !key.hasPrefix("points ") {
      script += GnuplotText.comment("\(key): \(value)")
    }
    for note in figure.notes { script += GnuplotText.comment(note) }
    script += """
      set encoding utf8
      set terminal \(format.terminal(height: height))
      set output \(GnuplotText.quoted("\(directory)/\(name).\(format.rawValue)"))
      set style fill solid 0.25 noborder
      set pointsize \(Self.number(format.pointSize))
      set bars small
      set clip two
      set border linewidth 0.8
      set tics scale 0.6
      set multiplot

      """
    if let mapped { script += Self.colours(largest: mapped, left: left, top: 1 - 0.1 / height, height: height) }
    var data = ""
    var index = 0
    var bottom = height - Self.topHeight - legend
    for (number, panel) in figure.panels.enumerated() {
      let top = bottom
      bottom -= panel.height
      let isLast = number == figure.panels.count - 1
      script += "\n"
      for (side, position) in [
        ("l", left), ("r", 1 - Self.rightMargin / Self.width), ("b", bottom / height), ("t", top / height),
      ] {
        script += "set \(side)margin at screen \(Self.number(position))\n"
      }
      var horizontal = panel.x
      if left > Self.wideMargin, horizontal.step == nil {
        horizontal.step = Self.step(horizontal.range, centimetres: (1 - left) * Self.width - Self.rightMargin)
      }
      script += Self.axis("x", horizontal, labels: isLast) + Self.axis("y", panel.y, labels: true)
      // A name at a fixed place: gnuplot guesses the length of numbers, and may set a label over them.
      script += "unset label\n"
      if !panel.y.label.isEmpty {
        script +=
          "set label \(GnuplotText.quoted(panel.y.label)) at screen \(Self.number(Self.labelPosition / Self.width)),"
          + "screen \(Self.number((top + bottom) / 2 / height)) center rotate by 90 noenhanced\n"
      }
      script +=
        number == 0 && legendRows > 0
        ? "set key at screen \(Self.number((left + 1) / 2)),screen \(Self.number(1 - 0.1 / height)) center top horizontal "
          + "Left reverse maxrows \(legendRows) samplen 1.6 width \(format == .svg ? -2 : 0) noenhanced\n"
          // A panel further down has a legend of its own where its curves are others.
        : number > 0 && panel.series.contains { $0.title != nil }
          ? "set key inside left bottom vertical maxrows auto maxcols 1 Left reverse samplen 1.6 noenhanced\n" : "unset key\n"
      let parts = panel.series.map { series in
        defer { index += 1 }
        data += GnuplotText.comment(series.title ?? "\(series.style)")
        for row in series.rows { data += row.map { "\($0)" }.joined(separator: "\t") + "\n" }
        data += "\n\n"
        return Self.plot(series, file: "\(directory)/\(name).dat", index: index)
      }
      script += "plot \(parts.joined(separator: ", \\\n     "))\n"
    }
    self.script = script + "unset multiplot\n"
    self.data = data
  }

  /// Colours of a map, from blue over white to orange, and the bar that explains them above the figure, filled like the cells.
  private static func colours(largest: Double, left: Double, top: Double, height: Double) -> String {
    let limit = largest > 0 ? largest : 1
    let bar = 0.28 / height
    return """
      set palette defined (-1 '\(slots[0].colour)', 0 '#ffffff', 1 '\(slots[1].colour)')
      set cbrange [\(number(-limit)):\(number(limit))]
      set colorbox horizontal user origin screen \(number(left)),screen \(number(top - bar)) \
      size screen \(number(1 - rightMargin / width - left)),screen \(number(bar)) noborder
      set cbtics scale 0.4 offset 0,0.6
      set style fill solid 1 noborder

      """
  }

  /// Part of the width left of the axes: numbers need little, names what they are long.
  private static func leftMargin(_ figure: Figure) -> Double {
    let longest = figure.panels.flatMap { $0.y.ticks }.flatMap { $0.text.split(separator: "\n") }.map(\.count).max() ?? 0
    return longest == 0 ? 1.5 / width : min(0.6, (0.165 * Double(longest) + 0.4) / width)
  }

  /// Long names beyond this part of the width leave so narrow a panel that gnuplot lets its numbers overlap.
  private static let wideMargin = 0.3

  /// The smallest of 1, 2, 5 · 10^n as the distance of numbers that fit side by side; nil where no range is given.
  static func step(_ range: ClosedRange<Double>?, centimetres: Double) -> Double? {
    guard let range, range.upperBound > range.lowerBound else { return nil }
    let length = range.upperBound - range.lowerBound
    let first = Int(log10(length).rounded(.down)) - 2
    let steps = (first...first + 3).flatMap { power in [1, 2, 5].map { ($0 * pow(10, Double(power)), power) } }
    return steps.first { step, power in
      let largest = max(abs(range.lowerBound), abs(range.upperBound), 1)
      let whole = Int(log10(largest).rounded(.down)) + 1
      let letters = whole + (power < 0 ? 1 - power : 0) + (range.lowerBound < 0 ? 1 : 0)
      return length / step * (0.16 * Double(letters) + 0.25) <= centimetres
    }?.0
  }

  /// The numbers 1, 2, 5 · 10^n of a logarithmic axis too short for powers of ten alone; nil where those are enough or numbers are long.
  static func decimals(_ range: ClosedRange<Double>?) -> [Double]? {
    guard let range, range.lowerBound >= 1e-3, range.upperBound <= 1e5, range.upperBound < 100 * range.lowerBound else {
      return nil
    }
    return (-3...5).flatMap { power in [1, 2, 5].map { $0 * pow(10, Double(power)) } }.filter(range.contains)
  }

  /// Lines of the legend; none where there is nothing to tell apart.
  private static func legendRows(_ panel: Panel, width: Double) -> Int {
    let titles = panel.series.compactMap(\.title)
    guard titles.count > 1, let longest = titles.map(\.count).max() else { return 0 }
    let columns = min(3, max(1, Int(60 * width) / (longest + 11)))
    return (titles.count + columns - 1) / columns
  }

  private static func axis(_ letter: String, _ axis: Axis, labels: Bool) -> String {
    var text = axis.isLogarithmic ? "set logscale \(letter) 10\n" : "unset logscale \(letter)\n"
    text +=
      axis.range.map { "set \(letter)range [\(number($0.lowerBound)):\(number($0.upperBound))]\n" }
      ?? "set \(letter)range [*:*]\n"
    if !axis.ticks.isEmpty {
      let ticks = axis.ticks.map { "\(labels ? GnuplotText.tick($0.text) : "''") \(number($0.position))" }.joined(separator: ", ")
      text += "set \(letter)tics (\(ticks)) noenhanced scale 0\n"
    } else if labels, axis.isLogarithmic, let numbers = decimals(axis.range) {
      let ticks = numbers.map { "\(GnuplotText.tick(number($0))) \(number($0))" }.joined(separator: ", ")
      text += "set \(letter)tics (\(ticks)) noenhanced scale 0.6\n"
    } else {
      text += "set \(letter)tics \(axis.step.map(number) ?? "autofreq") enhanced scale 0.6\n"
      text += "set format \(letter) \(labels ? axis.isLogarithmic ? "'10^{%L}'" : "'%g'" : "''")\n"
    }
    if letter == "y" { return text + "set ylabel ''\n" }
    return text + "set xlabel \(labels ? GnuplotText.quoted(axis.label) : "''") noenhanced offset 0,0.3\n"
  }

  private static func plot(_ series: Series, file: String, index: Int) -> String {
    let isExact = series.slot == Series.exactSlot
    let look = isExact ? (colour: black, symbol: 2, dash: 1) : slots[series.slot % slots.count]
    let source = "\(GnuplotText.quoted(file)) index \(index)"
    let title = series.title.map { "title \(GnuplotText.quoted($0))" } ?? "notitle"
    let colour = "linecolor rgb '\(look.colour)'"
    let line = "linewidth 1.2 dashtype \(look.dash)"
    switch series.style {
    case .points: return "\(source) using 1:2:3 with yerrorbars \(colour) pointtype \(look.symbol) \(title)"
    case .openPoints: return "\(source) using 1:2:3 with yerrorbars \(colour) pointtype \(look.symbol - 1) \(title)"
    case .horizontalPoints: return "\(source) using 1:2:3 with xerrorbars \(colour) pointtype \(look.symbol) \(title)"
    case .openHorizontalPoints:
      return "\(source) using 1:2:3 with xerrorbars \(colour) pointtype \(look.symbol - 1) \(title)"
    case .line: return "\(source) using 1:2 with lines \(colour) \(line) \(title)"
    case .ticks: return "\(source) using 1:2 with points \(colour) pointtype \(look.symbol) linewidth 1.4 \(title)"
    case .band: return "\(source) using 1:2:3 with filledcurves \(colour) fillstyle solid \(isExact ? 0.12 : 0.25) \(title)"
    case .arrows: return "\(source) using 1:2:3:4 with vectors head filled size screen 0.012,18 \(colour) linewidth 1 \(title)"
    case .map: return "\(source) using 1:2:3 with image notitle"
    case .steps:
      return "\(source) using 1:2:3 with boxes \(colour) fillstyle solid 0.25 border \(title), "
        + "'' index \(index) using 1:2:4 with yerrorbars \(colour) pointtype \(look.symbol) pointsize 0.5 notitle"
    }
  }

  /// A number in six digits.
  static func number(_ value: Double) -> String { String(format: "%.6g", value) }
}
