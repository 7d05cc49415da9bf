// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import ResultTables

/// Tables of studies that are curves of several columns against one: modes and their predictions, transfer, scaling laws, free energies, kernel adaptation, training, Binder cumulants. What each shows is one
/// entry of ``entries``.
enum StudyFigure {
  static let kind = FigureKind(
    name: "study",
    summary: "predictions of modes, transfer, scaling laws, free energies, kernel adaptation, training, Binder cumulants",
    draw: draw
  )

  /// A column as a curve.
  struct Curve {
    let column: String
    let title: String
    var style = Series.Style.line
    var slot: Int
    /// The column of errors, of points.
    var error: String?
  }

  /// One pair of axes.
  struct Part {
    let label: String
    var isLogarithmic = false
    var height = 5.4
    let curves: [Curve]
    /// Where the axis begins and ends, if not with the data.
    var range: ClosedRange<Double>?
    /// What values are multiplied with.
    var factor = 1.0
    /// Curves are shown as `|curve/reference − 1|` of this column.
    var reference: String?
  }

  /// What a table shows.
  struct Entry {
    let table: String
    let x: String
    let label: String
    var isLogarithmic = false
    /// The column whose values are curves of their own, with its name in the legend: one colour each.
    var groups: (column: String, name: String)?
    /// Whether rows of equal x, one after another, belong to curves of their own, all in the colours of their columns.
    var isSpread = false
    /// Rows of which column have which text.
    var filter: (column: String, text: String)?
    let parts: [Part]
    var notes: [String] = []
  }

  private static let black = Series.exactSlot
  private static let modes = [
    ("rg_ir", "RG, infrared", 0), ("rg_k", "RG at k", 3), ("first_order", "first order", 2), ("gp", "Gaussian", 1),
  ]
  private static let systems = [
    ("flow", "flow", 0), ("modes", "mode by mode", 2), ("same", "same r, U", 3), ("naive", "naive", 1),
  ]

