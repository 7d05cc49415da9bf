// SPDX-License-Identifier: GPL-3.0-or-later

import ResultTables

/// A way to draw tables.
public struct FigureKind: Sendable {
  /// Name of the kind of figure.
  public let name: String
  /// One line on what it shows.
  public let summary: String
  /// The figure of a table, nil if the table is of another kind.
  let draw: @Sendable (SampledTable, FigureOptions) -> Figure?
}

/// All kinds of figures; the first that suits a table draws it. A new kind is one file in `Kinds` and one line here.
public enum FigureKinds {
  /// From the most to the least special.
  public static let entries: [FigureKind] = [
    LearningCurveFigure.kind, FlowFigure.kind, StudyFigure.kind, SpectrumFigure.kind, MapFigure.kind, DistributionFigure.kind,
    DeviationFigure.kind,
    ExponentFigure.kind, WidthFigure.kind, LabelledFigure.kind, CorrelatorFigure.kind,
  ]

  /// The figure of a table; nil where no kind suits, or all rows are withheld.
  public static func figure(of table: SampledTable, _ options: FigureOptions = FigureOptions()) -> Figure? {
    for kind in entries {
      if let figure = kind.draw(table, options) { return figure }
    }
    return nil
  }
}
