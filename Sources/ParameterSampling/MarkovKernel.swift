// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import FieldTheories
import NumericalKernels

/// One way to move a walker that leaves `P0(θ) exp(−β S)` invariant.
///
/// An instance belongs to one chain or population; ``tune(_:)`` is called in warm-up only, after which its setting stays as it
/// is.
public protocol MarkovKernel: AnyObject {
  /// The word for it in a theory file.
  var name: String { get }
  /// The blocks of the layout that it can bring to any value.
  var movedBlocks: Set<Int> { get }
  /// Moves the walker once, all neurons having had their chance.
  func sweep(
    _ walker: Walker, _ evaluator: ActionEvaluator, coupling: Double, _ random: inout WalkerRandomness
  ) -> KernelCounts
  /// Adapts to what the last sweep did.
  func tune(_ counts: KernelCounts)
  /// The tuned setting in words; empty where there is none.
  var setting: String { get }
  /// Visits what tuning has changed; false where it cannot be saved, and chains are then not cut.
  func visit(_ state: inout StateVisitor) -> Bool
}

extension MarkovKernel {
  /// Nothing is known of what it has tuned.
  public func visit(_ state: inout StateVisitor) -> Bool { false }
}

extension KernelCounts {
  /// Visits the counts.
  mutating func visit(_ state: inout StateVisitor) {
    state.visit(&proposals)
    state.visit(&accepted)
    state.visit(&nonFinite)
    state.visit(&probability)
  }
}

/// Several kernels in turn: invariant, since each is, and ergodic only if together they move every block.
public final class KernelMixture {
  /// The kernels in the order of their turns.
  public let kernels: [any MarkovKernel]
  /// What they did since warm-up ended.
  public private(set) var counts: [KernelCounts]

  /// Refuses a mixture that leaves a block unmoved, but for those that were integrated out.
  public init(
    _ kernels: [any MarkovKernel], layout: ParameterLayout, integratedOut: Set<Int> = []
  ) throws(SamplingError) {
    let moved = kernels.reduce(into: integratedOut) { $0.formUnion($1.movedBlocks) }
    let unmoved = layout.blocks.indices.filter { !moved.contains($0) }
    guard unmoved.isEmpty else {
      throw .unmovedParameters(unmoved.map { layout.blocks[$0].name }, moves: kernels.map(\.name))
    }
    self.kernels = kernels
    counts = kernels.map { _ in KernelCounts() }
  }

  /// One sweep of every kernel; in warm-up they adapt to what they did.
  public func sweep(
    _ walker: Walker, _ evaluator: ActionEvaluator, coupling: Double, _ random: inout WalkerRandomness, tuning: Bool
  ) {
    let results = sweep(walker, evaluator, coupling: coupling, &random)
    if tuning { tune(results) } else { count(results) }
  }

  /// One sweep of every kernel, counted by the caller.
  func sweep(
    _ walker: Walker, _ evaluator: ActionEvaluator, coupling: Double, _ random: inout WalkerRandomness
  ) -> [KernelCounts] {
    kernels.map { $0.sweep(walker, evaluator, coupling: coupling, &random) }
  }

  /// Adapts every kernel to what it did.
  func tune(_ results: [KernelCounts]) {
    for (kernel, result) in zip(kernels, results) { kernel.tune(result) }
  }

  /// Adds to the counts.
  func count(_ results: [KernelCounts]) {
    for (index, result) in results.enumerated() { counts[index] += result }
  }

  /// Visits what is tuned and counted; false where a kernel cannot be saved.
  func visit(_ state: inout StateVisitor) -> Bool {
    var isSaved = true
    for (index, kernel) in kernels.enumerated() {
      isSaved = kernel.visit(&state) && isSaved
      counts[index].visit(&state)
    }
    return isSaved
  }

  /// Name, acceptance and setting of each kernel.
  public var report: [KernelReport] {
    zip(kernels, counts).map { KernelReport(name: $0.name, counts: $1, setting: $0.setting) }
  }
}

