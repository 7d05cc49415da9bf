// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation

/// gnuplot is missing or failed: what, and what to do.
public struct GnuplotError: Error, Sendable, CustomStringConvertible {
  /// One line.
  public let description: String
}

/// The program that draws.
public struct Gnuplot: Sendable {
  private let executable: URL

  /// Finds gnuplot on the PATH.
  public init() throws(GnuplotError) {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    let found = path.split(separator: ":").map { "\($0)/gnuplot" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
    guard let found else {
      throw GnuplotError(
        description: "figures are drawn by gnuplot, which is not installed; run: sudo apt-get install gnuplot-nox")
    }
    executable = URL(fileURLWithPath: found)
  }

  /// The picture that `script` makes, drawn in a directory of its own. Equal scripts give equal bytes.
  public func draw(_ script: GnuplotScript, name: String, format: PictureFormat) throws -> [UInt8] {
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent("nnft-plot-\(UUID().uuidString)")
    do {
      try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
      try Data(script.script.utf8).write(to: directory.appendingPathComponent(name + ".gp"))
      try Data(script.data.utf8).write(to: directory.appendingPathComponent(name + ".dat"))
    } catch {
      try? FileManager.default.removeItem(at: directory)
      throw GnuplotError(description: "no room for the script of a figure in \(directory.path); set TMPDIR to another place")
    }
    defer { try? FileManager.default.removeItem(at: directory) }
    let process = Process()
    process.executableURL = executable
    // Settings of the user's own must not change the figure.
    process.arguments = ["-d", name + ".gp"]
    process.currentDirectoryURL = directory
    let errors = Pipe()
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = errors
    do { try process.run() } catch { throw GnuplotError(description: "gnuplot does not start: \(error)") }
    let said = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    let picture = directory.appendingPathComponent("\(name).\(format.rawValue)")
    guard process.terminationStatus == 0, let data = try? Data(contentsOf: picture), !data.isEmpty else {
      let reason = said.split(separator: "\n").last { !$0.allSatisfy { " ^".contains($0) } } ?? "it wrote no picture"
      throw GnuplotError(description: "gnuplot failed: \(reason.trimmingCharacters(in: .whitespaces))")
    }
    let bytes = [UInt8](data)
    // gnuplot does not notice a full disk.
    guard Self.isWhole(bytes, format) else {
      throw GnuplotError(description: "the disk cut a figure off in \(directory.path); set TMPDIR to another place")
    }
    return Self.undated(bytes)
  }

  /// Whether the picture has the end that its format asks for.
  static func isWhole(_ bytes: [UInt8], _ format: PictureFormat) -> Bool {
    let mark =
      switch format {
      case .svg: "</svg>"
      case .pdf: "%%EOF"
      case .png: "IEND"
      }
    return bytes.suffix(16).firstRange(of: Array(mark.utf8)) != nil
  }

  /// A PDF file without the time at which it was made.
  private static func undated(_ bytes: [UInt8]) -> [UInt8] {
    guard bytes.starts(with: "%PDF".utf8), let mark = bytes.firstRange(of: Array("/CreationDate (D:".utf8)) else {
      return bytes
    }
    var bytes = bytes
    for (index, digit) in "19700101000000".utf8.enumerated() where bytes.indices.contains(mark.upperBound + index) {
      bytes[mark.upperBound + index] = digit
    }
    return bytes
  }
}
