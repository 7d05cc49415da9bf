// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import FieldTheories
import LatticeFields
import NumericalKernels

/// One field of an interacting ensemble, however it was sampled; its pointers are valid while it is being recorded.
public struct Sample {
  /// φ at the sites of the lattice, in their order; of several components one after another.
  public let field: UnsafePointer<Double>
  /// Number of sites.
  public let siteCount: Int
  /// Number D of components.
  public let componentCount: Int
  /// S = Σ_a I_a[φ] at full coupling, counterterms of a shifted prior included.
  public let action: Double
  /// The parameters θ of the network.
  public var parameters: NetworkParameters { walker.parameters }
  /// ln of the statistical weight: −S for reweighted draws, 0 in chains, that of the hidden parameters in collapsed draws, that of the particle in populations.
  public let logWeight: Double
  /// The law of the field at the plan's points given the hidden parameters, where the output weights were integrated out: its moments replace those of the field
  /// itself, with a smaller variance. Valid while the sample is being recorded.
  public let law: (any GaussianLaw)?
  /// The walker, for derivatives.
  let walker: Walker
  let evaluator: ActionEvaluator

  /// The state of a walker; its field is written to `sites`.
  init(
    of walker: Walker, _ evaluator: ActionEvaluator, sites: AlignedBuffer<Double>, logWeight: Double,
    law: (any GaussianLaw)? = nil
  ) {
    evaluator.copyField(of: walker, into: sites.pointer)
    field = UnsafePointer(sites.pointer)
    (siteCount, componentCount) = (evaluator.theory.lattice.siteCount, evaluator.theory.prior.outputs)
    action = walker.action
    self.logWeight = logWeight
    self.walker = walker
    self.evaluator = evaluator
    self.law = law
  }

  /// Σ φ² and Σ φ⁴ over all sites and components, and of each component the square of `Φ = cell Σ_x φ(x)`.
  func powers(cell: Double) -> (second: Double, fourth: Double, squares: [Double]) {
    var (second, fourth) = (0.0, 0.0)
    let squares = (0..<componentCount).map { component in
      let field = field + component * siteCount
      var total = 0.0
      for x in 0..<siteCount {
        let (phi, square) = (field[x], field[x] * field[x])
        total += phi
        second += square
        fourth += square * square
      }
      return cell * total * cell * total
    }
    return (second, fourth, squares)
  }
}

/// Numbers measured on a sample.
public struct Observables: Sendable {
  /// The names of the observables, in order.
  public let names: [String]
  /// Writes them, in the order of the names.
  public let measure: @Sendable (Sample) -> [Double]

  /// Observables by their names; `measure` gives their values on a sample in the same order.
  public init(_ names: [String], measure: @escaping @Sendable (Sample) -> [Double]) {
    self.names = names
    self.measure = measure
  }

  /// The observables of both lists, one after the other.
  public static func + (a: Observables, b: Observables) -> Observables {
    Observables(a.names + b.names) { a.measure($0) + b.measure($0) }
  }

  /// `S`, site averages of φ² and φ⁴, `Φ²/V` and `Φ⁴/V`, `Φ = a^d Σ φ`; of one component, averaged over all of them.
  public static func standard(_ theory: InteractingTheory) -> Observables {
    if let targets = theory.terms.first?.length?.targets { return length(targets) }
    let (cell, volume) = (theory.lattice.cellVolume, theory.lattice.volume)
    return Observables(["S", "phi^2", "phi^4", "Phi^2/V", "Phi^4/V"]) { sample in
      let (second, fourth, squares) = sample.powers(cell: cell)
      let zero = squares.reduce(0) { $0 + $1 / volume }
      let zeroFourth = squares.reduce(0) { $0 + $1 * $1 / volume }
      let (n, d) = (Double(sample.siteCount), Double(sample.componentCount))
      return [sample.action, second / n / d, fourth / n / d, zero / d, zeroFourth / d]
    }
  }
}
