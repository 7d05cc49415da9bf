// SPDX-License-Identifier: GPL-3.0-or-later

internal import CGSL
import Glibc
import LatticeFields

/// The lattice alpha-net of one or two neurons with Gaussian output weights under `exp(−(λ/4!) a^d Σφ⁴)`, by quadrature over all its parameters.
///
/// The weights in polar coordinates, v = ρu, leave the field `φ = ρχ` with `χ(x) = N^{-1/2} Σ_i u_i A(p_i) cos(p_i·x + b_i)` and the action `ρ⁴ g`,
/// `g = (λ a^d/4!) Σ_x χ(x)⁴`, so that with `R_k(g) = ∫dρ ρ^{N−1+2k} e^{−ρ²/2 − gρ⁴}` and the average over the direction u, phases and modes,
///
///     Z(λ)/Z(0) = <R_0(g)>/R_0(0),   G2(r) = <R_1(g) χ(0)χ(r)>/<R_0(g)>,   <φ⁴> = <R_2(g) χ⁴>/<R_0(g)>.
///
/// The averages are trapezoidal sums over angles, periodic and smooth. Where the neurons cancel each other (g → 0 on a curve) the integrand is
/// smooth but not analytic; accuracy 1e-11 all the same (λ ≤ 24 on rings of three and four; more angles tell for others). Cost at N = 2:
/// `angles³` evaluations for each of six pairs of modes on a ring of four, 0.1 s. Source: docs/physics/interacting-exact.md, "Narrow nets".
public struct FewNeuronQuadrature: Sendable {
  /// Number of neurons N, 1 or 2.
  public let width: Int
  /// The lattice of the sums.
  public let lattice: Lattice
  /// Coupling λ of the quartic insertion.
  public let coupling: Double
  /// The ratio `Z(λ)/Z(0)` of partition functions.
  public let partitionRatio: Double
  /// `G2(r)` over all displacements, row-major.
  public let twoPoint: [Double]
  /// The fourth moment `<φ⁴>` at a site.
  public let fourthMoment: Double

  /// `<S_int> = (λ/4!) V <φ⁴>`.
  public var meanAction: Double { coupling / 24 * lattice.volume * fourthMoment }

  /// Sums over modes, phases and weights; `angles` points in each angle (default: 4096 at N = 1, 64 at N = 2).
  public init(
    width: Int, lattice: Lattice, massSquared: Double, alpha: Double, coupling: Double, angles: Int? = nil
  ) {
    precondition((1...2).contains(width), "FewNeuronQuadrature: width \(width), 1 or 2 are known")
    precondition(massSquared > 0 && coupling >= 0, "FewNeuronQuadrature: m2 = \(massSquared), lambda = \(coupling)")
    self.width = width
    self.lattice = lattice
    self.coupling = coupling
    let modes = ModeClass.all(lattice, massSquared: massSquared, alpha: alpha)
    var sum = FewNeuronSum(lattice: lattice, coupling: coupling)
    if width == 1 {
      for mode in modes { sum.addSingle(mode, angles: angles ?? 4096) }
    } else {
      for (i, first) in modes.enumerated() {
        for (j, second) in modes.enumerated() where j >= i {
          sum.addPair(first, second, multiplicity: i == j ? 1 : 2, angles: angles ?? 64)
        }
      }
    }
    partitionRatio = sum.weights[0]
    twoPoint = sum.correlation.map { $0 / sum.weights[0] }
    fourthMoment = sum.weights[1] / sum.weights[0]
  }
}

/// Modes p and −p, which are one neuron up to its phase.
struct ModeClass {
  /// Of the class, among all draws.
  let probability: Double
  /// A(p) cos p·x and A(p) sin p·x over the sites.
  let cosine: [Double]
  let sine: [Double]

  static func all(_ lattice: Lattice, massSquared: Double, alpha: Double) -> [ModeClass] {
    let propagator = LatticeTransform(lattice).squaredMomenta().map { 1 / ($0 + massSquared) }
    let weights = propagator.map { pow($0, 1 + alpha) }
    let total = weights.reduce(0, +)
    return (0..<lattice.siteCount).compactMap { index in
      let mode = lattice.siteVector(index)
      let mirror = lattice.siteIndex(mode.map { -$0 })
      guard mirror >= index else { return nil }
      let amplitude = (2 * total / lattice.volume * pow(propagator[index], -alpha)).squareRoot()
      let phases = (0..<lattice.siteCount).map { site in
        zip(zip(mode, lattice.siteVector(site)), lattice.sites).reduce(0.0) {
          $0 + 2 * .pi * Double($1.0.0 * $1.0.1 % $1.1) / Double($1.1)
        }
      }
      return ModeClass(
        probability: (mirror == index ? 1 : 2) * weights[index] / total,
        cosine: phases.map { amplitude * cos($0) }, sine: phases.map { amplitude * sin($0) })
    }
  }
}

/// Accumulates `<R_0>`, `<R_2 χ⁴>` and `<R_1 χχ>` over R_0(0).
struct FewNeuronSum {
  private let lattice: Lattice
  private let coupling: Double
  /// The site at displacement r from x, at r N_s + x.
  private let partners: [Int]
  var weights = [0.0, 0.0]
  var correlation: [Double]

