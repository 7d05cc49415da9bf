// SPDX-License-Identifier: GPL-3.0-or-later

import Synchronization

/// The FFTW planner keeps global state; execution does not. One lock around the planner.
let plannerLock = Mutex(())

/// An FFTW plan, made with `FFTW_ESTIMATE` (measured plans could differ between runs in the last bits); execution is stateless.
public final class TransformPlan<Real: FieldReal>: @unchecked Sendable {
  private let plan: OpaquePointer

  /// The plan that `make` returns; FFTW refuses none of the sizes asked for.
  init(_ make: () -> OpaquePointer?) { plan = plannerLock.withLock { _ in make() }! }
  deinit { plannerLock.withLock { _ in Real.kernels.destroyPlan(plan) } }

  /// The complex columns.
  func columns(_ input: UnsafeMutablePointer<Real>, _ output: UnsafeMutablePointer<Real>) {
    Real.kernels.executeComplex(plan, Real.complex(input), Real.complex(output))
  }
  /// The forward transform of a real grid.
  func forward(_ input: UnsafeMutablePointer<Real>, _ output: UnsafeMutablePointer<Real>) {
    Real.kernels.executeForward(plan, input, Real.complex(output))
  }
  /// The backward transform to real numbers; the input is destroyed.
  public func backward(_ input: UnsafeMutablePointer<Real>, _ output: UnsafeMutablePointer<Real>) {
    Real.kernels.executeBackward(plan, Real.complex(input), output)
  }
}
