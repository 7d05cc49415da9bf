// SPDX-License-Identifier: GPL-3.0-or-later

import Glibc

/// Joint moments and cumulants of a sum of N independent even neurons at sites of any multiplicity, to any even order. With the moments h of
/// one neuron (output weight included), by recursion over the block B that holds the first field,
///
///     one neuron   κ(S) = h(S) − Σ_{B ≠ S} κ(B) h(S∖B)
///     the sum      m(S) = Σ_B N^{1−|B|/2} κ(B) m(S∖B)
///
/// where S counts the fields at each site; blocks of odd size vanish. Of s times the sum, s independent of it, moments are `<s^|S|> m(S)`, and
/// cumulants follow from them as in the first line. Source: the moment-cumulant formula, McCullagh, Tensor Methods
/// in Statistics (1987), sec. 2.3; docs/physics/free-theories.md.
struct JointCumulants {
  private let width: Double
  private let scale: SharedScale
  private let neuron: ([Int]) -> Double
  private var neuronMoments: [[Int]: Double] = [:]
  private var neuronCumulants: [[Int]: Double] = [:]
  private var moments: [[Int]: Double] = [:]
  private var scaledCumulants: [[Int]: Double] = [:]

  /// For N neurons whose moment with `counts[i]` fields at site i is `neuron(counts)`; it is asked for even orders only, once each.
  init(width: Int, scale: SharedScale = .one, neuron: @escaping ([Int]) -> Double) {
    self.width = Double(width)
    self.scale = scale
    self.neuron = neuron
  }

  /// `<∏ φ(x_i)^{counts_i}>`.
  mutating func moment(_ counts: [Int]) -> Double {
    let order = counts.reduce(0, +)
    guard order % 2 == 0 else { return 0 }
    return scale.moment(order) * independentMoment(counts)
  }

  /// The joint cumulant of `counts[i]` fields at site i.
  mutating func cumulant(_ counts: [Int]) -> Double {
    guard !scale.isConstant else { return independentCumulant(counts) }
    if let known = scaledCumulants[counts] { return known }
    var sum = moment(counts)
    for (ways, block, rest) in Self.blocks(counts) where block != counts { sum -= ways * cumulant(block) * moment(rest) }
    scaledCumulants[counts] = sum
    return sum
  }

  private mutating func independentMoment(_ counts: [Int]) -> Double {
    guard counts.contains(where: { $0 > 0 }) else { return 1 }
    if let known = moments[counts] { return known }
    var sum = 0.0
    for (ways, block, rest) in Self.blocks(counts) { sum += ways * independentCumulant(block) * independentMoment(rest) }
    moments[counts] = sum
    return sum
  }

  private mutating func independentCumulant(_ counts: [Int]) -> Double {
    let half = counts.reduce(0, +) / 2
    return neuronCumulant(counts) / pow(width, Double(half - 1))
  }

  private mutating func neuronMoment(_ counts: [Int]) -> Double {
    if let known = neuronMoments[counts] { return known }
    let value = counts.allSatisfy { $0 == 0 } ? 1 : neuron(counts)
    neuronMoments[counts] = value
    return value
  }

  private mutating func neuronCumulant(_ counts: [Int]) -> Double {
    if let known = neuronCumulants[counts] { return known }
    var sum = neuronMoment(counts)
    for (ways, block, rest) in Self.blocks(counts) where block != counts {
      sum -= ways * neuronCumulant(block) * neuronMoment(rest)
    }
    neuronCumulants[counts] = sum
    return sum
  }

  /// The even sub-multisets that hold the first field, in how many ways each, and what they leave.
  private static func blocks(_ counts: [Int]) -> [(ways: Double, block: [Int], rest: [Int])] {
    let first = counts.firstIndex { $0 > 0 }!
    var blocks: [(ways: Double, block: [Int])] = [(1, [])]
    for (site, count) in counts.enumerated() {
      blocks = blocks.flatMap { ways, block in
        (site == first ? 1...count : 0...count).map { taken in
          let choices = site == first ? binomial(count - 1, taken - 1) : binomial(count, taken)
          return (ways * choices, block + [taken])
        }
      }
    }
    return blocks.filter { $0.block.reduce(0, +) % 2 == 0 }
      .map { ($0.ways, $0.block, zip(counts, $0.block).map { $0 - $1 }) }
  }

  private static func binomial(_ n: Int, _ k: Int) -> Double {
    (0..<k).reduce(1.0) { $0 * Double(n - $1) / Double($1 + 1) }
  }
}
