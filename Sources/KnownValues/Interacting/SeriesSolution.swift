// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import LatticeFields

/// Lattice φ⁴ of infinite width to second order in λ on any periodic lattice with m² > 0: `LatticePerturbationTheory` row by row, as a `CouplingSeries`.
struct SeriesSolution: SolutionMethod {
  let kind = KnownValue.Kind.series(order: 2)
  let source = "lattice perturbation theory"
  private let theory: LatticePerturbationTheory
  private let coupling: Double
  private let twoPoint: [CouplingSeries]

  init(_ potential: QuarticPotential, _ lattice: Lattice) {
    theory = LatticePerturbationTheory(lattice: lattice, massSquared: potential.massSquared)
    coupling = potential.coupling
    twoPoint = theory.twoPoint()
  }

  func answer(_ function: CorrelationFunction) -> (value: ExactValue, lastTerm: Double)? {
    series(function).map { (ExactValue($0.value(at: coupling)), $0.lastTerm(at: coupling)) }
  }

  func coefficients(_ function: CorrelationFunction) -> [Double]? { series(function)?.coefficients }

  private func series(_ function: CorrelationFunction) -> CouplingSeries? {
    let lattice = theory.lattice
    let origin = [Int](repeating: 0, count: lattice.dimension)
    switch function {
    case .moment(let points), .cumulant(let points):
      guard let sites = lattice.sites(points) else { return nil }
      if sites.count % 2 == 1 { return CouplingSeries([0, 0, 0]) }
      if sites.count == 2 { return pair(sites[0], sites[1]) }
      guard sites.count == 4 else { return nil }
      guard case .moment = function else { return theory.fourPoint(sites) }
      return Pairings.four.reduce(theory.fourPoint(sites)) { sum, pairing in
        let pairs = pairing.map { pair(sites[$0.0], sites[$0.1]) }
        return sum + pairs[0] * pairs[1]
      }
    case .propagator(let mode): return mode.count == lattice.dimension ? theory.twoPoint(mode: mode) : nil
    case .zeroMomentumCumulant(order: 2): return theory.twoPoint(mode: origin)
    case .zeroMomentumCumulant(order: 4): return theory.fourthSusceptibility
    case .binderCumulant:
      let second = theory.twoPoint(mode: origin)
      return -1 / (3 * lattice.volume) * (theory.fourthSusceptibility * (second * second).inverse)
    case .compositeCumulant(2, let x, 2, let y):
      guard let sites = lattice.sites([x, y]) else { return nil }
      let g = pair(sites[0], sites[1])
      return theory.fourPoint([sites[0], sites[0], sites[1], sites[1]]) + 2 * (g * g)
    case .compositeCumulant(3, let x, 1, let y), .compositeCumulant(1, let y, 3, let x):
      guard let sites = lattice.sites([x, y]) else { return nil }
      let four = theory.fourPoint([sites[0], sites[0], sites[0], sites[1]])
      return four + 3 * (twoPoint[0] * pair(sites[0], sites[1]))
    case .squaredDifference(let x, let y):
      guard let sites = lattice.sites([x, y]) else { return nil }
      return 2 * (twoPoint[0] + -1 * pair(sites[0], sites[1]))
    case .standardisedCumulant(order: 4, let x):
      guard let site = lattice.sites([x])?[0] else { return nil }
      let squared = twoPoint[0] * twoPoint[0]
      return theory.fourPoint([site, site, site, site]) * squared.inverse
    default: return nil
    }
  }

  private func pair(_ a: [Int], _ b: [Int]) -> CouplingSeries {
    twoPoint[theory.lattice.siteIndex(theory.lattice.displacement(a, b))]
  }
}
