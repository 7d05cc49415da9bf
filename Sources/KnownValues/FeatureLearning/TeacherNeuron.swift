// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif

/// An error-function net that learns one direction: `f = Σ_i a_i erf(w_i·x)` with N neurons, `a_i ~ N(0, σ_a²/N)`, `w_i ~ N(0, σ_w²/d)`, on n inputs
/// `x ~ N(0, 1_d)` with labels `y = H_1(z) + ε H_3(z)`, `z = w*·x`, `|w*| = 1`, `H_1 = z`, `H_3 = z³ − 3z`, and noise σ². Source: arXiv:2310.03789.
public struct TeacherStudent: Sendable {
  /// N, n, d: neurons, data and dimension of the inputs; real numbers where only their ratios matter.
  public let neurons, data, dimension: Double
  /// σ_w².
  public let inputVariance: Double
  /// σ_a².
  public let outputVariance: Double
  /// ε.
  public let cubic: Double
  /// σ².
  public let noise: Double

  /// All of them positive but ε.
  public init(
    neurons: Double, data: Double, dimension: Double, inputVariance: Double, outputVariance: Double, cubic: Double, noise: Double
  ) {
    precondition([neurons, data, dimension, inputVariance, outputVariance, noise].allSatisfy { $0 > 0 && $0.isFinite })
    (self.neurons, self.data, self.dimension) = (neurons, data, dimension)
    (self.inputVariance, self.outputVariance, self.cubic, self.noise) = (inputVariance, outputVariance, cubic, noise)
  }

  /// The scaling of grokking with β: `N = 700 β`, `n = 3000 β`, `d = 150 √β`, `σ_a² = (8/700)/√β`, `σ_w² = 1/2`, rounded to whole numbers as there. Source: arXiv:2310.03789.
  public static func grokking(beta: Double, noise: Double, cubic: Double = -0.3) -> TeacherStudent {
    TeacherStudent(
      neurons: (700 * beta).rounded(.toNearestOrAwayFromZero), data: 3000 * beta,
      dimension: (150 * beta.squareRoot()).rounded(), inputVariance: 0.5, outputVariance: 8 / 700 / beta.squareRoot(),
      cubic: cubic,
      noise: noise)
  }

  /// `r = σ²/n`: all of n and σ² that counts in the equivalent kernel.
  public var ridge: Double { noise / data }

  /// `u = n² σ_a²/(σ⁴ d N)`: the strength of the pull per dimension.
  public var pull: Double { data * data * outputVariance / (noise * noise * dimension * neurons) }

  /// `I_1 = E[erf(w·x) H_1] = 2q/√(πD)` and `I_3 = E[erf(w·x) H_3]/√6 = −4q³/(√(6π) D^{3/2})`, `q = w·w*`, `D = 1 + 2|w|²`.
  public static func overlaps(_ q: Double, squaredNorm: Double) -> (first: Double, third: Double) {
    let d = 1 + 2 * squaredNorm
    let root = d.squareRoot()
    return (2 * q / (Double.pi.squareRoot() * root), -4 * q * q * q / ((6 * Double.pi).squareRoot() * d * root))
  }
}

/// The mean field of a ``TeacherStudent``: each neuron moves in the pull of the discrepancy `y − <f> = b H_1 + c H_3` that all of them leave,
///
///     weight ∝ prior · e^{(σ_a²/2N) (τ·I)²},   τ = (b, √6 c)/r = (Q + r)^{-1} Y,   Q = σ_a² <I Iᵀ>,   Y = (1, √6 ε).
///
/// These are the equations ∇J = 0 of the strictly convex
///
///     J(τ) = (r/2)|τ|² + N ln <e^{(σ_a²/2N) (τ·I)²}>_prior − τ·Y,
///
/// so the solution is unique; damped Newton steps with the Hessian `r + Q + (σ_a⁴/N) Cov[(τ·I) I]` find it in about ten. A mean-field limit: exact as N, n and d grow
/// together with few discrepancies; the corrections are of order 1/N and d/N. Source: arXiv:2310.03789, the convex form derived here. Cost: ms (A), 50 ms (B).
public struct KernelAdaptation: Sendable {
  /// How the length of a neuron's weights is taken.
  public enum Level: Sendable, Hashable {
    /// A: `|w|² = q² + σ_w²`, the length across frozen at its mean.
    case frozenLength
    /// B: the length across is `(σ_w²/d) χ²_{d−1}`, drawn along with q: small |w| helps a neuron to turn.
    case freeLength
  }

