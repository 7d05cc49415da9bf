// SPDX-License-Identifier: GPL-3.0-or-later

internal import CFFTW
import Correlators
import FieldSynthesis
import FieldTheories
import LatticeFields
import NumericalKernels

/// The parts everything is made of: matrix products, transforms, random numbers.
enum KernelBenchmarks {
  /// What runs here.
  static func machine() -> [(String, String)] {
    [
      ("blas-core", MatrixProduct.coreName),
      ("methods", SynthesisMethod.allCases.map(\.rawValue).joined(separator: ",")),
    ]
  }

  /// A square product of `n=`³ multiply-adds: the peak of the OpenBLAS in use.
  static func dgemm(_ request: Request) throws -> Benchmark {
    let n = try request.integer("n")
    let (a, b, c) = (noise(n * n, 1), noise(n * n, 2), noise(n * n, 3))
    return Benchmark { _ in
      MatrixProduct.multiplyTransposed(
        rows: n, columns: n, inner: n, a: a.pointer, aStride: n, b: b.pointer, bStride: n, beta: 0,
        c: c.pointer, cStride: n)
    }
  }

  /// Bare FFTW, real to complex, of `shape=`, between the same two arrays; `planner=estimate` or `measure`.
  static func fft(_ request: Request) throws -> Benchmark {
    let shape = try request.shape("shape")
    let count = shape.reduce(1, *)
    let input = AlignedBuffer<Double>(count: count, repeating: 0)
    let output = AlignedBuffer<ComplexDouble>(
      count: count / shape.last! * (shape.last! / 2 + 1), repeating: .zero)
    let raw = UnsafeMutableRawPointer(output.pointer).assumingMemoryBound(to: fftw_complex.self)
    let flag = try request.text("planner") == "measure" ? FFTW_MEASURE : FFTW_ESTIMATE
    // What was measured must not find its way into the plans of nnft's own transforms.
    defer { fftw_forget_wisdom() }
    guard
      let plan = fftw_plan_dft_r2c(
        Int32(shape.count), shape.map { Int32($0) }, input.pointer, raw, flag | FFTW_PRESERVE_INPUT)
    else { throw BenchError("FFTW refuses \(shape)") }
    let values = noise(count, 1)
    input.pointer.update(from: values.pointer, count: count)
    let held = (input, output, PlanHolder(plan))
    return Benchmark { _ in
      let raw = UnsafeMutableRawPointer(held.1.pointer).assumingMemoryBound(to: fftw_complex.self)
      fftw_execute_dft_r2c(held.2.plan, held.0.pointer, raw)
    }
  }

  /// What the two-point function costs a draw on an `boundary=` lattice `sites=`: copy, transform, accumulation of |φ(p)|².
  static func correlation(_ request: Request) throws -> Benchmark {
    guard let boundary = Boundary(rawValue: try request.text("boundary")) else {
      throw BenchError("boundary must be open or periodic")
    }
    let lattice = Lattice(sites: try request.shape("sites"), spacing: 1, boundary: boundary)
    let workspace = DrawWorkspace(sites: .lattice(lattice))
    _ = workspace.requestCorrelation(.power(1), .power(1))
    let values = noise(lattice.siteCount, 1)
    workspace.field.pointer.update(from: values.pointer, count: lattice.siteCount)
    return Benchmark { _ in workspace.load() }
  }

  /// `count=` standard normal deviates an evaluation.
  static func normals(_ request: Request) throws -> Benchmark {
    let half = try request.integer("count") / 2
    let stream = RandomStream(seed: 1, stream: "normals")
    let (first, second) = (noise(half, 1), noise(half, 2))
    return Benchmark {
      stream.normalPairs(
        use: .momentum, draw: UInt64($0), count: half, first: first.pointer, second: second.pointer)
    }
  }

  private static func noise(_ count: Int, _ draw: UInt64) -> AlignedBuffer<Double> {
    let (values, spare) = (
      AlignedBuffer<Double>(count: count, repeating: 0), AlignedBuffer<Double>(count: count, repeating: 0)
    )
    RandomStream(seed: 1, stream: "noise").normalPairs(
      use: .momentum, draw: draw, count: count, first: values.pointer, second: spare.pointer)
    return values
  }
}

/// Destroys its plan with the benchmark.
private final class PlanHolder {
  let plan: fftw_plan
  init(_ plan: fftw_plan) { self.plan = plan }
  deinit { fftw_destroy_plan(plan) }
}
