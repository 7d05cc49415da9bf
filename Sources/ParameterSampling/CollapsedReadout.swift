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
/// A whole network costs `P² N` for its kernel at P data and `P³/3` for the decomposition; one replaced neuron `O(P²)`.
final class CollapsedReadout {
  let collapsed: CollapsedTheory
  /// `f_i(x_μ)`, data after data.
  let features: AlignedBuffer<Double>
  /// The matrix A_W.
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
  /// Whether the decomposition was changed by dyads since it was made.
  private var isChanged = false
  private lazy var inverse = AlignedBuffer<Double>(count: dataCount * dataCount, repeating: 0)
  private lazy var pulls = makeFeatures()
  private let noiseLogarithm: Double

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
    MatrixProduct.multiplyTransposed(
      rows: p, columns: p, inner: n, alpha: collapsed.variance, a: features.pointer, aStride: n, b: features.pointer,
      bStride: n, beta: 0, c: matrix.pointer, cStride: p)
    for mu in 0..<p { matrix[mu + mu * p] += collapsed.noises[mu] }
    decompose()
  }

  /// Takes up features, if they are not those in hand, and with `anew` also if these came by changes of the decomposition.
  func take(_ other: AlignedBuffer<Double>, anew: Bool = false) {
    let isSame = (0..<features.count).allSatisfy { features[$0] == other[$0] }
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
  func decompose() {
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

  // MARK: One neuron

  /// The change of ln weight if neuron i had the features of neuron i of another network: with `u = L^{-1} σ f'_i`, `w = L^{-1} σ f_i`, `b = L^{-1} y`,
  ///
  ///     det(1 + u uᵀ − w wᵀ) = (1 + u²)(1 − w²) + (u·w)²,       b·(1 + u uᵀ − w wᵀ)^{-1} b = b² − [ (u·b)² (1 − w²) + 2 (u·b)(w·b)(u·w) − (w·b)² (1 + u²) ]/det.
  ///
  /// `2 P²` operations. Of D components the first counts D times, the second is a sum.
  func change(_ neuron: Int, from other: AlignedBuffer<Double>) -> Double {
    let (p, n, sigma) = (dataCount, width, collapsed.variance.squareRoot())
    let (u, w) = (scratch.pointer, scratch.pointer + p)
    for mu in 0..<p {
      u[mu] = sigma * other[mu * n + neuron]
      w[mu] = sigma * features[mu * n + neuron]
    }
    factor.whiten(u, count: 2)
    var (uu, ww, uw) = (0.0, 0.0, 0.0)
    for mu in 0..<p {
      uu += u[mu] * u[mu]
      ww += w[mu] * w[mu]
      uw += u[mu] * w[mu]
    }
    let determinant = (1 + uu) * (1 - ww) + uw * uw
    guard determinant > 0 else { return -.infinity }
    var gain = 0.0
    for component in 0..<collapsed.outputs {
      let b = whitenedLabels.pointer + component * p
      var (ub, wb) = (0.0, 0.0)
      for mu in 0..<p {
        ub += u[mu] * b[mu]
        wb += w[mu] * b[mu]
      }
      gain += (ub * ub * (1 - ww) + 2 * ub * wb * uw - wb * wb * (1 + uu)) / determinant
    }
    return -0.5 * Double(collapsed.outputs) * log(determinant) + 0.5 * gain
  }

  /// Replaces the neuron: A_W and its decomposition by two dyads, the features by the new ones.
  func replace(_ neuron: Int, from other: AlignedBuffer<Double>) {
    let (p, n, sigma) = (dataCount, width, collapsed.variance.squareRoot())
    let (new, old) = (scratch.pointer, scratch.pointer + p)
    for mu in 0..<p {
      new[mu] = sigma * other[mu * n + neuron]
      old[mu] = sigma * features[mu * n + neuron]
      features[mu * n + neuron] = other[mu * n + neuron]
    }
    for mu in 0..<p {
      let (a, b, row) = (new[mu], old[mu], matrix.pointer + mu * p)
      for nu in 0..<p { row[nu] += a * new[nu] - b * old[nu] }
    }
    isChanged = true
    factor.add(dyad: new)
    if factor.subtract(dyad: old) { finish() } else { decompose() }
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
