// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import ErrorAnalysis
import Foundation
import LatticeFields
import Testing

/// Primaries of a noise field against explicit loops over sites, for the estimators beyond 2- and 4-point functions. Each loop is written from the definition;
/// a wrong sign of a displacement, a missing factor of the spacing or a wrong number of pairs fails every case.
@Suite struct FurtherEstimatorTests {
  static let lattices = BruteForceTests.lattices
  static let periodic = lattices.filter { $0.boundary == .periodic }

  /// Mean over the pairs (x, x+r) of a function of both fields.
  private func pairMean(
    _ field: [Double], _ lattice: Lattice, _ r: [Int], _ function: (Double, Double) -> Double
  ) -> Double {
    var (sum, count) = (0.0, 0.0)
    for site in 0..<lattice.siteCount {
      let y = zip(lattice.siteVector(site), r).map { $0 + $1 }
      let inside = zip(y, lattice.sites).allSatisfy { $0 >= 0 && $0 < $1 }
      guard lattice.boundary == .periodic || inside else { continue }
      sum += function(field[site], field[lattice.siteIndex(y)])
      count += 1
    }
    return sum / count
  }

  private func steps(_ point: Point, _ lattice: Lattice) -> [Int] {
    (0..<lattice.dimension).map { Int((point[$0] / lattice.spacing).rounded()) }
  }

  /// The phase 2π n·x/L.
  private func phase(_ mode: [Int], _ x: [Int], _ extents: [Int]) -> Double {
    var turns = 0.0
    for (axis, extent) in extents.enumerated() { turns += Double(mode[axis] * x[axis]) / Double(extent) }
    return 2 * Double.pi * turns
  }

  /// φ(n) = a^d Σ_x e^{−2πi n·x/L} φ(x).
  private func transform(_ field: [Double], _ lattice: Lattice, _ mode: [Int]) -> (re: Double, im: Double) {
    var (re, im) = (0.0, 0.0)
    for site in 0..<lattice.siteCount {
      let angle = phase(mode, lattice.siteVector(site), lattice.sites)
      re += lattice.cellVolume * cos(angle) * field[site]
      im -= lattice.cellVolume * sin(angle) * field[site]
    }
    return (re, im)
  }

  @Test(arguments: lattices) func sixPointCorrelations(lattice: Lattice) {
    let field = noise(lattice.siteCount, draw: 5)
    for family in CoincidentSixPoint.Family.allCases {
      let estimator = CoincidentSixPoint(family, settings(lattice, allDisplacements: true))
      let values = primaries(of: estimator, sites: .lattice(lattice), bins: [[field]])
      let n = estimator.rows.count
      let (m, k) = family == .xxxyyy ? (3.0, 3.0) : (4, 2)
      for (row, target) in estimator.rows.map(\.target).enumerated() {
        let r = steps(target.terms[0].function.points[5], lattice)
        let expected = [(1.0, 1.0), (3, 1), (1, 3), (2, 2), (m, k)].map { a, b in
          pairMean(field, lattice, r) { pow($0, a) * pow($1, b) }
        }
        for (block, value) in expected.enumerated() {
          #expect(abs(values[0, 2 + block * n + row] - value) < 1e-10 * max(1, abs(value)))
        }
      }
      let square = pairMean(field, lattice, [Int](repeating: 0, count: lattice.dimension)) { $0 * $1 }
      #expect(abs(values[0, 0] - square) < 1e-12)
    }
  }

  @Test(arguments: lattices) func structureFunctionAndVertexOperators(lattice: Lattice) {
    let field = noise(lattice.siteCount, draw: 6)
    for all in [false, true] {
      let structure = StructureFunction(settings(lattice, allDisplacements: all))
      let vertex = VertexOperators(settings(lattice, allDisplacements: all))
      let differences = primaries(of: structure, sites: .lattice(lattice), bins: [[field]])
      let cosines = primaries(of: vertex, sites: .lattice(lattice), bins: [[field]])
      for (row, target) in structure.rows.map(\.target).enumerated() {
        let expected = target.terms.reduce(0.0) { sum, term in
          sum + term.weight
            * pairMean(field, lattice, steps(term.function.points[1], lattice)) { ($0 - $1) * ($0 - $1) }
        }
        #expect(abs(differences[0, row] - expected) < 1e-11)
        // The members of the shell are those of the structure function.
        let phase = target.terms.reduce(0.0) { sum, term in
          sum + term.weight
            * pairMean(field, lattice, steps(term.function.points[1], lattice)) { cos(1.3 * ($0 - $1)) }
        }
        #expect(abs(cosines[0, row] - phase) < 1e-12)
      }
    }
  }

