// SPDX-License-Identifier: GPL-3.0-or-later

internal import CHDF5
import Foundation

/// The datasets of an HDF5 file, those of groups included, read block by block.
final class HDF5FieldContent: FieldContent {
  let arrays: [FieldArray]
  private let file: hid_t

  /// Groups within groups are followed so far.
  private static let greatestDepth = 8
  /// Datasets and groups of a file of fields are not more.
  private static let greatestCount = 10_000

  init(_ path: String) throws {
    var status = stat()
    guard stat(path, &status) == 0 else { throw FileFailure(problem: "it cannot be read") }
    let size = Int(status.st_size)
    (file, arrays) = try HDF5Library.exclusively {
      let file = try HDF5Library.with(H5Pcreate(nn_H5P_FILE_ACCESS()), "make properties", close: H5Pclose) { access in
        try HDF5Library.check(H5Pset_file_locking(access, false, true), "leave out locks")
        return H5Fopen(path, nn_H5F_ACC_RDONLY(), access)
      }
      guard file >= 0 else { throw FileFailure(problem: "this HDF5 file is damaged or cut short") }
      do {
        var arrays: [FieldArray] = []
        var visited = 0
        try Self.list(file, "", size, depth: 0, &visited, into: &arrays)
        return (file, arrays)
      } catch {
        H5Fclose(file)
        throw error
      }
    }
  }

  deinit { try? HDF5Library.exclusively { _ = H5Fclose(file) } }

  /// The datasets below a group. Links that lead elsewhere are passed over.
  private static func list(
    _ group: hid_t, _ path: String, _ fileSize: Int, depth: Int, _ visited: inout Int, into arrays: inout [FieldArray]
  ) throws {
    var information = H5G_info_t()
    try HDF5Library.check(H5Gget_info(group, &information), "list group /\(path)")
    for index in 0..<information.nlinks {
      visited += 1
      guard visited <= greatestCount else { throw FileFailure(problem: "the file has more than \(greatestCount) members") }
      let length = H5Lget_name_by_idx(group, ".", H5_INDEX_NAME, H5_ITER_INC, index, nil, 0, 0)
      guard (0...4096).contains(length) else { throw FileFailure(problem: "cannot list group /\(path)") }
      var buffer = [CChar](repeating: 0, count: length + 1)
      guard H5Lget_name_by_idx(group, ".", H5_INDEX_NAME, H5_ITER_INC, index, &buffer, buffer.count, 0) == length else {
        throw FileFailure(problem: "cannot list group /\(path)")
      }
      let name = String(decoding: buffer.prefix(length).map(UInt8.init(bitPattern:)), as: UTF8.self)
      guard nn_is_hard_link(group, name) != 0 else { continue }
      let place = path.isEmpty ? name : "\(path)/\(name)"
      try HDF5Library.with(H5Oopen(group, name, 0), "open /\(place)", close: H5Oclose) { object in
        switch H5Iget_type(object) {
        case H5I_GROUP:
          if depth < greatestDepth { try list(object, place, fileSize, depth: depth + 1, &visited, into: &arrays) }
        case H5I_DATASET: if let array = try array(object, place, fileSize) { arrays.append(array) }
        default: break
        }
      }
    }
  }

  /// What a dataset holds; nil for one whose numbers are kept elsewhere.
  private static func array(_ dataset: hid_t, _ name: String, _ fileSize: Int) throws -> FieldArray? {
    guard nn_is_stored_within(dataset) != 0 else { return nil }
    let shape = try HDF5Library.with(H5Dget_space(dataset), "read the shape of \(name)", close: H5Sclose) { space -> [Int]? in
      let rank = H5Sget_simple_extent_ndims(space)
      guard rank >= 0 else { return nil }
      var extents = [hsize_t](repeating: 0, count: Int(rank) + 1)
      guard H5Sget_simple_extent_dims(space, &extents, nil) == rank else { return nil }
      return extents.prefix(Int(rank)).map { Int(clamping: $0) }
    }
    guard let shape else { return nil }
    return try HDF5Library.with(H5Dget_type(dataset), "read \(name)", close: H5Tclose) { type in
      let (kind, width) = (H5Tget_class(type), max(1, H5Tget_size(type)))
      let bytes = try FieldArray.checkedCount(shape, width: width, of: name)
      // No compression that HDF5 knows does better.
      guard bytes / 1100 <= fileSize else { throw FileFailure(problem: "\(name) claims more numbers than the file can hold") }
      let word: String? =
        switch kind {
        case H5T_FLOAT: width > 8 ? "longdouble" : "float\(8 * width)"
        case H5T_INTEGER: "int\(8 * width)"
        default: nil
        }
      return FieldArray(name: name, shape: shape, numbers: word)
    }
  }

