// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif

/// P modes with independent Gaussian priors under one quadratic and one quartic insertion of their common length, ρ = Σ Δ_k²:
///
///     S = ½ Σ a_k (Δ_k − y_k)² + (r/2) ρ + (U/4) ρ²,
///
/// the discrepancies of a learner mode by mode. Every correlator is one integral, by Hubbard and Stratonovich,
/// `e^{−Uρ²/4} = (πU)^{−½} ∫dx e^{−x²/U − ixρ}`: with `D_k = a_k + r + 2ix`, `A_k = a_k y_k`,
///
///     W(x) = e^{−x²/U} ∏ D_k^{−½} e^{A_k²/2D_k},   <Δ_k> = <A_k/D_k>_W,   <Δ_k²> = <1/D_k + A_k²/D_k²>_W,
///     <ρ²> = <(Σ 1/D + A²/D²)² + Σ (2/D² + 4A²/D³)>_W,
///
/// on the contour x = −im/2 + t through the saddle, m the Hartree mass `m = U Σ [1/(a+r+m) + (A/(a+r+m))²]`, by the trapezoidal rule. Negative r is
/// allowed while all a_k + r + m > 0. Accuracy 1e-11; cost 1000 P complex logarithms. Source: arXiv:2510.25553 for the action; its
/// normalisation of U is not known, ours is stated here.
public struct ModeNet: Sendable {
  /// The stiffnesses a_k.
  public let stiffnesses: [Double]
  /// The targets y_k.
  public let targets: [Double]
  /// The ridge r: the variance of the noise that regression assumes.
  public let ridge: Double
  /// The coupling U ≥ 0.
  public let coupling: Double
  /// The Hartree mass m.
  public let hartreeMass: Double
  /// The means `<Δ_k>`.
  public let means: [Double]
  /// `<Δ_k²> − <Δ_k>²`.
  public let variances: [Double]
  /// The mean length `<ρ>`.
  public let meanLength: Double
  /// `<ρ²> − <ρ>²`.
  public let lengthVariance: Double
  /// `ln Z(U)/Z(0)`; nil where a_k + r is not positive for all k.
  public let logPartitionRatio: Double?
  /// Nodes t of the integral over x = −im/2 + t, and Re and Im of their weights, whose real parts add up to one; none at U = 0.
  private let nodes: [(t: Double, real: Double, imaginary: Double)]

