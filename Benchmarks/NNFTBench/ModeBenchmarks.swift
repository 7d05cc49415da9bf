// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import Draws
import ErrorAnalysis
import FieldTheories
import KnownValues
import NumericalKernels
import ParameterSampling

/// Modes of a learner under their length: exact rotations, Metropolised, against Euler steps of Langevin's equation as in arXiv:2510.25553.
enum ModeBenchmarks {
  /// Samples of `way=rotation` or `way=langevin` with `step=`. Says how many samples an evaluation makes, which part of them counts for the mean of the slowest mode, and the ratio of the
  /// variance of the stiffest mode to the exact one.
  static func modes(_ request: Request) throws -> Benchmark {
    let definition = try request.theory()
    let theory = try InteractingTheory(definition)
    guard let modes = theory.prior.modes, let known = ModePredictions(theory.prior, terms: theory.terms) else {
      throw BenchError("modes needs a theory of modes under their length")
    }
    let count = modes.width
    let samples = try request.integer("samples", default: 2000)
    let exact = known.exact
    /// One chain, `samples` long: of each sample Δ of the first and of the last mode.
    let chain: (Int) -> [[Double]]
    switch try request.text("way") {
    case "rotation":
      let plan = ChainPlan(
        theory: theory, recipe: try KernelRecipe([.rotation], theory: theory), chains: 1000, warmUp: 50, measurements: samples)
      let (worker, monitor) = (plan.makeWorker(), RunMonitor())
      chain = { number in
        var series: [[Double]] = [[], []]
        _ = worker(number % 1000, monitor) { sample in
          series[0].append(exact.targets[0] - sample.field[0])
          series[1].append(exact.targets[count - 1] - sample.field[count - 1])
        }
        return series
      }
    case "langevin":
      guard let step = Double(try request.text("step")), step > 0 else { throw BenchError("step must be positive") }
      chain = { number in langevin(exact, step: step, samples: samples, number: number) }
    default: throw BenchError("way must be rotation or langevin")
    }
    let pilot = chain(0)
    guard pilot.allSatisfy({ $0.allSatisfy(\.isFinite) }) else { throw BenchError("the steps are unstable") }
    let slowest = GammaMethod([ReplicaSeries([pilot[0]])])
    let mean = pilot[1].reduce(0, +) / Double(samples)
    let variance = pilot[1].reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(samples - 1)
    return Benchmark(notes: [
      ("samples", "\(samples)"), ("share", "\(min(1, slowest.effectiveSamples / Double(samples)))"),
      ("variance", "\(variance / exact.variances[count - 1])"),
    ]) { _ = chain($0 + 1) }
  }

  /// `Δ ← Δ − h ∂S + √2h ξ` of all modes, from the exact means, after 1000 steps.
  private static func langevin(_ net: ModeNet, step: Double, samples: Int, number: Int) -> [[Double]] {
    let (count, kick) = (net.stiffnesses.count, (2 * step).squareRoot())
    let stream = RandomStream(seed: 1, stream: "langevin")
    // Eight modes at a time; those beyond the last stay at zero.
    let blocks = (count + 7) / 8
    func vectors(_ values: [Double]) -> [SIMD8<Double>] {
      (0..<blocks).map { block in SIMD8((0..<8).map { 8 * block + $0 < count ? values[8 * block + $0] : 0 }) }
    }
    var delta = vectors(net.means)
    let (stiffnesses, forces) = (vectors(net.stiffnesses), vectors(zip(net.stiffnesses, net.targets).map(*)))
    var noise = [[SIMD8<Double>]](repeating: [SIMD8<Double>](repeating: .zero, count: blocks), count: 2)
    var rho = net.means.reduce(0) { $0 + $1 * $1 }
    var series: [[Double]] = [[], []]
    for time in 0..<1000 + samples {
      // Two steps a pair of arrays.
      if time % 2 == 0 {
        var (first, second) = (noise[0], noise[1])
        noise = []
        first.withUnsafeMutableBytes { first in
          second.withUnsafeMutableBytes { second in
            stream.normalPairs(
              use: .momentum, draw: UInt64(time), block: UInt32(number), count: count,
              first: first.assumingMemoryBound(to: Double.self).baseAddress!,
              second: second.assumingMemoryBound(to: Double.self).baseAddress!)
          }
        }
        noise = [first, second]
      }
      let ridge = SIMD8<Double>(repeating: net.ridge + net.coupling * rho)
      var squares = SIMD8<Double>.zero
      delta.withUnsafeMutableBufferPointer { delta in
        stiffnesses.withUnsafeBufferPointer { a in
          forces.withUnsafeBufferPointer { f in
            noise[time % 2].withUnsafeBufferPointer { noise in
              for k in 0..<blocks {
                let force: SIMD8<Double> = f[k] - (a[k] + ridge) * delta[k]
                var next: SIMD8<Double> = delta[k] + force * step
                next += noise[k] * kick
                delta[k] = next
                squares += next * next
              }
            }
          }
        }
      }
      rho = squares.sum()
      guard time >= 1000 else { continue }
      series[0].append(delta[0][0])
      series[1].append(delta[(count - 1) / 8][(count - 1) % 8])
    }
    return series
  }
}
