// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import ErrorAnalysis
import LatticeFields

/// One lattice at the coupling where a ratio R that does not depend on L at the critical point, the Binder cumulant U or ξ/L, has the value R* of the universality
/// class: `R_L(c) = R*`.
///
/// It needs R*, where crossings need none, and one lattice, where they need two. Any fixed value would lead to the same limits; R* has couplings approach the critical one
/// as `L^{−1/ν−ω}` and not only as `L^{−1/ν}`. Fluctuations of χ that go with those of R drop out: at fixed ξ/L, whose fluctuations are mostly those of χ, errors are several times
/// smaller than at crossings. Pairs of lattices give
///
///     1/ν = ln(R′_L′/R′_L)/ln s,      η = 2 − ln(χ_L′/χ_L)/ln s
///
/// up to L^{−ω}, and each lattice the other ratio. Source: Hasenbusch, J. Phys. A 32 (1999) 4851, sec. 3.
struct FixedRatio {
  /// What is fixed: `binder` or `correlationLength`.
  let ratio: CrossingQuantity
  /// The place of the lattice in the study.
  let place: Int
  /// Its sites along each axis.
  let length: Double
  /// What is read off there, with jackknife samples among the bins of all lattices; nil where R* is out of reach.
  let samples: Samples?
  /// Why there is none, or nil.
  let obstruction: String?

  /// What is read off one lattice: the coupling, χ, −R′ and the other ratio.
  struct Samples {
    let coupling, susceptibility, slope: JackknifeSamples
    let other: JackknifeSamples?
  }

  /// The ratio that is not fixed.
  var otherRatio: CrossingQuantity { Self.other(ratio) }
  private static func other(_ ratio: CrossingQuantity) -> CrossingQuantity { ratio == .binder ? .correlationLength : .binder }

  /// Of a lattice of the study, `value` being R*.
  init(
    _ study: CriticalPointStudy, _ histograms: [MultipleHistograms], _ place: Int, _ ratio: CrossingQuantity, value: Double,
    obstruction: String?
  ) {
    let (own, lattice) = (histograms[place], study.lattices[place].lattice)
    (self.ratio, self.place, length) = (ratio, place, Double(study.lattices[place].length))
    let height: (Double) -> Double = { coupling in
      (ratio == .binder
        ? FiniteSizeObservables.binder(own, at: coupling)
        : FiniteSizeObservables.correlationLength(own, lattice: lattice, at: coupling)) - value
    }
    guard obstruction == nil, let centre = study.root(of: height, within: [own]) else {
      samples = nil
      self.obstruction =
        obstruction
        ?? "\(ratio == .binder ? "U" : "xi/L") = \(Float(value)) is not reached on \(lattice.sites[0]) sites; choose other values"
      return
    }
    let step = 0.1 * CriticalPointResults.reach(own)
    let around = [centre - step, centre, centre + step].map { FiniteSizeObservables(own, lattice: lattice, at: $0) }
    let counts = histograms.map(\.bins)
    let (other, unresolved) = (Self.other(ratio), "the slope of \(ratio.rawValue) is not resolved; use more draws")
    let ratios = around.compactMap { $0.ratio(ratio) }
    guard ratios.count == 3 else {
      (samples, self.obstruction) = (nil, unresolved)
      return
    }
    let slope = (0.5 / step) * (ratios[2] - ratios[0])
    // Every replica is followed to its own coupling: linear in its distance from this one.
    let shift = -1 * (ratios[1].map { $0 - value } / slope)
    func followed(_ quantity: (FiniteSizeObservables) -> JackknifeSamples) -> JackknifeSamples {
      let derivative = (0.5 / step) * (quantity(around[2]) - quantity(around[0]))
      return (quantity(around[1]) + derivative * shift).placed(inBlock: place, ofBins: counts)
    }
    let found = Samples(
      coupling: shift.map { centre + $0 }.placed(inBlock: place, ofBins: counts), susceptibility: followed(\.susceptibility),
      slope: followed { $0.ratioSlope(ratio)! },
      other: around.allSatisfy { $0.ratio(other) != nil } ? followed { $0.ratio(other)! } : nil)
    let isFinite = [found.coupling, found.susceptibility, found.slope].allSatisfy {
      $0.value.isFinite && $0.replicas.allSatisfy(\.isFinite)
    }
    samples = isFinite ? found : nil
    self.obstruction = isFinite ? nil : unresolved
  }

  /// ν and η of two lattices, this one the smaller.
  func exponents(_ larger: FixedRatio) -> (nu: JackknifeSamples, eta: JackknifeSamples)? {
    guard let a = samples, let b = larger.samples else { return nil }
    let scale = log(larger.length / length)
    return ((b.slope / a.slope).map { scale / log($0) }, (b.susceptibility / a.susceptibility).map { 2 - log($0) / scale })
  }
}
