// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation

/// Runs the built `nnft` as a user would.
struct CommandLineRunner {
  /// What a command left behind.
  struct Outcome {
    let code: Int32
    let output: String
    let errors: String
    /// Non-empty lines of standard error.
    var errorLines: [String] { errors.split(separator: "\n").map(String.init).filter { !$0.isEmpty } }
  }

  /// The executable beside the test bundle.
  static let executable: URL = {
    let products = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }?.bundleURL
      .deletingLastPathComponent()
    return (products ?? URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent())
      .appendingPathComponent("nnft")
  }()

  /// Programs that tests start must not inherit that signals are ignored, as they are under nohup and in the background of a script.
  static let answersSignals: Void = { for number in [SIGINT, SIGQUIT, SIGHUP] { signal(number, SIG_DFL) } }()

  /// Runs `nnft` with `arguments`; drains both pipes while it runs. `interruptAfter` sends SIGINT after that many seconds, `killAfter` SIGKILL;
  /// `addressSpace` is a limit in kilobytes.
  static func run(
    _ arguments: [String], directory: URL? = nil, environment: [String: String] = [:],
    interruptAfter: Double? = nil, killAfter: Double? = nil, addressSpace: Int? = nil
  ) throws -> Outcome {
    _ = answersSignals
    let process = Process()
    if let addressSpace {
      process.executableURL = URL(fileURLWithPath: "/bin/sh")
      process.arguments = ["-c", "ulimit -v \(addressSpace); exec \"$0\" \"$@\"", executable.path] + arguments
    } else {
      process.executableURL = executable
      process.arguments = arguments
    }
    // Long runs that are interrupted leave a file of records where they stand.
    let place = try directory ?? (interruptAfter ?? killAfter).map { _ in try temporaryDirectory() }
    defer { if directory == nil, let place { try? FileManager.default.removeItem(at: place) } }
    process.currentDirectoryURL = place
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    let (out, err) = (Pipe(), Pipe())
    process.standardOutput = out
    process.standardError = err
    process.standardInput = FileHandle.nullDevice
    try process.run()
    if let interruptAfter {
      DispatchQueue.global().asyncAfter(deadline: .now() + interruptAfter) { process.interrupt() }
    }
    if let killAfter {
      DispatchQueue.global().asyncAfter(deadline: .now() + killAfter) {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
      }
    }
    nonisolated(unsafe) var errorData = Data()
    let group = DispatchGroup()
    DispatchQueue.global().async(group: group) {
      errorData = readToEnd(err)
    }
    let outputData = readToEnd(out)
    group.wait()
    process.waitUntilExit()
    return Outcome(
      code: process.terminationStatus, output: String(decoding: outputData, as: UTF8.self),
      errors: String(decoding: errorData, as: UTF8.self))
  }

  /// Runs a line of the shell in which `$0` is `nnft`: its exit code and what it writes on standard output.
  static func shell(_ line: String) throws -> (code: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", line, executable.path]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let output = String(decoding: readToEnd(pipe), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, output)
  }

  /// All bytes of a pipe; a signal that another test sends does not cut the reading short.
  static func readToEnd(_ pipe: Pipe) -> Data {
    var (data, buffer) = (Data(), [UInt8](repeating: 0, count: 1 << 16))
    while true {
      let count = read(pipe.fileHandleForReading.fileDescriptor, &buffer, buffer.count)
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { return data }
      data.append(contentsOf: buffer[..<count])
    }
  }

  /// A fresh directory, removed by the caller.
  static func temporaryDirectory() throws -> URL {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("nnft-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    return url
  }
}
