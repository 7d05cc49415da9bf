// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import ErrorAnalysis

/// Errors of estimates from the blocks of a few chains, by the Γ method.
///
/// A jackknife over blocks takes them for independent. Its deviations, one a block, are the projected fluctuations of the Γ method, averaged over blocks; their
/// autocorrelation within each chain gives the error, and the replicas are spread by its ratio to the plain one, so that tables, files and joint tests have it:
///
///     x_j = pseudo-value of block j,     σ² = Γ-method error² of its mean,     θ_(j) → θ̂ + (σ/σ_plain)(θ_(j) − θ̂)
///
/// Correlations between rows are those at equal blocks, as pyerrors takes them. Degrees of freedom are those of the Γ method. Source: U. Wolff, hep-lat/0306017.
struct ChainErrors {
  /// The chain of each block.
  let groupOfUnit: [Int]

  /// The estimates with their errors, and why an error may not be believed, or nil.
  func spread(_ samples: JackknifeSamples) -> (samples: JackknifeSamples, obstruction: String?) {
    let plain = samples.error
    guard plain > 0, plain.isFinite else { return (samples, nil) }
    let values = samples.pseudoValues
    let first = groupOfUnit.first ?? 0
    var chains: [[Double]] = Array(repeating: [], count: (groupOfUnit.last ?? first) - first + 1)
    for (value, group) in zip(values, groupOfUnit) { chains[group - first].append(value) }
    let gamma = GammaMethod(chains.map { ReplicaSeries([$0]) })
    guard gamma.error.isFinite, gamma.error > 0 else { return (samples, Self.reason(gamma)) }
    let factor = gamma.error / plain
    return (
      samples.map { samples.value + factor * ($0 - samples.value) }
        .withFittedCoefficients(max(0, samples.degreesOfFreedom - gamma.degreesOfFreedom)), Self.reason(gamma)
    )
  }

  private static func reason(_ gamma: GammaMethod) -> String? {
    guard case .underSampled = gamma.reliability else { return nil }
    return
      "\(gamma.measurements) blocks of the chains count as \(Int(clamping: gamma.effectiveSamples)) independent ones for this row, too few for an error; run longer chains"
  }
}
