// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import Foundation
import LatticeFields
import Testing

@testable import KnownValues

/// The zero mode where a source or two wells make it stand out: `<|Φ|>` and sources on rings, single sites and the 2 × 2 lattice, against sums over all fields.
@Suite struct ZeroModeTests {
  static let potentials = [
    QuarticPotential(massSquared: 1, coupling: 6), QuarticPotential(massSquared: -1.5, coupling: 4),
    QuarticPotential(massSquared: 0.7, coupling: 0),
  ]

  /// `<|Φ|>`, `<Φ>`, `<Φ²>` and `<φ_0 φ_1>` of a ring of two sites, which has two links, by summation over a fine grid of both fields.
  private static func sums(
    _ potential: QuarticPotential, spacing a: Double, source: Double
  ) -> (modulus: Double, mean: Double, square: Double, pair: Double) {
    let step = 0.02
    let fields = (-400...400).map { step * Double($0) }
    let site = fields.map { exp(-a * (potential.value($0) - source * $0)) }
    var (norm, modulus, mean, square, pair) = (0.0, 0.0, 0.0, 0.0, 0.0)
    for (i, x) in fields.enumerated() {
      for (j, y) in fields.enumerated() {
        let w = site[i] * site[j] * exp(-(x - y) * (x - y) / a)
        let phi = a * (x + y)
        norm += w
        mean += w * phi
        square += w * phi * phi
        pair += w * x * y
        // The kink lies on the line x + y = 0 of grid points, where the trapezoidal rule in x + y is off by step²/6 of its weight.
        modulus += w * (i + j == fields.count - 1 ? a * step / 6 : abs(phi))
      }
    }
    return (modulus / norm, mean / norm, square / norm, pair / norm)
  }

