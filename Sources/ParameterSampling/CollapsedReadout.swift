// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import Draws
import FieldSynthesis
import FieldTheories
import LatticeFields
import NumericalKernels

/// A theory whose Gaussian output weights can be integrated out: every term of its action is quadratic and linear in φ at points, that is, data with noise.
///
/// Given the hidden parameters W the field is Gaussian with kernel `K_W(x,y) = σ² Σ_i f_i(x) f_i(y)`, f the features of `FeatureSynthesizer`. With
/// `A_W = K_W + diag(T_μ)` at the data and `t_W = A_W^{-1} y`, all averages are those over W with weights
///
///     ln weight(W) = −½ ln det(1 + K_W/T) − ½ y·t_W            (= ln <e^{−I}>_v, so that Z = <weight>)
///     m_W(x) = K_W(x,X) t_W,     C_W(x,y) = K_W(x,y) − K_W(x,X) A_W^{-1} K_W(X,y)
///
/// of the conditional mean and covariance. With D outputs, labels in R^D, it is `−(D/2) ln det(1 + K_W/T) − ½ Σ_c y_c·A_W^{-1} y_c`: every component has a mean of its own,
/// all have one covariance, and they are independent given W. Output weights are never sampled where they need not be. Exact at every width. Source: C. E. Rasmussen, C. K. I.
/// Williams, Gaussian Processes for Machine Learning (2006), sec. 2.1-2.2, for the linear model; D. Blackwell, Ann. Math. Stat. 18 (1947) 105.
public struct CollapsedTheory: Sendable {
  /// What is sampled.
  public let theory: InteractingTheory
  /// The distinct points of the data.
  public let points: [Point]
  /// The noises T_μ of the data.
  let noises: [Double]
  /// The labels y_μ of the data, a list for each component.
  let labels: [[Double]]
  /// Number D of components.
  var outputs: Int { labels.count }
  /// What the action has beside `Σ (φ − y)²/2T`.
  let constant: Double
  /// The variance σ² of an output weight.
  let variance: Double
  let weightBlock: Int

  /// Throws where the output weights cannot be integrated out.
  public init(_ theory: InteractingTheory) throws(SamplingError) {
    let net = theory.prior
    guard let output = net.scalable, output.outputWeights.kind == .gaussian, output.sharedScale.isConstant,
      let block = net.layout.blocks.firstIndex(where: \.entersLinearly), net.freeField == nil
    else {
      throw .unsupported(
        "collapsed sampling integrates out gaussian output weights, and \(net.kind) here has none; use kind = \"chains\"")
    }
    let data = try CompletedSquares(theory, for: "collapsed sampling")
    self.theory = theory
    (points, noises, labels, constant) = (data.points, data.noises, data.labels, data.constant)
    variance = output.outputWeights.variance
    weightBlock = block
  }
}

extension CollapsedTheory {
  /// The ensemble of the hidden parameters alone, `P(W) ∝ P0(W) weight(W)`, for moves: its action is −ln weight(W), and output weights do not enter.
  public var hidden: InteractingTheory {
    theory.integratingOut(weightBlock) { CollapsedAction(CollapsedReadout(self, measuredAt: [])) }
  }

  /// Throws where the kernel of a network at the data is singular to rounding beside the noise: as the noise vanishes, where data are more than the kernel tells apart.
  public func checkKernel() throws(SamplingError) {
    let readout = CollapsedReadout(self, measuredAt: [])
    let parameters = NetworkParameters(layout: theory.prior.layout)
    theory.prior.drawParameters(RandomStream(seed: 0, stream: theory.streamName), draw: 0, into: parameters)
    readout.evaluate(parameters)
    guard readout.logWeight == -.infinity else { return }
    throw .unsupported(
      "the kernel at the data is singular to rounding beside the noise (least squared pivot below 1e-13 of the largest); use a larger temperature, or fewer data"
    )
  }
}

