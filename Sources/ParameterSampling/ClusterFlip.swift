// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import Draws
import FieldSynthesis
import FieldTheories
import LatticeFields
import NumericalKernels

/// Swendsen-Wang clusters of the sign of the field of infinite width: at fixed |φ| the signs are an Ising model, whose couplings the free action
/// of nearest neighbours gives,
///
///     −ln P0 = a^{d−2} Σ_{<xy>} (φ_x − φ_y)²/2 + …  =  −Σ_{<xy>} J_xy s_x s_y + …,    J_xy = a^{d−2} |φ_x φ_y|
///
/// Neighbours of equal sign are joined with probability `1 − exp(−2 J_xy)`; each cluster C then takes either sign, the other one with probability
/// `1/(1 + e^{β ΔS_C})`, `ΔS_C = 2 Σ_{x∈C} h_x φ_x`, h the sources of the action and β its coupling; ½ without sources, and never rejected. All even parts of
/// the action stay as they are, whatever the mass of the prior. The noise follows from the field by the inverse filter, `η = G^{−1/2} φ`.
///
/// Valid where the prior couples nearest neighbours and nothing else: the lattice field of infinite width, whose propagator is 1/(p̂² + m²). Nets of finite
/// width have no such action of their field, and none of their parameters is its sign. On an axis of one site there is no bond; of two sites, both bonds
/// count. It moves no |φ|, so it only helps: with Hamiltonian moves it takes critical slowing down from the zero mode and carries domain walls. Cost: about
/// 10 ns a bond, and two Fourier transforms where something else needs the noise. Sources: Swendsen and Wang, Phys. Rev. Lett. 58 (1987) 86; Brower and Tamayo, Phys. Rev. Lett. 62 (1989)
/// 1087.
public final class ClusterFlip: MarkovKernel {
  /// The name of the move in theory files.
  public let name = "cluster"
  private let siteCount: Int
  private let dimension: Int
  /// The next site along each axis, itself where the axis has one site; site-major.
  private let neighbours: AlignedBuffer<Int32>
  /// 2 a^{d−2}, times a factor that is 1 but in the test that must see a wrong one.
  private let doubledLink: Double
  private let inverse: SpectralFilter
  /// Deviates of all bonds, then of all clusters.
  private let uniforms: AlignedBuffer<Double>
  private let roots: AlignedBuffer<Int32>
  private let shifts: AlignedBuffer<Double>
  private let signs: AlignedBuffer<Double>

  /// Clusters of the theory's field; nil where its prior is not the lattice field of infinite width.
  public convenience init?(_ theory: InteractingTheory) { self.init(theory, bondFactor: 1) }

  init?(_ theory: InteractingTheory, bondFactor: Double) {
    guard let field = theory.prior.freeField else { return nil }
    let lattice = field.lattice
    siteCount = lattice.siteCount
    dimension = lattice.dimension
    doubledLink = bondFactor * 2 * lattice.cellVolume / (lattice.spacing * lattice.spacing)
    neighbours = AlignedBuffer(count: siteCount * dimension, repeating: 0)
    for site in 0..<siteCount {
      for axis in 0..<dimension {
        var vector = lattice.siteVector(site)
        vector[axis] += 1
        neighbours[site * dimension + axis] = Int32(lattice.siteIndex(vector))
      }
    }
    let normalisation = Double(siteCount) * Double(siteCount)
    inverse = SpectralFilter(shape: lattice.sites, filter: field.noiseFilter.map { 1 / ($0 * normalisation) })
    uniforms = AlignedBuffer(count: siteCount * (dimension + 1) + 1, repeating: 0)
    roots = AlignedBuffer(count: siteCount, repeating: 0)
    shifts = AlignedBuffer(count: siteCount, repeating: 0)
    signs = AlignedBuffer(count: siteCount, repeating: 0)
  }

  /// None to any value.
  public var movedBlocks: Set<Int> { [] }

  /// All clusters of one set of bonds.
  public func sweep(
    _ walker: Walker, _ evaluator: ActionEvaluator, coupling: Double, _ random: inout WalkerRandomness
  ) -> KernelCounts {
    random.advance()
    let field = walker.fields[0].pointer
    let (uniform, root, sign) = (uniforms.pointer, roots.pointer, signs.pointer)
    random.uniforms(0, count: siteCount * (dimension + 1), into: uniform)
    ClusterKernels.join(
      field, neighbours: neighbours.pointer, sites: siteCount, dimension: dimension, doubledLink: doubledLink,
      uniforms: uniform, roots: root)
    let isOdd = addSources(evaluator, UnsafePointer(field))
    let choice = uniform + siteCount * dimension
    var counts = KernelCounts()
    // Roots come before the other sites of their clusters.
    for x in 0..<siteCount {
      if root[x] == x {
        let probability = isOdd ? 1 / (1 + exp(coupling * shifts[x])) : 0.5
        let isFlipped = choice[x] < probability
        sign[x] = isFlipped ? -1 : 1
        counts.proposals += 1
        counts.accepted += isFlipped ? 1 : 0
      } else {
        sign[x] = sign[Int(root[x])]
      }
      field[x] *= sign[x]
    }
    counts.probability = Double(counts.accepted)
    // At infinite width every term keeps the field at all sites.
    for other in walker.fields.dropFirst() { other.pointer.update(from: field, count: siteCount) }
    if isOdd { walker.action = evaluator.action(walker.fields) }
    walker.movedField(inverse)
    evaluator.refreshIfDrifted(walker)
    return counts
  }

  /// ΔS of every cluster at its root; false where no term has a source.
  private func addSources(_ evaluator: ActionEvaluator, _ field: UnsafePointer<Double>) -> Bool {
    let odd = evaluator.terms.compactMap { $0 as? SiteAction }.filter { !$0.term.isEven }
    guard !odd.isEmpty else { return false }
    for x in 0..<siteCount { shifts[x] = 0 }
    for term in odd {
      for x in 0..<siteCount {
        let source = term.weight[x] * term.term.potential.source + (term.sources.values.isEmpty ? 0 : term.sources.values[x])
        shifts[Int(roots[x])] += 2 * term.scale * source * field[x]
      }
    }
    return true
  }

  /// Nothing to tune.
  public func tune(_ counts: KernelCounts) {}
  /// The move has no setting to tune.
  public var setting: String { "" }
  /// Nothing is tuned.
  public func visit(_ state: inout StateVisitor) -> Bool { true }
}
