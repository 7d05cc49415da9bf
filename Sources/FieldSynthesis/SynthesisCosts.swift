// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import LatticeFields
import NumericalKernels

extension SynthesisMethod {
  /// Estimated nanoseconds a field on one current x86-64 core, or nil where the method does not apply.
  ///
  /// A pure function with committed constants (measured with AVX2 matrix products and AVX-512 loops; only ratios matter): nothing is timed at
  /// run time, so that equal plans choose equally on every machine.
  public func nanoseconds(
    _ architecture: any Architecture, _ sites: SiteSet, tolerance: Double, precision: FieldPrecision = .double
  ) -> Double? {
    // Exponentials span more than the range of single precision.
    if precision == .single && architecture.exponentials != nil { return nil }
    // A Gaussian field is no sum of neurons: two transforms, or nothing.
    if let field = architecture.freeField {
      guard self == .inverseFFT, case .lattice(field.lattice) = sites else { return nil }
      return 20 * Double(sites.count)
    }
    if let modes = architecture.modes {
      guard self == .direct, let places = modes.places(sites.points) else { return nil }
      return places.reduce(0.0) { if case .mode = $1 { $0 + 1 } else { $0 + Double(modes.width) } }
    }
    if let net = architecture.layers {
      guard self == .layers, precision == .double else { return nil }
      let site = net.hiddenLayers.reduce(Double(net.width)) {
        $0 + Double($1.width) * ($1.activation.nanoseconds + 0.1 * Double($1.inputs + 4))
      }
      return 500 + site * Double(sites.count)
    }
    let speed = precision == .single ? 0.6 : 1
    let neurons = Double(architecture.width)
    let work = neurons * Double(sites.count)
    switch (self, sites) {
    case (.direct, _):
      return speed * 0.32 * work + 15 * Double(sites.count)
    case (.matrixProduct, .lattice(let lattice)):
      guard architecture.planeWaves != nil || architecture.exponentials != nil else { return nil }
      let grid =
        architecture.planeWaves != nil
        ? SeparableGrid(foldedPlaneWavesOn: lattice) : SeparableGrid(wholeAxesOf: lattice)
      let tables = neurons * Double(grid.rows + grid.columns / 2)
      return speed * 0.034 * work + 0.5 * tables + 0.5 * Double(sites.count) + 6 * neurons + 500
    case (.nonuniformFFT, .lattice(let lattice)):
      guard architecture.planeWaves != nil else { return nil }
      return NonuniformGrid(
        sites: lattice.sites, count: architecture.width, tolerance: tolerance, roundoff: precision.roundoff)?
        .nanoseconds
    case (.inverseFFT, .lattice(let lattice)):
      guard architecture.latticeModes?.lattice == lattice else { return nil }
      return 5 * neurons + 4 * Double(sites.count)
    case (.layers, _), (_, .points):
      return nil
    }
  }
}

extension Activation {
  /// Time of one number in nanoseconds, with AVX-512.
  fileprivate var nanoseconds: Double {
    switch self {
    case .relu, .linear: 0.2
    case .erf, .tanh, .cosine, .sine: 1.5
    }
  }
}

extension FieldPrecision {
  /// Half the distance of 1 to the next number.
  var roundoff: Double { self == .single ? 0x1p-24 : 0x1p-53 }
}
