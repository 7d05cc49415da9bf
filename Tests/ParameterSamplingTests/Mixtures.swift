// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import LatticeFields

@testable import ParameterSampling

/// The likelihood of data, `Σ_a (φ(x_a) − y_a)²/2T` at the nodes of a region: a quadratic and a linear term and a constant, never negative.
struct DataInsertion: Insertion {
  let kind = "data"
  let region: any InsertionRegion
  let values: [Double]
  let temperature: Double

  var potential: LocalPotential {
    let squares = values.reduce(0) { $0 + $1 * $1 } / Double(values.count)
    return LocalPotential(constant: squares / (2 * temperature), even: [1 / (2 * temperature)])
  }
  var sources: [Double] { values.map { $0 / temperature } }
  var description: [String] { ["data"] }
}

/// Actions of several terms: of one net, in regions of different kinds.
enum Mixtures {
  private static func points(_ coordinates: [[Double]], _ values: [Double], temperature: Double = 0.5) -> DataInsertion {
    DataInsertion(region: .points(coordinates.map(Point.init(coordinates:))), values: values, temperature: temperature)
  }

  /// φ⁴ on sites and under an envelope, data at points.
  static func envelope(
    _ width: Int, _ weights: OutputWeightLaw.Kind = .gaussian, momenta: AlphaNet.Regulator = .gaussian
  ) throws -> InteractingTheory {
    try InteractingTheory(
      architecture: AlphaNet(dimension: 2, width: width, mass: 1, alpha: 0, regulator: momenta, cutoff: 4, weights: weights),
      insertions: InsertionSum([
        QuarticInsertion(coupling: 3, region: .envelope(length: 1)), QuarticInsertion(coupling: 2),
        points([[0.2, -0.1], [1.3, 0.4]], [0.8, -0.5]),
      ]), lattice: Lattice(sites: [3, 3], spacing: 0.5, boundary: .open))
  }

  /// φ⁴ and a source that differs from site to site, data at two points, of a net with Gaussian momenta.
  static func sites(_ width: Int, _ weights: OutputWeightLaw.Kind = .gaussian) throws -> InteractingTheory {
    let lattice = Lattice(sites: [5], spacing: 0.7, boundary: .open)
    return try InteractingTheory(
      architecture: CosNet(dimension: 1, width: width, sigmaW0: 1.5, sigmaW1: 1, weights: weights),
      insertions: InsertionSum([
        QuarticInsertion(coupling: 3), DataInsertion(region: .lattice, values: [0.3, -0.4, 0.1, 0.9, 0], temperature: 2),
        points([[0.35], [-1.1]], [0.6, 0.2]),
      ]), lattice: lattice)
  }

  /// The same on lattice modes, points being sites.
  static func modes(_ width: Int, _ weights: OutputWeightLaw.Kind = .gaussian) throws -> InteractingTheory {
    let lattice = Lattice(sites: [6], spacing: 1, boundary: .periodic)
    return try InteractingTheory(
      architecture: LatticeAlphaNet(kind: "alpha-net", width: width, mass: 0.8, alpha: 0, weights: weights, lattice: lattice),
      insertions: InsertionSum([
        points([[0], [2]], [0.7, -0.6]), QuarticInsertion(coupling: 3),
        DataInsertion(region: .lattice, values: [0, 0.2, 0, -0.3, 0.4, 0], temperature: 2),
      ]), lattice: lattice)
  }

  /// The field of infinite width on `extent` sites, with data on the first, twice: once under the name of its periodic image.
  static func field(_ extent: Int) throws -> InteractingTheory {
    let lattice = Lattice(sites: [extent], spacing: 0.8, boundary: .periodic)
    return try InteractingTheory(
      architecture: FreeLatticeField(lattice: lattice, mass: 1),
      insertions: InsertionSum([
        QuarticInsertion(coupling: 6), points([[0], [0.8 * Double(extent)]], [0.9, 0.3]),
        DataInsertion(region: .lattice, values: (0..<extent).map { 0.1 * Double($0 % 3) }, temperature: 3),
      ]), lattice: lattice)
  }

  /// Two hidden layers, whose neurons cannot be redrawn one by one.
  static func deep(_ width: Int) throws -> InteractingTheory {
    try InteractingTheory(
      architecture: DeepNet(dimension: 1, widths: [3, width], activation: .erf, sigmaW: 1.5, sigmaB: 0.5, sigmaV: 2),
      insertions: InsertionSum([points([[0.4], [-0.9]], [0.5, 1]), QuarticInsertion(coupling: 3)]),
      lattice: Lattice(sites: [4], spacing: 0.7, boundary: .open))
  }

  /// A net without plane waves.
  static func general(_ width: Int) throws -> InteractingTheory {
    try InteractingTheory(
      architecture: DenseNet(dimension: 1, width: width, activation: .tanh, sigmaW: 1, sigmaB: 0.5, sigmaV: 2),
      insertions: InsertionSum([points([[0.4], [-0.9]], [0.5, 1]), QuarticInsertion(coupling: 3)]),
      lattice: Lattice(sites: [4], spacing: 0.7, boundary: .open))
  }

  /// A periodic box and points in it, with few modes (a grid) or many (pair sums).
  static func box(_ width: Int, cutoff: Double) throws -> InteractingTheory {
    try InteractingTheory(
      architecture: BoxAlphaNet(
        dimension: 2, width: width, mass: 1, alpha: 0, regulator: .hard, cutoff: cutoff, side: 5, weights: .gaussian,
        isPeriodic: false)!,
      insertions: InsertionSum([
        QuarticInsertion(coupling: 3, region: .box(side: 5)), points([[0.1, 0.7], [1, 1]], [0.5, -1]),
      ]), lattice: Lattice(sites: [3, 3], spacing: 0.5, boundary: .open))
  }

  /// One of each kind.
  static func all(_ width: Int) -> [@Sendable () throws -> InteractingTheory] {
    [
      { try envelope(width) }, { try envelope(width, .rayleigh) }, { try sites(width) }, { try sites(width, .laplace) },
      { try modes(width) }, { try field(width) }, { try general(width) }, { try box(width, cutoff: 2) },
      { try box(width, cutoff: 20) },
    ]
  }
}
