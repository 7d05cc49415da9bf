// SPDX-License-Identifier: GPL-3.0-or-later

import EnsembleRuns
import Glibc

/// Data with errors against one coordinate, and what was expected of them: what a report draws beside a claim.
public struct ReportFigure: Sendable {
  /// One measured number.
  public struct Datum: Sendable {
    /// Abscissa of the point.
    public let x: Double
    /// Ordinate of the point.
    public let y: Double
    /// One standard error.
    public let error: Double
    /// What the claim says, and what the control says, where they have numbers.
    public let claimed, wrong: Double?

    /// A number with its error.
    public init(x: Double, y: Double, error: Double, claimed: Double? = nil, wrong: Double? = nil) {
      (self.x, self.y, self.error, self.claimed, self.wrong) = (x, y, error, claimed, wrong)
    }
  }

  /// Axis titles, in the plain notation of statements.
  public let xTitle, yTitle: String
  /// By ascending abscissa.
  public let data: [Datum]

  /// A figure; nil where there are fewer than two points.
  public init?(xTitle: String, yTitle: String, data: [Datum]) {
    guard data.count > 1 else { return nil }
    self.xTitle = xTitle
    self.yTitle = yTitle
    self.data = data.sorted { $0.x < $1.x }
  }

  /// A measured table against its distance or momentum, with the exact values of the claim and of the control; nil where it has no such coordinate.
  init?(_ table: MeasuredTable, control: MeasuredTable) {
    guard let column = table.coordinateColumns.firstIndex(where: { ["r", "phat", "t"].contains($0) }) else { return nil }
    let data = zip(table.rows, control.rows).compactMap { row, wrong -> Datum? in
      guard row.estimate.reliability == .sound else { return nil }
      let x: Double
      switch row.coordinates[column] {
      case .number(let number): x = number
      case .integer(let integer): x = Double(integer)
      case .text: return nil
      }
      return Datum(x: x, y: row.estimate.value, error: row.estimate.error, claimed: row.exact, wrong: wrong.exact)
    }
    self.init(xTitle: table.coordinateColumns[column], yTitle: table.name.replacing("-", with: " "), data: data)
  }

  /// Inline SVG: points with error bars, the claim's values joined by a line, the control's by a broken one.
  var svg: String {
    let (left, right, top, bottom) = (62.0, 12.0, 10.0, 38.0)
    let (width, height) = (420.0, 240.0)
    let ordinates = data.flatMap { [$0.y - $0.error, $0.y + $0.error] + [$0.claimed, $0.wrong].compactMap { $0 } }
    let (xTicks, yTicks) = (Self.ticks(data[0].x, data.last!.x), Self.ticks(ordinates.min()!, ordinates.max()!))
    func across(_ x: Double) -> Double {
      left + (width - left - right) * (x - xTicks.first!) / (xTicks.last! - xTicks.first!)
    }
    func up(_ y: Double) -> Double {
      height - bottom - (height - top - bottom) * (y - yTicks.first!) / (yTicks.last! - yTicks.first!)
    }
    func line(_ style: String, _ values: (Datum) -> Double?) -> String {
      let points = data.compactMap { datum in values(datum).map { "\(Self.text(across(datum.x))),\(Self.text(up($0)))" } }
      return points.count > 1 ? "<polyline class=\"\(style)\" points=\"\(points.joined(separator: " "))\"/>" : ""
    }
    var body = ""
    for x in xTicks {
      body +=
        "<line class=\"axis\" x1=\"\(Self.text(across(x)))\" x2=\"\(Self.text(across(x)))\" y1=\"\(height - bottom)\" y2=\"\(height - bottom + 4)\"/>"
      body += "<text x=\"\(Self.text(across(x)))\" y=\"\(height - bottom + 16)\" text-anchor=\"middle\">\(Self.text(x))</text>"
    }
    for y in yTicks {
      body += "<line class=\"axis\" x1=\"\(left - 4)\" x2=\"\(left)\" y1=\"\(Self.text(up(y)))\" y2=\"\(Self.text(up(y)))\"/>"
      body += "<text x=\"\(left - 7)\" y=\"\(Self.text(up(y) + 4))\" text-anchor=\"end\">\(Self.text(y))</text>"
    }
    body +=
      "<path class=\"axis\" d=\"M\(left) \(top)V\(height - bottom)H\(width - right)\"/>"
      + "<text x=\"\(0.5 * (left + width - right))\" y=\"\(height - 6)\" text-anchor=\"middle\">\(Typesetting.svg(xTitle))</text>"
      + "<text transform=\"translate(12 \(0.5 * (top + height - bottom))) rotate(-90)\" text-anchor=\"middle\">\(Typesetting.svg(yTitle))</text>"
    body += line("wrong", \.wrong) + line("exact", \.claimed)
    for datum in data {
      let x = Self.text(across(datum.x))
      body +=
        "<line class=\"error\" x1=\"\(x)\" x2=\"\(x)\" y1=\"\(Self.text(up(datum.y - datum.error)))\" y2=\"\(Self.text(up(datum.y + datum.error)))\"/>"
        + "<circle class=\"claim\" cx=\"\(x)\" cy=\"\(Self.text(up(datum.y)))\" r=\"2.4\"/>"
    }
    return
      "<svg class=\"figure\" viewBox=\"0 0 \(Int(width)) \(Int(height))\" role=\"img\" aria-label=\"\(Typesetting.escaped(yTitle))\">\(body)</svg>"
  }

  /// Three to eight round numbers around an interval.
  static func ticks(_ low: Double, _ high: Double) -> [Double] {
    let span = high > low ? high - low : max(abs(low), 1)
    let raw = span / 4
    let power = pow(10, floor(log10(raw)))
    let step = [1, 2, 2.5, 5, 10].map { $0 * power }.first { $0 >= raw * (1 - 1e-9) }!
    let first = floor(low / step + 1e-9)
    let count = Int(ceil(max(high, low + span) / step - 1e-9) - first)
    return (0...count).map { (first + Double($0)) * step }
  }

  private static func text(_ number: Double) -> String { Finding.short(abs(number) < 1e-14 ? 0 : number) }
}