/// The conditional Gaussian law of a network's field given its hidden parameters, for one worker.
///
/// A whole network costs `P² N` for its kernel at P data and `P³/3` for the decomposition; one replaced neuron `O(P²)` (``refresh(_:from:accept:)``).
final class CollapsedReadout {
  let collapsed: CollapsedTheory
  /// `f_i(x_μ)`, data after data.
  let features: AlignedBuffer<Double>
  /// The matrix A_W, on and above the diagonal.
  private let matrix: AlignedBuffer<Double>
  private var factor: CholeskyDecomposition
  /// `L^{-1} y` of every component; then t of one.
  private let whitenedLabels: AlignedBuffer<Double>
  private let forces: AlignedBuffer<Double>
  private let synthesizer: any FeatureSynthesizer
  private let measured: (any FeatureSynthesizer)?
  private let measuredFeatures: AlignedBuffer<Double>
  private let measuredCount: Int
  private let scratch: AlignedBuffer<Double>
  private let columns: AlignedBuffer<Double>
  private let crossed: AlignedBuffer<Double>
  /// ln weight(W); −∞ where A_W is singular to rounding.
  private(set) var logWeight = 0.0
  /// Whether A_W was changed since it was made of the features.
  private var isChanged = false
  private lazy var inverse = AlignedBuffer<Double>(count: dataCount * dataCount, repeating: 0)
  private lazy var pulls = makeFeatures()
  private let noiseLogarithm: Double
  /// u and w of a block of neurons, their products, and those with the whitened labels.
  private let vectors: AlignedBuffer<Double>
  private let products: AlignedBuffer<Double>
  private let projections: AlignedBuffer<Double>

  var dataCount: Int { collapsed.points.count }
  var width: Int { collapsed.theory.prior.width }

  /// Of a theory, with the law of the field at further points.
  init(_ collapsed: CollapsedTheory, measuredAt points: [Point]) {
    self.collapsed = collapsed
    let (p, n) = (collapsed.points.count, collapsed.theory.prior.width)
    features = AlignedBuffer(count: p * n, repeating: 0)
    matrix = AlignedBuffer(count: p * p, repeating: 0)
    factor = CholeskyDecomposition(room: p)
    whitenedLabels = AlignedBuffer(count: collapsed.outputs * p, repeating: 0)
    forces = AlignedBuffer(count: p, repeating: 0)
    // Architectures with output weights have features.
    synthesizer = collapsed.theory.prior.makeFeatures(at: collapsed.points)!
    measuredCount = points.count
    measured = points.isEmpty ? nil : collapsed.theory.prior.makeFeatures(at: points)!
    measuredFeatures = AlignedBuffer(count: max(1, points.count * n), repeating: 0)
    scratch = AlignedBuffer(count: 2 * p, repeating: 0)
    columns = AlignedBuffer(count: max(1, points.count * p), repeating: 0)
    crossed = AlignedBuffer(count: max(1, points.count * p), repeating: 0)
    noiseLogarithm = collapsed.noises.reduce(0) { $0 + log($1) }
    vectors = AlignedBuffer(count: 2 * Self.blockSize * p, repeating: 0)
    products = AlignedBuffer(count: 4 * Self.blockSize * Self.blockSize, repeating: 0)
    projections = AlignedBuffer(count: 2 * Self.blockSize * collapsed.outputs, repeating: 0)
  }

  /// Room for the features of another network at the data.
  func makeFeatures() -> AlignedBuffer<Double> { AlignedBuffer(count: dataCount * width, repeating: 0) }

  /// Writes the features of a network at the data.
  func synthesise(_ parameters: NetworkParameters, into features: AlignedBuffer<Double>) {
    synthesizer.evaluateFeatures(parameters, into: features.pointer)
  }

  /// Takes up the hidden parameters of a network.
  func evaluate(_ parameters: NetworkParameters) {
    synthesise(parameters, into: features)
    evaluateKernel()
  }

  /// A_W, its decomposition and the weight from the features.
  func evaluateKernel() {
    let (p, n) = (dataCount, width)
    MatrixProduct.square(
      size: p, inner: n, alpha: collapsed.variance, a: features.pointer, aStride: n, c: matrix.pointer, cStride: p)
    for mu in 0..<p { matrix[mu + mu * p] += collapsed.noises[mu] }
    decompose()
  }

  /// Takes up features, if they are not those in hand, and with `anew` also if A_W came by changes.
  func take(_ other: AlignedBuffer<Double>, anew: Bool = false) {
    let (own, given) = (features.pointer, other.pointer)
    let isSame = (0..<features.count).allSatisfy { own[$0] == given[$0] }
    guard !isSame || anew && isChanged else { return }
    features.pointer.update(from: other.pointer, count: features.count)
    evaluateKernel()
  }

