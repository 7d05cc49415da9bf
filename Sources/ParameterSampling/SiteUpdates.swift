// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import Draws
import FieldSynthesis
import FieldTheories
import LatticeFields
import NumericalKernels

/// Local moves of the field of infinite width, site by site in space: at fixed neighbours a site has the law
///
///     exp(−½ P (φ − m)² − R(φ)),     m = (a^{d−2} Σ_neighbours φ + β a^d J)/P,     R = β a^d V_even(φ) − ½ q φ²,     P = P0 + q
///
/// with `P0 = 2n a^{d−2} + a^d m²`, n the axes of more than one site, from the free action of nearest neighbours. One sweep is two reflections `φ → 2m − φ`
/// (overrelaxation) and one draw from the Gaussian, each of all sites and accepted with `min(1, e^{R(φ) − R(φ′)})`; of a free field all are accepted. q, which says how much of V the Gaussian
/// takes over, is `β <φ V′>/<φ²>`, measured in warm-up. Sites are coloured so that none has a neighbour of its own colour.
///
/// Valid where the prior couples nearest neighbours and nothing else, the lattice field of infinite width, under one potential on all sites. Reflections move
/// short waves ten times as fast as trajectories of Hamiltonian moves cost; long waves and the sign are for `cluster`. Cost: about 25 ns a site, and two
/// Fourier transforms where something else needs the noise. Sources: Adler, Phys. Rev. D 23 (1981) 2901; Bunk, Nucl. Phys. B Proc. Suppl. 42 (1995) 566 for phi^4 potentials.
public final class SiteUpdates: MarkovKernel {
  /// The name of the move in theory files.
  public let name = "site"
  /// One list of sites a colour, and their neighbours.
  private struct Colour {
    let sites: [Int32]
    let neighbours: [Int32]
  }
  private let colours: [Colour]
  private let siteCount: Int
  private let degree: Int
  private let link: Double
  private let cell: Double
  private let free: Double
  private let potential: LocalPotential
  private let inverse: SpectralFilter
  private let normals: AlignedBuffer<Double>
  private let uniforms: AlignedBuffer<Double>
  /// `<φ V′>/<φ²>` at full coupling.
  private var slope: Double
  private var tunings = 0
  private var last: AlignedBuffer<Double>?
  /// 1, but in the test that must see a wrong one.
  private let acceptanceFactor: Double

  /// Whether it moves the field of a theory: of infinite width, with one potential on all sites.
  static func applies(to theory: InteractingTheory) -> Bool {
    theory.prior.freeField != nil && theory.prior.outputs == 1 && theory.terms.latticePotential != nil
  }

  /// Moves of the theory's field; nil where they do not apply.
  public convenience init?(_ theory: InteractingTheory) { self.init(theory, acceptanceFactor: 1) }

  init?(_ theory: InteractingTheory, acceptanceFactor: Double) {
    guard Self.applies(to: theory), let field = theory.prior.freeField, let potential = theory.terms.latticePotential else {
      return nil
    }
    self.acceptanceFactor = acceptanceFactor
    self.potential = potential
    let lattice = field.lattice
    let axes = lattice.sites.indices.filter { lattice.sites[$0] > 1 }
    (siteCount, degree, cell) = (lattice.siteCount, 2 * axes.count, lattice.cellVolume)
    link = cell / (lattice.spacing * lattice.spacing)
    free = Double(degree) * link + cell * field.mass * field.mass
    var neighbours: [[Int32]] = []
    for site in 0..<siteCount {
      var own: [Int32] = []
      for axis in axes {
        for step in [1, -1] {
          var other = lattice.siteVector(site)
          other[axis] += step
          own.append(Int32(lattice.siteIndex(other)))
        }
      }
      neighbours.append(own)
    }
    // The least colour that no neighbour has: two where all extents are even.
    var colour = [Int](repeating: -1, count: siteCount)
    for site in 0..<siteCount {
      let taken = Set(neighbours[site].map { colour[Int($0)] })
      colour[site] = (0...).first { !taken.contains($0) }!
    }
    colours = (0...colour.max()!).map { number in
      let sites = colour.indices.filter { colour[$0] == number }
      return Colour(sites: sites.map { Int32($0) }, neighbours: sites.flatMap { neighbours[$0] })
    }
    let normalisation = Double(siteCount) * Double(siteCount)
    inverse = SpectralFilter(shape: lattice.sites, filter: field.noiseFilter.map { 1 / ($0 * normalisation) })
    let most = colours.map(\.sites.count).max()! + 1
    (normals, uniforms) = (AlignedBuffer(count: most, repeating: 0), AlignedBuffer(count: most, repeating: 0))
    // V′/φ of a free field held by its neighbours.
    slope = cell * potential.stiffness(square: 1 / free)
  }

  /// The field, and so the noise.
  public var movedBlocks: Set<Int> { [0] }

  /// Two reflections and one draw of every site.
  public func sweep(
    _ walker: Walker, _ evaluator: ActionEvaluator, coupling: Double, _ random: inout WalkerRandomness
  ) -> KernelCounts {
    random.advance()
    let field = walker.fields[0].pointer
    // The Gaussian keeps a quarter of its free precision at least.
    let precision = max(0.25 * free, free + coupling * slope)
    var even = potential.even.map { coupling * cell * $0 }
    if even.isEmpty { even = [0] }
    even[0] -= (precision - free) / 2
    if acceptanceFactor != 1 { for k in even.indices { even[k] *= acceptanceFactor } }
    var counts = KernelCounts()
    for pass in 0..<3 {
      for (number, colour) in colours.enumerated() {
        let (block, count) = (2 * (pass * colours.count + number), colour.sites.count)
        random.uniforms(block, count: count, into: uniforms.pointer)
        if pass == 2 { random.pairsOfNormals(block + 1, count: count, into: normals.pointer) }
        counts.accepted += colour.sites.withUnsafeBufferPointer { sites in
          SiteKernels.update(
            field, sites: sites, neighbours: colour.neighbours, degree: degree, centre: link / precision,
            offset: coupling * cell * potential.source / precision, width: 1 / precision.squareRoot(), even: even,
            normals: pass == 2 ? UnsafePointer(normals.pointer) : nil, uniforms: uniforms.pointer)
        }
        counts.proposals += count
      }
    }
    counts.probability = Double(counts.accepted)
    // At infinite width every term keeps the field at all sites.
    for other in walker.fields.dropFirst() { other.pointer.update(from: field, count: siteCount) }
    walker.action = evaluator.action(walker.fields)
    walker.movedField(inverse)
    last = walker.fields[0]
    evaluator.refreshIfDrifted(walker)
    return counts
  }

  /// The mean of `φ V′/φ²` over the fields of warm-up, the latest weighing a fiftieth at least.
  public func tune(_ counts: KernelCounts) {
    guard let field = last else { return }
    var (force, square) = (0.0, 0.0)
    for x in 0..<siteCount {
      force += field[x] * (potential.derivative(field[x]) + potential.source)
      square += field[x] * field[x]
    }
    guard square > 0, (force / square).isFinite else { return }
    tunings += 1
    slope += (cell * force / square - slope) / Double(min(tunings, 50))
  }

  /// The share of the potential that the Gaussian takes over.
  public var setting: String { "slope \(slope)" }

  /// What tuning has changed.
  public func visit(_ state: inout StateVisitor) -> Bool {
    state.visit(&slope)
    state.visit(&tunings)
    return true
  }
}
