// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import Foundation
import KnownValues
import NNFTTestSupport
import Testing

/// Gradient flow of nets so small that it is known exactly.
@Suite struct FiniteWidthFlowTests {
  static func records(_ kind: String) -> [ReferenceRecord] { ReferenceRecords.learning("L7:" + kind) }

  private func compare(_ record: ReferenceRecord, floor: Double, _ numbers: (Double) -> [Double]) {
    let right = numbers(1)
    #expect(right.count == record.values.count)
    for (i, number) in right.enumerated() {
      #expect(record.agrees(with: number, i, floor: floor), "entry \(i): \(number), reference \(record.values[i])")
    }
    let wrong = numbers(1.001)
    #expect(wrong.indices.contains { !record.agrees(with: wrong[$0], $0, floor: 1e-7) })
  }

  @Test(arguments: records("scalarnet")) func productOfTwoNumbers(_ record: ReferenceRecord) {
    compare(record, floor: 1e-12) { factor in
      let flow = ScalarNetworkFlow(output: record.number("a0"), hidden: record.number("w0"), label: factor * record.number("y"))
      return record.numbers("t").flatMap { time -> [Double] in
        let state = flow.state(at: record.number("eta") * time)
        return [state.value, state.squaredOutput]
      }
    }
  }

  @Test(arguments: records("flow:finiteN")) func readoutOfFewCosines(_ record: ReferenceRecord) {
    compare(record, floor: 1e-10) { factor in
      let net = CosNet(
        dimension: record.dimension, width: record.width, sigmaW0: record.number("sigma_w0"), sigmaW1: record.number("sigma_w1"))
      let flow = ReadoutFlow(
        net, distance: 0.7, label: record.number("y"), time: factor * record.number("eta") * record.number("t"))!
      return [flow.mean, flow.variance]
    }
    #expect(ReadoutFlow(CosNet(dimension: 1, width: 5, sigmaW0: 1, sigmaW1: 1), distance: 1, label: 1, time: 1) == nil)
  }
}
