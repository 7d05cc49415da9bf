// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import NumericalKernels

/// A file could not be written; the previous one, if any, is untouched.
public struct FileWriteError: Fault {
  /// What the run fails of.
  public var kind: FaultKind { isUsage ? .usage : .outOfResources }
  /// What, where, how to mend it.
  public let description: String
  /// The user forgot `--force`, rather than the machine running out of something.
  public let isUsage: Bool

  /// A fault in one line.
  public init(description: String, isUsage: Bool) {
    self.description = description
    self.isUsage = isUsage
  }
}

/// Whole files, or nothing: written beside the target and renamed over it. Until then they are among the ``Unfinished``.
///
/// A symbolic link is followed, so its target is replaced and not the link. A file that is replaced keeps its permissions. What is no regular
/// file (a device, a pipe) is never replaced: bytes go into it.
public enum AtomicFile {
  /// Where bytes go: a path without symbolic links.
  private struct Target: Sendable {
    let path: String
    /// Permissions of the regular file that is there; nil where nothing is.
    var permissions: mode_t?
    /// Neither a regular file nor a free name.
    var isDevice = false
  }

  /// A file that waits beside its target.
  private struct Staged: Sendable {
    let temporary: String
    let target: Target
    /// The path as the user named it.
    let path: String
  }

  /// Throws early if `write` would be refused: an existing file without `force`, a name that no file can have, a directory that is missing or
  /// not writable.
  public static func checkWritable(path: String, force: Bool) throws(FileWriteError) { _ = try target(path, force: force) }

  /// Whether anything of that name is there.
  public static func exists(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0
  }

  /// Writes `text` to `path` in one step.
  public static func write(_ text: String, path: String, force: Bool) throws(FileWriteError) {
    try write([(path, Array(text.utf8))], force: force)
  }

  /// Writes every file whole: all are staged beside their targets before the first is renamed, so a full disk leaves no new file at all.
  public static func write(_ files: [(path: String, bytes: [UInt8])], force: Bool) throws(FileWriteError) {
    var targets: [Target] = []
    for file in files { targets.append(try target(file.path, force: force)) }
    var staged: [Staged] = []
    defer { discard(staged) }
    for (target, (path, bytes)) in zip(targets, files) {
      if target.isDevice {
        let descriptor = open(target.path, O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(path) }
        try write(bytes, descriptor, for: path)
      } else {
        let (temporary, descriptor) = try makeFile(beside: target, for: path)
        staged.append(Staged(temporary: temporary, target: target, path: path))
        try write(bytes, descriptor, for: path)
      }
    }
    try commit(staged)
  }

  /// Lets `body` fill an empty file beside the target and renames it over the target if `body` returns.
  public static func stage(path: String, force: Bool, _ body: (_ temporary: String) throws -> Void) throws {
    let target = try target(path, force: force)
    guard !target.isDevice else { throw FileWriteError(description: "\(path) is no regular file; name one", isUsage: true) }
    let (temporary, made) = try makeFile(beside: target, for: path)
    close(made)
    let staged = Staged(temporary: temporary, target: target, path: path)
    defer { discard([staged]) }
    try body(temporary)
    let descriptor = open(temporary, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure(path) }
    let isKept = fsync(descriptor) == 0 || errno == EINVAL
    guard close(descriptor) == 0, isKept else { throw failure(path) }
    try commit([staged])
  }

