// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import ResultTables

/// The flow of couplings at l = 1 as arrows in the plane of r and U, with the r-nullcline, the Gaussian fixed point, and the trajectory of the theory where the result has it.
enum FlowFigure {
  static let kind = FigureKind(
    name: "flow", summary: "flow of couplings as arrows, with nullcline, fixed points and trajectory", draw: draw)

  private static func draw(_ sampled: SampledTable, _ options: FigureOptions) -> Figure? {
    let table = sampled.table
    guard table.name == "flow-field", let ridges = table.numbers("ridge"), let couplings = table.numbers("quartic"),
      let first = table.numbers("ridge_velocity"), let second = table.numbers("quartic_velocity"),
      let nullcline = table.numbers("nullcline")
    else { return nil }
    let rows = table.rows.indices.filter {
      ridges[$0] != nil && couplings[$0] != nil && first[$0] != nil && second[$0] != nil
    }
    let (x, y) = (Set(rows.map { ridges[$0]! }).sorted(), Set(rows.map { couplings[$0]! }).sorted())
    guard x.count > 1, y.count > 1 else { return nil }
    let (width, height) = (x.last! - x[0], y.last! - y[0])
    // Arrows grow with the root of the speed and stay within a cell of the grid.
    let speeds = rows.map { hypot(first[$0]! / width, second[$0]! / height) }
    let greatest = speeds.max()!
    guard greatest > 0 else { return nil }
    let cell = 0.75 / Double(max(x.count, y.count) - 1)
    let arrows = zip(rows, speeds).compactMap { row, speed -> [Double]? in
      guard speed > 0 else { return nil }
      let length = cell * (0.35 + 0.65 * (speed / greatest).squareRoot())
      return [ridges[row]!, couplings[row]!, length * first[row]! / speed, length * second[row]! / speed]
    }
    let line = x.compactMap { r in rows.first { ridges[$0] == r }.flatMap { row in nullcline[row].map { [r, $0] } } }
    var series = [Series(nil, .arrows, slot: 0, arrows)]
    if line.count > 1 { series.append(Series("r stands still", .line, slot: 2, MonotoneCurve.dense(line))) }
    if let trajectory = options.beside.first(where: { $0.name == "flow-trajectory" }),
      let r = trajectory.numbers("ridge_rescaled"), let u = trajectory.numbers("quartic_rescaled")
    {
      let path = r.indices.compactMap { index in r[index].flatMap { r in u[index].map { [r, $0] } } }
      if path.count > 1 {
        series.append(Series("trajectory", .line, slot: 1, path))
        series.append(Series(nil, .points, slot: 1, [path[0] + [0]]))
      }
    }
    series.append(Series("Gaussian fixed point", .ticks, slot: Series.exactSlot, [[0, 0]]))
    // Room for arrows that leave the grid.
    let (side, end) = (cell * width, cell * height)
    let across = (x[0] - side)...(x.last! + side)
    return Figure(
      table: table.name,
      panels: [
        Panel(
          x: Axis("rescaled ridge r", range: across, step: GnuplotScript.step(across, centimetres: 5)),
          y: Axis("rescaled coupling U", range: (y[0] - 0.5 * end)...(y.last! + end)), series: series)
      ],
      notes: ["arrows: the flow at l = 1, later fields differ; their length grows with the root of the speed"] + table.notes)
  }
}
