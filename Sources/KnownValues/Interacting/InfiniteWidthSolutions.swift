// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import Glibc
import LatticeFields

/// One site: `S = a^d v(φ)`, an ordinary integral for `a^{d/2} φ`.
struct SingleSiteSolution: SiteSolution {
  let source = "ordinary integral"
  let lattice: Lattice
  private let site: SingleSite

  init?(_ potential: QuarticPotential, _ lattice: Lattice) {
    guard let scaled = potential.scaled(massSquared: 1, coupling: 1 / lattice.cellVolume) else { return nil }
    self.lattice = lattice
    site = SingleSite(scaled)
  }

  func moment(_ sites: [[Int]]) -> Double? {
    site.moment(sites.count) / pow(lattice.cellVolume, Double(sites.count) / 2)
  }

  var absoluteZeroMode: Double? { site.absoluteMoment * lattice.cellVolume.squareRoot() }

  /// `Φ = a^d φ`, V = a^d.
  func susceptibility(order: Int) -> ExactValue? {
    .combining(stride(from: 0, through: order, by: 2).map { ExactValue(site.moment($0)) }) {
      EvenCumulants.fromMoments($0).last! * pow(lattice.cellVolume, Double(order) / 2 - 1)
    }
  }

  var logPartitionRatio: Double? { site.potential.massSquared > 0 ? logPartition(overFree: site.potential.massSquared) : nil }

  func logPartition(overFree massSquared: Double) -> Double? { site.logPartition - 0.5 * log(2 * .pi / massSquared) }
}

/// A ring, or the 2 × 2 lattice: a ring of four with double links, where `S = ½ Σ (Δφ)² + Σ a² v(φ)`; also a single site in any dimension, a ring of one of
/// spacing a^d. A source J is the same at all sites.
struct RingSolution: SiteSolution {
  let source: String
  let lattice: Lattice
  private let ring: TransferMatrix
  private let correlation: [Double]

  /// Rows of the eigenproblem above which a ring is not solved: a second.
  private static let greatestGrid = 800

  /// Nil where the eigenproblem is too large.
  init?(_ potential: QuarticPotential, _ lattice: Lattice, source force: Double = 0) {
    self.lattice = lattice
    if lattice.dimension == 1 || lattice.siteCount == 1 {
      source = "transfer matrix"
      let spacing = lattice.dimension == 1 ? lattice.spacing : lattice.cellVolume
      guard let size = TransferMatrix.gridSize(potential, sites: lattice.siteCount, spacing: spacing, source: force),
        size <= Self.greatestGrid
      else { return nil }
      ring = TransferMatrix(potential, sites: lattice.siteCount, spacing: spacing, source: force)
    } else {
      source = "transfer matrix of the ring of four"
      let square = lattice.spacing * lattice.spacing
      guard let scaled = potential.scaled(massSquared: square, coupling: square),
        let size = TransferMatrix.gridSize(scaled, sites: 4, linkStrength: 2, source: square * force), size <= Self.greatestGrid
      else { return nil }
      ring = TransferMatrix(scaled, sites: 4, linkStrength: 2, source: square * force)
    }
    correlation = ring.twoPoint(upTo: ring.sites! - 1)
  }

  /// The place on the ring: (0,0), (0,1), (1,1), (1,0).
  private func place(_ site: [Int]) -> Int {
    let wrapped = zip(site, lattice.sites).map { (($0 % $1) + $1) % $1 }
    return lattice.dimension == 1 || lattice.siteCount == 1 ? wrapped[0] : wrapped[0] == 0 ? wrapped[1] : 3 - wrapped[1]
  }

  func moment(_ sites: [[Int]]) -> Double? {
    let places = sites.map(place)
    if places.count == 2 { return correlation[abs(places[0] - places[1])] }
    return ring.moment(places)
  }

  var isEven: Bool { ring.source == 0 }

  /// Volume of a cell in units of that of the ring.
  private var cell: Double { lattice.dimension == 1 || lattice.siteCount == 1 ? 1 : lattice.cellVolume }

  var absoluteZeroMode: Double? {
    lattice.siteCount <= Self.greatestLength ? ring.absoluteZeroMode.map { cell * $0 } : nil
  }

