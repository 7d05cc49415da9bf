// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis
import LatticeFields

/// The zero mode `Φ = a^d Σ_x φ(x)` where a source or the breaking of φ → −φ makes it stand out:
///
///     <Φ>/V,     <|Φ|>/V,     χ2 = (<Φ²> − <Φ>²)/V,     χ2_abs = (<Φ²> − <|Φ|>²)/V
///
/// In a finite volume `<Φ>` vanishes without a source, in the broken phase too; there `<|Φ|>/V` is the order parameter and χ2_abs the susceptibility about either
/// of its signs, both up to corrections that fall exponentially with the volume. Deep in the symmetric phase `<|Φ|>/V` is `(2χ2/πV)^{1/2}`, and
/// χ2_abs is `(1 − 2/π) χ2`. The squares of means are products between bins: unbiased. Source: Landau and Binder, A Guide to Monte Carlo Simulations in
/// Statistical Physics, sec. 4.2; docs/physics/estimators.md.
public struct OrderParameter: CorrelatorEstimator {
  /// The table's name.
  public static let tableName = "order-parameter"
  /// The name of its table.
  public var name: String { Self.tableName }
  /// What is estimated.
  public let quantity = "<Phi>/V, <|Phi|>/V, chi2 = (<Phi^2> - <Phi>^2)/V, chi2_abs = (<Phi^2> - <|Phi|>^2)/V"
  /// How it is estimated.
  public let method = "Phi = a^d sum_x phi(x)"
  /// What is assumed of the ensemble.
  public let assumptions = EstimatorAssumptions(translationInvariantOrder: 1, evenness: false)
  /// Highest order n of the n-point functions involved.
  public let order = 2
  /// Names of the coordinate columns.
  public let coordinateColumns = ["quantity"]
  /// The rows and what each estimates.
  public let rows = [
    CorrelatorRow(coordinates: [.text("Phi/V")], target: RowTarget(.moment([.zero]))),
    CorrelatorRow(coordinates: [.text("|Phi|/V")], target: RowTarget(.absoluteZeroMode)),
    CorrelatorRow(coordinates: [.text("chi2")], target: RowTarget(.zeroMomentumCumulant(order: 2))),
    CorrelatorRow(coordinates: [.text("chi2_abs")], target: RowTarget(.foldedSusceptibility)),
  ]
  private let lattice: Lattice

  /// For the settings' lattice.
  public init(_ settings: EstimatorSettings) { lattice = settings.lattice }

  /// Number of primaries: <Φ>, <|Φ|> and <Φ²>.
  public let primaryCount = 3
  /// χ2_abs is to first order a function of the others, so it adds no direction.
  public let covarianceRows = [0, 1, 2]

  /// An accumulator on the worker's workspace.
  public func makeAccumulator(_ workspace: DrawWorkspace) -> any CorrelatorAccumulator {
    let transform = workspace.requestTransform(.power(1))
    let (cell, zero) = (lattice.cellVolume, [Int](repeating: 0, count: lattice.dimension))
    return DrawAverager(count: primaryCount) { sums in
      let phi = cell * workspace.amplitude(transform, mode: zero).real
      sums[0] += phi
      sums[1] += abs(phi)
      sums[2] += phi * phi
    }
  }

  /// One unbiased estimate a row.
  public func derive(_ bins: BinnedMeans) -> [JackknifeSamples] {
    let scale = 1 / lattice.volume
    return [
      scale * bins.mean(0), scale * bins.mean(1), scale * (bins.mean(2) - bins.product(0, 0)),
      scale * (bins.mean(2) - bins.product(1, 1)),
    ]
  }
}
