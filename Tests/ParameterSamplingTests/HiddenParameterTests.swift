// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import FieldTheories
import Foundation
import LatticeFields
import NNFTTestSupport
import NumericalKernels
import Testing

@testable import ParameterSampling

/// The action of hidden parameters, and exact draws at infinite width. That moves keep the ensemble of hidden parameters is tested in ``EquilibriumTests``.
@Suite struct HiddenParameterTests {
  static let nets: [any Architecture] = [
    CosNet(dimension: 1, width: 5, sigmaW0: 1.5, sigmaW1: 1),
    CosNet(dimension: 1, width: 5, sigmaW0: 1.5, sigmaW1: 1).giving(outputs: 2),
    GaussNet(dimension: 1, width: 4, sigmaW0: 0.7, sigmaW1: 1.5, sigmaB0: 0.5),
    DenseNet(dimension: 1, width: 6, activation: .erf, sigmaW: 1, sigmaB: 0.5, sigmaV: 2),
    DeepNet(dimension: 1, widths: [4, 2, 3], activation: .tanh, cosineInput: 1, sigmaW: 1.5, sigmaB: 0.2, sigmaV: 2),
  ]

  /// −∂ ln weight by every hidden parameter against six-point differences, to 1e-8 of the greatest. The control: the derivatives without the labels' part, those of the determinant alone.
  @Test(arguments: nets.indices) func gradients(index: Int) throws {
    let theory = try EquilibriumTests.hidden(Self.nets[index])
    let (layout, evaluator) = (theory.prior.layout, theory.makeEvaluator())
    let walker = drawnWalker(theory, evaluator)
    let gradient = NetworkParameters(layout: layout)
    evaluator.gradient(of: walker, into: gradient)
    #expect(evaluator.differentiableBlocks == Set(1..<layout.blocks.count))
    var (worst, greatest) = (0.0, 0.0)
    for block in evaluator.differentiableBlocks {
      for i in 0..<layout.blocks[block].components * layout.width(of: layout.blocks[block]) {
        let (value, h) = (walker.parameters.block(block) + i, 1e-3)
        let centre = value.pointee
        func action(_ steps: Double) -> Double {
          value.pointee = centre + steps * h
          evaluator.evaluate(walker)
          return walker.action
        }
        let slope = (45 * (action(1) - action(-1)) - 9 * (action(2) - action(-2)) + (action(3) - action(-3))) / (60 * h)
        value.pointee = centre
        worst = max(worst, abs(slope - gradient.block(block)[i]))
        greatest = max(greatest, abs(slope))
      }
    }
    #expect(worst < 1e-8 * greatest, "\(Self.nets[index].kind): \(worst) of \(greatest)")
    #expect(greatest > 0.01)
  }

  /// The field of infinite width under data: means and covariances of exact draws are those of `M + Π/T` by elimination, at a false alarm of 1e-6. The control: another temperature.
  @Test func exactDrawsAreThePosterior() throws {
    let lattice = Lattice(sites: [6], spacing: 1, boundary: .periodic)
    let (places, labels, noises, mass) = ([0, 2], [1.0, -0.5], [0.2, 0.4], 0.8)
    func theory() throws -> InteractingTheory {
      try InteractingTheory(
        architecture: FreeLatticeField(lattice: lattice, mass: mass),
        insertions: InsertionSum([
          FieldTheories.DataInsertion(
            points: places.map { Point(Double($0), 0, 0, 0) }, labels: labels, weights: noises.map { 0.1 / $0 }, temperature: 0.1)
        ]), lattice: lattice)
    }
    /// Mean and covariance from the precision `−Δ + m² + Π/T`.
    func law(_ noises: [Double]) -> (mean: [Double], covariance: [[Double]]) {
      var rows = (0..<6).map { x in (0..<6).map { y in x == y ? 2 + mass * mass : (x + 1) % 6 == y || (y + 1) % 6 == x ? -1 : 0 }
      }
      var force = [Double](repeating: 0, count: 6)
      for (place, (label, noise)) in zip(places, zip(labels, noises)) {
        rows[place][place] += 1 / noise
        force[place] = label / noise
      }
      var inverse = (0..<6).map { x in (0..<6).map { $0 == x ? 1.0 : 0 } }
      for k in 0..<6 {
        let pivot = rows[k][k]
        for j in 0..<6 { (rows[k][j], inverse[k][j]) = (rows[k][j] / pivot, inverse[k][j] / pivot) }
        for i in 0..<6 where i != k {
          let factor = rows[i][k]
          for j in 0..<6 {
            rows[i][j] -= factor * rows[k][j]
            inverse[i][j] -= factor * inverse[k][j]
          }
        }
      }
      return (inverse.map { row in zip(row, force).reduce(0) { $0 + $1.0 * $1.1 } }, inverse)
    }
    let plan = try ExactDrawsPlan(theory: theory(), draws: 20_000, bins: 4)
    let work = plan.makeWorker()
    var (fields, weights) = ([[Double]](), Set<Double>())
    for bin in 0..<4 {
      _ = work(bin, RunMonitor()) { sample in
        fields.append((0..<6).map { sample.field[$0] })
        weights.insert(sample.logWeight)
      }
    }
    func worst(_ known: (mean: [Double], covariance: [[Double]])) -> Double {
      let n = Double(fields.count)
      var worst = 0.0
      for x in 0..<6 {
        let mean = fields.reduce(0) { $0 + $1[x] } / n
        worst = max(worst, abs(mean - known.mean[x]) / (known.covariance[x][x] / n).squareRoot())
        for y in 0...x {
          let product = fields.reduce(0) { $0 + ($1[x] - known.mean[x]) * ($1[y] - known.mean[y]) } / n
          let c = known.covariance
          worst = max(worst, abs(product - c[x][y]) / ((c[x][x] * c[y][y] + c[x][y] * c[x][y]) / n).squareRoot())
        }
      }
      return worst
    }
    let bound = StatisticalChecks.normalBound(comparisons: 27)
    #expect(worst(law(noises)) < bound)
    #expect(worst(law([0.25, 0.5])) > bound)
    // One weight, Z; it is held against known values through the table `evidence`.
    #expect(weights.count == 1)
  }
}
