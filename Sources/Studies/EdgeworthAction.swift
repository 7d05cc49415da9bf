// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis

/// The action to first order in the connected 4-point function, `S = ½ φ K φ + (1/4!) ∫ g4 φ⁴` with weight e^{−S}, on a periodic
/// lattice:
///
///     g4(q1..q4) = −T(q1..q4)/(G_q1 G_q2 G_q3 G_q4)                          (V^{-3} Σ_q δ(Σq) in ∫ g4 φ⁴)
///     K(q)       = 1/G_q − ½ V^{-1} Σ_k g4(q,−q,k,−k) G_k
///
/// The ½ keeps the 2-point function: its tadpole takes away what the second term of K adds. To this order the action gives back G
/// and T. Source: the Edgeworth expansion, arXiv:2307.03223; docs/physics/studies.md.
enum EdgeworthAction {
  /// g4 of four fields.
  static func quartic(_ trispectrum: MeasuredValue, _ propagators: [MeasuredValue]) -> MeasuredValue {
    propagators.reduce(-1 * trispectrum, /)
  }

  /// K(q) from G_q and, orbit by orbit, the number of modes k, `T(q,−q,k,−k)` and G_k.
  static func quadratic(
    _ propagator: MeasuredValue, volume: Double, _ orbits: [(modes: Int, trispectrum: MeasuredValue, propagator: MeasuredValue)]
  ) -> MeasuredValue {
    let one = MeasuredValue.one(like: propagator)
    guard let sum = MeasuredValue.sum(orbits.map { Double($0.modes) / volume * ($0.trispectrum / $0.propagator) }) else {
      return one / propagator
    }
    return one / propagator + 0.5 * (sum / (propagator * propagator))
  }
}

extension MeasuredValue {
  fileprivate static func one(like other: MeasuredValue) -> MeasuredValue {
    MeasuredValue(samples: other.samples.map { $0.map { _ in 1 } }, exact: 1, isCertain: true)
  }
}
