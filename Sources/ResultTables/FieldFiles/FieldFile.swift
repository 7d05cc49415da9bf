// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation

/// One array of a file of fields, as far as its header says.
public struct FieldArray: Sendable, Hashable, Codable {
  /// Its name in the archive, or its path in the HDF5 file: `phi`, `fields/phi`.
  public let name: String
  /// The extents of the array.
  public let shape: [Int]
  /// Its elements in words, `float32` for example; nil where they are no numbers that can be read.
  public let numbers: String?

  /// Numbers in it.
  public var count: Int { shape.reduce(1, *) }
}

/// A file of somebody's fields, NumPy's `.npz` and `.npy` or HDF5: what arrays it has, and their rows as double-precision numbers. Memory is that of the rows
/// asked for.
///
/// Elements may be floating-point numbers of 16, 32, 64 bits or x86 extended precision, or integers, of either byte order and in C or Fortran order.
/// Compressed members of `.npz` files are inflated into a file without a name first.
public final class FieldFile: Sendable {
  /// What the user called it.
  public let path: String
  /// Its arrays, in the order of the file.
  public let arrays: [FieldArray]
  private let content: any FieldContent

  /// Opens a file; its first bytes say of which kind it is. Every fault is a ``ResultFileError``.
  public init(path: String) throws(ResultFileError) {
    self.path = path
    let kind = try Self.kind(path)
    content = try Self.guarded(path) { () throws -> any FieldContent in
      switch kind {
      case .archive: try NumPyContent(archive: path)
      case .array: try NumPyContent(array: path)
      case .hdf5: try HDF5FieldContent(path)
      }
    }
    arrays = content.arrays
  }

  /// Whether a file is read by the HDF5 library, which damaged files can break; `isolated` checks do that first.
  public static func isHDF5(_ path: String) -> Bool { (try? kind(path)) == .hdf5 }

  private enum Kind { case archive, array, hdf5 }

  private static func kind(_ path: String) throws(ResultFileError) -> Kind {
    var status = stat()
    guard stat(path, &status) == 0, access(path, R_OK) == 0, let file = fopen(path, "rb") else {
      throw ResultFileError(description: "cannot read \(path): \(String(cString: strerror(errno))); check the path")
    }
    defer { fclose(file) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw fault(path, "this is no regular file") }
    var start = [UInt8](repeating: 0, count: 8)
    let count = fread(&start, 1, start.count, file)
    guard count > 0 else { throw fault(path, "the file is empty") }
    if start.starts(with: [0x50, 0x4B, 3, 4]) { return .archive }
    if start.starts(with: [0x93] + Array("NUMPY".utf8)) { return .array }
    if start == [0x89] + Array("HDF\r\n".utf8) + [0x1A, 0x0A] { return .hdf5 }
    throw fault(path, "this is no file of arrays")
  }

  /// A fault of a file of fields, with the cure that fits all of them.
  static func fault(_ path: String, _ problem: String) -> ResultFileError {
    ResultFileError(
      description:
        "\(path): \(problem); give arrays as numpy.savez, numpy.save, h5py or nnft sample write them (docs/outside-fields.md)")
  }

  /// Turns every failure into a fault of the file.
  private static func guarded<Result>(_ path: String, _ body: () throws -> Result) throws(ResultFileError) -> Result {
    do { return try body() } catch let failure as FileFailure { throw fault(path, failure.problem) } catch {
      throw fault(path, "\(error)")
    }
  }

  /// The array of a name, or nil.
  public func array(_ name: String) -> FieldArray? { arrays.first { $0.name == name } }

  /// Rows of an array, one after another in C order, into memory for `rows.count` of them. The first `leading` axes, one or two, are counted as one.
  public func read(
    _ array: FieldArray, rows: Range<Int>, leading: Int, into place: UnsafeMutablePointer<Double>
  ) throws(ResultFileError) {
    try Self.guarded(path) {
      guard array.numbers != nil else { throw FileFailure(problem: "\(array.name) holds no real numbers") }
      try content.read(array, rows: rows, leading: leading, into: place)
    }
  }

  /// All numbers of an array of at most a hundred million.
  public func numbers(_ array: FieldArray) throws(ResultFileError) -> [Double] {
    guard array.count <= 100_000_000 else { throw Self.fault(path, "\(array.name) has \(array.count) numbers, too many here") }
    guard array.count > 0 else { return [] }
    let place = UnsafeMutablePointer<Double>.allocate(capacity: array.count)
    defer { place.deallocate() }
    try read(array, rows: 0..<(array.shape.first ?? 1), leading: min(1, array.shape.count), into: place)
    return Array(UnsafeBufferPointer(start: place, count: array.count))
  }

  /// The texts of an array of texts of fixed length; nil where it holds something else.
  public func texts(_ name: String) throws(ResultFileError) -> [String]? {
    guard let array = array(name), array.numbers == nil, array.count <= 1_000_000 else { return nil }
    return try Self.guarded(path) { try content.texts(array) }
  }
}

/// How a kind of file gives its arrays.
protocol FieldContent: Sendable {
  var arrays: [FieldArray] { get }
  func read(_ array: FieldArray, rows: Range<Int>, leading: Int, into place: UnsafeMutablePointer<Double>) throws
  func texts(_ array: FieldArray) throws -> [String]?
}

extension FieldArray {
  /// Bytes of an array of this shape and elements of `width` bytes. Throws where they are more than there can be.
  static func checkedCount(_ shape: [Int], width: Int, of name: String) throws -> Int {
    var total = max(1, width)
    for extent in shape where extent != 0 {
      let (product, overflows) = total.multipliedReportingOverflow(by: extent)
      guard !overflows else { throw FileFailure(problem: "\(name) claims more numbers than there can be") }
      total = product
    }
    return shape.contains(0) ? 0 : width == 0 ? 0 : total
  }
}
