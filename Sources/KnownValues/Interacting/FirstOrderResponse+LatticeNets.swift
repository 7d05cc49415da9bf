// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import LatticeFields

extension LatticeModeNet where Self: CosineNeurons {
  /// `dG2(r)/dg` at g = 0 under `exp(−(g/n!) a^d Σ_z φ(z)^n)` over the net's own lattice, for every displacement r (row-major), exact in N.
  ///
  /// With `G2 = μ2 J_2/2`, `H2 = μ4 J_4/8`, `H3 = μ6 J_6/32`, `(f*g)(r) = Σ_z f(r−z) g(z)` and `S2[f](r) = Σ_z f(r−2z)`,
  ///
  ///     −(24/a^d) dG2/dλ = 12 G0 (G2*G2)
  ///       + (1/N)  [ 6 G0 (2 N_s H2 + S2[H2] − N_s G0 G2 − 2 G2*G2) + 24 (G2*H2 − G0 G2*G2) ]
  ///       + (1/N²) [ 6 N_s H3 + 4 S2[H3] − 3 N_s H2(0) G2 − 24 G2*H2 − 6 G0 (2 N_s H2 + S2[H2]) + 6 N_s G0² G2 + 24 G0 G2*G2 ].
  ///
  /// and for a shift of m², `−(2/a^d) dG2/dδ = 2 G2*G2 + (1/N) [ 2 N_s H2 + S2[H2] − N_s G0 G2 − 2 G2*G2 ]`.
  ///
  /// The terms with N_s grow with the volume: docs/physics/interacting-exact.md, "Infrared growth". Cost O(N_s log N_s). Accuracy 1e-14 of the largest
  /// entry. Source: docs/physics/interacting-exact.md.
  public func firstOrderTwoPoint(inserted: InsertedPower = .quartic) -> [FirstOrderResponse] {
    let transform = LatticeTransform(lattice)
    let count = Double(lattice.siteCount)
    let n = Double(width)
    func table(_ order: Int) -> [Double] {
      let scale = outputWeights.moment(order) / Double([1: 2, 2: 8, 3: 32][order / 2]!)
      return (0..<lattice.siteCount).map { scale * spectralMoment(order: order, lattice.position($0)) }
    }
    func convolve(_ f: [Double], _ g: [Double]) -> [Double] {
      transform.convolution(f, g).map { $0 / lattice.cellVolume }
    }
    let (g2, h2, h3) = (table(2), table(4), table(6))
    let (gg, gh) = (convolve(g2, g2), convolve(g2, h2))
    let (s2, s3) = (doubledSum(h2), doubledSum(h3))
    let g0 = g2[0]
    return (0..<lattice.siteCount).map { r in
      let volume = 2 * count * h2[r] + s2[r]
      if inserted == .quadratic {
        let scale = -lattice.cellVolume / 2
        return FirstOrderResponse(
          leading: scale * 2 * gg[r],
          inverseWidth: scale * (volume - count * g0 * g2[r] - 2 * gg[r]) / n, inverseWidthSquared: 0)
      }
      let first =
        6 * g0 * (volume - count * g0 * g2[r] - 2 * gg[r]) + 24 * (gh[r] - g0 * gg[r])
      let second =
        6 * count * h3[r] + 4 * s3[r] - 3 * count * h2[0] * g2[r] - 24 * gh[r] - 6 * g0 * volume
        + 6 * count * g0 * g0 * g2[r] + 24 * g0 * gg[r]
      let scale = -lattice.cellVolume / 24
      return FirstOrderResponse(
        leading: scale * 12 * g0 * gg[r], inverseWidth: scale * first / n,
        inverseWidthSquared: scale * second / (n * n))
    }
  }

  /// `S2[f](r) = Σ_z f(r−2z)`: along an axis of odd extent 2z runs over all sites once, along one of even extent twice over those of one
  /// parity.
  private func doubledSum(_ f: [Double]) -> [Double] {
    let even = lattice.sites.indices.filter { lattice.sites[$0] % 2 == 0 }
    func parity(_ site: Int) -> Int {
      let vector = lattice.siteVector(site)
      return even.reduce(0) { 2 * $0 + vector[$1] % 2 }
    }
    let classes = (0..<lattice.siteCount).map(parity)
    var sums = [Double](repeating: 0, count: 1 << even.count)
    for (site, value) in f.enumerated() { sums[classes[site]] += value }
    return classes.map { Double(1 << even.count) * sums[$0] }
  }
}
