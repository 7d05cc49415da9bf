// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import FieldTheories
import LatticeFields
import NumericalKernels

// One worker a thread: from the networks of a bin to its primaries, unbiased estimates of the full n-point functions A_n of a
// network of the base width, for every list of points of a table. Base width: one neuron; for conditional covariances the
// network's own.

/// Turns the networks of a bin into primaries; owned by one thread.
public protocol NeuronWorker: AnyObject {
  /// The primaries of one bin, a pure function of the draws and the worker's stream. `proceed` is asked before each network;
  /// nil if it says no. Between networks `pauses` may cut the bin.
  func bin(_ draws: Range<UInt64>, _ pauses: UnitPauses, proceed: () -> Bool) -> [Double]?
}

extension NeuronWorker {
  /// The same without pauses.
  public func bin(_ draws: Range<UInt64>, proceed: () -> Bool) -> [Double]? { bin(draws, UnitPauses(), proceed: proceed) }
}

/// `A_n = μ_n 2^{1−n} Σ_{half splits} <F^n cos k·z>`, weights and phases averaged exactly. About 0.4 ns a neuron and distinct z.
final class PhaseAveragedWorker: NeuronWorker {
  private struct Order {
    let n: Int
    let count: Int
    let points: AlignedBuffer<Double>
    let sums: AlignedBuffer<Double>
  }

  private let batch: NeuronBatch
  private let stream: RandomStream
  private let width: Double
  private let orders: [Order]
  /// For each list the order, its z and the factor μ_n 2^{1−n}.
  private let primaries: [(order: Int, splits: [Int], factor: Double)]
  private let powers = AlignedBuffer<Double>(count: NeuronBatch.capacity, repeating: 0)

  init(_ neurons: IndependentNeurons, lists: [[Point]], stream: RandomStream) {
    batch = NeuronBatch(neurons)
    self.stream = stream
    width = Double(neurons.net.width)
    var tables: [Int: (points: [Point], index: [Point: Int])] = [:]
    let splits = lists.map { list in
      Pairings.halfSplits(list.count).map { signs in
        let z = Self.canonical(zip(signs, list).reduce(Point.zero) { $0 + $1.0 * $1.1 })
        if let known = tables[list.count]?.index[z] { return known }
        let new = tables[list.count]?.points.count ?? 0
        tables[list.count, default: ([], [:])].points.append(z)
        tables[list.count]!.index[z] = new
        return new
      }
    }
    let ordered = tables.keys.sorted()
    orders = ordered.map { n in
      let points = tables[n]!.points
      let coordinates = AlignedBuffer<Double>(count: 4 * points.count, repeating: 0)
      for (i, z) in points.enumerated() { for axis in 0..<4 { coordinates[4 * i + axis] = z[axis] } }
      return Order(
        n: n, count: points.count, points: coordinates, sums: AlignedBuffer(count: points.count, repeating: 0))
    }
    primaries = zip(lists, splits).map { list, splits in
      let n = list.count
      return (
        ordered.firstIndex(of: n)!, splits, neurons.net.outputWeights.moment(n) / Double(1 << (n - 1))
      )
    }
  }

  /// z or −z, whichever has its first non-zero component positive: the cosine is even.
  private static func canonical(_ z: Point) -> Point {
    let first = (0..<maximumDimension).first { z[$0] != 0 }
    return first.map { z[$0] < 0 ? Point.zero - z : z } ?? .zero
  }

  func bin(_ draws: Range<UInt64>, _ pauses: UnitPauses, proceed: () -> Bool) -> [Double]? {
    var totals = orders.map { CompensatedSums(count: $0.count) }
    let done = batch.forEach(
      draws, stream, wholeNetworks: false, pauses: pauses, proceed: proceed,
      sums: { for index in totals.indices { totals[index].visit(&$0) } }
    ) { _ in
      for (index, order) in orders.enumerated() {
        batch.cosineSums(
          order: order.n, at: order.points, count: order.count, powers: powers.pointer, into: order.sums.pointer)
        for z in 0..<order.count { totals[index].add(order.sums[z], to: z) }
      }
    }
    guard done else { return nil }
    let neurons = Double(draws.count) * width
    return primaries.map { primary in
      primary.factor * primary.splits.reduce(0) { $0 + totals[primary.order][$1] } / neurons
    }
  }
}

/// `A_n = <v^n φ_1…φ_1>` from sampled weights, or `μ_n <φ_1…φ_1>`: products of single neurons at the points.
final class NeuronProductWorker: NeuronWorker {
  private let batch: NeuronBatch
  private let stream: RandomStream
  private let width: Double
  private let samplesWeights: Bool
  private let points: [Point]
  /// For each list the rows of the table it multiplies, and μ_n where weights are averaged.
  private let primaries: [(rows: [Int], factor: Double)]
  private let table: NeuronValueTable

  init(_ neurons: IndependentNeurons, lists: [[Point]], samplesWeights: Bool, stream: RandomStream) {
    batch = NeuronBatch(neurons)
    self.stream = stream
    self.samplesWeights = samplesWeights
    width = Double(neurons.net.width)
    let sites = SiteIndex(lists)
    points = sites.points
    table = NeuronValueTable(points: sites.points.count)
    primaries = lists.map { list in
      (list.map(sites.index), samplesWeights ? 1 : neurons.net.outputWeights.moment(list.count))
    }
  }

