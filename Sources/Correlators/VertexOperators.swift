// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis
import LatticeFields

/// `V_q(r) = <e^{iqφ(x)} e^{−iqφ(x+r)}> = <cos q(φ(x) − φ(x+r))>` by FFT: corr(cos qφ, cos qφ) + corr(sin qφ, sin qφ). Unbiased.
///
/// For a Gaussian field `V = exp(−q² [G(0) − G(r)])`; at finite width there is a correction of order 1/N. The imaginary part vanishes under
/// exchange of the points. q is `vertex_charge` of the theory file. Source: docs/physics/estimators.md.
public struct VertexOperators: CorrelatorEstimator {
  /// The table's name.
  public let name = "vertex-operators"
  /// What is estimated.
  public let quantity = "Re <exp(i q phi(x)) exp(-i q phi(x+r))>"
  /// How it is estimated.
  public let method: String
  /// What is assumed of the ensemble.
  public let assumptions = EstimatorAssumptions(translationInvariantOrder: .max, evenness: false)
  /// The operators are bounded: as many networks as for a 2-point function.
  public let order = 2
  /// Names of the coordinate columns.
  public let coordinateColumns: [String]
  /// The rows and what each estimates.
  public let rows: [CorrelatorRow]
  private let charge: Double
  private let shells: [DisplacementShell]

  /// Rows by the settings, without r = 0, where V = 1.
  public init(_ settings: EstimatorSettings) {
    let lattice = settings.lattice
    let charge = settings.vertexCharge
    self.charge = charge
    method = "q = \(charge), average over all pairs of sites"
    shells = settings.shells.filter { $0.length > 0 }
    coordinateColumns = lattice.displacementColumns
    rows = shells.map { shell in
      CorrelatorRow(
        coordinates: shell.coordinates(lattice),
        // Members of a shell are equal by symmetry: one stands for all, because an exact value is a sum over modes.
        target: RowTarget(.vertexCorrelator(charge: charge, .zero, shell.members[0].point(spacing: lattice.spacing))))
    }
  }

  /// Number of primaries in a bin.
  public var primaryCount: Int { shells.count }
  /// The rows of the joint test, at most 48.
  public var covarianceRows: [Int] { evenlySpread(rows.count) }

  /// An accumulator on the worker's workspace.
  public func makeAccumulator(_ workspace: DrawWorkspace) -> any CorrelatorAccumulator {
    let cosines = workspace.requestMeans(.cosine(charge), .cosine(charge), over: shells)
    let sines = workspace.requestMeans(.sine(charge), .sine(charge), over: shells)
    return BinReader { zip(cosines(), sines()).map { $0 + $1 } }
  }

  /// One unbiased estimate a row.
  public func derive(_ bins: BinnedMeans) -> [JackknifeSamples] { shells.indices.map(bins.mean) }
}
