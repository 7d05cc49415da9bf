// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif

/// The renormalisation of a ``ModeNet`` with power-law modes, `a_k = k^{1+α}` and `y_k = k^{−(1+β)/2}`, by removing its modes from the top:
///
///     r → r + U (v + d²),     U → U − U² (v² + 2 v d²),     v = 1/(a_k + r),  d = a_k y_k v.
///
/// Source: arXiv:2510.25553; the flow is derived here from the removal of one mode, to the order that is written.
public struct ModeNetFlow: Sendable {
  /// α: `a_k = k^{1+α}`.
  public let alpha: Double
  /// β: `y_k² = k^{−(1+β)}`.
  public let beta: Double

  /// Exponents of the prior and of the target.
  public init(alpha: Double, beta: Double) { (self.alpha, self.beta) = (alpha, beta) }

  /// The stiffness a_k.
  public func stiffness(_ k: Double) -> Double { pow(k, 1 + alpha) }
  /// The target y_k.
  public func target(_ k: Double) -> Double { pow(k, -(1 + beta) / 2) }

  /// The net of modes 1 … `count`.
  public func net(count: Int, ridge: Double, coupling: Double) -> ModeNet {
    let modes = (1...count).map(Double.init)
    return ModeNet(stiffnesses: modes.map(stiffness), targets: modes.map(target), ridge: ridge, coupling: coupling)
  }

  /// r and U after removing the modes above k: entry k of the result, the infrared ones first (k = 0), the bare ones last.
  public func couplings(count: Int, ridge: Double, coupling: Double) -> [(ridge: Double, coupling: Double)] {
    let modes = (1...count).map(Double.init)
    return ModeNet.runningCouplings(modes.map(stiffness), modes.map(target), ridge: ridge, coupling: coupling)
  }

  /// `dr/d ln l = β r + UΛ [d² + 1/(lD)]` and `dU/d ln l = 2β U − U²Λ [2d²/D + 1/(lD²)]` of the couplings rescaled by l^β and l^{2β}, with
  /// `s = l^{β−α−1}`, `D = s Λ^{1+α} + r`, `d = s Λ^{1+α} y_Λ/D`.
  public func velocity(cutoff: Double, logScale: Double, ridge r: Double, coupling u: Double) -> (ridge: Double, coupling: Double)
  {
    let (mean, shell) = shell(cutoff, logScale, r)
    let inverse = 1 / (exp(logScale) * shell)
    return (
      beta * r + u * cutoff * (mean * mean + inverse), 2 * beta * u - u * u * cutoff * (2 * mean * mean + inverse) / shell
    )
  }

  /// The change of d and D in a shell.
  private func shell(_ cutoff: Double, _ logScale: Double, _ r: Double) -> (Double, Double) {
    let stiff = exp((beta - alpha - 1) * logScale) * stiffness(cutoff)
    return (stiff * target(cutoff) / (stiff + r), stiff + r)
  }

  /// U where r stands still.
  public func nullcline(cutoff: Double, logScale: Double, ridge r: Double) -> Double {
    let (mean, shell) = shell(cutoff, logScale, r)
    return -beta * r / (cutoff * (mean * mean + 1 / (exp(logScale) * shell)))
  }

  /// The second zero of the flow of β = 1 + α as l → ∞, an artefact of the truncation: `r* = −Λ^{1+α}/2`, `U* = β Λ^α/(8 y_Λ²)`, and the
  /// eigenvalues β and −4β there.
  public func fixedPoint(cutoff: Double) -> (ridge: Double, coupling: Double, eigenvalues: (Double, Double)) {
    let y = target(cutoff)
    return (-stiffness(cutoff) / 2, beta * pow(cutoff, alpha) / (8 * y * y), (beta, -4 * beta))
  }

  /// Bare couplings r l^{−β} and U l^{−2β} after the continuous flow from the cutoff Λ = `count` down to Λ/l, by Runge-Kutta in ln l.
  public func continuous(
    count: Int, ridge: Double, coupling: Double, scale l: Double, steps: Int = 4000
  ) -> (ridge: Double, coupling: Double) {
    let (cutoff, h) = (Double(count), log(l) / Double(steps))
    var (r, u) = (ridge, coupling)
    for i in 0..<steps {
      let t = h * Double(i)
      let k1 = velocity(cutoff: cutoff, logScale: t, ridge: r, coupling: u)
      let k2 = velocity(cutoff: cutoff, logScale: t + h / 2, ridge: r + h / 2 * k1.ridge, coupling: u + h / 2 * k1.coupling)
      let k3 = velocity(cutoff: cutoff, logScale: t + h / 2, ridge: r + h / 2 * k2.ridge, coupling: u + h / 2 * k2.coupling)
      let k4 = velocity(cutoff: cutoff, logScale: t + h, ridge: r + h * k3.ridge, coupling: u + h * k3.coupling)
      r += h / 6 * (k1.ridge + 2 * k2.ridge + 2 * k3.ridge + k4.ridge)
      u += h / 6 * (k1.coupling + 2 * k2.coupling + 2 * k3.coupling + k4.coupling)
    }
    return (r * pow(l, -beta), u * pow(l, -2 * beta))
  }

  /// First order in U of the modes 1 … `count`: ``ModeNet/firstOrder``.
  public func firstOrder(count: Int, ridge: Double, coupling: Double) -> (means: [Double], variances: [Double]) {
    let modes = (1...count).map(Double.init)
    return ModeNet.firstOrder(modes.map(stiffness), modes.map(target), ridge: ridge, coupling: coupling)
  }
}

extension ModeNet {
  /// r and U after removing the modes above k, k = 0 … P: what the flow says of these very modes.
  public var runningCouplings: [(ridge: Double, coupling: Double)] {
    Self.runningCouplings(stiffnesses, targets, ridge: ridge, coupling: coupling)
  }

  static func runningCouplings(
    _ stiffnesses: [Double], _ targets: [Double], ridge: Double, coupling: Double
  ) -> [(ridge: Double, coupling: Double)] {
    var (r, u) = (ridge, coupling)
    var result = [(ridge: r, coupling: u)]
    for k in stiffnesses.indices.reversed() {
      let v = 1 / (stiffnesses[k] + r)
      let d = stiffnesses[k] * targets[k] * v
      (r, u) = (r + u * (v + d * d), u - u * u * (v * v + 2 * v * d * d))
      result.append((r, u))
    }
    return result.reversed()
  }

  /// First order in U: means `d − (A/D²)(U ρ_0 + 2U/D)` and variances `v − U v² (ρ_0 + 2d² + 2v)`, ρ_0 = Σ (d² + v).
  public var firstOrder: (means: [Double], variances: [Double]) {
    Self.firstOrder(stiffnesses, targets, ridge: ridge, coupling: coupling)
  }

  static func firstOrder(
    _ stiffnesses: [Double], _ targets: [Double], ridge: Double, coupling: Double
  ) -> (means: [Double], variances: [Double]) {
    let modes = stiffnesses.indices.map { k -> (v: Double, d: Double) in
      (1 / (stiffnesses[k] + ridge), stiffnesses[k] * targets[k] / (stiffnesses[k] + ridge))
    }
    let length = modes.reduce(0.0) { $0 + $1.d * $1.d + $1.v }
    return (
      modes.map { $0.d - $0.d * $0.v * coupling * (length + 2 * $0.v) },
      modes.map { $0.v - coupling * $0.v * $0.v * (length + 2 * $0.d * $0.d + 2 * $0.v) }
    )
  }
}
