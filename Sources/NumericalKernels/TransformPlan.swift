// SPDX-License-Identifier: GPL-3.0-or-later

import Synchronization

/// The FFTW planner keeps global state; execution does not. One lock around the planner.
let plannerLock = Mutex(())

/// An FFTW plan, made with `FFTW_ESTIMATE` (measured plans could differ between runs in the last bits); execution is stateless.
public final class TransformPlan<Real: FieldReal>: @unchecked Sendable {
  private let plan: OpaquePointer

  init(_ plan: OpaquePointer) { self.plan = plan }
  deinit { plannerLock.withLock { _ in Real.destroy(plan) } }

  /// The complex columns.
  func columns(_ input: UnsafeMutablePointer<Real>, _ output: UnsafeMutablePointer<Real>) {
    Real.executeColumns(plan, input, output)
  }
  /// The forward transform of a real grid.
  func forward(_ input: UnsafeMutablePointer<Real>, _ output: UnsafeMutablePointer<Real>) {
    Real.executeForward(plan, input, output)
  }
  /// The backward transform to real numbers; the input is destroyed.
  public func backward(_ input: UnsafeMutablePointer<Real>, _ output: UnsafeMutablePointer<Real>) {
    Real.executeLine(plan, input, output)
  }
}