  @Test(arguments: lattices) func localOperators(lattice: Lattice) {
    let field = noise(lattice.siteCount, draw: 7)
    let estimator = LocalOperators(settings(lattice, allDisplacements: true))
    let values = primaries(of: estimator, sites: .lattice(lattice), bins: [[field]])
    for (row, target) in estimator.rows.map(\.target).enumerated() {
      guard case .compositeCumulant(let m, _, let n, let y) = target.terms[0].function else { continue }
      let expected = pairMean(field, lattice, steps(y, lattice)) { pow($0, Double(m)) * pow($1, Double(n)) }
      #expect(abs(values[0, 2 + row] - expected) < 1e-10 * max(1, abs(expected)))
    }
    let zero = [Int](repeating: 0, count: lattice.dimension)
    #expect(abs(values[0, 0] - pairMean(field, lattice, zero) { $0 * $1 }) < 1e-12)
    #expect(abs(values[0, 1] - pairMean(field, lattice, zero) { $0 * $0 * $1 * $1 }) < 1e-11)
  }

  @Test(arguments: periodic) func trispectrum(lattice: Lattice) {
    let field = noise(lattice.siteCount, draw: 8)
    // Chosen momenta beside the default ones, with modes outside the first zone.
    let first = lattice.sites.map { $0 > 2 ? 1 : 0 }
    let chosen = [[first, first.map { 3 * $0 }, first.map { -2 * $0 }, first.map { -2 * $0 }]]
    for momenta in [nil, chosen] {
      let estimator = Trispectrum(settings(lattice, momenta: momenta))
      let values = primaries(of: estimator, sites: .lattice(lattice), bins: [[field]])
      for (row, target) in estimator.rows.map(\.target).enumerated() {
        guard case .trispectrum(let modes) = target.terms[0].function else { continue }
        var (re, im) = (1.0, 0.0)
        for mode in modes {
          let phi = transform(field, lattice, mode)
          (re, im) = (re * phi.re - im * phi.im, re * phi.im + im * phi.re)
        }
        let value = values[0, estimator.primaryCount - estimator.rows.count + row]
        #expect(abs(value - re / lattice.volume) < 1e-10 * max(1, abs(value)))
      }
    }
  }

  /// Powers averaged over orbits and their products; beside modes of different orbits the estimate is the mean of the trispectrum's own.
  @Test(arguments: periodic) func trispectrumPairs(lattice: Lattice) {
    let fields = (0..<4).map { noise(lattice.siteCount, draw: 20 + UInt64($0)) }
    let estimator = PairTrispectrum(settings(lattice))
    let values = primaries(of: estimator, sites: .lattice(lattice), bins: fields.map { [$0] })
    let orbits = lattice.modeOrbits()
    #expect(orbits.reduce(0) { $0 + $1.modes.count } == lattice.siteCount)
    for (index, orbit) in orbits.enumerated() {
      let power = orbit.modes.reduce(0.0) { sum, mode in
        let phi = transform(fields[0], lattice, mode)
        return sum + (phi.re * phi.re + phi.im * phi.im) / lattice.volume / Double(orbit.modes.count)
      }
      #expect(abs(values[0, index] - power) < 1e-10 * max(1, power))
      #expect(abs(values[0, orbits.count + index] - values[0, 0] * values[0, index]) < 1e-10 * max(1, power))
    }
    let estimates = estimator.derive(values)
    let (q, k) = (orbits[0], orbits[orbits.count - 1])
    let momenta = k.modes.map { [q.representative, q.representative, $0, $0.map { -$0 }] }
    let direct = Trispectrum(settings(lattice, momenta: momenta))
    let known = direct.derive(primaries(of: direct, sites: .lattice(lattice), bins: fields.map { [$0] }))
    let expected = known.reduce(0) { $0 + $1.value } / Double(known.count)
    #expect(abs(estimates[2 * orbits.count - 1].value - expected) < 1e-10 * max(1, abs(expected)))
  }

