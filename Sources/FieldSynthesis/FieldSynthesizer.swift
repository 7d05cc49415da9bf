// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import FieldTheories
import NumericalKernels

/// Evaluates fields: parameters of one network in, its values on a fixed set of sites out.
///
/// One instance belongs to one worker (it owns scratch memory). Results depend on the parameters and the plan only.
public protocol FieldSynthesizer<Real>: AnyObject {
  /// The precision of the field.
  associatedtype Real: FieldReal
  /// Writes φ_θ at every site of the plan's site set, in its order.
  func evaluate(_ parameters: NetworkParameters, into field: UnsafeMutablePointer<Real>)
}
