// SPDX-License-Identifier: GPL-3.0-or-later

import LatticeFields
import NumericalKernels

/// A local polynomial of the field whose correlations are wanted.
public enum CompositeField: Sendable, Hashable {
  /// φ(x)^n.
  case power(Int)
  /// φ(x) φ(x+r), r in lattice units; in an open box defined where both sites exist.
  case splitProduct([Int])
}

/// The current field of one worker, and the spatial correlations of its composites that estimators asked for.
///
/// Each composite is transformed once per draw, each correlation accumulated once, whoever asked. Per bin,
///
///     table(r) = Σ_draws Σ_x A(x) B(x+r) / (draws · pairs(r))      by   Σ_x A(x) B(x+r) = IFFT[ conj(FFT A) FFT B ].
///
/// Open boxes are zero-padded to at least 2L−1 sites an axis and divided by the exact number of pairs (the same transform of the
/// masks, rounded); periodic boxes use plain transforms. Cost per draw: one padded real FFT a composite.
public final class DrawWorkspace {
  /// Where the field lives.
  public let sites: SiteSet
  /// The field's values, written by the synthesizer.
  public let field: AlignedBuffer<Double>
  /// Draws added to the current bin.
  public private(set) var drawsInBin = 0
  private let transforms: CorrelationTransforms?

  /// Room for one field.
  public init(sites: SiteSet) {
    self.sites = sites
    field = AlignedBuffer(count: sites.count, repeating: 0)
    if case .lattice(let lattice) = sites {
      transforms = CorrelationTransforms(lattice)
    } else {
      transforms = nil
    }
  }

  /// Asks for the correlation of two composites; the handle reads its table at the end of a bin.
  public func requestCorrelation(_ a: CompositeField, _ b: CompositeField) -> Int {
    guard let transforms else { preconditionFailure("correlations by FFT need a lattice") }
    return transforms.request(a, b)
  }

  /// Adds the field just written to every requested correlation.
  public func load() {
    drawsInBin += 1
    transforms?.accumulate(field.pointer)
  }

  /// `table(r)` of the current bin at a displacement in lattice units.
  public func correlation(_ handle: Int, at displacement: [Int]) -> Double {
    transforms!.value(handle, at: displacement, draws: drawsInBin)
  }

  /// `Σ_draws |FFT(A)(n)|²/draws` of the current bin for an autocorrelation, on a periodic lattice.
  public func meanPower(_ handle: Int, mode: [Int]) -> Double {
    transforms!.power(handle, mode: mode) / Double(drawsInBin)
  }

  /// Starts the next bin; called after every accumulator has handed out its primaries.
  public func startBin() {
    drawsInBin = 0
    transforms?.reset()
  }
}

/// Transforms and spectral sums behind a workspace.
private final class CorrelationTransforms {
  private struct Correlation {
    let a: Int
    let b: Int
    let sum: AlignedBuffer<Double>
    /// Pairs at every padded displacement.
    let pairs: AlignedBuffer<Double>
    var table: AlignedBuffer<Double>?
    var isPower: Bool { a == b }
  }

  private let lattice: Lattice
  private let shape: [Int]
  private let transform: RealFourierTransform
  /// Zero outside the box; FFTW leaves its input alone.
  private let padded: AlignedBuffer<Double>
  private var composites: [(field: CompositeField, spectrum: AlignedBuffer<ComplexDouble>)] = []
  private var correlations: [Correlation] = []

  init(_ lattice: Lattice) {
    self.lattice = lattice
    shape = lattice.boundary == .open ? lattice.sites.map { Self.transformLength(2 * $0 - 1) } : lattice.sites
    transform = RealFourierTransform(shape: shape)
    padded = AlignedBuffer(count: transform.realCount, repeating: 0)
  }

  /// The next length FFTW likes: factors 2, 3, 5, 7 only, even.
  static func transformLength(_ minimum: Int) -> Int {
    var length = max(1, minimum)
    while true {
      var rest = length
      for prime in [2, 3, 5, 7] { while rest % prime == 0 { rest /= prime } }
      if rest == 1 && (length % 2 == 0 || length == 1) { return length }
      length += 1
    }
  }

  func request(_ a: CompositeField, _ b: CompositeField) -> Int {
    let (first, second) = (index(of: a), index(of: b))
    if let known = correlations.firstIndex(where: { $0.a == first && $0.b == second }) { return known }
    correlations.append(
      Correlation(
        a: first, b: second,
        sum: AlignedBuffer(count: transform.complexCount * (first == second ? 1 : 2), repeating: 0),
        pairs: pairCounts(a, b)))
    return correlations.count - 1
  }

  private func index(of composite: CompositeField) -> Int {
    if let known = composites.firstIndex(where: { $0.field == composite }) { return known }
    composites.append((composite, AlignedBuffer(count: transform.complexCount, repeating: .zero)))
    return composites.count - 1
  }

  func accumulate(_ field: UnsafePointer<Double>) {
    for (composite, spectrum) in composites {
      write(composite, of: field)
      transform.forward(padded.pointer, spectrum.pointer)
    }
    for correlation in correlations {
      let a = composites[correlation.a].spectrum.pointer
      if correlation.isPower {
        SpectralKernels.accumulatePower(a, into: correlation.sum.pointer, count: transform.complexCount)
      } else {
        correlation.sum.pointer.withMemoryRebound(to: ComplexDouble.self, capacity: transform.complexCount) {
          SpectralKernels.accumulateCross(
            a, composites[correlation.b].spectrum.pointer, into: $0, count: transform.complexCount)
        }
      }
    }
  }

