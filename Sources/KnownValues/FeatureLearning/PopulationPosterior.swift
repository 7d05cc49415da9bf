// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif

/// The posterior of an error-function net under its population loss, `weight ∝ prior · e^{−(κ/2) E_x (f − y)²}`, with the teacher of ``TeacherStudent`` and κ = n/σ²: its output
/// weights integrated out, the few hidden ones by quadrature. Exact at every N and d.
///
///     G_ij = (2/π) asin(2 w_i·w_j/√(D_i D_j)),   h = I_1 + √6 ε I_3,   E y² = 1 + 6ε²,   v = σ_a²/N,   A = 1 + κ v G,   ā = κ v A^{-1} h
///     e^{−V}, V = ½ ln det A − ½ κ h·ā + κ E y²/2;    <f·H_1> = <ā·I_1>,   <f·H_3>/√6 = <ā·I_3>,   E(f−y)² = ā·Gā + v tr G A^{-1} − 2 ā·h + E y²
///
/// Source: arXiv:2310.03789 for the net; the kernel of error functions: C. K. I. Williams (1997). Trapezoidal rules in every component (one dimension, up to three neurons) or in
/// q and the length across it (one neuron): accuracy 1e-10; cost up to a second.
public struct PopulationPosterior: Sendable {
  /// `ln <e^{−(κ/2) E(f−y)²}>_0`.
  public let logPartition: Double
  /// `<f·H_1>` and `<f·H_3>/√6`.
  public let linear, cubic: Double
  /// `<q²>` of a neuron, `q = w·w*`.
  public let squaredOverlap: Double
  /// `<E(f − y)²>`.
  public let loss: Double

  /// Of up to three neurons in one dimension, or one neuron in several; nil else.
  public init?(
    neurons: Int, dimension: Int, inputVariance: Double, outputVariance: Double, cubic epsilon: Double, strength kappa: Double
  ) {
    guard neurons >= 1, dimension >= 1, neurons == 1 || (dimension == 1 && neurons <= 3), inputVariance > 0, outputVariance > 0,
      kappa > 0
    else { return nil }
    let deviation = (inputVariance / Double(dimension)).squareRoot()
    let target = 1 + 6 * epsilon * epsilon
    let v = outputVariance / Double(neurons)
    var (norm, first, third, square, loss, prior) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    // e^{−V} is at most 1: the loss is positive.
    func add(_ q: [Double], squaredNorms: [Double], weight: Double) {
      let n = q.count
      var (g, h, i1, i3) = ([Double](repeating: 0, count: n * n), [Double](), [Double](), [Double]())
      for i in 0..<n {
        let (a, b) = TeacherStudent.overlaps(q[i], squaredNorm: squaredNorms[i])
        i1.append(a)
        i3.append(b)
        h.append(a + 6.0.squareRoot() * epsilon * b)
        for j in 0..<n {
          let product = i == j ? squaredNorms[i] : q[i] * q[j]
          g[i * n + j] = 2 / .pi * asin(2 * product / ((1 + 2 * squaredNorms[i]) * (1 + 2 * squaredNorms[j])).squareRoot())
        }
      }
      var a = g.map { kappa * v * $0 }
      for i in 0..<n { a[i * n + i] += 1 }
      // Gauss-Jordan on [A | h | G]: A = 1 + positive, so no pivot is needed.
      var right = (0..<n).map { i in [h[i]] + (0..<n).map { g[i * n + $0] } }
      var logDeterminant = 0.0
      for k in 0..<n {
        let pivot = a[k * n + k]
        logDeterminant += log(pivot)
        for j in 0..<n { a[k * n + j] /= pivot }
        for j in right[k].indices { right[k][j] /= pivot }
        for i in 0..<n where i != k {
          let factor = a[i * n + k]
          for j in 0..<n { a[i * n + j] -= factor * a[k * n + j] }
          for j in right[i].indices { right[i][j] -= factor * right[k][j] }
        }
      }
      let mean = right.map { kappa * v * $0[0] }
      let trace = (0..<n).reduce(0.0) { $0 + right[$1][1 + $1] }
      let overlap = zip(mean, h).reduce(0.0) { $0 + $1.0 * $1.1 }
      let size = weight * exp(-logDeterminant / 2 + kappa / 2 * (overlap - target))
      prior += weight
      norm += size
      first += size * zip(mean, i1).reduce(0.0) { $0 + $1.0 * $1.1 }
      third += size * zip(mean, i3).reduce(0.0) { $0 + $1.0 * $1.1 }
      square += size * q.reduce(0.0) { $0 + $1 * $1 } / Double(n)
      var quadratic = 0.0
      for i in 0..<n { for j in 0..<n { quadratic += mean[i] * g[i * n + j] * mean[j] } }
      loss += size * (quadratic + v * trace - 2 * overlap + target)
    }
    let step = min(0.1, deviation / 7)
    let count = Int((7.5 * deviation / step).rounded(.up))
    let nodes = (-count...count).map { i -> (q: Double, weight: Double) in
      let q = step * Double(i)
      return (q, exp(-q * q / (2 * deviation * deviation)))
    }
    if dimension > 1 {
      let freedom = Double(dimension - 1)
      let (centre, fine) = (log(freedom / Double(dimension) * inputVariance), (2 / freedom).squareRoot() / 8)
      for i in -Int(100 / freedom / fine)...Int(6 / freedom.squareRoot() / fine) {
        let u = centre + fine * Double(i)
        let weight = exp(freedom / 2 * (u - centre) - freedom / 2 * (exp(u - centre) - 1))
        for node in nodes where node.q >= 0 {
          add([node.q], squaredNorms: [node.q * node.q + exp(u)], weight: weight * node.weight * (node.q == 0 ? 0.5 : 1))
        }
      }
    } else {
      // The sign of all overlaps together changes nothing.
      for node in nodes where node.q >= 0 {
        let half = node.q == 0 ? 0.5 : 1
        guard neurons > 1 else {
          add([node.q], squaredNorms: [node.q * node.q], weight: half * node.weight)
          continue
        }
        for second in nodes {
          guard neurons > 2 else {
            let q = [node.q, second.q]
            add(q, squaredNorms: q.map { $0 * $0 }, weight: half * node.weight * second.weight)
            continue
          }
          for last in nodes where last.q <= second.q {
            let q = [node.q, second.q, last.q]
            add(
              q, squaredNorms: q.map { $0 * $0 },
              weight: half * node.weight * second.weight * last.weight * (last.q == second.q ? 0.5 : 1))
          }
        }
      }
    }
    logPartition = log(norm / prior)
    (linear, cubic, squaredOverlap, self.loss) = (first / norm, third / norm, square / norm, loss / norm)
  }
}
