// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import LatticeFields
import Testing

@testable import KnownValues

/// Solutions at parameters far from one: affordable and right, or not known.
@Suite struct ExtremePotentialTests {
  /// The potential in units in which fields are `unit` times as large: `m² → m²/u²`, `λ → λ/u⁴`.
  private static func scaled(_ potential: QuarticPotential, _ unit: Double) -> QuarticPotential {
    QuarticPotential(
      massSquared: potential.massSquared / (unit * unit), coupling: potential.coupling / (unit * unit) / (unit * unit))
  }

  /// Moments of one site are covariant, exactly in powers of two; the control forgets a factor.
  @Test(arguments: [(1.0, 6.0), (-3.0, 2.0), (0.0, 1.0), (1.0, 0.0)]) func singleSite(massSquared: Double, coupling: Double) {
    let potential = QuarticPotential(massSquared: massSquared, coupling: coupling)
    let one = SingleSite(potential)
    for exponent in [-200, -40, -3, 5, 60, 150] {
      let unit = Double(sign: .plus, exponent: exponent, significand: 1)
      let site = SingleSite(Self.scaled(potential, unit))
      #expect(site.moment(2) == unit * unit * one.moment(2) && site.moment(4) == unit * unit * unit * unit * one.moment(4))
      #expect(site.moment(2) != unit * one.moment(2))
      #expect(abs(site.logPartition - one.logPartition - Double(exponent) * 0.693147180559945309) < 1e-11)
    }
  }

  /// Wells a million widths apart have no moments that the rule could find; the partition function is known all the same.
  @Test func farWells() {
    let site = SingleSite(QuarticPotential(massSquared: -1, coupling: 1e-14))
    #expect(site.moment(2).isNaN && site.logPartition.isFinite)
    #expect(SingleSite(QuarticPotential(massSquared: -1, coupling: 1e-3)).moment(2) > 5000)
  }

  @Test func gridsAreBounded() {
    let plain = QuarticPotential(massSquared: 1, coupling: 6)
    #expect(SquareTorus.gridSize(plain)! < 48 && TransferMatrix.gridSize(plain, sites: 8)! < 800)
    for (massSquared, coupling) in [
      (1e40, 1), (1, 1e300), (1e-40, 1e-300), (-1, 1e-300), (-1e30, 1e-30), (1e300, 1e300), (-1e300, 1e-300), (1e-60, 1e-8),
    ] {
      let potential = QuarticPotential(massSquared: massSquared, coupling: coupling)
      for size in [SquareTorus.gridSize(potential)]
        + [1e-30, 1, 1e30].map({ TransferMatrix.gridSize(potential, sites: 8, spacing: $0) })
      {
        if let size { #expect(size <= 4001) }
      }
    }
    #expect(
      TransferMatrix.gridSize(plain, sites: 64, spacing: 1e-30) == nil
        && SquareTorus.gridSize(QuarticPotential(massSquared: 1e40, coupling: 24)) == nil)
  }

  /// What is known of every small lattice at every extreme is a number, or nothing.
  @Test(arguments: [[1], [8], [2, 2], [4, 4], [3, 3]]) func references(sites: [Int]) {
    for spacing in [1e-30, 1e-8, 1, 1e8] {
      for massSquared in [1e-60, 1, 1e60, -1, -1e30] {
        for coupling in [1e-300, 1e-10, 1, 1e5, 1e30, 1e300] {
          let lattice = Lattice(sites: sites, spacing: spacing, boundary: .periodic)
          let potential = QuarticPotential(massSquared: massSquared, coupling: coupling)
          guard let reference = InteractingValues(infiniteWidth: potential, lattice: lattice) else { continue }
          for function: CorrelationFunction in [
            .moment([.zero, .zero]), .cumulant([.zero, .zero, .zero, .zero]), .zeroMomentumCumulant(order: 4), .binderCumulant,
          ] {
            if let value = reference.value(function) { #expect(value.value.isFinite) }
          }
          if let ratio = reference.logPartitionRatio { #expect(ratio.value.isFinite) }
        }
      }
    }
  }
}
