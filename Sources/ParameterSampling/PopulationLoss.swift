// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import Draws
import ErrorAnalysis
import NumericalKernels

/// An error-function net `f = Σ a_i erf(w_i·x)` under its population loss, `weight ∝ prior · e^{−(κ/2) E_x (f − y)²}`: `a_i ~ N(0, σ_a²/N)`, `w_i ~ N(0, σ_w²/d)`,
/// `x ~ N(0, 1_d)`, `y = H_1(z) + ε H_3(z)`, `z = x_1`. Source: arXiv:2310.03789, the posterior without data sets.
public struct PopulationLoss: Sendable {
  /// N and d.
  public let neurons, inputs: Int
  /// σ_w² and σ_a².
  public let inputVariance, outputVariance: Double
  /// ε.
  public let cubic: Double
  /// κ = n/σ².
  public let strength: Double

  /// All of them positive but ε.
  public init(
    neurons: Int, inputs: Int, inputVariance: Double, outputVariance: Double, cubic: Double, strength: Double
  ) {
    precondition(neurons > 0 && inputs > 0 && [inputVariance, outputVariance, strength].allSatisfy { $0 > 0 && $0.isFinite })
    (self.neurons, self.inputs) = (neurons, inputs)
    (self.inputVariance, self.outputVariance) = (inputVariance, outputVariance)
    (self.cubic, self.strength) = (cubic, strength)
  }

  /// What is measured on every state of a chain, in this order.
  public enum Quantity: Int, Sendable, CaseIterable {
    /// `f·H_1 = ā·I_1`.
    case linear
    /// `f·H_3/6 = ā·I_3/√6`.
    case cubic
    /// The fraction of neurons with `|w·w*|` beyond a bound.
    case droplets
    /// `d q²`, the mean over neurons.
    case overlap
    /// `E_x (f − y)²`, the mean over output weights.
    case loss
  }
}

/// The action of the hidden weights, output weights integrated out, in coordinates `X = W √d/σ_w` of unit prior variance:
///
///     V = ½ |X|² + ½ ln det A − ½ κ h·ā,    A = 1 + κ v G,   v = σ_a²/N,   ā = κ v A^{-1} h,
///     G_ij = (2/π) asin(2 w_i·w_j/√(D_i D_j)),   D_i = 1 + 2 |w_i|²,   h_i = 2 q_i/√(π D_i) − 4 ε q_i³/(√π D_i^{3/2}),   q_i = w_i·w*
///     dV = ½ κ tr[(v A^{-1} + ā āᵀ) dG] − κ ā·dh   beside X·dX.
///
/// Cost of value and gradient: `2 N³ + 4 N² d`. Source: arXiv:2310.03789; the kernel: C. K. I. Williams, Neural Computation 10 (1998) 1203.
final class PopulationLossAction {
  let system: PopulationLoss
  /// W, neuron after neuron.
  private let weights: AlignedBuffer<Double>
  private let products: AlignedBuffer<Double>
  private let matrix: AlignedBuffer<Double>
  private let inverse: AlignedBuffer<Double>
  private let pulls: AlignedBuffer<Double>
  private let factor: CholeskyDecomposition
  private var (denominators, targets, outputs): ([Double], [Double], [Double])
  private let gradientInWeights: AlignedBuffer<Double>

  var count: Int { system.neurons * system.inputs }
  private var scale: Double { (system.inputVariance / Double(system.inputs)).squareRoot() }
  private var outputStep: Double { system.strength * system.outputVariance / Double(system.neurons) }

  init(_ system: PopulationLoss) {
    self.system = system
    let n = system.neurons
    (weights, gradientInWeights) = (
      AlignedBuffer(count: n * system.inputs, repeating: 0), AlignedBuffer(count: n * system.inputs, repeating: 0)
    )
    (products, matrix) = (AlignedBuffer(count: n * n, repeating: 0), AlignedBuffer(count: n * n, repeating: 0))
    (inverse, pulls) = (AlignedBuffer(count: n * n, repeating: 0), AlignedBuffer(count: n * n, repeating: 0))
    factor = CholeskyDecomposition(room: n)
    (denominators, targets, outputs) = (
      [Double](repeating: 1, count: n), [Double](repeating: 0, count: n), [Double](repeating: 0, count: n)
    )
  }

  private static let root = Double.pi.squareRoot()

