// SPDX-License-Identifier: GPL-3.0-or-later

import LatticeFields
import NumericalKernels

/// What a workspace asks of its transforms, whatever the precision of the field.
protocol CorrelationEngine: AnyObject {
  /// Asks for the transform of a composite.
  func request(_ composite: CompositeField) -> Int
  /// Asks for the correlation of two composites at displacements up to `reach` along each axis.
  func request(_ a: CompositeField, _ b: CompositeField, reach: [Int]) -> Int
  /// What the requests so far cost a field.
  var demand: TransformDemand { get }
  /// Where the table of a correlation holds displacement r, and 1/pairs(r).
  func place(_ handle: Int, of displacement: [Int]) -> (index: Int, perPair: Double)
  /// `Σ_draws Σ_x A(x) B(x+r)` at every place.
  func table(_ handle: Int) -> AlignedBuffer<Double>
  /// Where mode n is among ``powers(_:)``.
  func place(ofMode mode: [Int]) -> Int
  /// `Σ_draws |FFT(A)(n)|²/factor` of every mode that is stored.
  func powers(_ handle: Int) -> (sums: AlignedBuffer<Double>, factor: Double)
  /// `FFT(A)(n)` of the last field.
  func amplitude(_ composite: Int, mode: [Int]) -> ComplexDouble
  /// Visits the sums.
  func visit(_ state: inout StateVisitor)
  /// Forgets the sums.
  func reset()
}

/// Transforms of composites in the precision of the field; sums of their spectra in double precision.
///
/// An open box is padded so far that displacements within the reach that was asked for do not wrap: to at least L + reach, at most 2L − 1.
/// Everything is laid out when the first field arrives. Fields are handed in over a unit, a power of two; what is read is in the units of the
/// theory again, by an exact factor.
final class CorrelationTransforms<Real: FieldReal>: CorrelationEngine {
  private struct Correlation {
    let a: Int
    let b: Int
    var isPower: Bool { a == b }
  }

  /// What exists once the reach is known.
  private final class Grids {
    let transform: ZeroPaddedTransform<Real>
    let inverse: RealFourierTransform
    /// Where the entries of the row-major half grid are stored.
    let order: [Int]
    let spectra: [AlignedBuffer<Real>]
    let sums: [AlignedBuffer<Double>]
    var tables: [AlignedBuffer<Double>?]

    init(_ lattice: Lattice, shape: [Int], composites: Int, correlations: [Correlation]) {
      let transform = ZeroPaddedTransform<Real>(box: lattice.sites, shape: shape)
      self.transform = transform
      inverse = RealFourierTransform(shape: shape)
      let half = Array(shape.dropLast()) + [shape.last! / 2 + 1]
      order = (0..<inverse.complexCount).map { transform.index(ofEntry: Lattice.unravel($0, shape: half)) }
      spectra = (0..<composites).map { _ in AlignedBuffer(count: 2 * transform.complexCount, repeating: 0) }
      sums = correlations.map { AlignedBuffer(count: transform.complexCount * ($0.isPower ? 1 : 2), repeating: 0) }
      tables = correlations.map { _ in nil }
    }
  }

  private let lattice: Lattice
  private let writer: CompositeWriter<Real>
  private var composites: [CompositeField] = []
  private var factors: [Double] = []
  private var correlations: [Correlation] = []
  private var reach: [Int]
  private var grids: Grids?
  /// Whether the spectra of constants are there.
  private var hasConstants = false
  private let unit: Double

  init(_ lattice: Lattice, unit: Double = 1) {
    self.lattice = lattice
    self.unit = unit
    writer = CompositeWriter(lattice, unit: unit)
    reach = [Int](repeating: 0, count: lattice.dimension)
  }

  func request(_ composite: CompositeField) -> Int {
    if let known = composites.firstIndex(of: composite) { return known }
    precondition(grids == nil, "correlations are asked for before the first field")
    composites.append(composite)
    factors.append((0..<composite.degree).reduce(1) { product, _ in product * unit })
    return composites.count - 1
  }

  func request(_ a: CompositeField, _ b: CompositeField, reach: [Int]) -> Int {
    precondition(grids == nil, "correlations are asked for before the first field")
    self.reach = zip(self.reach, reach).map { max($0, $1) }
    let (first, second) = (request(a), request(b))
    if let known = correlations.firstIndex(where: { $0.a == first && $0.b == second }) { return known }
    correlations.append(Correlation(a: first, b: second))
    return correlations.count - 1
  }

  var demand: TransformDemand {
    let powers = correlations.count(where: \.isPower)
    return TransformDemand(
      gridSites: shape.reduce(1, *), transforms: composites.count(where: { !$0.isConstant }), powers: powers,
      crossSpectra: correlations.count - powers)
  }