  /// The derivatives of −ln weight(W) by the hidden parameters of the network in hand, through those by its features,
  ///
  ///     −∂ ln weight/∂f_i(x_μ) = σ² Σ_ν [ D A_W^{-1} − Σ_c t_c t_cᵀ ]_μν f_i(x_ν),      t_c = A_W^{-1} y_c,
  ///
  /// D components c. Cost: `P³ + P² N` and the adjoint of the features.
  func gradient(_ parameters: NetworkParameters, into gradient: NetworkParameters) {
    let (p, n, d) = (dataCount, width, collapsed.outputs)
    inverse.fill(with: 0)
    for mu in 0..<p { inverse[mu * p + mu] = collapsed.variance * Double(d) }
    factor.whiten(inverse.pointer, count: p)
    factor.unwhiten(inverse.pointer, count: p)
    for output in 0..<d {
      forces.pointer.update(from: whitenedLabels.pointer + output * p, count: p)
      factor.unwhiten(forces.pointer)
      for mu in 0..<p {
        let force = collapsed.variance * forces[mu]
        for nu in 0..<p { inverse[mu * p + nu] -= force * forces[nu] }
      }
    }
    MatrixProduct.multiply(
      rows: p, columns: n, inner: p, a: inverse.pointer, aStride: p, b: features.pointer, bStride: n, c: pulls.pointer, cStride: n
    )
    synthesizer.adjoint(parameters, of: pulls.pointer, into: gradient)
  }

  /// The decomposition and the weight from A_W.
  private func decompose() {
    isChanged = false
    guard factor.decompose(matrix.pointer) else {
      logWeight = -.infinity
      return
    }
    finish()
  }

  private func finish() {
    let (p, d) = (dataCount, collapsed.outputs)
    for component in 0..<d {
      let b = whitenedLabels.pointer + component * p
      for mu in 0..<p { b[mu] = collapsed.labels[component][mu] }
      factor.whiten(b)
    }
    let square = (0..<d * p).reduce(0.0) { $0 + whitenedLabels[$1] * whitenedLabels[$1] }
    logWeight = -0.5 * Double(d) * (factor.logDeterminant - noiseLogarithm) - 0.5 * square - collapsed.constant
  }

  // MARK: Neurons drawn anew

  /// Neurons that are judged on one decomposition.
  private static let blockSize = 32
  /// What the changes of one block may make of rounding before A_W is decomposed anew.
  private static let greatestGrowth = 1e4

  /// Offers each of these neurons in its turn the features that it has in another network: `accept` gets the change of ln weight, and says whether the neuron takes them.
  ///
  /// Neurons are judged in blocks on one decomposition `A_W = L Lᵀ`: with `u = L^{-1} σ f'_i`, `w = L^{-1} σ f_i` of all neurons of a block and `b = L^{-1} y`, a replaced neuron changes the
  /// products of all others by those of the metric `(1 + u uᵀ − w wᵀ)^{-1}`, and the block ends with one product of matrices for A_W and one decomposition. Cost of a neuron: `O(P²)`, by products of
  /// matrices; a block ends early where its changes have made rounding grow ``greatestGrowth`` times, as in nets with fewer neurons than data of little noise.
  func refresh(_ neurons: Range<Int>, from other: AlignedBuffer<Double>, accept: (_ neuron: Int, _ change: Double) -> Bool) {
    var (first, size) = (neurons.lowerBound, Self.blockSize)
    while first < neurons.upperBound {
      let block = first..<min(first + size, neurons.upperBound)
      let done = refresh(block: block, from: other, accept)
      size = done < block.count ? done : min(Self.blockSize, 2 * size)
      first += done
    }
  }

