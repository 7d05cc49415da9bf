// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis
import Glibc
import LatticeFields

/// The effective mass of time slices on a periodic lattice, by the cosh that three neighbouring slices determine:
///
///     cosh(a m(t)) = 1 + x(t),     x(t) = [C(t+a) + C(t−a) − 2 C(t)]/(2 C(t)),     t = a … half the first extent
///
/// A single state gives the same m at every t, backward running part included. C is connected: where φ and −φ are not equally likely the disconnected part
/// `V/(a L_1) <φ>²` is taken off the slices of zero spatial momentum, with the square between bins; where they are it is not there, which is then an
/// assumption. The O(1/bins) bias of the ratio is removed by the jackknife.
/// Where x is not above zero by four standard errors the root is not determined, and the row is withheld. Source:
/// docs/physics/estimators.md.
public struct EffectiveMass: CorrelatorEstimator {
  /// The table's name.
  public let name = "effective-mass"
  /// What is estimated.
  public let quantity = "effective mass m(t): cosh(a m(t)) = [C(t+a) + C(t-a)]/[2 C(t)] of time slices"
  /// How it is estimated.
  public var method: String { "time along the first axis" + (isEven ? "" : "; C without its disconnected part") }
  /// What is assumed of the ensemble: that 2-point functions are connected as they stand, unless their disconnected part is taken off.
  public var assumptions: EstimatorAssumptions {
    EstimatorAssumptions(translationInvariantOrder: 2, periodicity: true, evenness: isEven)
  }
  /// Highest order n of the n-point functions involved.
  public let order = 2
  /// Names of the coordinate columns.
  public var coordinateColumns: [String] { slices.columns }
  /// The rows and what each estimates.
  public let rows: [CorrelatorRow]
  private let slices: TimeSlices
  private let lattice: Lattice
  private let isEven: Bool
  private let spacing: Double
  private let extent: Int

  /// Rows by the settings; every spatial momentum with all displacements.
  public init(_ settings: EstimatorSettings) {
    let slices = TimeSlices(settings)
    (self.slices, lattice, isEven) = (slices, settings.lattice, settings.isEven)
    spacing = settings.lattice.spacing
    extent = settings.lattice.sites[0]
    rows = slices.orbits.indices.flatMap { orbit in
      slices.steps.dropFirst().map { step in
        CorrelatorRow(
          coordinates: slices.coordinates(orbit, step),
          target: RowTarget(.effectiveMass(step: step, mode: slices.orbits[orbit][0])))
      }
    }
  }

  private var sliceCount: Int { slices.orbits.count * slices.steps.count }
  /// All slices of all momenta, then <φ> where it need not vanish.
  public var primaryCount: Int { sliceCount + (isEven ? 0 : 1) }
  /// The rows of the joint test, at most 48.
  public var covarianceRows: [Int] { evenlySpread(rows.count) }

  /// An accumulator on the worker's workspace.
  public func makeAccumulator(_ workspace: DrawWorkspace) -> any CorrelatorAccumulator {
    let reader = BinReader(slices.request(workspace))
    return isEven ? reader : JoinedAccumulators([reader, workspace.averageOfSites(lattice)])
  }

  /// One estimate a row; not a number where the root is not determined.
  public func derive(_ bins: BinnedMeans) -> [JackknifeSamples] {
    let disconnected =
      isEven ? nil : (lattice.volume / (spacing * Double(extent))) * bins.product(sliceCount, sliceCount)
    return slices.orbits.indices.flatMap { orbit in
      slices.steps.dropFirst().map { step -> JackknifeSamples in
        func slice(_ t: Int) -> JackknifeSamples {
          let full = bins.mean(orbit * slices.steps.count + (t <= extent / 2 ? t : extent - t))
          guard let disconnected, slices.orbits[orbit][0].allSatisfy({ $0 == 0 }) else { return full }
          return full - disconnected
        }
        let excess = 0.5 * ((slice(step + 1) + slice(step - 1)) / slice(step)).map { $0 - 2 }
        guard ([excess.value] + excess.replicas).allSatisfy({ $0 > 0 && $0.isFinite }), excess.value > 4 * excess.error
        else { return excess.map { _ in .nan } }
        return excess.map { [spacing] in log1p($0 + ($0 * (2 + $0)).squareRoot()) / spacing }.biasCorrected
      }
    }
  }

  /// Why a row has no value.
  public func obstruction(_ samples: JackknifeSamples) -> String? {
    samples.value.isNaN
      ? "C(t+a) + C(t-a) is not above 2 C(t) by four standard errors, so no cosh fits; use more draws" : nil
  }
}
