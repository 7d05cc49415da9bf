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
///
/// A symbolic link is followed, so its target is replaced and not the link. What is no regular file (a device, a pipe) is never
/// replaced: bytes go into it.
public enum AtomicFile {
  /// Throws early if `write` would be refused: an existing file without `force`, a directory that is missing or not writable.
  public static func checkWritable(path: String, force: Bool) throws(FileWriteError) {
    let target = resolved(path)
    switch kind(of: target) {
    case S_IFDIR: throw FileWriteError(description: "\(path) is a directory; name a file in it", isUsage: true)
    case nil: break
    case S_IFREG where force: break
    case S_IFREG:
      throw FileWriteError(
        description: "\(path) exists and is kept; add --force to replace it or choose another name", isUsage: true)
    default:
      guard access(target, W_OK) == 0 else { throw failure(path) }
      return
    }
    let directory = parent(of: target)
    guard access(directory, W_OK | X_OK) == 0 else {
      throw FileWriteError(
        description: "cannot write \(path): \(String(cString: strerror(errno))) (\(directory)); choose another directory",
        isUsage: false)
    }
  }

  /// Whether anything of that name is there.
  public static func exists(_ path: String) -> Bool { kind(of: path) != nil }

  /// Writes `text` to `path` in one step.
  public static func write(_ text: String, path: String, force: Bool) throws(FileWriteError) {
    try write([(path, Array(text.utf8))], force: force)
  }

  /// Writes every file whole: all are staged beside their targets before the first is renamed, so a full disk leaves no new file at all.
  public static func write(_ files: [(path: String, bytes: [UInt8])], force: Bool) throws(FileWriteError) {
    for file in files { try checkWritable(path: file.path, force: force) }
    var staged: [(temporary: String?, target: String, path: String)] = []
    do throws(FileWriteError) {
      for (path, bytes) in files {
        let target = resolved(path)
        let temporary = [nil, S_IFREG].contains(kind(of: target)) ? target + ".partial-\(getpid())" : nil
        try write(bytes, to: temporary ?? target, isNew: temporary != nil, for: path)
        staged.append((temporary, target, path))
      }
      for file in staged {
        guard let temporary = file.temporary else { continue }
        guard rename(temporary, file.target) == 0 else { throw failure(file.path) }
      }
    } catch {
      for file in staged { if let temporary = file.temporary { unlink(temporary) } }
      throw error
    }
  }

  /// Lets `body` write a file of its own making beside the target and renames it over the target if `body` returns.
  public static func stage(path: String, force: Bool, _ body: (_ temporary: String) throws -> Void) throws {
    try checkWritable(path: path, force: force)
    let target = resolved(path)
    guard [nil, S_IFREG].contains(kind(of: target)) else {
      throw FileWriteError(description: "\(path) is no regular file; name one", isUsage: true)
    }
    let temporary = target + ".partial-\(getpid())"
    unlink(temporary)
    defer { unlink(temporary) }
    try body(temporary)
    let descriptor = open(temporary, O_RDONLY)
    guard descriptor >= 0 else { throw failure(path) }
    let isKept = fsync(descriptor) == 0 || errno == EINVAL
    guard close(descriptor) == 0, isKept, rename(temporary, target) == 0 else { throw failure(path) }
  }

  /// Bytes still free where `path` would be written; nil where unknown.
  public static func freeBytes(path: String) -> Int? {
    var status = statvfs()
    guard statvfs(parent(of: resolved(path)), &status) == 0 else { return nil }
    return Int(clamping: UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize)).partialValue)
  }

  /// Writes all bytes to one file or device; a file that could not be completed is removed.
  private static func write(
    _ bytes: [UInt8], to written: String, isNew: Bool, for path: String
  ) throws(FileWriteError) {
    let descriptor = open(written, isNew ? O_WRONLY | O_CREAT | O_EXCL : O_WRONLY, 0o666)
    guard descriptor >= 0 else { throw failure(path) }
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress!, $0.count) }
      if count < 0 {
        if errno == EINTR { continue }
        let error = failure(path, temporary: isNew ? written : nil)
        close(descriptor)
        throw error
      }
      rest = rest.dropFirst(count)
    }
    guard fsync(descriptor) == 0 || errno == EINVAL, close(descriptor) == 0 else {
      throw failure(path, temporary: isNew ? written : nil)
    }
  }

  /// The file type bits of `path`, nil if nothing is there.
  private static func kind(of path: String) -> mode_t? {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & S_IFMT : nil
  }

  /// The file itself behind symbolic links.
  private static func resolved(_ path: String) -> String {
    guard let real = realpath(path, nil) else { return path }
    defer { free(real) }
    return String(cString: real)
  }

  private static func failure(_ path: String, temporary: String? = nil) -> FileWriteError {
    let reason = String(cString: strerror(errno))
    if let temporary { unlink(temporary) }
    return FileWriteError(
      description: "cannot write \(path): \(reason); free some space or choose another place", isUsage: false)
  }

  /// The directory of a path; Foundation's own function crashes on names of one letter.
  private static func parent(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}