  /// Judges the neurons of a block until rounding has grown; how many.
  private func refresh(
    block: Range<Int>, from other: AlignedBuffer<Double>, _ accept: (_ neuron: Int, _ change: Double) -> Bool
  ) -> Int {
    let (p, m, d) = (dataCount, 2 * block.count, collapsed.outputs)
    // u and w of every neuron, one after the other.
    gather(Array(block), from: other)
    factor.whiten(vectors.pointer, count: m)
    let (gram, pulls) = (products.pointer, projections.pointer)
    MatrixProduct.square(size: m, inner: p, a: vectors.pointer, aStride: p, c: gram, cStride: m)
    MatrixProduct.multiplyTransposed(
      rows: d, columns: m, inner: p, a: whitenedLabels.pointer, aStride: p, b: vectors.pointer, bStride: p, beta: 0, c: pulls,
      cStride: m)
    var (accepted, done, growth) = ([Int](), 0, 1.0)
    while done < block.count && growth < Self.greatestGrowth {
      let i = 2 * done
      let (u, w) = (gram + i * m, gram + (i + 1) * m)
      let (neuron, change) = (block.lowerBound + done, change(uu: u[i], ww: w[i + 1], uw: u[i + 1], at: i, of: m))
      done += 1
      guard accept(neuron, change) else { continue }
      accepted.append(neuron)
      growth *= replace(u, w, at: i, of: m)
    }
    guard !accepted.isEmpty else { return done }
    gather(accepted, from: other)
    for (first, sign) in [(0, 1.0), (1, -1.0)] {
      MatrixProduct.addSquare(
        size: p, inner: accepted.count, alpha: sign, a: vectors.pointer + first * p, aStride: 2 * p, to: matrix.pointer,
        cStride: p)
    }
    let (n, own, new) = (width, features.pointer, other.pointer)
    for mu in 0..<p { for neuron in accepted { own[mu * n + neuron] = new[mu * n + neuron] } }
    decompose()
    isChanged = true
    return done
  }

  /// Writes `σ f'_i` and `σ f_i` of neurons at all data, one vector after the other.
  private func gather(_ neurons: [Int], from other: AlignedBuffer<Double>) {
    let (p, n, sigma) = (dataCount, width, collapsed.variance.squareRoot())
    let (u, w, own, new) = (vectors.pointer, vectors.pointer + p, features.pointer, other.pointer)
    for mu in 0..<p {
      for (place, neuron) in neurons.enumerated() {
        u[2 * place * p + mu] = sigma * new[mu * n + neuron]
        w[2 * place * p + mu] = sigma * own[mu * n + neuron]
      }
    }
  }

  /// The change of ln weight under one neuron, from the products of its u and w, and with b, in the metric of the neurons before it:
  ///
  ///     det(1 + u uᵀ − w wᵀ) = (1 + u²)(1 − w²) + (u·w)²,       b·(1 + u uᵀ − w wᵀ)^{-1} b = b² − [ (u·b)² (1 − w²) + 2 (u·b)(w·b)(u·w) − (w·b)² (1 + u²) ]/det.
  ///
  /// Of D components the first counts D times, the second is a sum.
  private func change(uu: Double, ww: Double, uw: Double, at i: Int, of m: Int) -> Double {
    let determinant = (1 + uu) * (1 - ww) + uw * uw
    guard determinant > 0 else { return -.infinity }
    var gain = 0.0
    for component in 0..<collapsed.outputs {
      let (ub, wb) = (projections[component * m + i], projections[component * m + i + 1])
      gain += (ub * ub * (1 - ww) + 2 * ub * wb * uw - wb * wb * (1 + uu)) / determinant
    }
    return -0.5 * Double(collapsed.outputs) * log(determinant) + 0.5 * gain
  }

  /// Changes the metric for the neurons behind by `u uᵀ − w wᵀ`, by the identity of Sherman and Morrison twice; what that makes of rounding.
  private func replace(_ u: UnsafeMutablePointer<Double>, _ w: UnsafeMutablePointer<Double>, at i: Int, of m: Int) -> Double {
    let (plus, slope, gram) = (1 / (1 + u[i]), u[i + 1] / (1 + u[i]), products.pointer)
    let minus = 1 / (1 - w[i + 1] + slope * u[i + 1])
    // w becomes w in the metric that holds u.
    for j in i + 1..<m { w[j] -= slope * u[j] }
    for component in 0..<collapsed.outputs {
      let b = projections.pointer + component * m
      let ub = plus * b[i]
      let wb = minus * (b[i + 1] - slope * b[i])
      for j in i + 2..<max(m, i + 2) { b[j] += wb * w[j] - ub * u[j] }
    }
    for k in i + 2..<max(m, i + 2) {
      let (a, c, row) = (plus * u[k], minus * w[k], gram + k * m)
      for j in k..<m { row[j] += c * w[j] - a * u[j] }
    }
    return max(1, minus)
  }

