// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import LatticeFields

/// Evaluates fields: parameters of one network in, its values on a fixed set of sites out.
///
/// One instance belongs to one worker (it owns scratch memory). Results depend on the parameters and the plan only.
public protocol FieldSynthesizer: AnyObject {
  /// Writes φ_θ at every site of the plan's site set, in its order.
  func evaluate(_ parameters: NetworkParameters, into field: UnsafeMutablePointer<Double>)
}

/// How fields of an architecture are evaluated on a site set: chosen by a pure function of both, never by timing.
public struct SynthesisPlan: Sendable {
  /// The methods.
  public enum Method: String, Sendable, Hashable, CaseIterable {
    /// One vectorised cosine or exponential per neuron and site; any points.
    case direct
    /// Separable factors and a matrix product; plane waves fold the last axes by parity.
    case matrixProduct = "matrix-product"
    /// Neurons scattered into their lattice modes and one inverse FFT.
    case inverseFFT = "inverse-fft"
  }

  /// The method.
  public let method: Method
  /// The architecture.
  public let architecture: any Architecture
  /// Where fields are wanted.
  public let sites: SiteSet

  /// Chooses the method, or takes the one asked for where it applies.
  ///
  /// Points are always direct. A net of lattice modes on its own lattice is one inverse FFT. Everything else on a lattice
  /// is a matrix product, which beats direct sums from a handful of neurons on.
  public init(architecture: any Architecture, sites: SiteSet, method: Method? = nil) {
    self.architecture = architecture
    self.sites = sites
    let best: Method
    switch sites {
    case .points: best = .direct
    case .lattice(let lattice):
      best =
        (architecture as? any LatticeModeNet)?.lattice == lattice ? .inverseFFT : .matrixProduct
    }
    switch (method, best) {
    case (.direct?, _): self.method = .direct
    case (.matrixProduct?, .inverseFFT): self.method = .matrixProduct
    default: self.method = best
    }
  }

  /// One line for people.
  public var explanation: String {
    switch method {
    case .direct: "direct sum over neurons at every site, double precision"
    case .matrixProduct: "separable matrix product, double precision"
    case .inverseFFT: "neurons scattered into lattice modes, one inverse FFT, double precision"
    }
  }

  /// A synthesizer with its own scratch memory, for one worker.
  public func makeSynthesizer() -> any FieldSynthesizer {
    switch (sites, method) {
    case (.lattice(let lattice), .inverseFFT):
      if let net = architecture as? any LatticeModeNet, net.lattice == lattice {
        return LatticeModeTransform(net)
      }
    case (.lattice(let lattice), .matrixProduct):
      if let net = architecture as? any PlaneWaveNet {
        return PlaneWaveProduct(net, lattice: lattice)
      }
      if let net = architecture as? any ExponentialNet {
        return ExponentialProduct(net, lattice: lattice)
      }
    default: break
    }
    let points: [Point]
    switch sites {
    case .points(let list, _): points = list
    case .lattice(let lattice): points = (0..<lattice.siteCount).map(lattice.position)
    }
    if let net = architecture as? any PlaneWaveNet { return DirectPlaneWaves(net, points: points) }
    if let net = architecture as? any ExponentialNet {
      return DirectExponentials(net, points: points)
    }
    preconditionFailure(
      "\(architecture.kind) states no neuron form; conform to PlaneWaveNet or ExponentialNet")
  }
}
