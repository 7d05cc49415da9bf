// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import FieldTheories
import LatticeFields

/// Independent modes under the length of their discrepancies, exactly: ``ModeNet``. Means and variances of modes, the length and ln Z; and of the same modes what
/// approximations say.
struct LengthSolution: SolutionMethod {
  let kind = KnownValue.Kind.exact
  let source = "the one-dimensional integral of Hubbard and Stratonovich over the length of the modes"
  private let modes: ModeExpansion
  private let net: ModeNet

  /// Nil unless the action is a length, and nothing else.
  init?(_ modes: ModeExpansion, _ terms: [LocalTerm]) {
    guard let net = Self.net(modes, terms) else { return nil }
    (self.modes, self.net) = (modes, net)
  }

  /// The modes of a theory under its length; nil of other actions.
  static func net(_ modes: ModeExpansion, _ terms: [LocalTerm]) -> ModeNet? {
    guard terms.count == 1, terms[0].potential.degree <= 2, terms[0].potential.source == 0 else { return nil }
    let ridge = 2 * terms[0].potential.coefficient(2)
    let length = terms[0].length
    // Without a quartic term the targets are the sources over the ridge.
    guard
      let targets = length?.targets
        ?? (ridge > 0 && terms[0].sources.count == modes.width ? terms[0].sources.map { $0 / ridge } : nil),
      targets.count == modes.width
    else { return nil }
    return ModeNet(stiffnesses: modes.stiffnesses, targets: targets, ridge: ridge, coupling: length?.coupling ?? 0)
  }

  func answer(_ function: CorrelationFunction) -> (value: ExactValue, lastTerm: Double)? {
    guard let k = modes.modes(function.points) else { return places(function) }
    guard let first = k.first else { return nil }
    let mean = net.targets[first] - net.means[first]
    switch function {
    case .moment where k.count == 1, .cumulant where k.count == 1: return (ExactValue(mean), 0)
    case .cumulant where k.count == 2 && k[0] == k[1]: return (ExactValue(net.variances[first]), 0)
    case .moment where k.count == 2 && k[0] == k[1]: return (ExactValue(net.variances[first] + mean * mean), 0)
    default: return nil
    }
  }

  /// Where some points are places of the learner's inputs: one and two of them.
  private func places(_ function: CorrelationFunction) -> (value: ExactValue, lastTerm: Double)? {
    guard let places = modes.places(function.points), (1...2).contains(places.count) else { return nil }
    let rows = places.map(modes.coefficients)
    func sum(_ row: [Double], _ values: [Double]) -> Double { zip(row, values).reduce(0.0) { $0 + $1.0 * $1.1 } }
    let (targets, means) = (rows.map { sum($0, net.targets) }, rows.map { sum($0, net.means) })
    let averages = zip(targets, means).map { $0 - $1 }
    switch function {
    case .moment where places.count == 1, .cumulant where places.count == 1: return (ExactValue(averages[0]), 0)
    case .moment, .cumulant:
      let covariance = net.secondMoment(rows[0], rows[1]) - means[0] * means[1]
      guard case .moment = function else { return (ExactValue(covariance), 0) }
      return (ExactValue(covariance + averages[0] * averages[1]), 0)
    default: return nil
    }
  }

  /// `ln Z/Z_0`, Z_0 of the modes without insertion; the constant of the targets, `(r/2) Σ y²`, taken out like that of every potential. Known for r ≥ 0.
  var logPartitionRatio: Double? {
    net.logPartitionRatio.map { ratio in
      net.stiffnesses.indices.reduce(ratio) { sum, k in
        let (a, y) = (net.stiffnesses[k], net.targets[k])
        let d = a + net.ridge
        return sum + 0.5 * (log(a / d) + net.ridge * y * y * net.ridge / d)
      }
    }
  }
}

/// What is known of the length of modes, and what approximations say of their means and variances: further columns of their tables.
public struct ModePredictions: Sendable {
  /// One way of prediction.
  public struct Column: Sendable {
    /// The name of its column.
    public let name: String
    /// `<Δ_k>`.
    public let means: [Double]
    /// The variances.
    public let variances: [Double]
  }

  /// The exact numbers.
  public let exact: ModeNet
  /// The approximations: the Gaussian process (U = 0), first order in U, the running ridge r(k) at every mode's own scale, the ridge of the infrared for all.
  public let columns: [Column]
  /// What they are, a line each.
  public static let notes = [
    "gp: the Gaussian process, U = 0; first_order: to first order in U",
    "rg_k: the Gaussian process with the ridge r(k) that removing the modes above k leaves; rg_ir: with the ridge r(0) of the infrared (re-derived flow)",
  ]

  /// Of the modes of a theory; nil unless the action is the length of modes.
  public init?(_ prior: any Architecture, terms: [LocalTerm]) {
    guard let modes = prior.modes, let net = LengthSolution.net(modes, terms) else { return nil }
    exact = net
    let running = net.runningCouplings
    func gaussian(_ ridge: (Int) -> Double) -> (means: [Double], variances: [Double]) {
      let inverse = net.stiffnesses.indices.map { 1 / (net.stiffnesses[$0] + ridge($0 + 1)) }
      return (net.stiffnesses.indices.map { net.stiffnesses[$0] * net.targets[$0] * inverse[$0] }, inverse)
    }
    var made: [Column] = []
    if net.stiffnesses.min()! + net.ridge > 0 {
      let process = gaussian { _ in net.ridge }
      made.append(Column(name: "gp", means: process.means, variances: process.variances))
      let series = net.firstOrder
      made.append(Column(name: "first_order", means: series.means, variances: series.variances))
    }
    if running.indices.dropFirst().allSatisfy({
      net.stiffnesses[$0 - 1] + running[$0].ridge > 0 && running[$0].coupling > 0 || net.coupling == 0
    }) {
      let own = gaussian { running[$0].ridge }
      made.append(Column(name: "rg_k", means: own.means, variances: own.variances))
      let infrared = gaussian { _ in running[0].ridge }
      made.append(Column(name: "rg_ir", means: infrared.means, variances: infrared.variances))
    }
    columns = made
  }
}
