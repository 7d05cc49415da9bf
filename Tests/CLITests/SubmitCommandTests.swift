// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import Testing

@testable import nnft

/// Job scripts: that a shell reads them, that they do what was asked, and that nothing of a command line becomes a command of its own.
@Suite struct SubmitCommandTests {
  private func script(_ arguments: [String]) throws -> CommandLineRunner.Outcome {
    try CommandLineRunner.run(["submit"] + arguments + ["--slurm"])
  }

  private static let line = [
    "phi4-2d-strong", "--draws", "1e5", "--set", "sampler.kind=\"chains\"", "--shards=8", "--cpus", "4", "--time", "1:30:00",
    "--partition", "long", "-o", "my results.h5", "--force", "--quiet",
  ]

  @Test func scriptsSayWhatWasAsked() throws {
    let outcome = try script(Self.line)
    let text = outcome.output
    #expect(outcome.code == 0, "\(outcome.errors)")
    for part in [
      "#SBATCH --array=1-8", "#SBATCH --cpus-per-task=4", "#SBATCH --time=90", "#SBATCH --partition=long", "#SBATCH --requeue",
      "#SBATCH --signal=B:USR1@60",
      "correlate phi4-2d-strong --draws 1e5 --set 'sampler.kind=\"chains\"' --quiet --threads 4", "--resume",
      "-of-8.records | \"$nnft\" merge --list - -o 'my results.h5' --force", "--dependency=afterany:",
    ] { #expect(text.contains(part), "\(part) in\n\(text)") }
    #expect(text.components(separatedBy: "--quiet").count == 3, "once in the comment, once in the command")
  }

  /// `bash -n` reads the script; a control with a quote left open does not pass.
  @Test func shellsReadScripts() throws {
    let text = try script(Self.line).output
    #expect(try Self.reads(text) && !Self.reads(text.replacingOccurrences(of: "\"$nnft\" correlate", with: "\"$nnft correlate")))
  }

  private static func reads(_ text: String) throws -> Bool {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("submit-\(UUID().uuidString).sh")
    defer { try? FileManager.default.removeItem(at: file) }
    try text.write(to: file, atomically: true, encoding: .utf8)
    return try CommandLineRunner.shell("bash -n '\(file.path)' 2>/dev/null").code == 0
  }

  /// A task that is run as Slurm would run it, with a stand-in for scontrol, does its shard; the merge makes the tables.
  @Test func tasksDoTheirShards() throws {
    let directory = try CommandLineRunner.temporaryDirectory()
    defer { try? FileManager.default.removeItem(at: directory) }
    let line = ["cos-net", "--draws", "4000", "--shards", "2", "-o", "merged.tsv"]
    let text = try CommandLineRunner.run(["submit"] + line + ["--slurm"], directory: directory).output
    try text.write(to: directory.appendingPathComponent("job.sh"), atomically: true, encoding: .utf8)
    func task(_ number: Int) throws -> Int32 {
      try CommandLineRunner.shell(
        "cd '\(directory.path)' && SLURM_JOB_ID=7 SLURM_ARRAY_JOB_ID=7 SLURM_ARRAY_TASK_ID=\(number) bash job.sh >/dev/null 2>&1"
      ).code
    }
    // The control: no merge before the shards are done.
    #expect(try task(0) != 0)
    for number in [1, 2, 0] { #expect(try task(number) == 0) }
    let whole = ["correlate", "cos-net", "--draws", "4000", "-o", "whole.tsv", "--quiet"]
    #expect(try CommandLineRunner.run(whole, directory: directory).code == 0)
    for table in ["two-point", "four-point-xxyy"] {
      let files = try ["merged", "whole"].map {
        try Data(contentsOf: directory.appendingPathComponent("\($0).\(table).tsv"))
      }
      #expect(files[0] == files[1])
    }
  }

  /// A task whose program is killed is requeued if its file has grown meanwhile; the control, killed before it did anything, is not.
  @Test func killedTasksGoOnWhereTheyCameFurther() throws {
    let directory = try CommandLineRunner.temporaryDirectory()
    defer { try? FileManager.default.removeItem(at: directory) }
    func write(_ text: String, _ name: String) throws {
      let url = directory.appendingPathComponent(name)
      try text.write(to: url, atomically: true, encoding: .utf8)
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: url.path)
    }
    let text = try CommandLineRunner.run(
      ["submit", "cos-net", "--draws", "4000", "--shards", "2", "-o", "merged.tsv", "--slurm"], directory: directory
    ).output
    try write(text.split(separator: "\n").map { $0.hasPrefix("nnft=") ? "nnft=./killed" : $0 }.joined(separator: "\n"), "job.sh")
    try write("#!/bin/bash\necho \"$@\" >> requeued\n", "scontrol")
    for comesFurther in [true, false] {
      // The program's file is the word behind --checkpoint.
      let act = comesFurther ? "echo done >> \"$2\"" : ":"
      try write("#!/bin/bash\nwhile [ \"$1\" != --checkpoint ]; do shift; done\n\(act)\nkill -9 $$\n", "killed")
      let code = try CommandLineRunner.shell(
        "cd '\(directory.path)' && PATH=.:$PATH SLURM_JOB_ID=7 SLURM_ARRAY_JOB_ID=7 SLURM_ARRAY_TASK_ID=2 bash job.sh >/dev/null 2>&1"
      ).code
      let requeued = directory.appendingPathComponent("requeued")
      #expect((try? String(contentsOf: requeued, encoding: .utf8)) == (comesFurther ? "requeue 7_2\n" : nil))
      #expect(code == (comesFurther ? 4 : 137))
      try? FileManager.default.removeItem(at: requeued)
    }
  }

  @Test func whatMakesNoScriptIsSaid() throws {
    for (arguments, code, words) in [
      (["cos-net"], Int32(2), "-o results.h5"), (["cos-net", "-o", "a.h5", "--checkpoint", "b"], 2, "--checkpoint"),
      (["cos-net", "-o", "a.h5", "--threads", "2"], 2, "--threads"),
      (["cos-net", "-o", "a.h5", "--shards", "257"], 2, "256 units"),
      (["cos-net", "-o", "a.h5", "--partition", "a\nrm"], 2, "--partition"), (["no-such-net", "-o", "a.h5"], 3, "no-such-net"),
      (["cos-net", "-o", "a\nb.h5"], 2, "line"),
    ] {
      let outcome = try script(arguments)
      #expect(outcome.code == code && outcome.errors.contains(words) && outcome.output.isEmpty, "\(arguments): \(outcome.errors)")
    }
    #expect(try CommandLineRunner.run(["submit", "cos-net", "-o", "a.h5"]).errors.contains("--slurm"))
  }

  /// The lists by which the words of a command line are parted, held against the options declared: an option of the job that they lack would end in the command
  /// of every task. The control: a list with one option less.
  @Test func optionsOfTheJobAreParted() throws {
    // Options of a command as its help shows them, and whether they take a value.
    func options(_ command: String) throws -> [String: Bool] {
      let help = try CommandLineRunner.run([command, "--help"]).output
      return help.matches(of: /(?m)^  (?:-\w, )?(--[\w-]+)(?:, --[\w-]+)*( <)?/).reduce(into: [:]) {
        $0[String($1.1)] = $1.2 != nil
      }
    }
    let (submit, correlate) = (try options("submit"), try options("correlate"))
    let own = Set(submit.keys).subtracting(correlate.keys)
    #expect(own.count > 5 && own == Set(SubmitCommand.jobOptions) && own != Set(SubmitCommand.jobOptions.dropLast()))
    for option in SubmitCommand.jobOptions + SubmitCommand.tableOptions where option != "-o" {
      #expect(submit[option] == !SubmitCommand.flags.contains(option), "\(option)")
    }
    let parted = SubmitCommand.parted(["cos-net", "--memory", "10", "--seed", "1", "-oa.h5", "--cpus=3", "--force"])
    #expect(parted.work == ["cos-net", "--seed", "1"] && parted.tables == ["-oa.h5", "--force"])
  }

  /// Without sbatch the script is written, and one line says what to do.
  @Test func withoutSlurmThatIsSaid() throws {
    let directory = try CommandLineRunner.temporaryDirectory()
    defer { try? FileManager.default.removeItem(at: directory) }
    let outcome = try CommandLineRunner.run(
      ["submit", "cos-net", "--slurm", "--submit", "-o", "a.h5"], directory: directory, environment: ["PATH": "/nonexistent"])
    #expect(outcome.code == 5 && outcome.errorLines.count == 1 && outcome.errors.contains("sbatch is not installed"))
    let files = try FileManager.default.contentsOfDirectory(atPath: directory.path)
    #expect(files.count == 1 && files[0].hasSuffix(".sh"))
  }
}
