// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import EnsembleRuns
import ErrorAnalysis
import LatticeFields

/// Somebody's fields on a lattice, as suites see them: sites near the middle, motions that take sites to sites, and tests with the errors that fit the
/// draws. No theory says what to expect, so every claim is that a statement holds.
public struct OutsideFields: Sendable {
  /// The ensemble of fields.
  let ensemble: FieldEnsemble
  /// What they are called in reports.
  let title: String
  let lattice: Lattice

  /// Fields of a file under the name of the file. Throws ``NotApplicable`` for fields at points.
  public init(_ ensemble: FieldEnsemble, title: String) throws(NotApplicable) {
    guard let lattice = ensemble.lattice else {
      throw NotApplicable("claims are tested on the sites of a lattice; give fields on one")
    }
    (self.ensemble, self.title, self.lattice) = (ensemble, title, lattice)
  }

  /// Where the page of these claims is.
  static let source = "docs/outside-fields.md"

  /// Orders of n-point functions that the number of draws supports.
  var orders: [Int] { [2, 4] }

  /// The site at the middle, or the origin of a periodic lattice.
  private var middle: [Int] { lattice.boundary == .open ? lattice.sites.map { ($0 - 1) / 2 } : lattice.sites.map { _ in 0 } }

  /// How far configurations reach along an axis: up to three steps, and so little that motions keep them in an open box.
  private func reach(_ axis: Int) -> Int {
    lattice.boundary == .open ? max(0, min(3, lattice.sites[axis] / 4 - 1)) : min(3, (lattice.sites[axis] - 1) / 2)
  }

  /// n sites near the middle that no symmetry favours.
  func configuration(_ n: Int, _ index: Int) -> [[Int]] {
    Configuration.points(n, index, 1, lattice.dimension).map { point in
      middle.indices.map { middle[$0] + Int((Double(reach($0)) * point[$0] / 0.8).rounded()) }
    }
  }

  /// A map of sites under which correlators may be invariant.
  struct SiteMotion: Sendable {
    let name: String
    let words: String
    let act: @Sendable ([Int]) -> [Int]
  }

  /// Translations, reflections and quarter turns.
  var motions: [SiteMotion] {
    let (sites, isOpen, last) = (lattice.sites, lattice.boundary == .open, lattice.dimension - 1)
    // In an open box as far as it goes: what depends on the place shows best far from where it began. On a ring by parts of it that are no
    // simple fractions, another one along each axis: a long wave over the fields does not come back to itself.
    let shift = sites.indices.map { axis in
      isOpen ? max(1, sites[axis] / 4) : Int(((0.382 + 0.1 * Double(axis)) * Double(sites[axis])).rounded()) % sites[axis]
    }
    var motions = [
      SiteMotion(name: "translations", words: "a shift by (\(shift.map(String.init).joined(separator: ", "))) sites") { site in
        zip(site, shift).map { $0 + $1 }
      },
      SiteMotion(name: "reflections", words: "x1 -> -x1") { site in
        var site = site
        site[0] = isOpen ? sites[0] - 1 - site[0] : -site[0]
        return site
      },
    ]
    if last > 0, sites[0] == sites[last] {
      motions.append(
        SiteMotion(name: "rotations", words: "a quarter turn of the first and last axis") { site in
          var site = site
          (site[0], site[last]) = (isOpen ? sites[0] - 1 - site[last] : -site[last], site[0])
          return site
        })
    }
    return motions
  }

  /// A dilation by two about the middle: no symmetry of fields that have a length.
  var dilation: SiteMotion {
    let middle = middle
    return SiteMotion(name: "dilations", words: "dilation by 2") { site in zip(site, middle).map { 2 * $0 - $1 } }
  }

  /// The point of a site.
  func point(_ site: [Int]) -> Point { lattice.position(lattice.siteIndex(site)) }

  /// The rows of the full functions of sets of sites, and of the connected ones, from all draws.
  func measured(_ sets: [[[Int]]], _ budget: Budget) throws -> PointRows {
    let estimator = PointFunctions(sets: sets.map { PointSet(name: "", points: $0.map(point)) })
    let samples = try ensemble.samples(estimator, at: estimator.points, threads: budget.threads, monitor: budget.monitor)
    return PointRows(samples: samples, orders: sets.map(\.count))
  }
}

/// Point functions of outside fields, set by set.
struct PointRows {
  let samples: FieldSamples
  /// Points of each set.
  let orders: [Int]

  /// Full and connected function of every set; for two points the same.
  func functions(_ units: Range<Int>) -> (full: [JackknifeSamples], connected: [JackknifeSamples]) {
    let rows = samples.rows(units)
    var next = 0
    var (full, connected): ([JackknifeSamples], [JackknifeSamples]) = ([], [])
    for order in orders {
      full.append(rows[next])
      connected.append(rows[order == 2 ? next : next + 1])
      next += order == 2 ? 1 : 2
    }
    return (full, connected)
  }

  var draws: Int { Int(clamping: samples.effectiveDraws) }

  /// Whether combinations of rows are all zero, jointly.
  func finding(zero combinations: [JackknifeSamples], order: Int) -> Finding {
    if let reason = samples.obstruction(order: order) { return Finding(pValue: nil, text: reason) }
    let finished = combinations.map { samples.finished($0, samples.all) }
    if let reason = finished.compactMap(\.obstruction).first { return Finding(pValue: nil, text: reason) }
    return Finding(
      zero: finished.map(\.samples), order: order, draws: draws, independentSamples: samples.effectiveDraws)
  }

  /// Whether a combination of rows of some units is not negative.
  func finding(nonNegative combination: JackknifeSamples, order: Int, units: Range<Int>) -> Finding {
    if let reason = samples.obstruction(order: order) { return Finding(pValue: nil, text: reason) }
    let finished = samples.finished(combination, units)
    if let reason = finished.obstruction { return Finding(pValue: nil, text: reason) }
    return Finding(nonNegative: finished.samples, order: order, draws: draws * units.count / samples.all.count)
  }
}
