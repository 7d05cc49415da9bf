// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import Draws
import FieldTheories
import LatticeFields
import NumericalKernels

/// The parameter density of one Gauss-net neuron tilted towards a product of `order` neurons whose points add up to `sum`:
///
///     k ~ N(q X, q),  b ~ N(n σ_b0², σ_b0²),      q = σ_w0²/d, X = sum, n = order,
///     density/prior = exp(k·X − q X²/2 + n b − n² σ_b0²/2).
///
/// The product of those very neurons, weighted with the inverse ratio, is constant. Order 0 is the prior.
public struct Tilt: Sendable, Hashable {
  /// Order n: the number of neurons in the product.
  public let order: Int
  /// Sum X of the points of the product.
  public let sum: Point
  /// A tilt towards products of `order` neurons.
  public init(order: Int, sum: Point) {
    self.order = order
    self.sum = sum
  }
  /// The prior itself, tilt of order 0.
  public static let prior = Tilt(order: 0, sum: .zero)
}

/// Single-neuron moments `M_n = <φ_1(x1)…φ_1(xn)>` of a Gauss-net from neurons drawn from a mixture of tilts, equally many from each,
/// weighted with prior/mixture (the balance heuristic; Veach and Guibas, SIGGRAPH 95, 10.1145/218380.218498).
///
/// Unbiased for any tilts. With C tilts and m neurons, a product of order n with points
/// adding up to X has relative variance at most `C exp(q |X−X_c|²)/m` for every tilt c of order n, however heavy the tail of the plain
/// average: as good as m/C neurons of its own tilt. Neurons are evaluated from their definition; nothing is shared with the closed
/// forms. Cost per neuron: one exponential per tilt and per product. Source: docs/physics/free-theories.md, "the tilted estimator".
public struct TiltMixture: Sendable {
  /// The tilts of the mixture, each with an equal share of the neurons.
  public let tilts: [Tilt]
  private let dimension: Int
  private let momentumVariance: Double
  private let biasVariance: Double
  private let normalisation: (constant: Double, quadratic: Double)
  /// ln(density/prior) of each tilt, less ln C.
  private let logRatios: [LogLinear]

  /// A mixture of at least one tilt.
  public init(net: GaussNet, tilts: [Tilt]) {
    precondition(!tilts.isEmpty, "TiltMixture: no tilts")
    let (q, s) = (net.momentumVariance, net.sigmaB0 * net.sigmaB0)
    self.tilts = tilts
    dimension = net.dimension
    momentumVariance = q
    biasVariance = s
    normalisation = net.normalisation
    logRatios = tilts.map { tilt in
      let n = Double(tilt.order)
      return LogLinear(
        momentum: tilt.sum, bias: n,
        constant: -q * tilt.sum.squaredNorm / 2 - n * n * s / 2 - log(Double(tilts.count)))
    }
  }

  /// Estimates of `M_n` for each list of points from the neurons of block `bin`: `neurons` of them, rounded up to a multiple of
  /// the number of tilts. A pure function of its arguments; blocks are independent.
  public func moments(
    of products: [[Point]], bin: Int, neurons: Int, stream: RandomStream
  ) -> [Double] { moments(of: products, bin: bin, neurons: neurons, stream: stream, UnitPauses()) { true }! }

  /// The same where the block can be cut between chunks of neurons; nil once `proceed` says no.
  func moments(
    of products: [[Point]], bin: Int, neurons: Int, stream: RandomStream, _ pauses: UnitPauses, proceed: () -> Bool
  ) -> [Double]? {
    let forms = products.map(logProduct)
    let perTilt = (neurons + tilts.count - 1) / tilts.count
    var sums = [Double](repeating: 0, count: forms.count)
    var exponents = [Double](repeating: 0, count: logRatios.count)
    let chunk = NeuronChunk(room: min(perTilt, 512))
    var (index, start) = (0, 0)
    func visit(_ state: inout StateVisitor) -> Bool {
      state.visit(&index)
      state.visit(&start)
      state.visit(&sums)
      return true
    }
    _ = pauses.resume(visit)
    while index < tilts.count {
      guard proceed() else {
        pauses.end(visit)
        return nil
      }
      let length = min(chunk.room, perTilt - start)
      forEachNeuron(tilts[index], bin: bin, first: index * perTilt + start, count: length, stream: stream, chunk) {
        k, b in
        let logRatio = Self.logSum(logRatios, k, b, scratch: &exponents)
        for (i, form) in forms.enumerated() { sums[i] += exp(form.value(k, b) - logRatio) }
      }
      start += length
      if start == perTilt { (index, start) = (index + 1, 0) }
      pauses.offer(visit)
    }
    return sums.map { $0 / Double(perTilt * tilts.count) }
  }