  /// b of the discrepancy `b H_1 + c H_3`.
  public let linear: Double
  /// c.
  public let cubic: Double
  /// `d <q²>`.
  public let overlap: Double
  /// `<q⁴>/<q²>² − 3`.
  public let excessKurtosis: Double
  /// `<f·H_1> = 1 − b` and `<f·H_3>/6 = ε − c`.
  public let learned: (linear: Double, cubic: Double)
  /// Newton steps.
  public let steps: Int
  private let nodes: Nodes
  private let density: [Double]

  /// Nodes of one neuron: q ≥ 0, half weights by symmetry, with the overlaps there.
  private struct Nodes: Sendable {
    var q: [Double] = []
    var logWeight: [Double] = []
    var first: [Double] = []
    var third: [Double] = []
    var step = 0.0

    init(_ net: TeacherStudent, _ level: Level) {
      let deviation = (net.inputVariance / net.dimension).squareRoot()
      step = deviation / 16
      let count = Int((max(14 * deviation, 4 * net.inputVariance.squareRoot()) / step).rounded(.up))
      // (σ_w²/d) χ² of k degrees of freedom in u = ln: density ∝ e^{(k/2) u − (d/2σ_w²) e^u}.
      var lengths = [(length: net.inputVariance, logWeight: 0.0)]
      if level == .freeLength {
        let freedom = net.dimension - 1
        let (centre, width) = (log(freedom / net.dimension * net.inputVariance), (2 / freedom).squareRoot())
        let fine = width / 6
        let range = Int((26 / freedom.squareRoot() / fine).rounded(.up))
        lengths = (-range...range / 2).map { i in
          let u = centre + fine * Double(i)
          return (exp(u), freedom / 2 * (u - centre) - freedom / 2 * (exp(u - centre) - 1))
        }
      }
      for i in 0...count {
        let q = step * Double(i)
        for (length, logWeight) in lengths {
          let (first, third) = TeacherStudent.overlaps(q, squaredNorm: q * q + length)
          self.q.append(q)
          self.logWeight.append(logWeight - q * q / (2 * deviation * deviation) + (i == 0 ? log(0.5) : 0))
          self.first.append(first)
          self.third.append(third)
        }
      }
    }
  }

  /// Solves the equations.
  public init(_ net: TeacherStudent, level: Level) {
    let nodes = Nodes(net, level)
    let (r, y) = (net.ridge, (1.0, 6.0.squareRoot() * net.cubic))
    let (half, n) = (net.outputVariance / (2 * net.neurons), net.neurons)
    let scale = net.outputVariance
    let priorTop = nodes.logWeight.max()!
    let priorSum = nodes.logWeight.reduce(0) { $0 + exp($1 - priorTop) }
    var weights = nodes.logWeight
    /// J at τ, and the tilted density, normalised.
    func objective(_ tau: (Double, Double)) -> Double {
      var top = -Double.infinity
      for i in nodes.q.indices {
        let pull = tau.0 * nodes.first[i] + tau.1 * nodes.third[i]
        weights[i] = nodes.logWeight[i] + half * pull * pull
        top = max(top, weights[i])
      }
      var sum = 0.0
      for i in weights.indices {
        weights[i] = exp(weights[i] - top)
        sum += weights[i]
      }
      for i in weights.indices { weights[i] /= sum }
      return r / 2 * (tau.0 * tau.0 + tau.1 * tau.1) + n * (top - priorTop + log(sum / priorSum)) - tau.0 * y.0 - tau.1 * y.1
    }
    var tau = (0.0, 0.0)
    var value = objective(tau)
    var steps = 0
    while steps < 200 {
      steps += 1
      // Moments of the tilted density: g = σ_a² <(τ·I) I>, Q and the covariance.
      var (g0, g1, q00, q01, q11, m0, m1, c00, c01, c11) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
      for i in weights.indices {
        let (w, a, b) = (weights[i], nodes.first[i], nodes.third[i])
        let pull = tau.0 * a + tau.1 * b
        q00 += w * a * a
        q01 += w * a * b
        q11 += w * b * b
        m0 += w * pull * a
        m1 += w * pull * b
        c00 += w * pull * pull * a * a
        c01 += w * pull * pull * a * b
        c11 += w * pull * pull * b * b
      }
      g0 = r * tau.0 + scale * m0 - y.0
      g1 = r * tau.1 + scale * m1 - y.1
      let factor = scale * scale / n
      let h00 = r + scale * q00 + factor * (c00 - m0 * m0)
      let h01 = scale * q01 + factor * (c01 - m0 * m1)
      let h11 = r + scale * q11 + factor * (c11 - m1 * m1)
      let determinant = h00 * h11 - h01 * h01
      let step = (-(h11 * g0 - h01 * g1) / determinant, -(h00 * g1 - h01 * g0) / determinant)
      let decrement = -(step.0 * g0 + step.1 * g1)
      // Newton squares the error: one step from 1e-7 is the last.
      let isLast = decrement < 1e-14 * (1 + abs(value))
      var length = 1.0
      while true {
        let trial = (tau.0 + length * step.0, tau.1 + length * step.1)
        let there = objective(trial)
        if isLast || there <= value - 1e-4 * length * decrement || length < 1e-9 {
          (tau, value) = (trial, there)
          break
        }
        length /= 2
      }
      if isLast { break }
    }
    self.steps = steps
    linear = r * tau.0
    cubic = r * tau.1 / 6.0.squareRoot()
    learned = (1 - linear, net.cubic - cubic)
    let square = nodes.q.indices.reduce(0.0) { $0 + weights[$1] * nodes.q[$1] * nodes.q[$1] }
    let fourth = nodes.q.indices.reduce(0.0) { $0 + weights[$1] * nodes.q[$1] * nodes.q[$1] * nodes.q[$1] * nodes.q[$1] }
    overlap = net.dimension * square
    excessKurtosis = fourth / (square * square) - 3
    self.nodes = nodes
    density = weights
  }

