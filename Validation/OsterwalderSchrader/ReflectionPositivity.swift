// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import EnsembleRuns
import ErrorAnalysis
import FieldTheories
import LatticeFields
import NumericalKernels

/// Reflection positivity: for functions F_i of the field at times τ > 0 the matrix `M_ij = <F_i θF_j>` is positive semidefinite, θ the reflection of
/// the first axis. On a lattice about a site plane (τ ≥ 0) and about a link plane.
///
/// The smallest eigenvalue of a noisy matrix is biased downwards, so the vector v is fixed beforehand and `vᵀMv ≥ 0` is tested (one-sided Student t):
/// where the exact values are violated, on their lowest eigenvector; else on that of a first half of the networks, with the other half.
enum ReflectionPositivity {
  /// Which functions of the field.
  enum Functions: Sendable {
    /// The field φ(τ) at one time.
    case twoPoint
    /// φ(τ)² and φ(τ)φ(τ + one step).
    case fourPoint

    var order: Int { self == .twoPoint ? 2 : 4 }
  }

  static func experiment(
    _ theory: TheoryDefinition, length: Double, _ functions: Functions, _ command: String
  ) -> Experiment? {
    let isPeriodic = theory.architecture.symmetries.isPeriodic
    // Times must stay on one half of the ring, which ends at its other plane.
    guard !isPeriodic || theory.lattice.sites[0] >= 2 * greatestTime else { return nil }
    let lattice = isPeriodic ? theory.lattice : nil
    let planes = isPeriodic ? ["site", "link"] : ["plane"]
    let moments = planes.map { Moments(theory, functions, plane: $0, length: length) }
    var expectations: [Claim.Expectation] = []
    var lowest: [[Double]] = []
    for moment in moments {
      guard let exact = moment.exact(theory, lattice) else { return nil }
      let eigen = SymmetricEigenproblem(exact, size: moment.count)
      let last = eigen.values.indices.min { eigen.values[$0] < eigen.values[$1] }!
      expectations.append(eigen.values[last] < -1e-9 * eigen.values[0] ? .fails : .holds)
      lowest.append(eigen.vectors[last])
    }
    let claims = zip(planes, expectations).map { plane, expectation in
      Claim(
        "\(plane) reflection, n = \(functions.order)",
        statement: "<F_i theta F_j> is positive semidefinite for F = "
          + (functions == .twoPoint ? "phi(tau)" : "1, phi(tau)^2, phi(tau)phi(tau')")
          + (isPeriodic ? " about a \(plane) plane" : ", tau > 0"),
        source: "arXiv:2408.00082 eq. (133), as a matrix", expectation: expectation,
        control: expectation == .holds
          ? "a twentieth of the trace taken from the tested direction" : "the direction of the largest eigenvalue")
    }
    return Experiment(theory: theory.title, claims: claims, command: nil) {
      [lowest] budget in
      let draws = budget.draws(max(theory.run.draws, SamplingAdequacy.minimumDraws(order: functions.order)))
      func measure(_ index: Int, isFirstHalf: Bool = false) throws -> [JackknifeSamples] {
        try moments[index].measure(theory, budget, draws: draws, seed: budget.seed &+ (isFirstHalf ? 0x9E37_79B9 : 0))
      }
      // Everything is asked for before anything is waited for: planes share their networks.
      for index in moments.indices {
        _ = try? measure(index)
        if claims[index].expectation == .holds { _ = try? measure(index, isFirstHalf: true) }
      }
      return try moments.indices.map { index in
        let (moment, claim) = (moments[index], claims[index])
        let measured = try measure(index)
        let first = claim.expectation == .fails ? measured : try measure(index, isFirstHalf: true)
        let fixed = SymmetricEigenproblem(first.map(\.value), size: moment.count)
        let last = fixed.values.indices.min { fixed.values[$0] < fixed.values[$1] }!
        func form(_ vector: [Double]) -> JackknifeSamples {
          let terms = (0..<moment.count).flatMap { i in
            (0..<moment.count).map { (vector[i] * vector[$0], measured[i * moment.count + $0]) }
          }
          return terms.dropFirst().reduce(terms[0].0 * terms[0].1) { $0 + $1.0 * $1.1 }
        }
        let tested = form(claim.expectation == .fails ? lowest[index] : fixed.vectors[last])
        let trace = (0..<moment.count).reduce(0.0) { $0 + fixed.values[$1] }
        let control =
          claim.expectation == .holds ? tested.map { $0 - 0.05 * trace } : form(fixed.vectors[0])
        return Evidence(
          claim: Finding(nonNegative: tested, order: functions.order, draws: draws),
          control: Finding(nonNegative: control, order: functions.order, draws: draws), draws: draws)
      }
    }
  }

