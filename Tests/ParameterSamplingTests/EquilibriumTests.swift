// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import FieldTheories
import Foundation
import LatticeFields
import NumericalKernels
import Testing

@testable import ParameterSampling

/// Every move of the registry, alone, on exact draws of every region: what it leaves invariant must be the target (``Equilibrium``). False alarm 1e-6 for each number of
/// applications; the moves that must be seen are in ``PlantedMoveTests``.
@Suite struct EquilibriumTests {
  /// An interacting ensemble at any width.
  struct Ensemble: Sendable {
    let name: String
    let theory: @Sendable (_ width: Int) throws -> InteractingTheory
  }

  /// A move, or all moves of the default recipe in turn.
  enum Subject: Sendable, Hashable {
    case move(SamplerSettings.Move)
    case recipe

    static let all = SamplerSettings.Move.allCases.map(Subject.move) + [.recipe]

    /// Nil where the theory has no such move.
    func kernels(_ theory: InteractingTheory) -> [any MarkovKernel]? {
      switch self {
      case .move(let move): (try? KernelRecipe.make(move, theory)).map { [$0] }
      case .recipe: try? KernelRecipe(theory: theory).makeMixture(theory: theory).kernels
      }
    }
  }

  /// One cell of the matrix.
  struct Cell: Sendable, CustomTestStringConvertible {
    let ensemble: Ensemble
    let width: Int
    let subject: Subject
    var testDescription: String {
      switch subject {
      case .move(let move): "\(move.rawValue), \(ensemble.name), N = \(width)"
      case .recipe: "default recipe, \(ensemble.name), N = \(width)"
      }
    }
  }

  static let ensembles: [Ensemble] =
    OutputWeightLaw.Kind.allCases.map { weights in
      Ensemble(name: "cos-net on sites, \(weights.rawValue) weights") {
        try sites(CosNet(dimension: 1, width: $0, sigmaW0: 1.5, sigmaW1: 1, weights: weights))
      }
    }
    + OutputWeightLaw.Kind.allCases.map { weights in
      Ensemble(name: "lattice modes, \(weights.rawValue) weights") {
        try latticeTheory([6], massSquared: 0.5, coupling: 6, width: $0, weights: weights)
      }
    } + [
      Ensemble(name: "hard cutoff on sites") {
        try sites(
          AlphaNet(dimension: 2, width: $0, mass: 1, alpha: 0, regulator: .hard, cutoff: 3, weights: .uniform))
      },
      Ensemble(name: "gauss-net on sites") {
        try sites(GaussNet(dimension: 1, width: $0, sigmaW0: 1, sigmaW1: 1, sigmaB0: 0.5))
      },
      Ensemble(name: "tanh net on sites") {
        try sites(DenseNet(dimension: 1, width: $0, activation: .tanh, sigmaW: 1, sigmaB: 0.5, sigmaV: 2))
      },
      Ensemble(name: "envelope, constant weights") { try envelope($0, .constant) },
      Ensemble(name: "envelope, gaussian weights") { try envelope($0, .gaussian) },
      Ensemble(name: "envelope, uniform weights, hard cutoff") { try envelope($0, .uniform, .hard, cutoff: 3) },
      // Few modes are summed on a grid, many in pairs.
      Ensemble(name: "box of few modes") { try box($0, .gaussian, cutoff: 2) },
      Ensemble(name: "box of many modes") { try box($0, .uniform, cutoff: 20) },
      // One number a site stands for a neuron.
      Ensemble(name: "infinite width") { try fieldTheory([$0], massSquared: 1, coupling: 12, prior: .asStated) },
      // Sums of terms in several regions, with sources that differ from place to place.
      Ensemble(name: "sites and points") { try Mixtures.sites($0) },
      Ensemble(name: "sites, points, constant weights") { try Mixtures.sites($0, .constant) },
      Ensemble(name: "envelope, sites and points") { try Mixtures.envelope($0, .rayleigh) },
      Ensemble(name: "lattice modes with data") { try Mixtures.modes($0) },
      Ensemble(name: "box of many modes and points") { try Mixtures.box($0, cutoff: 20) },
      Ensemble(name: "tanh net with data") { try Mixtures.general($0) },
      Ensemble(name: "infinite width with data") { try Mixtures.field($0) },
      // Hidden parameters whose output weights were integrated out.
      Ensemble(name: "hidden cosines") { try hidden(CosNet(dimension: 1, width: $0, sigmaW0: 1.5, sigmaW1: 1)) },
      Ensemble(name: "hidden cosines of two outputs") {
        try hidden(CosNet(dimension: 1, width: $0, sigmaW0: 1.5, sigmaW1: 1).giving(outputs: 2))
      },
      Ensemble(name: "hidden erf neurons") {
        try hidden(DenseNet(dimension: 1, width: $0, activation: .erf, sigmaW: 1, sigmaB: 0.5, sigmaV: 2))
      },
      Ensemble(name: "hidden exponentials") {
        try hidden(GaussNet(dimension: 1, width: $0, sigmaW0: 0.7, sigmaW1: 1.5, sigmaB0: 0.5))
      },
      Ensemble(name: "hidden layers") {
        try hidden(DeepNet(dimension: 1, widths: [$0, 3], activation: .tanh, cosineInput: 1, sigmaW: 1.5, sigmaB: 0, sigmaV: 2))
      },
      Ensemble(name: "deep net with data") { try Mixtures.deep($0) },
      Ensemble(name: "modes under their length") { width in
        let modes = ModeExpansion(count: width, spectrum: .power(0.5))
        let length = LengthTerm(coupling: 2, targets: (1...width).map { 0.5 / Double($0) })
        return try InteractingTheory(
          architecture: modes, insertions: InsertionSum([LengthInsertion(ridge: 0.5, term: length, beta: nil)]),
          lattice: modes.lattice)
      },
    ]

