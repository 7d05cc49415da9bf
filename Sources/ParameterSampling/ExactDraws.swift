// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import Draws
import FieldSynthesis
import FieldTheories
import LatticeFields
import NumericalKernels

/// The Gaussian field of infinite width under data with Gaussian noise, drawn independently from its posterior: no chain, no weights that differ. With φ = Fη from the prior, F = √G the filter of the
/// noise η, and e ~ N(0, T),
///
///     η′ = η + F Xᵀ A^{-1} (y + e − Xφ),     so that  φ′ = φ + K(·,X) A^{-1} (y + e − φ(X)),     K = F²,   A = K(X,X) + T
///
/// (Matheron's rule; A. G. Journel, C. J. Huijbregts, Mining Geostatistics (1978)), X the values at the data. Every draw carries the weight Z, `ln Z = −½ ln det(1 + K/T) − ½ y·A^{-1} y` a component. Cost:
/// `P³/3` and 2 P filters once, `2 P²` and three filters a draw. A unit is a bin of consecutive draws.
public struct ExactDrawsPlan: Sendable {
  /// What is sampled.
  public let theory: InteractingTheory
  private let draws: ReweightingPlan
  private let field: FreeLatticeField
  private let sites: [Int]
  private let noises: [Double]
  /// The labels of every component.
  private let labels: [[Double]]
  private let factor: CholeskyDecomposition
  private let logZ: Double

  /// A plan; at least two draws a bin. Throws where the field has neurons, or the action is more than data with noise.
  public init(theory: InteractingTheory, draws: Int, bins: Int = 256, seed: UInt64 = 1) throws(SamplingError) {
    guard let field = theory.prior.freeField else {
      throw .unsupported(
        "exact draws are those of the field of infinite width, and \(theory.prior.kind) has neurons; use kind = \"collapsed\"")
    }
    let data = try CompletedSquares(theory, onSites: true, for: "exact sampling")
    (self.theory, self.field) = (theory, field)
    self.draws = ReweightingPlan(theory: theory, draws: draws, bins: bins, seed: seed)
    (noises, labels) = (data.noises, data.labels)
    sites = data.points.map { theory.lattice.site(at: $0)! }
    let (count, filter) = (sites.count, Self.filter(field))
    let matrix = AlignedBuffer<Double>(count: count * count, repeating: 0)
    let column = AlignedBuffer<Double>(count: theory.lattice.siteCount, repeating: 0)
    for (mu, site) in sites.enumerated() {
      column.fill(with: 0)
      column[site] = 1
      filter.apply(column.pointer, into: column.pointer)
      filter.apply(column.pointer, into: column.pointer)
      for (nu, other) in sites.enumerated() { matrix[mu * count + nu] = column[other] }
      matrix[mu * count + mu] += noises[mu]
    }
    guard let factor = CholeskyDecomposition(matrix.pointer, size: count) else {
      throw .unsupported(
        "the kernel at the data is singular to rounding beside the noise (least squared pivot below 1e-13 of the largest); use a larger temperature, or fewer data"
      )
    }
    self.factor = factor
    let square = labels.reduce(0.0) { sum, labels in
      let b = AlignedBuffer<Double>(count: count, repeating: 0)
      for mu in 0..<count { b[mu] = labels[mu] }
      factor.whiten(b.pointer)
      return sum + b.array.reduce(0) { $0 + $1 * $1 }
    }
    let noise = noises.reduce(0.0) { $0 + log($1) }
    let determinant = Double(labels.count) * (factor.logDeterminant - noise)
    logZ = -0.5 * determinant - 0.5 * square - data.constant
  }

  private static func filter(_ field: FreeLatticeField) -> SpectralFilter {
    SpectralFilter(shape: field.lattice.sites, filter: field.noiseFilter)
  }
}

extension ExactDrawsPlan: EnsembleGenerator {
  /// What they are; the theory's keys, the seed among them, are the run's.
  public var identity: PlanIdentity { PlanIdentity("generator", "exact draws; \(theory.streamName)") }
  /// Every bin of draws is a unit.
  public var unitCount: Int { draws.bins }
  /// Consecutive draws.
  public var layout: UnitLayout { draws.layout }
  /// Independent draws, whose one weight is Z.
  public var dependence: SampleDependence { .weighted }

  /// A function that draws the fields of one bin.
  public func makeWorker() -> GeneratorWorker<Sample> { makeWorker(UnitPauses()) }

  /// Does bins that can be cut between draws.
  public func makeWorker(_ pauses: UnitPauses) -> GeneratorWorker<Sample> {
    let stream = RandomStream(seed: draws.seed, stream: "exact | \(theory.streamName)")
    let (evaluator, filter) = (theory.makeEvaluator(), Self.filter(field))
    let walker = evaluator.makeWalker()
    let (size, count) = (theory.lattice.siteCount, sites.count)
    let output = AlignedBuffer<Double>(count: theory.fieldCount, repeating: 0)
    let phi = AlignedBuffer<Double>(count: size, repeating: 0)
    let residual = AlignedBuffer<Double>(count: count, repeating: 0)
    let (noise, spare) = (
      AlignedBuffer<Double>(count: labels.count * count, repeating: 0),
      AlignedBuffer<Double>(count: labels.count * count, repeating: 0)
    )
    return { bin, monitor, sink in
      pauses.each(draws.draws(ofBin: bin), monitor) { draw in
        theory.prior.drawParameters(stream, draw: draw, into: walker.parameters)
        stream.normalPairs(
          use: WalkerRandomness.deviate, draw: draw, count: noise.count, first: noise.pointer, second: spare.pointer)
        for (component, labels) in labels.enumerated() {
          let eta = walker.parameters.block(0, component: component)
          // A filter asks for aligned memory.
          phi.pointer.update(from: eta, count: size)
          filter.apply(phi.pointer, into: phi.pointer)
          for mu in 0..<count {
            residual[mu] = labels[mu] + noises[mu].squareRoot() * noise[component * count + mu] - phi[sites[mu]]
          }
          factor.solve(residual.pointer)
          phi.fill(with: 0)
          for mu in 0..<count { phi[sites[mu]] = residual[mu] }
          filter.apply(phi.pointer, into: phi.pointer)
          for x in 0..<size { eta[x] += phi[x] }
        }
        evaluator.evaluate(walker)
        sink(Sample(of: walker, evaluator, sites: output, logWeight: logZ))
      }
    }
  }
}
