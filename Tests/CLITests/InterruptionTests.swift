// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import Testing

/// Signals that ask a program to end: every command answers each of them within a second, whatever it is at, with exit code 4, one line, and
/// nothing left behind.
@Suite(.serialized) struct InterruptionTests {
  private struct End {
    let code: Int32
    let wasKilled: Bool
    let seconds: Double
    let errors: [String]
  }

  private func inDirectory(_ body: (URL) throws -> Void) throws {
    let directory = try CommandLineRunner.temporaryDirectory()
    defer { try? FileManager.default.removeItem(at: directory) }
    try FileManager.default.createDirectory(at: directory.appendingPathComponent("tmp"), withIntermediateDirectories: true)
    try body(directory)
  }

  private func names(_ directory: URL) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted()
  }

  /// Runs a line of the shell, in which `$NNFT` is the program, and sends it a signal after some seconds.
  private func end(_ line: String, in directory: URL, signal number: Int32, after delay: Double, path: String? = nil) throws
    -> End
  {
    _ = CommandLineRunner.answersSignals
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", line]
    process.currentDirectoryURL = directory
    var environment = ProcessInfo.processInfo.environment
    environment["NNFT"] = CommandLineRunner.executable.path
    environment["TMPDIR"] = directory.appendingPathComponent("tmp").path
    if let path { environment["PATH"] = path + ":" + (environment["PATH"] ?? "") }
    process.environment = environment
    process.standardOutput = FileHandle.nullDevice
    let errors = directory.appendingPathComponent("tmp.errors")
    try Data().write(to: errors)
    process.standardError = try FileHandle(forWritingTo: errors)
    try process.run()
    Thread.sleep(forTimeInterval: delay)
    let start = Date()
    if number != 0 { kill(process.processIdentifier, number) }
    process.waitUntilExit()
    let seconds = Date().timeIntervalSince(start)
    let said = try String(contentsOf: errors, encoding: .utf8).split(separator: "\n").map(String.init)
    try FileManager.default.removeItem(at: errors)
    return End(code: process.terminationStatus, wasKilled: process.terminationReason != .exit, seconds: seconds, errors: said)
  }

  /// Each a command that would take minutes, at its work or before it: a theory that never comes stands for planning.
  private static let commands = [
    "correlate cos-net --draws 1e8 -o out.h5",
    "sample cos-net --fields-only --set lattice.sites=8x8 --width 20000 --draws 1e5 -o out.h5",
    "sample cos-net --fields-only --set lattice.sites=8x8 --width 20000 --draws 1e5 -o out.npz",
    "validate --thorough -o out.html", "study cos-net --widths 10,20 --draws 1e8 -o out.h5", "show theory.toml",
    "correlate theory.toml -o out.h5",
    "validate --theory theory.toml", "plot run.tsv -o out.svg",
  ]

  @Test(arguments: commands) func everyCommandAnswers(command: String) throws {
    try inDirectory { directory in
      #expect(mkfifo(directory.appendingPathComponent("theory.toml").path, 0o600) == 0)
      let table = "# program: nnft\n# table: t\n# s\nr\tvalue\terror\n0.0\t1.0\t0.1\n1.0\t0.5\t0.1\n"
      try Data(table.utf8).write(to: directory.appendingPathComponent("run.tsv"))
      // A gnuplot that takes its time, so that there is a private directory and a second process.
      let bin = directory.appendingPathComponent("bin")
      try FileManager.default.createDirectory(at: bin, withIntermediateDirectories: true)
      let program = bin.appendingPathComponent("gnuplot").path
      try Data("#!/bin/sh\necho $$ > '\(directory.path)/pid'; exec sleep 100\n".utf8).write(to: URL(fileURLWithPath: program))
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
      let before = try names(directory)
      for (number, name) in [
        (SIGINT, "SIGINT"), (SIGTERM, "SIGTERM"), (SIGHUP, "SIGHUP"), (SIGQUIT, "SIGQUIT"), (SIGXCPU, "SIGXCPU"),
        (SIGUSR1, "SIGUSR1"),
      ] {
        let end = try end("exec \"$NNFT\" \(command)", in: directory, signal: number, after: 1.2, path: bin.path)
        #expect(end.code == 4 && !end.wasKilled && end.seconds < 1, "\(name): \(end)")
        #expect(end.errors.filter { $0.contains("interrupted") && $0.contains(name) }.count == 1, "\(end.errors)")
        if let text = try? String(contentsOf: directory.appendingPathComponent("pid"), encoding: .utf8),
          let id = pid_t(text.dropLast())
        {
          #expect(kill(id, 0) != 0 && errno == ESRCH, "gnuplot lives on")
          try FileManager.default.removeItem(at: directory.appendingPathComponent("pid"))
        }
        // Nothing stays but the finished units of a run of more than ten minutes, and then the message says so.
        let records = try names(directory).filter { $0.hasSuffix(".records") }
        #expect(records.count == (command.contains("--draws 1e8") ? 1 : 0), "\(name): \(records)")
        #expect(end.errors.contains { $0.contains("--resume") } == !records.isEmpty, "\(end.errors)")
        let others = try names(directory).filter { !records.contains($0) }
        #expect(try others == before && names(directory.appendingPathComponent("tmp")).isEmpty, "\(name)")
      }
    }
  }

  /// From before the work until after it, as the clock falls: either the file is there, whole, or nothing is.
  @Test func atAnyTimeTheFileIsWholeOrAbsent() throws {
    try inDirectory { directory in
      // Long enough that signals find it at work, however fast the machine.
      var (command, length, draws) = ("", 0.0, 6000)
      repeat {
        command =
          "sample cos-net --set lattice.sites=16x16 --draws \(draws) --width 300 --threads 1 --fields-only --quiet --force -o out.h5"
        let start = Date()
        #expect(try end("exec \"$NNFT\" \(command)", in: directory, signal: 0, after: 0).code == 0)
        length = Date().timeIntervalSince(start)
        draws *= 2
      } while length < 1 && draws < 1_000_000
      let size = try Data(contentsOf: directory.appendingPathComponent("out.h5")).count
      var codes: Set<Int32> = []
      for step in 0..<12 {
        try? FileManager.default.removeItem(at: directory.appendingPathComponent("out.h5"))
        let delay = 0.3 + 1.2 * max(0, length - 0.3) * Double(step) / 12
        let end = try end("exec \"$NNFT\" \(command)", in: directory, signal: SIGTERM, after: delay)
        codes.insert(end.code)
        #expect(!end.wasKilled && [0, 4].contains(end.code), "\(delay) of \(length): \(end)")
        let left = try names(directory).filter { $0 != "tmp" }
        #expect(left.isEmpty || left == ["out.h5"], "\(left)")
        #expect(end.code == 4 || left == ["out.h5"])
        if let whole = try? Data(contentsOf: directory.appendingPathComponent("out.h5")) { #expect(whole.count == size) }
      }
      #expect(codes.contains(4))
    }
  }

  /// What a parent has told us to ignore, as nohup does, stays ignored; another signal still ends the run.
  @Test(arguments: [("HUP", SIGHUP), ("INT", SIGINT), ("QUIT", SIGQUIT)]) func ignoredSignalsStayIgnored(
    name: String, number: Int32
  ) throws {
    try inDirectory { directory in
      let command = "exec \"$NNFT\" correlate cos-net --set lattice.sites=4x4 --draws 100 --quiet"
      let line =
        "trap '' \(name); { sleep 1.2; kill -\(name) $$; sleep 0.5; kill -TERM $$; } & exec \"$NNFT\" correlate cos-net --draws 1e8"
      let ignoring = try end(line, in: directory, signal: 0, after: 0)
      #expect(ignoring.code == 4 && ignoring.errors.contains { $0.contains("by SIGTERM") }, "\(ignoring)")
      // The control: without the trap the first signal ends it.
      let answering = try end(line.replacing("trap '' \(name);", with: ""), in: directory, signal: 0, after: 0)
      #expect(answering.code == 4 && answering.errors.contains { $0.contains("by SIG\(name)") }, "\(answering)")
      #expect(try end("trap '' \(name); \(command)", in: directory, signal: 0, after: 0).code == 0)
    }
  }

  /// A limit on processor time is such a signal; a reader that has gone is the usual end, and notices without a reader do not end a run.
  @Test func limitsAndClosedPipes() throws {
    try inDirectory { directory in
      let limited = try end(
        "ulimit -St 1; exec \"$NNFT\" correlate cos-net --draws 1e8 -o out.h5", in: directory, signal: 0, after: 0)
      #expect(limited.code == 4 && limited.errors.contains { $0.contains("SIGXCPU") }, "\(limited)")
      let closed = try end(
        "{ \"$NNFT\" list; echo $? > code; } | true; sleep 0.1; exit $(cat code)", in: directory, signal: 0, after: 0)
      #expect(closed.code == 128 + SIGPIPE && closed.errors.isEmpty, "\(closed)")
      try FileManager.default.removeItem(at: directory.appendingPathComponent("code"))
      let run = "\"$NNFT\" correlate cos-net --set lattice.sites=4x4 --draws 4000 --table two-point -o out.tsv"
      let deaf = try end(
        "{ { sleep 0.1; \(run); echo $? > code; } 2>&1; } | true; sleep 0.1; exit $(cat code)", in: directory, signal: 0, after: 0
      )
      #expect(deaf.code == 0, "\(deaf)")
      #expect(try names(directory).filter { !$0.hasSuffix(".records") } == ["code", "out.tsv", "tmp"])
    }
  }

  @Test func helpOnAFullDiskIsAnError() throws {
    try inDirectory { directory in
      for word in ["--help", "--version", "help correlate"] {
        let full = try end("exec \"$NNFT\" \(word) > /dev/full", in: directory, signal: 0, after: 0)
        #expect(full.code == 5 && full.errors.count == 1, "\(full)")
        #expect(try end("exec \"$NNFT\" \(word)", in: directory, signal: 0, after: 0).code == 0)
      }
    }
  }

  /// A gnuplot that cannot be run: one line.
  @Test func aGnuplotThatDoesNotStart() throws {
    try inDirectory { directory in
      let table = "# program: nnft\n# table: t\n# s\nr\tvalue\terror\n0.0\t1.0\t0.1\n1.0\t0.5\t0.1\n"
      try Data(table.utf8).write(to: directory.appendingPathComponent("run.tsv"))
      let program = directory.appendingPathComponent("gnuplot").path
      try Data("#!/no/such/shell\n".utf8).write(to: URL(fileURLWithPath: program))
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
      let end = try end("exec \"$NNFT\" plot run.tsv", in: directory, signal: 0, after: 0, path: directory.path)
      #expect(end.code == 5 && end.errors.count == 1 && end.errors[0].contains("does not start"), "\(end)")
      #expect(try names(directory.appendingPathComponent("tmp")).isEmpty)
    }
  }
}