  private static func sites(_ net: any Architecture) throws -> InteractingTheory {
    try InteractingTheory(
      architecture: net, insertions: InsertionSum([QuarticInsertion(coupling: 12)]),
      lattice: Lattice(sites: net.dimension == 1 ? [6] : [3, 4], spacing: 0.7, boundary: .open))
  }

  static func envelope(
    _ width: Int, _ weights: OutputWeightLaw.Kind, _ regulator: AlphaNet.Regulator = .gaussian, cutoff: Double = 5
  ) throws -> InteractingTheory {
    try InteractingTheory(
      architecture: AlphaNet(
        dimension: 2, width: width, mass: 1, alpha: 0, regulator: regulator, cutoff: cutoff, weights: weights),
      insertions: InsertionSum([QuarticInsertion(coupling: 3, region: .envelope(length: 1.5))]),
      lattice: Lattice(sites: [3, 3], spacing: 0.5, boundary: .open))
  }

  private static func box(_ width: Int, _ weights: OutputWeightLaw.Kind, cutoff: Double) throws -> InteractingTheory {
    try InteractingTheory(
      architecture: BoxAlphaNet(
        dimension: 2, width: width, mass: 1, alpha: 0, regulator: .hard, cutoff: cutoff, side: 5, weights: weights,
        isPeriodic: false)!,
      insertions: InsertionSum([QuarticInsertion(coupling: 3, region: .box(side: 5))]),
      lattice: Lattice(sites: [3, 3], spacing: 0.5, boundary: .open))
  }

  static func hidden(_ net: any Architecture) throws -> InteractingTheory {
    let labels = [0.9, -0.7, 0.4]
    return try CollapsedTheory(
      InteractingTheory(
        architecture: net,
        insertions: InsertionSum([
          FieldTheories.DataInsertion(
            points: [Point(-0.6, 0, 0, 0), Point(0.9, 0, 0, 0), Point(0.2, 0, 0, 0)],
            labels: (0..<net.outputs).flatMap { output in labels.map { $0 / Double(1 + output) } }, temperature: 0.2)
        ]), lattice: Lattice(sites: [3], spacing: 0.5, boundary: .open))
    ).hidden
  }