  @Test(arguments: periodic) func timeSlices(lattice: Lattice) {
    let field = noise(lattice.siteCount, draw: 9)
    let estimator = TimeSliceCorrelator(settings(lattice, allDisplacements: true))
    let values = primaries(of: estimator, sites: .lattice(lattice), bins: [[field]])
    let extent = lattice.sites[0]
    let slice = lattice.siteCount / extent
    for (row, line) in estimator.rows.enumerated() {
      guard case .number(let t) = line.coordinates[0] else { continue }
      let modes = Set(
        line.target.terms.compactMap { term -> [Int]? in
          if case .propagator(let mode) = term.function { Array(mode.dropFirst()) } else { nil }
        })
      // a^{d−1} Σ_x e^{−ikx} of the mean over base sites of φ(y) φ(y + (t, x)).
      var expected = 0.0
      for x in 0..<slice {
        let r = [Int((t / lattice.spacing).rounded())] + Lattice.unravel(x, shape: Array(lattice.sites.dropFirst()))
        let mean = pairMean(field, lattice, r) { $0 * $1 }
        for mode in modes {
          let angle = phase(mode, Array(r.dropFirst()), Array(lattice.sites.dropFirst()))
          expected += cos(angle) * mean / Double(modes.count)
        }
      }
      expected *= lattice.cellVolume / lattice.spacing
      #expect(abs(values[0, row] - expected) < 1e-11)
    }
  }

  /// The mass of C(t) = cosh(m (t − T/2)) comes back at every t; noise around nothing gives no mass.
  @Test func effectiveMassOfACosh() {
    let lattice = Lattice(sites: [10], spacing: 0.5, boundary: .periodic)
    let estimator = EffectiveMass(settings(lattice))
    func mass(_ scatter: Double) -> [JackknifeSamples] {
      var bins = BinnedMeans(primaryCount: estimator.primaryCount)
      let jitter = noise(32 * estimator.primaryCount, draw: 10)
      for bin in 0..<32 {
        var slices = [Double](repeating: 0, count: estimator.primaryCount)
        for t in slices.indices {
          let angle: Double = 0.7 * Double(t - 5)
          slices[t] = cosh(angle)
          slices[t] += scatter * jitter[bin * slices.count + t]
        }
        bins.append(means: slices, weight: 1)
      }
      return estimator.derive(bins)
    }
    for samples in mass(0) {
      #expect(abs(samples.value - 1.4) < 1e-12)
      #expect(estimator.obstruction(samples) == nil)
    }
    let noisy = mass(20)
    #expect(noisy.allSatisfy { $0.value.isNaN && estimator.obstruction($0) != nil })
  }

  /// A constant `<φ>²` below the cosh is taken off where φ has a mean; the control leaves it, and finds other masses.
  @Test func effectiveMassOfAFieldWithAMean() {
    let lattice = Lattice(sites: [10], spacing: 0.5, boundary: .periodic)
    func masses(isEven: Bool) -> [Double] {
      let estimator = EffectiveMass(settings(lattice, isEven: isEven))
      var bins = BinnedMeans(primaryCount: estimator.primaryCount)
      for _ in 0..<32 {
        let slices = (0...5).map { cosh(0.7 * Double($0 - 5)) + 1.5 * 1.5 }
        bins.append(means: slices + (isEven ? [] : [1.5]), weight: 1)
      }
      return estimator.derive(bins).map(\.value)
    }
    #expect(masses(isEven: false).allSatisfy { abs($0 - 1.4) < 1e-12 })
    #expect(masses(isEven: true).allSatisfy { abs($0 - 1.4) > 0.1 })
    #expect(EffectiveMass(settings(lattice)).assumptions.evenness)
    #expect(!EffectiveMass(settings(lattice, isEven: false)).assumptions.evenness)
  }

