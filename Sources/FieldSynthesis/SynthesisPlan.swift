// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import LatticeFields
import NumericalKernels

/// A method was asked for that does not evaluate this architecture on these sites.
public struct InapplicableMethod: Fault {
  /// What the run fails of.
  public var kind: FaultKind { .usage }
  /// Which, and what there is instead.
  public let description: String
}

extension SiteSet {
  /// The points, those of a lattice in the order of its sites.
  var points: [Point] {
    switch self {
    case .points(let list, _): list
    case .lattice(let lattice): (0..<lattice.siteCount).map(lattice.position)
    }
  }
}

/// How fields of an architecture are evaluated on a site set: a pure function of both and of the tolerance, never of timing.
public struct SynthesisPlan: Sendable {
  /// The method by which fields are made from parameters.
  public let method: SynthesisMethod
  /// The architecture.
  public let architecture: any Architecture
  /// Where fields are wanted.
  public let sites: SiteSet
  /// The precision of the field.
  public let precision: FieldPrecision
  /// Largest error of a field the choice may introduce, in units of `√Σ c²`, c the neurons' amplitudes; in single precision at least
  /// ``singleTolerance``. Methods other than the non-uniform FFT are exact to rounding.
  public let tolerance: Double

  /// What single precision can keep, whatever is asked.
  public static let singleTolerance = 2e-6

  /// The fastest method by `SynthesisMethod.nanoseconds(_:_:tolerance:)`, or the one asked for, which must apply.
  public init(
    architecture: any Architecture, sites: SiteSet, method: SynthesisMethod? = nil,
    tolerance: Double = 1e-9, precision: FieldPrecision = .double
  ) throws(InapplicableMethod) {
    let tolerance = precision == .single ? max(tolerance, Self.singleTolerance) : tolerance
    let candidates = Self.candidates(architecture, sites, tolerance, precision)
    guard !candidates.isEmpty else {
      throw InapplicableMethod(
        description:
          architecture.freeField != nil || architecture.modes != nil
          ? "\(architecture.kind) has a field on the sites of its own lattice only"
            + (architecture.modes == nil
              ? ""
              : architecture.modes!.eigenfunctions == nil
                ? ", and between 0 and 1 where architecture.eigenfunctions are given" : " and at points between 0 and 1")
          : architecture.layers != nil
            ? "\(architecture.kind) has fields in double precision only"
            : "\(architecture.kind) has no fields in \(precision.rawValue) precision: its neurons exceed the range of the numbers"
      )
    }
    if let method, !candidates.contains(where: { $0.method == method }) {
      let names = candidates.map(\.method.rawValue).joined(separator: ", ")
      throw InapplicableMethod(
        description: "\(method.rawValue) does not evaluate \(architecture.kind) on these sites; there are: \(names)")
    }
    self.method = method ?? candidates.min { $0.nanoseconds < $1.nanoseconds }!.method
    self.architecture = architecture
    self.sites = sites
    self.tolerance = tolerance
    self.precision = precision
  }

  private static func candidates(
    _ architecture: any Architecture, _ sites: SiteSet, _ tolerance: Double, _ precision: FieldPrecision
  ) -> [(method: SynthesisMethod, nanoseconds: Double)] {
    SynthesisMethod.allCases.compactMap { candidate in
      candidate.nanoseconds(architecture, sites, tolerance: tolerance, precision: precision).map { (candidate, $0) }
    }
  }

  /// The fine grid of the non-uniform FFT.
  private var grid: NonuniformGrid? {
    guard case .lattice(let lattice) = sites else { return nil }
    return NonuniformGrid(
      sites: lattice.sites, count: architecture.width, tolerance: tolerance, roundoff: precision.roundoff)
  }

  /// Estimated nanoseconds a field, all components.
  public var nanoseconds: Double {
    Double(architecture.outputs) * method.nanoseconds(architecture, sites, tolerance: tolerance, precision: precision)!
  }

  /// The method and its cost, in one line for people.
  public var explanation: String {
    guard method == .nonuniformFFT, let grid else { return "\(method.explanation), \(precision.rawValue) precision" }
    let extents = grid.extents.map(String.init).joined(separator: "x")
    return
      "\(method.explanation) to \(tolerance) of the field, grid \(extents), kernel of \(grid.width) nodes, \(precision.rawValue) precision"
  }

  /// The methods that apply, with the planner's estimate in microseconds a field, fastest first.
  public var comparison: String {
    Self.candidates(architecture, sites, tolerance, precision)
      .sorted { $0.nanoseconds < $1.nanoseconds }
      .map { "\($0.method.rawValue) \(Self.brief($0.nanoseconds / 1000)) us" }
      .joined(separator: ", ")
  }

  /// A number in two significant digits.
  private static func brief(_ x: Double) -> String {
    guard x < 100 else { return "\(Int(x.rounded()))" }
    let digits = x >= 10 ? 1.0 : x >= 1 ? 10.0 : 100.0
    return "\((x * digits).rounded() / digits)"
  }

  /// A synthesizer with its own scratch memory, for one worker, of a plan in double precision.
  public func makeSynthesizer() -> any FieldSynthesizer<Double> {
    precondition(precision == .double)
    if let net = architecture.layers { return LayerByLayer(net, points: points) }
    guard let net = architecture.exponentials else { return synthesizer(Double.self) }
    guard method == .matrixProduct, case .lattice(let lattice) = sites else {
      return DirectExponentials(net, points: points)
    }
    return ExponentialProduct(net, lattice: lattice)
  }

  /// The same of a plan in single precision.
  public func makeSingleSynthesizer() -> any FieldSynthesizer<Float> {
    precondition(precision == .single)
    return synthesizer(Float.self)
  }

  private func synthesizer<Real: FieldReal>(_: Real.Type) -> any FieldSynthesizer<Real> {
    if let field = architecture.freeField { return GaussianField<Real>(field) }
    if let modes = architecture.modes { return ModeValues<Real>(modes, at: modes.places(points)!) }
    guard let net = architecture.planeWaves else {
      preconditionFailure("\(architecture.kind) states no neuron form; conform to PlaneWaveNet, ExponentialNet or LayeredNet")
    }
    switch (method, sites) {
    case (.inverseFFT, .lattice): return LatticeModeTransform<Real>(net.latticeModes!)
    case (.nonuniformFFT, .lattice(let lattice)):
      return PlaneWaveTransform<Real>(net, lattice: lattice, grid: grid!, tolerance: tolerance)
    case (.matrixProduct, .lattice(let lattice)): return PlaneWaveProduct<Real>(net, lattice: lattice)
    default: return DirectPlaneWaves<Real>(net, points: points)
    }
  }

  private var points: [Point] { sites.points }
}