  static let widths = [1, 2, 4, 16, 64]

  /// All moves of all ensembles at all widths.
  static let matrix: [Cell] = ensembles.flatMap { ensemble in
    widths.flatMap { width in
      let theory = try! ensemble.theory(width)
      return Subject.all.filter { $0.kernels(theory) != nil }.map { Cell(ensemble: ensemble, width: width, subject: $0) }
    }
  }

  /// Those of the long tests: NNFT_EQUILIBRIUM names cells by a part of their description ("hmc, lattice modes").
  static let selected =
    ProcessInfo.processInfo.environment["NNFT_EQUILIBRIUM"].map { wanted in
      matrix.filter { $0.testDescription.contains(wanted) }
    } ?? matrix

  /// Draws that a cell gets: fewer of large nets, whose functions average over more neurons.
  static func draws(_ width: Int) -> Int { width < 16 ? 2000 : (width < 64 ? 1000 : 500) }

  private func check(_ cell: Cell, share: Double, draws: Int, upTo most: Int = 100) throws {
    let equilibrium = Equilibrium(try cell.ensemble.theory(cell.width), share: share)
    let kernels = try #require(cell.subject.kernels(equilibrium.theory))
    for verdict in equilibrium.verdicts(of: kernels, draws: draws, upTo: most) {
      #expect(
        !verdict.isRejected, "\(cell.testDescription), beta = \(equilibrium.coupling): \(verdict) \(kernels.map(\.setting))")
      #expect(verdict.acceptance > 0.02, "too few moves for a verdict: \(cell.testDescription) \(verdict)")
    }
  }

  /// A quarter of all prior draws is kept: moves are accepted about as often as where they are used.
  @Test(.enabled(if: isLong), arguments: selected) func everyMoveKeepsTheTarget(_ cell: Cell) throws {
    try check(cell, share: 0.25, draws: Self.draws(cell.width))
  }

  /// The free theory is left as it is.
  @Test(.enabled(if: isLong), arguments: selected.filter { $0.width == 4 || $0.width == 16 }) func everyMoveKeepsThePrior(
    _ cell: Cell
  ) throws {
    try check(cell, share: 1, draws: Self.draws(cell.width))
  }

  /// The same in short: four neurons, at most ten times.
  @Test(arguments: matrix.filter { $0.width == 4 && $0.subject != .recipe }) func everyMoveInShort(_ cell: Cell) throws {
    try check(cell, share: 0.25, draws: 500, upTo: 10)
  }

  /// A move that no cell tests is missing here by its name, and so is a region.
  @Test func everyMoveIsTested() throws {
    for move in SamplerSettings.Move.allCases {
      let widths = Set(Self.matrix.filter { $0.subject == .move(move) }.map(\.width))
      // A pair needs two.
      #expect(widths == Set(Self.widths.filter { move != .pair || $0 > 1 }), "\(move.rawValue): \(widths)")
    }
    let regions = try Set(
      Self.ensembles.flatMap {
        try $0.theory(4).makeEvaluator().terms.map { "\($0.term.region.streamName.prefix(3)) by \(type(of: $0))" }
      })
    #expect(
      regions == [
        "lat by GaussianFieldAction", "poi by GaussianFieldAction", "lat by PlaneWaveAction", "lat by LatticeModeAction",
        "lat by GeneralAction", "poi by GeneralAction", "poi by PointWaveAction", "box by BoxGridAction", "box by PairSumAction",
        "env by PairSumAction", "lat by ModeAction", "poi by CollapsedAction",
      ])
  }

  /// Exchanges of a ladder: exact draws at every rung stay what they are, at every rung.
  @Test(arguments: [1, 4, 16], [true, false]) func exchanges(width: Int, right: Bool) throws {
    let theory = try Self.envelope(width, .gaussian)
    let rungs = [1, 0.5, 0.2].map { Equilibrium(theory, share: $0) }
    let ladder = rungs.map(\.coupling)
    let functions = BoundedFunctions(theory)
    let evaluator = theory.makeEvaluator()
    var walkers = rungs.map { _ in evaluator.makeWalker() }
    var sources = rungs.enumerated().map { Equilibrium.ExactDraws($1, "rung \($0)") }
    func all() -> [Double] { zip(walkers, ladder).flatMap { functions($0, evaluator, $1).suffix(6) } }
    for times in [1, 10] {
      var change = MeanChange(3 * 6)
      var accepted = 0
      for draw in 0..<1500 {
        for rung in rungs.indices { sources[rung].next(walkers[rung], evaluator) }
        let before = all()
        var random = WalkerRandomness(stream: RandomStream(seed: 1, stream: "exchange"), walker: draw)
        for time in 0..<times {
          // Control: couplings a quarter as far apart as they are.
          let swaps = ParallelTempering.exchange(&walkers, right ? ladder : ladder.map { $0 / 4 }, first: time % 2, &random)
          accepted += swaps.count { $0.isAccepted }
        }
        change.add(before, all())
      }
      let result = change.test()
      #expect(accepted > 100)
      #expect(right ? result.pValue > 1e-6 : result.pValue < 1e-6, "\(times): \(result)")
    }
  }

  /// No two random numbers of walkers, moves and uses share an address: all of them differ.
  @Test func addressesDoNotMeet() throws {
    let theory = try Self.envelope(8, .gaussian)
    let parameters = NetworkParameters(layout: theory.prior.layout)
    var seen = Set<Double>()
    var count = 0
    let stream = RandomStream(seed: 1, stream: "addresses")
    for walker in [0, 1, 2, 1 << 19] {
      var random = WalkerRandomness(stream: stream, walker: walker)
      for _ in 0..<20 {
        random.advance()
        random.network(theory.prior, into: parameters)
        var numbers = (0..<100).map { _ in random.uniform() }
        for (index, block) in theory.prior.layout.blocks.enumerated() {
          numbers += (0..<block.components * 8).map { parameters.block(index)[$0] }
        }
        for block in 0..<4 {
          var normals = [Double](repeating: 0, count: 40)
          normals.withUnsafeMutableBufferPointer { random.normals(block, count: 40, into: $0.baseAddress!) }
          numbers += normals
        }
        seen.formUnion(numbers)
        count += numbers.count
      }
    }
    #expect(seen.count == count)
    // Control: a step forgotten is seen.
    var (first, second) = (WalkerRandomness(stream: stream, walker: 0), WalkerRandomness(stream: stream, walker: 0))
    first.advance()
    second.advance()
    #expect(first.uniform() == second.uniform())
  }
}

