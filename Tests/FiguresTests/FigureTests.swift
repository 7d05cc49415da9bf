// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis
import Foundation
import ResultTables
import Testing

@testable import Figures

/// What the figures of each kind show.
@Suite struct FigureTests {
  private func table(_ name: String, _ columns: [Column], _ rows: [[Cell]]) throws -> SampledTable {
    var table = ResultTable(name: name, summary: "", columns: columns)
    for row in rows { try table.append(row) }
    return SampledTable(table)
  }

  private static let measured = [
    Column("value", .number), Column("error", .number), Column("exact", .number), Column("pull", .number),
  ]

  /// A correlator e^(−r) with errors `error`, on radii 0, 1, …; row 3 withheld.
  private func correlator(error: Double) throws -> SampledTable {
    try table(
      "two-point", [Column("r", .number), Column("x1", .number)] + Self.measured,
      (0..<8).map { r in
        let exact = exp(-Double(r))
        let value: [Cell] =
          r == 3
          ? [.missing, .missing, .number(exact), .missing]
          : [.number(exact + error / 2), .number(error), .number(exact), .number(0.5)]
        return [.number(Double(r)), .number(Double(r))] + value
      })
  }

  /// The bar of a map is filled like its cells, not pale like the bands and boxes of other figures.
  @Test func barsOfMapsAreFilledLikeTheirCells() throws {
    let map = try table(
      "predictor", [Column("x1", .number), Column("x2", .number)] + Self.measured,
      (0..<16).map { i in
        [.number(Double(i % 4)), .number(Double(i / 4)), .number(cos(Double(i))), .number(0.01), .missing, .missing]
      })
    func script(_ table: SampledTable) throws -> String {
      let figure = try #require(FigureKinds.figure(of: table))
      return GnuplotScript(figure, name: "fig", format: .png, origin: Provenance()).script
    }
    #expect(try script(map).contains("set colorbox") && script(map).contains("set style fill solid 1 noborder"))
    #expect(try !script(correlator(error: 0.01)).contains("set style fill solid 1 noborder"))
  }

  private func series(_ figure: Figure, _ title: String) -> Series? { figure.panels[0].series.first { $0.title == title } }

