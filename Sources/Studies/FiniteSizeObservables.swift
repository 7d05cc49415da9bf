// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import ErrorAnalysis
import LatticeFields

/// What finite-size scaling reads off one lattice at one coupling c, with jackknife samples over its chains:
///
///     U = 1 − <Φ⁴>/(3<Φ²>²),    U′ = dU/dc and (ξ/L)′ by d<O>/dc = −(<O E> − <O><E>),    χ = <Φ²>/V,
///     ξ = (2 sin(p/2)/a)^{-1} √(χ/G(p) − 1) of second moments, p = 2π/(aL) the lowest momentum,
///     g = 3 U χ² V/(χ² ξ^d) = −χ4/(χ² ξ^d), the renormalised coupling
///
/// Sources: Binder, Z. Phys. B 43 (1981) 119; docs/physics/estimators.md.
struct FiniteSizeObservables {
  let binder: JackknifeSamples
  let slope: JackknifeSamples
  /// d(ξ/L)/dc; nil without a correlation length.
  let correlationLengthSlope: JackknifeSamples?
  let susceptibility: JackknifeSamples
  /// ξ/L; nil where χ ≤ G(p).
  let correlationLength: JackknifeSamples?
  /// g; nil without a correlation length.
  let coupling: JackknifeSamples?

  /// U or ξ/L, by the name of the quantity.
  func ratio(_ quantity: CrossingQuantity) -> JackknifeSamples? { quantity == .binder ? binder : correlationLength }

  /// dU/dc or d(ξ/L)/dc.
  func ratioSlope(_ quantity: CrossingQuantity) -> JackknifeSamples? { quantity == .binder ? slope : correlationLengthSlope }

  /// ξ/L alone, a number, for searches; 0 where χ ≤ G(p).
  static func correlationLength(_ histograms: MultipleHistograms, lattice: Lattice, at coupling: Double) -> Double {
    let moments = histograms.means(at: coupling, count: 2) { observables, _ in [observables[0], observables[1]] }
    let sites = Double(lattice.sites[0])
    return max(0, moments[0] / moments[1] - 1).squareRoot() / (2 * sin(.pi / sites) * sites)
  }

  /// U alone, a number, for searches.
  static func binder(_ histograms: MultipleHistograms, at coupling: Double) -> Double {
    let moments = histograms.means(at: coupling, count: 2) { observables, _ in
      [observables[0], observables[0] * observables[0]]
    }
    return 1 - moments[1] / (3 * moments[0] * moments[0])
  }

  /// Of a lattice at a coupling.
  init(_ histograms: MultipleHistograms, lattice: Lattice, at coupling: Double) {
    let bins = histograms.bins(at: coupling, count: 7) { observables, energy in
      let (square, mode) = (observables[0], observables[1])
      return [square, square * square, mode, energy, square * energy, square * square * energy, mode * energy]
    }
    func covariance(_ product: Int, _ observable: Int) -> JackknifeSamples {
      bins.mean(product) - bins.mean(observable) * bins.mean(3)
    }
    let (second, fourth) = (bins.mean(0), bins.mean(1))
    let ratio = fourth / (second * second)
    binder = ratio.map { 1 - $0 / 3 }
    // −dU/dc · 3 = d ratio/dc = (<Φ⁴>′ − 2 (<Φ⁴>/<Φ²>) <Φ²>′)/<Φ²>²
    let change = -1 * (covariance(5, 1) - 2 * (fourth / second) * covariance(4, 0))
    slope = (-1 / 3.0) * (change / (second * second))
    let volume = lattice.volume
    susceptibility = (1 / volume) * second
    let length = Double(lattice.sites[0]) * lattice.spacing
    let lowest = 2 / lattice.spacing * sin(.pi / Double(lattice.sites[0]))
    let excess = second / bins.mean(2)
    guard excess.value > 1, excess.replicas.allSatisfy({ $0 > 1 }) else {
      (correlationLength, correlationLengthSlope, self.coupling) = (nil, nil, nil)
      return
    }
    let ratioOfLengths = excess.map { ($0 - 1).squareRoot() / (lowest * length) }
    correlationLength = ratioOfLengths
    // With r = <Φ²>/<F>: (ξ/L)′ = (ξ/L) r′/(2 (r − 1)),  r′ = r (<Φ²>′/<Φ²> − <F>′/<F>)
    let logarithmic = covariance(6, 2) / bins.mean(2) - covariance(4, 0) / second
    correlationLengthSlope = 0.5 * (ratioOfLengths * excess * logarithmic / excess.map { $0 - 1 })
    // χ4 = (<Φ⁴> − 3<Φ²>²)/V = −3 U <Φ²>²/V and χ² = <Φ²>²/V².
    self.coupling = 3 * (binder / ratioOfLengths.map { pow($0, Double(lattice.dimension)) })
  }
}
