// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import FieldSynthesis
import FieldTheories
import Foundation
import LatticeFields
import NumericalKernels

/// What a run will need, from its plan alone; nothing is timed or allocated.
public struct RunForecast: Sendable {
  /// Memory at the peak, in bytes.
  public let memory: Double
  /// Single-thread seconds on a current x86-64 core, good to a factor of about two.
  public let seconds: Double
  /// The part of ``seconds`` that one thread does alone: known values beside the measurements.
  private let serialSeconds: Double

  /// The forecast of a plan on `threads` workers.
  ///
  /// Memory: per worker the parameters, the field, the composites' spectra and sums on the padded grid and the tables of a finished bin; once,
  /// bins × primaries, and `sampleCopies` more of the jackknife samples while they are written.
  /// Time: 10 ns a parameter, the planner's estimate of a field, and what measuring it takes.
  public init(_ plan: RunPlan, threads: Int, sampleCopies: Int = 0) {
    let parameters = Double(plan.theory.architecture.layout.parameterCount)
    self.init(
      measuring: plan.estimators, at: plan.sites, draws: plan.draws, bins: plan.binCount, threads: threads,
      sampleCopies: sampleCopies, drawing: 10 * parameters + plan.synthesis.nanoseconds, keeping: 2 * parameters,
      components: plan.theory.architecture.outputs)
  }

  /// Fields measured, each of which took `drawing` nanoseconds and `keeping` numbers to make: 0.13 n log2 n ns a transform of n grid sites, which it takes with
  /// its share of the estimators' sums over sites, and 0.2 n ns a power, twice that a cross spectrum.
  init(
    measuring estimators: [any CorrelatorEstimator], at places: SiteSet, draws: Int, bins: Int, threads: Int, sampleCopies: Int,
    drawing: Double, keeping: Double, components: Int = 1
  ) {
    let sites = Double(components * places.count)
    let workspace = DrawWorkspace(sites: places)
    for estimator in estimators { _ = estimator.makeAccumulator(workspace) }
    let demand = workspace.demand
    let grid = Double(demand.gridSites)
    let (powers, crossSpectra) = (Double(demand.powers), Double(demand.crossSpectra))
    let primaries = estimators.reduce(0.0) { $0 + Double($1.primaryCount) }
    let rows = estimators.reduce(0.0) { $0 + Double($1.rows.count) }
    let perWorker =
      8 * (keeping + 4 * sites + grid * (Double(demand.transforms) + 2 * (powers + crossSpectra) + 2) + primaries)
    let results = 8 * Double(bins) * (primaries + Double(2 + sampleCopies) * rows)
    memory = 2e7 + Double(threads) * perWorker + results
    let transforms = grid * (0.13 * Double(demand.transforms) * log2(max(2, grid)) + 0.2 * powers + 0.4 * crossSpectra)
    seconds = 1e-9 * Double(draws) * (drawing + Double(components) * transforms)
    serialSeconds = 0
  }

  /// A forecast made elsewhere.
  init(memory: Double, seconds: Double, serialSeconds: Double = 0) {
    self.memory = memory
    self.seconds = seconds + serialSeconds
    self.serialSeconds = serialSeconds
  }

  /// The forecast of an interacting run: its sweeps, move by move (``sweepNanoseconds``), its measurements and the column of known values.
  ///
  /// A measurement costs that of an independent network, 4 us and 50 ns a site for weights, identities and diagnostics. Samples of unequal weights are
  /// bins of their own: 4 us, 20 ns a primary, and a transform with 2 ns a site back from every correlation.
  init(_ interacting: InteractingPlan, _ plan: RunPlan, threads: Int, sampleCopies: Int) {
    let free = RunForecast(plan, threads: threads, sampleCopies: sampleCopies)
    let theory = interacting.theory
    // Pair sums of the continuum: their table.
    let pairs = theory.isPaired ? Double(theory.prior.width) * Double(theory.prior.width) : 0
    let walker = 8.0 * Double(theory.prior.layout.parameterCount + 2 * plan.sites.count)
    let walkers: Double =
      switch interacting.choice.kind {
      case .sequential: 2 * Double(interacting.samplesPerUnit)
      case .tempering: 20
      default: 4
      }
    let column = theory.knownValues
    let reference = plan.estimators.reduce(column.preparationSeconds) { $0 + column.seconds($1.rows.map(\.target)) }
    let samples = Double(interacting.samples)
    var measurement = 4000 + 50 * Double(plan.sites.count)
    if [.reweighting, .sequential].contains(interacting.choice.kind) {
      let workspace = DrawWorkspace(sites: plan.sites)
      for estimator in plan.estimators { _ = estimator.makeAccumulator(workspace) }
      let (demand, primaries) = (workspace.demand, plan.estimators.reduce(0) { $0 + $1.primaryCount })
      let grid = Double(demand.gridSites)
      measurement +=
        4000 + 20 * Double(primaries) + Double(demand.powers + demand.crossSpectra) * grid * (0.13 * log2(max(2, grid)) + 2)
    }
    self.init(
      memory: free.memory + Double(threads) * (walkers * walker + 400 * pairs),
      seconds: free.seconds * samples / Double(plan.draws) + 1e-9 * samples * measurement
        + 1e-9 * interacting.sweeps * Self.sweepNanoseconds(interacting, field: plan.synthesis.nanoseconds),
      // The workers do not share the column.
      serialSeconds: reference)
  }

