// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import FieldSynthesis
import FieldTheories
import LatticeFields
import NumericalKernels

/// An action whose field lies in the order of the sites, padded to a multiple of 8; a block of neurons is replaced by evaluating
/// the whole field anew.
class SiteAction: ActionEvaluator {
  let theory: InteractingTheory
  let weight: AlignedBuffer<Double>
  private var trial: AlignedBuffer<Double>
  private let trialNetwork: Network

  init(_ theory: InteractingTheory) {
    self.theory = theory
    let count = (theory.lattice.siteCount + 7) / 8 * 8
    weight = AlignedBuffer(count: count, repeating: 0)
    weight.pointer.update(repeating: 1, count: theory.lattice.siteCount)
    trial = AlignedBuffer(count: count, repeating: 0)
    trialNetwork = Network(layout: theory.prior.layout)
  }

  var fieldCount: Int { weight.count }

  func update(_ network: Network) {}

  func synthesise(_ network: Network, into field: AlignedBuffer<Double>) {
    preconditionFailure("SiteAction: a subclass synthesises")
  }

  func action(_ field: AlignedBuffer<Double>) -> Double {
    theory.lattice.cellVolume * theory.potential.sum(field.pointer, weight: weight.pointer, count: weight.count)
      + constantAction
  }

  func action(mixing a: AlignedBuffer<Double>, _ fa: Double, with b: AlignedBuffer<Double>, _ fb: Double) -> Double {
    theory.lattice.cellVolume
      * theory.potential.sum(mixing: a.pointer, fa, with: b.pointer, fb, weight: weight.pointer, count: weight.count)
      + constantAction
  }

  func propose(_ neurons: Range<Int>, of walker: Walker, from proposal: Network) -> Double {
    trialNetwork.copy(from: walker.network)
    trialNetwork.copy(neurons, from: proposal)
    synthesise(trialNetwork, into: trial)
    return action(trial)
  }

  func accept(_ neurons: Range<Int>, of walker: Walker, from proposal: Network, action: Double) {
    swap(&walker.field, &trial)
    walker.network.copy(neurons, from: proposal)
    walker.action = action
  }

  var differentiableBlocks: Set<Int> { [] }

  func gradient(of walker: Walker, into gradient: NetworkParameters) {
    preconditionFailure("SiteAction: nothing is differentiable")
  }

  func copyField(_ field: AlignedBuffer<Double>, into sites: UnsafeMutablePointer<Double>) {
    sites.update(from: field.pointer, count: theory.lattice.siteCount)
  }
}

/// Any architecture with fields on a lattice, by its own synthesizer: complete, without gradient, and slow at large width.
final class GeneralAction: SiteAction {
  private let synthesizer: any FieldSynthesizer<Double>

  override init(_ theory: InteractingTheory) {
    // Every architecture has a direct method; on a lattice one always applies.
    synthesizer = try! SynthesisPlan(architecture: theory.prior, sites: .lattice(theory.lattice)).makeSynthesizer()
    super.init(theory)
  }

  override func synthesise(_ network: Network, into field: AlignedBuffer<Double>) {
    synthesizer.evaluate(network.parameters, into: field.pointer)
  }
}

/// The action of the free lattice field with insertions: the field is white noise through a filter, and so is the gradient.
///
///     φ = √G η,   ∂S/∂η = √G a^d V′(φ)
final class GaussianFieldAction: SiteAction {
  private let filter: SpectralFilter
  private let slopes: AlignedBuffer<Double>

  init(_ theory: InteractingTheory, _ field: FreeLatticeField) {
    filter = SpectralFilter(shape: field.lattice.sites, filter: field.noiseFilter)
    slopes = AlignedBuffer(count: (field.lattice.siteCount + 7) / 8 * 8, repeating: 0)
    super.init(theory)
  }

  override func synthesise(_ network: Network, into field: AlignedBuffer<Double>) {
    filter.apply(network.parameters.block(0), into: field.pointer)
  }

  override var differentiableBlocks: Set<Int> { [0] }

  override func gradient(of walker: Walker, into gradient: NetworkParameters) {
    theory.potential.slope(
      walker.field.pointer, weight: weight.pointer, scale: theory.lattice.cellVolume, into: slopes.pointer,
      count: weight.count)
    filter.apply(slopes.pointer, into: gradient.block(0))
  }
}
