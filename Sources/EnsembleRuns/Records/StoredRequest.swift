// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import LatticeFields

/// What was asked of `nnft correlate`, in a form that can be kept beside the records: enough to make the tables from a ``RecordFile`` alone.
public struct StoredRequest: Codable, Sendable {
  private struct Points: Codable {
    let name: String
    let points: [[Double]]
  }

  /// Canonical theory files: one, or one at each width of estimates from single neurons.
  private let theories: [String]
  private let fileName: String
  private let estimators: [String]?
  private let points: [Points]?
  private let allDisplacements: Bool
  private let commonRandomNumbers: Bool
  private let isNeuronSpace: Bool
  private let neuronAverages: String?

  /// Keeps the arguments of a ``CorrelatorRequest`` on fields.
  public init(
    theory: TheoryDefinition, estimatorNames: [String]?, pointSets: [PointSet]?, allDisplacements: Bool,
    commonRandomNumbers: Bool
  ) {
    self.init([theory], estimatorNames, pointSets, allDisplacements, commonRandomNumbers, isNeuronSpace: false, averages: nil)
  }

  /// Keeps those of a request in neuron space.
  public init(
    neuronSpace options: NeuronSpaceOptions, tableNames: [String]?, pointSets: [PointSet]?, allDisplacements: Bool,
    commonRandomNumbers: Bool
  ) {
    self.init(
      options.theories, tableNames, pointSets, allDisplacements, commonRandomNumbers, isNeuronSpace: true,
      averages: options.averages)
  }

  private init(
    _ theories: [TheoryDefinition], _ names: [String]?, _ sets: [PointSet]?, _ allDisplacements: Bool,
    _ commonRandomNumbers: Bool, isNeuronSpace: Bool, averages: String?
  ) {
    self.theories = theories.map(\.resolvedText)
    fileName = theories[0].fileName
    estimators = names
    points = sets?.map { set in
      Points(name: set.name, points: set.points.map { point in (0..<theories[0].dimension).map { point[$0] } })
    }
    self.allDisplacements = allDisplacements
    self.commonRandomNumbers = commonRandomNumbers
    self.isNeuronSpace = isNeuronSpace
    neuronAverages = averages
  }

  /// The request. Throws `TheoryFileError` where this version does not read the theory, and what ``CorrelatorRequest`` throws.
  public func request() throws -> CorrelatorRequest {
    let definitions = try theories.map { try TheoryDefinition.load(text: $0, fileName: fileName, interactions: true) }
    let sets = points?.map { PointSet(name: $0.name, points: $0.points.map { Point(coordinates: $0) }) }
    guard isNeuronSpace else {
      return try CorrelatorRequest(
        theory: definitions[0], estimatorNames: estimators, pointSets: sets, allDisplacements: allDisplacements,
        commonRandomNumbers: commonRandomNumbers)
    }
    return try CorrelatorRequest(
      neuronSpace: NeuronSpaceOptions(theories: definitions, averages: neuronAverages), tableNames: estimators, pointSets: sets,
      allDisplacements: allDisplacements, commonRandomNumbers: commonRandomNumbers)
  }
}