  /// Sites up to which the mean modulus of the zero mode is made: a second or two.
  private static let greatestLength = 512

  func susceptibility(order: Int) -> ExactValue? {
    guard isEven else {
      let mean = ring.siteMoment(1)
      switch order {
      case 1: return ExactValue(mean)
      case 2: return cell * ring.spacing * ExactValue(sumOf: correlation.flatMap { [$0, -mean * mean] })
      default: return nil
      }
    }
    guard (2...8).contains(order) else { return nil }
    let chi = ring.susceptibilities(order: order).last!
    return ExactValue(chi * pow(cell, Double(order - 1)))
  }

  var logPartitionRatio: Double? { ring.potential.massSquared > 0 ? ring.logPartitionRatio : nil }

  /// What turns masses of the lattice into those of the ring.
  private var scale: Double { lattice.dimension == 1 ? 1 : lattice.spacing * lattice.spacing }

  func logPartition(overFree massSquared: Double) -> Double? {
    ring.logPartition - ring.freeLogPartition(massSquared: scale * massSquared)
  }

  func effectiveSampleFraction(overFree massSquared: Double) -> Double? {
    guard isEven, massSquared > 0, ring.potential.coupling > 0 else { return nil }
    let (mass, coupling) = (2 * ring.potential.massSquared - scale * massSquared, 2 * ring.potential.coupling)
    guard mass.isFinite, coupling.isFinite else { return nil }
    let doubled = QuarticPotential(massSquared: mass, coupling: coupling)
    guard
      let grid = TransferMatrix.gridSize(doubled, sites: ring.sites, spacing: ring.spacing, linkStrength: ring.linkStrength),
      grid <= 800
    else { return nil }
    return RingReweighting(ring).effectiveSampleFraction(priorMassSquared: scale * massSquared)
  }
}

/// The 4 × 4 lattice.
struct TorusSolution: SiteSolution {
  let source = "sum over fields of the 4 x 4 lattice"
  let lattice: Lattice
  private let torus: SquareTorus
  private let potential: QuarticPotential

  init?(_ potential: QuarticPotential, _ lattice: Lattice) {
    let square = lattice.spacing * lattice.spacing
    guard let scaled = potential.scaled(massSquared: square, coupling: square) else { return nil }
    self.potential = scaled
    guard let size = SquareTorus.gridSize(self.potential), size <= 48 else { return nil }
    self.lattice = lattice
    torus = SquareTorus(self.potential)
  }

  var preparationSeconds: Double { 0.12 * pow(Double(torus.gridSize) / 24, 5) }

  func moment(_ sites: [[Int]]) -> Double? {
    let r = sites.dropFirst().map { lattice.displacement(sites[0], $0).map { (($0 % 4) + 4) % 4 } }
    switch sites.count {
    case 2: return torus.twoPoint(r[0])
    case 4 where r.allSatisfy { $0 == [0, 0] }: return torus.fourthMoment
    case 4 where Set(r) == [[0, 0], [2, 2]] && r.count(where: { $0 == [2, 2] }) == 2: return torus.oppositeSquares
    default: return sites.count % 2 == 1 ? 0 : nil
    }
  }

  func susceptibility(order: Int) -> ExactValue? {
    let cell = lattice.cellVolume
    switch order {
    case 2: return ExactValue(torus.susceptibility * cell)
    case 4: return ExactValue(torus.fourthSusceptibility * cell * cell * cell)
    default: return nil
    }
  }

  /// `Z(0) = Π_p (2π/(p̂² + m²))^{1/2}`.
  var logPartitionRatio: Double? { potential.massSquared > 0 ? ratio(potential.massSquared) : nil }

  func logPartition(overFree massSquared: Double) -> Double? { ratio(lattice.spacing * lattice.spacing * massSquared) }

  /// Over the free field of mass² `massSquared` at spacing one.
  private func ratio(_ massSquared: Double) -> Double {
    let momenta = LatticeTransform(Lattice(sites: [4, 4], spacing: 1, boundary: .periodic)).squaredMomenta()
    return torus.logPartition - momenta.reduce(0) { $0 + 0.5 * log(2 * .pi / ($1 + massSquared)) }
  }
}