/// A list of moves from which every chain makes its own kernels.
public struct KernelRecipe: Sendable {
  private let kernels: @Sendable (InteractingTheory) throws(SamplingError) -> [any MarkovKernel]

  /// The moves stated, or those that fit the theory: Hamiltonian moves, shifts of the zero mode and clusters at infinite width, where m0² < 0 site moves and clusters; rotations of modes; refresh and Hamiltonian moves for
  /// lattice modes, whose gradient is one FFT; refresh and slice for other nets of Gaussian or Rayleigh weights; Hamiltonian moves for nets of several hidden layers; refresh for the
  /// rest, with pair moves and small steps in regions of the continuum. Where output weights were integrated out, refresh alone, of several layers Hamiltonian moves. Refuses moves that do not apply and lists that leave parameters unmoved.
  public init(_ moves: [SamplerSettings.Move]? = nil, theory: InteractingTheory) throws(SamplingError) {
    var chosen: [SamplerSettings.Move]
    if let moves {
      chosen = moves
    } else if theory.prior.freeField != nil {
      chosen =
        theory.prior.outputs > 1
        ? [.hamiltonian] : Self.isInTwoWells(theory) ? [.site, .cluster] : [.hamiltonian, .zeroMode, .cluster]
    } else if theory.prior.modes != nil {
      chosen = [.rotation]
    } else if theory.prior.isDeep {
      chosen =
        EllipticalSlice.applies(to: theory.prior) && theory.integratedOut.isEmpty ? [.hamiltonian, .slice] : [.hamiltonian]
    } else if !theory.integratedOut.isEmpty {
      chosen = [.refresh]
    } else {
      let net = theory.prior.planeWaves
      // The logarithm in the density of Rayleigh weights forces short steps; their slice is as good.
      if net?.latticeModes != nil, net?.outputWeights.kind != .rayleigh, theory.prior.outputs == 1 {
        chosen = [.refresh, .hamiltonian]
      } else {
        chosen = EllipticalSlice.applies(to: theory.prior) ? [.refresh, .slice] : [.refresh]
        // Over a large region neurons cancel each other in pairs, which redrawn ones alone rarely find.
        if theory.isPaired, net?.continuumMomenta != nil, theory.prior.width > 1 { chosen += [.pair, .step] }
      }
    }
    let moved = chosen
    self.init { theory throws(SamplingError) in
      var kernels: [any MarkovKernel] = []
      for move in moved { kernels.append(try Self.make(move, theory)) }
      return kernels
    }
    _ = try makeMixture(theory: theory)
  }

  /// Whether site moves apply and the bare mass squared is negative, as it is near the critical point and in the broken phase of φ⁴. There the curvature of the
  /// potential differs from site to site, which forces short Hamiltonian steps, and clusters take care of long waves; elsewhere the field is close to free, and
  /// Fourier-accelerated trajectories move all of its waves at once.
  private static func isInTwoWells(_ theory: InteractingTheory) -> Bool {
    guard SiteUpdates.applies(to: theory), let field = theory.prior.freeField, let potential = theory.terms.latticePotential
    else { return false }
    return field.mass * field.mass + 2 * potential.coefficient(2) < 0
  }

  /// Kernels made by a function, one set a chain or population.
  public init(_ kernels: @escaping @Sendable (InteractingTheory) throws(SamplingError) -> [any MarkovKernel]) {
    self.kernels = kernels
  }

  /// The same of a recipe that has made a mixture for this theory before: it does not fail now.
  func makeCheckedMixture(theory: InteractingTheory) -> KernelMixture {
    do { return try makeMixture(theory: theory) } catch { preconditionFailure("KernelRecipe: \(error)") }
  }

  /// The words for its moves, in the order of their turns.
  public func moveNames(_ theory: InteractingTheory) -> [String] { (try? kernels(theory).map(\.name)) ?? [] }

