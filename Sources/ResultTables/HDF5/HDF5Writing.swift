// SPDX-License-Identifier: GPL-3.0-or-later

internal import CHDF5

/// An open group of a file that is being made.
struct HDF5Sink {
  private let id: hid_t

  /// The bytes of a file with the content that `body` puts into its root. The file is made in memory and carries no times, so equal
  /// content gives equal bytes.
  static func file(_ body: (HDF5Sink) throws -> Void) throws -> [UInt8] {
    try HDF5Library.exclusively {
      try withProperties(nn_H5P_FILE_ACCESS()) { access in
        try HDF5Library.check(H5Pset_fapl_core(access, 1 << 20, false), "work in memory")
        return try make("nnft", access, body) { file in
          let size = H5Fget_file_image(file, nil, 0)
          guard size > 0 else { throw FileFailure(problem: "cannot finish the file") }
          return try [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            count = max(0, H5Fget_file_image(file, buffer.baseAddress, size))
            guard count == size else { throw FileFailure(problem: "cannot finish the file") }
          }
        }
      }
    }
  }

  /// Makes the file at `path` with the content that `body` puts into its root, on disk and piece by piece.
  static func file(at path: String, _ body: (HDF5Sink) throws -> Void) throws {
    try HDF5Library.exclusively {
      try withProperties(nn_H5P_FILE_ACCESS()) { access in
        // Some network file systems know no locks, and nobody else writes here.
        try HDF5Library.check(H5Pset_file_locking(access, false, true), "leave out locks")
        try make(path, access, body) { _ in }
      }
    }
  }

  private static func make<Result>(
    _ name: String, _ access: hid_t, _ body: (HDF5Sink) throws -> Void, finish: (hid_t) throws -> Result
  ) throws -> Result {
    try withProperties(nn_H5P_FILE_CREATE()) { creation in
      try HDF5Library.check(H5Pset_link_creation_order(creation, nn_creation_order()), "order groups")
      try HDF5Library.check(H5Pset_obj_track_times(creation, false), "leave out times")
      return try HDF5Library.with(
        H5Fcreate(name, nn_H5F_ACC_TRUNC(), creation, access), "make a file", close: H5Fclose
      ) { file in
        try HDF5Library.with(H5Gopen2(file, "/", 0), "open the root", close: H5Gclose) {
          try body(HDF5Sink(id: $0))
        }
        try HDF5Library.check(H5Fflush(file, H5F_SCOPE_GLOBAL), "finish the file")
        return try finish(file)
      }
    }
  }

  /// Makes a group and fills it.
  func group(_ name: String, _ body: (HDF5Sink) throws -> Void) throws {
    try Self.withProperties(nn_H5P_GROUP_CREATE()) { properties in
      try HDF5Library.check(H5Pset_link_creation_order(properties, nn_creation_order()), "order groups")
      try HDF5Library.check(H5Pset_obj_track_times(properties, false), "leave out times")
      try HDF5Library.with(H5Gcreate2(id, name, 0, properties, 0), "make group \(name)", close: H5Gclose) {
        try body(HDF5Sink(id: $0))
      }
    }
  }

  /// A new dataset.
  func write(_ array: NamedArray) throws {
    switch array.elements {
    case .numbers(let values):
      try values.withUnsafeBytes {
        try dataset(array.name, array.shape, stored: nn_H5T_IEEE_F64LE(), given: nn_H5T_DOUBLE(), $0)
      }
    case .integers(let values):
      try values.withUnsafeBytes {
        try dataset(array.name, array.shape, stored: nn_H5T_STD_I64LE(), given: nn_H5T_INT64(), $0)
      }
    case .texts(let texts):
      let (width, bytes) = Self.padded(texts)
      try Self.withTextType(width) { type in
        try bytes.withUnsafeBytes { try dataset(array.name, array.shape, stored: type, given: type, $0) }
      }
    }
  }

