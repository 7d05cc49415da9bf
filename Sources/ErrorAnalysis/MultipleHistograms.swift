// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif

/// Runs that differ in one coupling c of their action, `S = c E + …`, joined and reweighted to any value of it.
///
/// A measurement i of any run k (n_k measurements) weighs, at coupling c,
///
///     W_i(c) = e^{−c E_i} / Σ_k n_k e^{f_k − c_k E_i},      e^{−f_k} = Σ_i W_i(c_k)
///
/// which for one run is plain reweighting. The free energies f_k are solved once, from all measurements; jackknife bins do not solve them again, which
/// leaves their own noise out, second order where runs overlap. Bins are the chains: the j-th chain of every run together, since all are independent.
/// Whether a coupling is within reach is for ``effectiveFraction(at:)`` to say. Source: Ferrenberg and Swendsen, Phys. Rev. Lett. 63 (1989) 1195.
/// Cost: measurements times runs, for each coupling and each step of the solution.
public struct MultipleHistograms: Sendable {
  /// One chain of a run: E and the observables of every measurement.
  public struct Chain: Sendable {
    /// E of every measurement.
    public let energies: [Double]
    /// `observables[α][i]`.
    public let observables: [[Double]]

    /// Series of equal length.
    public init(energies: [Double], observables: [[Double]]) {
      precondition(observables.allSatisfy { $0.count == energies.count }, "MultipleHistograms: ragged series")
      (self.energies, self.observables) = (energies, observables)
    }
  }

  /// The couplings c_k of the runs.
  public let couplings: [Double]
  /// The mean of E over all runs: derivatives are of moments about it.
  public let centre: Double
  private let runs: [[Chain]]
  private let freeEnergies: [Double]

  /// Runs at different couplings, each of equally many chains.
  public init(couplings: [Double], runs: [[Chain]]) {
    precondition(
      couplings.count == runs.count && !runs.isEmpty, "MultipleHistograms: \(couplings.count) couplings, \(runs.count) runs")
    precondition(runs.allSatisfy { $0.count == runs[0].count }, "MultipleHistograms: runs of different numbers of chains")
    (self.couplings, self.runs) = (couplings, runs)
    let all = runs.flatMap { $0.flatMap(\.energies) }
    let centre = all.reduce(0, +) / Double(max(1, all.count))
    self.centre = centre
    freeEnergies = Self.solve(
      couplings, runs.map { run in run.reduce(0) { $0 + Double($1.energies.count) } }, all.map { $0 - centre })
  }

  /// Number of jackknife bins.
  public var bins: Int { runs[0].count }

  /// f_k up to a constant, by iteration; E counted from its mean.
  private static func solve(_ couplings: [Double], _ counts: [Double], _ energies: [Double]) -> [Double] {
    var f = [Double](repeating: 0, count: couplings.count)
    guard couplings.count > 1 else { return f }
    for _ in 0..<1000 {
      var sums = [Double](repeating: 0, count: couplings.count)
      for energy in energies {
        let base = logMixture(couplings, counts, f, energy)
        for k in couplings.indices { sums[k] += exp(-couplings[k] * energy - base) }
      }
      let new = sums.map { -log($0) }
      let change = zip(new, f).map { ($0 - new[0]) - ($1 - f[0]) }.map(abs).max()!
      f = new.map { $0 - new[0] }
      if change < 1e-9 { break }
    }
    return f
  }

  /// `ln Σ_k n_k e^{f_k − c_k E}`.
  private static func logMixture(_ couplings: [Double], _ counts: [Double], _ f: [Double], _ energy: Double) -> Double {
    guard couplings.count > 1 else { return f[0] - couplings[0] * energy + log(counts[0]) }
    var top = -Double.infinity
    for k in couplings.indices { top = max(top, f[k] - couplings[k] * energy) }
    var sum = 0.0
    for k in couplings.indices { sum += counts[k] * exp(f[k] - couplings[k] * energy - top) }
    return top + log(sum)
  }

  /// ln W_i(c) of all measurements, chain by chain.
  private func logWeights(at coupling: Double) -> [[[Double]]] {
    let counts = runs.map { run in run.reduce(0) { $0 + Double($1.energies.count) } }
    return runs.map { run in
      run.map { chain in
        chain.energies.map { energy in
          let e = energy - centre
          return -coupling * e - Self.logMixture(couplings, counts, freeEnergies, e)
        }
      }
    }
  }

  /// `(Σ W)²/(n Σ W²)` with n the measurements of the largest run: how much of a run's worth is left at a coupling.
  public func effectiveFraction(at coupling: Double) -> Double {
    let logs = logWeights(at: coupling)
    let top = logs.joined().joined().max() ?? 0
    let (sum, squares) = logs.joined().joined().reduce((0.0, 0.0)) { sums, value in
      let w = exp(value - top)
      return (sums.0 + w, sums.1 + w * w)
    }
    let largest = runs.map { run in run.reduce(0) { $0 + Double($1.energies.count) } }.max()!
    return squares > 0 ? sum * sum / (squares * largest) : 0
  }

  /// Means of `primaries(observables, E − centre)` at a coupling, over all bins.
  public func means(at coupling: Double, count: Int, _ primaries: (_ observables: [Double], _ energy: Double) -> [Double])
    -> [Double]
  {
    let bins = bins(at: coupling, count: count, primaries)
    return (0..<count).map { bins.mean($0).value }
  }

  /// Bins of the means of `primaries(observables, E − centre)` at a coupling.
  public func bins(at coupling: Double, count: Int, _ primaries: (_ observables: [Double], _ energy: Double) -> [Double])
    -> BinnedMeans
  {
    let logs = logWeights(at: coupling)
    let top = logs.joined().joined().max() ?? 0
    var bins = BinnedMeans(primaryCount: count)
    for chain in 0..<self.bins {
      var sums = [Double](repeating: 0, count: count)
      var (weight, samples) = (0.0, 0.0)
      for (run, logs) in zip(runs, logs) {
        let series = run[chain]
        for i in series.energies.indices {
          let w = exp(logs[chain][i] - top)
          let values = primaries(series.observables.map { $0[i] }, series.energies[i] - centre)
          for (alpha, value) in values.enumerated() { sums[alpha] += w * value }
          weight += w
        }
        samples += Double(series.energies.count)
      }
      bins.append(means: sums.map { weight > 0 ? $0 / weight : 0 }, weight: weight, samples: samples)
    }
    return bins
  }
}
