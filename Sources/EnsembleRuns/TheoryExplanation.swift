// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import Foundation
import LatticeFields

/// A theory in words and numbers, for `nnft show`.
public enum TheoryExplanation {
  /// Ensemble, lattice, symmetries, exact results, signal-to-noise forecast and cost.
  public static func text(_ theory: TheoryDefinition, threads: Int) throws -> String {
    let architecture = theory.architecture
    let lattice = theory.lattice
    var lines = ["\(theory.title)", "source: \(theory.source)", ""]
    lines += architecture.description
    let request = try CorrelatorRequest(
      theory: theory, estimatorNames: theory.correlators.estimators, pointFile: nil,
      allDisplacements: false, commonRandomNumbers: false)
    let isFree = request.interacting == nil
    if let interacting = request.interacting { lines += [""] + interactionLines(interacting) }
    lines += ["", latticeLine(lattice), symmetryLine(theory.insertions.remaining(of: architecture.symmetries))]
    lines += ["", isFree ? "exact at this width:" : "exact at this width, without insertions:"] + exactLines(theory)
    let noise = isFree ? noiseLines(theory) : []
    if !noise.isEmpty {
      lines += ["", "signal and noise of the 2-point function with \(theory.run.draws) networks"]
      lines += ["(one pair of sites, Wick's theorem plus the 1/N term; averaging over the box only helps):"]
      lines += ["  " + ["r", "G2(r)", "relative error"].map { pad($0) }.joined()] + noise
    }
    lines += ["", "estimators: \(request.tableNames.joined(separator: ", "))"]
    lines += request.omissions.map { "left out: \($0)" }
    if isFree {
      lines += ["fields: \(request.plan.synthesis.explanation)"]
      lines += ["planner's estimates a field: \(request.plan.synthesis.comparison)"]
    }
    lines += ["nnft correlate: \(request.forecast(threads: threads).text(threads: threads))"]
    return lines.joined(separator: "\n") + "\n"
  }

  /// Weight, couplings in all conventions, what is known, forecast and sampler.
  private static func interactionLines(_ plan: InteractingPlan) -> [String] {
    let column = plan.theory.knownValues
    let partition = PartitionReference(plan.theory, column)
    let known = [
      (
        plan.theory.symmetries.translationInvariantOrder >= 2 ? "<phi^2>" : "<phi(0)^2>",
        column.values([RowTarget(.moment([.zero, .zero]))])[0]
      ),
      ("<S>", plan.theory.symmetries.translationInvariantOrder >= 4 ? column.meanAction(plan.theory.terms) : nil),
      (partition.name, partition.value),
    ].compactMap { name, value in
      value.flatMap { $0.value.isFinite ? $0 : nil }.map {
        "  \(name) = \(String(format: "%.12g", $0.value)) (\($0.kind.label): \($0.source))"
      }
    }
    let series = [
      ("<phi^2>", CorrelationFunction.moment([.zero, .zero])), ("chi2", .zeroMomentumCumulant(order: 2)),
      ("chi4", .zeroMomentumCumulant(order: 4)),
    ].compactMap { name, function in column.seriesLine(function).map { "  \(name) = \($0) + ..." } }
    return ["with weight \(plan.theory.terms.weight):"] + plan.ensembleLines.map { "  " + $0 } + known + series
      + lengthLines(plan)
      + ["forecast: \(plan.choice.expectation)", "sampler: \(plan.samplerLine)", "samples: \(plan.samplesLine)"]
      + (plan.controlVariatesLine.map { ["control variates: \($0)"] } ?? [])
  }

  /// Correlation length by the gap equation: a rough guide, exact where the insertions are quadratic.
  private static func lengthLines(_ plan: InteractingPlan) -> [String] {
    guard let net = plan.definition.architecture.massive,
      let potential = plan.definition.insertions.latticePotential,
      let mean = HartreeMass(massSquared: net.mass * net.mass, potential: potential, lattice: net.lattice)
    else { return [] }
    let (mass, lattice) = (mean.shifted.squareRoot(), net.lattice)
    let side = lattice.spacing * Double(lattice.sites.min()!)
    return [
      String(
        format: "  correlation length about 1/M = %.3g by the gap equation, M^2 = %.6g; shortest side M L = %.3g", 1 / mass,
        mean.shifted, side * mass)
    ]
  }

  private static func latticeLine(_ lattice: Lattice) -> String {
    let extents = lattice.sites.map(String.init).joined(separator: "x")
    let side = lattice.sites.map { String(format: "%.6g", Double($0) * lattice.spacing) }
      .joined(separator: " x ")
    let kind =
      lattice.boundary == .open
      ? "open box centred on the origin, a window on infinite space" : "periodic lattice"
    return "lattice: \(extents) sites, spacing \(lattice.spacing), sides \(side), \(kind)"
  }

