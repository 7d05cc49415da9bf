// SPDX-License-Identifier: GPL-3.0-or-later

import ArgumentParser
import ResultTables

/// Reads a file in a process of its own and hands its tables on. `nnft` starts it itself, for files on which a library could break.
struct IsolatedReading: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "read-isolated", shouldDisplay: false)

  @Argument var file: String

  func run() throws {
    let code = try IsolatedReader.answer(path: file) { try StandardOutput.write($0) }
    // An exit code of its own, success too, would be followed by an empty line.
    if code != 0 { throw ExitCode(code) }
  }

  /// This command as the reader of others.
  static let reader = IsolatedReader(executable: "/proc/self/exe", arguments: [configuration.commandName!, "--"])
}
