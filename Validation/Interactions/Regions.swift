// SPDX-License-Identifier: GPL-3.0-or-later

import EnsembleRuns
import ErrorAnalysis
import FieldTheories
import Glibc
import LatticeFields

/// Insertions over a periodic box or under an envelope, against numbers that do not come from pair sums.
///
/// - One neuron of constant weight in one dimension, `φ = A cos(kx + b)`: with `<·>` the mean over the region of volume V_w,
///
///       <φ²> = ½ A² (1 + g(2k) cos 2b),      <φ⁴> = A⁴ (3/8 + ½ g(2k) cos 2b + ⅛ g(4k) cos 4b),
///
///   `g(q) = e^{−q²L²/2}` under an envelope, δ_{q0} in a box, so that all averages are a sum or an integral over k and b.
/// - Two neurons in a box: the same sums over both, `<φ²>` and `<φ⁴>` from 64 places. φ⁴ then has modes that one neuron has not, which a grid of too few sites would take for
///   its mean.
/// - Any width at a vanishing coupling: `<S> = V_w (c_2 G2(0) + c_4 G4(0,0,0,0))` of the free net.
struct Regions {
  private let theory: TheoryDefinition
  private let region: any InsertionRegion
  private let potential: LocalPotential
  private let volume: Double

  /// Nil for other theories.
  init?(_ theory: TheoryDefinition) {
    let terms = theory.insertions.terms
    guard terms.count == 1 else { return nil }
    self.theory = theory
    (region, potential) = (terms[0].region, terms[0].potential)
    let d = Double(theory.dimension)
    switch region {
    case let box as BoxRegion: volume = pow(box.side, d)
    case let envelope as EnvelopeRegion: volume = pow(2 * .pi * envelope.length * envelope.length, d / 2)
    default: return nil
    }
  }

  func experiments(_ command: String) throws -> [Experiment] { try [fewNeurons(command), meanAction()].compactMap { $0 } }

  // MARK: One neuron and two

  private func fewNeurons(_ command: String) throws -> Experiment? {
    guard let modes = modes(), theory.lattice.siteCount == 1 else { return nil }
    let request = try theory.request(nil, estimators: nil)
    let names = ["sampling", "partition-function"].filter(request.tableNames.contains)
    let neurons = theory.architecture.width == 1 ? "one neuron" : "two neurons"
    let claims = names.map { name in
      Claim(
        "\(neurons), \(name)",
        statement:
          "\(name == "sampling" ? "<S>, <phi(0)^2> and <phi(0)^4>" : "ln Z/Z(0)") of \(neurons): sums over momenta and phases",
        source: "docs/physics/interactions.md", control: "V x 1.5", holds: theory.ensemble + [.sampler(theory.sampler.kind)])
    }
    return Experiment(theory: theory.title, claims: claims, command: "nnft correlate \(command)") { [self] budget in
      let request = try theory.request(budget, estimators: nil)
      let tables = try request.measure(threads: budget.threads, monitor: budget.monitor)
      return names.map { name in
        func finding(_ factor: Double) -> Finding {
          let exact = exact(modes, factor)
          return Finding(tables.named(name)!, rows: name == "sampling" ? exact.moments : ["ln Z/Z(0)": exact.logZ])
        }
        return Evidence(claim: finding(1), control: finding(1.5), draws: request.draws)
      }
    }
  }

  /// A momentum k: its probability, A², g(2k) and g(4k).
  private struct Mode {
    let k: Double
    let probability: Double
    let square: Double
    let second: Double
    let fourth: Double
  }

