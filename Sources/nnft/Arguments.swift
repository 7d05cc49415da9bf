// SPDX-License-Identifier: GPL-3.0-or-later

import ArgumentParser
import EnsembleRuns
import FieldTheories
import Foundation
import TheoryLibrary

/// A whole number that may be written `20000`, `2e4` or `20_000`.
struct Count: ExpressibleByArgument {
  let value: Int

  init?(argument: String) {
    let text = argument.replacingOccurrences(of: "_", with: "").replacingOccurrences(of: "^", with: "**")
    if let integer = Int(text) {
      value = integer
    } else if text.hasPrefix("10**"), let power = Int(text.dropFirst(4)), (0...18).contains(power) {
      value = (0..<power).reduce(1) { product, _ in product * 10 }
    } else if let number = Double(text), let integer = Int(exactly: number) {
      value = integer
    } else {
      return nil
    }
  }
}

/// How many threads work, shared by the commands that draw networks.
struct WorkerArguments: ParsableArguments {
  @Option(help: "Worker threads; numbers and bytes do not depend on it. Default: the processors this process may use.")
  var threads: Count?

  /// The number asked for, or what the machine grants.
  var count: Int { threads?.value ?? Processors.available }

  func validate() throws {
    if let threads, !(1...1024).contains(threads.value) {
      throw ValidationError("--threads \(threads.value): give a number from 1 to 1024")
    }
  }
}

/// One width or several, `100` or `10,30,100`.
struct WidthList: ExpressibleByArgument {
  let values: [Int]

  init?(argument: String) {
    var values: [Int] = []
    for part in argument.split(separator: ",", omittingEmptySubsequences: false) {
      guard let count = Count(argument: String(part)), !values.contains(count.value) else { return nil }
      values.append(count.value)
    }
    self.values = values
  }
}

/// The theory and its overrides, shared by the commands that read one.
struct TheoryArguments: ParsableArguments {
  @Argument(
    help: "A theory file, - for standard input, or the bare name of a library theory (see nnft list theories).",
    completion: .theories)
  var theory: String

  @Option(
    name: .customLong("set"), parsing: .singleValue,
    help: ArgumentHelp(
      "Override any key of the theory file, e.g. --set lattice.sites=32x32; may be repeated.",
      valueName: "key=value"), completion: .keys)
  var overrides: [String] = []

  @Option(help: "Number of networks drawn, or of samples measured in all (run.draws); 1e6 is welcome.")
  var draws: Count?

  @Option(
    name: [.long, .customLong("widths")],
    help:
      "Number of neurons N (architecture.width); for study and with --neuron-space a list of different widths, e.g. 10,30,100.")
  var width: WidthList?

  @Option(help: "Seed of the random numbers (run.seed): a whole number or a word.")
  var seed: String?

  /// Reads the theory with all overrides; commands that cannot sample interacting ensembles refuse them.
  func load(interactions: Bool = false) throws -> TheoryDefinition {
    if let width, width.values.count > 1 {
      throw UsageError("--width: one run on fields has one width; give one number, or add --neuron-space to correlate")
    }
    return try load(width: width?.values.first, interactions: interactions)
  }

  /// Reads the theory once at each width of the list, or at its own.
  func loadAtEachWidth() throws -> [TheoryDefinition] {
    guard let width else { return [try load(width: nil, interactions: true)] }
    return try width.values.map { try load(width: $0, interactions: true) }
  }

  /// `key=value` taken apart.
  static func pairs(_ overrides: [String]) throws -> [(key: String, value: String)] {
    try overrides.map { text in
      guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
        throw UsageError("--set \(text): expected key=value, for example --set architecture.width=10")
      }
      return (String(text[..<equals]), String(text[text.index(after: equals)...]))
    }
  }

  /// Reads the theory with further overrides in place of ``width``.
  func load(with further: [(key: String, value: String)]) throws -> TheoryDefinition {
    try load(width: nil, interactions: true, further)
  }

  private func load(
    width: Int?, interactions: Bool, _ further: [(key: String, value: String)] = []
  ) throws -> TheoryDefinition {
    var pairs = try Self.pairs(overrides) + further
    if let width { pairs.append(("architecture.width", "\(width)")) }
    if let draws { pairs.append(("run.draws", "\(draws.value)")) }
    if let seed { pairs.append(("run.seed", seed)) }
    let found = try TheoryLocator.find(theory, library: TheoryLibrary.files)
    return try TheoryDefinition.load(
      text: found.text, fileName: found.fileName, overrides: pairs, interactions: interactions,
      sources: .standard)
  }
}
