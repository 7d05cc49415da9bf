// SPDX-License-Identifier: GPL-3.0-or-later

internal import COpenBLAS

/// Dense products by OpenBLAS, always on one thread: parallelism belongs to the draws.
public enum MatrixProduct {
  /// `C = alpha A Bᵀ + beta C`, row-major: A is rows × inner, B is columns × inner, C is rows × columns;
  /// the strides are the lengths of a stored row.
  public static func multiplyTransposed(
    rows: Int, columns: Int, inner: Int, alpha: Double = 1,
    a: UnsafePointer<Double>, aStride: Int, b: UnsafePointer<Double>, bStride: Int,
    beta: Double, c: UnsafeMutablePointer<Double>, cStride: Int
  ) {
    useOneThread()
    cblas_dgemm(
      CblasRowMajor, CblasNoTrans, CblasTrans, blasint(rows), blasint(columns), blasint(inner),
      alpha, a, blasint(aStride), b, blasint(bStride), beta, c, blasint(cStride))
  }

  /// `C = alpha A B + beta C`, row-major: A is rows × inner, B is inner × columns, C is rows × columns.
  public static func multiply(
    rows: Int, columns: Int, inner: Int, alpha: Double = 1,
    a: UnsafePointer<Double>, aStride: Int, b: UnsafePointer<Double>, bStride: Int,
    beta: Double = 0, c: UnsafeMutablePointer<Double>, cStride: Int
  ) {
    useOneThread()
    cblas_dgemm(
      CblasRowMajor, CblasNoTrans, CblasNoTrans, blasint(rows), blasint(columns), blasint(inner), alpha, a, blasint(aStride),
      b, blasint(bStride), beta, c, blasint(cStride))
  }

  /// `C = C + Aᵀ B`, row-major: A is inner × rows, B is inner × columns, C is rows × columns.
  public static func addTransposed(
    rows: Int, columns: Int, inner: Int, a: UnsafePointer<Double>, aStride: Int, b: UnsafePointer<Double>, bStride: Int,
    to c: UnsafeMutablePointer<Double>, cStride: Int
  ) {
    useOneThread()
    cblas_dgemm(
      CblasRowMajor, CblasTrans, CblasNoTrans, blasint(rows), blasint(columns), blasint(inner), 1, a, blasint(aStride),
      b, blasint(bStride), 1, c, blasint(cStride))
  }

  /// `C = C + alpha Aᵀ A` on and above the diagonal, row-major: A is inner × size, C is size × size. Half the cost of a product.
  public static func addSquare(
    size: Int, inner: Int, alpha: Double = 1, a: UnsafePointer<Double>, aStride: Int, to c: UnsafeMutablePointer<Double>,
    cStride: Int
  ) {
    useOneThread()
    cblas_dsyrk(
      CblasRowMajor, CblasUpper, CblasTrans, blasint(size), blasint(inner), alpha, a, blasint(aStride), 1, c, blasint(cStride))
  }

  /// `C = alpha A Aᵀ` on and above the diagonal, row-major: A is size × inner, C is size × size.
  public static func square(
    size: Int, inner: Int, alpha: Double = 1, a: UnsafePointer<Double>, aStride: Int, c: UnsafeMutablePointer<Double>,
    cStride: Int
  ) {
    useOneThread()
    cblas_dsyrk(
      CblasRowMajor, CblasUpper, CblasNoTrans, blasint(size), blasint(inner), alpha, a, blasint(aStride), 0, c, blasint(cStride))
  }

  /// Pins OpenBLAS to one thread, the first time it is called: every use of the library begins with it, because sums split over threads end in other
  /// digits.
  public static func useOneThread() { _ = pinned }
  private static let pinned: Void = openblas_set_num_threads(1)

  /// What a thread takes of the address space when it first multiplies: a buffer of OpenBLAS (128 MiB), an arena of the allocator (128 MiB while it is
  /// mapped), stacks.
  private static let bytesPerThread = 272.0 * 0x1p20

  /// Pins OpenBLAS to one thread and throws unless the buffers of `threads` threads can be had beside `bytes` of other memory: OpenBLAS asks for a
  /// buffer it is refused again and again, for ever.
  public static func prepare(threads: Int, beside bytes: Double = 0) throws(ResourceError) {
    useOneThread()
    let needed = Double(threads) * bytesPerThread + bytes
    guard MemoryBudget.isGranted(bytes: needed) else {
      throw ResourceError(
        "this run needs \(MemoryBudget.gibibytes(needed)) of address space on \(threads) threads, more than this process may have "
          + "(ulimit -v); use fewer threads or raise the limit")
    }
  }

  /// The instruction-set kernel OpenBLAS chose on this machine, e.g. "Haswell" or "SkylakeX"; fields differ in the last bits
  /// between kernels.
  public static var coreName: String { String(cString: openblas_get_corename()) }
}
