// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis

extension JackknifeSamples {
  /// The same estimate among `blocks` independent runs: its bins are block `block` of them, and it does not depend on the others.
  ///
  /// Value and error stay, covariances within a block stay, those between blocks vanish: with x the ``pseudoValues`` of the run (g bins) and G
  /// bins in all, equally heavy,
  ///
  ///     θ_(j) = θ − √(G/(G−1)) (x_j − θ)/√(g(g−1))   in the block, θ elsewhere.
  func placed(inBlock block: Int, ofBins counts: [Int]) -> JackknifeSamples {
    let (own, all) = (counts[block], counts.reduce(0, +))
    let start = counts[..<block].reduce(0, +)
    var replicas = [Double](repeating: value, count: all)
    if own > 1 {
      let (g, total) = (Double(own), Double(all))
      let scale = (total / ((total - 1) * g * (g - 1))).squareRoot()
      for (index, x) in pseudoValues.enumerated() { replicas[start + index] -= scale * (x - value) }
    }
    return JackknifeSamples(value: value, replicas: replicas, weights: [Double](repeating: 1, count: all))
      .withFittedCoefficients(fittedCoefficients)
  }

  /// The same value with deviations scaled to another error.
  func scaled(toError error: Double) -> JackknifeSamples {
    let own = self.error
    guard own > 0 else { return self }
    let centre = replicas.reduce(0, +) / Double(replicas.count)
    return JackknifeSamples(
      value: value, replicas: replicas.map { centre + (error / own) * ($0 - centre) }, weights: weights
    ).withFittedCoefficients(fittedCoefficients)
  }
}