  func read(_ array: FieldArray, rows: Range<Int>, leading: Int, into place: UnsafeMutablePointer<Double>) throws {
    let shape = array.shape
    let rowSize = shape.dropFirst(leading).reduce(1, *)
    try HDF5Library.exclusively {
      try HDF5Library.with(H5Dopen2(file, array.name, 0), "open \(array.name)", close: H5Dclose) { dataset in
        try HDF5Library.with(H5Dget_space(dataset), "read the shape of \(array.name)", close: H5Sclose) { space in
          guard !shape.isEmpty else {
            return try HDF5Library.check(H5Dread(dataset, nn_H5T_DOUBLE(), 0, 0, 0, place), "read \(array.name)")
          }
          var row = rows.lowerBound
          while row < rows.upperBound {
            var start = [hsize_t](repeating: 0, count: shape.count)
            var count = shape.map { hsize_t($0) }
            var end = rows.upperBound
            if leading == 2 {
              // Rows of two axes come chain by chain.
              end = min(end, (row / shape[1] + 1) * shape[1])
              (start[0], start[1]) = (hsize_t(row / shape[1]), hsize_t(row % shape[1]))
              (count[0], count[1]) = (1, hsize_t(end - row))
            } else {
              (start[0], count[0]) = (hsize_t(row), hsize_t(end - row))
            }
            try HDF5Library.check(
              H5Sselect_hyperslab(space, H5S_SELECT_SET, start, nil, count, nil), "find rows of \(array.name)")
            try HDF5Library.with(H5Screate_simple(Int32(count.count), count, nil), "shape rows", close: H5Sclose) { memory in
              try HDF5Library.check(
                H5Dread(dataset, nn_H5T_DOUBLE(), memory, space, 0, place + (row - rows.lowerBound) * rowSize),
                "read \(array.name)")
            }
            row = end
          }
        }
      }
    }
  }

  func texts(_ array: FieldArray) throws -> [String]? {
    try HDF5Library.exclusively {
      try HDF5Library.with(H5Dopen2(file, array.name, 0), "open \(array.name)", close: H5Dclose) { dataset in
        try HDF5Library.with(H5Dget_type(dataset), "read \(array.name)", close: H5Tclose) { type in
          guard H5Tget_class(type) == H5T_STRING else { return nil }
          guard H5Tis_variable_str(type) == 0 else { return try Self.variableTexts(dataset, type, array) }
          let width = H5Tget_size(type)
          guard width > 0, width * array.count <= 1 << 28 else { return nil }
          var bytes = [UInt8](repeating: 0, count: width * array.count)
          try HDF5Library.check(
            bytes.withUnsafeMutableBytes { H5Dread(dataset, type, 0, 0, 0, $0.baseAddress) }, "read \(array.name)")
          return (0..<array.count).map { index in
            String(decoding: bytes[(index * width)..<((index + 1) * width)].prefix { $0 != 0 }, as: UTF8.self)
          }
        }
      }
    }
  }

  /// Texts of their own lengths, as h5py writes Python's.
  private static func variableTexts(_ dataset: hid_t, _ type: hid_t, _ array: FieldArray) throws -> [String] {
    var places = [UnsafeMutablePointer<CChar>?](repeating: nil, count: array.count)
    try HDF5Library.check(H5Dread(dataset, type, 0, 0, 0, &places), "read \(array.name)")
    return places.map { place in
      defer { free(place) }
      return place.map { String(cString: $0) } ?? ""
    }
  }
}