  /// Kernels for one chain.
  func makeMixture(theory: InteractingTheory) throws(SamplingError) -> KernelMixture {
    try KernelMixture(try kernels(theory), layout: theory.prior.layout, integratedOut: theory.integratedOut)
  }

  static func make(
    _ move: SamplerSettings.Move, _ theory: InteractingTheory
  ) throws(SamplingError) -> any MarkovKernel {
    let ofAnyOutputs: Set<SamplerSettings.Move> = [.refresh, .slice, .hamiltonian, .crankNicolson]
    guard theory.prior.outputs == 1 || ofAnyOutputs.contains(move) else {
      throw .unsupported(
        "\(move.rawValue) moves nets of one output, and \(theory.prior.kind) here has outputs = \(theory.prior.outputs); use neuron-refresh and slice"
      )
    }
    let ofHidden: Set<SamplerSettings.Move> = [.refresh, .hamiltonian, .crankNicolson]
    guard theory.integratedOut.isEmpty || ofHidden.contains(move) else {
      throw .unsupported(
        "\(move.rawValue) does not act on hidden parameters alone; use neuron-refresh, hmc or pcn, or kind = \"chains\"")
    }
    switch move {
    case .refresh:
      guard !theory.prior.isDeep else {
        throw .unsupported(
          "neurons of \(theory.prior.kind) share the layer before and cannot be redrawn one by one; use hmc or pcn")
      }
      return theory.integratedOut.isEmpty ? NeuronRefresh(theory) : CollapsedRefresh(theory)
    case .crankNicolson:
      guard !ParameterDensity.densities(of: theory.prior).isEmpty else {
        throw .unsupported("pcn knows no density of the parameters of \(theory.prior.kind); use neuron-refresh")
      }
      return CrankNicolson(theory)
    case .slice:
      guard EllipticalSlice.applies(to: theory.prior) else {
        throw .unsupported("slice needs gaussian or rayleigh output weights; \(theory.prior.kind) here has others")
      }
      return EllipticalSlice(theory)
    case .hamiltonian:
      guard HamiltonianMonteCarlo.applies(to: theory) else {
        throw .unsupported("hmc knows no gradient of \(theory.prior.kind); use neuron-refresh")
      }
      return HamiltonianMonteCarlo(theory)
    case .pair:
      guard theory.prior.continuumMomenta != nil, theory.prior.width > 1 else {
        throw .unsupported("pair moves need two neurons and momenta of known density; \(theory.prior.kind) here has none")
      }
      return PairMove(theory)
    case .step:
      guard theory.prior.continuumMomenta != nil else {
        throw .unsupported("small steps need continuous momenta of known density; \(theory.prior.kind) here has none")
      }
      return SmallSteps(theory)
    case .zeroMode:
      guard theory.prior.freeField != nil else {
        throw .unsupported("zero-mode moves shift the field of infinite width; \(theory.prior.kind) has neurons")
      }
      return ZeroModeShift(theory)
    case .cluster:
      guard let clusters = ClusterFlip(theory) else {
        throw .unsupported(
          "clusters need an action of nearest neighbours, that of the lattice field of infinite width; the field of \(theory.prior.kind) has none"
        )
      }
      return clusters
    case .site:
      guard let sites = SiteUpdates(theory) else {
        throw .unsupported(
          "site moves need an action of nearest neighbours and one potential on all sites, those of the lattice field of infinite width; \(theory.prior.kind) here has others"
        )
      }
      return sites
    case .rotation:
      guard let modes = theory.prior.modes else {
        throw .unsupported("rotations are those of independent modes; \(theory.prior.kind) has none, use hmc")
      }
      return HarmonicRotation(theory, modes)
    case .flip:
      guard theory.terms.allSatisfy(\.isEven), SignFlip.applies(to: theory.prior) else {
        throw .unsupported("sign-flip needs a potential without source and output weights of either sign")
      }
      return SignFlip(theory)
    }
  }
}
