// SPDX-License-Identifier: GPL-3.0-or-later

import Dispatch
import NumericalKernels

/// A unit that was left before its end: all that the rest of it depends on.
public struct UnitSegment: Sendable {
  /// The unit's number.
  public let unit: Int
  /// The state of what draws and of what measures, as a `StateVisitor` has visited it.
  public let state: [Double]
  /// Observables sample by sample: in a store all of them, in what is appended to it those since the segment before.
  public var series: WeightedSeries?

  /// A segment of a unit: its state so far, and the observables since the segment before.
  public init(unit: Int, state: [Double], series: WeightedSeries?) {
    self.unit = unit
    self.state = state
    self.series = series
  }
}

/// What measures the draws of a unit, as far as the unit's state goes.
public protocol PausingMeasurement: AnyObject {
  /// Visits the sums so far; false where they cannot be saved.
  func visit(_ state: inout StateVisitor) -> Bool
  /// Observables since this was asked last; nil where none are kept.
  func newSeries() -> WeightedSeries?
  /// Takes up a unit whose observables so far are these.
  func takeUp(_ series: WeightedSeries?)
}

/// Cuts long units into segments: keeps their whole state now and then, so that a unit that was killed goes on from there, to the same bytes.
///
/// A generator calls ``resume(_:)`` before a unit, ``offer(_:)`` wherever its state is whole, and ``end(_:)`` behind the last draw, each time with the
/// same description of its state. One instance belongs to one worker.
public final class UnitPauses {
  /// `(inout StateVisitor) -> Bool`: visits the whole state of a generator; false where it cannot be saved.
  public typealias Visit = (inout StateVisitor) -> Bool

  private let monitor: RunMonitor?
  private let store: (any UnitStore)?
  private let measurement: (any PausingMeasurement)?
  private let keepsEnds: Bool
  private var unit = 0
  private var last = DispatchTime.now()
  /// Whether states turned out to be such that they cannot be saved.
  private var isInvain = false
  private var fault: (any Error)?
  /// The state behind the last draw, where longer units go on from it.
  public private(set) var endState: [Double]?

  /// Never pauses.
  public init() { (monitor, store, measurement, keepsEnds) = (nil, nil, nil, false) }

  /// Keeps segments in the store of a plan, if the monitor has an archive; also states at the end of chains. Without a measurement what draws holds the sums.
  public init(_ monitor: RunMonitor, _ plan: some UnitPlan, _ measurement: (any PausingMeasurement)? = nil) {
    self.monitor = monitor
    self.measurement = measurement
    store = try? monitor.archive?.store(of: plan)
    keepsEnds = if case .chains = plan.layout { true } else { false }
  }

  /// Begins a unit: the clock of its segments starts.
  public func begin(_ unit: Int) {
    self.unit = unit
    last = .now()
    endState = nil
  }

  /// Restores the state in which the unit was left; false where it begins.
  public func resume(_ visit: Visit) -> Bool {
    guard let segment = store?.segment(of: unit) else { return false }
    measurement?.takeUp(segment.series)
    monitor?.finishedDraws(segment.series?.count ?? 0)
    var state = StateVisitor(restoring: segment.state)
    let isSaved = visit(&state) && measurement?.visit(&state) ?? true
    if !isSaved || !state.isWhole {
      fault = SegmentMismatch(unit: unit)
      monitor?.requestStop()
    }
    return true
  }

  /// A place where the unit can be cut: keeps its state if that is due.
  public func offer(_ visit: Visit) {
    guard let monitor, store != nil, !isInvain else { return }
    guard monitor.isStopRequested || Self.seconds(since: last) >= monitor.segmentSeconds else { return }
    keep(visit)
  }

  /// The end of a unit, or the place where a stop was obeyed.
  public func end(_ visit: Visit) {
    guard let monitor, store != nil, !isInvain, fault == nil else { return }
    if monitor.isStopRequested { return keep(visit) }
    if keepsEnds { endState = saved(visit) }
  }

  /// Counts draws that a unit had before it was taken up again, where there is no series that says so.
  public func finishedDraws(_ count: Int) { monitor?.finishedDraws(count) }

  /// Throws what went wrong with the states of this unit.
  public func check() throws { if let fault { throw fault } }

  private func saved(_ visit: Visit) -> [Double]? {
    var state = StateVisitor()
    guard visit(&state), measurement?.visit(&state) ?? true else {
      isInvain = true
      return nil
    }
    return state.numbers
  }

  private func keep(_ visit: Visit) {
    guard fault == nil, let state = saved(visit) else { return }
    do { try store!.keep(UnitSegment(unit: unit, state: state, series: measurement?.newSeries())) } catch {
      fault = error
      monitor?.requestStop()
    }
    last = .now()
  }

  private static func seconds(since time: DispatchTime) -> Double {
    1e-9 * Double(DispatchTime.now().uptimeNanoseconds - time.uptimeNanoseconds)
  }
}

extension UnitPauses {
  /// Does a unit of independent draws, which can be cut between any two: `draw` makes the one of a number and measures it. Ends early once the monitor asks to stop.
  public func each(_ draws: Range<UInt64>, _ monitor: RunMonitor, _ draw: (_ number: UInt64) -> Void) -> UnitTotals {
    var done = 0
    func visit(_ state: inout StateVisitor) -> Bool {
      state.visit(&done)
      return true
    }
    _ = resume(visit)
    while done < draws.count && !monitor.isStopRequested {
      draw(draws.lowerBound + UInt64(done))
      done += 1
      offer(visit)
    }
    end(visit)
    return UnitTotals()
  }
}

/// A state that was kept of a unit, and does not fit what goes on from it.
public struct SegmentMismatch: Fault {
  /// What the run fails of.
  public var kind: FaultKind { .badFile }
  /// The number of the unit, from zero.
  public let unit: Int

  /// What is wrong and how to mend it, in one line.
  public var description: String {
    "the state kept of unit \(unit + 1) is of another version of nnft; go on with that version, or begin a new checkpoint file"
  }
}
