// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation

/// How many processors this process may use.
enum Processors {
  /// The processors of the affinity mask, further limited by the quotas of its control groups and by SLURM_CPUS_PER_TASK: a cluster's node is
  /// shared.
  static var available: Int {
    let groups = (try? String(contentsOfFile: "/proc/self/cgroup", encoding: .utf8)) ?? ""
    let slurm = ProcessInfo.processInfo.environment["SLURM_CPUS_PER_TASK"].flatMap(Int.init).flatMap { $0 > 0 ? $0 : nil }
    return [affine, quota(groups: groups, root: "/sys/fs/cgroup"), slurm].compactMap { $0 }.min() ?? 1
  }

  /// The processors of the affinity mask, as `nproc` counts them; those of the machine where the system does not say.
  private static var affine: Int {
    affinity(status: (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? "")
      ?? ProcessInfo.processInfo.activeProcessorCount
  }

  /// The bits of the line `Cpus_allowed` of a `/proc/self/status`: hexadecimal words with commas between them. Nil where there is none.
  static func affinity(status: String) -> Int? {
    guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix("Cpus_allowed:") }) else { return nil }
    let bits = line.dropFirst("Cpus_allowed:".count).reduce(0) { $0 + ($1.hexDigitValue?.nonzeroBitCount ?? 0) }
    return bits > 0 ? bits : nil
  }

  /// Whole processors that the quotas of a process leave it, at least one; nil where there is no quota.
  ///
  /// `groups` is its `/proc/self/cgroup`, `root` where control groups are mounted. The limits of every group above its own hold too: `cpu.max` of
  /// version 2, `cpu.cfs_quota_us` and `cpu.cfs_period_us` of version 1.
  static func quota(groups: String, root: String) -> Int? {
    let shares = groups.split(separator: "\n").flatMap { line -> [Double] in
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3 else { return [] }
      let isUnified = fields[1].isEmpty
      guard isUnified || fields[1].split(separator: ",").contains("cpu") else { return [] }
      let parts = fields[2].split(separator: "/")
      let mounts = isUnified ? [root] : ["\(root)/cpu", "\(root)/cpu,cpuacct"]
      // A container may see the path of its host, which leads nowhere here; the mount itself is then its own group.
      return mounts.flatMap { mount in
        (0...parts.count).compactMap { depth in
          let group = ([mount] + parts.prefix(depth).map(String.init)).joined(separator: "/")
          return isUnified
            ? share(numbers("\(group)/cpu.max"))
            : share(numbers("\(group)/cpu.cfs_quota_us") + numbers("\(group)/cpu.cfs_period_us"))
        }
      }
    }
    return shares.min().map { max(1, Int(min($0, 1e6))) }
  }

  /// The numbers of a file; `max` and what else is none are left out.
  private static func numbers(_ path: String) -> [Double] {
    let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    return text.split { $0 == " " || $0 == "\n" }.compactMap { Double($0) }
  }

  /// Quota over period, where both are there and positive; version 1 writes -1 for no quota.
  private static func share(_ numbers: [Double]) -> Double? {
    numbers.count == 2 && numbers[0] > 0 && numbers[1] > 0 ? numbers[0] / numbers[1] : nil
  }
}
