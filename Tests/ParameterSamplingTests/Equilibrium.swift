// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import FieldTheories
import Foundation
import LatticeFields
import NumericalKernels

@testable import ParameterSampling

/// A move alone on exact draws of the target, and what it does to the means of functions of all blocks.
///
/// Draws of `P0 e^{−β S}` are prior draws kept with probability `e^{−β S}` (S ≥ 0), so nothing but the prior and the action is trusted. A move
/// that leaves the target invariant leaves every mean where it was: the change of each function, draw by draw, has mean zero after any number of applications. The
/// changes are tested together by Hotelling's T²; a draw is compared with itself, which takes away the noise that a second set of draws would add.
struct Equilibrium {
  let theory: InteractingTheory
  /// Coupling β of the tempered target.
  let coupling: Double
  private let functions: BoundedFunctions
  private let seed: UInt64

  /// Equilibrium at the β that keeps a share of all prior draws; β = 0 for a share of one.
  init(_ theory: InteractingTheory, share: Double, seed: UInt64 = 1) {
    self.theory = theory
    self.seed = seed
    functions = BoundedFunctions(theory)
    let evaluator = theory.makeEvaluator()
    let actions = (0..<400).map { drawnWalker(theory, evaluator, draw: $0).action }
    var (low, high) = (0.0, 1.0)
    func kept(_ beta: Double) -> Double { actions.reduce(0) { $0 + exp(-beta * $1) } / Double(actions.count) }
    while share < 1, kept(high) > share { high *= 2 }
    for _ in 0..<40 where share < 1 {
      (low, high) = kept((low + high) / 2) > share ? ((low + high) / 2, high) : (low, (low + high) / 2)
    }
    coupling = low
  }

  /// After so many applications.
  struct Verdict: CustomStringConvertible {
    let applications: Int
    let draws: Int
    let directions: Int
    let pValue: Double
    /// Of all proposals up to here.
    let acceptance: Double
    var description: String {
      "\(applications) x \(draws): p = \(pValue) on \(directions) functions, acceptance \((100 * acceptance).rounded()) %"
    }
    /// At a false-alarm probability of 1e-6.
    var isRejected: Bool { pValue < 1e-6 }
  }

  /// `draws` exact draws moved once, a quarter of them ten times, and, where asked for, a twentieth (eighty at least) a hundred times.
  func verdicts(
    draws: Int, upTo most: Int = 100, _ move: (Walker, ActionEvaluator, inout WalkerRandomness) -> KernelCounts
  ) -> [Verdict] {
    let evaluator = theory.makeEvaluator()
    let walker = evaluator.makeWalker()
    let stages = [(1, draws), (10, draws / 4), (100, max(draws / 20, 80))].filter { $0.0 <= most }
    var changes = stages.map { _ in MeanChange(functions.count) }
    var counts = stages.map { _ in KernelCounts() }
    var source = ExactDraws(self)
    for draw in 0..<draws {
      source.next(walker, evaluator)
      var random = WalkerRandomness(stream: RandomStream(seed: seed, stream: "moves"), walker: draw)
      let before = functions(walker, evaluator, coupling)
      var done = 0
      for (stage, (applications, enough)) in stages.enumerated() where draw < enough {
        while done < applications {
          counts[stage] += move(walker, evaluator, &random)
          done += 1
        }
        changes[stage].add(before, functions(walker, evaluator, coupling))
      }
    }
    return zip(stages, zip(changes, counts)).map { stage, result in
      let test = result.0.test()
      return Verdict(
        applications: stage.0, draws: stage.1, directions: test.directions, pValue: test.pValue, acceptance: result.1.acceptance)
    }
  }

  /// Of kernels in turn, tuned on a walker of their own and then frozen.
  func verdicts(of kernels: [any MarkovKernel], draws: Int, upTo most: Int = 100) -> [Verdict] {
    let evaluator = theory.makeEvaluator()
    let walker = evaluator.makeWalker()
    var source = ExactDraws(self)
    source.next(walker, evaluator)
    var random = WalkerRandomness(stream: RandomStream(seed: seed, stream: "tuning"), walker: 0)
    for _ in 0..<100 {
      for kernel in kernels { kernel.tune(kernel.sweep(walker, evaluator, coupling: coupling, &random)) }
    }
    return verdicts(draws: draws, upTo: most) { walker, evaluator, random in
      var counts = KernelCounts()
      for kernel in kernels { counts += kernel.sweep(walker, evaluator, coupling: coupling, &random) }
      return counts
    }
  }

