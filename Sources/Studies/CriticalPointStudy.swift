// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import Draws
import ErrorAnalysis
import FieldTheories
import LatticeFields
import NumericalKernels
import ParameterSampling

/// The critical point of a lattice theory by finite-size scaling: Binder cumulants of lattices of several sizes, reweighted in the coupling that is tuned,
/// cross near it, and what crosses there gives exponents.
///
/// Of neighbouring sizes L < L′ = sL, at the coupling c× where `U_L = U_L′`:
///
///     1/ν = ln(U′_L′/U′_L)/ln s,      η = 2 − ln(χ_L′/χ_L)/ln s,      U×,  ξ/L
///
/// Crossings approach the critical point as `c× = c* + A L^{−1/ν−ω}`, the others as L^{−ω}; both models, the constant of the largest pair and this
/// fit with the full covariance of the pairs, are in the tables. Errors are jackknives over chains, all lattices being independent. Sources: Binder, Z. Phys.
/// B 43 (1981) 119; Ferrenberg and Swendsen, Phys. Rev. Lett. 63 (1989) 1195.
public struct CriticalPointStudy: Sendable {
  let settings: CriticalPointSettings
  let lattices: [CriticalLattice]
  let definition: TheoryDefinition
  /// Fraction of a run's measurements that must count where it is reweighted to.
  static let leastFraction = 0.1

  /// Of a theory file; `load` reads it again with some keys changed.
  public init(
    _ first: TheoryDefinition, _ settings: CriticalPointSettings,
    load: (_ overrides: [(key: String, value: String)]) throws -> TheoryDefinition
  ) throws {
    (self.settings, definition) = (settings, first)
    guard first.architecture.ownLattice != nil, first.dimension > 1, let massive = first.architecture.massive else {
      throw CriticalPointFault(
        "[study.critical] needs a theory on its own periodic lattice, with a mass, in two dimensions or more: use infinite-width or a lattice net"
      )
    }
    guard first.insertions.latticePotential?.isEven ?? false else {
      throw CriticalPointFault(
        "[study.critical] needs insertions on the sites of the lattice that leave phi -> -phi: remove sources, data and regions")
    }
    let kind = settings.coupling == .mass ? "mass" : "phi4"
    guard let insertion = first.resolved.first(where: { $0.key.hasSuffix(".kind") && $0.value == "\"\(kind)\"" }) else {
      throw CriticalPointFault(
        "[study.critical] tunes \(settings.coupling.rawValue) by an insertion of kind \(kind), and there is none: add an [[insertion]]"
      )
    }
    let prefix = String(insertion.key.dropLast("kind".count))
    // The bare mass is that of the free field and all that is inserted.
    let bare = massive.mass * massive.mass + 2 * first.insertions.latticePotential!.coefficient(2)
    let delta = first.resolved.first { $0.key == prefix + "delta" }.flatMap { Double($0.value) }
    lattices = try settings.lengths.map { length in
      let sites = "[" + [String](repeating: "\(length)", count: first.dimension).joined(separator: ", ") + "]"
      let theories = try settings.values.map { value in
        let own =
          settings.coupling == .mass
          ? (key: prefix + "delta", value: "\(value - bare + (delta ?? 0))") : (key: prefix + "lambda", value: "\(value)")
        return try load([("lattice.sites", sites), own])
      }
      return try CriticalLattice(length: length, coupling: settings.coupling, theories: theories)
    }
  }

  /// Measurements in all.
  public var samples: Int { lattices.reduce(0) { $0 + $1.plans.reduce(0) { $0 + $1.chains * $1.measurements } } }

  /// The lattices in words.
  public var description: String {
    "lattices of \(settings.lengths.map(String.init).joined(separator: ", ")) sites along each of \(definition.dimension) axes, each at "
      + "\(settings.coupling.rawValue) = \(settings.values.map { "\($0)" }.joined(separator: ", "))"
  }

