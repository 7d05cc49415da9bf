// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import KnownValues

extension RingReweighting {
  /// The rate r of `ESS ~ e^{−rV}` for direct reweighting on a long line,
  ///
  ///     r = −[ 2 ln l_0(λ) − ln l_0(0) − ln l_0(2λ) ]/a,      ln l_0(0) = −ωa/2,   sinh(ωa/2) = am/2.
  public static func decayRate(_ potential: QuarticPotential, spacing: Double = 1) -> Double {
    func vacuum(_ coupling: Double) -> Double {
      TransferMatrix(
        QuarticPotential(massSquared: potential.massSquared, coupling: coupling), sites: nil, spacing: spacing
      ).logLargestEigenvalue
    }
    let free = -asinh(spacing * potential.massSquared.squareRoot() / 2)
    return -(2 * vacuum(potential.coupling) - free - vacuum(2 * potential.coupling)) / spacing
  }
}
