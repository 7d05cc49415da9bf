// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import LatticeFields

/// What is sampled: `P(θ) ∝ P0(θ) exp(−S[φ_θ])`, `S = ∫ w(x) V(φ(x))` over a region, `a^d Σ_x V` over the sites of a lattice.
public struct InteractingTheory: Sendable {
  /// The free ensemble P0 from which parameters are drawn.
  public let prior: any Architecture
  /// The sites where fields are measured; those of the action, where it acts on the lattice.
  public let lattice: Lattice
  /// Where the insertions act.
  public let region: InsertionRegion
  /// V, any counterterm of a shifted prior included.
  public let potential: LocalPotential
  /// The solution of the gap equation, where the prior's mass was shifted to it.
  public let hartree: HartreeMass?
  /// What the insertions leave of the prior's symmetries.
  public let symmetries: FieldSymmetries
  /// Names the random stream.
  public let streamName: String

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
    region = insertions.region
    if let reason = region.obstruction(insertions.potential) { throw .unsupported(reason) }
    if region != .lattice, architecture.width > Self.greatestPairedWidth {
      throw .unsupported(
        "the pair sums of \(architecture.width) neurons do not fit into memory; use at most \(Self.greatestPairedWidth), or region = \"lattice\""
      )
    }
    switch region {
    case .lattice: break
    case .box(let side):
      guard architecture.planeWaves?.boxSide == side else {
        throw .unsupported("\(architecture.kind) does not live in a box of side \(side)")
      }
    case .envelope:
      guard architecture.planeWaves != nil else {
        throw .unsupported("\(architecture.kind) has no plane waves under an envelope")
      }
    }
    symmetries = insertions.remaining(of: architecture.symmetries)
    switch prior {
    case .asStated:
      self.prior = architecture
      potential = insertions.potential
      hartree = nil
    case .hartree:
      guard let massive = architecture.massive else {
        throw .unsupported("\(architecture.kind) has no mass to shift; use prior = \"free\"")
      }
      guard
        let solution = HartreeMass(
          massSquared: massive.mass * massive.mass, potential: insertions.potential, lattice: lattice)
      else { throw .noHartreeMass }
      self.prior = massive.with(mass: solution.shifted.squareRoot())
      potential = insertions.potential + solution.counterterm
      hartree = solution
    }
    streamName = "\(self.prior.streamName) | \(insertions.streamName)"
  }

  /// A theory of a file.
  public init(_ theory: TheoryDefinition) throws(SamplingError) {
    try self.init(
      architecture: theory.architecture, insertions: theory.insertions, lattice: theory.lattice, prior: theory.sampler.prior)
  }

  /// The length over which the action feels a field: momenta nearer than its inverse look alike.
  var extent: Double {
    switch region {
    case .lattice: lattice.spacing * Double(lattice.sites.max()!)
    case .box(let side): side
    case .envelope(let length): Double.pi / 2 * length
    }
  }

  /// The evaluator of its action, with scratch memory of its own: one a worker.
  public func makeEvaluator() -> any ActionEvaluator {
    switch prior.synthesis {
    case .noise(let field): GaussianFieldAction(self, field)
    case .planeWaves(let net) where region != .lattice:
      BoxGridAction.cheaperGrid(net).map { BoxGridAction(self, net, grid: $0) } ?? PairSumAction(self, net)
    case .latticeModes(let net): LatticeModeAction(self, net)
    case .planeWaves(let net): PlaneWaveAction(self, net, sites: lattice)
    case .exponentials, .layers, nil: GeneralAction(self)
    }
  }
}
