// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import FieldTheories
import LatticeFields
import NumericalKernels

/// An architecture that holds what the file said and nothing more.
struct TestNet: Architecture {
  let kind: String
  let dimension: Int
  let width: Int
  let sigma: Double
  let weights: OutputWeightLaw.Kind
  let symmetries: FieldSymmetries
  var layout: ParameterLayout { ParameterLayout(width: width, blocks: []) }
  var description: [String] { [kind] }
  var streamName: String { "\(kind) d=\(dimension) N=\(width) sigma=\(sigma) v=\(weights.rawValue)" }

  func drawParameters(_ stream: RandomStream, draw: UInt64, into parameters: NetworkParameters) {}
  func exact(_ function: CorrelationFunction, lattice: Lattice?) -> ExactValue? { nil }

  static func entry(_ kind: String, isPeriodic: Bool) -> ArchitectureEntry {
    ArchitectureEntry(
      kind: kind, summary: "for tests",
      template: """
        dimension = 1
        [architecture]
        kind = "\(kind)"
        width = 10
        sigma = 1.0
        weights = "gaussian"
        [lattice]
        sites = [8]
        spacing = 1.0
        boundary = "\(isPeriodic ? "periodic" : "open")"
        """
    ) { block, dimension, _ in
      TestNet(
        kind: kind, dimension: dimension,
        width: try block.integer("width", in: 1...100_000_000),
        sigma: try block.number("sigma", default: 1, above: 0),
        weights: try block.choice("weights", default: .gaussian),
        symmetries: FieldSymmetries(
          translationInvariantOrder: .max, rotations: .euclidean, isPeriodic: isPeriodic))
    }
  }

  static let registry = [entry("test-net", isPeriodic: false), entry("test-lattice", isPeriodic: true)]
}

/// A complete file, line by line, for the tests to spoil.
let goodFile = """
  title = "A test"
  source = "eq. 1"
  dimension = 2
  [architecture]
  kind = "test-net"
  width = 100
  sigma = 0.5
  weights = "laplace"
  [lattice]
  sites = [64, 32]
  spacing = 0.25
  boundary = "open"
  [correlators]
  estimators = ["two-point"]
  first_separation = [1, 2]
  second_separation = [0, -3]
  [run]
  draws = 5000
  seed = 7
  bins = 100
  [fields]
  method = "direct"
  tolerance = 1e-06
  precision = "single"

  """

func loadTheory(_ text: String, _ overrides: [(key: String, value: String)] = []) throws -> TheoryDefinition {
  try TheoryDefinition.load(
    text: text, fileName: "a.toml", overrides: overrides, registry: TestNet.registry)
}

/// The file with one of its lines (from 1) replaced.
func goodFile(line: Int, _ replacement: String) -> String {
  var lines = goodFile.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  lines[line - 1] = replacement
  return lines.joined(separator: "\n")
}
