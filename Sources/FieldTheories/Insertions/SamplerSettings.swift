// SPDX-License-Identifier: GPL-3.0-or-later

/// The `[sampler]` table: how an interacting ensemble is sampled. It never changes what is sampled, except for `prior`, which at
/// finite width names another (equally valid) network theory with the same infinite-width limit.
public struct SamplerSettings: Sendable, Hashable {
  /// The ways to sample.
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    /// Chosen from the forecast of the effective sample size.
    case automatic = "auto"
    /// Independent draws from the prior, weighted with exp(−S).
    case reweighting
    /// Markov chains.
    case chains
    /// Sequential Monte Carlo in the coupling.
    case sequential = "smc"
    /// Parallel tempering in the coupling.
    case tempering
    /// Independent hidden parameters, the Gaussian output weights integrated out.
    case collapsed
    /// Markov chains over hidden parameters, the Gaussian output weights integrated out.
    case collapsedChains = "collapsed-chains"
    /// Independent draws of the posterior itself, at infinite width.
    case exact

    /// One line for lists.
    public var summary: String {
      switch self {
      case .automatic:
        "reweighting where a forecast and a pilot find the weights even, else chains; tempering between two wells; collapsed ways for data"
      case .reweighting: "independent networks of the free theory, weighted with exp(-S); gives ln Z"
      case .chains: "Markov chains over all parameters at full coupling"
      case .sequential: "populations carried from the free to the interacting theory; gives ln Z"
      case .tempering: "Markov chains at several couplings that exchange their states"
      case .collapsed: "independent hidden parameters with the gaussian output weights integrated out, for data; gives ln Z"
      case .exact: "independent draws of the field of infinite width under data, from its posterior itself; gives ln Z"
      case .collapsedChains: "Markov chains over hidden parameters with the gaussian output weights integrated out, for data"
      }
    }
  }

  /// The moves of Markov chains.
  public enum Move: String, Sendable, Hashable, CaseIterable {
    /// Blocks of neurons redrawn from the prior.
    case refresh = "neuron-refresh"
    /// Elliptical slice on Gaussian output weights.
    case slice
    /// Hamiltonian Monte Carlo on all continuous parameters.
    case hamiltonian = "hmc"
    /// Preconditioned Crank-Nicolson steps of all parameters of known density.
    case crankNicolson = "pcn"
    /// One momentum drawn near plus or minus that of another neuron.
    case pair
    /// Small steps of single momenta and phases.
    case step = "small-steps"
    /// The flip φ → −φ.
    case flip = "sign-flip"
    /// A uniform shift of the field, or its average reflected; infinite width.
    case zeroMode = "zero-mode"
    /// Clusters of equal sign flipped; infinite width.
    case cluster
    /// Reflections and draws of single sites at fixed neighbours; infinite width.
    case site
    /// Hamiltonian Monte Carlo whose harmonic part is solved exactly; modes.
    case rotation
  }

  /// The free theory from which parameters are drawn.
  public enum Prior: String, Sendable, Hashable, CaseIterable {
    /// The architecture as it stands.
    case asStated = "free"
    /// Its mass shifted to the solution of the Hartree gap equation.
    case hartree
  }

  /// The kind of sampler.
  public let kind: Kind
  /// The moves, or nil for those that fit the theory.
  public let moves: [Move]?
  /// The free theory.
  public let prior: Prior
  /// Markov chains side by side.
  public let chains: Int
  /// Sweeps of each chain before the first measurement.
  public let warmUp: Int
  /// Sweeps between measurements.
  public let thinning: Int
  /// Independent populations of sequential Monte Carlo.
  public let populations: Int
  /// Particles of a population.
  public let particles: Int
  /// Conditional effective sample size of a step, as a fraction of the particles.
  public let conditionalFraction: Double
  /// Sweeps after each step in the coupling.
  public let sweepsPerStep: Int
  /// Fewest effective samples of a number that is printed.
  public let leastEffectiveSamples: Double
  /// Whether exact identities are regressed out of what is measured.
  public let usesControlVariates: Bool

  /// States all settings.
  public init(
    kind: Kind = .automatic, moves: [Move]? = nil, prior: Prior = .asStated, chains: Int = 64, warmUp: Int = 200,
    thinning: Int = 1, populations: Int = 32, particles: Int = 500, conditionalFraction: Double = 0.9, sweepsPerStep: Int = 2,
    leastEffectiveSamples: Double = 256, usesControlVariates: Bool = true
  ) {
    self.kind = kind
    self.moves = moves
    self.prior = prior
    self.chains = chains
    self.warmUp = warmUp
    self.thinning = thinning
    self.populations = populations
    self.particles = particles
    self.conditionalFraction = conditionalFraction
    self.sweepsPerStep = sweepsPerStep
    self.leastEffectiveSamples = leastEffectiveSamples
    self.usesControlVariates = usesControlVariates
  }

  /// All defaults.
  public static let standard = SamplerSettings()

  /// A commented `[sampler]` table.
  public static let template = """
    [sampler]
    kind = "auto"                 # auto (default), reweighting, chains, smc, tempering; for data collapsed, collapsed-chains, exact
    moves = "automatic"           # or a list of \(Move.allCases.map(\.rawValue).joined(separator: ", "))
    prior = "free"                # free (default), or hartree: draw from the mass that solves the gap equation
    chains = 64                   # Markov chains side by side; each is one bin, at least 16
    warm_up = 200                 # sweeps of each before the first measurement
    thinning = 1                  # sweeps between measurements
    populations = 32              # independent populations, at least; more where draws ask for them (smc)
    particles = 500               # of each population (smc)
    conditional_ess = 0.9         # effective fraction kept by one step in the coupling (smc)
    sweeps_per_step = 2           # sweeps after each step in the coupling (smc)
    least_ess = 256               # numbers with fewer effective samples are withheld
    control_variates = true       # exact identities regressed out of every table: smaller errors
    """

  init(reading block: TheoryBlock, isInteracting: Bool) throws {
    let standard = Self.standard
    let words = try block.textsOrAutomatic("moves", automatic: "automatic")
    let moves = try words?.map { word in
      guard let move = Move(rawValue: word) else {
        throw block.unknownWord("moves", word, known: Move.allCases.map(\.rawValue))
      }
      return move
    }
    self.init(
      kind: try block.choice("kind", default: standard.kind), moves: moves,
      prior: try block.choice("prior", default: standard.prior),
      chains: try block.integer("chains", default: standard.chains, in: 2...10_000),
      warmUp: try block.integer("warm_up", default: standard.warmUp, in: 0...100_000_000),
      thinning: try block.integer("thinning", default: standard.thinning, in: 1...1_000_000),
      populations: try block.integer("populations", default: standard.populations, in: 2...10_000),
      particles: try block.integer("particles", default: standard.particles, in: 2...1_000_000),
      conditionalFraction: try block.number("conditional_ess", default: standard.conditionalFraction, in: 0.1...0.999),
      sweepsPerStep: try block.integer("sweeps_per_step", default: standard.sweepsPerStep, in: 0...10_000),
      leastEffectiveSamples: try block.number("least_ess", default: standard.leastEffectiveSamples, in: 10...1e9),
      usesControlVariates: try block.flag("control_variates", default: standard.usesControlVariates))
    try block.rejectLeftovers()
    guard isInteracting || self.kind == .automatic || self.kind == .reweighting else {
      throw block.fault(
        "kind", "a free theory is drawn directly", cure: "add an [[insertion]] table or remove the sampler table")
    }
  }
}
