// SPDX-License-Identifier: GPL-3.0-or-later

/// A smooth curve through points: the monotone cubic of Fritsch and Carlson, SIAM J. Numer. Anal. 17 (1980) 238, with the slopes of
/// Fritsch and Butland, SIAM J. Sci. Stat. Comput. 5 (1984) 300.
///
/// It passes through every point and has no extremum between them that the points have not, so that it shows nothing which is not known.
enum MonotoneCurve {
  /// The points with others between them, at most a `spacing`-th of the whole range apart. Abscissae ascend strictly.
  static func dense(_ points: [[Double]], spacing: Int = 200) -> [[Double]] {
    guard points.count > 2, let first = points.first, let last = points.last else { return points }
    let widths = zip(points, points.dropFirst()).map { $1[0] - $0[0] }
    let secants = zip(zip(points, points.dropFirst()), widths).map { ($0.1[1] - $0.0[1]) / $1 }
    let slopes = slopes(widths, secants)
    let step = (last[0] - first[0]) / Double(spacing)
    var curve: [[Double]] = []
    for (index, width) in widths.enumerated() {
      let (left, right) = (points[index], points[index + 1])
      let pieces = max(1, Int((width / step).rounded(.up)))
      curve.append(left)
      for piece in 1..<max(pieces, 1) {
        let t = Double(piece) / Double(pieces)
        let (t2, t3) = (t * t, t * t * t)
        curve.append([
          left[0] + t * width,
          (2 * t3 - 3 * t2 + 1) * left[1] + (t3 - 2 * t2 + t) * width * slopes[index]
            + (3 * t2 - 2 * t3) * right[1] + (t3 - t2) * width * slopes[index + 1],
        ])
      }
    }
    return curve + [last]
  }

  /// Slopes at the points: weighted harmonic means of the secants beside them, zero at extrema; one-sided parabolas at the ends.
  private static func slopes(_ widths: [Double], _ secants: [Double]) -> [Double] {
    func end(_ h0: Double, _ h1: Double, _ s0: Double, _ s1: Double) -> Double {
      let slope = ((2 * h0 + h1) * s0 - h0 * s1) / (h0 + h1)
      if slope * s0 <= 0 { return 0 }
      return s0 * s1 < 0 && abs(slope) > 3 * abs(s0) ? 3 * s0 : slope
    }
    let last = secants.count - 1
    let inner = (1...last).map { index -> Double in
      let (s0, s1, h0, h1) = (secants[index - 1], secants[index], widths[index - 1], widths[index])
      guard s0 * s1 > 0 else { return 0 }
      return 3 * (h0 + h1) / ((2 * h1 + h0) / s0 + (h1 + 2 * h0) / s1)
    }
    return [end(widths[0], widths[1], secants[0], secants[1])] + inner
      + [end(widths[last], widths[last - 1], secants[last], secants[last - 1])]
  }
}