  /// Slices and the mean of the field, read together.
  @Test(arguments: periodic) func slicesAndTheMean(lattice: Lattice) {
    let field = noise(lattice.siteCount, draw: 17).map { $0 + 0.5 }
    let estimator = EffectiveMass(settings(lattice, isEven: false))
    let values = primaries(of: estimator, sites: .lattice(lattice), bins: [[field]])
    let slices = primaries(of: TimeSliceCorrelator(settings(lattice)), sites: .lattice(lattice), bins: [[field]])
    let last = estimator.primaryCount - 1
    #expect((0..<last).allSatisfy { values[0, $0] == slices[0, $0] })
    #expect(abs(values[0, last] - field.reduce(0, +) / Double(field.count)) < 1e-13)
  }

  @Test(arguments: lattices) func orderParameter(lattice: Lattice) {
    let fields = (18..<21).map { noise(lattice.siteCount, draw: $0) }
    let values = primaries(of: OrderParameter(settings(lattice)), sites: .lattice(lattice), bins: [fields])
    let phi = fields.map { lattice.cellVolume * $0.reduce(0, +) }
    let powers: [(Double) -> Double] = [{ $0 }, { abs($0) }, { $0 * $0 }]
    for (index, power) in powers.enumerated() {
      #expect(abs(values[0, index] - phi.map(power).reduce(0, +) / 3) < 1e-12 * Double(lattice.siteCount))
    }
  }

  @Test(arguments: lattices) func onePointDistribution(lattice: Lattice) {
    let fields = (11..<14).map { noise(lattice.siteCount, draw: $0) }
    let density = OnePointDistribution(settings(lattice))
    let values = primaries(of: density, sites: .lattice(lattice), bins: [fields])
    for (row, line) in density.rows.enumerated() {
      guard case .density(let lower, let upper, _) = line.target.terms[0].function else { continue }
      let share = fields.joined().filter { $0 >= lower && $0 < upper }.count
      let expected = Double(share) / (Double(3 * lattice.siteCount) * (upper - lower))
      #expect(abs(values[0, row] - expected) < 1e-12)
    }
    let shape = OnePointCumulants(settings(lattice))
    let moments = primaries(of: shape, sites: .lattice(lattice), bins: [fields])
    for (index, order) in [2.0, 4, 6].enumerated() {
      let expected = fields.joined().reduce(0) { $0 + pow($1, order) } / Double(3 * lattice.siteCount)
      #expect(abs(moments[0, index] - expected) < 1e-11 * max(1, expected))
    }
  }

  @Test(arguments: lattices) func zeroMomentumMoments(lattice: Lattice) {
    let field = noise(lattice.siteCount, draw: 15)
    let values = primaries(
      of: ZeroMomentumCumulants(settings(lattice)), sites: .lattice(lattice), bins: [[field]])
    let phi = lattice.cellVolume * field.reduce(0, +)
    for (index, order) in [2.0, 4, 6, 8].enumerated() {
      #expect(abs(values[0, index] - pow(phi, order)) < 1e-10 * max(1e-3, pow(phi, order)))
    }
  }

  /// Transforms are padded only as far as an estimator reads: the 2-point function is the same whoever else asks for more.
  @Test func estimatorsShareTransforms() {
    let lattice = Lattice(sites: [9, 12], spacing: 1, boundary: .open)
    let field = noise(lattice.siteCount, draw: 16)
    let workspace = DrawWorkspace(sites: .lattice(lattice))
    let two = TwoPointFunction(settings(lattice))
    let alone = primaries(of: two, sites: .lattice(lattice), bins: [[field]])
    let reader = two.makeAccumulator(workspace)
    let others = EstimatorRegistry.entries.map { $0.make(settings(lattice, allDisplacements: true)) }
      .filter { !$0.assumptions.periodicity }.map { $0.makeAccumulator(workspace) }
    for (site, value) in field.enumerated() { workspace.field[site] = value }
    workspace.load()
    for accumulator in others { accumulator.add() }
    for (row, value) in reader.finishBin().enumerated() { #expect(abs(value - alone[0, row]) < 1e-13) }
  }
}
