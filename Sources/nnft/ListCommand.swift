// SPDX-License-Identifier: GPL-3.0-or-later

import ArgumentParser
import Correlators
import EnsembleRuns
import FieldTheories
import TheoryLibrary
import Validation

/// `nnft list`: the registries, read out.
struct ListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List architectures, estimators, insertions, samplers, validation suites, output-weight laws or library theories.")

  enum Topic: String, ExpressibleByArgument, CaseIterable {
    case architectures, estimators, insertions, samplers, suites, weights, theories
  }

  @Argument(help: "architectures, estimators, insertions, samplers, suites, weights or theories; all of them if left out.")
  var topic: Topic?

  func run() throws {
    var sections: [String] = []
    for topic in topic.map({ [$0] }) ?? Topic.allCases {
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
        + NeuronSpaceOptions.tables.map { ($0.name, $0.summary + "; by --neuron-space") }
    case .insertions: InsertionRegistry.entries.map { ($0.kind, $0.summary) }
    case .samplers: SamplerSettings.Kind.allCases.map { ($0.rawValue, $0.summary) }
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