/// Moves that break the target in ways in which moves have been wrong, and the right ones beside them: the check above must tell them apart.
@Suite struct PlantedMoveTests {
  /// Wrong in one way each.
  enum Fault: String, CaseIterable, Sendable {
    /// Pairs without the ratio of proposal densities.
    case forgottenRatio
    /// Neurons picked with repetition, eight times each, for which one prior draw a sweep is used again and again, overwritten by pairs.
    case staleProposal
    /// Steps of a length that depends on the phase.
    case stateDependentStep
    /// Redrawn neurons that are taken without question.
    case noQuestion
    /// A walk of Gaussian parameters that forgets their prior.
    case forgottenPrior
  }

  /// Phases by steps whose length is that of the state left behind.
  private static func stateDependentStep(
    _ theory: InteractingTheory, _ proposal: Network, _ walker: Walker, _ evaluator: ActionEvaluator, _ coupling: Double,
    _ random: inout WalkerRandomness
  ) -> KernelCounts {
    random.advance()
    proposal.copy(from: walker.network)
    let b = proposal.parameters.block((theory.prior as! any PlaneWaveNet).phaseBlock)
    for i in 0..<theory.prior.width { b[i] += 0.6 * (1 + 0.5 * cos(b[i])) * (2 * random.uniform() - 1) }
    evaluator.update(proposal)
    var counts = KernelCounts()
    for i in 0..<theory.prior.width {
      let action = evaluator.propose(i..<i + 1, of: walker, from: proposal)
      counts.proposals += 1
      guard log(random.uniform()) < -coupling * (action - walker.action) else { continue }
      evaluator.accept(i..<i + 1, of: walker, from: proposal, action: action)
      counts.accepted += 1
    }
    return counts
  }