  /// The result of all chains; throws where they were stopped.
  public func results(threads: Int, monitor: RunMonitor) throws -> CriticalPointResults {
    guard let chains = try CriticalLattice.run(lattices, threads: threads, monitor: monitor) else {
      throw RunInterrupted(drawsDone: monitor.drawsDone, draws: samples, unit: "measurements of the chains")
    }
    return CriticalPointResults(self, chains)
  }

}

extension CriticalPointStudy {
  /// Where a function of the coupling falls through zero, nearest to the middle of what all of some runs reach; the first one's energy sets the scale. Nil where it does not.
  func root(of function: (Double) -> Double, within runs: [MultipleHistograms]) -> Double? {
    let reach = CriticalPointResults.reach(runs[0])
    let (low, high) = (settings.values.min()! - reach, settings.values.max()! + reach)
    let steps = 24
    let grid = (0...steps).map { low + (high - low) * Double($0) / Double(steps) }.filter { coupling in
      runs.allSatisfy { $0.effectiveFraction(at: coupling) >= Self.leastFraction }
    }
    let values = grid.map(function)
    let changes = grid.indices.dropLast().filter { values[$0] > 0 && values[$0 + 1] <= 0 }
    guard let place = changes.min(by: { abs(grid[$0] - (low + high) / 2) < abs(grid[$1] - (low + high) / 2) }) else { return nil }
    var (left, right, above, below) = (grid[place], grid[place + 1], values[place], values[place + 1])
    // The secant of what brackets it, and the middle in turn.
    for step in 0..<40 where right - left > 1e-9 * max(1, abs(left)) {
      let secant = left + (right - left) * above / (above - below)
      let next = step % 3 == 2 ? (left + right) / 2 : secant
      let value = function(next)
      if value == 0 { return next }
      if value > 0 { (left, above) = (next, value) } else { (right, below) = (next, value) }
      if abs(value) < 1e-12 { return next }
    }
    return (left + right) / 2
  }
}

/// Why a theory has no study of its critical point.
struct CriticalPointFault: Fault {
  let description: String
  var kind: FaultKind { .badFile }
  init(_ description: String) { self.description = description }
}

/// A quantity at a crossing.
enum CrossingQuantity: String, CaseIterable, Sendable {
  case coupling, binder, correlationLength = "xi/L", nu, eta
}

/// The crossing of the Binder cumulants of two lattices, with jackknife samples among the bins of all lattices.
struct BinderCrossing {
  /// Places of the lattices in the study.
  let pair: (Int, Int)
  let lengths: (Double, Double)
  /// Samples by quantity; empty where they do not cross within reach.
  let samples: [CrossingQuantity: JackknifeSamples]
  /// Why there is none, or nil.
  let obstruction: String?
}

/// What the chains of a critical-point study say.
public struct CriticalPointResults {
  let study: CriticalPointStudy
  let runs: [[CriticalRun]]
  let histograms: [MultipleHistograms]
  let crossings: [BinderCrossing]
  /// Every lattice where its U or ξ/L is that of the Ising class, one list a ratio; none in dimensions of which that is not known.
  let fixedPoints: [[FixedRatio]]

  init(_ study: CriticalPointStudy, _ chains: [[[MultipleHistograms.Chain]]]) {
    self.study = study
    let floor = study.definition.sampler.leastEffectiveSamples
    let runs = chains.map { $0.map { CriticalRun($0, leastEffectiveSamples: floor) } }
    let histograms = chains.map { MultipleHistograms(couplings: study.settings.values, runs: $0) }
    (self.runs, self.histograms) = (runs, histograms)
    crossings = study.lattices.indices.dropLast().map { place in
      let sound = [place, place + 1].flatMap { runs[$0].compactMap(\.obstruction) }
      return Self.crossing(study, histograms, place, place + 1, obstruction: sound.first)
    }
    fixedPoints = [CrossingQuantity.binder, .correlationLength].compactMap { ratio in
      IsingClass.value(ratio, dimension: study.definition.dimension).map { value in
        study.lattices.indices.map {
          FixedRatio(
            study, histograms, $0, ratio, value: value, obstruction: runs[$0].compactMap(\.obstruction).first)
        }
      }
    }
  }

