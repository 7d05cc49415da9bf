// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import FieldSynthesis
import FieldTheories
import LatticeFields
import NumericalKernels

/// A term of a field of D components, `I = ∫ w [V(|φ|) − J·φ]`, |φ|² = Σ_a φ_a²: an even potential knows the length of the vector only. The field holds the components one
/// after another, each padded as that of one component.
///
/// Its gradient is that of the slopes `s_a = w [V′(|φ|) φ_a/|φ| − J_a]`: at infinite width `∂I/∂η_a = √G s_a`, of nets by their features. Of nets every proposal evaluates all components
/// anew: complete, and D times as slow as ``GeneralAction``.
final class VectorAction: SiteAction {
  private let components: Int
  private let stride: Int
  private let synthesizer: any FieldSynthesizer<Double>
  private let filter: SpectralFilter?
  private let prior: any Architecture
  private lazy var features = FeatureGradient(prior, at: nodes)
  /// `w J` of every component; empty where there is no source.
  private let vectorSources: NodeSources
  /// |φ| at the nodes, then room for one component.
  private let lengths: AlignedBuffer<Double>
  private let single: AlignedBuffer<Double>
  private let mixed: AlignedBuffer<Double>

  init(_ theory: InteractingTheory, _ term: LocalTerm) {
    prior = theory.prior
    let field = theory.prior.freeField
    let nodes = SiteAction.nodes(theory, term, onLattice: field != nil)
    components = theory.prior.outputs
    stride = (nodes.sites.count + 7) / 8 * 8
    // Every architecture has a direct method; on a lattice one always applies.
    synthesizer = try! SynthesisPlan(architecture: theory.prior, sites: nodes.sites).makeSynthesizer()
    filter = field.map { SpectralFilter(shape: $0.lattice.sites, filter: $0.noiseFilter) }
    var moments = [Double](repeating: 0, count: term.sources.isEmpty ? 0 : components * stride)
    if !moments.isEmpty {
      for component in 0..<components {
        for (node, place) in nodes.places.enumerated() {
          moments[component * stride + place] += nodes.weights[node] * term.sources[component * nodes.weights.count + node]
        }
      }
    }
    vectorSources = NodeSources(values: moments)
    lengths = AlignedBuffer(count: stride, repeating: 0)
    single = AlignedBuffer(count: stride, repeating: 0)
    mixed = AlignedBuffer(count: components * stride, repeating: 0)
    super.init(theory, term, onLattice: field != nil)
    trial = AlignedBuffer(count: components * stride, repeating: 0)
  }

  override var fieldCount: Int { components * stride }

  override func synthesise(_ network: Network, into field: AlignedBuffer<Double>) {
    synthesizer.evaluateComponents(network.parameters, into: single.pointer) {
      (field.pointer + $0 * stride).update(from: single.pointer, count: count)
    }
  }

  /// |φ|² at every node.
  private func square(_ field: AlignedBuffer<Double>) {
    lengths.fill(with: 0)
    for component in 0..<components {
      let phi = field.pointer + component * stride
      for x in 0..<stride { lengths.pointer[x] += phi[x] * phi[x] }
    }
  }

  override func value(_ field: AlignedBuffer<Double>) -> Double {
    square(field)
    for x in 0..<stride { lengths.pointer[x] = lengths.pointer[x].squareRoot() }
    let sum = term.potential.sum(lengths.pointer, weight: weight.pointer, count: stride)
    return scale * (sum - vectorSources.sum(field.pointer)) + constant
  }

  override func value(mixing a: AlignedBuffer<Double>, _ fa: Double, with b: AlignedBuffer<Double>, _ fb: Double) -> Double {
    mix(a, fa, b, fb, into: mixed)
    return value(mixed)
  }

  override var differentiableBlocks: Set<Int> { filter == nil ? FeatureGradient.blocks(of: prior) : [0] }

  override func gradient(of network: Network, _ field: AlignedBuffer<Double>, into gradient: NetworkParameters) {
    square(field)
    for x in 0..<stride { lengths.pointer[x] = scale * weight[x] * term.potential.stiffness(square: lengths[x]) }
    for component in 0..<components {
      let (phi, slope) = (field.pointer + component * stride, mixed.pointer + component * stride)
      for x in 0..<stride { slope[x] = lengths[x] * phi[x] }
      if !vectorSources.values.isEmpty {
        for x in 0..<stride { slope[x] -= scale * vectorSources.values[component * stride + x] }
      }
    }
    guard let filter else { return features(network.parameters, slopes: mixed.pointer, stride: stride, into: gradient) }
    for component in 0..<components {
      filter.apply(mixed.pointer + component * stride, into: mixed.pointer + component * stride)
      gradient.block(0, component: component).update(from: mixed.pointer + component * stride, count: count)
    }
  }

  override func copyField(_ field: AlignedBuffer<Double>, into sites: UnsafeMutablePointer<Double>) {
    for component in 0..<components {
      (sites + component * count).update(from: field.pointer + component * stride, count: count)
    }
  }

  /// `Σ w (J·n) φ_a` over the nodes, for every component a.
  func pull(_ field: AlignedBuffer<Double>, along n: [Double]) -> [Double] {
    guard !vectorSources.values.isEmpty else { return n.map { _ in 0 } }
    return (0..<components).map { a in
      scale
        * (0..<count).reduce(0.0) { sum, x in
          let source = (0..<components).reduce(0.0) { $0 + n[$1] * vectorSources.values[$1 * stride + x] }
          return sum + source * field.pointer[a * stride + x]
        }
    }
  }

  override func virial(of network: Network, _ field: AlignedBuffer<Double>, _ other: LocalTerm) -> Double {
    square(field)
    var virial = 0.0
    for x in 0..<count { virial += weight[x] * lengths[x] * other.potential.stiffness(square: lengths[x]) }
    return scale * (virial - vectorSources.sum(field.pointer))
  }
}
