// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis
import Foundation
import NumericalKernels

/// A file that should hold results does not: what, where, how to mend it.
public struct ResultFileError: Fault {
  /// What the run fails of.
  public var kind: FaultKind { .badFile }
  /// What is wrong with the file and how to mend it, in one line.
  public let description: String

  /// A fault in one line: which file, what, and how to mend it.
  public init(description: String) { self.description = description }
}

/// A file is damaged or not laid out as expected: what, in a few words.
struct FileFailure: Error {
  let problem: String
}

/// Reads back what the output formats wrote.
public enum ResultFile {
  /// The document of a file in any format that can be read; its content says which. Every fault of the file is a ``ResultFileError``.
  ///
  /// Files that could break the library that reads them are left to `isolated`, where one is given, and read in this process otherwise.
  public static func load(path: String, isolated: IsolatedReader? = nil) throws(ResultFileError) -> ResultDocument {
    func fault(_ problem: String) -> ResultFileError {
      ResultFileError(
        description: "\(path): \(problem); give a file that nnft correlate has written (\(readable)), or write it again")
    }
    func unreadable() -> ResultFileError {
      ResultFileError(description: "cannot read \(path): \(String(cString: strerror(errno))); check the path")
    }
    var status = stat()
    guard stat(path, &status) == 0, access(path, R_OK) == 0 else { throw unreadable() }
    guard status.st_mode & S_IFMT == S_IFREG else { throw fault("this is no regular file") }
    guard status.st_size > 0 else { throw fault("the file is empty") }
    guard let file = fopen(path, "rb") else { throw unreadable() }
    var start = [UInt8](repeating: 0, count: 1024)
    start.removeLast(start.count - fread(&start, 1, start.count, file))
    fclose(file)
    guard let reader = OutputFormats.entries.lazy.compactMap(\.reader).first(where: { $0.recognises(start) }) else {
      throw fault(stranger(start))
    }
    do {
      let size = Int(status.st_size)
      if let isolated, try reader.isFragile(path, size) { return try isolated.read(path) }
      return try reader.read(path, size).withUsableNames()
    } catch let failure as FileFailure {
      throw fault(failure.problem)
    } catch let error as ResultFileError {
      throw error
    } catch let cell as NonFiniteCell {
      throw fault(cell.description)
    } catch {
      throw fault("\(error)")
    }
  }

  private static var readable: String {
    let names = OutputFormats.entries.filter { $0.reader != nil }.map(\.name)
    return names.dropLast().joined(separator: ", ") + " or " + names.last!
  }

  /// What a file looks like that no format recognises.
  private static func stranger(_ start: [UInt8]) -> String {
    if start.starts(with: [0x1F, 0x8B]) { return "this is a gzip file, as pyerrors has it; it does not keep the tables" }
    return "this is no file of results"
  }

  /// All bytes of a file.
  static func bytes(_ path: String) throws -> [UInt8] {
    do {
      return [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    } catch {
      throw FileFailure(problem: "it cannot be read")
    }
  }
}

/// How a format is read back.
public struct ResultReader: Sendable {
  /// Whether a file that begins with these bytes may be of the format.
  let recognises: @Sendable (_ start: [UInt8]) -> Bool
  /// The document of the file of so many bytes.
  let read: @Sendable (_ path: String, _ size: Int) throws -> ResultDocument
  /// Whether the library that reads the format could break on this file.
  var isFragile: @Sendable (_ path: String, _ size: Int) throws -> Bool = { _, _ in false }
}

extension ResultDocument {
  /// Names in a file become parts of paths, headings and keys; throws where one is not fit for that.
  fileprivate func withUsableNames() throws -> ResultDocument {
    func check(_ name: String, _ what: String, among others: [String]) throws {
      let shown = PlainText.line(name, limit: 80)
      let problem: String? =
        if name.isEmpty { "is empty" } else if name.utf8.count > 200 {
          "\"\(shown)\" is longer than 200 bytes"
        } else if name.utf8.contains(UInt8(ascii: "/")) {
          "\"\(shown)\" holds a slash"
        } else if name.unicodeScalars.contains(where: PlainText.isControl) {
          "\"\(shown)\" holds a control character"
        } else if others.count(where: { $0 == name }) > 1 { "\"\(shown)\" stands twice" } else { nil }
      if let problem { throw FileFailure(problem: "the name of a \(what) \(problem)") }
    }
    // The npz format keeps the origin under this name.
    let names = tables.map(\.table.name) + ["meta"]
    for table in tables.map(\.table) {
      try check(table.name, "table", among: names)
      let columns = table.columns.map(\.name)
      for column in columns { try check(column, "column of table \(table.name)", among: columns) }
    }
    return self
  }
}