  /// A new dataset of complex numbers, given as pairs: a compound of `re` and `im`, as Grid and Hadrons write them.
  func write(complex pairs: [Double], name: String) throws {
    try HDF5Library.with(H5Tcreate(H5T_COMPOUND, 16), "describe complex numbers", close: H5Tclose) { type in
      try HDF5Library.check(H5Tinsert(type, "re", 0, nn_H5T_IEEE_F64LE()), "describe complex numbers")
      try HDF5Library.check(H5Tinsert(type, "im", 8, nn_H5T_IEEE_F64LE()), "describe complex numbers")
      try pairs.withUnsafeBytes { try dataset(name, [pairs.count / 2], stored: type, given: type, $0) }
    }
  }

  /// A new attribute: one whole number.
  func attribute(_ name: String, _ value: Int) throws {
    var value = Int64(value)
    try Self.withSpace([]) { space in
      try HDF5Library.with(
        H5Acreate2(id, name, nn_H5T_STD_I64LE(), space, 0, 0), "make attribute \(name)", close: H5Aclose
      ) {
        try HDF5Library.check(H5Awrite($0, nn_H5T_INT64(), &value), "write attribute \(name)")
      }
    }
  }

  /// A new attribute: one text.
  func attribute(_ name: String, _ text: String) throws { try attribute(name, [text], shape: []) }

  /// A new attribute: a list of texts.
  func attribute(_ name: String, _ texts: [String]) throws { try attribute(name, texts, shape: [texts.count]) }

  private func attribute(_ name: String, _ texts: [String], shape: [Int]) throws {
    let (width, bytes) = Self.padded(texts)
    try Self.withTextType(width) { type in
      try Self.withSpace(shape) { space in
        try HDF5Library.with(
          H5Acreate2(id, name, type, space, 0, 0), "make attribute \(name)", close: H5Aclose
        ) { attribute in
          guard !texts.isEmpty else { return }
          try HDF5Library.check(
            bytes.withUnsafeBytes { H5Awrite(attribute, type, $0.baseAddress) }, "write attribute \(name)")
        }
      }
    }
  }

  /// A new dataset whose rows are put one group after another or in any order: `body` gets the function that writes rows, from a first one on, from memory. The
  /// first `leading` axes, one or two, count rows; of two, those of one call have the same place on the first, and all room is taken at once, so that
  /// no order of writing shows in the file.
  func rows(
    _ name: String, _ shape: [Int], leading: Int = 1, isSingle: Bool,
    body: ((UnsafeRawPointer, _ first: Int, _ rows: Int) throws -> Void) throws -> Void
  ) throws {
    let (stored, given) =
      isSingle ? (nn_H5T_IEEE_F32LE(), nn_H5T_FLOAT()) : (nn_H5T_IEEE_F64LE(), nn_H5T_DOUBLE())
    try Self.withSpace(shape) { space in
      try Self.withProperties(nn_H5P_DATASET_CREATE()) { properties in
        try HDF5Library.check(H5Pset_obj_track_times(properties, false), "leave out times")
        if leading == 1 {
          let chunk = Self.rowChunk(shape, elementSize: H5Tget_size(given))
          try HDF5Library.check(
            H5Pset_chunk(properties, Int32(chunk.count), chunk.map(hsize_t.init)), "cut \(name) into chunks")
        } else {
          try HDF5Library.check(H5Pset_alloc_time(properties, H5D_ALLOC_TIME_EARLY), "make room for \(name)")
        }
        try HDF5Library.with(
          H5Dcreate2(id, name, stored, space, 0, properties, 0), "make dataset \(name)", close: H5Dclose
        ) { dataset in
          try body { data, first, rows in
            var start = [hsize_t](repeating: 0, count: shape.count)
            var count = shape.map(hsize_t.init)
            if leading == 2 {
              precondition(first / shape[1] == (first + rows - 1) / shape[1], "HDF5Sink: rows of two groups")
              (start[0], start[1], count[0], count[1]) = (hsize_t(first / shape[1]), hsize_t(first % shape[1]), 1, hsize_t(rows))
            } else {
              (start[0], count[0]) = (hsize_t(first), hsize_t(rows))
            }
            try Self.withSpace(count.map(Int.init)) { memory in
              try HDF5Library.check(
                H5Sselect_hyperslab(space, H5S_SELECT_SET, start, nil, count, nil), "place rows of \(name)")
              try HDF5Library.check(H5Dwrite(dataset, given, memory, space, 0, data), "write dataset \(name)")
            }
          }
        }
      }
    }
  }

