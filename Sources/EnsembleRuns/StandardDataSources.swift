// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import FieldSynthesis
import FieldTheories
import LatticeFields
import NumericalKernels
import ResultTables

extension DataSources {
  /// Teachers: draw 0 of an architecture, stream "teacher". Arrays: files as numpy.savez writes them.
  public static let standard = DataSources(
    teacher: { net, seed, points in
      guard let features = net.makeFeatures(at: points), let block = net.layout.blocks.firstIndex(where: \.entersLinearly) else {
        throw SelectionError("target = \"teacher\": \(net.kind) has no neurons; give a formula, or points and labels")
      }
      let parameters = NetworkParameters(layout: net.layout)
      net.drawParameters(RandomStream(seed: seed, stream: "teacher \(net.streamName)"), draw: 0, into: parameters)
      let (n, weights) = (net.width, parameters.block(block))
      let rows = AlignedBuffer<Double>(count: points.count * n, repeating: 0)
      features.evaluateFeatures(parameters, into: rows.pointer)
      return points.indices.map { a in (0..<n).reduce(0.0) { $0 + weights[$1] * rows[a * n + $1] } }
    },
    arrays: { path, names in
      // Damaged HDF5 files can break the library that reads them; NumPy's are read here.
      guard !FieldFile.isHDF5(path) else {
        throw ResultFileError(description: "\(path): data come from .npz files, as numpy.savez writes them, or from text")
      }
      let file = try FieldFile(path: path)
      var found: [String: Numbers] = [:]
      for name in names {
        guard let array = file.array(name) else { continue }
        guard array.count <= 1 << 20 else {
          throw ResultFileError(description: "\(path): \(name) has \(array.count) numbers, too many for data")
        }
        found[name] = (array.shape, try file.numbers(array))
      }
      return found
    })
}
