// SPDX-License-Identifier: GPL-3.0-or-later

import LatticeFields

/// The ways from parameters to fields.
public enum SynthesisMethod: String, Sendable, Hashable, CaseIterable {
  /// One vectorised cosine or exponential per neuron and site; any points.
  case direct
  /// Separable factors and a matrix product; plane waves fold the last axes by parity.
  case matrixProduct = "matrix-product"
  /// Plane waves spread in momentum space and transformed back, to a tolerance; d = 1 to 3.
  case nonuniformFFT = "nonuniform-fft"
  /// Neurons scattered into their lattice modes and one inverse FFT.
  case inverseFFT = "inverse-fft"
  /// A matrix product and an activation for each layer of a fully connected net; any points.
  case layers

  /// What the method does, for people.
  public var explanation: String {
    switch self {
    case .direct: "direct sum over neurons at every site"
    case .matrixProduct: "separable matrix product"
    case .nonuniformFFT: "type-1 non-uniform FFT"
    case .layers: "a matrix product and an activation for each layer"
    case .inverseFFT: "neurons scattered into lattice modes, one inverse FFT"
    }
  }
}

/// The `[fields]` table: how fields are evaluated. It never changes what is measured beyond the stated tolerance.
public struct FieldSettings: Sendable, Hashable {
  /// The method on lattices, or nil for the fastest (`method = "automatic"`, the default). Other points have `direct`, or `layers`.
  public let method: SynthesisMethod?
  /// Largest error of a field that the choice of method may introduce, in units of `√Σ c²`, c the neurons' amplitudes. Default 1e-9.
  public let tolerance: Double
  /// The precision of fields. Default double.
  public let precision: FieldPrecision

  /// States all settings.
  public init(method: SynthesisMethod? = nil, tolerance: Double = 1e-9, precision: FieldPrecision = .double) {
    self.method = method
    self.tolerance = tolerance
    self.precision = precision
  }

  /// What holds where nothing is set.
  public static let standard = FieldSettings()

  /// What `[fields]` is about, for those who set it where nothing heeds it.
  public static let scope = "[fields] says how the fields of independent networks are evaluated"

  /// The keys that differ from the default.
  public var givenKeys: [String] {
    (method == nil ? [] : ["method"]) + (tolerance == Self.standard.tolerance ? [] : ["tolerance"])
      + (precision == Self.standard.precision ? [] : ["precision"])
  }
}