  private static func verdicts(
    _ fault: Fault, isPlanted: Bool, _ equilibrium: Equilibrium, draws: Int
  ) -> [Equilibrium.Verdict] {
    let (theory, coupling) = (equilibrium.theory, equilibrium.coupling)
    switch (fault, isPlanted) {
    case (.forgottenRatio, true): return equilibrium.verdicts(of: [PairMove(theory, hastings: false)], draws: draws)
    case (.staleProposal, true):
      let (pair, width) = (PairMove(theory), theory.prior.width)
      return equilibrium.verdicts(draws: draws) { walker, evaluator, random in
        var counts = KernelCounts()
        pair.drawProposals(&random)
        for _ in 0..<8 * width {
          let j = min(Int(random.uniform() * Double(width)), width - 1)
          pair.attempt(j, walker, evaluator, coupling, &random, &counts)
        }
        return counts
      }
    case (.forgottenRatio, false), (.staleProposal, false):
      return equilibrium.verdicts(of: [PairMove(theory)], draws: draws)
    case (.stateDependentStep, true):
      let proposal = Network(layout: theory.prior.layout)
      return equilibrium.verdicts(draws: draws) { walker, evaluator, random in
        stateDependentStep(theory, proposal, walker, evaluator, coupling, &random)
      }
    case (.stateDependentStep, false): return equilibrium.verdicts(of: [SmallSteps(theory)], draws: draws)
    case (.noQuestion, true):
      return equilibrium.verdicts(of: [WrongSamplerTests.RefreshWithoutQuestion(theory)], draws: draws)
    case (.noQuestion, false): return equilibrium.verdicts(of: [NeuronRefresh(theory)], draws: draws)
    case (.forgottenPrior, _):
      return equilibrium.verdicts(of: [CrankNicolson(theory, isPreconditioned: !isPlanted)], draws: draws)
    }
  }

  /// On an envelope, free and interacting, walks on hidden parameters, with the right move beside each wrong one.
  @Test(arguments: Fault.allCases, isLong ? [2, 4, 16, 64] : [4]) func plantedFaultsAreSeen(_ fault: Fault, width: Int) throws {
    for share in isLong && fault != .noQuestion ? [0.25, 1] : [0.25] {
      let theory =
        fault == .forgottenPrior
        ? try EquilibriumTests.hidden(CosNet(dimension: 1, width: width, sigmaW0: 1.5, sigmaW1: 1))
        : try EquilibriumTests.envelope(width, .constant)
      let equilibrium = Equilibrium(theory, share: share)
      let draws = width < 16 ? 2000 : 1000
      let wrong = Self.verdicts(fault, isPlanted: true, equilibrium, draws: draws)
      #expect(wrong.contains { $0.isRejected }, "\(fault.rawValue), N = \(width), beta = \(equilibrium.coupling): \(wrong)")
      let right = Self.verdicts(fault, isPlanted: false, equilibrium, draws: draws)
      #expect(!right.contains { $0.isRejected }, "right, N = \(width), beta = \(equilibrium.coupling): \(right)")
    }
  }
}
