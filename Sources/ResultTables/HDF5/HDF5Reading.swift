// SPDX-License-Identifier: GPL-3.0-or-later

internal import CHDF5

/// An open group of a file that is being read.
struct HDF5Source: ArraySource {
  private let id: hid_t
  /// The group's path, for messages.
  let path: String
  /// Bytes of the whole file: what its datasets claim is held against it before memory is taken.
  private let fileSize: Int

  /// Opens a file of `fileSize` bytes and hands its root to `body`.
  static func file<Result: Sendable>(
    _ path: String, fileSize: Int, _ body: (HDF5Source) throws -> Result
  ) throws -> Result {
    try HDF5Library.exclusively {
      guard H5Fis_hdf5(path) > 0 else { throw FileFailure(problem: "this is no HDF5 file") }
      // Some network file systems know no locks, and a reader needs none.
      let file = try HDF5Library.with(H5Pcreate(nn_H5P_FILE_ACCESS()), "make properties", close: H5Pclose) { access in
        try HDF5Library.check(H5Pset_file_locking(access, false, true), "leave out locks")
        return H5Fopen(path, nn_H5F_ACC_RDONLY(), access)
      }
      guard file >= 0 else { throw FileFailure(problem: "this HDF5 file is damaged or cut short") }
      return try HDF5Library.with(file, "read the file", close: H5Fclose) { file in
        try HDF5Library.with(H5Gopen2(file, "/", 0), "open the root", close: H5Gclose) {
          try body(HDF5Source(id: $0, path: "", fileSize: fileSize))
        }
      }
    }
  }

  /// A group below this one.
  func group<Result>(_ name: String, _ body: (HDF5Source) throws -> Result) throws -> Result {
    guard try has(name) else { throw FileFailure(problem: "group \(path)/\(name) is missing") }
    return try HDF5Library.with(H5Gopen2(id, name, 0), "open group \(path)/\(name)", close: H5Gclose) {
      try body(HDF5Source(id: $0, path: "\(path)/\(name)", fileSize: fileSize))
    }
  }