  func value(_ handle: Int, at displacement: [Int], draws: Int) -> Double {
    if correlations[handle].table == nil { correlations[handle].table = inverse(handle) }
    let index = paddedIndex(displacement)
    let correlation = correlations[handle]
    return correlation.table![index] / (correlation.pairs[index] * Double(draws))
  }

  func power(_ handle: Int, mode: [Int]) -> Double {
    precondition(correlations[handle].isPower)
    // A real field has |F(−n)| = |F(n)|; only n_d ≤ L_d/2 is stored.
    let folded = zip(mode, shape).map { (($0 % $1) + $1) % $1 }
    let stored = folded.last! <= shape.last! / 2 ? folded : zip(folded, shape).map { ($1 - $0) % $1 }
    let extents = shape.dropLast() + [shape.last! / 2 + 1]
    return correlations[handle].sum[zip(stored, extents).reduce(0) { $0 * $1.1 + $1.0 }]
  }

  func reset() {
    for index in correlations.indices {
      correlations[index].sum.fill(with: 0)
      correlations[index].table = nil
    }
  }

  private func inverse(_ handle: Int) -> AlignedBuffer<Double> {
    let correlation = correlations[handle]
    let spectrum = AlignedBuffer<ComplexDouble>(count: transform.complexCount, repeating: .zero)
    for i in 0..<transform.complexCount {
      spectrum[i] =
        correlation.isPower
        ? ComplexDouble(correlation.sum[i], 0)
        : ComplexDouble(correlation.sum[2 * i], correlation.sum[2 * i + 1])
    }
    let table = AlignedBuffer<Double>(count: transform.realCount, repeating: 0)
    transform.backward(spectrum.pointer, table.pointer)
    let scale = 1 / Double(transform.realCount)
    for i in 0..<table.count { table[i] *= scale }
    return table
  }

  private func paddedIndex(_ displacement: [Int]) -> Int {
    zip(displacement, shape).reduce(0) { $0 * $1.1 + (($1.0 % $1.1) + $1.1) % $1.1 }
  }

  // MARK: Composites on the padded grid

  /// Writes a composite into the box of the padded grid.
  private func write(_ composite: CompositeField, of field: UnsafePointer<Double>) {
    switch composite {
    case .power(let n):
      eachRow { source, target, length in
        let (from, to) = (field + source, padded.pointer + target)
        switch n {
        case 0: for i in 0..<length { to[i] = 1 }
        case 1: to.update(from: from, count: length)
        case 2: for i in 0..<length { to[i] = from[i] * from[i] }
        case 3: for i in 0..<length { to[i] = from[i] * from[i] * from[i] }
        default: for i in 0..<length { to[i] = (1..<n).reduce(from[i]) { product, _ in product * from[i] } }
        }
      }
    case .splitProduct(let r):
      writeSplitProduct(r) { field[$0] * field[$1] }
    }
  }

  /// The indicator of where a composite is defined, for pair counts.
  private func writeMask(_ composite: CompositeField) {
    switch composite {
    case .power: write(.power(0), of: padded.pointer)
    case .splitProduct(let r): writeSplitProduct(r) { _, _ in 1 }
    }
  }

  /// φ(x) φ(x+r) row by row; 0 where x+r leaves an open box.
  private func writeSplitProduct(_ r: [Int], _ value: (Int, Int) -> Double) {
    let last = lattice.sites.count - 1
    let extent = lattice.sites[last]
    var row = 0
    eachRow { source, target, length in
      let head = Array(Lattice.unravel(source, shape: lattice.sites).dropLast())
      let shifted = zip(head, r).map { $0 + $1 }
      let inside =
        lattice.boundary == .periodic
        || zip(shifted, lattice.sites).allSatisfy { $0 >= 0 && $0 < $1 }
      let base = inside ? lattice.siteIndex(shifted + [0]) : 0
      for i in 0..<length {
        var j = i + r[last]
        if lattice.boundary == .periodic { j = ((j % extent) + extent) % extent }
        padded[target + i] = inside && j >= 0 && j < extent ? value(source + i, base + j) : 0
      }
      row += 1
    }
  }

  /// Calls `body(first site, first padded index, length)` for every row of the box.
  private func eachRow(_ body: (Int, Int, Int) -> Void) {
    let length = lattice.sites.last!
    let rows = lattice.siteCount / length
    let head = Array(lattice.sites.dropLast())
    for row in 0..<rows {
      let vector = Lattice.unravel(row, shape: head)
      let target = zip(vector, shape).reduce(0) { $0 * $1.1 + $1.0 } * shape.last!
      body(row * length, target, length)
    }
  }

  private func pairCounts(_ a: CompositeField, _ b: CompositeField) -> AlignedBuffer<Double> {
    let first = AlignedBuffer<ComplexDouble>(count: transform.complexCount, repeating: .zero)
    let second = AlignedBuffer<ComplexDouble>(count: transform.complexCount, repeating: .zero)
    writeMask(a)
    transform.forward(padded.pointer, first.pointer)
    writeMask(b)
    transform.forward(padded.pointer, second.pointer)
    let product = AlignedBuffer<ComplexDouble>(count: transform.complexCount, repeating: .zero)
    SpectralKernels.accumulateCross(
      first.pointer, second.pointer, into: product.pointer, count: transform.complexCount)
    let counts = AlignedBuffer<Double>(count: transform.realCount, repeating: 0)
    transform.backward(product.pointer, counts.pointer)
    for i in 0..<counts.count { counts[i] = (counts[i] / Double(transform.realCount)).rounded() }
    return counts
  }
}
