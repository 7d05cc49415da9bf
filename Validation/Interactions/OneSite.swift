// SPDX-License-Identifier: GPL-3.0-or-later

import EnsembleRuns
import ErrorAnalysis
import FieldTheories
import Glibc

/// Insertions on one site of infinite width, where `exp(−½ a^d m² φ² − ∫ V(φ))` is the whole theory: its moments by quadrature of V as the literature
/// writes it, apart from the potentials of the program. The wrong answer: V a fifth larger.
struct OneSite {
  private let theory: TheoryDefinition
  private let mass: Double
  /// ∫ V at a field φ.
  private let action: @Sendable (Double) -> Double

  /// Nil for other theories.
  init?(_ theory: TheoryDefinition) {
    guard let field = theory.architecture.freeField, field.lattice.siteCount == 1 else { return nil }
    var terms: [@Sendable (Double) -> Double] = []
    for (index, insertion) in theory.insertions.insertions.enumerated() {
      guard let term = Self.term(insertion.kind, theory, table: index + 1, mass: field.mass) else { return nil }
      // On one site all listed points are the same.
      let weight: Double
      switch insertion.region {
      case is LatticeRegion: weight = field.lattice.cellVolume
      case let points as PointsRegion: weight = points.weights.reduce(0, +)
      default: return nil
      }
      terms.append { weight * term($0) }
    }
    self.theory = theory
    mass = field.mass
    action = { [terms] phi in terms.reduce(0) { $0 + $1(phi) } }
  }

  /// V of one insertion.
  private static func term(_ kind: String, _ theory: TheoryDefinition, table: Int, mass: Double) -> (
    @Sendable (Double) -> Double
  )? {
    func text(_ key: String) -> String { theory.resolved.first { $0.key == "insertion[\(table)].\(key)" }!.value }
    func number(_ key: String) -> Double { Double(text(key))! }
    switch kind {
    case "phi4":
      let lambda = number("lambda")
      return { lambda / 24 * $0 * $0 * $0 * $0 }
    case "mass":
      let delta = number("delta")
      return { delta / 2 * $0 * $0 }
    case "phi6":
      let eta = number("eta")
      return { eta / 720 * $0 * $0 * $0 * $0 * $0 * $0 }
    case "polynomial":
      let c = text("coefficients").split { "[], ".contains($0) }.map { Double($0)! }
      return { phi in c.indices.reduce(0.0) { $0 + c[$1] * pow(phi, Double(2 * $1 + 2)) } }
    case "normal-ordered-phi4":
      // G0 = 1/(m² a^d).
      let (lambda, g) = (number("lambda"), 1 / (mass * mass * theory.lattice.cellVolume))
      return { lambda / 24 * ($0 * $0 * $0 * $0 - 6 * g * $0 * $0 + 3 * g * g) }
    case "source":
      guard let strength = Double(text("J")) else { return nil }
      return { -strength * $0 }
    default: return nil
    }
  }

  /// <φ²>, <φ⁴> and ln Z/Z(0) under `factor` V, by the trapezoidal rule.
  private func exact(_ factor: Double) -> (square: Double, quartic: Double, logZ: Double) {
    let cell = theory.lattice.cellVolume
    let width = 1 / (mass * cell.squareRoot())
    var (free, sum, square, quartic) = (0.0, 0.0, 0.0, 0.0)
    for k in -2000...2000 {
      let phi = width * Double(k) / 100
      let gaussian = exp(-0.5 * cell * mass * mass * phi * phi)
      let weight = exp(-0.5 * cell * mass * mass * phi * phi - factor * action(phi))
      free += gaussian
      sum += weight
      square += weight * phi * phi
      quartic += weight * phi * phi * phi * phi
    }
    return (square / sum, quartic / sum, log(sum / free))
  }

  func experiment(_ command: String) throws -> Experiment {
    let request = try theory.request(nil, estimators: nil)
    let names = ["sampling", "partition-function"].filter(request.tableNames.contains)
    let v = theory.insertions.insertions.map(\.kind).joined(separator: ", ")
    let claims = names.map { name in
      Claim(
        "one site, \(name)",
        statement: "\(name == "sampling" ? "<phi^2> and <phi^4>" : "ln Z/Z(0)") of one site under \(v): quadrature over phi",
        source: "docs/physics/interactions.md", control: "V x 1.2", holds: theory.ensemble + [.sampler(theory.sampler.kind)])
    }
    return Experiment(theory: theory.title, claims: claims, command: "nnft correlate \(command)") { [self] budget in
      let request = try theory.request(budget, estimators: nil)
      let tables = try request.measure(threads: budget.threads, monitor: budget.monitor)
      return names.map { name in
        func finding(_ factor: Double) -> Finding {
          let exact = exact(factor)
          return Finding(
            tables.named(name)!,
            rows: name == "sampling" ? ["phi^2": exact.square, "phi^4": exact.quartic] : ["ln Z/Z(0)": exact.logZ])
        }
        return Evidence(claim: finding(1), control: finding(1.2), draws: request.draws)
      }
    }
  }

  /// Theories of one insertion each, and one of several.
  static let standardTheories: [StandardTheory] = [
    ("phi4", "lambda = 6.0"), ("mass", "delta = 1.5"), ("phi6", "eta = 60.0"), ("polynomial", "coefficients = [-0.5, 0.25]"),
    ("normal-ordered-phi4", "lambda = 6.0"), ("source", "J = 0.8"),
    ("phi4", "lambda = 6.0\nregion = \"points\"\npoints = [[0.0]]\nweights = [0.7]"),
  ].map { kind, key in
    let place = key.contains("points") ? " at listed points" : ""
    return StandardTheory(
      "one-site-\(kind)\(place.isEmpty ? "" : "-points")",
      text: """
        title = "One site under \(kind)\(place)"
        source = "docs/physics/interactions.md"
        dimension = 1
        [architecture]
        kind = "infinite-width"
        mass = 1.0
        [[insertion]]
        kind = "\(kind)"
        \(key)
        [lattice]
        sites = [1]
        spacing = 0.8
        boundary = "periodic"
        [sampler]
        kind = "reweighting"
        control_variates = false
        [run]
        draws = 100000
        """)
  }
}

extension Finding {
  /// Rows of a table, by the text of their first column, against known numbers.
  init(_ table: MeasuredTable, rows expected: [String: Double]) {
    let tested = table.rows.indices.compactMap { index -> (samples: JackknifeSamples, value: Double, reliability: Reliability)? in
      guard case .text(let name)? = table.rows[index].coordinates.first, let value = expected[name] else { return nil }
      return (table.samples[index], value, table.rows[index].estimate.reliability)
    }
    for row in tested {
      if case .underSampled(let reason) = row.reliability {
        self.init(pValue: nil, text: reason, growth: 4)
        return
      }
    }
    self.init(
      HotellingTest(
        samples: tested.map(\.samples), expected: tested.map(\.value), independentSamples: table.independentSamples),
      missing: "nothing was measured", pulls: tested.map { ($0.samples.value - $0.value) / $0.samples.error })
  }
}
