// SPDX-License-Identifier: GPL-3.0-or-later

/// What Euler steps of Langevin's equation, `Δ ← Δ − h ∂S + √(2h) ξ`, sample in place of a Gaussian mode of stiffness D: the variance `1/(D (1 − h D/2))`, for ever, and nothing where `h D ≥ 2`.
///
/// The stationary point of `v ← (1 − h D)² v + 2h`; the mean is right. Exact at U = 0; with a quartic length D is that of the Hartree mass, a + r + m. Source: docs/physics/renormalisation.md.
public struct EulerLangevin: Sendable {
  /// The step h.
  public let step: Double

  /// The step of arXiv:2510.25553.
  public static let published = EulerLangevin(step: 1e-4)

  /// Of a step h > 0.
  public init(step: Double) {
    precondition(step > 0)
    self.step = step
  }

  /// The variance of a mode over the right one; nil where the steps run away.
  public func bias(stiffness: Double) -> Double? { step * stiffness < 2 ? 1 / (1 - step * stiffness / 2) : nil }

  /// Steps for one independent sample of a mode: `2 τ = (1 + c)/(1 − c)`, `c = 1 − h D` the correlation of neighbouring steps; nil where they run away.
  public func steps(stiffness: Double) -> Double? {
    let c = 1 - step * stiffness
    return abs(c) < 1 ? (1 + c) / (1 - c) : nil
  }
}
