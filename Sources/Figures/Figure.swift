// SPDX-License-Identifier: GPL-3.0-or-later

import ResultTables

/// One drawing of one table: panels from top to bottom over a common width. What to draw, not how.
public struct Figure: Sendable {
  /// The table it shows.
  public let table: String
  /// The panels, the main one first.
  public var panels: [Panel]
  /// What the reader of the figure should know: rows left out, fits.
  public var notes: [String] = []

  /// A figure of one table.
  public init(table: String, panels: [Panel], notes: [String] = []) {
    self.table = table
    self.panels = panels
    self.notes = notes
  }
}

/// One pair of axes.
public struct Panel: Sendable {
  /// Height in centimetres.
  public var height = 5.4
  /// The horizontal axis.
  public var x: Axis
  /// The vertical axis.
  public var y: Axis
  /// What is drawn, from back to front.
  public var series: [Series]
}

/// One axis of a panel.
public struct Axis: Sendable {
  /// The quantity, in the notation of field theory.
  public var label: String
  /// Logarithmic rather than linear.
  public var isLogarithmic = false
  /// What is shown; nil leaves it to the data.
  public var range: ClosedRange<Double>?
  /// Texts at positions instead of numbers.
  public var ticks: [(position: Double, text: String)] = []
  /// Distance of the numbers; nil leaves it to gnuplot.
  public var step: Double?

  /// An axis with linear numbers unless said otherwise.
  public init(
    _ label: String, isLogarithmic: Bool = false, range: ClosedRange<Double>? = nil,
    ticks: [(position: Double, text: String)] = [], step: Double? = nil
  ) {
    self.label = label
    self.isLogarithmic = isLogarithmic
    self.range = range
    self.ticks = ticks
    self.step = step
  }
}

/// Numbers drawn in one way.
public struct Series: Sendable {
  /// The way in which rows are drawn, and what their numbers mean.
  public enum Style: Sendable, Hashable {
    /// Symbols with vertical error bars: x, y, error.
    case points
    /// Open symbols with vertical error bars: x, y, error.
    case openPoints
    /// Symbols with horizontal error bars: x, y, error of x.
    case horizontalPoints
    /// Open symbols with horizontal error bars: x, y, error of x.
    case openHorizontalPoints
    /// A line: x, y.
    case line
    /// Short bars without error, where a line would mislead: x, y.
    case ticks
    /// The area between two curves: x, lower, upper.
    case band
    /// Steps of a histogram: x, y, the width of the bin.
    case steps
    /// Arrows: x, y, and how far they go in both.
    case arrows
    /// Cells of a full grid, coloured by a value of either sign: x, y, value.
    case map
  }

  /// The entry of the legend; nil for none.
  public var title: String?
  /// The way in which the rows are drawn.
  public var style: Style
  /// Which of the colours, symbols and dashes; 0 is the measurement's, ``exactSlot`` the exact result's.
  public var slot: Int
  /// The numbers, one row a mark, in the order that ``Style`` states.
  public var rows: [[Double]]

  /// The slot of exact results.
  public static let exactSlot = -1

  /// A series of rows drawn in one style.
  public init(_ title: String?, _ style: Style, slot: Int = 0, _ rows: [[Double]]) {
    self.title = title
    self.style = style
    self.slot = slot
    self.rows = rows
  }
}

/// What the user may ask of every figure.
public struct FigureOptions: Sendable {
  /// How the vertical axis is divided.
  public enum Scale: Sendable, Hashable {
    /// Logarithmic where all values and their error bands are positive and span more than a decade.
    case automatic
    /// Linear whatever the values are.
    case linear
    /// Logarithmic; what is not positive is left out, and said to be.
    case logarithmic
  }

  /// How the vertical axis is divided.
  public var scale: Scale

  /// The other tables of the result, for figures that show two together.
  public var beside: [ResultTable]

  /// Options of a figure; the scale is automatic unless given.
  public init(scale: Scale = .automatic, beside: [ResultTable] = []) { (self.scale, self.beside) = (scale, beside) }
}
