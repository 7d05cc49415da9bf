// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation

/// How many processors this process may use.
enum Processors {
  /// The processors of the affinity mask, further limited by the cgroup's quota and by SLURM_CPUS_PER_TASK: a cluster's node is shared.
  static var available: Int {
    var count = ProcessInfo.processInfo.activeProcessorCount
    if let quota = try? String(contentsOfFile: "/sys/fs/cgroup/cpu.max", encoding: .utf8) {
      let fields = quota.split { $0 == " " || $0 == "\n" }.compactMap { Double($0) }
      if fields.count == 2, fields[1] > 0 { count = min(count, max(1, Int(fields[0] / fields[1]))) }
    }
    if let slurm = ProcessInfo.processInfo.environment["SLURM_CPUS_PER_TASK"].flatMap(Int.init),
      slurm > 0
    {
      count = min(count, slurm)
    }
    return max(1, count)
  }
}
