// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import FieldSynthesis
import FieldTheories
import LatticeFields
import NumericalKernels

/// Derivatives of a function of the field at nodes by all parameters of a net, from its derivatives `s_c(x) = ∂I/∂φ_c(x)` by the components of the field:
///
///     ∂I/∂v_ci = Σ_x s_c(x) f_i(x),      ∂I/∂θ = Σ_x Σ_i g_i(x) ∂f_i(x)/∂θ,   g_i = Σ_c s_c v_ci,
///
/// f the features and θ the hidden parameters of ``Architecture/adjointBlocks``. Memory: two numbers a neuron and node.
final class FeatureGradient {
  private let net: any Architecture
  private let weightBlock: Int
  private let count: Int
  private let features: any FeatureSynthesizer
  private let values: AlignedBuffer<Double>
  private let pulls: AlignedBuffer<Double>

  /// Of a net with output weights, at nodes.
  init(_ net: any Architecture, at nodes: SiteSet) {
    self.net = net
    let points: [Point] =
      switch nodes {
      case .lattice(let lattice): (0..<lattice.siteCount).map(lattice.position)
      case .points(let points, _): points
      }
    count = points.count
    weightBlock = net.layout.blocks.firstIndex(where: \.entersLinearly)!
    // Nets with blocks that have an adjoint have features.
    features = net.makeFeatures(at: points)!
    values = AlignedBuffer(count: count * net.width, repeating: 0)
    pulls = AlignedBuffer(count: count * net.width, repeating: 0)
  }

  /// The blocks by which it differentiates; none where a net has no features.
  static func blocks(of net: any Architecture) -> Set<Int> {
    let hidden = net.adjointBlocks
    guard !hidden.isEmpty, let weights = net.layout.blocks.firstIndex(where: \.entersLinearly) else { return [] }
    return hidden.union([weights])
  }

  /// Writes the derivatives; the slopes of component c begin at `c stride`.
  func callAsFunction(
    _ parameters: NetworkParameters, slopes: UnsafePointer<Double>, stride: Int, into gradient: NetworkParameters
  ) {
    let n = net.width
    features.evaluateFeatures(parameters, into: values.pointer)
    pulls.fill(with: 0)
    for component in 0..<net.outputs {
      let (v, byWeight) = (
        parameters.block(weightBlock, component: component), gradient.block(weightBlock, component: component)
      )
      byWeight.update(repeating: 0, count: n)
      for x in 0..<count {
        let (s, f, g) = (slopes[component * stride + x], values.pointer + x * n, pulls.pointer + x * n)
        for i in 0..<n {
          byWeight[i] += s * f[i]
          g[i] += s * v[i]
        }
      }
    }
    features.adjoint(parameters, of: pulls.pointer, into: gradient)
  }
}