  /// ln of the product of neurons at the points, as a linear function of (k, b).
  private func logProduct(_ points: [Point]) -> LogLinear {
    points.reduce(LogLinear(momentum: .zero, bias: 0, constant: 0)) { form, x in
      LogLinear(
        momentum: form.momentum + x, bias: form.bias + 1,
        constant: form.constant - normalisation.constant - normalisation.quadratic * x.squaredNorm)
    }
  }

  /// The largest ln|product/ratio| that a product reaches at the centre of its own tilt: ln M_n for products of the mixture's tilts.
  func logScale(of points: [Point]) -> Double {
    let form = logProduct(points)
    let own = LogLinear(
      momentum: form.momentum, bias: form.bias,
      constant: -momentumVariance * form.momentum.squaredNorm / 2
        - form.bias * form.bias * biasVariance / 2)
    let (k, b) = (momentumVariance * form.momentum, form.bias * biasVariance)
    return form.value(k, b) - own.value(k, b)
  }

  /// Parameters of `count` neurons of one tilt, at most those of a chunk. Deviates have their own uses: they are not the networks' parameters.
  private func forEachNeuron(
    _ tilt: Tilt, bin: Int, first: Int, count: Int, stream: RandomStream, _ chunk: NeuronChunk,
    _ body: (_ k: Point, _ b: Double) -> Void
  ) {
    let (axes, biases, spare) = (chunk.axes, chunk.biases, chunk.spare)
    let (sigma, centre) = (momentumVariance.squareRoot(), momentumVariance * tilt.sum)
    let (biasSigma, biasCentre) = (biasVariance.squareRoot(), Double(tilt.order) * biasVariance)
    for axis in stride(from: 0, to: dimension, by: 2) {
      stream.normalPairs(
        use: .tiltedMomentum, draw: UInt64(bin), block: UInt32(axis / 2),
        firstNeuron: first, count: count, first: axes[axis].pointer,
        second: axis + 1 < dimension ? axes[axis + 1].pointer : spare.pointer)
    }
    stream.normalPairs(
      use: .tiltedBias, draw: UInt64(bin), firstNeuron: first, count: count,
      first: biases.pointer, second: spare.pointer)
    for i in 0..<count {
      let deviates = Point(axes[0][i], axes[1][i], axes[2][i], axes[3][i])
      body(centre + sigma * deviates, biasCentre + biasSigma * biases[i])
    }
  }

  /// `ln Σ_c exp(form_c)` without overflow.
  private static func logSum(
    _ forms: [LogLinear], _ k: Point, _ b: Double, scratch: inout [Double]
  ) -> Double {
    var largest = -Double.infinity
    for (i, form) in forms.enumerated() {
      scratch[i] = form.value(k, b)
      largest = max(largest, scratch[i])
    }
    var sum = 0.0
    for exponent in scratch { sum += exp(exponent - largest) }
    return largest + log(sum)
  }
}

/// Room for the deviates of some neurons.
private final class NeuronChunk {
  let room: Int
  let axes: [AlignedBuffer<Double>]
  let biases: AlignedBuffer<Double>
  let spare: AlignedBuffer<Double>

  init(room: Int) {
    self.room = room
    axes = (0..<maximumDimension).map { _ in AlignedBuffer(count: room, repeating: 0) }
    biases = AlignedBuffer(count: room, repeating: 0)
    spare = AlignedBuffer(count: room, repeating: 0)
  }
}

/// `momentum·k + bias b + constant`.
private struct LogLinear: Sendable {
  let momentum: Point
  let bias: Double
  let constant: Double
  func value(_ k: Point, _ b: Double) -> Double { momentum.dot(k) + bias * b + constant }
}

extension RandomStream.Use {
  /// Momenta of tilted single neurons.
  static let tiltedMomentum = RandomStream.Use(rawValue: 32)
  /// Biases of tilted single neurons.
  static let tiltedBias = RandomStream.Use(rawValue: 33)
}
