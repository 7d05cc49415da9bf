// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import EnsembleRuns
import FieldTheories
import KnownValues
import ResultTables

/// The renormalisation of a learner of power-law modes, from its theory file: what removing modes does to its couplings, what that says of the predictor, which smaller learner has the same predictor,
/// and how its loss falls with the number of data. Nothing is sampled. All figures are re-derived from the action; the normalisation of U is ours.
public struct RenormalisationStudy {
  /// The theory.
  public let theory: TheoryDefinition
  private let flow: ModeNetFlow
  private let count: Int
  private let ridge: Double
  private let coupling: Double
  private let net: ModeNet
  private let predictions: ModePredictions

  /// Of a theory of power-law modes under their length; nil of others.
  public init?(_ theory: TheoryDefinition) throws {
    guard let modes = theory.architecture.modes else { return nil }
    guard case .power(let alpha) = modes.spectrum, theory.insertions.insertions.count == 1,
      let length = theory.insertions.insertions[0] as? LengthInsertion, let beta = length.beta
    else {
      throw SelectionError(
        "the flow of couplings is that of one length insertion with targets by beta, and a spectrum by alpha; nnft correlate takes any"
      )
    }
    guard length.ridge > 0 else { throw SelectionError("the flow needs a ridge above 0; it is \(length.ridge)") }
    let terms = theory.insertions.terms
    self.theory = theory
    flow = ModeNetFlow(alpha: alpha, beta: beta)
    (count, ridge, coupling) = (modes.width, length.ridge, length.term.coupling)
    guard count >= 4, let predictions = ModePredictions(theory.architecture, terms: terms) else {
      throw SelectionError("the flow needs at least 4 modes; there are \(count)")
    }
    (net, self.predictions) = (predictions.exact, predictions)
  }

  /// All tables.
  public func tables() throws -> [ResultTable] {
    [try trajectory(), try flowField(), try predictor(), try transfer(), try scaling(), try langevin()]
  }

  /// Modes that are shown: 1 … 9, 10, 12, 15, … about ten a decade, and the last.
  private static func spread(_ last: Int) -> [Int] {
    var modes: Set<Int> = [1, last]
    var x = 1.0
    while x < Double(last) {
      modes.insert(Int(x.rounded()))
      x *= 1.2589254117941673
    }
    return modes.filter { $0 <= last }.sorted()
  }

  /// Fig. 2: the couplings while modes are removed from the top.
  private func trajectory() throws -> ResultTable {
    var table = ResultTable(
      name: "flow-trajectory",
      summary:
        "couplings of the modes up to k after those above are removed, and rescaled with l = P/k: r l^beta, U l^2beta, s = l^(beta-alpha-1)",
      columns: [
        Column("k", .integer), Column("l", .number), Column("s", .number), Column("ridge", .number), Column("quartic", .number),
        Column("ridge_flow", .number), Column("quartic_flow", .number), Column("ridge_rescaled", .number),
        Column("quartic_rescaled", .number),
      ])
    let running = net.runningCouplings
    for k in Self.spread(count).reversed() {
      let l = Double(count) / Double(k)
      let smooth = flow.continuous(count: count, ridge: ridge, coupling: coupling, scale: l)
      try table.append([
        .integer(k), .number(l), .number(pow(l, flow.beta - flow.alpha - 1)), .number(running[k].ridge),
        .number(running[k].coupling),
        .number(smooth.ridge), .number(smooth.coupling), .number(running[k].ridge * pow(l, flow.beta)),
        .number(running[k].coupling * pow(l, 2 * flow.beta)),
      ])
    }
    table.notes = [
      "ridge, quartic: mode by mode, r += U (v + d^2), U -= U^2 (v^2 + 2 v d^2); ridge_flow, quartic_flow: the differential equation (Runge-Kutta, 4000 steps)",
      "in the infrared, all modes removed: r = \(running[0].ridge), U = \(running[0].coupling)",
    ]
    return table
  }

