// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import FieldTheories
import LatticeFields
import NumericalKernels

/// A few hundred single neurons side by side, as the vector kernels want them: neurons contiguous, one row a parameter,
/// padded to groups of sixteen with neurons of amplitude zero. Neurons come from the networks of a run, draw after draw: the
/// very neurons of its fields.
final class NeuronBatch {
  /// Most neurons in a batch: its rows stay in the first cache.
  static let capacity = 512

  /// Neurons in the batch.
  private(set) var count = 0
  /// `count` rounded up to a multiple of sixteen.
  var paddedCount: Int { (count + 15) / 16 * 16 }

  private let net: any NeuronSum
  private let law: NeuronLaw
  private let parameters: NetworkParameters
  /// F of all neurons of the network last drawn.
  private let amplitudes: AlignedBuffer<Double>
  /// v of all neurons of the network last drawn.
  private let weights: AlignedBuffer<Double>
  private let rows: AlignedBuffer<Double>

  init(_ neurons: IndependentNeurons) {
    net = neurons.net
    law = neurons.law
    parameters = NetworkParameters(layout: net.layout)
    amplitudes = AlignedBuffer(count: net.width, repeating: 0)
    weights = AlignedBuffer(count: net.width, repeating: 0)
    rows = AlignedBuffer(count: (net.dimension + 5) * Self.capacity, repeating: 0)
  }

  /// Component `axis` of the momenta.
  func momentum(_ axis: Int) -> UnsafeMutablePointer<Double> { rows.pointer + axis * Self.capacity }
  /// Phases or biases.
  private var offset: UnsafeMutablePointer<Double> { momentum(net.dimension) }
  /// Amplitudes F of the neurons.
  var amplitude: UnsafeMutablePointer<Double> { momentum(net.dimension + 1) }
  /// Output weights v of the neurons.
  var weight: UnsafeMutablePointer<Double> { momentum(net.dimension + 2) }
  private var angle: UnsafeMutablePointer<Double> { momentum(net.dimension + 3) }
  private var spare: UnsafeMutablePointer<Double> { momentum(net.dimension + 4) }

  /// Draws the networks of `draws` and hands over their neurons in batches: full ones across networks, or, with
  /// `wholeNetworks`, ones that end with their network, `body` being told when it is complete. `proceed` is asked before each
  /// network; false ends it all, and then so is the result. The bin can be cut between networks: `sums` visits what `body` has added up.
  func forEach(
    _ draws: Range<UInt64>, _ stream: RandomStream, wholeNetworks: Bool, pauses: UnitPauses, proceed: () -> Bool,
    sums: (inout StateVisitor) -> Void, _ body: (_ completesNetwork: Bool) -> Void
  ) -> Bool {
    count = 0
    let root = Double(net.width).squareRoot()
    var done = 0
    func visit(_ state: inout StateVisitor) -> Bool {
      state.visit(&done)
      state.visit(&count)
      count = min(max(0, count), Self.capacity)
      for row in 0..<net.dimension + 3 { state.visit(momentum(row), count: count) }
      sums(&state)
      return true
    }
    if pauses.resume(visit) { pauses.finishedDraws(done) }
    while done < draws.count {
      guard proceed() else {
        pauses.end(visit)
        return false
      }
      net.drawParameters(stream, draw: draws.lowerBound + UInt64(done), into: parameters)
      let drawn = parameters.block(law.weightBlock)
      weights.pointer.update(from: drawn, count: net.width)
      drawn.update(repeating: 1, count: net.width)
      law.amplitudes(parameters, amplitudes.pointer)
      for i in 0..<net.width { amplitudes.pointer[i] *= root }
      var first = 0
      while first < net.width {
        let length = min(net.width - first, Self.capacity - count)
        append(first, length)
        first += length
        let completes = first == net.width
        if count == Self.capacity || wholeNetworks && completes { flush { body(completes) } }
      }
      done += 1
      // The clock is slower than a small network.
      if done % 64 == 0 { pauses.offer(visit) }
    }
    if count > 0 { flush { body(true) } }
    return true
  }

  private func append(_ first: Int, _ length: Int) {
    for axis in 0..<net.dimension {
      (momentum(axis) + count).update(
        from: parameters.block(law.momentumBlock, component: axis) + first, count: length)
    }
    (offset + count).update(from: parameters.block(law.offsetBlock) + first, count: length)
    (amplitude + count).update(from: amplitudes.pointer + first, count: length)
    (weight + count).update(from: weights.pointer + first, count: length)
    count += length
  }

  private func flush(_ body: () -> Void) {
    for row in 0..<net.dimension + 3 {
      (momentum(row) + count).update(repeating: 0, count: paddedCount - count)
    }
    body()
    count = 0
  }

  /// Writes F f(x), the neurons without output weight, at one point.
  func evaluate(at x: Point, into values: UnsafeMutablePointer<Double>) {
    let (length, angle, amplitude) = (paddedCount, angle, amplitude)
    angle.update(from: offset, count: length)
    for axis in 0..<net.dimension {
      let (k, t) = (momentum(axis), x[axis])
      for i in 0..<length { angle[i] += k[i] * t }
    }
    switch law.shape {
    case .cosine: WaveKernels.sincos(angle, sine: spare, cosine: values, count: length)
    case .exponential(let constant, let quadratic):
      let shift = constant + quadratic * x.squaredNorm
      for i in 0..<length { angle[i] -= shift }
      WaveKernels.exp(angle, into: values, count: length)
    }
    for i in 0..<length { values[i] *= amplitude[i] }
  }

  /// `Σ_i F_i^n cos k_i·z` at many z, four coordinates each. `powers` is scratch of ``capacity`` numbers.
  func cosineSums(
    order n: Int, at z: AlignedBuffer<Double>, count points: Int, powers: UnsafeMutablePointer<Double>,
    into sums: UnsafeMutablePointer<Double>
  ) {
    let (length, amplitude, zero) = (paddedCount, amplitude, angle)
    for i in 0..<length {
      let square = amplitude[i] * amplitude[i]
      powers[i] = n == 2 ? square : n == 4 ? square * square : square * square * square
      zero[i] = 0
    }
    let momenta = (0..<net.dimension).map { Optional(UnsafePointer(momentum($0))) }
    momenta.withUnsafeBufferPointer {
      Double.cosineSums(
        momenta: $0.baseAddress!, dimension: net.dimension, phases: zero, amplitudes: powers, count: length,
        at: z.pointer, points: points, into: sums)
    }
  }
}

/// Sums of many numbers to the last bit or two (Neumaier, ZAMM 54 (1974) 39), so that averages of equal numbers are that number.
struct CompensatedSums {
  private var sums: [Double]
  private var corrections: [Double]

  init(count: Int) {
    sums = [Double](repeating: 0, count: count)
    corrections = sums
  }

  mutating func add(_ x: Double, to index: Int) {
    let sum = sums[index]
    let total = sum + x
    corrections[index] += abs(sum) >= abs(x) ? (sum - total) + x : (x - total) + sum
    sums[index] = total
  }

  subscript(index: Int) -> Double { sums[index] + corrections[index] }

  /// Visits sums and corrections.
  mutating func visit(_ state: inout StateVisitor) {
    sums.withUnsafeMutableBufferPointer { state.visit($0.baseAddress!, count: $0.count) }
    corrections.withUnsafeMutableBufferPointer { state.visit($0.baseAddress!, count: $0.count) }
  }
}