  init(lattice: Lattice, coupling: Double) {
    self.lattice = lattice
    self.coupling = coupling
    correlation = [Double](repeating: 0, count: lattice.siteCount)
    partners = (0..<lattice.siteCount).flatMap { r in
      (0..<lattice.siteCount).map { x in
        lattice.siteIndex(zip(lattice.siteVector(x), lattice.siteVector(r)).map { $0 + $1 })
      }
    }
  }

  /// One neuron: over b ∈ [0, π), which v → −v completes.
  mutating func addSingle(_ mode: ModeClass, angles: Int) {
    let share = mode.probability / Double(angles)
    for j in 0..<angles {
      let b = .pi * (Double(j) + 0.5) / Double(angles)
      let field = zip(mode.cosine, mode.sine).map { cos(b) * $0 - sin(b) * $1 }
      add(field, share, RadialMoments.oneWeight)
    }
  }

  /// Two neurons: over both phases in [0, π) and the direction of v in [0, π), which signs of v complete.
  mutating func addPair(_ first: ModeClass, _ second: ModeClass, multiplicity: Double, angles: Int) {
    let share =
      multiplicity * first.probability * second.probability / Double(angles * angles * angles)
    let points = (0..<angles).map { .pi * (Double($0) + 0.5) / Double(angles) }
    func fields(_ mode: ModeClass) -> [[Double]] {
      points.map { b in
        zip(mode.cosine, mode.sine).map { 0.5.squareRoot() * (cos(b) * $0 - sin(b) * $1) }
      }
    }
    let (left, right) = (fields(first), fields(second))
    let directions = points.map { (cos($0), sin($0)) }
    var field = [Double](repeating: 0, count: lattice.siteCount)
    for a in left {
      for b in right {
        for (c, s) in directions {
          for x in field.indices { field[x] = c * a[x] + s * b[x] }
          add(field, share, RadialMoments.twoWeights)
        }
      }
    }
  }

  private mutating func add(_ field: [Double], _ share: Double, _ radial: (Double) -> SIMD4<Double>) {
    var quartic = 0.0
    for value in field { quartic += value * value * value * value }
    let moments = radial(coupling / 24 * lattice.cellVolume * quartic)
    let count = field.count
    weights[0] += share * moments[0]
    weights[1] += share * moments[2] * quartic / Double(count)
    let scale = share * moments[1] / Double(count)
    for r in 0..<count {
      var product = 0.0
      for x in 0..<count { product += field[x] * field[partners[r * count + x]] }
      correlation[r] += scale * product
    }
  }
}

/// `R_k(g)/R_0(0)`, `R_k = ∫_0^∞ dρ ρ^{N−1+2k} e^{−ρ²/2 − gρ⁴}`, k = 0, 1, 2.
enum RadialMoments {
  /// N = 1, by the trapezoidal rule over the whole line.
  static func oneWeight(_ g: Double) -> SIMD4<Double> {
    let reach = min(9.5, pow(90 / max(g, 1e-12), 0.25))
    let step = reach / 60
    var sum = SIMD4<Double>.zero
    for k in 0...60 {
      let square = step * step * Double(k * k)
      let weight = (k == 0 ? 1 : 2) * exp(-square * (0.5 + g * square))
      sum += weight * SIMD4(1, square, square * square, 0)
    }
    return sum * (step / (2 * .pi).squareRoot())
  }

  /// N = 2: with u = ρ², `R_k = ½ I_k`, `I_k = ∫du u^k e^{−u/2 − gu²}`, `R_0(0) = 1`.
  ///
  /// `I_0` is a scaled complementary error function, the others follow by `2g I_{k+1} = k I_{k−1} − I_k/2` (with 1 for `0 I_{−1}`). Below
  /// g = 0.0015, where that loses digits, the asymptotic series `Σ_n (−g)^n/n! (2n+k)! 2^{2n+k+1}` is exact to 1e-15.
  static func twoWeights(_ g: Double) -> SIMD4<Double> {
    if g < 0.0015 {
      var sums = SIMD4<Double>.zero
      var term = 1.0
      for n in 0..<40 {
        let (a, b) = (Double(2 * n + 1), Double(2 * n + 2))
        let previous = term
        sums += term * SIMD4(1, 2 * a, 4 * a * b, 0)
        term *= -4 * g * a * b / Double(n + 1)
        if abs(term) < 1e-18 || abs(term) > abs(previous) { break }
      }
      return sums
    }
    // ∫du e^{−u/2 − gu²} = (2g)^{-1/2} × (1 − Φ(z))/φ(z) at z = 1/√(8g), the inverse of the normal hazard.
    let scale = 1 / (2 * g).squareRoot()
    let zeroth = scale / gsl_sf_hazard(scale / 2)
    let first = (1 - zeroth / 2) / (2 * g)
    let second = (zeroth - first / 2) / (2 * g)
    return SIMD4(zeroth, first, second, 0) / 2
  }
}