  /// Steps of the furthest field from the plane.
  private static let greatestTime = 5

  /// The matrix of moments about one plane, as full n-point functions.
  private struct Moments: Sendable {
    /// The points of each F.
    let functions: [[Point]]
    private let reflect: @Sendable (Point) -> Point

    init(_ theory: TheoryDefinition, _ kind: Functions, plane: String, length: Double) {
      let isPeriodic = theory.architecture.symmetries.isPeriodic
      let step = isPeriodic ? theory.lattice.spacing : 0.5 * length
      let first = plane == "site" ? 0.0 : 1.0
      func at(_ time: Double) -> Point { Point(step * time, 0, 0, 0) }
      let offset = plane == "link" ? step : 0
      reflect = { point in
        var point = point
        point[0] = offset - point[0]
        return point
      }
      switch kind {
      case .twoPoint: functions = (0..<4).map { [at(first + Double($0))] }
      case .fourPoint:
        functions =
          (0..<3).map { [at(first + Double($0)), at(first + Double($0))] }
          + (0..<3).map { [at(first + Double($0)), at(first + Double($0) + 1)] }
      }
    }

    /// The constant function joins even products.
    private var hasConstant: Bool { functions[0].count == 2 }
    var count: Int { functions.count + (hasConstant ? 1 : 0) }

    /// The points of entry (i, j); none for <1>.
    private func points(_ i: Int, _ j: Int) -> [Point] {
      let left = i < functions.count ? functions[i] : []
      let right = j < functions.count ? functions[j].map(reflect) : []
      return left + right
    }

    func exact(_ theory: TheoryDefinition, _ lattice: Lattice?) -> [Double]? {
      var matrix: [Double] = []
      for i in 0..<count {
        for j in 0..<count {
          let points = points(i, j)
          guard !points.isEmpty else {
            matrix.append(1)
            continue
          }
          guard let value = theory.architecture.exactValue(.moment(points), lattice: lattice) else { return nil }
          matrix.append(value)
        }
      }
      return (0..<count * count).map { 0.5 * (matrix[$0] + matrix[$0 % count * count + $0 / count]) }
    }

    func measure(_ theory: TheoryDefinition, _ budget: Budget, draws: Int, seed: UInt64) throws -> [JackknifeSamples] {
      var sets: [PointSet] = []
      var rows: [Int?] = []
      var next = 0
      for i in 0..<count {
        for j in 0..<count {
          let points = points(i, j)
          rows.append(points.isEmpty ? nil : next)
          guard !points.isEmpty else { continue }
          sets.append(PointSet(name: "\(i),\(j)", points: points))
          next += points.count == 2 ? 1 : 2
        }
      }
      let estimator = PointFunctions(sets: sets)
      let plan = try RunPlan(
        theory: theory.varied([("run.seed", "\(seed)")]), sites: .points(estimator.points, dimension: theory.dimension),
        estimators: [estimator], draws: draws)
      let bins = try budget.bins(plan)[0]
      let samples = estimator.derive(bins)
      let entries = rows.map { $0.map { samples[$0] } ?? samples[0].map { _ in 1 } }
      return (0..<count * count).map { 0.5 * (entries[$0] + entries[$0 % count * count + $0 / count]) }
    }
  }
}
