// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import Draws
import ErrorAnalysis
@testable import FieldTheories
import LatticeFields
import NumericalKernels
import ResultTables
import Testing
import TheoryLibrary

@testable import ParameterSampling
@testable import Validation

/// The skeletons of docs/adding compile, and do what they say.
@Suite struct SkeletonTests {
  private static func theory() throws -> InteractingTheory {
    try InteractingTheory(
      TheoryDefinition.load(
        text: """
          dimension = 1
          [architecture]
          kind = "infinite-width"
          mass = 1.0
          [[insertion]]
          kind = "phi4"
          lambda = 6.0
          [lattice]
          sites = [2]
          spacing = 1.0
          boundary = "periodic"
          [sampler]
          prior = "free"
          """, fileName: "skeleton", interactions: true))
  }

  /// What the template reads has the exact values of the Cos-net it repeats; the control is another scale.
  @Test func theArchitectureIsReadAndKnown() throws {
    let theory = try TheoryDefinition.load(
      text: MyNet.entry.template.replacing("my-net", with: "cos-net").replacing(
        "scale = 1.0", with: "sigma_w0 = 1.4142135623730951\nsigma_w1 = 1.0"), fileName: "skeleton")
    func net(_ scale: Double) -> MyNet {
      MyNet(dimension: 2, width: 100, scale: scale, outputWeights: OutputWeightLaw(.gaussian, variance: 1))
    }
    let function = CorrelationFunction.cumulant([.zero, .zero, Point(1, 0, 0, 0), Point(0, 1, 0, 0)])
    let expected = try #require(theory.architecture.exactValue(function, lattice: nil))
    #expect(abs(try #require(net(1).exactValue(function, lattice: nil)) / expected - 1) < 1e-12)
    #expect(abs(try #require(net(1.01).exactValue(function, lattice: nil)) / expected - 1) > 1e-3)
  }

  /// V of the skeleton against the definition; the control is another power.
  @Test func theInsertionIsItsPotential() {
    let insertion = MyInsertion(coupling: 2, region: .lattice)
    #expect(abs(insertion.potential.value(1.5) - 2 * 25.62890625 / 40320) < 1e-15)
    #expect(abs(insertion.potential.value(1.5) - 2 * 11.390625 / 40320) > 1e-6)
    #expect(MyInsertion.entry.keys.contains("zeta"))
  }

  @Test func theSuiteDecides() throws {
    let suite = MySuite()
    let text = try #require(TheoryLibrary.files.first { $0.name == "cos-net" }).text
    let theory = try TheoryDefinition.load(text: text, fileName: "cos-net")
    let evidence = try suite.experiments(theory, command: "cos-net")[0].carryOut(Budget(tier: .quick, seed: 1, threads: 1))
    #expect(evidence[0].claim.pValue == 1 && evidence[0].control.pValue == 0)
  }

  @Test func theEstimatorAveragesSquares() {
    let lattice = Lattice(sites: [4], spacing: 1, boundary: .open)
    let estimator = MyEstimator(
      EstimatorSettings(
        lattice: lattice, hypercubic: true, allDisplacements: false, firstSeparation: [1], secondSeparation: [1]))
    let workspace = DrawWorkspace(sites: .lattice(lattice))
    let accumulator = estimator.makeAccumulator(workspace)
    for site in 0..<4 { workspace.field[site] = Double(site) }
    workspace.load()
    accumulator.add()
    #expect(accumulator.finishBin() == [14.0 / 4])
  }

  @Test func theFormatWritesEveryCell() throws {
    var table = ResultTable(name: "t", summary: "a|table", columns: [Column("r", .number), Column("|set|", .text)])
    try table.append([.number(0.5), .text("a|b")])
    try table.append([.missing, .text("c")])
    #expect(MyFormat.render([table]) == "## t\n\na\\|table\n\n| r | \\|set\\| |\n| --- | --- |\n| 0.5 | a\\|b |\n|  | c |\n")
  }

  /// The move and the sampler agree on <S> to 5 standard errors of the sampler; the prior's <S>, the control, does not.
  @Test func theMoveAndTheSamplerAgree() throws {
    let theory = try Self.theory()
    var kept: [Double] = []
    let work = MySampler(theory: theory, proposals: 20_000, unitCount: 1, seed: 1).makeWorker()
    _ = work(0, RunMonitor()) { kept.append($0.action) }
    func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
    let spread = mean(kept.map { $0 * $0 }) - mean(kept) * mean(kept)
    let bound = 5 * (2 * spread / Double(kept.count)).squareRoot()
    func chain(_ coupling: Double) -> Double {
      let (move, evaluator) = (MyMove(theory), theory.makeEvaluator())
      var random = WalkerRandomness(stream: RandomStream(seed: 2, stream: "skeleton"), walker: 0)
      let walker = evaluator.makeWalker()
      evaluator.evaluate(walker)
      return mean(
        (0..<40_000).map { _ in
          _ = move.sweep(walker, evaluator, coupling: coupling, &random)
          return walker.action
        })
    }
    #expect(abs(chain(1) - mean(kept)) < bound)
    #expect(abs(chain(0) - mean(kept)) > bound)
  }
}
