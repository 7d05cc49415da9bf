// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation

/// One array of a file of networks: a row a network.
public struct SampleArray: Sendable {
  /// Its group and name, as in `parameters/momentum`.
  public let name: String
  /// The shape of a row.
  public let rowShape: [Int]
  /// Floats rather than doubles.
  public let isSingle: Bool

  /// An array of rows of one shape, in double precision unless said otherwise.
  public init(_ name: String, rowShape: [Int], isSingle: Bool = false) {
    self.name = name
    self.rowShape = rowShape
    self.isSingle = isSingle
  }

  /// Bytes of a row.
  public var rowBytes: Int { rowShape.reduce(isSingle ? 4 : 8, *) }
}

/// What a file of networks holds beside its rows (docs/formats.md).
public struct SampleDescription: Sendable {
  /// Where the networks come from.
  public let provenance: Provenance
  /// The resolved theory as the text of a theory file.
  public let theory: String
  /// Number of networks.
  public let draws: Int
  /// How many draws each chain or population has, where there are several; nil where all draws are one row of them.
  public let groups: (count: Int, draws: Int)?
  /// How draws depend on each other, for those who measure the fields; nil for independent ones.
  public let dependence: String?
  /// The set of each point; empty on a lattice.
  public let sets: [String]
  /// The arrays, in order.
  public let arrays: [SampleArray]
  /// Where the fields are: lists of coordinates, `x1` and so on, of a lattice's axes, or of all points.
  public let coordinates: [(name: String, values: [Double])]

  /// A description.
  public init(
    provenance: Provenance, theory: String, draws: Int, groups: (count: Int, draws: Int)? = nil, dependence: String? = nil,
    arrays: [SampleArray], coordinates: [(name: String, values: [Double])], sets: [String] = []
  ) {
    self.groups = groups
    self.dependence = dependence
    self.sets = sets
    self.provenance = provenance
    self.theory = theory
    self.draws = draws
    self.arrays = arrays
    self.coordinates = coordinates
  }

  /// The axes that count draws.
  public var leading: [Int] { groups.map { [$0.count, $0.draws] } ?? [draws] }

  /// Bytes of all rows; a floating-point number, because a plan that nobody can carry out is still to be described.
  public var byteCount: Double { arrays.reduce(0) { $0 + Double($1.rowBytes) } * Double(draws) }

  /// The arrays that are the same for all networks.
  var constants: [(group: String, array: NamedArray)] {
    let entries = provenance.entries
    let meta: [NamedArray] = [
      .texts("program", [entries.first { $0.key == "program" }?.value ?? ""], shape: []),
      .texts("provenance", entries.flatMap { [$0.key, $0.value] }, shape: [entries.count, 2]),
      .texts("theory", [theory], shape: []),
    ]
    return meta.map { ("meta", $0) } + (dependence.map { [("meta", .texts("dependence", [$0], shape: []))] } ?? [])
      + coordinates.map { ("sites", .numbers($0.name, $0.values)) } + (sets.isEmpty ? [] : [("sites", .texts("set", sets))])
  }
}

/// A way to store networks. The rows come in order, so that memory stays flat and equal networks give equal bytes.
public enum SampleFormat: String, Sendable, CaseIterable {
  /// HDF5, in chunks of whole networks.
  case hdf5
  /// NumPy archive, up to 4 GiB.
  case npz

  /// Endings of file names that choose it.
  public var endings: [String] { self == .hdf5 ? [".h5", ".hdf5"] : [".npz"] }

  /// Appends networks: for each array of the description, memory that holds so many rows.
  public typealias Append = (_ rows: Int, _ blocks: [UnsafeRawPointer]) throws -> Void

  /// Puts rows of an array of the description where they belong, whatever was written before; one call at a time. Rows of several groups are numbered through, and
  /// those of one call belong to one group.
  public typealias Put = (_ array: Int, _ first: Int, _ rows: Int, _ block: UnsafeRawPointer) throws -> Void

  /// Writes the file at `path` whole: `body` must put all rows of all arrays.
  public func write(
    _ description: SampleDescription, path: String, force: Bool, _ body: (Put) throws -> Void
  ) throws {
    try AtomicFile.stage(path: path, force: force) { temporary in
      do {
        switch self {
        case .hdf5: try HDF5SampleFile.write(description, temporary, body)
        case .npz: try NPZSampleFile.write(description, temporary, body)
        }
      } catch let failure as FileFailure {
        // HDF5 does not say why the system refused.
        let reason = [ENOSPC, EFBIG, EDQUOT].contains(errno) ? " (\(String(cString: strerror(errno))))" : ""
        throw FileWriteError(
          description: "cannot write \(path): \(failure.problem)\(reason); free some space or choose another place",
          isUsage: false)
      }
    }
  }
}
