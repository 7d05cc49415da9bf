// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import NumericalKernels
import Synchronization

/// The window through which a caller watches a run and stops it: counts draws, keeps the running relative error of one headline primary,
/// carries the request to stop, and says where finished units are kept. Nothing in it influences the numbers.
public final class RunMonitor: Sendable {
  private let done = Atomic<Int>(0)
  private let stop = Atomic<Bool>(false)
  private let headline = Mutex<(bins: Double, mean: Double, spread: Double)>((0, 0, 0))

  /// Where finished units are kept beyond the run; nil keeps them in memory.
  public let archive: (any UnitArchive)?

  /// Seconds after which the state of a unit that is being done is kept there too.
  public let segmentSeconds: Double

  /// Who else does units of the run; nil where this process is alone.
  public let exchange: (any UnitExchange)?

  /// A fresh monitor.
  public init(archive: (any UnitArchive)? = nil, segmentSeconds: Double = 60, exchange: (any UnitExchange)? = nil) {
    self.archive = archive
    self.exchange = exchange
    self.segmentSeconds = segmentSeconds
  }

  /// Networks drawn so far.
  public var drawsDone: Int { done.load(ordering: .relaxed) }

  /// Asks the run to stop at the next draw.
  public func requestStop() { stop.store(true, ordering: .relaxed) }

  /// Whether a stop was asked for.
  public var isStopRequested: Bool { stop.load(ordering: .relaxed) }

  /// Relative standard error, so far, of the first primary of the first estimator; nil before two bins.
  public var headlineRelativeError: Double? {
    headline.withLock { state in
      guard state.bins > 1, state.mean != 0 else { return nil }
      return state.spread / (state.bins * (state.bins - 1)).squareRoot() / abs(state.mean)
    }
  }

  /// Counts a draw.
  public func finishedDraw() { finishedDraws(1) }

  /// Counts draws, those of units that were kept among them.
  public func finishedDraws(_ count: Int) { done.wrappingAdd(count, ordering: .relaxed) }

  /// Takes the headline primary of a finished unit.
  public func finishedBin(headline value: Double) {
    headline.withLock { state in
      // Welford's recursion; `spread` is the root of the sum of squared deviations, which stays in range in any unit.
      state.bins += 1
      let step = value - state.mean
      state.mean += step / state.bins
      state.spread = hypot(state.spread, step * ((state.bins - 1) / state.bins).squareRoot())
    }
  }
}

/// A run that was stopped before its last draw.
public struct RunInterrupted: Fault {
  /// What the run fails of.
  public var kind: FaultKind { .interrupted }
  /// Draws finished.
  public let drawsDone: Int
  /// Draws planned.
  public let draws: Int
  /// What was drawn, in words.
  public let unit: String
  /// What became of the work.
  public let remark: String

  /// An interruption.
  public init(
    drawsDone: Int, draws: Int, unit: String = "networks", remark: String = "nothing was written; run the same command again"
  ) {
    self.drawsDone = drawsDone
    self.draws = draws
    self.unit = unit
    self.remark = remark
  }

  /// What was done and what becomes of it, in one line.
  public var description: String { "interrupted after \(drawsDone) of \(draws) \(unit); \(remark)" }
}