  static let entries: [Entry] = [
    Entry(
      table: "flow-trajectory", x: "k", label: "modes left k", isLogarithmic: true,
      parts: [
        Part(
          label: "ridge r", height: 3.4,
          curves: [
            Curve(column: "ridge", title: "mode by mode", style: .ticks, slot: black),
            Curve(column: "ridge_flow", title: "differential equation", slot: 0),
          ]),
        Part(
          label: "coupling U", height: 3.4,
          curves: [
            Curve(column: "quartic", title: "", style: .ticks, slot: black), Curve(column: "quartic_flow", title: "", slot: 0),
          ]),
      ]),
    Entry(
      table: "mode-predictions", x: "k", label: "mode k", isLogarithmic: true,
      parts: [
        Part(
          label: "mean ⟨Δₖ⟩", isLogarithmic: true, height: 4.4,
          curves: [Curve(column: "mean", title: "exact", style: .ticks, slot: black)]
            + modes.map { Curve(column: "mean_\($0.0)", title: $0.1, slot: $0.2) }),
        Part(
          label: "variance", isLogarithmic: true, height: 3.4,
          curves: [Curve(column: "variance", title: "", style: .ticks, slot: black)]
            + modes.map { Curve(column: "variance_\($0.0)", title: "", slot: $0.2) }),
      ]),
    Entry(
      table: "transfer", x: "k", label: "mode k", isLogarithmic: true,
      parts: [
        Part(
          label: "mean ⟨Δₖ⟩", isLogarithmic: true, height: 4.4,
          curves: [Curve(column: "mean", title: "all modes", style: .ticks, slot: black)]
            + systems.map { Curve(column: "mean_\($0.0)", title: $0.1, slot: $0.2) }),
        Part(
          label: "relative change", isLogarithmic: true, height: 3.4,
          curves: systems.map { Curve(column: "mean_\($0.0)", title: "", slot: $0.2) }, reference: "mean"),
      ], notes: ["half of the modes: on the trajectory of the flow, and off it"]),
    Entry(
      table: "scaling-law", x: "modes", label: "data P", isLogarithmic: true,
      parts: [("bias", "bias"), ("variance", "variance")].map { column, label in
        Part(
          label: label, isLogarithmic: true, height: 3.6,
          curves: [
            Curve(column: column, title: column == "bias" ? "exact" : "", style: .ticks, slot: black),
            Curve(column: "\(column)_rg_ir", title: column == "bias" ? "RG, infrared" : "", slot: 0),
            Curve(column: "\(column)_gp", title: column == "bias" ? "Gaussian" : "", slot: 1),
            Curve(column: "\(column)_integral", title: column == "bias" ? "Gaussian, integral" : "", style: .line, slot: 2),
          ])
      }),
    Entry(
      table: "free-energy", x: "q", label: "overlap q = w·w*", groups: ("noise", "σ²"),
      parts: [
        Part(label: "free energy s(q)", curves: [Curve(column: "free_energy", title: "", slot: 0)])
      ], notes: ["minima of equal depth: neurons about the origin and droplets coexist"]),
    Entry(
      table: "free-energy", x: "W", label: "squared weight W of a mode", groups: ("noise", "σ²"),
      parts: [Part(label: "free energy S/P", curves: [Curve(column: "free_energy", title: "", slot: 0)])]),
    Entry(
      table: "modular-plateau", x: "noise", label: "noise σ²",
      parts: [
        Part(
          label: "amplitude a", height: 4,
          curves: [
            Curve(column: "a", title: "finite P", style: .ticks, slot: black), Curve(column: "a_limit", title: "limit", slot: 0),
          ]),
        Part(
          label: "neurons turned", height: 2.4, curves: [Curve(column: "fraction_limit", title: "", slot: 0)], range: -0.05...1.05
        ),
      ]),
    Entry(
      table: "grokking-phases", x: "noise", label: "noise σ²",
      parts: [
        Part(
          label: "discrepancy", height: 3.6,
          curves: [Curve(column: "b", title: "b (linear)", slot: 0), Curve(column: "c", title: "c (cubic)", slot: 1)]),
        Part(label: "droplets p d", height: 2.6, curves: [Curve(column: "droplets", title: "", slot: 2)]),
      ], notes: ["the limit of large scale"]),
    Entry(
      table: "grokking-posterior", x: "noise", label: "noise σ²", filter: ("quantity", "f.H3/6"),
      parts: [
        Part(
          label: "100 ⟨f·H₃⟩/6",
          curves: [
            Curve(column: "level_b", title: "level B", slot: 1), Curve(column: "level_a", title: "level A", slot: 2),
            Curve(column: "value", title: "sampled", style: .points, slot: 0, error: "error"),
          ], factor: 100)
      ]),
    Entry(
      table: "training", x: "width", label: "N", isLogarithmic: true, groups: ("quantity", ""),
      parts: [
        Part(
          label: "rms, or relative change", isLogarithmic: true,
          curves: [Curve(column: "value", title: "", style: .points, slot: 0, error: "error")])
      ], notes: ["the deviation as printed in (96) is not shown"]),
    Entry(
      table: "adapted-predictor", x: "scale", label: "scale χ", isLogarithmic: true, isSpread: true,
      parts: [
        Part(
          label: "predictor",
          curves: [
            Curve(column: "adapted", title: "kernel that adapts", slot: 1),
            Curve(column: "gaussian_process", title: "kernel of the prior", slot: 2),
            Curve(column: "exact", title: "exact", style: .ticks, slot: black),
            Curve(column: "value", title: "sampled", style: .points, slot: 0, error: "error"),
          ])
      ], notes: ["one curve of each colour for every test point"]),
    binderCurves("m0_squared", "bare mass m₀²"), binderCurves("lambda", "λ"),
  ]

  private static func binderCurves(_ coupling: String, _ label: String) -> Entry {
    Entry(
      table: "binder-curves", x: coupling, label: label, groups: ("lattice", ""),
      parts: [
        Part(
          label: "Binder cumulant U", height: 6,
          curves: [Curve(column: "value", title: "", style: .points, slot: 0, error: "error")])
      ], notes: ["reweighted from the runs; the curves of neighbouring sizes cross towards the critical point"])
  }

  /// The colours there are.
  private static let groupLimit = 5