  /// Couplings within reach of a lattice: where at least a tenth of a run still counts.
  static func reach(_ histograms: MultipleHistograms) -> Double {
    let bins = histograms.bins(at: histograms.couplings[0], count: 2) { _, energy in [energy, energy * energy] }
    let variance = bins.mean(1).value - bins.mean(0).value * bins.mean(0).value
    return variance > 0 ? 1.5 / variance.squareRoot() : 0
  }

  private static func crossing(
    _ study: CriticalPointStudy, _ histograms: [MultipleHistograms], _ a: Int, _ b: Int, obstruction: String?
  ) -> BinderCrossing {
    let lengths = (Double(study.lattices[a].length), Double(study.lattices[b].length))
    func none(_ reason: String) -> BinderCrossing {
      BinderCrossing(pair: (a, b), lengths: lengths, samples: [:], obstruction: reason)
    }
    if let obstruction { return none(obstruction) }
    func observables(_ place: Int, _ coupling: Double) -> FiniteSizeObservables {
      FiniteSizeObservables(histograms[place], lattice: study.lattices[place].lattice, at: coupling)
    }
    // The larger lattice is the more ordered one below the critical coupling, and the less ordered one above.
    let difference = {
      FiniteSizeObservables.binder(histograms[b], at: $0) - FiniteSizeObservables.binder(histograms[a], at: $0)
    }
    guard let centre = study.root(of: difference, within: [histograms[b], histograms[a]]) else {
      return none(
        "the Binder cumulants do not cross within reach of the values of \(study.settings.coupling.rawValue); choose others")
    }
    let step = 0.1 * reach(histograms[b])
    let counts = histograms.map(\.bins)
    func placed(_ samples: JackknifeSamples, _ place: Int) -> JackknifeSamples { samples.placed(inBlock: place, ofBins: counts) }
    // Every replica is followed to its own crossing: linear in its distance from this one.
    let around = [centre - step, centre, centre + step].map { (observables(a, $0), observables(b, $0)) }
    func gap(_ at: Int) -> JackknifeSamples { placed(around[at].1.binder, b) - placed(around[at].0.binder, a) }
    let slope = (0.5 / step) * (gap(2) - gap(0))
    // Deep in a phase differences of cumulants are noise, and cross anywhere.
    guard -slope.value > 3 * slope.error else {
      return none("the cumulants cross with a slope that is not resolved: another phase, or too few draws")
    }
    let shift = -1 * (gap(1) / slope)
    func followed(_ quantity: ((FiniteSizeObservables, FiniteSizeObservables)) -> JackknifeSamples) -> JackknifeSamples {
      let derivative = (0.5 / step) * (quantity(around[2]) - quantity(around[0]))
      return quantity(around[1]) + derivative * shift
    }
    let scale = log(lengths.1 / lengths.0)
    var samples: [CrossingQuantity: JackknifeSamples] = [
      .coupling: shift.map { centre + $0 },
      .binder: followed { placed($0.1.binder, b) },
      .nu: followed { pair in (placed(pair.1.slope, b) / placed(pair.0.slope, a)).map { scale / log($0) } },
      .eta: followed { pair in
        (placed(pair.1.susceptibility, b) / placed(pair.0.susceptibility, a)).map { 2 - log($0) / scale }
      },
    ]
    if around.allSatisfy({ $0.1.correlationLength != nil }) {
      samples[.correlationLength] = followed { placed($0.1.correlationLength!, b) }
    }
    guard samples.values.allSatisfy({ $0.value.isFinite && $0.replicas.allSatisfy(\.isFinite) }) else {
      return none("the slopes of the Binder cumulants at the crossing are not resolved; use more draws")
    }
    return BinderCrossing(pair: (a, b), lengths: lengths, samples: samples, obstruction: nil)
  }
}