  /// The flow at l = 1, its nullcline and its fixed points.
  private func flowField() throws -> ResultTable {
    var table = ResultTable(
      name: "flow-field", summary: "velocities d/d ln l of the rescaled couplings at l = 1, and U of the r-nullcline",
      columns: [
        Column("ridge", .number), Column("quartic", .number), Column("ridge_velocity", .number),
        Column("quartic_velocity", .number),
        Column("nullcline", .number),
      ])
    let cutoff = Double(count)
    let size = 2 * max(ridge, flow.stiffness(cutoff) / 4)
    for i in -4...4 {
      let r = size * Double(i) / 4
      guard flow.stiffness(cutoff) + r > 0 else { continue }
      for j in 0...4 {
        let u = 2 * max(coupling, 1) * Double(j) / 4
        let velocity = flow.velocity(cutoff: cutoff, logScale: 0, ridge: r, coupling: u)
        try table.append([
          .number(r), .number(u), .number(velocity.ridge), .number(velocity.coupling),
          .number(flow.nullcline(cutoff: cutoff, logScale: 0, ridge: r)),
        ])
      }
    }
    table.notes = ["fixed point r = U = 0 with growth beta and 2 beta: both couplings are relevant"]
    if abs(flow.beta - flow.alpha - 1) < 1e-12 {
      let point = flow.fixedPoint(cutoff: cutoff)
      table.notes.append("a second zero of the truncated flow, not to be interpreted: r = \(point.ridge), U = \(point.coupling)")
    }
    return table
  }

  /// Fig. 3: means and variances of modes, exact and by approximations.
  private func predictor() throws -> ResultTable {
    var table = ResultTable(
      name: "mode-predictions", summary: "mean discrepancy and variance of every mode, exactly and by approximations",
      columns: [Column("k", .integer), Column("mean", .number), Column("variance", .number)]
        + predictions.columns.flatMap { [Column("mean_\($0.name)", .number), Column("variance_\($0.name)", .number)] })
    for k in Self.spread(count) {
      try table.append(
        [.integer(k), .number(net.means[k - 1]), .number(net.variances[k - 1])]
          + predictions.columns.flatMap { [.number($0.means[k - 1]), .number($0.variances[k - 1])] })
    }
    func worst(_ means: [Double]) -> Double { zip(means, net.means).reduce(0) { max($0, abs($1.0 / $1.1 - 1)) } }
    table.notes =
      ModePredictions.notes
      + [
        "largest relative deviation of a mean: "
          + predictions.columns.map { "\($0.name) \(Float(worst($0.means)))" }.joined(separator: ", "),
        "mean length rho = \(net.meanLength), variance of rho \(net.lengthVariance), Hartree mass \(net.hartreeMass)",
      ]
    return table
  }

  /// Fig. 4: a learner of fewer modes with the same predictor.
  private func transfer() throws -> ResultTable {
    let half = count / 2
    let l = Double(count) / Double(half)
    let flowed = flow.continuous(count: count, ridge: ridge, coupling: coupling, scale: l)
    let discrete = net.runningCouplings[half]
    let systems = [
      ("flow", flowed.ridge, flowed.coupling), ("modes", discrete.ridge, discrete.coupling),
      ("naive", ridge / l, coupling / l), ("same", ridge, coupling),
    ]
    let means = systems.map { flow.net(count: half, ridge: $0.1, coupling: $0.2).means }
    var table = ResultTable(
      name: "transfer",
      summary:
        "means of the first P/2 = \(half) modes of all, and of learners of \(half) modes: on the trajectory of the flow, and off it",
      columns: [Column("k", .integer), Column("mean", .number)] + systems.map { Column("mean_\($0.0)", .number) })
    for k in Self.spread(half) {
      try table.append([.integer(k), .number(net.means[k - 1])] + means.map { .number($0[k - 1]) })
    }
    table.notes = zip(systems, means).map { system, own in
      let worst = zip(own, net.means).reduce(0.0) { max($0, abs($1.0 / $1.1 - 1)) }
      return "\(system.0): r = \(system.1), U = \(system.2); largest relative change of a mean \(Float(worst))"
    }
    return table
  }

