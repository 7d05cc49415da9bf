// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import Testing

@testable import ResultTables

/// Files are written whole, in the place that was meant, with the permissions of what they replace.
@Suite struct AtomicFileTests {
  private func inDirectory(_ body: (String) throws -> Void) throws {
    let directory = try temporaryDirectory()
    defer { try? FileManager.default.removeItem(at: directory) }
    try body(directory.path)
  }

  private func names(_ directory: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
  }

  private func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

  private func permissions(_ path: String) -> mode_t {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & 0o7777 : 0
  }

  @Test func writesReplacesAndKeeps() throws {
    try inDirectory { directory in
      let path = directory + "/table.tsv"
      try AtomicFile.write("one", path: path, force: false)
      #expect(throws: FileWriteError.self) { try AtomicFile.write("two", path: path, force: false) }
      #expect(try text(path) == "one")
      try AtomicFile.write("two", path: path, force: true)
      #expect(try text(path) == "two")
      #expect(try names(directory) == ["table.tsv"])
    }
  }

  @Test func followsLinksAndNeverReplacesPipes() throws {
    try inDirectory { directory in
      let (file, link, pipe) = (directory + "/file", directory + "/link", directory + "/pipe")
      try AtomicFile.write("one", path: file, force: false)
      try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: file)
      #expect(throws: FileWriteError.self) { try AtomicFile.write("two", path: link, force: false) }
      try AtomicFile.write("two", path: link, force: true)
      #expect(try text(file) == "two")
      #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == file)

      #expect(mkfifo(pipe, 0o600) == 0)
      let reader = open(pipe, O_RDONLY | O_NONBLOCK)
      defer { close(reader) }
      try AtomicFile.write("three", path: pipe, force: false)
      var bytes = [UInt8](repeating: 0, count: 16)
      let count = read(reader, &bytes, bytes.count)
      #expect(String(decoding: bytes[..<max(0, count)], as: UTF8.self) == "three")
      var status = stat()
      #expect(stat(pipe, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO)
    }
  }

  /// A link to nothing, a loop of links, a missing directory, an empty name, one that is too long: mistakes of usage, each in one line,
  /// with and without force, and nothing is touched.
  @Test func namesThatNoFileCanHaveAreRefused() throws {
    try inDirectory { directory in
      try FileManager.default.createSymbolicLink(atPath: directory + "/dangling", withDestinationPath: directory + "/nothing")
      try FileManager.default.createSymbolicLink(atPath: directory + "/loop", withDestinationPath: directory + "/loop")
      try AtomicFile.write("", path: directory + "/file", force: false)
      let before = try names(directory)
      for (name, words) in [
        ("dangling", "symbolic link to nothing"), ("loop", "symbolic links"), ("no/file", "No such file"),
        ("file/x", "Not a directory"),
        (String(repeating: "x", count: 300), "too long"), (".", "is a directory"),
      ] {
        for force in [false, true] {
          let error = try #require(throws: FileWriteError.self) {
            try AtomicFile.write("new", path: directory + "/" + name, force: force)
          }
          #expect(error.isUsage && error.description.contains(words) && !error.description.contains("\n"), "\(error)")
        }
      }
      #expect(try #require(throws: FileWriteError.self) { try AtomicFile.checkWritable(path: "", force: true) }.isUsage)
      #expect(try names(directory) == before)
      // The control: as long a name as there may be.
      let long = directory + "/" + String(repeating: "é", count: 127)
      try AtomicFile.write("new", path: long, force: false)
      #expect(try text(long) == "new")
    }
  }

  @Test func aReplacedFileKeepsItsPermissions() throws {
    try inDirectory { directory in
      let path = directory + "/file"
      try AtomicFile.write("one", path: path, force: false)
      let usual = permissions(path)
      for mode: mode_t in [0o600, 0o640, 0o444, 0o755] {
        #expect(chmod(path, mode) == 0)
        try AtomicFile.write("two", path: path, force: true)
        #expect(permissions(path) == mode)
        var staged: mode_t = 0
        try AtomicFile.stage(path: path, force: true) { temporary in
          staged = permissions(temporary)
          Data("three".utf8).withUnsafeBytes { bytes in
            let descriptor = open(temporary, O_WRONLY)
            #expect(descriptor >= 0 && Foundation.write(descriptor, bytes.baseAddress!, bytes.count) == 5)
            close(descriptor)
          }
        }
        #expect(permissions(path) == mode && staged == mode | 0o200)
        #expect(try text(path) == "three")
      }
      // The control: a new file has what the system gives.
      try AtomicFile.write("new", path: directory + "/new", force: false)
      #expect(permissions(directory + "/new") == usual && usual != 0o600)
    }
  }

  /// The name under which this process would write `path`.
  private func unfinishedName(_ path: String) throws -> String {
    var name = ""
    try AtomicFile.stage(path: path, force: true) { name = $0 }
    unlink(path)
    return name
  }

  /// An unfinished file of our own name, of another thread say, is passed over, not taken.
  @Test func unfinishedFilesHaveNamesOfTheirOwn() throws {
    try inDirectory { directory in
      let path = directory + "/file"
      let foreign = try unfinishedName(path)
      #expect(foreign.hasPrefix(path + ".partial-\(getpid())-"))
      try Data("theirs".utf8).write(to: URL(fileURLWithPath: foreign))
      try AtomicFile.write("ours", path: path, force: false)
      #expect(try text(path) == "ours")
      #expect(try text(foreign) == "theirs")
      struct Failure: Error {}
      #expect(throws: Failure.self) {
        try AtomicFile.stage(path: path, force: true) { temporary in
          #expect(temporary != foreign && AtomicFile.exists(temporary))
          throw Failure()
        }
      }
      #expect(try Set(names(directory).map { directory + "/" + $0 }) == [path, foreign])
    }
  }

  /// What a killed process had begun goes with the next writing of the same name. The controls stay: files of a living process, of another machine, of
  /// another target, and names that only look like it.
  @Test func filesOfDeadProcessesGo() throws {
    try inDirectory { directory in
      let dead = Process()
      dead.executableURL = URL(fileURLWithPath: "/bin/true")
      try dead.run()
      dead.waitUntilExit()
      let (path, living, gone) = (directory + "/file", getppid(), dead.processIdentifier)
      let table = try String(#require(unfinishedName(path).split(separator: "-").last))
      let abandoned = ["file.partial-\(gone)-\(table)", "file.partial-\(gone)-\(table)-1"]
      let kept = [
        "file.partial-\(living)-\(table)", "file.partial-\(gone)-00000000", "file.partial-\(gone)",
        "other.partial-\(gone)-\(table)",
        "file.partial--\(gone)-\(table)", "file.partial-x-\(table)",
      ]
      for name in abandoned + kept { try Data(name.utf8).write(to: URL(fileURLWithPath: directory + "/" + name)) }
      try AtomicFile.write("whole", path: path, force: false)
      #expect(try names(directory) == (kept + ["file"]).sorted())
    }
  }
}