  @Test(arguments: [0.0, 0.4]) func ringOfTwo(_ source: Double) throws {
    for potential in Self.potentials {
      let a = 0.8
      let matrix = TransferMatrix(potential, sites: 2, spacing: a, source: source)
      let known = Self.sums(potential, spacing: a, source: source)
      let modulus = try #require(matrix.absoluteZeroMode)
      #expect(abs(modulus - known.modulus) < 1e-7, "\(potential), \(modulus), \(known.modulus)")
      #expect(abs(2 * a * matrix.siteMoment(1) - known.mean) < 1e-10)
      #expect(abs(matrix.moment([0, 1]) - known.pair) < 1e-10)
      // The control: a little more of the source is seen.
      let other = TransferMatrix(potential, sites: 2, spacing: a, source: 1.01 * source + 0.03)
      #expect(abs(other.absoluteZeroMode! - known.modulus) > 1e-5)
      let solution = try #require(
        InteractingValues(infiniteWidth: potential, lattice: InteractingValuesTests.lattice([2], spacing: a), source: source))
      let chi = (known.square - known.mean * known.mean) / (2 * a)
      func value(_ function: CorrelationFunction) -> Double { solution.value(function)?.value ?? .nan }
      #expect(abs(value(.absoluteZeroMode) - known.modulus / (2 * a)) < 1e-7)
      #expect(abs(value(.zeroMomentumCumulant(order: 2)) - chi) < 1e-9)
      #expect(abs(value(.foldedSusceptibility) - (known.square - known.modulus * known.modulus) / (2 * a)) < 1e-6)
      #expect(abs(value(.moment([.zero])) - known.mean / (2 * a)) < 1e-10)
      let connected = known.pair - known.mean * known.mean / (4 * a * a)
      #expect(abs(value(.cumulant([.zero, Point(a, 0, 0, 0)])) - connected) < 1e-10)
    }
  }

  /// A site in closed form, as a ring of one, in any dimension; the limits of no coupling and of deep wells.
  @Test func oneSite() throws {
    for potential in Self.potentials {
      let ring = TransferMatrix(potential, sites: 1)
      #expect(abs(SingleSite(potential).absoluteMoment - ring.absoluteZeroMode!) < 1e-11)
    }
    let free = SingleSite(QuarticPotential(massSquared: 0.7, coupling: 0))
    #expect(abs(free.absoluteMoment - (2 / (.pi * 0.7)).squareRoot()) < 1e-13)
    let weak = SingleSite(QuarticPotential(massSquared: 0.7, coupling: 1e-6)).absoluteMoment
    #expect(abs(weak / free.absoluteMoment - 1) < 1e-6 && weak < free.absoluteMoment)
    let deep = SingleSite(QuarticPotential(massSquared: -30, coupling: 4))
    #expect(abs(deep.absoluteMoment - deep.moment(2).squareRoot()) < 2e-3)
    let cube = Lattice(sites: [1, 1, 1], spacing: 0.8, boundary: .periodic)
    let pulled = try #require(InteractingValues(infiniteWidth: Self.potentials[0], lattice: cube, source: 0.3))
    let line = TransferMatrix(Self.potentials[0], sites: 1, spacing: cube.cellVolume, source: 0.3)
    #expect(abs(try #require(pulled.value(.moment([.zero]))).value - line.siteMoment(1)) < 1e-12)
    #expect(
      InteractingValues(infiniteWidth: Self.potentials[0], lattice: InteractingValuesTests.lattice([4, 4]), source: 0.3) == nil)
  }

  /// Without λ the zero mode is Gaussian about `J χ2 V`, on any lattice; the matrix, the field with sources and plain formulas agree.
  @Test func gaussian() throws {
    let (mass, j, a) = (0.9, 0.3, 0.7)
    for (sites, source) in [(12, 0.0), (12, j), (60, j)] {
      let matrix = TransferMatrix(
        QuarticPotential(massSquared: mass * mass, coupling: 0), sites: sites, spacing: a, source: source)
      let volume = Double(sites) * a
      let (mean, deviation) = (source * volume / (mass * mass), volume.squareRoot() / mass)
      let x = mean / (2.0.squareRoot() * deviation)
      let expected = deviation * (2 / .pi).squareRoot() * exp(-x * x) + mean * erf(x)
      #expect(abs(matrix.absoluteZeroMode! - expected) < 1e-10 * volume)
    }
    let lattice = InteractingValuesTests.lattice([3, 4], spacing: a)
    let field = FreeLatticeField(lattice: lattice, mass: mass)
    let term = LocalTerm(region: LatticeRegion(), potential: LocalPotential(source: j, even: []))
    let known = try #require(InteractingValues(gaussian: field, terms: [term]))
    func value(_ function: CorrelationFunction) -> Double { known.value(function)?.value ?? .nan }
    let (mean, chi) = (j / (mass * mass), 1 / (mass * mass))
    #expect(abs(value(.zeroMomentumCumulant(order: 1)) - mean) < 1e-13)
    #expect(abs(value(.moment([.zero])) - mean) < 1e-12)
    #expect(abs(value(.propagator(mode: [0, 0])) - chi - lattice.volume * mean * mean) < 1e-12)
    #expect(abs(value(.effectiveMass(step: 1, mode: [0])) - 2 / a * asinh(a * mass / 2)) < 1e-12)
    let x = mean / (2 * chi / lattice.volume).squareRoot()
    let modulus = (2 * chi / (.pi * lattice.volume)).squareRoot() * exp(-x * x) + mean * erf(x)
    #expect(abs(value(.absoluteZeroMode) - modulus) < 1e-13)
    #expect(abs(value(.foldedSusceptibility) - (chi + lattice.volume * (mean * mean - modulus * modulus))) < 1e-12)
  }

  /// Of a pulled ring: `<Φ> = d ln Z/dJ`, `V χ2 = d<Φ>/dJ`, and the connected slices beside those of a ring pinned at every site.
  @Test func derivatives() throws {
    let (potential, sites, a, j, h) = (Self.potentials[1], 9, 0.6, 0.35, 1e-3)
    let rings = [-2.0, -1, 1, 2].map { TransferMatrix(potential, sites: sites, spacing: a, source: j + $0 * h) }
    func derivative(_ f: (TransferMatrix) -> Double) -> Double {
      let v = rings.map(f)
      return (8 * (v[2] - v[1]) - (v[3] - v[0])) / (12 * h)
    }
    let solution = try #require(
      InteractingValues(infiniteWidth: potential, lattice: InteractingValuesTests.lattice([sites], spacing: a), source: j))
    func value(_ function: CorrelationFunction) -> Double { solution.value(function)?.value ?? .nan }
    let volume = Double(sites) * a
    #expect(abs(value(.zeroMomentumCumulant(order: 1)) - derivative(\.logPartition) / volume) < 1e-9)
    #expect(abs(value(.zeroMomentumCumulant(order: 2)) - derivative { $0.siteMoment(1) }) < 1e-9)
    let pulls = Dictionary(uniqueKeysWithValues: (0..<sites).map { ($0, SitePull(mass: 0, force: a * j)) })
    let pinned = try #require(PinnedRing(potential, sites: sites, spacing: a, pulls: pulls))
    let mean = pinned.moment([0])
    let c = (0...3).map { pinned.moment([0, $0]) - mean * mean }
    let mass = acosh((c[1] + c[3]) / (2 * c[2])) / a
    #expect(abs(value(.effectiveMass(step: 2, mode: [])) - mass) < 1e-9)
    // The control: the full correlator falls to a constant, and has another mass.
    let full = acosh((c[1] + c[3] + 2 * mean * mean) / (2 * (c[2] + mean * mean))) / a
    #expect(abs(full - mass) > 0.1)
    #expect(solution.value(.binderCumulant) == nil && solution.value(.zeroMomentumCumulant(order: 4)) == nil)
  }

  /// Nets of one site: as many neurons as the interpolation takes, and on to infinite width.
  @Test func netOfOneSite() throws {
    let potential = QuarticPotential(massSquared: 1, coupling: 6)
    #expect(SingleSiteNet(width: 3, potential).absoluteMoment == nil)
    // `<|φ| e^{−λφ⁴/24}>` over the phases, made apart in another language with up to 3200 angles and other closed forms.
    for (width, expected) in [(4, 0.4259334198792), (8, 0.43169214483231)] {
      let net = SingleSiteNet(width: width, potential)
      #expect(abs(try #require(net.absoluteMoment) * net.partitionRatio - expected) < 1e-11)
    }
    let (wide, wider, limit) = (
      SingleSiteNet(width: 40, potential).absoluteMoment!, SingleSiteNet(width: 80, potential).absoluteMoment!,
      SingleSite(potential).absoluteMoment
    )
    #expect(abs(2 * wider - wide - limit) < 2e-4 && abs(wider - limit) > 3e-4)
  }
}