  /// V at X; infinite where A is singular to rounding.
  func value(_ x: [Double]) -> Double {
    let (n, d) = (system.neurons, system.inputs)
    for i in 0..<count { weights[i] = scale * x[i] }
    MatrixProduct.multiplyTransposed(
      rows: n, columns: n, inner: d, a: weights.pointer, aStride: d, b: weights.pointer, bStride: d, beta: 0,
      c: products.pointer, cStride: n)
    for i in 0..<n {
      let (q, square) = (weights[i * d], 1 + 2 * products[i * n + i])
      denominators[i] = square
      targets[i] = (2 * q - 4 * system.cubic * q * q * q / square) / (Self.root * square.squareRoot())
    }
    for i in 0..<n {
      for j in 0...i {
        let cosine = 2 * products[i * n + j] / (denominators[i] * denominators[j]).squareRoot()
        products[i * n + j] = cosine
        products[j * n + i] = cosine
        let entry = outputStep * 2 / .pi * asin(cosine) + (i == j ? 1 : 0)
        matrix[i * n + j] = entry
        matrix[j * n + i] = entry
      }
    }
    guard factor.decompose(matrix.pointer) else { return .infinity }
    outputs.withUnsafeMutableBufferPointer { own in
      for i in 0..<n { own[i] = outputStep * targets[i] }
      factor.solve(own.baseAddress!)
    }
    let reward = zip(targets, outputs).reduce(0.0) { $0 + $1.0 * $1.1 }
    let prior = x.reduce(0.0) { $0 + $1 * $1 }
    return 0.5 * prior + 0.5 * factor.logDeterminant - 0.5 * system.strength * reward
  }

  private func invert() {
    let n = system.neurons
    for i in 0..<n * n { pulls[i] = 0 }
    for i in 0..<n { pulls[i * n + i] = 1 }
    factor.whiten(pulls.pointer, count: n)
    MatrixProduct.multiplyTransposed(
      rows: n, columns: n, inner: n, a: pulls.pointer, aStride: n, b: pulls.pointer, bStride: n, beta: 0,
      c: inverse.pointer, cStride: n)
  }

  /// ∂V/∂X at the X of the last ``value(_:)``.
  func gradient(_ x: [Double], into gradient: inout [Double]) {
    let (n, d, kappa, epsilon) = (system.neurons, system.inputs, system.strength, system.cubic)
    let v = system.outputVariance / Double(n)
    invert()
    for i in 0..<n {
      var slope = 0.0
      for j in 0..<n {
        let cosine = products[i * n + j]
        // ½ κ (v A^{-1} + ā āᵀ) dG/ds; s = 2 w_i·w_j/√(D_i D_j) < 1.
        let pull = kappa / 2 * (v * inverse[i * n + j] + outputs[i] * outputs[j]) * 2 / .pi / (1 - cosine * cosine).squareRoot()
        slope += pull * cosine
        pulls[i * n + j] = 4 * pull / (denominators[i] * denominators[j]).squareRoot()
      }
      let (q, square) = (weights[i * d], denominators[i])
      let root = Self.root * square.squareRoot()
      let byDenominator = (-q + 6 * epsilon * q * q * q / square) / (root * square)
      pulls[i * n + i] -= 4 * slope / square + 4 * kappa * outputs[i] * byDenominator
    }
    MatrixProduct.multiply(
      rows: n, columns: d, inner: n, a: pulls.pointer, aStride: n, b: weights.pointer, bStride: d,
      c: gradientInWeights.pointer, cStride: d)
    for i in 0..<n {
      let (q, square) = (weights[i * d], denominators[i])
      gradientInWeights[i * d] -= kappa * outputs[i] * (2 - 12 * epsilon * q * q / square) / (Self.root * square.squareRoot())
    }
    for i in 0..<count { gradient[i] = x[i] + scale * gradientInWeights[i] }
  }

  /// The quantities of ``PopulationLoss/Quantity`` at the X of the last ``value(_:)``.
  func quantities(bound: Double) -> [Double] {
    let (n, d) = (system.neurons, system.inputs)
    invert()
    var (linear, cubic, droplets, square, reward, trace) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    for i in 0..<n {
      let q = weights[i * d]
      let root = Self.root * denominators[i].squareRoot()
      linear += outputs[i] * 2 * q / root
      cubic -= outputs[i] * 4 * q * q * q / (6 * root * denominators[i])
      droplets += abs(q) > bound ? 1 : 0
      square += q * q
      reward += outputs[i] * targets[i]
      trace += inverse[i * n + i]
    }
    // κ v G = A − 1: ā·Gā = ā·h − |ā|²/(κ v), and v tr G A^{-1} = (N − tr A^{-1})/κ.
    let own = reward - outputs.reduce(0.0) { $0 + $1 * $1 } / outputStep
    let loss = own - 2 * reward + (Double(n) - trace) / system.strength + 1 + 6 * system.cubic * system.cubic
    return [linear, cubic, droplets / Double(n), Double(d) * square / Double(n), loss]
  }
}