  /// The extents of the grid, by the reach asked for so far.
  private var shape: [Int] {
    lattice.boundary == .open
      ? ZeroPaddedTransform<Real>.shape(atLeast: zip(lattice.sites, reach).map { $0 + min($1, $0 - 1) }) : lattice.sites
  }

  /// Adds a field: each composite is transformed once, each correlation accumulated once.
  func accumulate(_ field: UnsafePointer<Real>) {
    let grids = layOut()
    for (composite, spectrum) in zip(composites, grids.spectra) where !hasConstants || !composite.isConstant {
      grids.transform.forward(spectrum.pointer) { row, target in
        writer.write(composite, of: field, row: row, to: target)
      }
    }
    for (correlation, sum) in zip(correlations, grids.sums) {
      let a = grids.spectra[correlation.a].pointer
      let count = grids.transform.complexCount
      if correlation.isPower {
        Real.accumulatePower(a, into: sum.pointer, count: count)
      } else {
        Real.accumulateCross(a, grids.spectra[correlation.b].pointer, into: sum.pointer, count: count)
      }
    }
    hasConstants = true
  }

  private func layOut() -> Grids {
    let grids = grids ?? Grids(lattice, shape: shape, composites: composites.count, correlations: correlations)
    self.grids = grids
    return grids
  }

  func visit(_ state: inout StateVisitor) { for sum in layOut().sums { state.visit(sum.pointer, count: sum.count) } }

  func place(_ handle: Int, of displacement: [Int]) -> (index: Int, perPair: Double) {
    // Stored momenta of all axes but the last have the opposite sign, hence so have displacements.
    var index = 0
    for (axis, extent) in laidOut.transform.shape.enumerated() {
      let r = axis == lattice.dimension - 1 ? displacement[axis] : -displacement[axis]
      index = index * extent + ((r % extent) + extent) % extent
    }
    return (index, 1 / pairs(correlations[handle], displacement))
  }

  func table(_ handle: Int) -> AlignedBuffer<Double> {
    if let table = laidOut.tables[handle] { return table }
    let table = inverse(handle, laidOut)
    laidOut.tables[handle] = table
    return table
  }

  func place(ofMode mode: [Int]) -> Int { laidOut.transform.index(ofMode: mode).index }

  func powers(_ handle: Int) -> (sums: AlignedBuffer<Double>, factor: Double) {
    precondition(correlations[handle].isPower)
    let factor = factor(correlations[handle].a)
    return (laidOut.sums[handle], factor * factor)
  }

  func amplitude(_ composite: Int, mode: [Int]) -> ComplexDouble {
    let (index, isConjugate) = laidOut.transform.index(ofMode: mode)
    let spectrum = laidOut.spectra[composite].pointer
    let factor = factor(composite)
    let imaginary = factor * Double(spectrum[2 * index + 1])
    return ComplexDouble(factor * Double(spectrum[2 * index]), isConjugate ? -imaginary : imaginary)
  }

  /// What turns a composite of fields over the unit into one of the fields.
  private func factor(_ composite: Int) -> Double { factors[composite] }

  func reset() {
    guard let grids else { return }
    for (index, sum) in grids.sums.enumerated() {
      sum.fill(with: 0)
      grids.tables[index] = nil
    }
  }

  private var laidOut: Grids {
    guard let grids else { preconditionFailure("no field was added yet") }
    return grids
  }

  /// The correlation behind summed spectra: real for powers, (real, imaginary) pairs for cross spectra.
  private func inverse(_ handle: Int, _ grids: Grids) -> AlignedBuffer<Double> {
    let (sum, isPower) = (grids.sums[handle].pointer, correlations[handle].isPower)
    let spectrum = AlignedBuffer<ComplexDouble>(count: grids.inverse.complexCount, repeating: .zero)
    for (entry, from) in grids.order.enumerated() {
      spectrum[entry] = isPower ? ComplexDouble(sum[from], 0) : ComplexDouble(sum[2 * from], sum[2 * from + 1])
    }
    let table = AlignedBuffer<Double>(count: grids.inverse.realCount, repeating: 0)
    grids.inverse.backward(spectrum.pointer, table.pointer)
    let scale = factor(correlations[handle].a) * factor(correlations[handle].b) / Double(grids.inverse.realCount)
    for i in 0..<table.count { table[i] *= scale }
    return table
  }

  /// The number of sites x for which x, x + r and the partners of both composites lie in the box: per axis what their span leaves of it.
  private func pairs(_ correlation: Correlation, _ r: [Int]) -> Double {
    guard lattice.boundary == .open else { return Double(lattice.siteCount) }
    let (first, second) = (composites[correlation.a].partner, composites[correlation.b].partner)
    return lattice.sites.indices.reduce(1.0) { product, axis in
      let steps = [0, first?[axis] ?? 0, r[axis], r[axis] + (second?[axis] ?? 0)]
      return product * Double(max(0, lattice.sites[axis] - (steps.max()! - steps.min()!)))
    }
  }
}
