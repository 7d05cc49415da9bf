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

extension FieldSynthesizer {
  /// Writes every component of the field in turn to `field`, aligned memory, and hands on its number.
  public func evaluateComponents(
    _ parameters: NetworkParameters, into field: UnsafeMutablePointer<Real>, _ body: (_ component: Int) -> Void
  ) {
    let outputs = parameters.outputs
    for component in 0..<outputs {
      evaluate(outputs == 1 ? parameters : parameters.network(ofOutput: component), into: field)
      body(component)
    }
  }
}
