// SPDX-License-Identifier: GPL-3.0-or-later

import ArgumentParser
import Draws
import EnsembleRuns
import Foundation
import NumericalKernels
import ResultTables
import Validation

/// `nnft submit`: a run as a job of a batch system.
struct SubmitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "submit",
    abstract: "Write a job script that does a run of nnft correlate as an array of jobs and merges it.",
    discussion: """
      The options of nnft correlate stand beside those of the job. The script goes to standard output. Run by bash where sbatch is, it \
      submits an array of one task a shard and, behind it, the merge; run by sbatch, it is a task. A task that runs out of time, is \
      preempted or loses its node is requeued and goes on from its checkpoint file; the result has the bytes of one run.

      Examples:
        nnft submit mine.toml --draws 1e9 --slurm --shards 64 -o mine.h5 > mine.sh && bash mine.sh
        nnft submit phi4-2d-near-critical --draws 1e7 --slurm --shards 8 --time 4:00:00 --cpus 16 --submit -o phi4.h5
      """)

  @Flag(help: "A script for Slurm.")
  var slurm = false

  @Flag(help: "Submit the script too; it stays as nnft-NAME.sh.")
  var submit = false

  @Option(help: "Tasks of the array: shares of the work.")
  var shards: Count = Count(argument: "8")!

  @Option(help: "Processors of a task, one thread each.")
  var cpus: Count = Count(argument: "1")!

  @Option(help: "Time limit of a task (1:00:00, 90m). Default: the partition's.")
  var time: TimeLimit?

  @Option(help: "The partition. Default: the cluster's.")
  var partition: String?

  @Option(help: "The account that pays.")
  var account: String?

  @Option(help: ArgumentHelp("Memory of a task in MiB. Default: the partition's.", valueName: "MiB"))
  var memory: Count?

  @OptionGroup var correlate: CorrelateCommand

  /// Options of the job, those of the tables, and flags among either; a test holds them against the options declared, since what is missing here would end in
  /// the command of the tasks.
  static let jobOptions = ["--slurm", "--submit", "--shards", "--cpus", "--time", "--partition", "--account", "--memory"]
  static let tableOptions = ["-o", "--output", "--format", "--force"]
  static let flags = ["--slurm", "--submit", "--force"]

  func validate() throws {
    guard slurm else { throw ValidationError("nnft submit writes scripts for one batch system: add --slurm") }
    guard (1...100_000).contains(shards.value) else { throw ValidationError("--shards \(shards.value): give 1 to 100000") }
    guard (1...1024).contains(cpus.value) else { throw ValidationError("--cpus \(cpus.value): give 1 to 1024") }
    for (name, value) in [("--partition", partition), ("--account", account)] {
      guard value?.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "-_.,".contains($0)) }) ?? true else {
        throw ValidationError("\(name): give a name of letters, digits, - _ . and ,")
      }
    }
    if CommandLine.arguments.contains(where: { $0.contains(where: \.isNewline) }) {
      throw ValidationError("a word of the command has more than one line, which a script cannot repeat")
    }
    let alone = [
      ("--checkpoint", correlate.checkpoint.checkpoint != nil), ("--resume", correlate.checkpoint.resume),
      ("--shard", correlate.shard != nil),
      ("--time-limit", correlate.checkpoint.timeLimit != nil), ("--threads", correlate.workers.threads != nil),
      ("--table", correlate.table != nil), ("--dry-run", correlate.dryRun), ("--until-error", correlate.untilError != nil),
    ]
    if let (name, _) = alone.first(where: \.1) {
      throw ValidationError("\(name): the script sets it, or has no use for it; leave it out with submit")
    }
    guard let output = correlate.destination.output, output != "-" else {
      throw ValidationError("the merged tables need a file; add -o results.h5, for example")
    }
  }

  func run() throws {
    try correlate.destination.check()
    let (request, _) = try correlate.request()
    try correlate.destination.check(bins: request.binCount)
    let units = try request.unitPlans.map(\.unitCount).max() ?? 0
    guard shards.value <= units else {
      throw UsageError("--shards \(shards.value): the run has \(units) units of work; give at most as many")
    }
    let script = try self.script(request)
    guard submit else { return try StandardOutput.write(script) }
    let path = try "nnft-\(name(request)).sh"
    try AtomicFile.write(script, path: path, force: true)
    guard let shell = Self.find("bash"), Self.find("sbatch") != nil else {
      throw ResourceError("sbatch is not installed here; where it is, run: bash \(path)")
    }
    let (end, bytes) = try ChildProcess.run(shell, [path], keeping: .output)
    guard end == .exit(0) else { throw ResourceError("sbatch refused \(path); run bash \(path) to see why") }
    try StandardOutput.write(bytes)
  }

  /// The name of the plan, as of automatic checkpoint files.
  private func name(_ request: CorrelatorRequest) throws -> String {
    try request.statements.reduce(into: PlanIdentity()) { $0.add($1.identity) }.name
  }

  /// The program on the search path.
  private static func find(_ program: String) -> String? {
    (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map { "\($0)/\(program)" }
      .first { access($0, X_OK) == 0 }
  }

  // MARK: - The script

  private func script(_ request: CorrelatorRequest) throws -> String {
    let (work, tables) = Self.parted(Array(CommandLine.arguments.dropFirst(2)))
    let name = try name(request)
    let files = "nnft-\(name)-$SLURM_ARRAY_TASK_ID-of-\(shards.value).records"
    let forecast = request.forecast(threads: cpus.value)
    var directives = [
      "--job-name=nnft-\(name.prefix(6))", "--array=1-\(shards.value)", "--cpus-per-task=\(cpus.value)", "--requeue",
      "--open-mode=append", "--signal=B:USR1@60",
    ]
    if let time { directives.append("--time=\(max(1, Int((time.seconds / 60).rounded(.up))))") }
    if let partition { directives.append("--partition=\(partition)") }
    if let account { directives.append("--account=\(account)") }
    if let memory { directives.append("--mem=\(memory.value)") }
    return """
      #!/bin/bash
      \(directives.map { "#SBATCH \($0)" }.joined(separator: "\n"))
      # \(ShellWords.command(["nnft"] + CommandLine.arguments.dropFirst()))
      # \(request.draws) \(request.unitName) in \(shards.value) shards; all together \(forecast.text(threads: cpus.value))
      # Run by bash it submits the array and, behind it, the merge; run by sbatch it is one task of them.
      nnft=\(ShellWords.command([Self.program]))
      if [ -z "$SLURM_JOB_ID" ]; then
        array=$(sbatch --parsable "$0") || exit
        merge=$(sbatch --parsable --dependency=afterany:"${array%%;*}" --array=0 --cpus-per-task=1 "$0") || exit
        echo "array ${array%%;*}, merge ${merge%%;*}"
        exit
      fi
      if [ "$SLURM_ARRAY_TASK_ID" = 0 ]; then
        printf '%s\\n' nnft-\(name)-{1..\(shards.value)}-of-\(shards.value).records | "$nnft" merge --list - \(ShellWords.command(tables))
        exit
      fi

      # A minute before the end of the job nnft is told to end, and keeps the states of its chains.
      limit=()
      if [ -n "$SLURM_JOB_END_TIME" ]; then
        rest=$((SLURM_JOB_END_TIME - $(date +%s) - 90))
        if [ $rest -gt 0 ] && [ $rest -lt 100000000 ]; then limit=(--time-limit "${rest}s"); fi
      fi
      again=yes
      size() { stat -c %s "\(files)" 2>/dev/null || echo 0; }
      before=$(size)
      "$nnft" correlate \(ShellWords.command(work)) --quiet --threads \(cpus.value) \\
        --shard "$SLURM_ARRAY_TASK_ID/\(shards.value)" --checkpoint "\(files)" --resume "${limit[@]}" &
      child=$!
      trap 'kill -USR1 $child 2>/dev/null' USR1
      trap 'again=; kill -TERM $child 2>/dev/null' TERM
      wait $child
      code=$?
      while kill -0 $child 2>/dev/null; do
        wait $child
        code=$?
      done
      if [ $code -gt 128 ]; then
        wait $child
        code=$?
      fi
      # What was interrupted by the limit goes on in the same task, and what was killed (137: for want of memory, say) as long as it came further by what it
      # did; what was cancelled does not.
      if [ $code -eq 137 ] && [ "$(size)" -gt "$before" ]; then
        echo "nnft: task $SLURM_ARRAY_TASK_ID was killed and goes on from its file" >&2
        code=4
      fi
      if [ $code -eq 4 ] && [ -n "$again" ]; then scontrol requeue "${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID"; fi
      exit $code

      """
  }

  /// This program: by its place where it was called by one, else as the search path finds it.
  private static var program: String {
    let word = CommandLine.arguments[0]
    guard word.contains("/") else { return find(word) ?? word }
    return URL(fileURLWithPath: word).standardizedFileURL.path
  }

  /// The words of a command line parted into those of the run and those of its tables; those of the job are left out.
  static func parted(_ words: [String]) -> (work: [String], tables: [String]) {
    var (work, tables): ([String], [String]) = ([], [])
    var index = 0
    while index < words.count {
      let word = words[index]
      let option = word.hasPrefix("--") ? String(word.prefix { $0 != "=" }) : word.hasPrefix("-o") ? "-o" : word
      let isOwn = jobOptions.contains(option)
      let isTable = tableOptions.contains(option)
      // The value of an option is the next word, unless it stands behind `=` or in the same word.
      let hasValue = (isOwn || isTable) && !flags.contains(option) && word == option
      let taken = Array(words[index..<min(words.count, index + (hasValue ? 2 : 1))])
      if isTable { tables += taken } else if !isOwn, word != "--quiet" { work += taken }
      index += taken.count
    }
    return (work, tables)
  }
}
