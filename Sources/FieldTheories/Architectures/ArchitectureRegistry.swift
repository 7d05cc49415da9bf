// SPDX-License-Identifier: GPL-3.0-or-later

import LatticeFields

/// How one kind of architecture is read from a theory file. Each architecture file provides one entry; the list below **is** what
/// CLI help, `nnft list`, `nnft new` and the parametrised tests read.
public struct ArchitectureEntry: Sendable {
  /// The word after `kind =`.
  public let kind: String
  /// One line for `nnft list`.
  public let summary: String
  /// A complete, commented theory file (`nnft new`): every key with meaning, unit and default.
  public let template: String
  /// Reads the `[architecture]` block. `lattice` is the file's lattice. Throws `TheoryFileError` through the block's `fault`.
  public let make: @Sendable (_ block: TheoryBlock, _ dimension: Int, _ lattice: Lattice) throws -> any Architecture

  /// An entry of the registry.
  public init(
    kind: String, summary: String, template: String,
    make: @escaping @Sendable (TheoryBlock, Int, Lattice) throws -> any Architecture
  ) {
    self.kind = kind
    self.summary = summary
    self.template = template
    self.make = make
  }
}

// The last tables of templates, which end with an empty line.
extension ArchitectureEntry {
  /// A window on an invariant field.
  static let window = """
    # where the field is measured
    [lattice]
    sites = [64, 64]              # sites along each axis
    spacing = 0.25                # a, in units of length
    boundary = "open"             # the field lives on infinite space, the lattice is a window

    [run]
    draws = 20000                 # independent networks
    seed = 1

    """

  /// A window on a field that knows the origin.
  static let windowAtOrigin = """
    # The field knows the origin: n-point functions at chosen points come from --points FILE,
    # the lattice serves sums over the window and samples of fields.
    [lattice]
    sites = [16, 16]              # sites along each axis
    spacing = 0.25                # a, in units of length
    boundary = "open"             # a window on infinite space, centred on the origin

    [run]
    draws = 20000                 # independent networks
    seed = 1

    """
}

extension TheoryBlock {
  /// The key `width`: the number of neurons N.
  func width() throws -> Int { try integer("width", in: 1...100_000_000) }
}

/// All architectures.
public enum ArchitectureRegistry {
  /// One line per architecture.
  public static let entries: [ArchitectureEntry] = [
    CosNet.entry, GaussNet.entry, ScalarNet.entry, LatticeAlphaNet.entry, AlphaNet.entry, EuclideanNet.entry,
    DenseNet.entry, SineNet.entry, DeepNet.entry, FreeLatticeField.entry, ModeExpansion.entry,
  ]

  /// The entry of a kind.
  public static func entry(_ kind: String) -> ArchitectureEntry? { entries.first { $0.kind == kind } }
}
