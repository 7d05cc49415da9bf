// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import LatticeFields

/// One term of an interacting theory's weight `exp(−Σ_a I_a[φ])`: a local functional `I = ∫ [V(φ) − J(x) φ]` on a region of its own, and of modes a function of
/// their squared length beside it (``length``).
///
/// The insertions of one region add up to one ``LocalTerm``; an insertion states its own share, what it means, and nothing
/// about samplers.
public protocol Insertion: Sendable {
  /// The registered name, as in `kind = "phi4"`.
  var kind: String { get }
  /// Where it acts.
  var region: any InsertionRegion { get }
  /// V, the same everywhere in the region.
  var potential: LocalPotential { get }
  /// J at every node of the region, in their order; empty where no source depends on the place.
  var sources: [Double] { get }
  /// The part that is no integral over places; nil of all but the length of modes.
  var length: LengthTerm? { get }
  /// V in words and formulas with its coupling in the conventions of the literature, a line each.
  var description: [String] { get }
  /// Everything that identifies the insertion; enters the name of the random stream.
  var streamName: String { get }
}

extension Insertion {
  /// Kind, potential, sources and region.
  public var streamName: String {
    "\(kind)(\(potential.formula)\(sources.isEmpty ? "" : ", J = \(sources)")) on \(region.streamName)"
  }

  /// No source depends on the point unless an insertion says so.
  public var sources: [Double] { [] }
  /// Nothing but integrals.
  public var length: LengthTerm? { nil }
}

/// What an insertion may look at while it is read.
public struct InsertionContext: Sendable {
  /// The ensemble it is inserted into.
  public let architecture: any Architecture
  /// The theory's lattice.
  public let lattice: Lattice
  /// Where data may come from beside the theory file.
  public let sources: DataSources?

  /// A context of an architecture and a lattice.
  public init(architecture: any Architecture, lattice: Lattice, sources: DataSources? = nil) {
    self.architecture = architecture
    self.lattice = lattice
    self.sources = sources
  }

  /// `<φ(x)²>` of the free ensemble at the centre of the lattice, where a closed form is known.
  public var freeVariance: Double? { architecture.exactValue(.moment([.zero, .zero]), lattice: lattice) }
}

/// How one kind of insertion is read from a theory file. Each insertion file provides one entry; the list below **is** what CLI
/// help, documents and parametrised tests read.
public struct InsertionEntry: Sendable {
  /// The word after `kind =`.
  public let kind: String
  /// One line for lists.
  public let summary: String
  /// A commented `[[insertion]]` table: every key with meaning and default.
  public let template: String
  /// Whether its own keys say where it acts, so that it takes none of a region.
  public let bringsRegion: Bool
  /// Whether it is defined for a field of several components: an even potential is a function of the length of the vector, φ² standing for φ·φ.
  public let actsOnVectors: Bool
  /// Reads the table; `kind`, and `region` with its keys where it does not bring one, have been read.
  public let make:
    @Sendable (_ block: TheoryBlock, _ region: any InsertionRegion, _ context: InsertionContext) throws -> any Insertion

  /// An entry of the registry.
  public init(
    kind: String, summary: String, template: String, bringsRegion: Bool = false, actsOnVectors: Bool = false,
    make: @escaping @Sendable (TheoryBlock, any InsertionRegion, InsertionContext) throws -> any Insertion
  ) {
    self.kind = kind
    self.summary = summary
    self.template = template
    self.bringsRegion = bringsRegion
    self.actsOnVectors = actsOnVectors
    self.make = make
  }

  /// The keys of its table, those of the regions included.
  var keys: [String] {
    KeyLocator(template).entries.map(\.key).filter { $0.hasPrefix("insertion.") }.map { String($0.dropFirst(10)) }
      + (bringsRegion ? [] : InsertionRegions.keys)
  }
}

/// A converted coupling as people write it: twelve significant digits.
func couplingText(_ value: Double) -> String {
  guard value != 0, value.isFinite else { return "\(value)" }
  let scale = pow(10, 11 - log10(abs(value)).rounded(.down))
  return "\(scale.isFinite && scale > 0 ? (value * scale).rounded() / scale : value)"
}

/// All insertions.
public enum InsertionRegistry {
  /// One line per insertion.
  public static let entries: [InsertionEntry] = [
    QuarticInsertion.entry, MassInsertion.entry, SexticInsertion.entry, PolynomialInsertion.entry,
    NormalOrderedInsertion.entry, SourceInsertion.entry, DataInsertion.entry, LengthInsertion.entry,
  ]

  /// The entry of a kind.
  public static func entry(_ kind: String) -> InsertionEntry? { entries.first { $0.kind == kind } }
}
