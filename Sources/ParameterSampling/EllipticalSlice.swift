// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import Draws
import FieldTheories
import NumericalKernels

/// Elliptical slice sampling of Gaussian output weights: with ν from the prior, the weights move to `w cos t + ν sin t` on the
/// ellipse through both, by slice sampling in t. The field is linear in the weights, so a trial costs one pass over the sites.
/// Nothing to tune, never stuck.
///
/// Rayleigh weights with their phases are complex Gaussian numbers `v e^{ib}` and move likewise, both together; the noise of the
/// free lattice field too. Source: Murray, Adams, MacKay, AISTATS 2010, arXiv:1001.0175.
public final class EllipticalSlice: MarkovKernel {
  /// The name of the move in theory files.
  public let name = "slice"
  private let architecture: any Architecture
  private let weightBlock: Int
  /// The block of phases, where weights and phases are one complex Gaussian number.
  private let phaseBlock: Int?
  private let other: Network
  private var otherFields: [AlignedBuffer<Double>]?
  private var mixed: [AlignedBuffer<Double>]?
  private let fresh: NetworkParameters
  /// Factor of the fresh weights; 1, except in the test that must see a wrong one.
  let scale: Double

  /// Whether the architecture's output weights are Gaussian, real or complex.
  public static func applies(to architecture: any Architecture) -> Bool {
    architecture.layout.blocks.contains { $0.entersLinearly && $0.isGaussian } || isComplex(architecture)
  }

  private static func isComplex(_ architecture: any Architecture) -> Bool {
    architecture.planeWaves?.outputWeights.kind == .rayleigh
  }

  /// A slice of the theory's output weights, which must be Gaussian.
  public convenience init(_ theory: InteractingTheory) { self.init(theory, scale: 1) }

  init(_ theory: InteractingTheory, scale: Double) {
    precondition(Self.applies(to: theory.prior))
    architecture = theory.prior
    weightBlock = architecture.layout.blocks.firstIndex(where: \.entersLinearly)!
    phaseBlock = Self.isComplex(architecture) ? architecture.planeWaves?.phaseBlock : nil
    other = Network(layout: architecture.layout)
    fresh = NetworkParameters(layout: architecture.layout)
    self.scale = scale
  }

  /// The output weights, and the phases where they are complex.
  public var movedBlocks: Set<Int> { Set([weightBlock] + (phaseBlock.map { [$0] } ?? [])) }

  /// One slice of all weights together.
  public func sweep(
    _ walker: Walker, _ evaluator: ActionEvaluator, coupling: Double, _ random: inout WalkerRandomness
  ) -> KernelCounts {
    random.advance()
    random.network(architecture, into: fresh)
    let width = architecture.width
    let count = architecture.outputs * width
    other.parameters.copy(from: walker.parameters)
    let (weights, freshWeights) = (walker.parameters.block(weightBlock), other.parameters.block(weightBlock))
    for i in 0..<count { freshWeights[i] = scale * fresh.block(weightBlock)[i] }
    if let phaseBlock { other.parameters.block(phaseBlock).update(from: fresh.block(phaseBlock), count: width) }
    evaluator.update(other)
    let fields = otherFields ?? evaluator.makeFields()
    var target = mixed ?? evaluator.makeFields()
    otherFields = fields
    evaluator.synthesise(other, into: fields)

    let threshold = -coupling * walker.action + log(random.uniform())
    var angle = 2 * Double.pi * random.uniform()
    var (low, high) = (angle - 2 * .pi, angle)
    var counts = KernelCounts()
    counts.proposals = 1
    // The bracket shrinks to the present state, which lies on the slice; a hundred shrinkages are its rounding.
    for _ in 0..<100 {
      let action = evaluator.action(mixing: walker.fields, cos(angle), with: fields, sin(angle))
      if !action.isFinite { counts.nonFinite += 1 }
      if -coupling * action > threshold {
        evaluator.mix(walker.fields, cos(angle), fields, sin(angle), into: target)
        swap(&walker.fields, &target)
        turn(weights, freshWeights, walker, angle)
        evaluator.update(walker.network)
        walker.action = action
        walker.changes += 1
        counts.accepted = 1
        break
      }
      if angle < 0 { low = angle } else { high = angle }
      angle = low + (high - low) * random.uniform()
    }
    mixed = target
    evaluator.refreshIfDrifted(walker)
    return counts
  }

  private func turn(
    _ weights: UnsafeMutablePointer<Double>, _ fresh: UnsafeMutablePointer<Double>, _ walker: Walker, _ angle: Double
  ) {
    let (c, s) = (cos(angle), sin(angle))
    guard let phaseBlock else {
      for i in 0..<architecture.outputs * architecture.width { weights[i] = c * weights[i] + s * fresh[i] }
      return
    }
    let (phases, freshPhases) = (walker.parameters.block(phaseBlock), other.parameters.block(phaseBlock))
    for i in 0..<architecture.width {
      let x = c * weights[i] * cos(phases[i]) + s * fresh[i] * cos(freshPhases[i])
      let y = c * weights[i] * sin(phases[i]) + s * fresh[i] * sin(freshPhases[i])
      weights[i] = (x * x + y * y).squareRoot()
      phases[i] = atan2(y, x)
    }
  }

  /// Nothing to tune.
  public func tune(_ counts: KernelCounts) {}
  /// The move has no setting to tune.
  public var setting: String { "" }
  /// Nothing is tuned.
  public func visit(_ state: inout StateVisitor) -> Bool { true }
}
