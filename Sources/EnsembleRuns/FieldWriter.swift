// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import Draws
import FieldSynthesis
import FieldTheories

extension SynthesisPlan {
  /// A workspace for the plan's fields and precision, and the function that writes the field of a network into it; for one worker.
  public func makeWorkspace() -> (workspace: DrawWorkspace, write: (NetworkParameters) -> Void) {
    let workspace = DrawWorkspace(sites: sites, precision: precision)
    if let field = workspace.singleField {
      let synthesizer = makeSingleSynthesizer()
      return (workspace, { synthesizer.evaluate($0, into: field.pointer) })
    }
    let (synthesizer, field) = (makeSynthesizer(), workspace.field)
    return (workspace, { synthesizer.evaluate($0, into: field.pointer) })
  }
}
