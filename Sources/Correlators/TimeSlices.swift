// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis
import LatticeFields

/// Correlators of time slices on a periodic lattice, the first axis being time: what spectroscopy starts from. At spatial momentum k,
///
///     C(t, k) = a^{d−1} Σ_x e^{−ikx} G(t, x) = (a L_1)^{-1} Σ_{p_1} cos(p_1 t) G(p_1, k),
///
/// summed at the end of each bin from the power spectrum that `momentum-propagator` uses too.
struct TimeSlices: Sendable {
  /// Orbits of spatial modes under reflections and exchanges of equal axes, lowest first; the representative leads.
  let orbits: [[[Int]]]
  /// t/a of the slices, 0 … L_1/2.
  let steps: [Int]
  private let lattice: Lattice
  private let cosines: [Double]

  /// Zero spatial momentum and the two lowest others, or `all` of them.
  init(_ settings: EstimatorSettings) {
    let lattice = settings.lattice
    self.lattice = lattice
    let extent = lattice.sites[0]
    steps = Array(0...extent / 2)
    cosines = (0..<extent).map { cosine(turns: Double($0) / Double(extent)) }
    guard lattice.dimension > 1 else {
      orbits = [[[]]]
      return
    }
    let space = Lattice(sites: Array(lattice.sites.dropFirst()), spacing: lattice.spacing, boundary: .periodic)
    var groups: [[Int]: [[Int]]] = [:]
    for mode in space.displacements().map(\.vector) { groups[space.axisOrbit(mode), default: []].append(mode) }
    let sorted = groups.sorted { a, b in
      let (first, second) = (a.key.reduce(0) { $0 + $1 * $1 }, b.key.reduce(0) { $0 + $1 * $1 })
      return first != second ? first < second : b.key.lexicographicallyPrecedes(a.key)
    }
    orbits = sorted.prefix(settings.allDisplacements ? sorted.count : 3).map { key, modes in
      [key] + modes.filter { $0 != key }
    }
  }

  /// `t`, `n2`, …, `nd`.
  var columns: [String] { ["t"] + (1..<lattice.dimension).map { "n\($0 + 1)" } }

  /// The cells of a slice.
  func coordinates(_ orbit: Int, _ step: Int) -> [CorrelatorRow.Coordinate] {
    [.number(lattice.spacing * Double(step))] + orbits[orbit][0].map { .integer($0) }
  }

  /// The average over an orbit in terms of propagators.
  func target(_ orbit: Int, _ step: Int) -> RowTarget {
    let modes = orbits[orbit]
    let norm = 1 / (lattice.spacing * Double(lattice.sites[0] * modes.count))
    return RowTarget(
      terms: modes.flatMap { mode in
        cosines.indices.map { n in
          (norm * cosines[n * step % cosines.count], .propagator(mode: [n] + mode))
        }
      })
  }

  /// What reads C(t, k) at the end of a bin from the power of the field: orbits in order, all steps of each.
  func request(_ workspace: DrawWorkspace) -> () -> [Double] {
    let extent = lattice.sites[0]
    let norm = lattice.cellVolume * lattice.cellVolume / (lattice.volume * lattice.spacing * Double(extent))
    let powers = workspace.requestPowers(
      .power(1), over: orbits.flatMap { modes in (0..<extent).map { n in modes.map { [n] + $0 } } })
    return { [orbits, steps, cosines] in
      let powers = powers()
      return orbits.indices.flatMap { orbit in
        let spectrum = (0..<extent).map { powers[orbit * extent + $0] / Double(orbits[orbit].count) }
        return steps.map { step in
          norm * spectrum.indices.reduce(0) { $0 + cosines[$1 * step % extent] * spectrum[$1] }
        }
      }
    }
  }
}

/// `C(t, k)` of `TimeSlices` for t = 0 … half the first extent, at zero spatial momentum and the two lowest others. Unbiased. Source:
/// docs/physics/estimators.md.
public struct TimeSliceCorrelator: CorrelatorEstimator {
  /// The table's name.
  public let name = "time-slice"
  /// What is estimated.
  public let quantity = "C(t,k) = a^(d-1) sum_x exp(-ikx) G2(t,x)"
  /// How it is estimated.
  public let method = "time along the first axis, modes n of k = 2 pi n/(a L)"
  /// What is assumed of the ensemble.
  public let assumptions = EstimatorAssumptions(translationInvariantOrder: 2, periodicity: true, evenness: false)
  /// Highest order n of the n-point functions involved.
  public let order = 2
  /// Names of the coordinate columns.
  public var coordinateColumns: [String] { slices.columns }
  /// The rows and what each estimates.
  public let rows: [CorrelatorRow]
  private let slices: TimeSlices

  /// Rows by the settings; every spatial momentum with all displacements.
  public init(_ settings: EstimatorSettings) {
    let slices = TimeSlices(settings)
    self.slices = slices
    rows = slices.orbits.indices.flatMap { orbit in
      slices.steps.map { step in
        CorrelatorRow(coordinates: slices.coordinates(orbit, step), target: slices.target(orbit, step))
      }
    }
  }

  /// Number of primaries in a bin.
  public var primaryCount: Int { rows.count }
  /// The rows of the joint test, at most 48.
  public var covarianceRows: [Int] { evenlySpread(rows.count) }

  /// An accumulator on the worker's workspace.
  public func makeAccumulator(_ workspace: DrawWorkspace) -> any CorrelatorAccumulator {
    BinReader(slices.request(workspace))
  }

  /// One unbiased estimate a row.
  public func derive(_ bins: BinnedMeans) -> [JackknifeSamples] { rows.indices.map(bins.mean) }
}
