// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation

/// A second process for files that could break the library that reads them: HDF5 files without a seal, which another program has changed or
/// chance has damaged. The document comes back through a pipe as a NumPy archive, which keeps all of it.
public struct IsolatedReader: Sendable {
  private let executable: String
  private let arguments: [String]

  /// A program that calls `answer(path:)` when it is started with these words and a path.
  public init(executable: String, arguments: [String]) {
    self.executable = executable
    self.arguments = arguments
  }

  private static let (whole, faulty): (Int32, Int32) = (0, 3)

  func read(_ path: String) throws -> ResultDocument {
    let answer: (end: ChildProcess.End, bytes: [UInt8])
    do {
      answer = try ChildProcess.run(
        executable, arguments + [path], environment: ["SWIFT_BACKTRACE": "enable=no"], keeping: .output)
    } catch {
      throw FileFailure(
        problem: "it was changed by another program, and the process that should read it does not start (\(error))")
    }
    switch answer.end {
    case .exit(Self.whole): return try NPZReader.document(answer.bytes)
    case .exit(Self.faulty): throw ResultFileError(description: String(decoding: answer.bytes, as: UTF8.self))
    case .exit, .signal: throw FileFailure(problem: "this file is damaged: the HDF5 library broke down over it")
    }
  }

  /// What the second process does: reads the file, within a limit on processor time, and writes the document or the fault. Returns its exit code.
  public static func answer(path: String, write: ([UInt8]) throws -> Void) throws -> Int32 {
    limitProcess(path: path)
    do {
      try write(NPZRenderer.render(ResultFile.load(path: path)))
      return whole
    } catch let error as ResultFileError {
      try write(Array(error.description.utf8))
    } catch let error as OutputError {
      try write(Array("\(path): \(error.description)".utf8))
    }
    return faulty
  }

  /// Ends this process when it has worked longer than any sound file takes: a damaged one may lead in circles. It leaves no core behind.
  static func limitProcess(path: String) {
    var status = stat()
    let size = stat(path, &status) == 0 ? Int(status.st_size) : 0
    limit(RLIMIT_CORE.rawValue, to: 0)
    limit(RLIMIT_CPU.rawValue, to: 5 + size / 1_000_000)
  }

  private static func limit(_ resource: UInt32, to amount: Int) {
    var limits = rlimit()
    guard getrlimit(__rlimit_resource_t(resource), &limits) == 0 else { return }
    limits.rlim_cur = min(limits.rlim_max, rlim_t(amount))
    setrlimit(__rlimit_resource_t(resource), &limits)
  }
}
