// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import KnownValues
import LatticeFields

extension CosineNeurons {
  /// The coefficient of the volume in `dG2(r)/dλ` at λ = 0, `lim (1/V) dG2(r)/dλ`:
  ///
  ///     −(1/24) { (6 G0/N) [2 H2(r) − G0 G2(r)] + (1/N²) [6 H3(r) − 3 H2(0) G2(r) − 12 G0 H2(r) + 6 G0² G2(r)] }.
  ///
  /// Every neuron is a plane wave that fills the box, so the action of one network is extensive with a coefficient that fluctuates from network
  /// to network: the expansion parameter is λV/N, and a theory has no infinite-volume limit at fixed N unless this vanishes. It does,
  /// identically, if and only if all neurons have one amplitude (constant |v| and F(k) the same for all k): the spatial average of φ² is
  /// then the same in every network. Source: docs/physics/interacting-exact.md, "Infrared growth".
  public func infraredGrowth(_ r: Point) -> Double {
    let n = Double(width)
    func g(_ z: Point) -> Double { outputWeights.moment(2) * spectralMoment(order: 2, z) / 2 }
    func h2(_ z: Point) -> Double { outputWeights.moment(4) * spectralMoment(order: 4, z) / 8 }
    func h3(_ z: Point) -> Double { outputWeights.moment(6) * spectralMoment(order: 6, z) / 32 }
    let (g0, gr, h2r) = (g(.zero), g(r), h2(r))
    let first = 6 * g0 * (2 * h2r - g0 * gr)
    let second = 6 * h3(r) - 3 * h2(.zero) * gr - 12 * g0 * h2r + 6 * g0 * g0 * gr
    return -(first / n + second / (n * n)) / 24
  }
}

/// `dG(x,y)/dλ` at λ = 0 of neurons that all have one amplitude (alpha = 0 with constant |v|), exact in N:
///
///     −(G0/2) (1 − 1/N)² ∫_z G(x−z) G(z−y) − (G0²/(8N)) (1 − 2/(3N)) ∫_z G(x+y−2z).
///
/// There is no term that grows with the volume. The second integral does not fall with |x−y|: relative to G(r) it grows as e^{mr}. It is
/// `2^{-d}/m²` in infinite volume, `1/m²` in a periodic continuum box, and on a periodic lattice of even extents the sum of
/// `G(k) e^{ik·(x+y)}` over the 2^d corners `k_μ ∈ {0, π/a}`. Source: arXiv:2604.27050 and docs/physics/interacting-exact.md.
public enum ConstantAmplitudeResponse {
  /// From `g0 = G(0)`, `convolution = ∫_z G(x−z) G(z−y)` and `reflected = ∫_z G(x+y−2z)`.
  public static func twoPoint(
    width: Int, g0: Double, convolution: Double, reflected: Double
  ) -> FirstOrderResponse {
    let n = Double(width)
    let (loop, image) = (g0 * convolution / 2, g0 * g0 * reflected / 8)
    return FirstOrderResponse(
      leading: -loop, inverseWidth: (2 * loop - image) / n,
      inverseWidthSquared: (2.0 / 3 * image - loop) / (n * n))
  }

  /// `∫_z G(x+y−2z)` on a periodic lattice of even extents, for the displacement r = x − y (x + y and x − y have one parity).
  public static func reflectedIntegral(
    lattice: Lattice, massSquared: Double, displacement: [Int]
  ) -> Double {
    precondition(
      lattice.boundary == .periodic && lattice.sites.allSatisfy { $0 % 2 == 0 },
      "reflectedIntegral: a periodic lattice of even extents, not \(lattice.sites)")
    let corner = 4 / (lattice.spacing * lattice.spacing)
    return (0..<1 << lattice.dimension).reduce(0) { sum, axes in
      var (phase, momentum) = (0, 0.0)
      for axis in 0..<lattice.dimension where axes >> axis & 1 == 1 {
        phase += displacement[axis]
        momentum += corner
      }
      return sum + (phase % 2 == 0 ? 1 : -1) / (momentum + massSquared)
    }
  }
}