  private static func symmetryLine(_ symmetries: FieldSymmetries) -> String {
    let translations =
      symmetries.translationInvariantOrder == 0
      ? "no translations"
      : symmetries.translationInvariantOrder == .max
        ? "translations (all n-point functions)"
        : "translations of n-point functions up to n = \(symmetries.translationInvariantOrder) only"
    let rotations =
      switch symmetries.rotations {
      case .euclidean: "rotations and reflections"
      case .aboutOrigin: "rotations and reflections about the origin"
      case .hypercubic: "reflections and exchanges of the axes"
      case .none: "no rotations"
      }
    return "symmetries: \(translations), \(rotations)" + (symmetries.isEven ? ", field sign" : "")
  }

  private static func exactLines(_ theory: TheoryDefinition) -> [String] {
    let architecture = theory.architecture
    // Where there are no translations the origin is special: the corner stands for the window.
    let isUniform = architecture.symmetries.translationInvariantOrder >= 2
    let x = isUniform ? Point.zero : theory.lattice.position(theory.lattice.siteCount - 1)
    let name = isUniform ? "0" : "x"
    func exact(_ function: CorrelationFunction) -> Double? {
      architecture.exactValue(function, lattice: theory.lattice)
    }
    func line(_ label: String, _ value: Double?) -> String {
      "  \(label) = " + (value.map { $0.isFinite ? String(format: "%.12g", $0) : outOfRange } ?? "not known in closed form")
    }
    let g2 = exact(.moment([x, x]))
    let g4 = exact(.cumulant([x, x, x, x]))
    let pair = "G2(\(name),\(name))"
    let quadruple = "G4c(\(name),\(name),\(name),\(name))"
    var lines = isUniform ? [] : ["  at the corner x of the window:"]
    lines += [line(pair, g2), line(quadruple, g4)]
    if let g2, let g4, g2 > 0, g2.isFinite, g4.isFinite {
      lines.append(line("N \(quadruple)/\(pair)^2", Double(architecture.width) * g4 / (g2 * g2)))
    }
    if isUniform, theory.lattice.displacementCount > mostDisplacements {
      lines.append("  correlation length xi: left out, a sum over more than \(mostDisplacements) displacements")
    } else if isUniform, let length = correlationLength(theory) {
      let side = theory.lattice.spacing * Double(theory.lattice.sites.min()!)
      lines.append(line("correlation length xi (second moment)", length))
      lines.append(line("shortest side / xi", side / length))
    }
    return lines
  }

  /// A second of exact values.
  private static let mostDisplacements = 1 << 21

  /// `ξ² = Σ r² G(r) / (2 d Σ G(r))` over the displacements of half a box, from the exact 2-point function.
  private static func correlationLength(_ theory: TheoryDefinition) -> Double? {
    var norm = 0.0
    var moment = 0.0
    var isKnown = true
    theory.lattice.eachOrbit { representative, members in
      let point = Point(coordinates: representative.map { theory.lattice.spacing * Double($0) })
      guard let value = theory.architecture.exactValue(.moment([.zero, point]), lattice: theory.lattice) else {
        isKnown = false
        return false
      }
      norm += Double(members) * value
      moment += Double(members) * value * point.squaredNorm
      return true
    }
    guard isKnown else { return nil }
    let squared = moment / (2 * Double(theory.dimension) * norm)
    return squared.isFinite && squared > 0 ? squared.squareRoot() : nil
  }

  /// Relative error of one pair: `Var = [G2(0)² + G2(r)² + G4c(x,x,y,y)]/draws`.
  private static func noiseLines(_ theory: TheoryDefinition) -> [String] {
    let architecture = theory.architecture
    guard architecture.symmetries.translationInvariantOrder >= 2 else { return [] }
    var lines: [String] = []
    let shells = theory.lattice.selectedShells(
      hypercubic: architecture.symmetries.rotations == .hypercubic, limit: 8)
    for shell in shells {
      let point = Point(coordinates: shell.representative.map { theory.lattice.spacing * Double($0) })
      func exact(_ function: CorrelationFunction) -> Double? {
        architecture.exactValue(function, lattice: theory.lattice)
      }
      guard let zero = exact(.moment([.zero, .zero])), let value = exact(.moment([.zero, point])),
        let quartic = exact(.cumulant([.zero, .zero, point, point])), value != 0
      else { continue }
      // In units of the value, of which squares stay in range.
      let ratio = zero / value
      let variance = (ratio * ratio + 1 + quartic / value / value) / Double(theory.run.draws)
      let relative = variance > 0 ? variance.squareRoot() : 0
      guard value.isFinite, relative.isFinite else { continue }
      lines.append(
        "  "
          + [
            String(format: "%.5g", point.norm), String(format: "%.5g", value),
            String(format: "%.2g", relative),
          ].map { pad($0) }.joined())
    }
    return lines
  }

  /// For numbers that are known and cannot be printed.
  private static let outOfRange = "beyond the range of double precision"

  private static func pad(_ text: String) -> String {
    text + String(repeating: " ", count: max(1, 16 - text.count))
  }
}
