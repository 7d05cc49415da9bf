// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif

/// Grokking as a first-order transition: a ``TeacherStudent`` as β → ∞, where a neuron's free energy is `d s(q)` with d large and its minima are phases.
///
///     s(q) = q²/2σ_w² − (2u/π) (q²/D) (b − 2c q²/D)²,   D = 1 + 2 (σ_w² + q²),   u = n² σ_a²/(σ⁴ d N)
///
/// With `v = q²/D` and `D_0 = 1 + 2σ_w²` it is `s/q² = 1/2σ_w² − (2u/πD_0) (1 − 2v) (b − 2cv)²`, whose least value lies at `v* = 1/3 + b/(6c)` and makes droplets at ±q*
/// degenerate with the origin where `1/2σ_w² = (8u/27πD_0) (b − c)³/|c|` (c < 0). Source: arXiv:2310.03789; in its App. A.3 the kernel Q_11 has 2q² for 4q², with which the
/// transition would lie at σ² = 0.2062. A mean-field limit. Accuracy 1e-13; cost microseconds.
public struct GrokkingTransition: Sendable {
  /// The net; its noise is the starting point of ``critical``, and that of the phases.
  public let net: TeacherStudent
  /// 4 of Q_11 = 4σ_a² m/(πD_0); another number only where a control shows what a misprint would say.
  private let kernelFactor: Double

  /// Of a net with ε < 0.
  public init(_ net: TeacherStudent) { self.init(net, kernelFactor: 4) }

  /// With another factor of Q_11 than 4: the source prints 2.
  public init(_ net: TeacherStudent, kernelFactor: Double) {
    precondition(net.cubic < 0, "GrokkingTransition: epsilon = \(net.cubic)")
    (self.net, self.kernelFactor) = (net, kernelFactor)
  }

  private var base: Double { 1 + 2 * net.inputVariance }

  private func pull(_ noise: Double) -> Double {
    net.data * net.data * net.outputVariance / (noise * noise * net.dimension * net.neurons)
  }

  /// s(q) at a noise and a discrepancy.
  public func freeEnergy(_ q: Double, noise: Double, linear b: Double, cubic c: Double) -> Double {
    let v = q * q / (base + 2 * q * q)
    let bracket = b - 2 * c * v
    return q * q / (2 * net.inputVariance) - 2 * pull(noise) / .pi * v * bracket * bracket
  }

  /// `Q_11 = 4σ_a² m/(πD_0)` of neurons about the origin, `1/m = d [1/σ_w² − (4u/π) b²/D_0]`; nil where the origin is no minimum.
  private func originKernel(_ b: Double, _ noise: Double) -> Double? {
    let stiffness = 1 / net.inputVariance - 4 * pull(noise) / .pi * b * b / base
    return stiffness > 0 ? kernelFactor * net.outputVariance / (.pi * base * net.dimension * stiffness) : nil
  }

  /// b with all neurons about the origin: `b = r/(Q_11 + r)`; Q_11 rises with b, so there is one.
  public func linear(noise: Double) -> Double {
    let r = noise / net.data
    var (lower, upper) = (0.0, 1.0)
    for _ in 0..<200 {
      let middle = (lower + upper) / 2
      if middle <= lower || middle >= upper { break }
      if let kernel = originKernel(middle, noise), middle * (kernel + r) < r { lower = middle } else { upper = middle }
    }
    return (lower + upper) / 2
  }

  /// The least value of s(q)/q², and the q where it is; nil where it is at the origin.
  private func droplet(_ b: Double, _ c: Double, _ noise: Double) -> (least: Double, q: Double)? {
    let v = 1.0 / 3 + b / (6 * c)
    guard v > 0, v < 0.5 else { return nil }
    let bracket = b - 2 * c * v
    return (
      1 / (2 * net.inputVariance) - 2 * pull(noise) / (.pi * base) * (1 - 2 * v) * bracket * bracket,
      (v * base / (1 - 2 * v)).squareRoot()
    )
  }

  /// Where droplets become as cheap as the origin: σ_c², u_c, q* and b there. Above it no neuron knows the cubic part.
  public var critical: (noise: Double, pull: Double, overlap: Double, linear: Double) {
    func least(_ noise: Double) -> Double { droplet(linear(noise: noise), net.cubic, noise)?.least ?? 1 }
    var upper = net.noise
    while least(upper) < 0 { upper *= 2 }
    var lower = upper
    while least(lower) >= 0 { lower *= 0.9 }
    for _ in 0..<200 {
      let middle = (lower + upper) / 2
      if middle <= lower || middle >= upper { break }
      if least(middle) < 0 { lower = middle } else { upper = middle }
    }
    let noise = (lower + upper) / 2
    let b = linear(noise: noise)
    return (noise, pull(noise), droplet(b, net.cubic, noise)!.q, b)
  }

