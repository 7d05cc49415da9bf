// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import NumericalKernels

/// The measuring end of `make bench`: one request a line on standard input, one answer a line on standard output.
///
///     synthesis theory=cos-net architecture.width=1024 method=matrix-product evaluations=50
///     ok seconds=0.000195 method=matrix-product
///
/// Everything is prepared and run once before the clock starts; the clock is the CPU time of this one thread. A faulty request
/// is answered by `error` and a reason. Verbs: Benchmarks/README.md.
@main
enum NNFTBench {
  private static let verbs: [String: @Sendable (Request) throws -> Benchmark] = [
    "synthesis": SynthesisBenchmarks.synthesis,
    "points": SynthesisBenchmarks.points,
    "correlate": SynthesisBenchmarks.correlate,
    "dgemm": KernelBenchmarks.dgemm,
    "fft": KernelBenchmarks.fft,
    "correlation": KernelBenchmarks.correlation,
    "normals": KernelBenchmarks.normals,
    "evidence": LearningBenchmarks.evidence,
    "kernel": LearningBenchmarks.kernel,
    "posterior": LearningBenchmarks.posterior,
    "modes": ModeBenchmarks.modes,
  ]

  static func main() {
    MatrixProduct.useOneThread()
    // The latest benchmark of each verb stays prepared, so that rounds of one case share it.
    var prepared: [String: (preparation: [String: String], benchmark: Benchmark)] = [:]
    while let line = readLine() {
      let request = Request(line)
      do {
        let answer: [(String, String)]
        switch request.verb {
        case "": continue
        case "machine": answer = KernelBenchmarks.machine()
        case "dump": answer = try SynthesisBenchmarks.dump(request)
        default:
          guard let prepare = verbs[request.verb] else {
            throw BenchError("unknown verb \(request.verb)")
          }
          if prepared[request.verb]?.preparation != request.preparation {
            prepared[request.verb] = nil
            let benchmark = try prepare(request)
            benchmark.body(0)
            prepared[request.verb] = (request.preparation, benchmark)
          }
          let benchmark = prepared[request.verb]!.benchmark
          let seconds = benchmark.seconds(evaluations: try request.integer("evaluations", default: 1))
          answer = [("seconds", "\(seconds)")] + benchmark.notes
        }
        print("ok", answer.map { "\($0)=\($1)" }.joined(separator: " "))
      } catch {
        print("error \(error)")
      }
      fflush(nil)
    }
  }
}

/// What is timed, and what to say about it.
struct Benchmark {
  /// `key=value` words of the answer beside the seconds.
  var notes: [(String, String)] = []
  /// One evaluation; the argument counts them, so that networks can be taken in turn.
  let body: (Int) -> Void

  /// CPU seconds of this thread per evaluation.
  func seconds(evaluations: Int) -> Double {
    let start = Self.threadSeconds
    for index in 0..<evaluations { body(index) }
    return (Self.threadSeconds - start) / Double(evaluations)
  }

  private static var threadSeconds: Double {
    var now = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now)
    return Double(now.tv_sec) + 1e-9 * Double(now.tv_nsec)
  }
}

/// Why a request cannot be answered.
struct BenchError: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