  /// One sweep of all moves, from measured times:
  ///
  /// - `hmc`: a step of the leapfrog is a field, 0.5 us and 20 ns a parameter of a net; a trajectory has `ω V^{1/4}` of them, at most 1000,
  ///   ω = M/m with M the mass of the gap equation: that is how stiff the insertion makes the softest mode, and the acceptance falls with the volume;
  /// - `zero-mode`: a field; `site`: a field and 25 ns a site;
  /// - `neuron-refresh`, `slice`, `small-steps`, `pair`, and no less than theirs `sign-flip` and `rotation`: 0.5 fields and 45 ns a neuron; all moves over
  ///   regions of the continuum together 1 us a pair of neurons.
  private static func sweepNanoseconds(_ interacting: InteractingPlan, field: Double) -> Double {
    let (theory, prior) = (interacting.theory, interacting.theory.prior)
    let neurons = Double(prior.width)
    let isField = prior.freeField != nil
    let parameters = isField ? 0 : Double(prior.layout.parameterCount)
    let pairs = theory.isPaired ? 1000 * neurons * neurons : 0
    let sites = 25 * Double(theory.lattice.siteCount)
    let bonds = 10 * Double(theory.lattice.siteCount * theory.lattice.dimension)
    return interacting.recipe.moveNames(interacting.moved).compactMap(SamplerSettings.Move.init).reduce(500 + pairs) {
      sum, move in
      switch move {
      case .hamiltonian:
        var stiffness = 1.0
        if let net = prior.massive, let potential = theory.latticePotential,
          let mean = HartreeMass(massSquared: net.mass * net.mass, potential: potential, lattice: theory.lattice)
        {
          stiffness = max(1, (mean.shifted).squareRoot() / net.mass)
        }
        let steps = min(1000, max(1, stiffness * pow(Double(theory.lattice.siteCount), 0.25)))
        return sum + steps * (field + 500 + 20 * parameters)
      case .zeroMode: return sum + field
      case .crankNicolson: return sum + field + 500 + 20 * parameters
      case .cluster: return sum + field + bonds
      case .site: return sum + field + sites
      case .refresh, .slice, .pair, .step, .flip, .rotation: return sum + 0.5 * field + 45 * neurons
      }
    }
  }

  /// Sites of the zero-padded grid, without overflow.
  static func paddedSites(_ lattice: Lattice) -> Double {
    lattice.sites.reduce(1.0) { $0 * Double(lattice.boundary == .open ? 2 * $1 : $1) }
  }

  /// Throws if even the table rows and one worker's grids of a theory exceed the machine's memory; called before anything of that size exists.
  public static func check(_ theory: TheoryDefinition) throws(ResourceError) {
    let grid = paddedSites(theory.lattice)
    // Evaluators, moves and walkers of an interacting theory are made while it is planned.
    let copies = theory.insertions.isEmpty ? 3.0 : 24
    try MemoryBudget.require(
      bytes: 200 * grid + copies * 8 * Double(theory.architecture.layout.parameterCount),
      for: "\(theory.lattice.sites.map(String.init).joined(separator: "x")) sites and \(theory.architecture.width) neurons",
      cure: "use fewer sites or a smaller width")
    try MatrixProduct.prepare(threads: 1)
  }

  /// Throws if the plan exceeds the machine's memory.
  public func check(threads: Int) throws(ResourceError) {
    try MemoryBudget.require(
      bytes: memory, for: "this run on \(threads) threads",
      cure: "use fewer sites, bins or threads, or leave out --all-displacements")
    try MatrixProduct.prepare(threads: threads, beside: memory)
  }
}

extension RunForecast {
  /// Time and memory in words.
  public func text(threads: Int) -> String {
    let wall = (seconds - serialSeconds) / Double(max(1, threads)) + serialSeconds
    let time =
      wall < 90
      ? String(format: "%.2g s", wall)
      : wall < 5400 ? String(format: "%.2g min", wall / 60) : String(format: "%.3g h", wall / 3600)
    return String(
      format: "about %@ on %d %@, %.2g GiB of memory (good to a factor of two)", time, threads,
      threads == 1 ? "thread" : "threads", memory / 0x1p30)
  }
}
