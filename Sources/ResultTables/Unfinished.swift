// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import Synchronization

/// What this process would leave behind if it ended now: files without their final name, private directories, programs it has started.
///
/// The one list of its kind in the process, because a signal ends the whole process. All of it is made, renamed and removed under one lock,
/// so whoever ends the process with ``endProcess(code:lastWords:)`` sees every item, and none comes after.
public enum Unfinished {
  /// All that is unfinished.
  struct Items: Sendable {
    var files: Set<String> = []
    var directories: Set<String> = []
    var processes: Set<pid_t> = []
    /// Whether files have got their final names.
    var hasCommitted = false
  }

  private static let items = Mutex(Items())

  /// Changes the list together with what it lists; `body` must not wait for anything.
  static func change<Result: Sendable, Failure: Error>(
    _ body: (inout Items) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try items.withLock { items throws(Failure) -> Result in try body(&items) }
  }

  /// Ends the programs that were started, removes what is unfinished, hands `lastWords` whether finished files were written, and leaves with
  /// `code`.
  public static func endProcess(code: Int32, lastWords: (_ hasCommitted: Bool) -> Void) -> Never {
    change { items in
      for process in items.processes {
        kill(process, SIGKILL)
        waitpid(process, nil, 0)
      }
      for file in items.files { unlink(file) }
      for directory in items.directories { try? FileManager.default.removeItem(atPath: directory) }
      lastWords(items.hasCommitted)
      _exit(code)
    }
  }

  /// Makes a directory that only this user can enter, hands it to `body` and removes it with all that is in it. Throws ``FileWriteError``.
  public static func withPrivateDirectory<Result>(_ body: (_ path: String) throws -> Result) throws -> Result {
    let root = FileManager.default.temporaryDirectory.path
    let path = try change { items throws(FileWriteError) -> String in
      var template = Array("\(root)/nnft-XXXXXX".utf8CString)
      guard mkdtemp(&template) != nil else {
        throw FileWriteError(
          description: "cannot make a directory in \(root): \(String(cString: strerror(errno))); set TMPDIR to another place",
          isUsage: false)
      }
      let path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
      items.directories.insert(path)
      return path
    }
    defer {
      change { items in
        try? FileManager.default.removeItem(atPath: path)
        items.directories.remove(path)
      }
    }
    return try body(path)
  }
}