  /// The fraction of neurons with `|q| > bound`: the droplets, where there are any. By the trapezoidal rule with its end between two nodes: good to 1e-3.
  public func fraction(beyond bound: Double) -> Double {
    nodes.q.indices.reduce(0.0) { sum, i in
      let inside = min(1, max(0, (nodes.q[i] - bound) / nodes.step + 0.5))
      return sum + inside * density[i]
    }
  }
}

/// Level C of the mean field of a ``TeacherStudent``: a Gaussian law `q ~ N(0, m)` of neurons, the best of these,
///
///     1/m = d/σ_w² − 2 A_0 d<g>/dm,   A_0 = 2 n² σ_a²/(π N σ⁴),   g = (q²/D) (b − 2c q²/D)²,   D = 1 + 2 (σ_w² + q²),
///
/// with τ and Q as in ``KernelAdaptation``. Of several solutions the first from the prior on. It has no droplets. Accuracy 1e-11; cost 1 ms.
public struct GaussianAdaptation: Sendable {
  /// m.
  public let variance: Double
  /// b and c.
  public let linear, cubic: Double

  /// Solves the equation; nil where no Gaussian is stationary.
  public init?(_ net: TeacherStudent) {
    let (r, y) = (net.ridge, (1.0, 6.0.squareRoot() * net.cubic))
    let strength = 2 * net.data * net.data * net.outputVariance / (Double.pi * net.neurons * net.noise * net.noise)
    let step = 0.05
    let nodes = (-280...280).map { i -> (z: Double, w: Double) in
      let z = step * Double(i)
      return (z, step / (2 * Double.pi).squareRoot() * exp(-z * z / 2))
    }
    func state(_ m: Double) -> (excess: Double, b: Double, c: Double) {
      var (q00, q01, q11) = (0.0, 0.0, 0.0)
      for (z, w) in nodes {
        let q = m.squareRoot() * z
        let (a, b) = TeacherStudent.overlaps(q, squaredNorm: q * q + net.inputVariance)
        q00 += w * a * a
        q01 += w * a * b
        q11 += w * b * b
      }
      let (a, b, d) = (net.outputVariance * q00 + r, net.outputVariance * q01, net.outputVariance * q11 + r)
      let determinant = a * d - b * b
      let (first, third) = ((d * y.0 - b * y.1) / determinant, (a * y.1 - b * y.0) / determinant)
      let (linear, cubic) = (r * first, r * third / 6.0.squareRoot())
      var slope = 0.0
      for (z, w) in nodes {
        let square = m * z * z
        let v = square / (1 + 2 * (net.inputVariance + square))
        let pull = linear - 2 * cubic * v
        slope += w * v * pull * pull * (z * z - 1) / (2 * m)
      }
      return (1 / m - net.dimension / net.inputVariance + 2 * strength * slope, linear, cubic)
    }
    // From the prior on in steps of one per cent: the first zero.
    var lower = 0.98 * net.inputVariance / net.dimension
    while state(lower).excess <= 0 {
      lower *= 0.98
      if lower < 1e-6 * net.inputVariance / net.dimension { return nil }
    }
    var upper = 1.01 * lower
    while state(upper).excess > 0 {
      lower = upper
      upper *= 1.01
      if upper > 100 * net.inputVariance { return nil }
    }
    for _ in 0..<200 {
      let middle = (lower + upper) / 2
      if middle <= lower || middle >= upper { break }
      if state(middle).excess > 0 { lower = middle } else { upper = middle }
    }
    variance = (lower + upper) / 2
    let end = state(variance)
    (linear, cubic) = (end.b, end.c)
  }
}