  @Test func correlatorsAreLogarithmicWhereAllIsPositive() throws {
    let precise = try #require(FigureKinds.figure(of: correlator(error: 1e-5)))
    #expect(precise.panels[0].y.isLogarithmic && precise.panels.count == 2)
    #expect(precise.panels[0].y.label == "G₂(r) = ⟨φ(x)φ(x+r)⟩" && precise.panels[1].y.label == "pull")
    #expect(series(precise, "measured")?.rows.count == 7 && series(precise, "exact")!.rows.count > 100)
    #expect(series(precise, "below 1σ") == nil)
    #expect(precise.notes == ["1 withheld rows are not shown"])
    // The band of the last points reaches below zero: linear, and noise is marked.
    let noisy = try #require(FigureKinds.figure(of: correlator(error: 0.004)))
    #expect(!noisy.panels[0].y.isLogarithmic)
    #expect(series(noisy, "below 1σ")?.rows.map(\.first) == [7])
    let forced = try #require(
      FigureKinds.figure(of: correlator(error: 0.004), FigureOptions(scale: .logarithmic)))
    #expect(forced.panels[0].y.isLogarithmic)
    #expect(forced.panels[0].series.allSatisfy { $0.rows.allSatisfy { $0[1] > 0 } })
    let linear = try #require(FigureKinds.figure(of: correlator(error: 1e-5), FigureOptions(scale: .linear)))
    #expect(!linear.panels[0].y.isLogarithmic)
  }

  /// Studies: exact values in front of lines, a relative change of its own, a colour a noise; a flow with arrows no longer than a cell and the trajectory of another table.
  @Test func studiesAndFlows() throws {
    let transfer = try table(
      "transfer", [Column("k", .integer)] + ["mean", "mean_flow", "mean_naive"].map { Column($0, .number) },
      (1...4).map { k in [.integer(k), .number(1 / Double(k)), .number(1.001 / Double(k)), .number(2 / Double(k))] })
    let figure = try #require(FigureKinds.figure(of: transfer))
    #expect(figure.panels.count == 2 && figure.panels[0].series.map(\.style) == [.line, .line, .ticks])
    #expect(figure.panels[1].series.map { $0.rows[2][1] }.map { ($0 * 1e6).rounded() } == [1000, 1e6])
    let energy = try table(
      "free-energy", ["noise", "q", "free_energy"].map { Column($0, .number) },
      [0.1, 0.2].flatMap { noise in (0..<5).map { [.number(noise), .number(Double($0)), .number(noise * Double($0))] } })
    let curves = try #require(FigureKinds.figure(of: energy)).panels[0].series
    #expect(curves.map(\.title) == ["σ² = 0.1", "σ² = 0.2"] && curves.map(\.slot) == [0, 1])
    let flow = try table(
      "flow-field",
      ["ridge", "quartic", "ridge_velocity", "quartic_velocity", "nullcline"].map { Column($0, .number) },
      (0..<3).flatMap { i in (0..<3).map { j in [i, j, 10 * i, -j, i].map { Cell.number(Double($0)) } } })
    let path = try table(
      "flow-trajectory", [Column("k", .integer), Column("ridge_rescaled", .number), Column("quartic_rescaled", .number)],
      [[.integer(2), .number(1), .number(1)], [.integer(1), .number(2), .number(0.5)]])
    let alone = try #require(FigureKinds.figure(of: flow))
    let both = try #require(FigureKinds.figure(of: flow, FigureOptions(beside: [path.table])))
    let arrows = try #require(alone.panels[0].series.first)
    #expect(arrows.style == .arrows && arrows.rows.count == 8 && arrows.rows.allSatisfy { abs($0[2]) <= 1 && abs($0[3]) <= 1 })
    #expect(both.panels[0].series.count == alone.panels[0].series.count + 2)
    // Without the column on the axis there is nothing to draw.
    #expect(FigureKinds.figure(of: try table("transfer", [Column("mean", .number)], [[.number(1)]])) == nil)
  }

  /// Learning curves: a colour a ridge, theories as line and open symbols, counts as ticks; spectra without their rounding; a full grid as a map, one with a hole not.
  @Test func learningCurvesSpectraAndMaps() throws {
    let names = ["ridge", "value", "error", "effective_ridge", "equivalent_kernel", "deviation"]
    let curve = try table(
      "learning-curve", [Column("data", .integer)] + names.map { Column($0, .number) },
      [1e-6, 0.3].flatMap { ridge in
        [20, 50].map { p -> [Cell] in
          let error = 20 / Double(p)
          return [.integer(p)] + [ridge, error, 0.01, 1.01 * error, ridge * error, -1].map { .number($0) }
        }
      })
    let figure = try #require(FigureKinds.figure(of: curve))
    #expect(figure.panels.count == 2)
    #expect(
      figure.panels[0].series.compactMap(\.title) == [
        "effective ridge", "equivalent kernel", "T = 1e-06", "T = 0.3",
      ])
    #expect(figure.panels[0].series.map(\.style) == [.line, .openPoints, .points, .line, .openPoints, .points])
    #expect(figure.panels[0].x.ticks.map(\.text) == ["20", "50"] && figure.panels[0].y.isLogarithmic)
    // The equivalent kernel at T = 1e-6 does not choose the frame.
    #expect(try #require(figure.panels[0].y.range).lowerBound > 0.01)

    let spectrum = try table(
      "kernel-spectrum",
      [Column("degree", .integer), Column("degeneracy", .number), Column("value", .number), Column("share", .number)],
      [(0, 0.5, 0.8), (1, 0.1, 0.9), (2, 1e-18, 0.9), (3, 0.01, 0.99)].map { degree, value, share in
        [.integer(degree), .number(1), .number(value), .number(share)]
      })
    let drawn = try #require(FigureKinds.figure(of: spectrum))
    #expect(drawn.panels[0].series[0].rows.map { $0[0] } == [0, 1, 3] && drawn.notes.count == 1)

    let grid = (0..<5).flatMap { i in
      (0..<4).map { j -> [Cell] in [.number(Double(i)), .number(Double(j)), .number(Double(i - j)), .number(0.1)] }
    }
    let columns = [Column("x1", .number), Column("x2", .number), Column("value", .number), Column("error", .number)]
    let map = try #require(FigureKinds.figure(of: table("predictor", columns, grid)))
    #expect(map.panels[0].series.map(\.style) == [.map] && map.panels[0].series[0].rows.count == 20)
    #expect(map.panels[0].x.range == -0.5...4.5 && map.panels[0].y.range == -0.5...3.5)
    let holed = try FigureKinds.figure(of: table("predictor", columns, Array(grid.dropLast())))
    #expect(holed?.panels[0].series.contains { $0.style == .map } != true)
  }

  /// One row: room beside it, and an exact value that is seen.
  @Test func aSingleRowHasAnAxis() throws {
    for (r, range) in [(0.0, -0.5...0.5), (3.0, 1.5...4.5), (0.25, 0.125...0.375)] {
      let single = try table(
        "two-point", [Column("r", .number)] + Self.measured,
        [[.number(r), .number(1), .number(0.1), .number(1.05), .number(-0.5)]])
      let panel = try #require(FigureKinds.figure(of: single)).panels[0]
      #expect(panel.x.range == range)
      #expect(panel.series.first { $0.title == "exact" }?.style == .ticks)
    }
  }

  /// Numbers of a narrow panel stand side by side; names keep their ends, which tell the rows of a set apart.
  @Test func narrowPanelsHaveRoomForTheirNumbers() {
    #expect(GnuplotScript.step(0.985...1.025, centimetres: 3.4) == 0.02)
    #expect(GnuplotScript.step(0.9985...1.0045, centimetres: 3.3) == 0.002)
    #expect(GnuplotScript.step(0...10, centimetres: 3) == 2)
    #expect(GnuplotScript.step(nil, centimetres: 3) == nil && GnuplotScript.step(1...1, centimetres: 3) == nil)
    let names = ["full", "connected"].map { Notation.shortened("a set with a name of its own, n = 4, \($0)") }
    #expect(names[0] != names[1] && names.allSatisfy { $0.count == 28 })
    #expect(Notation.shortened("near, n = 4, connected") == "near, n = 4, connected")
  }

  @Test func slicesKeepTheRowsOnTheirAxis() throws {
    var rows: [[Cell]] = []
    for y1 in -2...2 {
      for y2 in -1...1 {
        rows.append([.number(Double(y1)), .number(Double(y2)), .number(1e-4), .number(1e-5), .missing, .missing])
      }
    }
    let figure = try #require(
      FigureKinds.figure(of: table("four-point-split", [Column("y1", .number), Column("y2", .number)] + Self.measured, rows)))
    #expect(series(figure, "measured")?.rows.map { $0[0] } == [-2, -1, 0, 1, 2])
    #expect(figure.panels.count == 1 && figure.panels[0].x.label.hasPrefix("y₁"))
    #expect(figure.panels[0].y.label.hasSuffix("[10⁻⁶]"))
    #expect(figure.notes == ["10 rows off the axis of y1 are not shown"])
  }

  /// Operators beside r and modes beside t are curves of their own; components beside r are not.
  @Test func curvesAreToldApart() throws {
    func values(_ x: Double) -> [Cell] { [.number(x), .number(0.001), .number(x), .number(0)] }
    let operators = try table(
      "local-operators", [Column("operators", .text), Column("r", .number), Column("x1", .number)] + Self.measured,
      ["phi^2;phi^2", "phi^4;phi^4"].flatMap { name in
        (1...3).map { [.text(name), .number(Double($0)), .number(Double($0))] + values(1 / Double($0)) }
      })
    let figure = try #require(FigureKinds.figure(of: operators))
    #expect(figure.panels[0].series.filter { $0.style == .points }.map(\.title) == ["φ²; φ²", "φ⁴; φ⁴"])
    #expect(
      figure.panels[0].series.allSatisfy { $0.style == .line ? $0.rows.count > 3 : $0.style == .points && $0.rows.count == 3 })
    let modes = try table(
      "time-slice", [Column("t", .number), Column("n2", .integer)] + Self.measured,
      [0, 1].flatMap { n in (0..<4).map { [.number(Double($0)), .integer(n)] + values(exp(-Double($0))) } })
    let slices = try #require(FigureKinds.figure(of: modes))
    #expect(slices.panels[0].series.filter { $0.style == .points }.map(\.title) == ["n2 = 0", "n2 = 1"])
  }

  @Test func namedQuantitiesAreRelativeToTheirExactValues() throws {
    let columns = [Column("quantity", .text)] + Self.measured
    let known: [[Cell]] = [
      [.text("chi2"), .number(5), .number(0.5), .number(4), .number(2)],
      [.text("chi4"), .number(-300), .number(30), .number(-200), .number(-3)],
    ]
    let relative = try #require(FigureKinds.figure(of: table("zero-momentum", columns, known)))
    #expect(relative.panels[0].x.label == "value / exact")
    #expect(series(relative, "measured")?.rows == [[1.25, 2, 0.125], [1.5, 1, 0.15]])
    #expect(relative.panels[0].y.ticks.map(\.text) == ["χ₂\n5.00(50)", "χ₄\n-300(30)"])
    let unknown = known + [[.text("U"), .number(0.1), .number(0.2), .missing, .missing]]
    let partly = try #require(FigureKinds.figure(of: table("zero-momentum", columns, unknown)))
    #expect(partly.panels[0].x.label == "(value − exact) / error")
    #expect(series(partly, "measured")?.rows == [[2, 3, 1], [-100.0 / 30, 2, 1]])
    #expect(partly.notes == ["rows without a mark have no exact value"])
    let plain = try #require(FigureKinds.figure(of: table("zero-momentum", columns, [unknown[2]])))
    #expect(plain.panels[0].x.label == "value" && series(plain, "below 1σ")?.rows.count == 1)
  }

  /// Every bar ends inside the frame, also where errors differ by a thousand.
  @Test func namedQuantitiesStayInsideTheFrame() throws {
    let rows: [[Cell]] = [(0.1, 0.05, 0.0), (-40, 50, 0), (0.002, 0.001, 0), (3, 2, 1)].map {
      [.text("SD phi^2"), .number($0.0), .number($0.1), .number($0.2), .number(($0.0 - $0.2) / $0.1)]
    }
    for known in [rows, rows.map { Array($0.prefix(3)) + [.missing, .missing] }, Array(rows.suffix(1))] {
      let figure = try #require(FigureKinds.figure(of: table("identities", [Column("quantity", .text)] + Self.measured, known)))
      let frame = try #require(figure.panels[0].x.range)
      for mark in figure.panels[0].series.filter({ $0.style != .line }).flatMap(\.rows) {
        #expect(frame.contains(mark[0] - mark[2]) && frame.contains(mark[0] + mark[2]))
      }
      #expect(figure.panels[0].y.ticks[0].text.hasPrefix("SD φ²\n"))
    }
  }

  /// Quantities of different sizes have a panel each against 1/N.
  @Test func quantitiesOfDifferentSizesHavePanels() throws {
    let sizes = [("chi2", 5.0), ("chi4", 4000.0)]
    let rows = sizes.flatMap { name, size in
      [10, 20, 40].map { width -> [Cell] in
        [.text(name), .integer(width), .number(size + size / Double(width)), .number(0.1 * size), .missing, .missing]
      }
    }
    let figure = try #require(
      FigureKinds.figure(
        of: table("zero-momentum", [Column("quantity", .text), Column("width", .integer)] + Self.measured, rows)))
    #expect(figure.panels.map(\.y.label) == ["χ₂", "χ₄   [10³]"])
  }

  @Test func exponentsAreDrawnAgainstTheDistance() throws {
    let columns = [Column("cumulant", .text), Column("order", .integer)] + Self.measured
    let rows: [[Cell]] = ["four-point-xxyy r = 0.0", "four-point-xxyy r = 0.5", "zero-momentum chi4"].map {
      [.text($0), .integer(4), .number(-1.01), .number(0.02), .number(-1), .number(-0.5)]
    }
    let figure = try #require(FigureKinds.figure(of: table("exponents", columns, rows)))
    #expect(figure.panels[0].x.label == "r" && series(figure, "four-point-xxyy")?.rows.map { $0[0] } == [0, 0.5])
    #expect(figure.notes == ["zero-momentum chi4: -1.010(20)"])
  }

  /// The exact curve passes through its points, has none of its own extrema, and is smooth: exp(-x) to a part in a hundred from five points.
  @Test func exactCurvesAreSmooth() {
    let points = (0...4).map { [Double($0) / 2, exp(-Double($0) / 2)] }
    let curve = MonotoneCurve.dense(points)
    #expect(curve.count > 200 && points.allSatisfy { point in curve.contains { $0 == point } })
    #expect(zip(curve, curve.dropFirst()).allSatisfy { $0[1] > $1[1] && $0[0] < $1[0] })
    #expect(curve.allSatisfy { abs($0[1] - exp(-$0[0])) < 0.01 })
    // Control: segments between the points are off by more.
    #expect((points[0][1] + points[1][1]) / 2 - exp(-0.25) > 0.01)
    let bump = MonotoneCurve.dense([[0, 0], [1, 1], [2, 0], [3, 0]])
    #expect(bump.allSatisfy { (0...1).contains($0[1]) })
  }

  /// Values at several widths from the same bins: the fit finds a + b/N, though its covariance is singular.
  @Test func widthsAreFitted() throws {
    var value = BinnedMeans(primaryCount: 2)
    for bin in 0..<40 {
      let (u, v) = (cos(3.7 * Double(bin)), sin(1.3 * Double(bin)))
      value.append(means: [2 + 0.1 * u, 5 + 0.1 * v], weight: 10)
    }
    let (a, b) = (value.mean(0), value.mean(1))
    var table = ResultTable(
      name: "neuron-space-point-functions", summary: "",
      columns: [Column("set", .text), Column("width", .integer)] + Self.measured)
    let widths = [1, 2, 5, 10]
    let samples = widths.map { a + (1 / Double($0)) * b }
    for (width, sample) in zip(widths, samples) {
      try table.append([
        .text("near"), .integer(width), .number(sample.value), .number(sample.error), .missing, .missing,
      ])
    }
    let figure = try #require(FigureKinds.figure(of: SampledTable(table, samples: samples)))
    let infinite = try #require(figure.panels[0].series.first { $0.style == .openPoints }).rows[0]
    #expect(infinite[0] == 0 && abs(infinite[1] - a.value) < 1e-9)
    #expect(abs(infinite[2] / a.error - 1) < 0.1, "\(infinite[2]) against \(a.error)")
    #expect(figure.notes.first?.hasPrefix("near: \(ValueWithError.text(a.value, infinite[2])) at infinite width") == true)
  }

  /// A density with known fourth cumulant: 0.9 N(0, 1) + 0.1 N(0, 3), κ4/σ⁴ = 3 (0.9 + 0.1 · 9)/1.2² − 3 = 0.75.
  @Test func distributionsHaveTheirCurves() throws {
    func cumulative(_ x: Double) -> Double {
      0.5 + 0.45 * erf(x / 2.0.squareRoot()) + 0.05 * erf(x / 6.0.squareRoot())
    }
    let columns = [Column("lower", .number), Column("upper", .number)] + Self.measured
    let rows: [[Cell]] = (-40..<40).map { bin in
      let (lower, upper) = (0.25 * Double(bin), 0.25 * Double(bin + 1))
      let density = (cumulative(upper) - cumulative(lower)) / 0.25
      return [.number(lower), .number(upper), .number(density), .number(0.001), .number(density), .number(0)]
    }
    let figure = try #require(FigureKinds.figure(of: table("one-point-distribution", columns, rows)))
    #expect(figure.panels[0].series.map(\.title) == ["measured", "exact", "Gaussian", "Edgeworth"])
    #expect(figure.panels[0].series[0].rows.allSatisfy { $0[2] == 0.25 })
    #expect(figure.notes.first?.hasSuffix("sigma = 1.095, kappa4/sigma^4 = 0.75") == true, "\(figure.notes)")
    let middle = try #require(figure.panels[0].series.last?.rows[100])
    #expect(abs(middle[1] - 1 / (1.2 * 2 * Double.pi).squareRoot() * (1 + 0.75 / 8)) < 1e-6)
  }

  @Test func tablesWithoutSoundRowsHaveNoFigure() throws {
    let columns = [Column("r", .number)] + Self.measured
    #expect(FigureKinds.figure(of: try table("t", columns, [])) == nil)
    #expect(FigureKinds.figure(of: try table("t", columns, [[.number(1), .missing, .missing, .number(1), .missing]])) == nil)
  }

  /// Names with quotes and line breaks stay texts; the data follow the series.
  @Test func scriptsQuoteNames() throws {
    let figure = try #require(
      FigureKinds.figure(
        of: table(
          "labels", [Column("set", .text)] + Self.measured,
          [[.text("a\"b\\`c"), .number(1), .number(0.1), .missing, .missing]])))
    let drawn = GnuplotScript(figure, name: "fig", format: .svg, origin: Provenance())
    #expect(drawn.script.contains("'a\"b\\`c'.\"\\n\".'1.00(10)' 1"))
    #expect(drawn.data.contains("1.0\t1.0\t0.1\n"))
    #expect(drawn.script.contains("'./fig.dat' index 0") && drawn.script.contains("set output './fig.svg'"))
  }

  static let hasGnuplot = (try? Gnuplot()) != nil

  @Test(
    .enabled(if: hasGnuplot, "gnuplot is not installed: apt-get install gnuplot-nox"), arguments: PictureFormat.allCases)
  func gnuplotDraws(format: PictureFormat) throws {
    let figure = try #require(FigureKinds.figure(of: correlator(error: 0.004)))
    let picture = try Gnuplot().draw(figure, format: format, origin: Provenance())
    let start: [PictureFormat: [UInt8]] = [.svg: Array("<?xml".utf8), .pdf: Array("%PDF".utf8), .png: [0x89, 0x50]]
    #expect(picture.starts(with: start[format]!) && picture.count > 3000)
    Thread.sleep(forTimeInterval: 1.1)
    #expect(try Gnuplot().draw(figure, format: format, origin: Provenance()) == picture)
  }
}