  // MARK: The field

  /// Output weights from their law given the hidden parameters, `v = v_0 + σ² fᵀ A_W^{-1} (y + e − f v_0)`, v_0 from the prior and `e ~ N(0, T)`: exact
  /// (Matheron's rule; A. G. Journel, C. J. Huijbregts, Mining Geostatistics (1978)). `weights` holds v_0, `noise` standard normal deviates, one a datum; output after output.
  func drawWeights(_ weights: UnsafeMutablePointer<Double>, noise: UnsafePointer<Double>) {
    for output in 0..<collapsed.outputs {
      drawWeights(of: output, weights + output * width, noise: noise + output * dataCount)
    }
  }

  private func drawWeights(of output: Int, _ weights: UnsafeMutablePointer<Double>, noise: UnsafePointer<Double>) {
    let (p, n, residual) = (dataCount, width, scratch.pointer)
    for mu in 0..<p {
      let row = features.pointer + mu * n
      var field = 0.0
      for i in 0..<n { field += row[i] * weights[i] }
      residual[mu] = collapsed.labels[output][mu] + collapsed.noises[mu].squareRoot() * noise[mu] - field
    }
    factor.solve(residual)
    for mu in 0..<p {
      let (row, force) = (features.pointer + mu * n, collapsed.variance * residual[mu])
      for i in 0..<n { weights[i] += force * row[i] }
    }
  }

  /// The conditional law at the measured points, valid until the next network is taken up.
  func law(_ parameters: NetworkParameters) -> ConditionalLaw? {
    guard let measured else { return nil }
    let (p, n, m) = (dataCount, width, measuredCount)
    measured.evaluateFeatures(parameters, into: measuredFeatures.pointer)
    MatrixProduct.multiplyTransposed(
      rows: m, columns: p, inner: n, alpha: collapsed.variance, a: measuredFeatures.pointer, aStride: n, b: features.pointer,
      bStride: n, beta: 0, c: crossed.pointer, cStride: p)
    columns.pointer.update(from: crossed.pointer, count: m * p)
    factor.whiten(columns.pointer, count: m)
    let means = (0..<collapsed.outputs).flatMap { output -> [Double] in
      forces.pointer.update(from: whitenedLabels.pointer + output * p, count: p)
      factor.unwhiten(forces.pointer)
      return (0..<m).map { a in (0..<p).reduce(0.0) { $0 + crossed[a * p + $1] * forces[$1] } }
    }
    return ConditionalLaw(
      means: means, pointCount: m, features: measuredFeatures, width: n, variance: collapsed.variance, columns: columns,
      dataCount: p)
  }
}

/// Mean and covariance of a network's field at the measured points, given its hidden parameters; of several components one after another, each independent of the others.
struct ConditionalLaw: GaussianLaw {
  fileprivate let means: [Double]
  fileprivate let pointCount: Int
  fileprivate let features: AlignedBuffer<Double>
  fileprivate let width: Int
  fileprivate let variance: Double
  /// `L^{-1} K_W(X, x)` of every measured point.
  fileprivate let columns: AlignedBuffer<Double>
  fileprivate let dataCount: Int

  fileprivate init(
    means: [Double], pointCount: Int, features: AlignedBuffer<Double>, width: Int, variance: Double,
    columns: AlignedBuffer<Double>, dataCount: Int
  ) {
    (self.means, self.pointCount, self.features, self.width) = (means, pointCount, features, width)
    (self.variance, self.columns, self.dataCount) = (variance, columns, dataCount)
  }

  func mean(_ point: Int) -> Double { means[point] }

  func covariance(_ a: Int, _ b: Int) -> Double {
    guard a / pointCount == b / pointCount else { return 0 }
    let (a, b) = (a % pointCount, b % pointCount)
    let (f, g) = (features.pointer + a * width, features.pointer + b * width)
    let (u, w) = (columns.pointer + a * dataCount, columns.pointer + b * dataCount)
    let prior = (0..<width).reduce(0.0) { $0 + f[$1] * g[$1] }
    return variance * prior - (0..<dataCount).reduce(0.0) { $0 + u[$1] * w[$1] }
  }
}
