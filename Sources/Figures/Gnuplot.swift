// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import NumericalKernels
import ResultTables

/// gnuplot is missing or failed: what, and what to do.
public struct GnuplotError: Fault {
  /// What the run fails of.
  public var kind: FaultKind { .outOfResources }
  /// What went wrong and how to mend it, in one line.
  public let description: String
}

/// The program that draws.
public struct Gnuplot: Sendable {
  private let executable: String

  /// Finds gnuplot on the PATH.
  public init() throws(GnuplotError) {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    let found = path.split(separator: ":").map { "\($0)/gnuplot" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
    guard let found else {
      throw GnuplotError(
        description: "figures are drawn by gnuplot, which is not installed; run: sudo apt-get install gnuplot-nox")
    }
    executable = found.hasPrefix("/") ? found : "\(FileManager.default.currentDirectoryPath)/\(found)"
  }

  /// The picture of a figure, drawn in a private directory under fixed names. Equal figures give equal bytes.
  public func draw(_ figure: Figure, format: PictureFormat, origin: Provenance) throws -> [UInt8] {
    let name = "figure"
    return try Unfinished.withPrivateDirectory { directory in
      let script = GnuplotScript(figure, name: name, directory: directory, format: format, origin: origin)
      let cure = "in \(directory); set TMPDIR to another place"
      do {
        try Data(script.script.utf8).write(to: URL(fileURLWithPath: "\(directory)/\(name).gp"))
        try Data(script.data.utf8).write(to: URL(fileURLWithPath: "\(directory)/\(name).dat"))
      } catch {
        throw GnuplotError(description: "no room for the script of a figure \(cure)")
      }
      let (end, bytes): (ChildProcess.End, [UInt8])
      do {
        // Settings of the user's own must not change the figure.
        (end, bytes) = try ChildProcess.run(executable, ["-d", "\(directory)/\(name).gp"], keeping: .errors)
      } catch {
        throw GnuplotError(description: "gnuplot does not start: \(error) (\(executable)); install gnuplot-nox")
      }
      let picture = URL(fileURLWithPath: "\(directory)/\(name).\(format.rawValue)")
      guard end == .exit(0), let data = try? Data(contentsOf: picture), !data.isEmpty else {
        let said = String(decoding: bytes, as: UTF8.self)
        let reason = said.split(separator: "\n").last { !$0.allSatisfy { " ^".contains($0) } } ?? "it wrote no picture"
        throw GnuplotError(description: "gnuplot failed: \(reason.trimmingCharacters(in: .whitespaces))")
      }
      // gnuplot does not notice a full disk.
      guard Self.isWhole([UInt8](data), format) else {
        throw GnuplotError(description: "the disk cut a figure off \(cure)")
      }
      return Self.undated([UInt8](data))
    }
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