  /// Bytes still free where `path` would be written; nil where unknown.
  public static func freeBytes(path: String) -> Int? {
    guard let target = try? target(path, force: true) else { return nil }
    var status = statvfs()
    guard statvfs(parent(of: target.path), &status) == 0 else { return nil }
    return Int(clamping: UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize)).partialValue)
  }

  /// The file behind a path; refuses what cannot or must not be written.
  private static func target(_ path: String, force: Bool) throws(FileWriteError) -> Target {
    func refusal(_ text: String) -> FileWriteError { FileWriteError(description: text, isUsage: true) }
    guard !path.isEmpty else { throw refusal("a file to write needs a name; give one after -o") }
    func denied(_ number: Int32, _ place: String = "") -> FileWriteError {
      refusal("cannot write \(path): \(String(cString: strerror(number)))\(place); choose another name or directory")
    }
    var status = stat()
    guard let real = realpath(path, nil) else {
      let reason = errno
      guard reason == ENOENT else { throw denied(reason) }
      guard lstat(path, &status) != 0 else {
        throw refusal("\(path) is a symbolic link to nothing; remove it or name the file that is meant")
      }
      let directory = parent(of: path)
      guard access(directory, W_OK | X_OK) == 0 else { throw denied(errno, " (\(directory))") }
      return Target(path: path)
    }
    defer { free(real) }
    let file = String(cString: real)
    guard stat(file, &status) == 0 else { throw denied(errno) }
    switch status.st_mode & S_IFMT {
    case S_IFDIR: throw refusal("\(path) is a directory; name a file in it")
    case S_IFREG:
      guard force else { throw refusal("\(path) exists and is kept; add --force to replace it or choose another name") }
      let directory = parent(of: file)
      guard access(directory, W_OK | X_OK) == 0 else { throw denied(errno, " (\(directory))") }
      return Target(path: file, permissions: status.st_mode & 0o777)
    default:
      guard access(file, W_OK) == 0 else { throw denied(errno) }
      return Target(path: file, isDevice: true)
    }
  }

  /// A new file of its own beside the target, open for writing.
  private static func makeFile(
    beside target: Target, for path: String
  ) throws(FileWriteError) -> (name: String, descriptor: Int32) {
    let start = target.path.lastIndex(of: "/").map { target.path.index(after: $0) } ?? target.path.startIndex
    // Names end at 255 bytes, letters take up to four.
    let stem = String(target.path[..<start]) + String(String.UnicodeScalarView(target.path[start...].unicodeScalars.prefix(50)))
    return try Unfinished.change { items throws(FileWriteError) -> (String, Int32) in
      removeAbandoned(stem)
      for attempt in 0..<1000 {
        let name = "\(stem).partial-\(getpid())-\(processTable)" + (attempt == 0 ? "" : "-\(attempt)")
        let descriptor = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        if descriptor < 0 && errno == EEXIST { continue }
        guard descriptor >= 0 else { throw failure(path) }
        items.files.insert(name)
        // Nobody may read the new content who could not read the old.
        if let permissions = target.permissions { fchmod(descriptor, permissions | S_IWUSR) }
        return (name, descriptor)
      }
      throw failure(path)
    }
  }

  /// Where process numbers mean what they mean here, in eight hexadecimal digits (FNV-1a): host and table of processes. Machines and containers that
  /// share a directory may use one number twice.
  private static let processTable: String = {
    let table = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/pid")) ?? ""
    var host = [CChar](repeating: 0, count: 256)
    gethostname(&host, host.count - 1)
    let hash = (host.map(UInt8.init(bitPattern:)) + Array(table.utf8))
      .reduce(UInt32(0x811C_9DC5)) { ($0 ^ UInt32($1)) &* 0x0100_0193 }
    return String(format: "%08x", hash)
  }()

  /// Removes what processes of this machine that no longer live had begun to write for the same target: SIGKILL and crashes leave no time for it.
  /// Files of living processes, and of other machines, stay.
  private static func removeAbandoned(_ stem: String) {
    let directory = parent(of: stem)
    let prefix = stem[(stem.lastIndex(of: "/").map { stem.index(after: $0) } ?? stem.startIndex)...] + ".partial-"
    for name in (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? [] where name.hasPrefix(prefix) {
      let parts = name.dropFirst(prefix.count).split(separator: "-", omittingEmptySubsequences: false)
      guard parts.count >= 2, parts[1] == processTable, let process = pid_t(parts[0]), process > 0 else { continue }
      var status = stat()
      let path = directory + "/" + name
      guard kill(process, 0) != 0, errno == ESRCH, lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { continue }
      unlink(path)
    }
  }

  /// Writes all bytes and closes the file.
  private static func write(_ bytes: [UInt8], _ descriptor: Int32, for path: String) throws(FileWriteError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress!, $0.count) }
      if count < 0 {
        if errno == EINTR { continue }
        let error = failure(path)
        close(descriptor)
        throw error
      }
      rest = rest.dropFirst(count)
    }
    let isKept = fsync(descriptor) == 0 || errno == EINVAL
    guard close(descriptor) == 0, isKept else { throw failure(path) }
  }

  /// Gives the files their names, all of them before a signal is answered.
  private static func commit(_ staged: [Staged]) throws(FileWriteError) {
    try Unfinished.change { items throws(FileWriteError) in
      for file in staged {
        if let permissions = file.target.permissions { chmod(file.temporary, permissions) }
        guard rename(file.temporary, file.target.path) == 0 else { throw failure(file.path) }
        items.files.remove(file.temporary)
        items.hasCommitted = true
      }
    }
  }

  /// Removes what has not got its name.
  private static func discard(_ staged: [Staged]) {
    Unfinished.change { items in
      for file in staged where items.files.remove(file.temporary) != nil { unlink(file.temporary) }
    }
  }

  private static func failure(_ path: String) -> FileWriteError {
    let reason = String(cString: strerror(errno))
    return FileWriteError(
      description: "cannot write \(path): \(reason); free some space or choose another place", isUsage: false)
  }

  /// The directory of a path; Foundation's own function crashes on names of one letter.
  private static func parent(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}