  /// One exact draw after the other.
  struct ExactDraws {
    private let equilibrium: Equilibrium
    private let stream: RandomStream
    private var decisions: WalkerRandomness
    private var draw: UInt64 = 0

    init(_ equilibrium: Equilibrium, _ name: String = "draws") {
      self.equilibrium = equilibrium
      stream = RandomStream(seed: equilibrium.seed, stream: name)
      decisions = WalkerRandomness(stream: RandomStream(seed: equilibrium.seed, stream: "kept \(name)"), walker: 0)
      decisions.advance()
    }

    mutating func next(_ walker: Walker, _ evaluator: ActionEvaluator) {
      repeat {
        equilibrium.theory.prior.drawParameters(stream, draw: draw, into: walker.parameters)
        evaluator.evaluate(walker)
        precondition(walker.action >= 0, "Equilibrium: the action must be bounded by zero")
        draw += 1
      } while log(decisions.uniform()) >= -equilibrium.coupling * walker.action
    }
  }
}

/// Bounded functions of all blocks of a network, of its neurons two by two, and of its action: their means are normal in few draws.
struct BoundedFunctions {
  private let theory: InteractingTheory
  /// Each block's rms under the prior; zero for phases.
  private let scales: [Double]
  private let net: (any PlaneWaveNet)?
  private let sites: AlignedBuffer<Double>
  private(set) var count = 0

  init(_ theory: InteractingTheory) {
    self.theory = theory
    net = theory.prior as? any PlaneWaveNet
    sites = AlignedBuffer(count: theory.fieldCount, repeating: 0)
    let (layout, net, evaluator) = (theory.prior.layout, net, theory.makeEvaluator())
    let drawn = (0..<50).map { drawnWalker(theory, evaluator, draw: $0) }
    scales = layout.blocks.enumerated().map { index, block in
      if index == net?.phaseBlock { return 0 }
      let size = block.components * layout.width(of: block)
      let sum = drawn.reduce(0.0) { sum, walker in
        sum + (0..<size).reduce(0.0) { $0 + walker.parameters.block(index)[$1] * walker.parameters.block(index)[$1] }
      }
      return (sum / Double(50 * size)).squareRoot()
    }
    count = self(drawn[0], evaluator, 1).count
  }

  /// Of one network.
  func callAsFunction(_ walker: Walker, _ evaluator: ActionEvaluator, _ coupling: Double) -> [Double] {
    // Of layers of several widths as many neurons as the narrowest has.
    let layout = theory.prior.layout
    let width = layout.blocks.map(layout.width(of:)).min()!
    var result: [Double] = []
    func mean(_ term: (Int) -> Double) { result.append((0..<width).reduce(0.0) { $0 + term($1) } / Double(width)) }
    // An odd and an even function of every number.
    let rows = theory.prior.layout.blocks.enumerated().flatMap { index, block in
      // Of weights between layers one input, since inputs are exchangeable: functions stay fewer than draws.
      (0..<(block.width == nil ? block.components : 1)).map {
        (walker.parameters.block(index, component: $0), scales[index])
      }
    }
    let (odd, even) = (
      rows.map { x, scale in (0..<width).map { scale == 0 ? sin(x[$0]) : x[$0] / (abs(x[$0]) + scale) } },
      rows.map { x, scale in (0..<width).map { scale == 0 ? cos(2 * x[$0]) : x[$0] * x[$0] / (x[$0] * x[$0] + scale * scale) } }
    )
    for (a, row) in rows.enumerated() {
      mean { odd[a][$0] }
      mean { even[a][$0] }
      if row.1 == 0 { mean { cos(row.0[$0]) } }
      if width > 1 {
        mean { odd[a][$0] * odd[a][($0 + 1) % width] }
        mean { even[a][$0] * even[a][($0 + 1) % width] }
      }
      for b in 0..<a {
        mean { odd[a][$0] * odd[b][$0] }
        mean { even[a][$0] * even[b][$0] }
      }
    }
    if let net, width > 1 { result += pairs(net, walker) }
    // The action against what makes it.
    let action = coupling * walker.action / (1 + coupling * walker.action)
    result += [action, action * action, walker.action / (1 + walker.action)]
    for a in rows.indices { result.append(action * even[a].reduce(0, +) / Double(width)) }
    if net == nil {
      evaluator.copyField(of: walker, into: sites.pointer)
      let average = sites.array.reduce(0, +) / Double(sites.count)
      result += [average / (1 + abs(average)), average * average / (1 + average * average)]
    }
    return result
  }

