// SPDX-License-Identifier: GPL-3.0-or-later

import Glibc

/// Small text files from disk, with a fault in words for everything that can go wrong.
enum TextFile {
  /// The largest file read, in bytes: theory and point files are written by hand.
  static let greatestSize = 1 << 20

  /// The text of a file; `cure` tells what to do where there is no such file.
  static func read(_ path: String, cure: String) throws -> String {
    func fault(_ problem: String, _ remedy: String, line: Int? = nil) -> TheoryFileError {
      TheoryFileError(file: path.isEmpty ? "\"\"" : path, line: line, problem: problem, cure: remedy)
    }
    guard !path.isEmpty, !path.utf8.contains(0) else {
      throw fault("this is not a file name", cure)
    }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      switch errno {
      case ENOENT, ENOTDIR: throw fault("no such file", cure)
      case EACCES, EPERM: throw fault("the file may not be read", "give yourself read permission: chmod u+r")
      default: throw fault("the file cannot be opened: \(String(cString: strerror(errno)))", "check the path")
      }
    }
    defer { close(descriptor) }
    return try read(descriptor, fault)
  }

  /// The text of standard input.
  static func standardInput() throws -> String {
    try read(STDIN_FILENO) { TheoryFileError(file: "standard input", line: $2, problem: $0, cure: $1) }
  }

  private static func read(
    _ descriptor: Int32, _ fault: (_ problem: String, _ remedy: String, _ line: Int?) -> TheoryFileError
  ) throws -> String {
    var bytes = [UInt8](repeating: 0, count: greatestSize + 1)
    var count = 0
    while count < bytes.count {
      let got = bytes.withUnsafeMutableBytes { buffer in
        Glibc.read(descriptor, buffer.baseAddress! + count, buffer.count - count)
      }
      if got == 0 { break }
      if got < 0 {
        if errno == EINTR { continue }
        if errno == EISDIR { throw fault("this is a directory", "name a file in it", nil) }
        throw fault("the file cannot be read: \(String(cString: strerror(errno)))", "check file and disk", nil)
      }
      count += got
    }
    guard count <= greatestSize else {
      throw fault("the file is larger than 1 MiB", "name a text file; this one is not a theory or point file", nil)
    }
    return try decoded(bytes[..<count]) { line in
      fault("the file is not UTF-8 text", "save it as UTF-8, or name a text file", line)
    }
  }

  /// Whether a path leads to something that is not a directory.
  static func exists(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFDIR
  }

  /// The line of the first null character, written out or as an escape.
  static func lineOfNull(_ text: String) -> Int? {
    guard text.utf8.contains(0) || text.contains("\\u0000") || text.contains("\\U00000000") else { return nil }
    for (number, line) in text.utf8.split(separator: 10, omittingEmptySubsequences: false).enumerated() {
      let line = String(line) ?? ""
      if line.utf8.contains(0) || line.contains("\\u0000") || line.contains("\\U00000000") { return number + 1 }
    }
    return nil
  }

  private static func decoded(
    _ bytes: ArraySlice<UInt8>, fault: (Int?) -> TheoryFileError
  ) throws -> String {
    if let text = String(validating: bytes, as: UTF8.self) { return text }
    let lines = bytes.split(separator: 10, omittingEmptySubsequences: false)
    throw fault(lines.firstIndex { String(validating: $0, as: UTF8.self) == nil }.map { $0 + 1 })
  }
}
