// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import LatticeFields

/// The axioms beyond Euclidean invariance: permutation symmetry, regularity, reflection positivity at 2 and 4 points, cluster decomposition. Where a theory
/// violates one, the violation is the claim. Source: docs/physics/validation.md.
struct OsterwalderSchrader: ValidationSuite {
  let name = "osterwalder-schrader"
  let summary =
    "permutation symmetry, regularity, reflection positivity by moment matrices and split samples, cluster decomposition"

  let standardTheories = [
    StandardTheory("cos-net", [("architecture.width", "5"), ("run.draws", "200000")]),
    StandardTheory(
      "gauss-net",
      [("architecture.width", "5"), ("architecture.sigma_w0", "0.7"), ("architecture.sigma_b0", "0.2"), ("run.draws", "200000")]),
    StandardTheory("sharp-cutoff", text: Self.sharpCutoff),
    StandardTheory("ring-alpha-0", text: Self.ring(alpha: 0, width: 10, draws: 400_000)),
    StandardTheory("ring-alpha-1", text: Self.ring(alpha: -1, width: 1, draws: 2_000_000)),
  ]

  /// Sharply cut off, the free propagator is an entire function and changes sign: reflection positivity fails at two points and every width.
  private static let sharpCutoff = """
    title = "Scalar-net with a sharp cutoff"
    source = "arXiv:2408.00082 eqs. (72)-(74)"
    dimension = 1
    [architecture]
    kind = "scalar-net"
    width = 5
    mass = 1.0
    cutoff = 5.0
    [lattice]
    sites = [32]
    spacing = 0.25
    boundary = "open"
    [run]
    draws = 200000
    """

  /// With alpha = 0 reflection positive at 2 and 4 points, with alpha = -1 at 2 only.
  private static func ring(alpha: Double, width: Int, draws: Int) -> String {
    """
    title = "Lattice net with alpha = \(alpha) on a ring"
    source = "arXiv:2604.27050 with the lattice regulator"
    dimension = 1
    [architecture]
    kind = "alpha-net"
    regulator = "lattice"
    alpha = \(alpha)
    width = \(width)
    mass = 0.7071067811865476
    weights = "constant"
    [lattice]
    sites = [32]
    spacing = 1.0
    boundary = "periodic"
    [run]
    draws = \(draws)
    """
  }

  func experiments(_ theory: TheoryDefinition, command: String) throws -> [Experiment] {
    guard theory.insertions.isEmpty else {
      throw NotApplicable("the exact values that say what to expect are those of free ensembles")
    }
    guard let length = theory.correlationLength, theory.architecture.symmetries.translationInvariantOrder >= 2 else {
      throw NotApplicable("reflections and clusters are taken of a translation invariant field whose 2-point function is known")
    }
    guard theory.architecture.freeField == nil else {
      throw NotApplicable("point functions of the infinitely wide field are Gaussian by construction")
    }
    let experiments = [
      PermutationSymmetry.experiment(theory, length: length, command), Regularity.experiment(theory, length: length),
      ReflectionPositivity.experiment(theory, length: length, .twoPoint, command),
    ]
    // Four-point functions that grow with the distance from the origin have no reflections and no clusters to speak of.
    guard theory.architecture.symmetries.translationInvariantOrder >= 4 else { return experiments.compactMap { $0 } }
    return
      (experiments + [
        ReflectionPositivity.experiment(theory, length: length, .fourPoint, command),
        ClusterDecomposition.experiment(theory, length: length, command),
      ]).compactMap { $0 }
  }
}
