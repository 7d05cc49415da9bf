// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import FieldSynthesis
import FieldTheories
import Foundation
import LatticeFields

/// Out of memory or disk, in one line with its cure.
public struct ResourceError: Error, Sendable, CustomStringConvertible {
  /// What is missing and what to do.
  public let description: String
  /// States a shortage.
  public init(_ description: String) { self.description = description }
}

/// What a run will need, from its plan alone; nothing is timed or allocated.
public struct RunForecast: Sendable {
  /// Bytes at the peak.
  public let memory: Double
  /// Single-thread seconds on a current x86-64 core, good to a factor of about two.
  public let seconds: Double
  private let accuracy: String

  /// The forecast of a plan on `threads` workers.
  ///
  /// Memory: per worker the parameters, the field, the composites' spectra and sums on the padded grid and the tables of a finished bin; once,
  /// bins × primaries, and `sampleCopies` more of the jackknife samples while they are written.
  /// Time: 10 ns a parameter, the planner's estimate of a field, 0.1 n log2 n ns a transform of n grid sites, which it takes with its share of the
  /// estimators' sums over sites, and 0.2 n ns a power, twice that a cross spectrum.
  public init(_ plan: RunPlan, threads: Int, sampleCopies: Int = 0) {
    let architecture = plan.theory.architecture
    let sites = Double(plan.sites.count)
    let workspace = DrawWorkspace(sites: plan.sites)
    for estimator in plan.estimators { _ = estimator.makeAccumulator(workspace) }
    let demand = workspace.demand
    let grid = Double(demand.gridSites)
    let (powers, crossSpectra) = (Double(demand.powers), Double(demand.crossSpectra))
    let parameters = Double(architecture.layout.parameterCount)
    let primaries = plan.estimators.reduce(0.0) { $0 + Double($1.primaryCount) }
    let rows = plan.estimators.reduce(0.0) { $0 + Double($1.rows.count) }
    let perWorker =
      8 * (2 * parameters + 4 * sites + grid * (Double(demand.transforms) + 2 * (powers + crossSpectra) + 2) + primaries)
    let results = 8 * Double(plan.binCount) * (primaries + Double(2 + sampleCopies) * rows)
    memory = 2e7 + Double(threads) * perWorker + results

    accuracy = "a factor of two"
    let evaluation = plan.synthesis.nanoseconds
    let transforms = grid * (0.1 * Double(demand.transforms) * log2(max(2, grid)) + 0.2 * powers + 0.4 * crossSpectra)
    seconds = 1e-9 * Double(plan.draws) * (10 * parameters + evaluation + transforms)
  }

  /// A forecast made elsewhere.
  init(memory: Double, seconds: Double, accuracy: String = "a factor of two") {
    self.memory = memory
    self.seconds = seconds
    self.accuracy = accuracy
  }

  /// The forecast of an interacting run: a sweep costs about as much as thirty fields at infinite width (a Hamiltonian trajectory) and six
  /// elsewhere; measurements and memory are those of as many independent networks, plus walkers.
  init(_ interacting: InteractingPlan, _ plan: RunPlan, threads: Int, sampleCopies: Int) {
    let free = RunForecast(plan, threads: threads, sampleCopies: sampleCopies)
    let sweep = (interacting.theory.prior.layout.blocks.contains { $0.isGaussian } ? 30 : 6) * plan.synthesis.nanoseconds
    // Pair sums of the continuum: 4 N pairs a neuron, and their table.
    let pairs =
      interacting.theory.region == .lattice ? 0 : Double(interacting.theory.prior.width) * Double(interacting.theory.prior.width)
    let walker = 8.0 * Double(interacting.theory.prior.layout.parameterCount + 2 * plan.sites.count)
    let walkers: Double =
      switch interacting.choice.kind {
      case .sequential: 2 * Double(interacting.samplesPerUnit)
      case .tempering: 20
      default: 4
      }
    self.init(
      memory: free.memory + Double(threads) * (walkers * walker + 400 * pairs),
      seconds: free.seconds * Double(interacting.samples) / Double(plan.draws) + 1e-9 * interacting.sweeps
        * (sweep + 1000 * pairs),
      accuracy: "a factor of five")
  }

  /// Sites of the zero-padded grid, without overflow.
  static func paddedSites(_ lattice: Lattice) -> Double {
    lattice.sites.reduce(1.0) { $0 * Double(lattice.boundary == .open ? 2 * $1 : $1) }
  }

  /// Throws if even the table rows and one worker's grids of a theory exceed the machine's memory; called before anything of that size exists.
  public static func check(_ theory: TheoryDefinition) throws(ResourceError) {
    let grid = paddedSites(theory.lattice)
    try require(
      bytes: 200 * grid + 24 * Double(theory.architecture.layout.parameterCount),
      for: "\(theory.lattice.sites.map(String.init).joined(separator: "x")) sites and \(theory.architecture.width) neurons",
      cure: "use fewer sites or a smaller width")
  }

  /// Throws if the plan exceeds the machine's memory.
  public func check(threads: Int) throws(ResourceError) {
    try Self.require(
      bytes: memory, for: "this run on \(threads) threads",
      cure: "use fewer sites, bins or threads, or leave out --all-displacements")
  }

  /// Bytes of the machine, or of the limit set on this process (`ulimit -v`) if that is less.
  private static var availableMemory: Double {
    let machine = Double(sysconf(Int32(_SC_PHYS_PAGES))) * Double(sysconf(Int32(_SC_PAGESIZE)))
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0 else { return machine }
    return min(machine, Double(limit.rlim_cur))
  }

  private static func require(bytes: Double, for what: String, cure: String) throws(ResourceError) {
    let available = availableMemory
    guard bytes <= 0.8 * available else {
      throw ResourceError(
        String(
          format: "%@ would need about %.3g GiB of memory, this process may use %.3g GiB; %@", what,
          bytes / 0x1p30, available / 0x1p30, cure))
    }
  }
}

extension RunForecast {
  /// Time and memory in words.
  public func text(threads: Int) -> String {
    let wall = seconds / Double(max(1, threads))
    let time =
      wall < 90
      ? String(format: "%.2g s", wall)
      : wall < 5400 ? String(format: "%.2g min", wall / 60) : String(format: "%.3g h", wall / 3600)
    return String(
      format: "about %@ on %d threads, %.2g GiB of memory (good to %@)", time, threads, memory / 0x1p30, accuracy)
  }
}
