// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import FieldSynthesis
import FieldTheories
import LatticeFields
import NumericalKernels

/// A term whose field lies in the order of its nodes, the sites of the lattice or listed points, padded to a multiple of 8; a block of neurons
/// is replaced by evaluating the whole field anew.
class SiteAction: ActionTerm {
  let term: LocalTerm
  let nodes: SiteSet
  /// w of each number of the field, 0 in the padding.
  let weight: AlignedBuffer<Double>
  /// The cell volume of sites, 1 of points.
  let scale: Double
  let sources: NodeSources
  let coversLattice: Bool
  let constant: Double
  let count: Int
  var trial: AlignedBuffer<Double>
  private let trialNetwork: Network

  /// A term on nodes of its own or, where `onLattice`, on the lattice, with weights at the listed points only.
  init(_ theory: InteractingTheory, _ term: LocalTerm, onLattice: Bool = false) {
    let lattice = theory.lattice
    self.term = term
    let (sites, weights, places, isListed) = Self.nodes(theory, term, onLattice: onLattice)
    coversLattice = !isListed || onLattice
    (nodes, count) = (sites, sites.count)
    scale = isListed ? 1 : lattice.cellVolume
    let padded = (count + 7) / 8 * 8
    weight = AlignedBuffer(count: padded, repeating: 0)
    var moments = [Double](repeating: 0, count: term.sources.isEmpty ? 0 : padded)
    // Two listed points may be one site of a periodic lattice.
    for (node, w) in weights.enumerated() {
      let place = places[node]
      weight[place] += w
      if !moments.isEmpty { moments[place] += w * term.sources[node] }
    }
    sources = NodeSources(values: moments)
    constant = term.region.volume(lattice) * term.potential.constant
    trial = AlignedBuffer(count: padded, repeating: 0)
    trialNetwork = Network(layout: theory.prior.layout)
  }

  /// The sites of a term's field; w of its nodes, and the place of each among the sites.
  static func nodes(
    _ theory: InteractingTheory, _ term: LocalTerm, onLattice: Bool
  ) -> (sites: SiteSet, weights: [Double], places: [Int], isListed: Bool) {
    let lattice = theory.lattice
    guard case .points(let points, let own) = term.region.integral else {
      return (.lattice(lattice), [Double](repeating: 1, count: lattice.siteCount), Array(0..<lattice.siteCount), false)
    }
    return onLattice
      ? (.lattice(lattice), own, points.map { lattice.site(at: $0)! }, true)
      : (.points(points, dimension: lattice.dimension), own, Array(points.indices), true)
  }

  var fieldCount: Int { weight.count }
  var isIncremental: Bool { false }

  func synthesise(_ network: Network, into field: AlignedBuffer<Double>) {
    preconditionFailure("SiteAction: a subclass synthesises")
  }

  func value(_ field: AlignedBuffer<Double>) -> Double {
    scale * (term.potential.sum(field.pointer, weight: weight.pointer, count: weight.count) - sources.sum(field.pointer))
      + constant
  }

  func value(mixing a: AlignedBuffer<Double>, _ fa: Double, with b: AlignedBuffer<Double>, _ fb: Double) -> Double {
    let sum = term.potential.sum(mixing: a.pointer, fa, with: b.pointer, fb, weight: weight.pointer, count: weight.count)
    return scale * (sum - (fa * sources.sum(a.pointer) + fb * sources.sum(b.pointer))) + constant
  }

  func propose(
    _ neurons: Range<Int>, of network: Network, _ field: AlignedBuffer<Double>, from proposal: Network
  ) -> Double {
    trialNetwork.copy(from: network)
    trialNetwork.copy(neurons, from: proposal)
    synthesise(trialNetwork, into: trial)
    return value(trial)
  }

  func accept(_ neurons: Range<Int>, field: inout AlignedBuffer<Double>) { swap(&field, &trial) }

  var differentiableBlocks: Set<Int> { [] }

  func gradient(of network: Network, _ field: AlignedBuffer<Double>, into gradient: NetworkParameters) {
    preconditionFailure("SiteAction: nothing is differentiable")
  }

  /// `scale w V′(φ)` at every node, its source taken off.
  func slope(_ field: AlignedBuffer<Double>, into slopes: AlignedBuffer<Double>) {
    term.potential.slope(field.pointer, weight: weight.pointer, scale: scale, into: slopes.pointer, count: weight.count)
    sources.subtract(scale: scale, from: slopes.pointer)
  }

  func copyField(_ field: AlignedBuffer<Double>, into sites: UnsafeMutablePointer<Double>) {
    sites.update(from: field.pointer, count: count)
  }

  func virial(of network: Network, _ field: AlignedBuffer<Double>, _ other: LocalTerm) -> Double {
    var virial = 0.0
    for x in 0..<count { virial += weight[x] * field[x] * other.potential.derivative(field[x]) }
    return scale * (virial - sources.sum(field.pointer))
  }

  func phaseCurvature(of network: Network, _ field: AlignedBuffer<Double>, _ other: LocalTerm) -> Double {
    preconditionFailure("SiteAction: no phases")
  }
}

/// Any architecture with fields at the nodes, by its own synthesizer, with the gradient of its features: complete, and slow at large width.
final class GeneralAction: SiteAction {
  private let prior: any Architecture
  private var synthesizer: (any FieldSynthesizer<Double>)!
  private lazy var features = FeatureGradient(prior, at: nodes)
  private lazy var slopes = AlignedBuffer<Double>(count: weight.count, repeating: 0)

  init(_ theory: InteractingTheory, _ term: LocalTerm) {
    prior = theory.prior
    super.init(theory, term)
    // Every architecture has a direct method; on a lattice one always applies.
    synthesizer = try! SynthesisPlan(architecture: theory.prior, sites: nodes).makeSynthesizer()
  }

  override func synthesise(_ network: Network, into field: AlignedBuffer<Double>) {
    synthesizer.evaluate(network.parameters, into: field.pointer)
  }

  override var differentiableBlocks: Set<Int> { FeatureGradient.blocks(of: prior) }

  override func gradient(of network: Network, _ field: AlignedBuffer<Double>, into gradient: NetworkParameters) {
    slope(field, into: slopes)
    features(network.parameters, slopes: slopes.pointer, stride: slopes.count, into: gradient)
  }
}

/// A term of the free lattice field: the field is white noise through a filter, and so is the gradient.
///
///     φ = √G η,   ∂I/∂η = √G w V′(φ)
final class GaussianFieldAction: SiteAction {
  private let filter: SpectralFilter
  private let slopes: AlignedBuffer<Double>

  init(_ theory: InteractingTheory, _ term: LocalTerm, _ field: FreeLatticeField) {
    filter = SpectralFilter(shape: field.lattice.sites, filter: field.noiseFilter)
    slopes = AlignedBuffer(count: (field.lattice.siteCount + 7) / 8 * 8, repeating: 0)
    super.init(theory, term, onLattice: true)
  }

  override func synthesise(_ network: Network, into field: AlignedBuffer<Double>) {
    filter.apply(network.parameters.block(0), into: field.pointer)
  }

  override var differentiableBlocks: Set<Int> { [0] }

  override func gradient(of network: Network, _ field: AlignedBuffer<Double>, into gradient: NetworkParameters) {
    slope(field, into: slopes)
    filter.apply(slopes.pointer, into: gradient.block(0))
  }
}
