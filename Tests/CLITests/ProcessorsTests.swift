// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import Testing

@testable import nnft

/// How many threads a command takes by itself.
@Suite struct ProcessorsTests {
  private func inDirectory(_ files: [String: String], _ body: (String) throws -> Void) throws {
    let directory = try CommandLineRunner.temporaryDirectory()
    defer { try? FileManager.default.removeItem(at: directory) }
    for (path, text) in files {
      let file = directory.appendingPathComponent(path)
      try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data((text + "\n").utf8).write(to: file)
    }
    try body(directory.path)
  }

  /// The quota of the own group and of every group above it, in both versions of control groups.
  @Test func quotasOfControlGroups() throws {
    let unified = "0::/user.slice/job"
    for (files, expected) in [
      ([:], nil), (["cpu.max": "max 100000"], nil), (["user.slice/job/cpu.max": "max 100000"], nil),
      (["user.slice/job/cpu.max": "200000 100000"], 2), (["user.slice/job/cpu.max": "250000 100000"], 2),
      (["user.slice/job/cpu.max": "50000 100000"], 1), (["cpu.max": "300000 100000"], 3),
      (["user.slice/cpu.max": "400000 100000", "user.slice/job/cpu.max": "max 100000"], 4),
      (["user.slice/cpu.max": "400000 100000", "user.slice/job/cpu.max": "600000 100000"], 4),
      (["other/cpu.max": "100000 100000"], nil),
      (["user.slice/job/cpu.max": "no numbers"], nil), (["user.slice/job/cpu.max": "100000 0"], nil),
    ] as [([String: String], Int?)] {
      try inDirectory(files) { #expect(Processors.quota(groups: unified, root: $0) == expected, "\(files)") }
    }
    let old = "12:memory:/job\n4:cpu,cpuacct:/job\n1:name=systemd:/job"
    for (files, expected) in [
      (["cpu/job/cpu.cfs_quota_us": "200000", "cpu/job/cpu.cfs_period_us": "100000"], 2),
      (["cpu,cpuacct/job/cpu.cfs_quota_us": "300000", "cpu,cpuacct/job/cpu.cfs_period_us": "100000"], 3),
      (["cpu/job/cpu.cfs_quota_us": "-1", "cpu/job/cpu.cfs_period_us": "100000"], nil),
      (["cpu/cpu.cfs_quota_us": "100000", "cpu/cpu.cfs_period_us": "100000"], 1),
      (["memory/job/cpu.cfs_quota_us": "100000", "memory/job/cpu.cfs_period_us": "100000"], nil),
    ] as [([String: String], Int?)] {
      try inDirectory(files) { #expect(Processors.quota(groups: old, root: $0) == expected, "\(files)") }
    }
  }

  @Test func affinityMasks() {
    for (mask, expected) in [
      ("1", 1), ("f", 4), ("8421", 4), ("ff,ffffffff", 40), ("00000000,00000003", 2), ("0", nil), ("", nil),
    ] as [(String, Int?)] {
      #expect(
        Processors.affinity(status: "Name:\tnnft\nCpus_allowed:\t\(mask)\nCpus_allowed_list:\t0-9\n") == expected, "\(mask)")
    }
    #expect(Processors.affinity(status: "Name:\tnnft\n") == nil)
  }

  private func threads(_ line: String) throws -> Int? {
    try CommandLineRunner.shell(line).output.components(separatedBy: " thread").first.flatMap { $0.split(separator: " ").last }
      .flatMap { Int($0) }
  }

  private static let hasTaskset = FileManager.default.isExecutableFile(atPath: "/usr/bin/taskset")

  /// The affinity mask decides, and --threads over it.
  @Test(.enabled(if: hasTaskset, "taskset is not installed: apt-get install util-linux")) func theAffinityMaskDecides() throws {
    let plan = "correlate cos-net --dry-run"
    let all = try #require(try threads("exec \"$0\" \(plan)"))
    let first = try #require(try threads("exec taskset -c $(taskset -cp $$ | sed 's/.*: //; s/[-,].*//') \"$0\" \(plan)"))
    #expect(first == 1 && all == Processors.available)
    #expect(try threads("exec \"$0\" \(plan) --threads 7") == 7)
    #expect(try threads("SLURM_CPUS_PER_TASK=1 exec \"$0\" \(plan)") == 1)
  }
}