  func bin(_ draws: Range<UInt64>, _ pauses: UnitPauses, proceed: () -> Bool) -> [Double]? {
    var totals = CompensatedSums(count: primaries.count)
    let done = batch.forEach(
      draws, stream, wholeNetworks: false, pauses: pauses, proceed: proceed, sums: { totals.visit(&$0) }
    ) { _ in
      table.fill(batch, points, withWeights: samplesWeights)
      for (index, primary) in primaries.enumerated() {
        totals.add(table.sumOfProducts(primary.rows, count: batch.paddedCount), to: index)
      }
    }
    guard done else { return nil }
    let neurons = Double(draws.count) * width
    return primaries.indices.map { primaries[$0].factor * totals[$0] / neurons }
  }
}

/// `A_n = <E[φ(x1)…φ(xn) | neurons]>`: given its neurons a network with Gaussian output weights is a Gaussian field of covariance
/// `C_ab = (μ2/N) Σ_i φ_i(a) φ_i(b)`, so the average over weights is Wick's theorem with C.
final class ConditionalCovarianceWorker: NeuronWorker {
  private let batch: NeuronBatch
  private let stream: RandomStream
  private let scale: Double
  private let points: [Point]
  private let pairs: [[Int]]
  /// For each list its Wick pairings, each a list of indices into `pairs`.
  private let pairings: [[[Int]]]
  private let table: NeuronValueTable

  init(_ neurons: IndependentNeurons, lists: [[Point]], stream: RandomStream) {
    batch = NeuronBatch(neurons)
    self.stream = stream
    scale = neurons.net.outputWeights.moment(2) / Double(neurons.net.width)
    let sites = SiteIndex(lists)
    points = sites.points
    table = NeuronValueTable(points: sites.points.count)
    var pairs: [[Int]] = []
    var index: [[Int]: Int] = [:]
    pairings = lists.map { list in
      let rows = list.map(sites.index)
      let wick = list.count == 2 ? [[(0, 1)]] : list.count == 4 ? Pairings.four : Pairings.six
      return wick.map { pairing in
        pairing.map { pair in
          let key = [rows[pair.0], rows[pair.1]].sorted()
          if let known = index[key] { return known }
          index[key] = pairs.count
          pairs.append(key)
          return pairs.count - 1
        }
      }
    }
    self.pairs = pairs
  }

  func bin(_ draws: Range<UInt64>, _ pauses: UnitPauses, proceed: () -> Bool) -> [Double]? {
    var totals = CompensatedSums(count: pairings.count)
    var covariance = CompensatedSums(count: pairs.count)
    // Between networks no covariance is open.
    let done = batch.forEach(
      draws, stream, wholeNetworks: true, pauses: pauses, proceed: proceed, sums: { totals.visit(&$0) }
    ) { completesNetwork in
      table.fill(batch, points, withWeights: false)
      for (index, rows) in pairs.enumerated() {
        covariance.add(table.sumOfProducts(rows, count: batch.paddedCount), to: index)
      }
      guard completesNetwork else { return }
      for (index, wick) in pairings.enumerated() {
        var sum = 0.0
        for pairing in wick { sum += pairing.reduce(1) { $0 * scale * covariance[$1] } }
        totals.add(sum, to: index)
      }
      covariance = CompensatedSums(count: pairs.count)
    }
    return done ? pairings.indices.map { totals[$0] / Double(draws.count) } : nil
  }
}

/// The distinct points of many lists.
private struct SiteIndex {
  private(set) var points: [Point] = []
  private var indices: [Point: Int] = [:]

  init(_ lists: [[Point]]) {
    for point in lists.joined() where indices[point] == nil {
      indices[point] = points.count
      points.append(point)
    }
  }

  func index(_ point: Point) -> Int { indices[point]! }
}

/// Values of a batch's neurons at many points, a row a point.
private final class NeuronValueTable {
  private let values: AlignedBuffer<Double>

  init(points: Int) { values = AlignedBuffer(count: points * NeuronBatch.capacity, repeating: 0) }

  func fill(_ batch: NeuronBatch, _ points: [Point], withWeights: Bool) {
    let (length, weight) = (batch.paddedCount, batch.weight)
    for (row, x) in points.enumerated() {
      let values = values.pointer + row * NeuronBatch.capacity
      batch.evaluate(at: x, into: values)
      if withWeights { for i in 0..<length { values[i] *= weight[i] } }
    }
  }

  /// `Σ_i ∏_rows value_i` over `count` neurons, a multiple of eight.
  func sumOfProducts(_ rows: [Int], count: Int) -> Double {
    func row(_ index: Int) -> UnsafeRawPointer {
      UnsafeRawPointer(values.pointer + rows[index] * NeuronBatch.capacity)
    }
    let (first, second) = (row(0), row(1))
    var sum = SIMD8<Double>.zero
    let bytes = count * MemoryLayout<Double>.stride
    switch rows.count {
    case 2:
      for at in stride(from: 0, to: bytes, by: 64) { sum += load(first, at) * load(second, at) }
    case 4:
      let (third, fourth) = (row(2), row(3))
      for at in stride(from: 0, to: bytes, by: 64) {
        sum += load(first, at) * load(second, at) * (load(third, at) * load(fourth, at))
      }
    default:
      let (third, fourth, fifth, sixth) = (row(2), row(3), row(4), row(5))
      for at in stride(from: 0, to: bytes, by: 64) {
        sum +=
          load(first, at) * load(second, at) * (load(third, at) * load(fourth, at))
          * (load(fifth, at) * load(sixth, at))
      }
    }
    return sum.sum()
  }

  @inline(__always)
  private func load(_ row: UnsafeRawPointer, _ byte: Int) -> SIMD8<Double> {
    row.load(fromByteOffset: byte, as: SIMD8<Double>.self)
  }
}
