// SPDX-License-Identifier: GPL-3.0-or-later

/// The number D of components of a field, the outputs of its network, as a theory file states it.
///
///     φ_a(x) = N^{-1/2} Σ_i v_ai φ_i(x),  a = 1 … D,       <v_a v_b> = σ² δ_ab
///
/// All outputs share the neurons. Where the law of the vector v_i is invariant under O(D), gaussian or uniform on a sphere, so are all correlators at every width: a
/// rotation of outputs is one of the parameters. Source: arXiv:2408.00082 sec. 4.2, "Symmetries", for the argument; docs/decisions/0023-components.md for the layout.
enum OutputComponents {
  /// The key beside `weights`.
  static let key = "outputs"
  /// The line of templates that explains it.
  static let template =
    "# \(key) = 2                   # D, components of the field, each with output weights of its own; default 1"
  /// The greatest number of components.
  static let greatest = 64

  /// `outputs` of `[architecture]` put into the architecture; one where it is not given.
  static func read(_ block: TheoryBlock, _ architecture: any Architecture) throws -> any Architecture {
    _ = block.value(key)
    guard block.has(key) else { return architecture }
    let count = try block.integer(key, in: 1...greatest)
    guard let complete = architecture.with(outputs: count) else {
      throw block.fault(
        key, "\(architecture.kind) here has one output\(architecture.scalable == nil ? "" : ": its weights are positive")",
        cure: architecture.scalable == nil ? "leave the key out" : "use weights of either sign")
    }
    return complete
  }
}