  /// Solves it. U = 0 needs a_k + r > 0.
  public init(stiffnesses a: [Double], targets y: [Double], ridge r: Double, coupling u: Double) {
    precondition(a.count == y.count && !a.isEmpty && u >= 0)
    (stiffnesses, targets, ridge, coupling) = (a, y, r, u)
    let forces = zip(a, y).map(*)
    let modes = a.indices
    let least = a.min()!
    func length(_ m: Double) -> Double {
      modes.reduce(0.0) { sum, k in
        let inverse = 1 / (a[k] + r + m)
        return sum + inverse + forces[k] * forces[k] * inverse * inverse
      }
    }
    guard u > 0 else {
      hartreeMass = 0
      means = modes.map { forces[$0] / (a[$0] + r) }
      variances = modes.map { 1 / (a[$0] + r) }
      meanLength = length(0)
      lengthVariance = modes.reduce(0.0) { sum, k in
        let inverse = 1 / (a[k] + r)
        return sum + 2 * inverse * inverse + 4 * forces[k] * forces[k] * inverse * inverse * inverse
      }
      logPartitionRatio = 0
      nodes = []
      return
    }
    // The gap equation has one root, where the rising left side meets the falling right side.
    let edge = max(0, -(least + r))
    var (lower, upper) = (edge, edge + 1)
    while u * length(upper) > upper { upper = edge + 2 * (upper - edge) }
    for _ in 0..<200 {
      let middle = (lower + upper) / 2
      if middle == lower || middle == upper { break }
      if middle > edge && u * length(middle) <= middle { upper = middle } else { lower = middle }
    }
    let m = (lower + upper) / 2
    hartreeMass = m
    let curvature = modes.reduce(2 / u) { sum, k in
      let inverse = 1 / (a[k] + r + m)
      return sum + 2 * inverse * inverse + 4 * forces[k] * forces[k] * inverse * inverse * inverse
    }
    let (count, step) = (1000, 0.014 / curvature.squareRoot())
    /// `Σ −½ ln D + A²/2D`, real and imaginary part, at D = a + r + m + 2it.
    func logWeight(_ t: Double) -> (Double, Double) {
      var (real, imaginary) = (-t * t / u, m * t / u)
      for k in modes {
        let (d, e) = (a[k] + r + m, 2 * t)
        let norm = d * d + e * e
        let half = forces[k] * forces[k] / (2 * norm)
        real += -0.25 * log(norm) + half * d
        imaginary += -0.5 * atan2(e, d) - half * e
      }
      return (real, imaginary)
    }
    let top = logWeight(0).0
    var norm = 0.0
    var (first, second) = (modes.map { _ in 0.0 }, modes.map { _ in 0.0 })
    var (rho, square) = (0.0, 0.0)
    var nodes: [(t: Double, real: Double, imaginary: Double)] = []
    for i in 0...count {
      let t = step * Double(i)
      let (real, imaginary) = logWeight(t)
      let size = (i == 0 ? 0.5 : 1) * exp(real - top)
      guard size > 1e-19 else { continue }
      let (c, s) = (size * cos(imaginary), size * sin(imaginary))
      norm += c
      nodes.append((t, c, s))
      // Σ 1/D + A²/D² and Σ 2/D² + 4A²/D³.
      var (line, arc) = ((0.0, 0.0), (0.0, 0.0))
      for k in modes {
        let (d, e) = (a[k] + r + m, 2 * t)
        let modulus = d * d + e * e
        let one = (d / modulus, -e / modulus)
        let two = (one.0 * one.0 - one.1 * one.1, 2 * one.0 * one.1)
        let three = (two.0 * one.0 - two.1 * one.1, two.0 * one.1 + two.1 * one.0)
        let force = forces[k] * forces[k]
        let moment = (one.0 + force * two.0, one.1 + force * two.1)
        first[k] += forces[k] * (c * one.0 - s * one.1)
        second[k] += c * moment.0 - s * moment.1
        line = (line.0 + moment.0, line.1 + moment.1)
        arc = (arc.0 + 2 * two.0 + 4 * force * three.0, arc.1 + 2 * two.1 + 4 * force * three.1)
      }
      rho += c * line.0 - s * line.1
      let whole = (line.0 * line.0 - line.1 * line.1 + arc.0, 2 * line.0 * line.1 + arc.1)
      square += c * whole.0 - s * whole.1
    }
    self.nodes = nodes.map { ($0.t, $0.real / norm, $0.imaginary / norm) }
    let averages = first.map { $0 / norm }
    means = averages
    variances = zip(second, averages).map { $0 / norm - $1 * $1 }
    meanLength = rho / norm
    lengthVariance = square / norm - meanLength * meanLength
    guard least + r > 0 else {
      logPartitionRatio = nil
      return
    }
    let free = modes.reduce(0.0) { $0 - 0.5 * log(a[$1] + r) + forces[$1] * forces[$1] / (2 * (a[$1] + r)) }
    logPartitionRatio = m * m / (4 * u) + top - free + log(2 * step * norm) - 0.5 * log(.pi * u)
  }

  /// `<Δ_a Δ_b>` of two combinations `Δ_a = Σ_k a_k Δ_k`: `<Σ a_k b_k/D_k + (Σ a_k A_k/D_k) (Σ b_k A_k/D_k)>_W`, the modes coupled by their common length. Cost: up to 1000 P.
  public func secondMoment(_ a: [Double], _ b: [Double]) -> Double {
    let modes = stiffnesses.indices
    let forces = zip(stiffnesses, targets).map(*)
    /// At one node: `Σ a_k b_k/D_k`, `Σ a_k A_k/D_k` and `Σ b_k A_k/D_k`.
    func sums(_ t: Double) -> (both: (Double, Double), a: (Double, Double), b: (Double, Double)) {
      var (both, first, second) = ((0.0, 0.0), (0.0, 0.0), (0.0, 0.0))
      for k in modes {
        let (d, e) = (stiffnesses[k] + ridge + hartreeMass, 2 * t)
        let modulus = d * d + e * e
        let (real, imaginary) = (d / modulus, -e / modulus)
        both = (both.0 + a[k] * b[k] * real, both.1 + a[k] * b[k] * imaginary)
        first = (first.0 + a[k] * forces[k] * real, first.1 + a[k] * forces[k] * imaginary)
        second = (second.0 + b[k] * forces[k] * real, second.1 + b[k] * forces[k] * imaginary)
      }
      return (both, first, second)
    }
    guard !nodes.isEmpty else {
      let own = sums(0)
      return own.both.0 + own.a.0 * own.b.0
    }
    return nodes.reduce(0.0) { total, node in
      let own = sums(node.t)
      let real = own.both.0 + own.a.0 * own.b.0 - own.a.1 * own.b.1
      let imaginary = own.both.1 + own.a.0 * own.b.1 + own.a.1 * own.b.0
      return total + node.real * real - node.imaginary * imaginary
    }
  }
}
