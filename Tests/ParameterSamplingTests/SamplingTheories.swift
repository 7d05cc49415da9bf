// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import Foundation
import LatticeFields
import NNFTTestSupport
import NumericalKernels

@testable import ParameterSampling

/// Tests that take minutes run where NNFT_LONG_TESTS is set.
let isLong = ProcessInfo.processInfo.environment["NNFT_LONG_TESTS"] != nil

/// φ⁴ over a lattice net.
func latticeTheory(
  _ sites: [Int], spacing: Double = 1, massSquared: Double, coupling: Double, width: Int, alpha: Double = 0,
  weights: OutputWeightLaw.Kind = .gaussian, prior: SamplerSettings.Prior = .asStated
) throws -> InteractingTheory {
  let lattice = Lattice(sites: sites, spacing: spacing, boundary: .periodic)
  return try InteractingTheory(
    architecture: LatticeAlphaNet(
      kind: "alpha-net", width: width, mass: massSquared.squareRoot(), alpha: alpha, weights: weights, lattice: lattice),
    insertions: InsertionSum([QuarticInsertion(coupling: coupling)]), lattice: lattice, prior: prior)
}

/// φ⁴ at infinite width; m² of either sign, sampled from the Hartree mass.
func fieldTheory(
  _ sites: [Int], spacing: Double = 1, massSquared: Double, coupling: Double, prior: SamplerSettings.Prior = .hartree
) throws -> InteractingTheory {
  let lattice = Lattice(sites: sites, spacing: spacing, boundary: .periodic)
  // A field needs a positive mass; the counterterm takes it back.
  let shift = massSquared > 0 ? 0 : massSquared - 1
  var insertions: [any Insertion] = [QuarticInsertion(coupling: coupling)]
  if shift != 0 { insertions.append(MassInsertion(shift: shift)) }
  return try InteractingTheory(
    architecture: FreeLatticeField(lattice: lattice, mass: (massSquared - shift).squareRoot()),
    insertions: InsertionSum(insertions), lattice: lattice, prior: prior)
}

/// The theory of a reference record of an interacting lattice net.
func theory(of record: ReferenceRecord) throws -> InteractingTheory {
  try latticeTheory(
    [Int](repeating: record.integer("L"), count: record.dimension), spacing: record.number("a"),
    massSquared: record.number("m2"), coupling: record.number("lam"), width: record.width,
    alpha: record.parameters["alpha"]?.number ?? 0, weights: record.weightKind)
}

/// φ² , φ⁴, S, Φ²/V, Φ⁴/V, and G2(r) along the first axis up to L/2.
func referenceObservables(_ theory: InteractingTheory) -> Observables {
  let lattice = theory.lattice
  let extent = lattice.sites[0]
  let stride = lattice.siteCount / extent
  return Observables.standard(theory)
    + Observables((0...extent / 2).map { "G2(\($0))" }) { sample in
      (0...extent / 2).map { r in
        var sum = 0.0
        for x in 0..<sample.siteCount {
          let n = x / stride
          sum += sample.field[x] * sample.field[(n + r) % extent * stride + x % stride]
        }
        return sum / Double(sample.siteCount)
      }
    }
}

/// A walker drawn from the prior.
func drawnWalker(_ theory: InteractingTheory, _ evaluator: ActionEvaluator, draw: UInt64 = 0) -> Walker {
  let walker = evaluator.makeWalker()
  theory.prior.drawParameters(RandomStream(seed: 11, stream: "test"), draw: draw, into: walker.parameters)
  evaluator.evaluate(walker)
  return walker
}
