// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import Draws
import ErrorAnalysis
import LatticeFields

/// One estimator measured on the sites of somebody's fields: estimates that still know their blocks, so that differences and other combinations of rows get
/// errors that fit the draws. What claims about such fields are made of.
public struct FieldSamples: Sendable {
  private let request: FieldRequest
  private let records: [UnitRecord]
  private let diagnostics: SamplingDiagnostics?

  init(_ request: FieldRequest, threads: Int, monitor: RunMonitor) throws {
    self.request = request
    records = try request.records(threads: threads, monitor: monitor)
    diagnostics = request.diagnostics(records)
  }

  /// Draws that count: fewer than there are where weights differ or chains are correlated.
  public var effectiveDraws: Double { diagnostics?.effectiveSamples ?? Double(request.fields.draws) }

  /// Why chains or weights support no number of this order, or nil.
  public func obstruction(order: Int) -> String? { diagnostics?.obstruction(order: order) }

  /// The numbers of all units.
  public var all: Range<Int> { 0..<records.count }
  /// The first half of the units: of the draws, of each chain or of the chains.
  public var firstHalf: Range<Int> { 0..<records.count / 2 }
  /// The other half.
  public var secondHalf: Range<Int> { records.count / 2..<records.count }

  /// The rows of the estimator from some units, as they come: not yet ``finished(_:_:)``.
  public func rows(_ units: Range<Int>) -> [JackknifeSamples] {
    request.estimators[0].derive(BinnedMeans(Array(records[units]), measurement: 0))
  }

  /// A combination of rows with the error that fits the draws, and why it may not be believed, or nil.
  public func finished(_ samples: JackknifeSamples, _ units: Range<Int>) -> (samples: JackknifeSamples, obstruction: String?) {
    request.finished([samples], units)[0]
  }
}

extension FieldEnsemble {
  /// Measures an estimator of point functions on sites of the lattice. Throws `RunInterrupted` and faults of the file.
  public func samples(
    _ estimator: any CorrelatorEstimator, at points: [Point], threads: Int, monitor: RunMonitor
  ) throws -> FieldSamples {
    guard let lattice else { preconditionFailure("FieldEnsemble: claims are tested on lattices") }
    let columns = points.map { point -> Int in
      guard let site = lattice.site(at: point) else { preconditionFailure("FieldEnsemble: \(point) is no site") }
      return site
    }
    let places = FieldEnsemble(self, at: points, columns: columns)
    return try FieldSamples(FieldRequest(places, estimator), threads: threads, monitor: monitor)
  }
}