  /// The momenta of a net of one neuron (in a box two) of constant weight in one dimension at α = 0; nil for others.
  private func modes() -> [Mode]? {
    let width = theory.architecture.width
    guard theory.dimension == 1, width == 1 || width == 2 && region is BoxRegion, theory.number("alpha") == 0,
      let mass = theory.number("mass"), let cutoff = theory.number("cutoff"),
      theory.architecture.scalable?.outputWeights.kind == .constant
    else { return nil }
    let isHard = theory.resolved.contains { $0.key == "architecture.regulator" && $0.value == "\"hard\"" }
    func density(_ k: Double) -> Double {
      (isHard ? (abs(k) <= cutoff ? 1 : 0) : exp(-k * k / (2 * cutoff * cutoff))) / (k * k + mass * mass)
    }
    let points: [(k: Double, weight: Double)]
    if let box = region as? BoxRegion {
      let unit = 2 * Double.pi / box.side
      let most = Int(8.6 * cutoff / unit)
      points = (-most...most).map { (unit * Double($0), density(unit * Double($0)) / box.side) }
    } else {
      // k = m sinh t takes the tails of the propagator to exponentials.
      guard !isHard else { return nil }
      let step = asinh(8.6 * cutoff / mass) / 2000
      points = (-2000...2000).map { index in
        let t = step * Double(index)
        return (mass * sinh(t), density(mass * sinh(t)) * mass * cosh(t) * step / (2 * .pi))
      }
    }
    // G2(0), which is A²/2.
    let total = points.reduce(0) { $0 + $1.weight }
    return points.map { point in
      func g(_ q: Double) -> Double {
        guard let length = (region as? EnvelopeRegion)?.length else { return q == 0 ? 1 : 0 }
        return exp(-q * q * length * length / 2)
      }
      return Mode(
        k: point.k, probability: point.weight / total, square: 2 * total, second: g(2 * point.k), fourth: g(4 * point.k))
    }
  }

  private func exact(_ modes: [Mode], _ factor: Double) -> (moments: [String: Double], logZ: Double) {
    theory.architecture.width == 1 ? ofOne(modes, factor) : ofTwo(modes, factor)
  }

  private func ofOne(_ modes: [Mode], _ factor: Double) -> (moments: [String: Double], logZ: Double) {
    let angles = 64
    var (sum, action, square, quartic) = (0.0, 0.0, 0.0, 0.0)
    for mode in modes {
      for j in 0..<angles {
        let b = .pi * (Double(j) + 0.5) / Double(angles)
        let a = mode.square
        let second = 0.5 * a * (1 + mode.second * cos(2 * b))
        let fourth = a * a * (0.375 + 0.5 * mode.second * cos(2 * b) + 0.125 * mode.fourth * cos(4 * b))
        let s = factor * volume * (potential.coefficient(2) * second + potential.coefficient(4) * fourth)
        let weight = mode.probability / Double(angles) * exp(-s)
        let field = a * cos(b) * cos(b)
        sum += weight
        action += weight * s / factor
        square += weight * field
        quartic += weight * field * field
      }
    }
    return (["S": action / sum, "phi^2": square / sum, "phi^4": quartic / sum], log(sum))
  }

  private func ofTwo(_ modes: [Mode], _ factor: Double) -> (moments: [String: Double], logZ: Double) {
    let (angles, places) = (48, 64)
    let likely = modes.filter { $0.probability > 1e-16 }
    // cos(k x + b) by mode and phase, place by place; x = 0 first.
    let waves = likely.map { mode in
      (0..<angles).map { j in
        (0..<places).map { place in
          cos(mode.k * volume * Double(place) / Double(places) + 2 * .pi * Double(j) / Double(angles))
        }
      }
    }
    var (sum, action, square, quartic) = (0.0, 0.0, 0.0, 0.0)
    for (first, firstWaves) in zip(likely, waves) {
      for (second, secondWaves) in zip(likely, waves) {
        let probability = first.probability * second.probability / Double(angles * angles)
        for a in firstWaves {
          for b in secondWaves {
            var (two, four) = (0.0, 0.0)
            for place in 0..<places {
              let field = a[place] + b[place]
              // φ = A/√2 times it.
              let density = first.square / 2 * field * field
              two += density
              four += density * density
            }
            let s = factor * volume * (potential.coefficient(2) * two + potential.coefficient(4) * four) / Double(places)
            let weight = probability * exp(-s)
            let atOrigin = first.square / 2 * (a[0] + b[0]) * (a[0] + b[0])
            sum += weight
            action += weight * s / factor
            square += weight * atOrigin
            quartic += weight * atOrigin * atOrigin
          }
        }
      }
    }
    return (["S": action / sum, "phi^2": square / sum, "phi^4": quartic / sum], log(sum))
  }

