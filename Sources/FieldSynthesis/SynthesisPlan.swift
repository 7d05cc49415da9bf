// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import LatticeFields
import NumericalKernels

/// A method was asked for that does not evaluate this architecture on these sites.
public struct InapplicableMethod: Error, Sendable, CustomStringConvertible {
  /// Which, and what there is instead.
  public let description: String
}

/// How fields of an architecture are evaluated on a site set: a pure function of both and of the tolerance, never of timing.
public struct SynthesisPlan: Sendable {
  /// The method.
  public let method: SynthesisMethod
  /// The architecture.
  public let architecture: any Architecture
  /// Where fields are wanted.
  public let sites: SiteSet
  /// Largest error of a field the choice may introduce, in units of `√Σ c²`, c the neurons' amplitudes. Methods other than the
  /// non-uniform FFT are exact to rounding.
  public let tolerance: Double

  /// The fastest method by ``SynthesisMethod/nanoseconds(_:_:tolerance:)``, or the one asked for, which must apply.
  public init(
    architecture: any Architecture, sites: SiteSet, method: SynthesisMethod? = nil,
    tolerance: Double = 1e-9
  ) throws(InapplicableMethod) {
    let candidates = SynthesisMethod.allCases.compactMap { candidate in
      candidate.nanoseconds(architecture, sites, tolerance: tolerance).map { (candidate, $0) }
    }
    if let method, !candidates.contains(where: { $0.0 == method }) {
      let names = candidates.map(\.0.rawValue).joined(separator: ", ")
      throw InapplicableMethod(
        description: "\(method.rawValue) does not evaluate \(architecture.kind) on these sites; there are: \(names)")
    }
    self.method = method ?? candidates.min { $0.1 < $1.1 }!.0
    self.architecture = architecture
    self.sites = sites
    self.tolerance = tolerance
  }

  /// One line for people.
  public var explanation: String {
    guard method == .nonuniformFFT, case .lattice(let lattice) = sites,
      let grid = NonuniformGrid(sites: lattice.sites, count: architecture.width, tolerance: tolerance)
    else { return "\(method.explanation), double precision" }
    let extents = grid.extents.map(String.init).joined(separator: "x")
    return "\(method.explanation) to \(tolerance) of the field, grid \(extents), kernel of \(grid.width) nodes, double precision"
  }

  /// The methods that apply, with the planner's estimate in microseconds a field, fastest first.
  public var comparison: String {
    SynthesisMethod.allCases.compactMap { candidate in
      candidate.nanoseconds(architecture, sites, tolerance: tolerance).map { (candidate, $0 / 1000) }
    }
    .sorted { $0.1 < $1.1 }
    .map { "\($0.rawValue) \(Self.brief($1)) us" }
    .joined(separator: ", ")
  }

  /// Two significant digits.
  private static func brief(_ x: Double) -> String {
    guard x < 100 else { return "\(Int(x.rounded()))" }
    let digits = x >= 10 ? 1.0 : x >= 1 ? 10.0 : 100.0
    return "\((x * digits).rounded() / digits)"
  }

  /// A synthesizer with its own scratch memory, for one worker.
  public func makeSynthesizer() -> any FieldSynthesizer {
    switch (method, sites) {
    case (.inverseFFT, .lattice): return LatticeModeTransform(architecture as! any LatticeModeNet)
    case (.nonuniformFFT, .lattice(let lattice)):
      return PlaneWaveTransform(architecture as! any PlaneWaveNet, lattice: lattice, tolerance: tolerance)
    case (.matrixProduct, .lattice(let lattice)):
      if let net = architecture as? any PlaneWaveNet { return PlaneWaveProduct(net, lattice: lattice) }
      return ExponentialProduct(architecture as! any ExponentialNet, lattice: lattice)
    default: break
    }
    let points: [Point]
    switch sites {
    case .points(let list, _): points = list
    case .lattice(let lattice): points = (0..<lattice.siteCount).map(lattice.position)
    }
    if let net = architecture as? any PlaneWaveNet { return DirectPlaneWaves(net, points: points) }
    if let net = architecture as? any ExponentialNet { return DirectExponentials(net, points: points) }
    preconditionFailure("\(architecture.kind) states no neuron form; conform to PlaneWaveNet or ExponentialNet")
  }
}
