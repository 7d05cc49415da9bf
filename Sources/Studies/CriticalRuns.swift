// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import Draws
import ErrorAnalysis
import FieldTheories
import LatticeFields
import ParameterSampling
import Synchronization

/// A lattice of one size, sampled by Markov chains at some values of the coupling that is tuned: Φ², the lowest mode and the energy of that coupling, measurement
/// by measurement.
///
/// Of a mass m0² the energy is `E = ½ a^d Σ φ²`, of λ `E = a^d Σ φ⁴/4!`: the action is `c E + …` for either.
struct CriticalLattice: Sendable {
  /// Sites along each axis.
  let length: Int
  /// Its theory at each value.
  let plans: [ChainPlan]
  private let coupling: CriticalPointSettings.Coupling

  init(length: Int, coupling: CriticalPointSettings.Coupling, theories: [TheoryDefinition]) throws(SamplingError) {
    (self.length, self.coupling) = (length, coupling)
    var plans: [ChainPlan] = []
    for definition in theories {
      let (theory, settings) = (try InteractingTheory(definition), definition.sampler)
      plans.append(
        ChainPlan(
          theory: theory, recipe: try KernelRecipe(settings.moves, theory: theory), chains: settings.chains,
          warmUp: settings.warmUp, measurements: (definition.run.draws + settings.chains - 1) / settings.chains,
          thinning: settings.thinning, seed: definition.run.seed))
    }
    self.plans = plans
  }

  /// The lattice.
  var lattice: Lattice { plans[0].theory.lattice }

  /// Observables of a measurement, in the order of ``MultipleHistograms``: `Φ²` and `Σ_μ |φ(p_μ)|²/d`, p_μ the lowest momentum along axis μ.
  static let observableCount = 2

  /// One chain; nil if it was stopped.
  func run(_ plan: Int, chain: Int, _ monitor: RunMonitor) -> MultipleHistograms.Chain? {
    let (lattice, dimension) = (lattice, lattice.dimension)
    let (cell, extent) = (lattice.cellVolume, length)
    let waves = (0..<extent).map { (cos(2 * .pi * Double($0) / Double(extent)), sin(2 * .pi * Double($0) / Double(extent))) }
    let strides = (0..<dimension).map { axis in lattice.sites[(axis + 1)...].reduce(1, *) }
    var (energies, squares, modes): ([Double], [Double], [Double]) = ([], [], [])
    var slices = [Double](repeating: 0, count: extent)
    _ = plans[plan].makeWorker()(chain, monitor) { sample in
      let field = sample.field
      var (second, fourth) = (0.0, 0.0)
      for x in 0..<sample.siteCount {
        let square = field[x] * field[x]
        second += square
        fourth += square * square
      }
      var (power, total) = (0.0, 0.0)
      for stride in strides {
        for n in 0..<extent { slices[n] = 0 }
        var (x, n, left) = (0, 0, stride)
        while x < sample.siteCount {
          slices[n] += field[x]
          (x, left) = (x + 1, left - 1)
          if left == 0 { (n, left) = (n + 1 == extent ? 0 : n + 1, stride) }
        }
        var (real, imaginary) = (0.0, 0.0)
        total = 0
        for n in 0..<extent {
          real += waves[n].0 * slices[n]
          imaginary += waves[n].1 * slices[n]
          total += slices[n]
        }
        power += cell * cell * (real * real + imaginary * imaginary)
      }
      squares.append(cell * total * cell * total)
      modes.append(power / Double(dimension))
      energies.append(coupling == .mass ? 0.5 * cell * second : cell * fourth / 24)
      monitor.finishedDraw()
    }
    return monitor.isStopRequested ? nil : MultipleHistograms.Chain(energies: energies, observables: [squares, modes])
  }

  /// All chains of several lattices, `[lattice][value][chain]`, the dearest first; nil if they were stopped.
  static func run(_ lattices: [CriticalLattice], threads: Int, monitor: RunMonitor) throws -> [[[MultipleHistograms.Chain]]]? {
    let units = lattices.indices.reversed().flatMap { place in
      lattices[place].plans.indices.flatMap { plan in
        (0..<lattices[place].plans[plan].chains).map { (place: place, plan: plan, chain: $0) }
      }
    }
    let results = Mutex([MultipleHistograms.Chain?](repeating: nil, count: units.count))
    let isComplete = try Runner.run(Array(units.indices), threads: threads) {
      { unit in lattices[units[unit].place].run(units[unit].plan, chain: units[unit].chain, monitor) }
    } finish: { unit, chain in
      results.withLock { $0[unit] = chain }
    }
    guard isComplete else { return nil }
    let all = results.withLock { $0 }
    var sorted = lattices.map { $0.plans.map { _ in [MultipleHistograms.Chain]() } }
    for (unit, chain) in zip(units, all) { sorted[unit.place][unit.plan].append(chain!) }
    return sorted
  }
}

/// What one run of a lattice is worth: effective samples of Φ², agreement and length of its chains.
struct CriticalRun: Sendable {
  let samples: Int
  let autocorrelationTime: Double
  let effectiveSamples: Double
  let agreement: ChainAgreement
  /// Why it supports no number, or nil.
  let obstruction: String?

  init(_ chains: [MultipleHistograms.Chain], leastEffectiveSamples: Double) {
    let series = chains.map { $0.observables[0] }
    let gamma = GammaMethod(series.map { ReplicaSeries([$0]) })
    let energy = GammaMethod(chains.map { ReplicaSeries([$0.energies]) })
    samples = gamma.measurements
    autocorrelationTime = max(gamma.autocorrelationTime, energy.autocorrelationTime)
    effectiveSamples = min(gamma.effectiveSamples, energy.effectiveSamples)
    agreement = [ChainAgreement(series), ChainAgreement(chains.map(\.energies))].min { $0.pValue < $1.pValue }!
    let length = Double(series.map(\.count).min() ?? 0)
    if !agreement.isFound {
      obstruction = "chains disagree (p = \(Float(agreement.pValue))); warm up longer, or use more draws"
    } else if length < 50 * autocorrelationTime {
      obstruction =
        "chains of \(Int(length)) measurements are shorter than 50 autocorrelation times (\(Float(autocorrelationTime))); use more draws, or thinning"
    } else if effectiveSamples < leastEffectiveSamples {
      obstruction = "\(Int(effectiveSamples)) effective samples are fewer than \(Int(leastEffectiveSamples)); use more draws"
    } else {
      obstruction = nil
    }
  }
}
