// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import ErrorAnalysis
import LatticeFields

/// One lattice at the coupling where its Binder cumulant has the value U* of the universality class: `U_L(c) = U*`.
///
/// It needs U*, where crossings need none, and one lattice, where they need two. Fluctuations of χ and ξ that go with those of U drop out, which leaves errors two to
/// three times smaller. Couplings approach the critical one as `L^{−1/ν−ω}` and pairs of lattices give
///
///     1/ν = ln(U′_L′/U′_L)/ln s,      η = 2 − ln(χ_L′/χ_L)/ln s,      ξ/L
///
/// up to L^{−ω}. Source: Hasenbusch, J. Phys. A 32 (1999) 4851, sec. 3.
struct FixedCumulant {
  /// The place of the lattice in the study.
  let place: Int
  /// Its sites along each axis.
  let length: Double
  /// Coupling, χ, −U′ and ξ/L there, with jackknife samples among the bins of all lattices; nil where U* is out of reach.
  let samples: Samples?
  /// Why there is none, or nil.
  let obstruction: String?

  /// What is read off one lattice.
  struct Samples {
    let coupling, susceptibility, slope: JackknifeSamples
    let correlationLength: JackknifeSamples?
  }

  /// Of a lattice of the study, `cumulant` being U*.
  init(_ study: CriticalPointStudy, _ histograms: [MultipleHistograms], _ place: Int, cumulant: Double, obstruction: String?) {
    let own = histograms[place]
    (self.place, length) = (place, Double(study.lattices[place].length))
    func observables(_ coupling: Double) -> FiniteSizeObservables {
      FiniteSizeObservables(own, lattice: study.lattices[place].lattice, at: coupling)
    }
    guard obstruction == nil,
      let centre = study.root(of: { FiniteSizeObservables.binder(own, at: $0) - cumulant }, within: [own])
    else {
      samples = nil
      self.obstruction =
        obstruction ?? "U = \(Float(cumulant)) is not reached on \(study.lattices[place].length) sites; choose other values"
      return
    }
    let step = 0.1 * CriticalPointResults.reach(own)
    let around = [centre - step, centre, centre + step].map(observables)
    let slope = (0.5 / step) * (around[2].binder - around[0].binder)
    // Every replica is followed to its own coupling: linear in its distance from this one.
    let shift = -1 * (around[1].binder.map { $0 - cumulant } / slope)
    let counts = histograms.map(\.bins)
    func followed(_ quantity: (FiniteSizeObservables) -> JackknifeSamples) -> JackknifeSamples {
      let derivative = (0.5 / step) * (quantity(around[2]) - quantity(around[0]))
      return (quantity(around[1]) + derivative * shift).placed(inBlock: place, ofBins: counts)
    }
    let hasLength = around.allSatisfy { $0.correlationLength != nil }
    let found = Samples(
      coupling: shift.map { centre + $0 }.placed(inBlock: place, ofBins: counts), susceptibility: followed(\.susceptibility),
      slope: followed(\.slope), correlationLength: hasLength ? followed { $0.correlationLength! } : nil)
    let isFinite = [found.coupling, found.susceptibility, found.slope].allSatisfy {
      $0.value.isFinite && $0.replicas.allSatisfy(\.isFinite)
    }
    samples = isFinite ? found : nil
    self.obstruction = isFinite ? nil : "the slope of the Binder cumulant is not resolved; use more draws"
  }

  /// ν and η of two lattices, this one the smaller.
  func exponents(_ larger: FixedCumulant) -> (nu: JackknifeSamples, eta: JackknifeSamples)? {
    guard let a = samples, let b = larger.samples else { return nil }
    let scale = log(larger.length / length)
    return ((b.slope / a.slope).map { scale / log($0) }, (b.susceptibility / a.susceptibility).map { 2 - log($0) / scale })
  }
}
