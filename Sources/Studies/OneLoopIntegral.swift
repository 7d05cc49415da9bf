// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis
import Glibc
import LatticeFields

/// The one-loop integral of the four-point function on a periodic lattice, `B(P) = V⁻¹ Σ_k G_k G_{P−k}`, with the propagator
/// `G_k = 1/(k̂² + 1/χ2)` whose mass is the measured one. Cost O(sites) an argument and a replica.
struct OneLoopIntegral {
  private let lattice: Lattice
  /// k̂² of all modes.
  private let squares: [Double]

  init(_ lattice: Lattice) {
    self.lattice = lattice
    squares = (0..<lattice.siteCount).map { index in
      zip(lattice.siteVector(index), lattice.sites).reduce(0.0) { sum, pair in
        let s = 2 / lattice.spacing * sin(Double.pi * Double(pair.0) / Double(pair.1))
        return sum + s * s
      }
    }
  }

  /// `B(q1+q2) + B(q1+q3) + B(q1+q4)` for each replica of χ2.
  func sum(_ modes: [[Int]], susceptibility: JackknifeSamples) -> JackknifeSamples {
    let partners = (1...3).map { other in
      let total = zip(modes[0], modes[other]).map(+)
      return (0..<lattice.siteCount).map { index in
        lattice.siteIndex(zip(total, lattice.siteVector(index)).map(-))
      }
    }
    let volume = lattice.volume
    return susceptibility.map { chi in
      let propagator = squares.map { 1 / ($0 + 1 / chi) }
      return partners.reduce(0) { sum, partner in
        sum + partner.indices.reduce(0) { $0 + propagator[$1] * propagator[partner[$1]] } / volume
      }
    }
  }
}

extension Lattice {
  /// cos(p·r) of a mode at a displacement in lattice units.
  func wave(mode: [Int], displacement: [Int]) -> Double {
    let turns = sites.indices.reduce(0.0) { $0 + Double(mode[$1] * displacement[$1]) / Double(sites[$1]) }
    return cos(2 * Double.pi * turns)
  }
}
