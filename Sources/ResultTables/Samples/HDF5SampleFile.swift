// SPDX-License-Identifier: GPL-3.0-or-later

/// Networks as HDF5: groups `meta`, `sites`, `parameters`, `fields`.
enum HDF5SampleFile {
  /// Value of the root's attribute `format`.
  static let format = "nnft-networks"
  /// Value of the root's attribute `version`.
  static let version = 1

  static func write(
    _ description: SampleDescription, _ path: String, _ body: (SampleFormat.Put) throws -> Void
  ) throws {
    try HDF5Sink.file(at: path) { root in
      try root.attribute("format", format)
      try root.attribute("version", version)
      for group in ["meta", "sites"] {
        let arrays = description.constants.filter { $0.group == group }.map(\.array)
        guard !arrays.isEmpty else { continue }
        try root.group(group) { sink in for array in arrays { try sink.write(array) } }
      }
      let names = description.arrays.map { $0.name.split(separator: "/").map(String.init) }
      var groups: [String] = []
      for name in names where !groups.contains(name[0]) { groups.append(name[0]) }
      // All datasets stay open while rows arrive: one level of nesting for each group and each dataset.
      func open(_ index: Int, _ parent: (name: String, sink: HDF5Sink)?, _ writers: [(UnsafeRawPointer, Int, Int) throws -> Void])
        throws
      {
        guard index < names.count else {
          return try body { array, first, rows, block in try writers[array](block, first, rows) }
        }
        let (group, name) = (names[index][0], names[index][1])
        guard let parent, parent.name == group else {
          return try root.group(group) { try open(index, (group, $0), writers) }
        }
        let array = description.arrays[index]
        try parent.sink.rows(
          name, description.leading + array.rowShape, leading: description.leading.count, isSingle: array.isSingle
        ) { write in
          try withoutActuallyEscaping(write) { try open(index + 1, parent, writers + [$0]) }
        }
      }
      try open(0, nil, [])
    }
  }
}
