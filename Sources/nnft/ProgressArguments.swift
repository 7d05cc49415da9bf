// SPDX-License-Identifier: GPL-3.0-or-later

import ArgumentParser
import Foundation
import ResultTables

/// Who reads the progress of a run.
enum ProgressStyle: String, ExpressibleByArgument, CaseIterable {
  /// A person: a bar on a terminal, sparse lines elsewhere.
  case auto
  /// A program: one JSON object a line.
  case json
}

/// How progress is told, shared by the commands that take their time.
struct ProgressArguments: ParsableArguments {
  @Option(
    name: .customLong("progress"),
    help: ArgumentHelp(
      "auto: a bar on a terminal, sparse lines elsewhere; json: one JSON object a line on standard error, for programs (also with --quiet).",
      valueName: "style"))
  var style = ProgressStyle.auto
}

/// One line of the progress stream, layout in `docs/formats.md`. Such lines begin with `{`; notes and faults on standard error never do.
struct ProgressRecord {
  /// How many units are done.
  var done: Int
  /// How many there are in all.
  var of: Int
  /// What is counted: networks, samples, experiments.
  var unit: String
  /// The run among several.
  var label: String?
  /// Seconds since the run began.
  var seconds: Double
  /// Relative error of the first number of the first table so far.
  var relativeError: Double?

  /// The line, without its break. Missing or infinite numbers are left out, since JSON has none.
  var text: String {
    var fields = [
      "\"event\": \"progress\"", "\"done\": \(done)", "\"of\": \(of)", "\"unit\": \((try? JSONRenderer.string(unit)) ?? "null")",
    ]
    if let label { fields.append("\"label\": \((try? JSONRenderer.string(label)) ?? "null")") }
    fields.append("\"seconds\": \(String(format: "%.3f", seconds))")
    if let relativeError, relativeError.isFinite {
      fields.append("\"relative_error\": \(String(format: "%.3e", relativeError))")
    }
    return "{" + fields.joined(separator: ", ") + "}"
  }

  /// Writes the line to standard error.
  func write() { Notice.write(text + "\n") }
}
