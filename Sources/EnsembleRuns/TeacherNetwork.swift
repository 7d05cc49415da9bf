// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import FieldSynthesis
import FieldTheories
import LatticeFields
import NumericalKernels

/// A network as the source of labels: the field of draw 0 of an architecture, stream "teacher", at points.
public enum TeacherNetwork {
  /// What theory files ask for with `target = "teacher"`. Throws ``SelectionError`` for fields without neurons.
  public static let field: TeacherField = { net, seed, points in
    guard let features = net.makeFeatures(at: points),
      let block = net.layout.blocks.firstIndex(where: \.entersLinearly)
    else { throw SelectionError("target = \"teacher\": \(net.kind) has no neurons; give a formula, or points and labels") }
    let parameters = NetworkParameters(layout: net.layout)
    net.drawParameters(RandomStream(seed: seed, stream: "teacher \(net.streamName)"), draw: 0, into: parameters)
    let (n, weights) = (net.width, parameters.block(block))
    let rows = AlignedBuffer<Double>(count: points.count * n, repeating: 0)
    features.evaluateFeatures(parameters, into: rows.pointer)
    return points.indices.map { a in (0..<n).reduce(0.0) { $0 + weights[$1] * rows[a * n + $1] } }
  }
}
