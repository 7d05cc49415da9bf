// SPDX-License-Identifier: GPL-3.0-or-later

import NumericalKernels

/// Why an interacting ensemble is not sampled, or its numbers are withheld: what, where, and what helps, in one line.
public enum SamplingError: Fault, Hashable {
  /// What the run fails of.
  public var kind: FaultKind { .badFile }
  /// `exp(−∫V)` cannot be normalised.
  case unnormalisable(String)
  /// The architecture offers no way to sample it so.
  case unsupported(String)
  /// A mixture of moves leaves some parameters where they are.
  case unmovedParameters([String], moves: [String])
  /// The weights do not support averages.
  case tooFewEffectiveSamples(Double, of: Int, floor: Double)
  /// Nothing was accepted.
  case frozen(String)
  /// A population did not reach full coupling.
  case tooManySteps
  /// The gap equation has no solution.
  case noHartreeMass

  /// One line: what, where, and what helps.
  public var description: String {
    switch self {
    case .unnormalisable(let reason):
      "\(reason): exp(-int V) cannot be normalised; add a term of higher even degree with a positive coefficient"
    case .unsupported(let reason): reason
    case .unmovedParameters(let blocks, let moves):
      "the moves \(moves.joined(separator: ", ")) never change \(blocks.joined(separator: ", ")); add neuron-refresh"
    case .tooFewEffectiveSamples(let effective, let draws, let floor):
      "\(draws) weighted draws count as \((effective * 10).rounded() / 10), fewer than \(Int(clamping: floor)): reweighting cannot reach this coupling; "
        + "use kind = \"smc\" or \"chains\", or prior = \"hartree\""
    case .frozen(let kernel):
      "\(kernel) accepted nothing: the coupling is too strong for its moves; use kind = \"smc\" or smaller blocks"
    case .tooManySteps:
      "sequential Monte Carlo needs more than \(PopulationPlan.greatestSteps) steps in the coupling: it is too strong for its moves; use more particles or smaller blocks"
    case .noHartreeMass: "the gap equation has no positive solution; use prior = \"free\""
    }
  }
}