  /// Below the transition droplets of p neurons in all, p d of order one, and the others share the work so that neither is cheaper: `s(q*) = s′(q*) = 0` and
  /// `(Q + r)(b, √6 c) = r (1, √6 ε)` with `Q = diag(Q_11, 0) + σ_a² p I(q*) I(q*)ᵀ`. Nil above the transition.
  public func mixed(noise: Double) -> (linear: Double, cubic: Double, droplets: Double, overlap: Double)? {
    let (r, root) = (noise / net.data, 6.0.squareRoot())
    let strength = 27 * .pi * base / (16 * net.inputVariance * pull(noise))
    /// |c| of degenerate droplets: `(b + γ)³/γ` = `strength`, on the branch γ > b/2.
    func degenerate(_ b: Double) -> Double? {
      func excess(_ gamma: Double) -> Double { (b + gamma) * (b + gamma) * (b + gamma) / gamma - strength }
      var (lower, upper) = (b / 2, max(1, b))
      guard excess(lower) < 0 else { return nil }
      while excess(upper) < 0 { upper *= 2 }
      for _ in 0..<200 {
        let middle = (lower + upper) / 2
        if middle <= lower || middle >= upper { break }
        if excess(middle) < 0 { lower = middle } else { upper = middle }
      }
      return (lower + upper) / 2
    }
    /// The equation for b that is left, and p.
    func state(_ b: Double) -> (excess: Double, c: Double, p: Double, q: Double)? {
      guard let gamma = degenerate(b), let kernel = originKernel(b, noise), let (_, q) = droplet(b, -gamma, noise) else {
        return nil
      }
      let (first, third) = TeacherStudent.overlaps(q, squaredNorm: q * q + net.inputVariance)
      let pulled = first * b - root * third * gamma
      let p = r * root * (net.cubic + gamma) / (net.outputVariance * third * pulled)
      return ((kernel + r) * b + net.outputVariance * p * first * pulled - r, -gamma, p, q)
    }
    // Where |c| = |ε| there are no droplets; from there down |c| falls and p grows.
    var upper = linear(noise: noise)
    guard let start = droplet(upper, net.cubic, noise), start.least < 0 else { return nil }
    var lower = upper
    func isHigh(_ b: Double) -> Bool { state(b).map { $0.excess > 0 } ?? true }
    while isHigh(lower) {
      upper = lower
      lower *= 0.98
      if lower < 1e-6 { return nil }
    }
    for _ in 0..<200 {
      let middle = (lower + upper) / 2
      if middle <= lower || middle >= upper { break }
      if isHigh(middle) { upper = middle } else { lower = middle }
    }
    return state(lower).map { (lower, $0.c, $0.p * net.dimension, $0.q) }
  }
}

/// Modular addition: `f_p = Σ_i a_pi (w_i·x)²` on sums modulo P of two numbers, N neurons, with a decay `(γ/6)(|w_k|⁶ + |v_k|⁶)` of every Fourier mode k of their weights. With
/// `W = |w_k|² = |v_k|²` a mode of a neuron costs
///
///     S/P = W − g W² + γ W³/3,     g = 2 σ_a² a² P²/(N σ⁴),     W_+ = (g + √(g² − γ))/γ,
///
/// `a = −σ²/(λ + σ²)`, `λ = σ_a² W_+² x/(1 + x)`, `x = 4 e^{−S(W_+)}`. As P → ∞ the transition is sharp and a mixed phase lies between `s_1 − 3σ_a²/γ` and `s_1`. Source: arXiv:2310.03789, whose (39)
/// has 8σ_a²a²P for 4σ_a²a²P². A mean-field limit; its closed forms hold to ln P/P. Accuracy 1e-13.
public struct ModularAddition: Sendable {
  /// N and P.
  public let neurons, modulus: Double
  /// σ_a².
  public let outputVariance: Double
  /// γ.
  public let decay: Double

  /// All positive.
  public init(neurons: Double, modulus: Double, outputVariance: Double, decay: Double) {
    precondition([neurons, modulus, outputVariance, decay].allSatisfy { $0 > 0 })
    (self.neurons, self.modulus, self.outputVariance, self.decay) = (neurons, modulus, outputVariance, decay)
  }

  /// `g_c = 2√(γ/3)`, where the minimum at `W = √(3/γ)` is as deep as the origin.
  public var criticalPull: Double { 2 * (decay / 3).squareRoot() }
  /// `√(3/γ)`.
  public var criticalWeight: Double { (3 / decay).squareRoot() }
  /// `s_1 = P √(2σ_a²/(N g_c))`: the noise σ² where the mixed phase starts.
  public var start: Double { modulus * (2 * outputVariance / (neurons * criticalPull)).squareRoot() }
  /// `s_1 − 3σ_a²/γ`: where it ends.
  public var end: Double { start - 3 * outputVariance / decay }
  /// `a = −σ²/s_1` in the mixed phase.
  public func plateau(noise: Double) -> Double { -noise / start }
  /// The fraction `p = (s_1 − σ²) γ/3σ_a²` of neurons that have turned, in the mixed phase.
  public func fraction(noise: Double) -> Double { min(1, max(0, (start - noise) * decay / (3 * outputVariance))) }

  /// `g = 2 σ_a² a² P²/(N σ⁴)`.
  public func pull(noise: Double, amplitude a: Double) -> Double {
    2 * outputVariance * a * a * modulus * modulus / (neurons * noise * noise)
  }

  /// `S/P = W − g W² + γ W³/3`.
  public func freeEnergy(_ w: Double, noise: Double, amplitude: Double) -> Double {
    w - pull(noise: noise, amplitude: amplitude) * w * w + decay * w * w * w / 3
  }

  /// a and λ at finite P: the one root of `a + σ²/(λ(a) + σ²)`, which rises with a.
  public func solve(noise: Double) -> (amplitude: Double, kernel: Double) {
    func kernel(_ a: Double) -> Double {
      let g = pull(noise: noise, amplitude: a)
      guard g * g > decay else { return 0 }
      let w = (g + (g * g - decay).squareRoot()) / decay
      let cost = modulus * freeEnergy(w, noise: noise, amplitude: a)
      // x/(1 + x) without overflow.
      return outputVariance * w * w / (1 + exp(cost) / 4)
    }
    var (lower, upper) = (-1.0, 0.0)
    for _ in 0..<200 {
      let middle = (lower + upper) / 2
      if middle <= lower || middle >= upper { break }
      if middle + noise / (kernel(middle) + noise) < 0 { lower = middle } else { upper = middle }
    }
    let a = lower
    return (a, kernel(a))
  }
}
