// SPDX-License-Identifier: GPL-3.0-or-later

import LatticeFields
import NumericalKernels

/// What a workspace asks of its transforms, whatever the precision of the field.
protocol CorrelationEngine: AnyObject {
  /// Asks for the correlation of two composites.
  func request(_ a: CompositeField, _ b: CompositeField) -> Int
  /// `Σ_draws Σ_x A(x) B(x+r) / (draws · pairs(r))`.
  func value(_ handle: Int, at displacement: [Int], draws: Int) -> Double
  /// `Σ_draws |FFT(A)(n)|²`.
  func power(_ handle: Int, mode: [Int]) -> Double
  /// Forgets the sums.
  func reset()
}

/// Transforms of composites in the precision of the field; sums of their spectra in double precision.
final class CorrelationTransforms<Real: FieldReal>: CorrelationEngine {
  private struct Correlation {
    let a: Int
    let b: Int
    let sum: AlignedBuffer<Double>
    /// Pairs at every padded displacement.
    let pairs: AlignedBuffer<Double>
    var table: AlignedBuffer<Double>?
    var isPower: Bool { a == b }
  }

  private let shape: [Int]
  private let lattice: Lattice
  private let writer: CompositeWriter<Real>
  private let transform: ForwardTransform<Real>
  private let inverseTransform: RealFourierTransform
  private var composites: [(field: CompositeField, spectrum: AlignedBuffer<Real>)] = []
  private var correlations: [Correlation] = []

  init(_ lattice: Lattice) {
    self.lattice = lattice
    shape =
      lattice.boundary == .open
      ? RealFourierTransform.paddedShape(lattice.sites.map { 2 * $0 - 1 }) : lattice.sites
    transform = ForwardTransform(shape: shape)
    inverseTransform = RealFourierTransform(shape: shape)
    writer = CompositeWriter(lattice, paddedShape: shape)
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
    composites.append((composite, AlignedBuffer(count: 2 * transform.complexCount, repeating: 0)))
    return composites.count - 1
  }

  /// Adds a field: each composite is transformed once, each correlation accumulated once.
  func accumulate(_ field: UnsafePointer<Real>) {
    for (composite, spectrum) in composites {
      writer.write(composite, of: field)
      transform.forward(writer.padded.pointer, spectrum.pointer)
    }
    for correlation in correlations {
      let a = composites[correlation.a].spectrum.pointer
      let sum = correlation.sum.pointer
      if correlation.isPower {
        Real.accumulatePower(a, into: sum, count: transform.complexCount)
      } else {
        Real.accumulateCross(
          a, composites[correlation.b].spectrum.pointer, into: sum, count: transform.complexCount)
      }
    }
  }

  func value(_ handle: Int, at displacement: [Int], draws: Int) -> Double {
    if correlations[handle].table == nil {
      correlations[handle].table = inverse(correlations[handle].sum, isPower: correlations[handle].isPower)
    }
    let index = zip(displacement, shape).reduce(0) { $0 * $1.1 + (($1.0 % $1.1) + $1.1) % $1.1 }
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

  /// The correlation behind summed spectra: real for powers, (real, imaginary) pairs for cross spectra.
  private func inverse(_ sum: AlignedBuffer<Double>, isPower: Bool) -> AlignedBuffer<Double> {
    let spectrum = AlignedBuffer<ComplexDouble>(count: transform.complexCount, repeating: .zero)
    for i in 0..<transform.complexCount {
      spectrum[i] = isPower ? ComplexDouble(sum[i], 0) : ComplexDouble(sum[2 * i], sum[2 * i + 1])
    }
    let table = AlignedBuffer<Double>(count: inverseTransform.realCount, repeating: 0)
    inverseTransform.backward(spectrum.pointer, table.pointer)
    let scale = 1 / Double(inverseTransform.realCount)
    for i in 0..<table.count { table[i] *= scale }
    return table
  }

  /// The number of sites x with A(x) and B(x+r) in the box: the correlation of the composites of φ = 1, rounded.
  private func pairCounts(_ a: CompositeField, _ b: CompositeField) -> AlignedBuffer<Double> {
    let one = AlignedBuffer<Double>(count: lattice.siteCount, repeating: 1)
    let writer = CompositeWriter<Double>(lattice, paddedShape: shape)
    let spectra = [a, b].map { composite in
      let spectrum = AlignedBuffer<ComplexDouble>(count: transform.complexCount, repeating: .zero)
      writer.write(composite, of: one.pointer)
      inverseTransform.forward(writer.padded.pointer, spectrum.pointer)
      return spectrum
    }
    let sum = AlignedBuffer<Double>(count: 2 * transform.complexCount, repeating: 0)
    sum.pointer.withMemoryRebound(to: ComplexDouble.self, capacity: transform.complexCount) {
      SpectralKernels.accumulateCross(
        spectra[0].pointer, spectra[1].pointer, into: $0, count: transform.complexCount)
    }
    let counts = inverse(sum, isPower: false)
    for i in 0..<counts.count { counts[i].round() }
    return counts
  }
}
