// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import Glibc
import NumericalKernels

/// One random number s > 0 a network that multiplies all its output weights, `v_i = s u_i`: correlated parameters, exactly solvable.
///
///     s² ~ Gamma of mean 1 and variance c,      <s^{2j}> = ∏_{i<j} (1 + i c),      c = 0: s = 1.
///
/// Given s the neurons are independent, so every full n-point function is that of independent neurons times `<s^n>`, at every width. The
/// connected ones do not vanish with 1/N: `G4c → c Σ_3 G2 G2`. Source: docs/physics/free-theories.md, "A shared scale".
public struct SharedScale: Sendable, Hashable {
  /// Variance c of s².
  public let variance: Double

  /// The variances that are possible besides 0, where the inverse of the cumulative distribution is good to 1e-11.
  public static let variances = 1e-4...100.0
  /// s = 1: independent neurons.
  public static let one = SharedScale(variance: 0)

  /// A law; `variance` is 0 or one of ``variances``.
  public init(variance: Double) {
    precondition(variance == 0 || Self.variances.contains(variance), "SharedScale: variance \(variance)")
    self.variance = variance
  }

  /// Whether s = 1, so that neurons are independent.
  public var isConstant: Bool { variance == 0 }

  /// `<s^n>`, n even.
  public func moment(_ order: Int) -> Double {
    precondition(order % 2 == 0 && order >= 0, "SharedScale: moment \(order)")
    return (0..<order / 2).reduce(1.0) { $0 * (1 + Double($1) * variance) }
  }

  /// The n/2-th cumulant of s², `(n/2 − 1)! c^{n/2−1}`: the n-th cumulant of a Gaussian field of random scale, a pairing.
  public func gaussianCumulant(_ order: Int) -> Double {
    (1..<max(order / 2, 1)).reduce(1.0) { $0 * Double($1) * variance }
  }

  /// `<s⁴>²/<s⁸>`: by what factor fewer networks count in the error of an average of φ².
  var effectiveFraction: Double { moment(4) * moment(4) / moment(8) }

  /// By what factor an n-point average needs more networks than one of fixed scale: the squared skewness of φ^n is `<s^{3n}>²/<s^{2n}>³` as
  /// large, to leading order.
  public func drawsFactor(order: Int) -> Double {
    let even = max(2, order + order % 2)
    let (second, third) = (moment(2 * even), moment(3 * even))
    return third / second * (third / second) / second
  }

  /// Multiplies the output weights of network `draw` by its s: one uniform deviate, inverted.
  fileprivate func multiply(_ stream: RandomStream, draw: UInt64, _ weights: UnsafeMutablePointer<Double>, count: Int) {
    guard !isConstant else { return }
    var (uniform, spare) = (0.0, 0.0)
    stream.uniformPairs(use: .sharedScale, draw: draw, count: 1, first: &uniform, second: &spare)
    let s = (variance * Distributions.gammaQuantile(uniform, shape: 1 / variance)).squareRoot()
    for i in 0..<count { weights[i] *= s }
  }
}

/// A network whose output weights may share a random scale.
public protocol ScalableOutput: Architecture {
  /// The law of u.
  var outputWeights: OutputWeightLaw { get set }
  /// The scale s that all v share.
  var sharedScale: SharedScale { get set }
}

extension ScalableOutput {
  /// The same network with a shared scale of its output weights.
  public func sharing(_ scale: SharedScale) -> Self {
    var copy = self
    copy.sharedScale = scale
    return copy
  }

  /// Number D of outputs, which share the neurons.
  public var outputs: Int { outputWeights.outputs }

  /// The same network with D output weights a neuron in place of one.
  public func giving(outputs: Int) -> Self {
    var copy = self
    copy.outputWeights.outputs = outputs
    return copy
  }

  /// The same network with D outputs; nil for weights of one sign, whose outputs are no independent fields.
  public func with(outputs: Int) -> (any Architecture)? {
    outputs > 1 && outputWeights.kind == .rayleigh ? nil : giving(outputs: outputs)
  }

  /// The first block of every layout.
  var outputWeightBlock: ParameterBlock {
    ParameterBlock(
      "output weight", components: outputs, isGaussian: outputWeights.kind == .gaussian && sharedScale.isConstant,
      entersLinearly: true)
  }

  /// Draws the output weights v of all neurons into `weights`.
  func drawOutputWeights(_ stream: RandomStream, draw: UInt64, into weights: UnsafeMutablePointer<Double>) {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: width) { spare in
      outputWeights.draw(stream, draw: draw, count: width, into: weights, scratch: spare.baseAddress!)
    }
    sharedScale.multiply(stream, draw: draw, weights, count: width * outputs)
  }
}

// MARK: - In words

extension SharedScale {
  /// What it adds to the name of a stream.
  var streamWords: String { isConstant ? "" : " shared=\(variance)" }

  /// What it adds to the law of v.
  var lawWords: String { isConstant ? "" : " times one s a network, s^2 ~ Gamma of mean 1 and variance \(variance)" }

  /// How connected 4-point functions behave.
  var widthWords: String { isConstant ? "G4c of order 1/N" : "G4c = c sum_3 G2 G2 + O(1/N), c = \(variance)" }
}

// MARK: - Reading

extension SharedScale {
  /// The key beside `weights`.
  static let key = "weights_shared_variance"
  /// The line of templates that explains it.
  static let template =
    "# \(key) = 0.5 # v_i = s u_i with one s a network: correlated weights. Var(s^2), <s^2> = 1; default 0: s = 1"

  /// `weights_shared_variance` of `[architecture]`; s = 1 where it is not given.
  static func read(_ block: TheoryBlock) throws -> SharedScale {
    _ = block.value(key)
    guard block.has(key) else { return .one }
    let variance = try block.number(key, in: 0...variances.upperBound)
    guard variance == 0 || variance >= variances.lowerBound else {
      throw block.fault(
        key, "\(variance) is too small to be told from 0", cure: "give 0, or at least \(variances.lowerBound)")
    }
    return SharedScale(variance: variance)
  }
}
