// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import EnsembleRuns
import ErrorAnalysis
import Foundation
import Synchronization

/// Carries out the runs that experiments ask for: each once, and together all that measure the same networks.
///
/// An experiment asks in the middle of its work. What is not there yet is noted, and the experiment put off (``Deferred``); when all experiments
/// have asked, the plans of equal networks are carried out as one run, and the experiments that waited begin again. Their numbers are those of runs of their own, byte for
/// byte, so no verdict depends on what else is validated.
final class Laboratory: Sendable {
  /// The numbers are not there yet: the experiment is to be carried out again after ``work(threads:monitor:)``.
  struct Deferred: Error {}

  private struct Desk {
    var results: [String: [BinnedMeans]] = [:]
    var wanted: [RunPlan] = []
  }

  private let desk = Mutex(Desk())

  /// The bins of a plan's estimators; throws ``Deferred`` the first time it is asked for.
  func bins(_ plan: RunPlan) throws(Deferred) -> [BinnedMeans] {
    let name = plan.identity.text
    let found = desk.withLock { desk in
      if desk.results[name] == nil, !desk.wanted.contains(where: { $0.identity.text == name }) { desk.wanted.append(plan) }
      return desk.results[name]
    }
    guard let found else { throw Deferred() }
    return found
  }

  /// Carries out all runs that were asked for.
  func work(threads: Int, monitor: RunMonitor) throws {
    let wanted = desk.withLock { desk in
      defer { desk.wanted = [] }
      return desk.wanted
    }
    var groups: [(networks: PlanIdentity, plans: [RunPlan])] = []
    for plan in wanted {
      if let index = groups.firstIndex(where: { $0.networks == plan.networks }) {
        groups[index].plans.append(plan)
      } else {
        groups.append((plan.networks, [plan]))
      }
    }
    for group in groups {
      let results = try EnsembleRun.measure(together: group.plans, threads: threads, monitor: monitor)
      desk.withLock { desk in
        for (plan, bins) in zip(group.plans, results) { desk.results[plan.identity.text] = bins }
      }
    }
  }
}