  // MARK: Vanishing coupling

  /// Of the coupling of the theory.
  private static let share = 1e-4

  private func meanAction() throws -> Experiment? {
    func value(_ architecture: any Architecture) -> Double? {
      guard let second = architecture.exactValue(.moment([.zero, .zero]), lattice: nil),
        let fourth = architecture.exactValue(.moment([.zero, .zero, .zero, .zero]), lattice: nil)
      else { return nil }
      return Self.share * volume * (potential.coefficient(2) * second + potential.coefficient(4) * fourth)
    }
    guard theory.insertions.insertions.count == 1, theory.architecture.width > 1,
      theory.architecture.symmetries.translationInvariantOrder >= 4, let right = value(theory.architecture),
      let weak = try theory.withWrongCoupling(Self.share), let other = try theory.withWrongWidth(),
      let wrong = value(other.theory.architecture)
    else { return nil }
    let claim = Claim(
      "mean action",
      statement: "<S> at \(weak.words): V_w (c_2 G2(0) + c_4 G4(0,0,0,0)) of the free net, from pair sums over the region",
      source: "docs/physics/interactions.md", control: other.words, holds: theory.ensemble)
    return Experiment(theory: theory.title, claims: [claim], command: nil) { budget in
      let request = try weak.theory.varied([("run.draws", "64000")]).request(
        budget, [("sampler.kind", "\"reweighting\""), ("sampler.moves", "\"automatic\"")], estimators: nil)
      let table = try request.measure(threads: budget.threads, monitor: budget.monitor).named("sampling")!
      return [
        Evidence(
          claim: Finding(table, rows: ["S": right]), control: Finding(table, rows: ["S": wrong]), draws: request.draws)
      ]
    }
  }

  // MARK: Theories

  /// One neuron and several, over a box and under an envelope. The action over the box of one neuron is a pair sum, that of several a sum over a grid; two have so few momenta
  /// that their φ⁴ reaches the last mode of the grid.
  static let standardTheories: [StandardTheory] = [("box", 1), ("box", 2), ("box", 3), ("envelope", 1), ("envelope", 3)].map {
    region, width in
    let (isExact, side) = (width < 3, width == 1 ? 8.0 : 4.0)
    let regulator = width == 2 ? "regulator = \"hard\"\ncutoff = 2.0" : "regulator = \"gaussian\"\ncutoff = 3.0"
    return StandardTheory(
      "\(region)-\(width)",
      text: """
        title = "\(["One neuron", "Two neurons", "3 neurons"][width - 1]) \(region == "box" ? "in a periodic box" : "under an envelope")"
        source = "arXiv:2604.27050 with phi^4 over a region"
        dimension = 1
        [architecture]
        kind = "alpha-net"
        width = \(width)
        mass = 1.0
        alpha = 0.0
        \(regulator)\(region == "box" ? "\nbox = \(side)" : "")
        weights = "constant"
        [[insertion]]
        kind = "phi4"
        lambda = \(width == 2 ? 60.0 : 6.0)
        region = "\(region)"
        length = \(region == "envelope" ? 1.5 : side)
        [lattice]
        sites = [\(isExact ? 1 : 3)]
        spacing = 0.5
        boundary = "open"
        [sampler]
        kind = "\(isExact ? "reweighting" : "chains")"
        control_variates = false
        [run]
        draws = \(width == 2 ? 500000 : isExact ? 64000 : 24000)
        """)
  }
}
