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

/// All architectures.
public enum ArchitectureRegistry {
  /// One line per architecture.
  public static let entries: [ArchitectureEntry] = [
    CosNet.entry, GaussNet.entry, ScalarNet.entry, LatticeAlphaNet.entry, AlphaNet.entry, EuclideanNet.entry,
    DenseNet.entry, SineNet.entry, DeepNet.entry, FreeLatticeField.entry,
  ]

  /// The entry of a kind.
  public static func entry(_ kind: String) -> ArchitectureEntry? { entries.first { $0.kind == kind } }
}
