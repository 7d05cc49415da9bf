// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import ErrorAnalysis
import FieldTheories
import LatticeFields
import ResultTables

/// What becomes of trained networks: averages over them with errors, powers of N, and their tables.
extension TrainingStudy {
  /// Trains all networks and tabulates. Throws where a network leaves the numbers, which too long a step does.
  public func tables(threads: Int) throws -> [ResultTable] {
    let outcomes = try outcomes(threads: threads)
    return [try training(outcomes), try exponents(outcomes)].compactMap { $0 } + [try means(outcomes), try variances(outcomes)]
  }

  /// A quantity of trained networks and the power of N by which it falls.
  public struct Power: Sendable {
    /// What it is.
    public let quantity: String
    /// The fitted power.
    public let exponent: Estimate
    /// The leading power of theory; nil where there is none.
    public let theory: Double?
  }

  /// Trains all networks and fits powers of N; empty for one width.
  public func powers(threads: Int) throws -> [Power] { powers(try outcomes(threads: threads)) }

  /// Of each network from its own flow at infinite width, by the corrected equation.
  public static let deviation = "deviation from the flow of infinite width"
  /// The same by the equation as it is printed.
  public static let printedDeviation = "deviation from the flow as printed in (96)"
  /// Of products of two trained values about the mean, from those of the flow of infinite width.
  public static let productDeviation = "deviation of products from the flow of infinite width"
  /// Of the empirical tangent kernel before training.
  public static let kernelAtStart = "tangent kernel at the start, against its limit"
  /// Of the empirical tangent kernel by training.
  public static let kernelChange = "change of the tangent kernel"
  /// Of the pre-activations of a hidden layer, counted from 0.
  public static func move(_ layer: Int) -> String { "move of hidden layer \(layer + 1)" }

  /// A mean over networks with its error.
  private static func estimate(_ values: [Double]) -> Estimate {
    let n = Double(values.count)
    let mean = values.reduce(0, +) / n
    let spread = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / max(1, n - 1)
    return Estimate(value: mean, error: (spread / n).squareRoot(), degreesOfFreedom: max(1, values.count - 1))
  }

  /// Quantities that are followed in N: name, expected power of N, values by network. Means of squares are turned into roots.
  private func quantities(_ outcomes: [Outcome]) -> [(name: String, power: Double?, estimate: Estimate)] {
    func root(_ values: [Double]) -> Estimate {
      let square = Self.estimate(values)
      let value = square.value.squareRoot()
      return Estimate(value: value, error: value > 0 ? square.error / (2 * value) : 0, degreesOfFreedom: square.degreesOfFreedom)
    }
    var result: [(String, Double?, Estimate)] = []
    if limit != nil {
      result.append((Self.deviation, -0.5, root(outcomes.map(\.deviation))))
      result.append((Self.productDeviation, -0.5, root(outcomes.map(\.product))))
      result.append((Self.printedDeviation, nil, root(outcomes.map(\.printed))))
      result.append((Self.kernelAtStart, -0.5, Self.estimate(outcomes.map(\.kernelAtStart))))
    }
    // Moves as N^(d - 1/2), in the first of several layers too.
    let isFrozen = dynamics.scaling == .tangent
    result.append((Self.kernelChange, isFrozen ? -1 : 0, Self.estimate(outcomes.map(\.kernelChange))))
    for layer in outcomes[0].moves.indices {
      result.append((Self.move(layer), isFrozen ? -0.5 : 0, Self.estimate(outcomes.map { $0.moves[layer] })))
    }
    return result
  }

  private func training(_ outcomes: [[Outcome]]) throws -> ResultTable {
    var table = ResultTable(
      name: "training",
      summary:
        "networks after training: rms deviation from their own flow at infinite width, relative changes of the tangent kernel, rms moves of hidden pre-activations",
      columns: [Column("quantity", .text), Column("width", .integer), Column("value", .number), Column("error", .number)])
    let all = outcomes.map(quantities)
    for index in all[0].indices {
      for (theory, own) in zip(theories, all) {
        try table.append([
          .text(own[index].name), .integer(theory.architecture.width), .number(own[index].estimate.value),
          .number(own[index].estimate.error),
        ])
      }
    }
    table.notes = [
      "\(networks) networks of each width, \(dynamics.steps) steps of \(dynamics.step), loss (1/2P) sum (phi - y)^2, parametrisation \(dynamics.scaling.rawValue)"
    ]
    return table
  }

