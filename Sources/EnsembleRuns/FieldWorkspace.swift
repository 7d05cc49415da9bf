// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import Draws
import FieldSynthesis
import FieldTheories
import LatticeFields

extension SynthesisPlan {
  /// A workspace for the plan's fields and precision, and the function that writes the field of a network into it; for one worker.
  public func makeWorkspace(cutoff: Double? = nil) -> (workspace: DrawWorkspace, write: (NetworkParameters) -> Void) {
    let workspace = DrawWorkspace(
      sites: sites, precision: precision, unit: precision == .single ? fieldUnit : 1, components: architecture.outputs,
      cutoff: cutoff)
    if let field = workspace.singleField {
      let synthesizer = makeSingleSynthesizer()
      return (workspace, { synthesizer.evaluateComponents($0, into: field.pointer) { workspace.keep(component: $0) } })
    }
    let (synthesizer, field) = (makeSynthesizer(), workspace.field)
    return (workspace, { synthesizer.evaluateComponents($0, into: field.pointer) { workspace.keep(component: $0) } })
  }

  /// The power of two below the exact size of the field at the origin, as far as single precision knows it and its inverse; 1 where it is not known.
  private var fieldUnit: Double {
    guard case .lattice(let lattice) = sites,
      let size = architecture.exactValue(.moment([.zero, .zero]), lattice: lattice)?.squareRoot(), size > 0, size.isFinite
    else { return 1 }
    return Double(sign: .plus, exponent: min(126, max(-126, size.exponent)), significand: 1)
  }
}