extension PopulationLoss {
  /// Most steps of a trajectory. Some ten make 1.6 time units at every scale of grokking; where the tuned step is so short that more would be needed, trajectories are shorter, so that
  /// a chain costs no more than three times the usual, whatever its energy does: a wrong force, say, whose steps shrink without end.
  private static let mostSteps = 32

  /// Hamiltonian Monte Carlo of the hidden weights: number `chain` of independent chains, `trajectories` of 1.6 time units or `mostSteps` after a quarter as many of warm-up,
  /// in which the step is tuned to 80 % acceptance. Every second chain starts with one neuron in ten turned to ±w*. One measurement a trajectory.
  /// Nil where a state leaves the numbers. Source: Duane et al., Phys. Lett. B 195 (1987) 216.
  public func chain(_ chain: Int, trajectories: Int, bound: Double, seed: UInt64) -> (series: ReplicaSeries, acceptance: Double)?
  {
    let action = PopulationLossAction(self)
    let stream = RandomStream(seed: seed, stream: "population loss N=\(neurons) d=\(inputs)")
    let count = action.count
    var (first, second) = ([Double](repeating: 0, count: count), [Double](repeating: 0, count: count))
    var (x, momenta, force, start) = (first, first, first, first)
    func normals(_ draw: Int, _ use: RandomStream.Use) {
      stream.normalPairs(
        use: use, draw: UInt64(draw), block: UInt32(chain), count: (count + 1) / 2, first: &first, second: &second)
    }
    normals(0, .outputWeight)
    for i in 0..<count { x[i] = i % 2 == 0 ? first[i / 2] : second[i / 2] }
    if chain % 2 == 1 {
      for i in stride(from: 0, to: neurons, by: 10) {
        x[i * inputs] = (i % 20 == 0 ? 1 : -1) * (Double(inputs) / inputVariance).squareRoot() * 0.75
      }
    }
    var potential = action.value(x)
    guard potential.isFinite else { return nil }
    action.gradient(x, into: &force)
    let warmUp = max(20, trajectories / 4)
    var (step, accepted) = (0.15, 0)
    var series = [[Double]](repeating: [], count: Quantity.allCases.count)
    var oldForce = force
    for draw in 0..<warmUp + trajectories {
      normals(draw + 1, .momentum)
      for i in 0..<count { momenta[i] = i % 2 == 0 ? first[i / 2] : second[i / 2] }
      stream.uniformPairs(use: .phase, draw: UInt64(draw), block: UInt32(chain), count: 1, first: &first, second: &second)
      let (chance, jitter) = (first[0], second[0])
      (start, oldForce) = (x, force)
      let before = potential + 0.5 * momenta.reduce(0) { $0 + $1 * $1 }
      let epsilon = step * (0.8 + 0.4 * jitter)
      var after = Double.infinity
      for i in 0..<count { momenta[i] -= epsilon / 2 * force[i] }
      let steps = min(Self.mostSteps, max(1, Int((1.6 / epsilon).rounded())))
      for number in 1...steps {
        for i in 0..<count { x[i] += epsilon * momenta[i] }
        after = action.value(x)
        guard after.isFinite else { break }
        action.gradient(x, into: &force)
        let kick = number == steps ? epsilon / 2 : epsilon
        for i in 0..<count { momenta[i] -= kick * force[i] }
      }
      let change = after + 0.5 * momenta.reduce(0) { $0 + $1 * $1 } - before
      let isAccepted = log(chance) < -change
      if isAccepted {
        potential = after
      } else {
        (x, force) = (start, oldForce)
      }
      if draw < warmUp {
        let probability = change.isFinite ? min(1, exp(-change)) : 0
        step = min(0.8, max(1e-4, step * exp((probability - 0.8) / pow(Double(draw + 1), 0.6))))
        continue
      }
      accepted += isAccepted ? 1 : 0
      if !isAccepted { _ = action.value(x) }
      for (index, value) in action.quantities(bound: bound).enumerated() { series[index].append(value) }
    }
    guard series.allSatisfy({ $0.allSatisfy(\.isFinite) }) else { return nil }
    return (ReplicaSeries(series), Double(accepted) / Double(max(1, trajectories)))
  }
}
