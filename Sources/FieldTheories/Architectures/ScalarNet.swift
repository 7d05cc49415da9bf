// SPDX-License-Identifier: GPL-3.0-or-later

import LatticeFields

/// Scalar-net: the member α = −1 of the alpha family with a hard cutoff,
///
///     φ(x) = N^{-1/2} Σ_i v_i √(2 v_B/(k_i²+m²)) cos(k_i·x + b_i),   k uniform in the ball |k| < Λ,   v_B = vol(B)/(2π)^d,  <v²> = 1,
///
/// whose two-point function is `G2(p) = θ(Λ−|p|)/(p² + m²)`. The σ_w1 of the source cancels in the field and is not a parameter here.
/// Source: arXiv:2408.00082 eqs. (72)-(74) (the root of (72) does not extend over the cosine; (74) omits the cutoff).
public enum ScalarNet {
  /// A Scalar-net.
  public static func make(
    dimension: Int, width: Int, mass: Double, cutoff: Double,
    weights: OutputWeightLaw.Kind = .gaussian
  ) throws(RadialProfile.Fault) -> AlphaNet {
    try AlphaNet(
      kind: "scalar-net", dimension: dimension, width: width, mass: mass, alpha: -1,
      regulator: .hard,
      cutoff: cutoff, weights: weights)
  }

  // MARK: - Reading

  /// Registers `kind = "scalar-net"`.
  static let entry = ArchitectureEntry(
    kind: "scalar-net",
    summary: "cosine neurons with momenta uniform in a ball; free propagator at every width",
    template: """
      title = "Scalar-net"
      source = "arXiv:2408.00082 eqs. (72)-(74)"
      dimension = 2                 # d, 1 to 4

      # phi(x) = N^{-1/2} sum_i v_i F(k_i) cos(k_i.x + b_i),  k uniform in |k| < cutoff,  b ~ U(-pi, pi),  <v^2> = 1,
      # F(k)^2 = 2 vol(ball)/((2 pi)^d (k^2 + mass^2)),  G2(p) = theta(cutoff - |p|)/(p^2 + mass^2)
      [architecture]
      kind = "scalar-net"
      width = 100                   # N; G4c is small only for N >> vol(ball)/((2 pi)^d mass^d)
      mass = 1.0                    # m, 1/length
      cutoff = 10.0                 # Lambda, 1/length
      weights = "gaussian"          # law of v: gaussian (default), constant, uniform, laplace, rayleigh
      \(SharedScale.template)
      \(OutputComponents.template)

      \(ArchitectureEntry.window)
      """
  ) { block, dimension, _ in
    try AlphaNet.make(
      block, kind: "scalar-net", dimension: dimension,
      width: try block.width(),
      mass: try block.number("mass", in: TheoryBlock.scales), alpha: -1, regulator: .hard,
      cutoff: try block.number("cutoff", in: TheoryBlock.scales),
      weights: try block.choice("weights", default: .gaussian))
  }
}
