// SPDX-License-Identifier: GPL-3.0-or-later

import Glibc
import LatticeFields
import NumericalKernels

/// Draws momenta with a rotation-invariant density p(|k|): |k| by inversion of the cumulative distribution, the direction
/// uniformly.
///
/// The inverse is tabulated in v = min(u, 1 − u) on both sides of the median, 32 cells in every octave of v down to 2^-25, six-point
/// interpolation in each: index and local coordinate are the leading and the remaining bits of v, so both tails have full
/// relative accuracy (1e-11 of |k|) and a look-up is a handful of instructions. Beyond, and in cells that miss this accuracy (gaps in
/// the density), |k| is solved for instead. Uses the `.momentum` blocks 0, 1, 2.
public struct RadialSampler: Sendable {
  private let dimension: Int
  let cumulative: RadialCumulative
  /// [side][cell][six divided differences]; NaN first where the cell is solved exactly.
  private let table: AlignedBuffer<Double>

  private static let cellsPerOctave = 32
  private static let lowestExponent = -25
  private static let cellsPerSide = 24 * cellsPerOctave
  /// Chebyshev nodes of a cell, t ∈ [0, 1).
  private static let nodes = (0..<6).map { 0.5 - 0.5 * cos(.pi * (Double($0) + 0.5) / 6) }

  /// A sampler of the density proportional to `density(|k|)` per d^dk. Cost about 25 ms.
  public init(
    dimension: Int, cutoff: Double?, isFormula: Bool = false,
    density: @escaping @Sendable (Double) -> Double
  ) throws(RadialProfile.Fault) {
    self.dimension = dimension
    let profile = try RadialProfile(
      dimension: dimension, cutoff: cutoff, resolvesOrigin: true, isFormula: isFormula, density)
    let cumulative = RadialCumulative(profile)
    self.cumulative = cumulative
    let table = AlignedBuffer<Double>(count: 2 * Self.cellsPerSide * 6, repeating: 0)
    for side in 0..<2 {
      for cell in 0..<Self.cellsPerSide {
        let differences = Self.differences(cumulative, side: side, cell: cell)
        for j in 0..<6 { table[(side * Self.cellsPerSide + cell) * 6 + j] = differences[j] }
      }
    }
    self.table = table
  }

  /// Newton's divided differences of k on one cell, checked halfway between the nodes.
  private static func differences(_ cumulative: RadialCumulative, side: Int, cell: Int) -> [Double] {
    let octave = Double(
      sign: .plus, exponent: lowestExponent + cell / cellsPerOctave, significand: 1)
    func exact(_ t: Double) -> Double {
      let v = octave * (1 + (Double(cell % cellsPerOctave) + t) / Double(cellsPerOctave))
      return cumulative.radius(lower: side == 0 ? v : nil, upper: side == 0 ? nil : v)
    }
    var d = nodes.map(exact)
    for j in 1..<6 {
      for i in stride(from: 5, through: j, by: -1) {
        d[i] = (d[i] - d[i - 1]) / (nodes[i] - nodes[i - j])
      }
    }
    for t in [0.0, 0.5 * (nodes[2] + nodes[3]), 1.0] {
      let k = exact(t)
      let interpolated = d.withUnsafeBufferPointer { evaluate($0.baseAddress!, t) }
      if !(abs(interpolated - k) <= 1e-11 * k) { return [.nan, 0, 0, 0, 0, 0] }
    }
    return d
  }

  @inline(__always)
  private static func evaluate(_ d: UnsafePointer<Double>, _ t: Double) -> Double {
    var k = d[5]
    k = d[4] + (t - Node.x4) * k
    k = d[3] + (t - Node.x3) * k
    k = d[2] + (t - Node.x2) * k
    k = d[1] + (t - Node.x1) * k
    return d[0] + (t - Node.x0) * k
  }

  /// `½ − ½ cos((j+½)π/6)`.
  private enum Node {
    static let x0 = 0.5 - 0.5 * 0.965_925_826_289_068_3
    static let x1 = 0.5 - 0.5 * 0.707_106_781_186_547_6
    static let x2 = 0.5 - 0.5 * 0.258_819_045_102_520_74
    static let x3 = 0.5 + 0.5 * 0.258_819_045_102_520_74
    static let x4 = 0.5 + 0.5 * 0.707_106_781_186_547_6
  }

  /// |k| at cumulative probability u ∈ (0, 1), by the table.
  public func radius(_ u: Double) -> Double {
    let isUpper = u >= 0.5
    let v = isUpper ? 1 - u : u
    guard v >= 0x1p-25 && v < 0.5 else {
      return cumulative.radius(lower: isUpper ? nil : v, upper: isUpper ? v : nil)
    }
    let bits = v.bitPattern
    let cell = Int(truncatingIfNeeded: bits >> 47) - (1023 + Self.lowestExponent) << 5
    let t = Double(bitPattern: (bits & 0x7FFF_FFFF_FFFF) << 5 | 0x3FF0_0000_0000_0000) - 1
    let k = Self.evaluate(table.pointer + 6 * (cell + (isUpper ? Self.cellsPerSide : 0)), t)
    return k == k ? k : cumulative.radius(lower: isUpper ? nil : v, upper: isUpper ? v : nil)
  }

  /// Draws the momenta of `count` neurons of network `draw`; `component(μ)` is where component μ goes.
  public func draw(
    _ stream: RandomStream, draw: UInt64, count: Int,
    component: (Int) -> UnsafeMutablePointer<Double>
  ) {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 4 * count) { scratch in
      let radius = scratch.baseAddress!
      let (second, a, b) = (radius + count, radius + 2 * count, radius + 3 * count)
      stream.uniformPairs(use: .momentum, draw: draw, count: count, first: radius, second: second)
      for i in 0..<count { radius[i] = self.radius(radius[i]) }
      let k0 = component(0)
      if dimension == 1 {
        for i in 0..<count { k0[i] = second[i] < 0.5 ? -radius[i] : radius[i] }
        return
      }
      // A pair of normals, normalised, is a uniform point of the circle: the azimuth. In d = 3 it is lifted by a uniform height, in
      // d = 4 a uniform fraction u of |k|² goes to the first circle and the rest to a second (Hopf).
      let k1 = component(1)
      stream.normalPairs(use: .momentum, draw: draw, block: 1, count: count, first: a, second: b)
      for i in 0..<count {
        let u = second[i]
        let share =
          dimension == 2 ? 1 : dimension == 3 ? 2 * (u * (1 - u)).squareRoot() : u.squareRoot()
        let scale = share * radius[i] / (a[i] * a[i] + b[i] * b[i]).squareRoot()
        k0[i] = scale * a[i]
        k1[i] = scale * b[i]
      }
      if dimension == 3 {
        let k2 = component(2)
        for i in 0..<count { k2[i] = radius[i] * (2 * second[i] - 1) }
      } else if dimension == 4 {
        let (k2, k3) = (component(2), component(3))
        stream.normalPairs(use: .momentum, draw: draw, block: 2, count: count, first: a, second: b)
        for i in 0..<count {
          let scale =
            (1 - second[i]).squareRoot() * radius[i] / (a[i] * a[i] + b[i] * b[i]).squareRoot()
          k2[i] = scale * a[i]
          k3[i] = scale * b[i]
        }
      }
    }
  }
}
