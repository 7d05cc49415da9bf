// SPDX-License-Identifier: GPL-3.0-or-later

import LatticeFields

/// φ⁴ on a periodic lattice at infinite width, expanded in λ to second order, d = 1 to 4, m² > 0.
///
/// With the free propagator D, `D0 = D(0)`, `B(p) = FT[D²](p)`:
///
///     G2(p) = D_p − λ D_p² D0/2 + λ² [ D_p² (D0 B(0)/4 + FT[D³](p)/6) + D_p³ D0²/4 ]        tadpole | double tadpole, sunset, two tadpoles
///     G4c   = −λ a^d Σ_y Π_i D(x_i−y)
///             + (λ²/2) Σ_3 a^{2d} Σ_{y,z} D(x1−y) D(x2−y) D(y−z)² D(z−x3) D(z−x4)          one loop, three channels
///             + (λ²/2) D0 Σ_i a^d Σ_y (D*D)(x_i−y) Π_{j≠i} D(x_j−y)                         tadpoles on the legs
///
/// Coefficients to 1e-12; O(N_s log N_s). Checked against polynomial fits of exact transfer-matrix data. Source: Wick's theorem;
/// docs/physics/interacting-exact.md, "Perturbation theory".
public struct LatticePerturbationTheory: Sendable {
  /// The lattice of the sums.
  public let lattice: Lattice
  /// Squared mass m² of the free propagator.
  public let massSquared: Double
  /// `D_p = 1/(p̂² + m²)` over all modes.
  public let spectrum: [Double]
  /// `D(r)` over all displacements.
  public let propagator: [Double]
  private let transform: LatticeTransform
  private let secondOrder: [Double]
  private let sunset: [Double]

  /// Tables on a periodic lattice.
  public init(lattice: Lattice, massSquared: Double) {
    precondition(massSquared > 0, "LatticePerturbationTheory: m2 = \(massSquared), the free theory needs m2 > 0")
    let transform = LatticeTransform(lattice)
    let spectrum = transform.squaredMomenta().map { 1 / ($0 + massSquared) }
    let propagator = transform.function(spectrum)
    let sunset = transform.spectrum(propagator.map { $0 * $0 * $0 })
    let d0 = propagator[0]
    let bubble = lattice.cellVolume * propagator.reduce(0) { $0 + $1 * $1 }
    self.lattice = lattice
    self.massSquared = massSquared
    self.transform = transform
    self.spectrum = spectrum
    self.propagator = propagator
    self.sunset = sunset
    secondOrder = zip(spectrum, sunset).map { d, s in
      d * d * (d0 * bubble / 4 + s / 6) + d * d * d * d0 * d0 / 4
    }
  }

  /// The free propagator D0 at the origin.
  public var tadpole: Double { propagator[0] }

  /// `B(0) = a^d Σ_r D(r)²`.
  public var bubble: Double { lattice.cellVolume * propagator.reduce(0) { $0 + $1 * $1 } }

  /// G2(p) of an integer mode.
  public func twoPoint(mode: [Int]) -> CouplingSeries {
    let p = lattice.siteIndex(mode)
    return CouplingSeries([spectrum[p], -spectrum[p] * spectrum[p] * tadpole / 2, secondOrder[p]])
  }

  /// G2(r) over all displacements, row-major.
  public func twoPoint() -> [CouplingSeries] {
    let d0 = tadpole
    let first = transform.function(spectrum.map { -$0 * $0 * d0 / 2 })
    let second = transform.function(secondOrder)
    return propagator.indices.map { CouplingSeries([propagator[$0], first[$0], second[$0]]) }
  }

  /// `Σ(p) = λ D0/2 + λ² [ −D0 B(0)/4 − FT[D³](p)/6 ]`, as (tadpole, double tadpole, sunset), with `G2^{-1} = D^{-1} + Σ`.
  public func selfEnergy(mode: [Int]) -> (tadpole: Double, doubleTadpole: Double, sunset: Double) {
    (tadpole / 2, -tadpole * bubble / 4, -sunset[lattice.siteIndex(mode)] / 6)
  }

  /// `χ4 = −λ/m⁸ + λ² [ (3/2) B(0)/m⁸ + 2 D0/m¹⁰ ]`.
  public var fourthSusceptibility: CouplingSeries {
    let m8 = massSquared * massSquared * massSquared * massSquared
    return CouplingSeries([0, -1 / m8, 1.5 * bubble / m8 + 2 * tadpole / (m8 * massSquared)])
  }

  /// The 1PI quartic coupling at zero momentum, `g4(0) = −χ4/χ2⁴ = λ − (3/2) B(0) λ²`.
  public var quarticCoupling: CouplingSeries { CouplingSeries([0, 1, -1.5 * bubble]) }

  /// `<S_int>_0 = λ V D0²/8` of the free field.
  public func meanAction(coupling: Double) -> Double { coupling * lattice.volume * tadpole * tadpole / 8 }

  /// `Var_0(S_int) = (λ/4!)² V a^d Σ_r [ 72 D0² D(r)² + 24 D(r)⁴ ]`: direct reweighting keeps about `exp(−Var_0)` of its samples while this
  /// is small against one, and more than that where it is not.
  public func actionVariance(coupling: Double) -> Double {
    let d0 = tadpole
    let sum = propagator.reduce(0.0) { sum, d in sum + d * d * (72 * d0 * d0 + 24 * d * d) }
    return coupling * coupling / 576 * lattice.volume * lattice.cellVolume * sum
  }

  /// G4c at four sites: tree and one loop. Cost: six transforms.
  public func fourPoint(_ sites: [[Int]]) -> CouplingSeries {
    precondition(sites.count == 4, "fourPoint: \(sites.count) sites")
    let chain = transform.function(spectrum.map { $0 * $0 })
    let legs = sites.map { shifted(propagator, to: $0) }
    let bubbles = propagator.map { $0 * $0 }
    var (tree, loops, tadpoles) = (0.0, 0.0, 0.0)
    for pairing in Pairings.four {
      let (a, b) = (product(legs, pairing[0]), product(legs, pairing[1]))
      loops += lattice.cellVolume * zip(transform.convolution(bubbles, a), b).reduce(0) { $0 + $1.0 * $1.1 }
    }
    for (i, site) in sites.enumerated() {
      let dressed = shifted(chain, to: site)
      for y in 0..<lattice.siteCount {
        let others = (0..<4).reduce(1.0) { $1 == i ? $0 : $0 * legs[$1][y] }
        tadpoles += lattice.cellVolume * dressed[y] * others
        if i == 0 { tree += lattice.cellVolume * legs[0][y] * others }
      }
    }
    return CouplingSeries([0, -tree, (loops + tadpole * tadpoles) / 2])
  }

  private func product(_ legs: [[Double]], _ pair: (Int, Int)) -> [Double] {
    zip(legs[pair.0], legs[pair.1]).map { $0 * $1 }
  }

  /// `f(x − y)` as a function of y.
  private func shifted(_ f: [Double], to x: [Int]) -> [Double] {
    (0..<lattice.siteCount).map { y in
      f[lattice.siteIndex(zip(x, lattice.siteVector(y)).map { $0 - $1 })]
    }
  }
}