  private static func draw(_ sampled: SampledTable, _ options: FigureOptions) -> Figure? {
    let table = sampled.table
    guard let entry = entries.first(where: { $0.table == table.name && table.numbers($0.x) != nil }) else { return nil }
    let x = table.numbers(entry.x)!
    let rows = table.rows.indices.filter { row in
      guard let place = x[row], !entry.isLogarithmic || place > 0 else { return false }
      return entry.filter.map { table.text(row: row, column: $0.column) == $0.text } ?? true
    }
    var groups: [(label: String?, rows: [Int])] = [(nil, rows)]
    var notes = entry.notes
    if let (column, name) = entry.groups {
      func label(_ row: Int) -> String? {
        if let text = table.text(row: row, column: column) { return text.contains("printed") ? nil : text }
        return table.numbers(column)?[row].map { "\(name) = \(Notation.short($0))" }
      }
      var labels: [String] = []
      for row in rows { if let own = label(row), !labels.contains(own) { labels.append(own) } }
      let count = min(groupLimit, labels.count)
      let shown = (0..<count).map { labels[count > 1 ? $0 * (labels.count - 1) / (count - 1) : 0] }
      groups = shown.map { own in (Self.brief(own), rows.filter { label($0) == own }) }
      if labels.count > count { notes.append("\(count) of \(labels.count) curves are shown") }
    }
    if entry.isSpread {
      var places: [Double: [Int]] = [:]
      for row in rows { places[x[row]!, default: []].append(row) }
      let count = places.values.map(\.count).max() ?? 0
      groups = (0..<count).map { index in (nil, places.values.compactMap { index < $0.count ? $0[index] : nil }) }
    }
    let panels = entry.parts.compactMap { panel($0, table, x, groups, entry, options) }
    guard panels.count == entry.parts.count else { return nil }
    return Figure(table: table.name, panels: panels, notes: notes)
  }

  /// What fits into a legend.
  private static func brief(_ label: String) -> String {
    [
      "deviation from the flow of infinite width": "deviation from N = ∞",
      "deviation of products from the flow of infinite width": "products − N = ∞",
      "tangent kernel at the start, against its limit": "kernel − limit", "change of the tangent kernel": "change of kernel",
    ][label] ?? label.replacingOccurrences(of: "hidden ", with: "")
  }

  private static func panel(
    _ part: Part, _ table: ResultTable, _ x: [Double?], _ groups: [(label: String?, rows: [Int])], _ entry: Entry,
    _ options: FigureOptions
  ) -> Panel? {
    let isLogarithmic = options.scale == .automatic ? part.isLogarithmic : options.scale == .logarithmic
    let reference = part.reference.flatMap(table.numbers)
    var series: [Series] = []
    for (number, group) in groups.enumerated() {
      for curve in part.curves {
        guard let column = table.numbers(curve.column) else { continue }
        let errors = curve.error.flatMap(table.numbers)
        let marks = group.rows.compactMap { row -> [Double]? in
          guard var value = column[row].map({ part.factor * $0 }) else { return nil }
          if let reference {
            guard let known = reference[row], known != 0 else { return nil }
            value = abs(value / known - 1)
          }
          guard !isLogarithmic || value > 0 else { return nil }
          guard let errors else { return [x[row]!, value] }
          // A bar to zero has no end on a logarithmic axis.
          return errors[row].map { [x[row]!, value, isLogarithmic ? min(part.factor * $0, 0.9 * value) : part.factor * $0] }
        }.sorted { $0[0] < $1[0] }
        guard !marks.isEmpty else { continue }
        let title = group.label ?? (curve.title.isEmpty || series.contains { $0.title == curve.title } ? nil : curve.title)
        let slot = group.label == nil ? curve.slot : number
        if group.label != nil, curve.style == .points {
          series.append(Series(nil, .line, slot: slot, marks.map { Array($0.prefix(2)) }))
        }
        // A line through one point shows nothing.
        let style = curve.style == .line && marks.count == 1 ? Series.Style.ticks : curve.style
        series.append(Series(title, style, slot: slot, marks))
      }
    }
    guard !series.isEmpty else { return nil }
    let all = series.flatMap(\.rows)
    let places = all.map { $0[0] }
    let (first, last) = (places.min()!, places.max()!)
    let margin = 0.03 * (last - first)
    let horizontal = entry.isLogarithmic ? (first / 1.15)...(last * 1.15) : (first - margin)...(last + margin)
    // The lines behind the points that are exact.
    let ordered = series.filter { $0.style == .line } + series.filter { $0.style != .line }
    return Panel(
      height: part.height,
      x: Axis(
        entry.label, isLogarithmic: entry.isLogarithmic, range: horizontal.upperBound > horizontal.lowerBound ? horizontal : nil),
      y: Axis(part.label, isLogarithmic: isLogarithmic, range: part.range ?? vertical(all, isLogarithmic)), series: ordered)
  }

  /// A frame with some air; six decades at most, from the top.
  private static func vertical(_ rows: [[Double]], _ isLogarithmic: Bool) -> ClosedRange<Double>? {
    let (low, high) = (rows.map { $0[1] }.min()!, rows.map { $0[1] }.max()!)
    guard high > low else { return nil }
    if isLogarithmic { return max(low, 1e-7 * high) / 1.5...1.5 * high }
    return low - 0.06 * (high - low)...high + 0.06 * (high - low)
  }
}