  /// Names of the members in the order in which they were made, or by name where that was not kept.
  func members() throws -> [String] {
    var information = H5G_info_t()
    try HDF5Library.check(H5Gget_info(id, &information), "list group \(path)")
    return try (0..<information.nlinks).map { index in
      func name(_ order: H5_index_t, _ buffer: UnsafeMutablePointer<CChar>?, _ size: Int) -> Int {
        H5Lget_name_by_idx(id, ".", order, H5_ITER_INC, index, buffer, size, 0)
      }
      let order = name(H5_INDEX_CRT_ORDER, nil, 0) >= 0 ? H5_INDEX_CRT_ORDER : H5_INDEX_NAME
      let length = name(order, nil, 0)
      guard (0...4096).contains(length) else { throw FileFailure(problem: "cannot list group \(path)") }
      var buffer = [CChar](repeating: 0, count: length + 1)
      guard name(order, &buffer, buffer.count) == length else {
        throw FileFailure(problem: "cannot list group \(path)")
      }
      return String(decoding: buffer.prefix(length).map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
  }

  /// Whether the group has a member of that name. Links that lead elsewhere, perhaps to other files, are refused.
  func has(_ name: String) throws -> Bool {
    guard H5Lexists(id, name, 0) > 0 else { return false }
    guard nn_is_hard_link(id, name) != 0 else {
      throw wrong(name, "is a link to somewhere else; copy what it means into the file")
    }
    return true
  }

  /// A dataset of numbers, row-major.
  func numbers(_ name: String) throws -> (values: [Double], shape: [Int]) {
    try dataset(name) { dataset, type, shape, count in
      let kind = H5Tget_class(type)
      guard kind == H5T_FLOAT || kind == H5T_INTEGER else { throw wrong(name, "holds no numbers") }
      var values = [Double](repeating: 0, count: count)
      try HDF5Library.check(count == 0 ? 0 : H5Dread(dataset, nn_H5T_DOUBLE(), 0, 0, 0, &values), "read \(path)/\(name)")
      return (values, shape)
    }
  }

  /// A list of whole numbers; nil where the dataset holds floating-point numbers.
  func integers(_ name: String) throws -> [Int]? {
    try dataset(name) { dataset, type, shape, count in
      guard H5Tget_class(type) == H5T_INTEGER else { return nil }
      guard shape.count == 1 else { throw wrong(name, "is no list") }
      var values = [Int64](repeating: 0, count: count)
      try HDF5Library.check(count == 0 ? 0 : H5Dread(dataset, nn_H5T_INT64(), 0, 0, 0, &values), "read \(path)/\(name)")
      return values.map(Int.init)
    }
  }

  /// A dataset of texts, row-major.
  func texts(_ name: String) throws -> (values: [String], shape: [Int]) {
    try dataset(name) { dataset, type, shape, count in
      let texts = try texts(name, type, count) { H5Dread(dataset, type, 0, 0, 0, $0) }
      return (texts, shape)
    }
  }

  /// The texts of an attribute.
  func textAttribute(_ name: String) throws -> [String] {
    try attribute(name) { attribute, type, count in
      try texts(name, type, count) { H5Aread(attribute, type, $0) }
    }
  }

  /// The whole number of an attribute.
  func integerAttribute(_ name: String) throws -> Int {
    try attribute(name) { attribute, type, count in
      guard H5Tget_class(type) == H5T_INTEGER, count == 1 else { throw wrong(name, "is no whole number") }
      var value: Int64 = 0
      try HDF5Library.check(H5Aread(attribute, nn_H5T_INT64(), &value), "read attribute \(name)")
      return Int(value)
    }
  }

  private func wrong(_ name: String, _ problem: String) -> FileFailure {
    FileFailure(problem: "\(path)/\(name) \(problem)")
  }

  private func texts(
    _ name: String, _ type: hid_t, _ count: Int, read: (UnsafeMutableRawPointer?) -> herr_t
  ) throws -> [String] {
    guard H5Tget_class(type) == H5T_STRING, H5Tis_variable_str(type) == 0 else {
      throw wrong(name, "holds no texts of fixed length")
    }
    let width = H5Tget_size(type)
    let length = try size(name, [count], elementSize: width)
    var bytes = [UInt8](repeating: 0, count: length)
    guard length > 0 else { return [] }
    try HDF5Library.check(bytes.withUnsafeMutableBytes { read($0.baseAddress) }, "read \(path)/\(name)")
    return (0..<count).map { index in
      String(decoding: bytes[(index * width)..<((index + 1) * width)].prefix { $0 != 0 }, as: UTF8.self)
    }
  }

  /// Bytes of an array; refuses what no compression could hold in a file of this size.
  private func size(_ name: String, _ shape: [Int], elementSize: Int) throws -> Int {
    var total = elementSize
    for extent in shape {
      let (product, overflows) = total.multipliedReportingOverflow(by: extent)
      guard !overflows else { throw wrong(name, "claims more data than the file can hold") }
      total = product
    }
    guard total / 1100 <= fileSize else { throw wrong(name, "claims more data than the file can hold") }
    return total
  }

  private func dataset<Result>(
    _ name: String, _ body: (_ dataset: hid_t, _ type: hid_t, _ shape: [Int], _ count: Int) throws -> Result
  ) throws -> Result {
    guard try has(name) else { throw FileFailure(problem: "dataset \(path)/\(name) is missing") }
    return try HDF5Library.with(H5Dopen2(id, name, 0), "open dataset \(path)/\(name)", close: H5Dclose) { dataset in
      guard nn_is_stored_within(dataset) != 0 else { throw wrong(name, "is kept in another file; copy it into this one") }
      let shape = try shape(H5Dget_space(dataset), name)
      return try HDF5Library.with(H5Dget_type(dataset), "read \(path)/\(name)", close: H5Tclose) { type in
        let count = try size(name, shape, elementSize: max(1, H5Tget_size(type))) / max(1, H5Tget_size(type))
        return try body(dataset, type, shape, count)
      }
    }
  }

  private func attribute<Result>(
    _ name: String, _ body: (_ attribute: hid_t, _ type: hid_t, _ count: Int) throws -> Result
  ) throws -> Result {
    guard H5Aexists(id, name) > 0 else {
      throw FileFailure(problem: "attribute \(name) of \(path.isEmpty ? "/" : path) is missing")
    }
    return try HDF5Library.with(H5Aopen(id, name, 0), "open attribute \(name)", close: H5Aclose) { attribute in
      let shape = try shape(H5Aget_space(attribute), name)
      return try HDF5Library.with(H5Aget_type(attribute), "read attribute \(name)", close: H5Tclose) { type in
        try body(attribute, type, size(name, shape, elementSize: 1))
      }
    }
  }

  private func shape(_ space: hid_t, _ name: String) throws -> [Int] {
    try HDF5Library.with(space, "read the shape of \(path)/\(name)", close: H5Sclose) { space in
      let rank = H5Sget_simple_extent_ndims(space)
      guard (0...2).contains(rank) else { throw wrong(name, "has \(rank) dimensions") }
      var extents = [hsize_t](repeating: 0, count: Int(rank) + 1)
      guard H5Sget_simple_extent_dims(space, &extents, nil) == rank else { throw wrong(name, "has no shape") }
      return try extents.prefix(Int(rank)).map {
        guard let extent = Int(exactly: $0) else { throw wrong(name, "claims more data than the file can hold") }
        return extent
      }
    }
  }
}