  /// What the published sampler makes of every mode.
  private func langevin() throws -> ResultTable {
    let euler = EulerLangevin.published
    var table = ResultTable(
      name: "euler-langevin",
      summary:
        "what Euler steps of Langevin's equation sample in place of each mode, at the published step: known bias, no samples",
      columns: [
        Column("k", .integer), Column("stiffness", .number), Column("variance", .number), Column("variance_langevin", .number),
        Column("bias", .number), Column("steps_per_sample", .number),
      ])
    for k in Self.spread(count) {
      let stiffness = net.stiffnesses[k - 1] + ridge + net.hartreeMass
      let bias = euler.bias(stiffness: stiffness)
      try table.append([
        .integer(k), .number(stiffness), .number(net.variances[k - 1]),
        bias.map { .number(net.variances[k - 1] * $0) } ?? .missing, bias.map { .number($0) } ?? .missing,
        euler.steps(stiffness: stiffness).map { .number($0) } ?? .missing,
      ])
    }
    table.notes = [
      "step h = \(euler.step); variance too large by 1/(1 - h D/2), D = a + r + m: exact at U = 0; missing where h D >= 2, where steps run away",
      "rotations (nnft correlate) have no such bias",
    ]
    return table
  }

  /// Fig. 5: the loss against the number of data, at a fixed ridge a sample.
  private func scaling() throws -> ResultTable {
    let (kappa, quartic) = (Double(count) / ridge, coupling / Double(count))
    var table = ResultTable(
      name: "scaling-law",
      summary: "bias sum <Delta>^2 and variance sum Var Delta of learners of P modes at the same kappa and u, against P",
      columns: [
        "bias", "variance", "bias_rg_ir", "variance_rg_ir", "bias_gp", "variance_gp", "bias_integral", "variance_integral",
        "ridge_effective",
      ].reduce(into: [Column("modes", .integer)]) { $0.append(Column($1, .number)) })
    var sizes: [Int] = []
    var x = Double(count) / 16
    while x < 16.5 * Double(count), x < 2e4 {
      if x >= 8 { sizes.append(Int(x.rounded())) }
      x *= 2
    }
    var rows: [(modes: Int, loss: ModeLoss, gaussian: ModeLoss)] = []
    for modes in sizes {
      let (r, u) = (Double(modes) / kappa, quartic * Double(modes))
      let exact = ModeLoss(flow.net(count: modes, ridge: r, coupling: u))
      let infrared = flow.loss(count: modes, ridge: flow.couplings(count: modes, ridge: r, coupling: u)[0].ridge)
      let (gaussian, integral) = (flow.loss(count: modes, ridge: r), flow.continuumLoss(count: modes, ridge: r))
      rows.append((modes, exact, gaussian))
      try table.append(
        [.integer(modes)]
          + [
            exact.bias, exact.variance, infrared.bias, infrared.variance, gaussian.bias, gaussian.variance, integral.bias,
            integral.variance, flow.effectiveRidge(count: modes, ridge: r, coupling: u),
          ].map { .number($0) })
    }
    if rows.count > 1 {
      let (a, b) = (rows[rows.count - 2], rows[rows.count - 1])
      func slope(_ x: Double, _ y: Double) -> Float { Float(log(y / x) / log(Double(b.modes) / Double(a.modes))) }
      let n = 1 + flow.alpha
      table.notes = [
        "last local exponents: bias \(slope(a.loss.bias, b.loss.bias)), variance \(slope(a.loss.variance, b.loss.variance)); without cutoffs "
          + "-beta/(1+alpha) = \(Float(-flow.beta / n)), -alpha/(1+alpha) = \(Float(-flow.alpha / n))"
      ]
    }
    return table
  }
}