  /// Neurons whose momenta and phases are alike, or opposite: `cos(b_i ± b_j) e^{−(k_i ± k_j)²/2δ²}` over all pairs.
  private func pairs(_ net: any PlaneWaveNet, _ walker: Walker) -> [Double] {
    let width = 2 / theory.extent
    let momenta = (0..<net.dimension).map { walker.parameters.block(net.momentumBlock, component: $0) }
    let b = walker.parameters.block(net.phaseBlock)
    return [-1.0, 1.0].map { sign in
      var sum = 0.0
      for i in 0..<net.width {
        for j in 0..<i {
          let square = momenta.reduce(0.0) { $0 + ($1[i] + sign * $1[j]) * ($1[i] + sign * $1[j]) } / (2 * width * width)
          if square < 20 { sum += exp(-square) * cos(b[i] + sign * b[j]) }
        }
      }
      return sum / Double(net.width * (net.width - 1) / 2)
    }
  }
}

/// Hotelling's test that the mean change of several functions is zero.
struct MeanChange {
  private let count: Int
  private var draws = 0
  private var sums: [Double]
  private var products: [Double]
  private var squares: [Double]

  init(_ count: Int) {
    self.count = count
    sums = [Double](repeating: 0, count: count)
    squares = sums
    products = [Double](repeating: 0, count: count * count)
  }

  mutating func add(_ before: [Double], _ after: [Double]) {
    draws += 1
    for i in 0..<count {
      let change = after[i] - before[i]
      sums[i] += change
      squares[i] += before[i] * before[i] + after[i] * after[i]
      for j in 0...i { products[i * count + j] += change * (after[j] - before[j]) }
    }
  }

  /// T² on the directions that a pivoted Cholesky decomposition of the correlations resolves: functions that did not change, or change with others,
  /// are left out.
  func test() -> (pValue: Double, directions: Int) {
    let n = Double(draws)
    var covariance = [Double](repeating: 0, count: count * count)
    for i in 0..<count {
      for j in 0...i {
        let c = (products[i * count + j] - sums[i] * sums[j] / n) / (n - 1)
        (covariance[i * count + j], covariance[j * count + i]) = (c, c)
      }
    }
    let variance = (0..<count).map { covariance[$0 * count + $0] }
    var left = (0..<count).filter { variance[$0] > 1e-20 * (squares[$0] / n + 1e-20) }
    var delta = sums.map { $0 / n }
    var (statistic, directions) = (0.0, 0)
    while let pivot = left.max(by: { covariance[$0 * count + $0] / variance[$0] < covariance[$1 * count + $1] / variance[$1] }),
      covariance[pivot * count + pivot] > 1e-7 * variance[pivot]
    {
      let diagonal = covariance[pivot * count + pivot]
      statistic += delta[pivot] * delta[pivot] / diagonal
      directions += 1
      left.removeAll { $0 == pivot }
      for i in left {
        let factor = covariance[i * count + pivot] / diagonal
        delta[i] -= factor * delta[pivot]
        for j in left { covariance[i * count + j] -= factor * covariance[pivot * count + j] }
      }
    }
    guard directions > 0 else { return (1, 0) }
    precondition(draws > directions + 20, "MeanChange: \(draws) draws for \(directions) functions")
    let k = Double(directions)
    return (Distributions.fisherTail((n - k) / (k * (n - 1)) * n * statistic, k, n - k), directions)
  }
}
