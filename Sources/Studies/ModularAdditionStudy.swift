// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import EnsembleRuns
import FieldTheories
import KnownValues
import ResultTables

/// Modular addition from its theory file `[study.modular]`: the mixed phase, the amplitude of the output against the noise, at finite P and in the limit, and the free energy of a Fourier mode. Nothing
/// is sampled; a mean field throughout. Source: arXiv:2310.03789, its (39) corrected.
public struct ModularAdditionStudy: Sendable {
  /// What is asked of.
  public let system: ModularAddition
  private let noises: [Double]

  /// Names of the tables, in order.
  public static let tableNames = ["modular-transition", "modular-plateau", "free-energy"]

  /// Of a net whose width is N and whose output weights are gaussian of variance σ_a².
  public init(_ theory: TheoryDefinition, _ settings: ModularSettings) throws {
    guard let net = theory.architecture.layers, net.hiddenLayers.count == 1,
      let output = theory.architecture.scalable?.outputWeights, output.kind == .gaussian, theory.insertions.isEmpty
    else {
      throw SelectionError(
        "[study.modular] reads width and sigma_v of a free dense-net with gaussian weights; \(theory.architecture.kind) here is none"
      )
    }
    system = ModularAddition(
      neurons: Double(net.width), modulus: Double(settings.modulus), outputVariance: output.variance, decay: settings.decay)
    noises = settings.noises
  }

  /// All tables.
  public func tables() throws -> [ResultTable] { [try transition(), try plateau(), try freeEnergy()] }

  private func transition() throws -> ResultTable {
    var table = ResultTable(
      name: "modular-transition", summary: "where modes turn, as P grows, and the noises between which some have turned",
      columns: [Column("quantity", .text), Column("value", .number)])
    for (name, value) in [
      ("g_c", system.criticalPull), ("W", system.criticalWeight), ("start", system.start), ("end", system.end),
      ("a at the end", system.plateau(noise: system.end)),
    ] { try table.append([.text(name), .number(value)]) }
    table.notes = ["mixed phase for noises sigma^2 between end and start; closed forms hold to ln P/P"]
    return table
  }

  private func plateau() throws -> ResultTable {
    var table = ResultTable(
      name: "modular-plateau",
      summary:
        "amplitude a of the discrepancy, its kernel lambda, and the fraction of neurons that have turned, against the noise",
      columns: [
        Column("noise", .number), Column("a", .number), Column("lambda", .number), Column("a_limit", .number),
        Column("fraction_limit", .number),
      ])
    for noise in noises {
      let own = system.solve(noise: noise)
      let limit = noise >= system.start ? -1 : noise >= system.end ? system.plateau(noise: noise) : nil
      try table.append([
        .number(noise), .number(own.amplitude), .number(own.kernel), limit.map { .number($0) } ?? .missing,
        .number(system.fraction(noise: noise)),
      ])
    }
    table.notes = ["a = -1: nothing is learnt; a_limit: P to infinity, -sigma^2/start in the mixed phase"]
    return table
  }

  private func freeEnergy() throws -> ResultTable {
    var table = ResultTable(
      name: "free-energy", summary: "S/P of a Fourier mode of a neuron against its squared weight W = |w_k|^2 = |v_k|^2",
      columns: [Column("noise", .number), Column("W", .number), Column("free_energy", .number)])
    for noise in noises {
      let a = system.solve(noise: noise).amplitude
      for i in 0...60 {
        let w = system.criticalWeight * Double(i) / 40
        try table.append([.number(noise), .number(w), .number(system.freeEnergy(w, noise: noise, amplitude: a))])
      }
    }
    table.notes = ["W - g W^2 + gamma W^3/3 at the a of that noise; minima at W = 0 and near sqrt(3/gamma)"]
    return table
  }
}