  /// Chunks of whole rows up to 1 MiB; of parts of a row where one is larger.
  static func rowChunk(_ shape: [Int], elementSize: Int) -> [Int] {
    var room = max(1, (1 << 20) / max(1, elementSize))
    return shape.reversed().map { extent in
      let length = max(1, min(extent, room))
      room = length < extent ? 1 : max(1, room / length)
      return length
    }.reversed()
  }

  /// Datasets above 64 KiB are cut into chunks of at most 1 MiB, their bytes shuffled and deflated.
  private func dataset(
    _ name: String, _ shape: [Int], stored: hid_t, given: hid_t, _ bytes: UnsafeRawBufferPointer
  ) throws {
    try Self.withSpace(shape) { space in
      try Self.withProperties(nn_H5P_DATASET_CREATE()) { properties in
        try HDF5Library.check(H5Pset_obj_track_times(properties, false), "leave out times")
        if bytes.count > 1 << 16, let chunk = Self.chunk(shape, elementSize: H5Tget_size(given)) {
          try HDF5Library.check(H5Pset_chunk(properties, Int32(chunk.count), chunk), "cut \(name) into chunks")
          try HDF5Library.check(H5Pset_shuffle(properties), "shuffle \(name)")
          try HDF5Library.check(H5Pset_deflate(properties, 4), "compress \(name)")
        }
        try HDF5Library.with(
          H5Dcreate2(id, name, stored, space, 0, properties, 0), "make dataset \(name)", close: H5Dclose
        ) {
          guard !bytes.isEmpty else { return }
          try HDF5Library.check(H5Dwrite($0, given, 0, 0, 0, bytes.baseAddress), "write dataset \(name)")
        }
      }
    }
  }

  private static func chunk(_ shape: [Int], elementSize: Int) -> [hsize_t]? {
    guard !shape.isEmpty, !shape.contains(0) else { return nil }
    var room = max(1, (1 << 20) / max(1, elementSize))
    return shape.map { extent in
      let length = min(extent, room)
      room = max(1, room / length)
      return hsize_t(length)
    }
  }

  /// All texts, each filled up with zeros to the length of the longest.
  private static func padded(_ texts: [String]) -> (width: Int, bytes: [UInt8]) {
    let width = max(1, texts.map(\.utf8.count).max() ?? 1)
    return (width, texts.flatMap { Array($0.utf8) + [UInt8](repeating: 0, count: width - $0.utf8.count) })
  }

  private static func withTextType<Result>(_ width: Int, _ body: (hid_t) throws -> Result) throws -> Result {
    try HDF5Library.with(H5Tcopy(nn_H5T_C_S1()), "describe texts", close: H5Tclose) { type in
      try HDF5Library.check(H5Tset_size(type, width), "describe texts")
      try HDF5Library.check(H5Tset_cset(type, H5T_CSET_UTF8), "describe texts")
      try HDF5Library.check(H5Tset_strpad(type, H5T_STR_NULLPAD), "describe texts")
      return try body(type)
    }
  }

  private static func withSpace<Result>(_ shape: [Int], _ body: (hid_t) throws -> Result) throws -> Result {
    let space =
      shape.isEmpty ? H5Screate(H5S_SCALAR) : H5Screate_simple(Int32(shape.count), shape.map(hsize_t.init), nil)
    return try HDF5Library.with(space, "shape a dataset", close: H5Sclose, body)
  }

  private static func withProperties<Result>(_ kind: hid_t, _ body: (hid_t) throws -> Result) throws -> Result {
    try HDF5Library.with(H5Pcreate(kind), "make properties", close: H5Pclose, body)
  }
}
