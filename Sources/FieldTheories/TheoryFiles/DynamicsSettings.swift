// SPDX-License-Identifier: GPL-3.0-or-later

import LatticeFields

/// The `[dynamics]` table: the data on which drawn networks are trained by gradient descent, and how. `nnft study` reads it; other commands pass over it.
public struct DynamicsSettings: Sendable {
  /// How weights and rates scale with the width.
  public enum Scaling: String, Sendable, Hashable, CaseIterable {
    /// The tangent-kernel parametrisation.
    case tangent = "ntk"
    /// Mean field.
    case meanField = "mean-field"
    /// muP.
    case maximalUpdate = "mup"
  }

  /// The inputs x_μ.
  public let points: [Point]
  /// The labels y_μ.
  public let labels: [Double]
  /// Where the trained networks are asked.
  public let testPoints: [Point]
  /// Euler steps.
  public let steps: Int
  /// The size ηh of a step.
  public let step: Double
  /// How weights and rates scale with the width.
  public let scaling: Scaling

  /// Names of the keys, for the wording of faults.
  static let keys = ["points", "labels", "test_points", "steps", "step", "parametrisation"]

  /// Reads the table.
  init(reading block: TheoryBlock, dimension: Int) throws {
    points = try block.points("points", dimension: dimension)
    guard (1...1000).contains(points.count) else {
      throw block.fault("points", "there are \(points.count) data", cure: "give 1 to 1000 points with their labels")
    }
    labels = try block.numbers("labels", count: points.count...points.count)
    testPoints = block.has("test_points") ? try block.points("test_points", dimension: dimension) : points
    steps = try block.integer("steps", in: 1...10_000_000)
    step = try block.number("step", in: 1e-12...1e12)
    scaling = try block.choice("parametrisation", default: .tangent)
    guard labels.allSatisfy({ abs($0) < 1e100 }), !testPoints.isEmpty else {
      throw block.fault("labels", "labels are beyond 1e100, or no point is asked for", cure: "use other units")
    }
    try block.rejectLeftovers()
  }
}
