// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import LatticeFields

/// What is sampled: `P(θ) ∝ P0(θ) exp(−S[φ_θ])`, S the sum of terms `∫ w(x) V(φ(x))` over regions of their own.
public struct InteractingTheory: Sendable {
  /// The free ensemble P0 from which parameters are drawn.
  public let prior: any Architecture
  /// The sites where fields are measured; those of the action, where it acts on the lattice.
  public let lattice: Lattice
  /// The terms of S, one a region, any counterterm of a shifted prior included.
  public let terms: [LocalTerm]
  /// The solution of the gap equation, where the prior's mass was shifted to it.
  public let hartree: HartreeMass?
  /// What the insertions leave of the prior's symmetries.
  public let symmetries: FieldSymmetries
  /// The observations among the insertions.
  public let data: [Datum]
  /// Names the random stream.
  public let streamName: String
  /// The blocks that were integrated out of the weight: the action does not depend on them, and no move has to move them.
  private(set) var integratedOut: Set<Int> = []
  private var makeOwnTerm: (@Sendable () -> any ActionTerm)?

  /// The largest width in regions of the continuum: pair sums take 100 to 400 bytes a pair.
  public static let greatestPairedWidth = 4096

  /// A theory with insertions; throws where its weight cannot be normalised or its architecture has no fields on the lattice.
  public init(
    architecture: any Architecture, insertions: InsertionSum, lattice: Lattice, prior: SamplerSettings.Prior = .asStated
  ) throws(SamplingError) {
    if let reason = insertions.obstruction(architecture: architecture) { throw .unnormalisable(reason) }
    if let reason = InsertionSum.correlation(of: architecture) { throw .unsupported(reason) }
    if let own = architecture.ownLattice, own != lattice {
      throw .unsupported("\(architecture.kind) lives on its own lattice of \(own.sites) sites; put the insertions there")
    }
    self.lattice = lattice
    data = insertions.data
    let own = insertions.terms
    for term in own {
      if let reason = term.inexactness ?? term.region.obstruction(architecture) { throw .unsupported(reason) }
    }
    if own.contains(where: \.region.isPaired), architecture.width > Self.greatestPairedWidth {
      throw .unsupported(
        "the pair sums of \(architecture.width) neurons do not fit into memory; use at most \(Self.greatestPairedWidth), or region = \"lattice\""
      )
    }
    if architecture.outputs > 1 {
      if own.contains(where: \.region.isPaired) {
        throw .unsupported(
          "exact integrals over a box or an envelope are those of one component; use region = \"lattice\" or \"points\"")
      }
      if prior == .hartree {
        throw .unsupported("the gap equation is that of one component; use prior = \"free\"")
      }
    }
    symmetries = insertions.remaining(of: architecture.symmetries)
    switch prior {
    case .asStated:
      self.prior = architecture
      terms = own
      hartree = nil
    case .hartree:
      guard let massive = architecture.massive else {
        throw .unsupported("\(architecture.kind) has no mass to shift; use prior = \"free\"")
      }
      guard let place = own.firstIndex(where: { $0.region.isLattice }) else {
        throw .unsupported(
          "a shifted mass is taken back on the sites of the lattice, where nothing is inserted; use prior = \"free\"")
      }
      guard
        let solution = HartreeMass(massSquared: massive.mass * massive.mass, potential: own[place].potential, lattice: lattice)
      else { throw .noHartreeMass }
      self.prior = massive.with(mass: solution.shifted.squareRoot())
      var shifted = own
      shifted[place].potential = own[place].potential + solution.counterterm
      terms = shifted
      hartree = solution
    }
    streamName = "\(self.prior.streamName) | \(insertions.streamName)"
  }

  /// A theory of a file.
  public init(_ theory: TheoryDefinition) throws(SamplingError) {
    try self.init(
      architecture: theory.architecture, insertions: theory.insertions, lattice: theory.lattice, prior: theory.sampler.prior)
  }

  /// V where S is `a^d Σ_x V(φ(x))` over the sites of the lattice, with the same V at each.
  public var latticePotential: LocalPotential? { terms.latticePotential }

  /// Whether a term is one of pair sums, whose cost grows with the square of the width.
  public var isPaired: Bool { terms.contains(where: \.region.isPaired) }

  /// The length over which the action feels a field: momenta nearer than its inverse look alike.
  var extent: Double { terms.map { $0.region.extent(lattice) }.max()! }

  /// Numbers in a field: every component at every site.
  public var fieldCount: Int { prior.outputs * lattice.siteCount }

  /// The evaluator of its action, with scratch memory of its own: one a worker.
  public func makeEvaluator() -> ActionEvaluator {
    ActionEvaluator(self, makeOwnTerm.map { [$0()] } ?? terms.map(makeTerm))
  }

  /// The ensemble of all parameters but a block, which was integrated out and left one term of the action.
  func integratingOut(_ block: Int, leaving makeTerm: @escaping @Sendable () -> any ActionTerm) -> InteractingTheory {
    var theory = self
    theory.integratedOut = [block]
    theory.makeOwnTerm = makeTerm
    return theory
  }

  /// The fastest evaluator of a term for the architecture in hand.
  private func makeTerm(_ term: LocalTerm) -> any ActionTerm {
    if prior.outputs > 1 { return VectorAction(self, term) }
    if let field = prior.freeField { return GaussianFieldAction(self, term, field) }
    if let modes = prior.modes { return ModeAction(self, term, modes) }
    guard let net = prior.planeWaves else { return GeneralAction(self, term) }
    switch term.region.integral {
    case .points(let points, _): return PointWaveAction(self, term, net, points)
    case .pairs(let isBox, _):
      let grid = isBox ? BoxGridAction.cheaperGrid(net) : nil
      return grid.map { BoxGridAction(self, term, net, grid: $0) } ?? PairSumAction(self, term, net)
    case .sites:
      return net.latticeModes.map { LatticeModeAction(self, term, $0) }
        ?? PlaneWaveAction(self, term, net, sites: lattice)
    }
  }
}
