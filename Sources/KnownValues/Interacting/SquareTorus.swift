// SPDX-License-Identifier: GPL-3.0-or-later

import Glibc
import LatticeFields
import NumericalKernels

/// φ⁴ on the periodic 4 × 4 lattice at infinite width, a = 1, by quadrature over all sixteen fields.
///
/// Fields live on a uniform grid of n points, where the trapezoidal rule is spectrally accurate and sums of two fields live on a grid too. Call the
/// rows s, f, t, g. Given s and t the rows f and g are independent and feel only `c = s + t`, so that
///
///     Z = Σ_c P(c) U(c)²,      P(c) = Σ_{s+t=c} W(s) W(t),      U(c) = Σ_f W(f) e^{f·c},
///
/// with the weight W of a row of four. On a row the second and the fourth site couple to the sum σ of the first and the third only, so for given
/// (c1, c3) both P and U are products of matrices over σ,
///
///     U(c) = Σ_σ Q_{c1c3}(σ) β(σ + c2) β(σ + c4),   β(x) = Σ_f w(f) e^{fx},   Q_{c1c3}(σ) = Σ_{f1+f3=σ} w(f1) w(f3) e^{f1c1+f3c3},
///
/// and likewise P: 26 n⁵ operations in all, a second or two, in place of n¹⁶. All terms are positive: no cancellation before the cumulants.
/// Relative accuracy 1e-11 (1e-9 for χ4); the Schwinger-Dyson identity and a finer grid measure it. Source: docs/physics/interacting-exact.md,
/// "Two dimensions".
public struct SquareTorus: Sendable {
  /// The potential, with m² and λ.
  public let potential: QuarticPotential
  /// `ln Z`, plain measure `Π dφ`.
  public let logPartition: Double
  /// The fourth moment `<φ⁴>` at a site.
  public let fourthMoment: Double
  /// `<φ(x)² φ(y)²>` with y − x = (2, 2).
  public let oppositeSquares: Double
  /// `<M⁴>`, M = Σφ.
  public let totalFourthMoment: Double
  /// Points of the grid, n.
  public let gridSize: Int
  private let near: Double
  private let correlations: [Double]

  /// The number of grid points ``init(_:refinement:)`` takes; its cost is the fifth power of it, an eighth of a second at 24. Weights stay in the
  /// range of a double up to 48. Nil beyond 201.
  public static func gridSize(_ potential: QuarticPotential) -> Int? {
    SquareTorusSum.extent(potential, refinement: 1).map { 2 * $0.half + 1 }
  }

  /// Sums over all fields. `refinement` divides the step of the grid.
  public init(_ potential: QuarticPotential, refinement: Double = 1) {
    self.potential = potential
    let sum = SquareTorusSum(potential, refinement: refinement)
    let averages = sum.averages()
    logPartition = sum.logScale + log(averages.partition)
    fourthMoment = averages.fourth
    oppositeSquares = averages.oppositeSquares
    totalFourthMoment = averages.totalFourth
    gridSize = sum.fields.count
    near = averages.adjacent[0]
    correlations = averages.sameRow + averages.twoRows
  }

  /// `G2(r)`.
  ///
  /// The 4-torus is the edges of a hypercube: (2,0) and (1,1) are equally far.
  public func twoPoint(_ displacement: [Int]) -> Double {
    let r = displacement.map { min((($0 % 4) + 4) % 4, ((-$0 % 4) + 4) % 4) }.sorted(by: >)
    switch (r[0], r[1]) {
    case (0, 0): return correlations[0]
    case (1, 0): return near
    case (1, 1), (2, 0): return correlations[3]
    case (2, 1): return correlations[4]
    default: return correlations[5]
    }
  }

  /// The second moment `<φ²>` at a site.
  public var secondMoment: Double { correlations[0] }

  /// `χ2 = <M²>/V`.
  public var susceptibility: Double {
    twoPoint([0, 0]) + 4 * twoPoint([1, 0]) + 6 * twoPoint([1, 1]) + 4 * twoPoint([2, 1]) + twoPoint([2, 2])
  }

  /// `χ4 = (<M⁴> − 3 <M²>²)/V`.
  public var fourthSusceptibility: Double {
    let second = 16 * susceptibility
    return (totalFourthMoment - 3 * second * second) / 16
  }

  /// `U = 1 − <M⁴>/(3 <M²>²)`.
  public var binderCumulant: Double {
    let second = 16 * susceptibility
    return 1 - totalFourthMoment / (3 * second * second)
  }

  /// `G4c(x,x,y,y)` with y − x = (2, 2).
  public var oppositeFourPoint: Double {
    let (g, far) = (twoPoint([0, 0]), twoPoint([2, 2]))
    return oppositeSquares - g * g - 2 * far * far
  }

  /// `(4 + m²)<φ²> − 4 G(1,0) + (λ/6)<φ⁴> − 1`, zero in an exact sum.
  public var schwingerDysonResidual: Double {
    (4 + potential.massSquared) * secondMoment - 4 * near + potential.coupling / 6 * fourthMoment - 1
  }
}
