// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis
import LatticeFields
import NumericalKernels

/// One row of a correlator table: its coordinates and the quantity it estimates.
public struct CorrelatorRow: Sendable {
  /// The values of the estimator's coordinate columns.
  public let coordinates: [Coordinate]
  /// What the row estimates, without bias.
  public let target: RowTarget

  /// A coordinate cell.
  public enum Coordinate: Sendable, Hashable {
    /// A label, e.g. the name of a point set.
    case text(String)
    /// An integer, e.g. a momentum mode.
    case integer(Int)
    /// A number in the units of the theory file.
    case number(Double)
  }

  /// A row at some coordinates.
  public init(coordinates: [Coordinate], target: RowTarget) {
    self.coordinates = coordinates
    self.target = target
  }
}

/// What an estimator assumes of the ensemble. A run refuses an estimator whose assumption is missing and says why.
public struct EstimatorAssumptions: Sendable, Hashable {
  /// Highest order of correlation function that must be translation invariant; 0 for none.
  public var translationInvariantOrder: Int
  /// The field must live on a periodic lattice.
  public var periodicity: Bool
  /// Odd correlators are taken to vanish.
  public var evenness: Bool
  /// The table speaks of one component: all components must have the same law.
  public var likeComponents: Bool
  /// The least number of components there must be.
  public var leastComponents: Int

  /// States the assumptions.
  public init(
    translationInvariantOrder: Int = 0, periodicity: Bool = false, evenness: Bool = true, likeComponents: Bool = true,
    leastComponents: Int = 1
  ) {
    self.translationInvariantOrder = translationInvariantOrder
    self.periodicity = periodicity
    self.evenness = evenness
    self.likeComponents = likeComponents
    self.leastComponents = leastComponents
  }

  /// All of them in words; empty for none.
  public var words: [String] {
    [
      translationInvariantOrder == 0
        ? ""
        : "translation invariance of \(translationInvariantOrder == .max ? "all n" : "\(translationInvariantOrder)")-point functions",
      periodicity ? "a periodic lattice" : "", evenness ? "phi -> -phi" : "",
      leastComponents > 1 ? "a field of \(leastComponents) components or more" : "",
    ].filter { !$0.isEmpty }
  }

  /// The first assumption `symmetries` does not grant, in words, or nil.
  public func missing(from symmetries: FieldSymmetries) -> String? {
    if translationInvariantOrder > symmetries.translationInvariantOrder {
      let which = translationInvariantOrder == .max ? "all n" : "\(translationInvariantOrder)"
      return "translation invariance of \(which)-point functions"
    }
    if periodicity && !symmetries.isPeriodic { return "a periodic lattice" }
    if evenness && !symmetries.isEven { return "symmetry under φ → −φ" }
    if likeComponents && symmetries.components > 1 && !symmetries.hasLikeComponents { return "components of one law" }
    if leastComponents > symmetries.components { return "a field of \(leastComponents) components or more" }
    return nil
  }
}

/// Turns fields into one table of correlators.
///
/// Per draw an accumulator adds to its primaries; per bin it hands out their means; ``derive(_:)`` turns the bins of a whole
/// run into one estimate per row, using bias-free products between bins. Estimators know nothing of architectures.
public protocol CorrelatorEstimator: Sendable {
  /// Table name, e.g. "two-point".
  var name: String { get }
  /// What is estimated, with its formula: for lists, for the table's comment line, and for tables that estimate the same otherwise.
  var quantity: String { get }
  /// How it is estimated, and what the coordinates mean; empty where nothing is to be said.
  var method: String { get }
  /// What is assumed of the ensemble.
  var assumptions: EstimatorAssumptions { get }
  /// The highest order n of the n-point functions involved.
  var order: Int { get }
  /// Names of the coordinate columns.
  var coordinateColumns: [String] { get }
  /// The rows of the table, without their numbers.
  var rows: [CorrelatorRow] { get }
  /// Number of primaries in each bin.
  var primaryCount: Int { get }
  /// Indices of the rows whose full covariance is kept (at most 48): the stated row set of Hotelling's test.
  var covarianceRows: [Int] { get }
  /// A fresh accumulator for one worker; `workspace` is shared by all estimators of that worker.
  func makeAccumulator(_ workspace: DrawWorkspace) -> any CorrelatorAccumulator
  /// One estimate per row.
  func derive(_ bins: BinnedMeans) -> [JackknifeSamples]
  /// The order n that decides how many networks row `row` needs, at most ``order``.
  func order(ofRow row: Int) -> Int
  /// Why a row whose samples came out like this has no value, or nil.
  func obstruction(_ samples: JackknifeSamples) -> String?
}

extension CorrelatorEstimator {
  /// Nothing but the quantity.
  public var method: String { "" }
  /// What is estimated and how: the table's comment line.
  public var summary: String { method.isEmpty ? quantity : "\(quantity), \(method)" }
  /// The order of the table.
  public func order(ofRow row: Int) -> Int { order }
  /// Nothing stands in the way.
  public func obstruction(_ samples: JackknifeSamples) -> String? { nil }
}

/// Sums the primaries of one estimator over the draws of one bin; owned by one worker.
public protocol CorrelatorAccumulator: AnyObject {
  /// Adds the field now loaded in the workspace, one component of the draw; or the whole draw, where all components are read.
  func add()
  /// Whether ``add()`` comes once a draw, for all components together.
  var readsAllComponents: Bool { get }
  /// Means of the primaries over the draws added since the last call; then starts afresh.
  func finishBin() -> [Double]
  /// Visits the sums so far, all but those of the workspace; false where they cannot be saved, and bins are then not cut.
  func visit(_ state: inout StateVisitor) -> Bool
}

extension CorrelatorAccumulator {
  /// Component after component.
  public var readsAllComponents: Bool { false }
  /// Nothing is known of the sums.
  public func visit(_ state: inout StateVisitor) -> Bool { false }
}
