// SPDX-License-Identifier: GPL-3.0-or-later

import ArgumentParser
import Correlators
import EnsembleRuns
import FieldTheories
import Foundation
import TheoryLibrary
import Validation

/// `nnft list`: the registries, read out.
struct ListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract:
      "List architectures, estimators, insertions, samplers, validation suites, output-weight laws, library theories, or claims.",
    discussion:
      "`nnft list claims` says for every registered thing which suites of `nnft validate` hold it, and by how many claims.")

  enum Topic: String, ExpressibleByArgument, CaseIterable {
    case architectures, estimators, insertions, samplers, suites, weights, theories, claims
  }

  @Argument(
    help: "architectures, estimators, insertions, samplers, suites, weights, theories or claims; all but the claims if left out.")
  var topic: Topic?

  func run() throws {
    if topic == .claims {
      return try StandardOutput.write(Self.matrix(try ClaimMatrix(ValidationRun(suites: ValidationSuites.all))))
    }
    var sections: [String] = []
    for topic in topic.map({ [$0] }) ?? Topic.allCases where topic != .claims {
      let entries = Self.entries(topic)
      let width = entries.map(\.name.count).max() ?? 0
      let heading = self.topic == nil ? ["\(topic.rawValue):"] : []
      let indent = self.topic == nil ? "  " : ""
      sections.append(
        (heading
          + entries.map { entry in
            indent + entry.name + String(repeating: " ", count: width - entry.name.count + 2)
              + entry.summary
          }).joined(separator: "\n"))
    }
    try StandardOutput.write(sections.joined(separator: "\n\n") + "\n")
  }

  /// Registered things with their number of claims, a line each, and the suites they are made in.
  private static func matrix(_ matrix: ClaimMatrix) -> String {
    Registered.Registry.allCases.map { registry in
      let rows = matrix.rows.filter { $0.thing.registry == registry }
      let width = rows.map(\.thing.name.count).max() ?? 0
      return
        (["\(registry.rawValue):"]
        + rows.map { row in
          let name = row.thing.name.padding(toLength: width, withPad: " ", startingAt: 0)
          // Lines of at most 100 columns; what does not fit goes below.
          let head = "  \(name) \(String(format: "%4d", row.claims))  "
          var lines = [row.claims == 0 ? head + "NO CLAIM" : head]
          for (index, suite) in row.suites.enumerated() {
            let word = "\(suite.name) \(suite.claims)" + (index < row.suites.count - 1 ? ", " : "")
            if lines[lines.count - 1].count + word.count > 100 { lines.append(String(repeating: " ", count: head.count)) }
            lines[lines.count - 1] += word
          }
          return lines.joined(separator: "\n")
        }).joined(separator: "\n")
    }.joined(separator: "\n\n") + "\n"
  }

  private static func entries(_ topic: Topic) -> [(name: String, summary: String)] {
    switch topic {
    case .architectures: ArchitectureRegistry.entries.map { ($0.kind, $0.summary) }
    case .estimators:
      EstimatorRegistry.entries.map { entry in
        let needs = entry.assumptions.words.joined(separator: ", ")
        return (
          entry.name, entry.quantity + (needs.isEmpty ? "" : "; needs \(needs)") + (entry.isDefault ? "" : "; on request")
        )
      } + [(PointFunctions.tableName, "\(PointFunctions.quantity); by --points FILE")]
        + zip(DataTables.names, DataTables.quantities).map { ($0, $1 + "; of theories with data") }
        + zip(ModeTables.names, ModeTables.quantities).map { ($0, $1 + "; of modes under their length") }
        + NeuronSpaceOptions.tables.map { ($0.name, $0.summary + "; by --neuron-space") }
    case .insertions: InsertionRegistry.entries.map { ($0.kind, $0.summary) }
    case .samplers: SamplerSettings.Kind.allCases.map { ($0.rawValue, $0.summary) }
    case .claims: []
    case .suites: ValidationSuites.all.map { ($0.name, $0.summary) }
    case .weights: OutputWeightLaw.Kind.allCases.map { ($0.rawValue, $0.summary) }
    case .theories:
      TheoryLibrary.files.map { name, text in
        let theory = try? TheoryDefinition.load(text: text, fileName: name, interactions: true)
        return (name, theory.map { "\($0.title); \($0.source)" } ?? "")
      }
    }
  }
}
