// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import FieldSynthesis
import FieldTheories
import Foundation
import LatticeFields
import NumericalKernels

/// One drawn network, its fields by the method under test, and the same fields by direct sums in extended precision (x86 only).
struct DrawnNetwork {
  let net: any Architecture
  let parameters: NetworkParameters

  init(_ net: any Architecture, draw: UInt64 = 0) {
    self.net = net
    parameters = NetworkParameters(layout: net.layout)
    net.drawParameters(RandomStream(seed: 11, stream: net.streamName), draw: draw, into: parameters)
  }

  /// The field by a method on a site set.
  func field(on sites: SiteSet, method: SynthesisMethod? = nil) -> [Double] {
    evaluate(
      try! SynthesisPlan(architecture: net, sites: sites, method: method).makeSynthesizer(),
      count: sites.count)
  }

  /// The field by a synthesizer that may have been used before.
  func evaluate(_ synthesizer: any FieldSynthesizer<Double>, count: Int) -> [Double] {
    let field = AlignedBuffer<Double>(count: count, repeating: .nan)
    synthesizer.evaluate(parameters, into: field.pointer)
    return field.array
  }

  /// Direct sums over neurons, with the largest error allowed: `1e-14 + 4e-16 max Σ_μ |k_μ x_μ|` of `Σ|c|` for plane waves, and
  /// for exponentials `4e-15 (1 + exponents)` of every term's size.
  func extendedField(at points: [Point]) -> (values: [Float80], tolerance: Float80) {
    let c = AlignedBuffer<Double>(count: net.width, repeating: 0)
    if let net = net as? any PlaneWaveNet {
      net.amplitudes(parameters, into: c.pointer)
      let scale = c.array.reduce(0) { $0 + abs(Float80($1)) }
      let phases = parameters.block(net.phaseBlock)
      var largest: Float80 = 0
      let values = points.map { x in
        (0..<net.width).reduce(Float80(0)) { sum, i in
          let terms = products(net.momentumBlock, neuron: i, x)
          largest = max(largest, terms.reduce(0) { $0 + abs($1) })
          return sum + Float80(c[i]) * cos(terms.reduce(Float80(phases[i]), +))
        }
      }
      return (values, (1e-14 + 4e-16 * largest) * scale)
    }
    let net = net as! any ExponentialNet
    net.amplitudes(parameters, into: c.pointer)
    let biases = parameters.block(net.biasBlock)
    let (constant, quadratic) = net.normalisation
    var tolerance: Float80 = 0
    let values = points.map { x in
      let envelope =
        Float80(quadratic) * (0..<net.dimension).reduce(0) { $0 + Float80(x[$1]) * Float80(x[$1]) }
      var (sum, allowed): (Float80, Float80) = (0, 1e-300)
      for i in 0..<net.width {
        let terms =
          products(net.momentumBlock, neuron: i, x) + [
            Float80(biases[i]), -Float80(constant), -envelope,
          ]
        let term = Float80(c[i]) * exp(terms.reduce(0, +))
        sum += term
        allowed += abs(term) * (1 + terms.reduce(0) { $0 + abs($1) }) * 4e-15
      }
      tolerance = max(tolerance, allowed)
      return sum
    }
    return (values, tolerance)
  }

  /// Norm `√Σ c²` of the amplitudes.
  var amplitudeNorm: Double {
    let c = AlignedBuffer<Double>(count: net.width, repeating: 0)
    (net as! any PlaneWaveNet).amplitudes(parameters, into: c.pointer)
    return c.array.reduce(0) { $0 + $1 * $1 }.squareRoot()
  }

  private func products(_ block: Int, neuron: Int, _ x: Point) -> [Float80] {
    (0..<net.dimension).map {
      Float80(parameters.block(block, component: $0)[neuron]) * Float80(x[$0])
    }
  }

  /// Largest deviation of `field` from the extended sums, in units of the allowed one, over at most 500 sites spread over the set.
  func deviation(_ field: [Double], at points: [Point]) -> Double {
    let stride = max(1, points.count / 500)
    let chosen = Swift.stride(from: 0, to: points.count, by: stride).map { $0 } + [points.count - 1]
    let (values, tolerance) = extendedField(at: chosen.map { points[$0] })
    return zip(chosen, values).map { Double(abs(Float80(field[$0]) - $1) / tolerance) }.reduce(0) {
      $1.isNaN ? .infinity : max($0, $1)
    }
  }
}

extension Lattice {
  /// Positions of all sites.
  var positions: [Point] { (0..<siteCount).map(position) }
}