  /// Weighted fits of ln value against ln N.
  private func powers(_ outcomes: [[Outcome]]) -> [Power] {
    guard theories.count > 1 else { return [] }
    let all = outcomes.map(quantities)
    return all[0].indices.compactMap { index in
      guard all.allSatisfy({ $0[index].estimate.value > 0 && $0[index].estimate.error > 0 }) else { return nil }
      var (s, sx, sy, sxx, sxy) = (0.0, 0.0, 0.0, 0.0, 0.0)
      for (theory, own) in zip(theories, all) {
        let estimate = own[index].estimate
        let weight = pow(estimate.value / estimate.error, 2)
        let (x, y) = (log(Double(theory.architecture.width)), log(estimate.value))
        s += weight
        sx += weight * x
        sy += weight * y
        sxx += weight * x * x
        sxy += weight * x * y
      }
      let determinant = s * sxx - sx * sx
      return Power(
        quantity: all[0][index].name,
        exponent: Estimate(
          value: (s * sxy - sx * sy) / determinant, error: (s / determinant).squareRoot(), degreesOfFreedom: networks - 1),
        theory: all[0][index].power)
    }
  }

  private func exponents(_ outcomes: [[Outcome]]) throws -> ResultTable? {
    let powers = powers(outcomes)
    guard !powers.isEmpty else { return nil }
    var table = ResultTable(
      name: "training-exponents", summary: "powers of N, fitted to all widths",
      columns: [Column("quantity", .text), Column("exponent", .number), Column("error", .number), Column("theory", .number)])
    for power in powers {
      try table.append([
        .text(power.quantity), .number(power.exponent.value), .number(power.exponent.error),
        power.theory.map { .number($0) } ?? .missing,
      ])
    }
    table.notes = [
      "theory: leading powers; at small N higher orders bend the fits",
      "deviations are those of single networks, rms: N^-1/2; what training does to the tangent kernel, and averages over networks, are of order 1/N",
    ]
    return table
  }

  /// The mean at each test point: where infinite width is known, its mean and the average difference of networks to their φ_lin.
  private func mean(_ outcomes: [Outcome], _ index: Int) -> Estimate {
    guard let limit else { return Self.estimate(outcomes.map { $0.values[index] }) }
    let shift = Self.estimate(outcomes.map { $0.values[index] - $0.linear[index] })
    return Estimate(
      value: limit.means[index] + shift.value, error: shift.error, degreesOfFreedom: shift.degreesOfFreedom)
  }

  /// The variance at each test point, with φ_lin as control variate where its own is known: of one hidden layer.
  private func variance(_ outcomes: [Outcome], _ index: Int) -> Estimate {
    let mean = mean(outcomes, index).value
    guard let limit, isShallow else {
      let n = Double(outcomes.count)
      return Self.estimate(
        outcomes.map { ($0.values[index] - mean) * ($0.values[index] - mean) * (limit == nil ? n / max(1, n - 1) : 1) })
    }
    let centre = limit.means[index]
    let excess = Self.estimate(
      outcomes.map { pow($0.values[index] - mean, 2) - pow($0.linear[index] - centre, 2) })
    return Estimate(
      value: limit.covariance[index][index] + excess.value, error: excess.error, degreesOfFreedom: excess.degreesOfFreedom)
  }

  private var isShallow: Bool { theories[0].architecture.layers!.hiddenLayers.count == 1 }

  private func means(_ outcomes: [[Outcome]]) throws -> ResultTable {
    let exact = limit?.means
    var table = try averages(
      "trained-means", "mean of the trained networks at the test points, and that of infinite width", outcomes, mean
    ) {
      exact?[$0]
    }
    if limit != nil {
      table.notes = [
        "of differences to each network's own flow at infinite width, whose mean is exact: what is left is of order 1/N"
      ]
    }
    return table
  }

  private func variances(_ outcomes: [[Outcome]]) throws -> ResultTable {
    let exact = limit?.covariance
    var table = try averages(
      "trained-variances", "variance of the trained networks over initialisations, and that of infinite width", outcomes, variance
    ) { exact?[$0][$0] }
    if limit != nil, isShallow {
      table.notes = ["of differences to each network's own flow at infinite width, whose variance is exact for one hidden layer"]
    }
    return table
  }

  private func averages(
    _ name: String, _ summary: String, _ outcomes: [[Outcome]], _ estimate: ([Outcome], Int) -> Estimate,
    exact: (Int) -> Double?
  ) throws -> ResultTable {
    let dimension = theories[0].dimension
    var table = ResultTable(
      name: name, summary: summary,
      columns: [Column("width", .integer)] + (1...dimension).map { Column("x\($0)", .number) }
        + [Column("value", .number), Column("error", .number), Column("infinite_width", .number)])
    for (theory, own) in zip(theories, outcomes) {
      for (index, point) in dynamics.testPoints.enumerated() {
        let estimate = estimate(own, index)
        try table.append(
          [.integer(theory.architecture.width)] + point.list(dimension).map { .number($0) }
            + [.number(estimate.value), .number(estimate.error), exact(index).map { .number($0) } ?? .missing])
      }
    }
    return table
  }
}
