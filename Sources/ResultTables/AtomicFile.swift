// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation

/// A file could not be written; the previous one, if any, is untouched.
public struct FileWriteError: Error, Sendable, CustomStringConvertible {
  /// What, where, how to mend it.
  public let description: String
  /// The user forgot `--force`, rather than the machine running out of something.
  public let isUsage: Bool
}

/// Whole files, or nothing: written beside the target and renamed over it.
public enum AtomicFile {
  /// Throws early if `write` would be refused: an existing file without `force`, a directory that is missing or not writable.
  public static func checkWritable(path: String, force: Bool) throws(FileWriteError) {
    var isDirectory: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory)
    if exists && isDirectory.boolValue {
      throw FileWriteError(description: "\(path) is a directory; name a file in it", isUsage: true)
    }
    if exists && !force {
      throw FileWriteError(
        description: "\(path) exists and is kept; add --force to replace it or choose another name", isUsage: true)
    }
    let directory = parent(of: path)
    guard access(directory, W_OK | X_OK) == 0 else {
      throw FileWriteError(
        description: "cannot write \(path): \(String(cString: strerror(errno))) (\(directory)); choose another directory",
        isUsage: false)
    }
  }

  /// Writes `text` to `path` in one step.
  public static func write(_ text: String, path: String, force: Bool) throws(FileWriteError) {
    try checkWritable(path: path, force: force)
    let temporary = path + ".partial-\(getpid())"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL, 0o666)
    guard descriptor >= 0 else { throw failure(path, temporary: nil) }
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress!, $0.count) }
      if written < 0 {
        if errno == EINTR { continue }
        let error = failure(path, temporary: temporary)
        close(descriptor)
        throw error
      }
      rest = rest.dropFirst(written)
    }
    guard fsync(descriptor) == 0 || errno == EINVAL, close(descriptor) == 0, rename(temporary, path) == 0 else {
      throw failure(path, temporary: temporary)
    }
  }

  private static func failure(_ path: String, temporary: String?) -> FileWriteError {
    let reason = String(cString: strerror(errno))
    if let temporary { unlink(temporary) }
    return FileWriteError(
      description: "cannot write \(path): \(reason); free some space or choose another place", isUsage: false)
  }

  private static func parent(of path: String) -> String {
    let directory = (path as NSString).deletingLastPathComponent
    return directory.isEmpty ? "." : directory
  }
}
