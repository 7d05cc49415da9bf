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
    /// Separable phase factors and a matrix product over half of the last axes, unfolded by parity.
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
}
