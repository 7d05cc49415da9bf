// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import NNFTTestSupport
import NumericalKernels
import Testing

@Suite struct RandomStreamTests {
  /// Source: kat_vectors of Random123 1.14, philox4x32 with 10 rounds.
  @Test(
    arguments: [
      ([0, 0, 0, 0], [0, 0], [0x6627_E8D5, 0xE169_C58D, 0xBC57_AC4C, 0x9B00_DBD8]),
      (
        [UInt32](repeating: .max, count: 4), [UInt32](repeating: .max, count: 2),
        [0x408F_276D, 0x41C8_3B0E, 0xA20B_C7C6, 0x6D54_51FD]
      ),
      (
        [0x243F_6A88, 0x85A3_08D3, 0x1319_8A2E, 0x0370_7344], [0xA409_3822, 0x299F_31D0],
        [0xD16C_FE09, 0x94FD_CCEB, 0x5001_E420, 0x2412_6EA1]
      ),
    ] as [([UInt32], [UInt32], [UInt32])])
  func philoxGivesThePublishedAnswers(counter: [UInt32], key: [UInt32], answer: [UInt32]) {
    #expect(RandomStream.philox(counter: counter, key: key) == answer)
  }

  private let stream = RandomStream(seed: 7, stream: "test")

  /// `count` pairs, neuron after neuron.
  private func pairs(
    normal: Bool, _ stream: RandomStream, use: RandomStream.Use = .phase, draw: UInt64 = 0,
    block: UInt32 = 0,
    firstNeuron: Int = 0, count: Int
  ) -> (first: [Double], second: [Double]) {
    let first = AlignedBuffer<Double>(count: count, repeating: 0)
    let second = AlignedBuffer<Double>(count: count, repeating: 0)
    (normal ? stream.normalPairs : stream.uniformPairs)(
      use, draw, block, firstNeuron, count, first.pointer, second.pointer)
    return (first.array, second.array)
  }

  /// Any run of neurons gives the numbers those neurons have in any other run.
  @Test(arguments: [false, true])
  func aDeviateDependsOnItsCounterOnly(normal: Bool) {
    let whole = pairs(normal: normal, stream, draw: 5, count: 101)
    for (start, count) in [(0, 1), (1, 7), (13, 64), (60, 41)] {
      let part = pairs(normal: normal, stream, draw: 5, firstNeuron: start, count: count)
      #expect(part.first == Array(whole.first[start..<start + count]))
      #expect(part.second == Array(whole.second[start..<start + count]))
    }
  }

  @Test func everyCounterWordAndTheKeyMatter() {
    let variants = [
      pairs(normal: false, stream, count: 8),
      pairs(normal: false, stream, use: .momentum, count: 8),
      pairs(normal: false, stream, draw: 1, count: 8),
      pairs(normal: false, stream, draw: 1 << 32, count: 8),
      pairs(normal: false, stream, block: 1, count: 8),
      pairs(normal: false, RandomStream(seed: 8, stream: "test"), count: 8),
      pairs(normal: false, RandomStream(seed: 7, stream: "Test"), count: 8),
    ].flatMap { $0.first + $0.second }
    #expect(Set(variants).count == variants.count)
  }

  /// The uniforms are the top 52 bits of each half of the block, centred in their cells.
  @Test func uniformsAreTheBitsOfTheBlock() {
    let uniforms = pairs(
      normal: false, stream, use: .momentum, draw: 3 << 32 | 9, block: 2, count: 5)
    for neuron in 0..<5 {
      let words = RandomStream.philox(
        counter: [2, UInt32(neuron), 9, 3 | UInt32(RandomStream.Use.momentum.rawValue) << 16],
        key: [UInt32(truncatingIfNeeded: stream.key), UInt32(stream.key >> 32)])
      func uniform(_ low: UInt32, _ high: UInt32) -> Double {
        (Double((UInt64(low) | UInt64(high) << 32) >> 12) + 0.5) * 0x1p-52
      }
      #expect(uniforms.first[neuron] == uniform(words[0], words[1]))
      #expect(uniforms.second[neuron] == uniform(words[2], words[3]))
    }
  }

  /// `|z − √(−2 ln u1) (cos, sin)(2π u2)| ≤ 1e-14`, against the extended precision of the C library.
  @Test func normalsAreBoxAndMullerOfTheUniforms() {
    let count = 200_000
    let uniforms = pairs(normal: false, stream, count: count)
    let normals = pairs(normal: true, stream, count: count)
    var worst = 0.0
    for i in 0..<count {
      let radius = (-2 * log(Float80(uniforms.first[i]))).squareRoot()
      let angle = 2 * Float80.pi * Float80(uniforms.second[i])
      worst = max(worst, Double(abs(radius * cos(angle) - Float80(normals.first[i]))))
      worst = max(worst, Double(abs(radius * sin(angle) - Float80(normals.second[i]))))
    }
    #expect(worst < 1e-14)
  }

  /// Moments 1 to 6 and the correlation of a pair, each within the normal bound at 1e-6 per test; the control is the fourth moment of
  /// a distribution of kurtosis 2.9.
  @Test func normalsHaveTheMomentsOfNormals() {
    let count = 1_000_000
    let (x, y) = pairs(normal: true, stream, count: count)
    let bound = StatisticalChecks.normalBound(comparisons: 13)
    for sample in [x, y] {
      for (order, exact) in [(1, 0.0), (2, 1), (3, 0), (4, 3), (5, 0), (6, 15)] {
        let moment = SampleMean(sample.map { z in (0..<order).reduce(1) { p, _ in p * z } })
        #expect(abs(moment.pull(exact)) < bound, "moment \(order): pull \(moment.pull(exact))")
        if order == 4 { #expect(abs(moment.pull(2.9)) > bound, "the control passed") }
      }
    }
    #expect(abs(SampleMean(zip(x, y).map(*)).pull(0)) < bound)
  }

  /// χ² of 256 equal cells for both uniforms of a pair and of 16 × 16 cells jointly; the control has one cell in 256 fuller by two fifths.
  @Test func uniformsFillTheUnitSquareEvenly() {
    let count = 1_000_000
    let (x, y) = pairs(normal: false, stream, count: count)
    let bound = StatisticalChecks.chiSquaredBound(degrees: 255, falseAlarm: 1e-6 / 3)
    func chiSquared(_ cell: (Int) -> Int, excess: Double = 0) -> Double {
      var counts = [Double](repeating: 0, count: 256)
      for i in 0..<count { counts[cell(i)] += 1 }
      let expected = Double(count) / 256
      counts[17] += excess * expected
      return counts.reduce(0) { $0 + ($1 - expected) * ($1 - expected) / expected }
    }
    #expect(chiSquared { Int(256 * x[$0]) } < bound)
    #expect(chiSquared { Int(256 * y[$0]) } < bound)
    #expect(chiSquared { 16 * Int(16 * x[$0]) + Int(16 * y[$0]) } < bound)
    #expect(chiSquared({ Int(256 * x[$0]) }, excess: 0.4) > bound, "the control passed")
  }
}
