// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis
import FieldTheories
import Foundation
import LatticeFields
import NNFTTestSupport
import ResultTables
import Testing

@testable import Studies

/// The action to first order in the connected 4-point function: exact on small rings, and measured. False alarm 1e-6 per test.
@Suite(.serialized) struct EdgeworthActionTests {
  // MARK: - Exact

  /// A net on a ring, its action in position space by plain sums over momenta.
  private struct Ring {
    let n: Int
    let propagator: [[Double]]
    let connected: [[Int]: Double]
    let quadratic: [[Double]]
    let quartic: [[Int]: Double]

    init(_ net: LatticeAlphaNet) throws {
      let n = net.lattice.sites[0]
      self.n = n
      func known(_ value: Double?) -> MeasuredValue { MeasuredValue(samples: nil, exact: value) }
      let g = (0..<n).map { known(net.exactValue(.propagator(mode: [$0]), lattice: nil)) }
      func trispectrum(_ q: [Int]) -> MeasuredValue { known(net.exactValue(.trispectrum(modes: q.map { [$0] }), lattice: nil)) }
      let k = try (0..<n).map { q in
        let orbits = (0..<n).map { k in (1, trispectrum([q, -q, k, -k]), g[k]) }
        return try #require(EdgeworthAction.quadratic(g[q], volume: Double(n), orbits).exact)
      }
      func wave(_ phase: Int) -> (Double, Double) {
        let angle = 2 * Double.pi * Double(phase) / Double(n)
        return (cos(angle), sin(angle))
      }
      func matrix(_ f: [Double]) -> [[Double]] {
        (0..<n).map { x in (0..<n).map { y in (0..<n).reduce(0) { $0 + f[$1] * wave($1 * (x - y)).0 } / Double(n) } }
      }
      propagator = matrix(g.map { $0.exact! })
      quadratic = matrix(k)
      let volume = Double(n * n * n)
      var couplings: [[Int]: Double] = [:]
      for a in 0..<n {
        for b in 0..<n {
          for c in 0..<n {
            let q = [a, b, c, ((-a - b - c) % n + n) % n]
            couplings[q] = try #require(EdgeworthAction.quartic(trispectrum(q), q.map { g[$0] }).exact) / volume
          }
        }
      }
      var (quartic, connected): ([[Int]: Double], [[Int]: Double]) = ([:], [:])
      for index in 0..<n * n * n * n {
        let x = Lattice.unravel(index, shape: [n, n, n, n])
        quartic[x] = couplings.reduce(0) { $0 + $1.value * wave(zip($1.key, x).reduce(0) { $0 + $1.0 * $1.1 }).0 }
        connected[x] = try #require(net.exactValue(.cumulant(x.map { Point(coordinates: [Double($0)]) }), lattice: nil))
      }
      (self.quartic, self.connected) = (quartic, connected)
    }

    /// Wick's theorem.
    func gaussian(_ x: [Int]) -> Double {
      guard let first = x.first else { return 1 }
      return (1..<x.count).reduce(0.0) { sum, partner in
        var rest = x
        rest.remove(at: partner)
        return sum + propagator[first][x[partner]] * gaussian(Array(rest.dropFirst()))
      }
    }

    /// The first-order change of `<φ(x)…>`: `−<φ… δS> + <φ…> <δS>` with δS = ½ φ (K − G⁻¹) φ + (1/4!) g4 φ⁴.
    func change(_ x: [Int], quadratic change: [[Double]]) -> Double {
      var sum = 0.0
      for a in 0..<n {
        for b in 0..<n { sum -= 0.5 * change[a][b] * (gaussian(x + [a, b]) - gaussian(x) * gaussian([a, b])) }
      }
      for (y, coupling) in quartic { sum -= coupling / 24 * (gaussian(x + y) - gaussian(x) * gaussian(y)) }
      return sum
    }
  }

  /// First-order Wick expansion of the reconstructed action gives G4c back and leaves G2 as it is, to rounding, on rings with and
  /// without a mode that is its own opposite. The control: K without the ½ moves G2.
  @Test(arguments: [3, 4], [-0.5, 1.0]) func theActionGivesItsCorrelatorsBack(sites: Int, alpha: Double) throws {
    let net = LatticeAlphaNet(
      kind: "alpha-net", width: 7, mass: 0.8, alpha: alpha, weights: .laplace,
      lattice: Lattice(sites: [sites], spacing: 1, boundary: .periodic))
    let ring = try Ring(net)
    // G⁻¹ = k̂² + m² in position space.
    let inverse = (0..<sites).map { x in
      (0..<sites).map { y -> Double in
        let steps = [(x - y + sites) % sites, (y - x + sites) % sites]
        return (x == y ? 2 + 0.64 : 0) - Double(steps.count { $0 == 1 })
      }
    }
    func difference(_ factor: Double) -> [[Double]] {
      zip(ring.quadratic, inverse).map { zip($0, $1).map { factor * ($0 - $1) } }
    }
    for y in 0..<sites {
      #expect(abs(ring.change([0, y], quadratic: difference(1))) < 1e-12)
      #expect(abs(ring.change([0, y], quadratic: difference(2))) > 1e-4)
    }
    let flat = difference(1)
    for x in [[0, 0, 0, 0], [0, 0, 0, 1], [0, 0, 1, 1], [0, 1, 2, 0], [0, 1, 2, 1]] {
      var connected = ring.change(x, quadratic: flat)
      for split in Pairings.four {
        for (pair, rest) in [(split[0], split[1]), (split[1], split[0])] {
          connected -= ring.change([x[pair.0], x[pair.1]], quadratic: flat) * ring.propagator[x[rest.0]][x[rest.1]]
        }
      }
      #expect(abs(connected - ring.connected[x]!) < 1e-12 * max(1, abs(ring.connected[x]!)), "\(x)")
    }
  }

  // MARK: - MeasuredValue

  /// K and g4 of free lattice nets against the exact action, by χ² with the full covariance, for two laws of the weights.
  /// Controls: K without its ½, and 1/N half as large.
  @Test(arguments: ["constant", "gaussian"]) func freeNetsHaveTheirAction(weights: String) throws {
    let results = try StudyRuns.study(
      StudyRuns.lattice(StudyRuns.alphaNet, draws: 200_000), [("architecture.weights", weights), ("architecture.width", "20")],
      estimators: ["zero-momentum", "trispectrum", "trispectrum-pairs"])
    #expect(results.contradictions.isEmpty)
    let sampled = try #require(results.tables.first { $0.table.name == "edgeworth-action" })
    let rows = try StudyRuns.rows(results, "edgeworth-action")
    let used = rows.indices.filter { sampled.samples[$0] != nil }
    #expect(rows.count == 10 && used.count == 10)
    let exact = try used.map { try StudyRuns.number(rows[$0], "exact") }
    // 1/G at the modes of K; none for couplings.
    let bare = try used.map { row -> Double? in
      guard rows[row]["term"] == .text("K"), case .text(let mode)? = rows[row]["modes"] else { return nil }
      let n = mode.dropFirst().dropLast().split(separator: ",").compactMap { Double($0) }
      return try #require(n.count == 2 ? 1 + n.reduce(0) { $0 + 4 * pow(sin(Double.pi * $1 / 8), 2) } : nil)
    }
    func pValue(_ expected: [Double]) throws -> Double {
      try #require(
        HotellingTest(samples: used.map { sampled.samples[$0]! }, expected: expected, independentSamples: 200_000).pValue)
    }
    #expect(try pValue(exact) > 1e-6)
    #expect(try pValue(zip(exact, bare).map { k, g in g.map { 2 * k - $0 } ?? k }) < 1e-8)
    #expect(try pValue(zip(exact, bare).map { k, g in 0.5 * (k + (g ?? 0)) }) < 1e-8)
    // The non-local formula V/(N G_q G_k).
    let opposite = try #require(rows.first { $0["modes"] == .text("(1,0)(-1,0)(0,1)(0,-1)") })
    let inverse = 1 + 4 * pow(sin(Double.pi / 8), 2)
    #expect(try abs(StudyRuns.number(opposite, "exact") - 64 / 20 * inverse * inverse) < 1e-9)
  }

  /// The closed form of the profile of free nets: `g(r) = (V/N) G_0⁻¹ G⁻¹(r) + [g4(0,0,0,0) − V/(N G_0²)]/V`, constant beyond
  /// nearest neighbours; measured against it; nothing is left at infinite width.
  @Test func freeNetsHaveANonLocalProfile() throws {
    let results = try StudyRuns.study(
      StudyRuns.lattice(StudyRuns.alphaNet, draws: 200_000), [("study.widths", "[10, 20, 40]")],
      estimators: ["zero-momentum", "trispectrum-pairs"])
    #expect(results.contradictions.isEmpty)
    let zero = try #require(
      try StudyRuns.rows(results, "edgeworth-action").first { $0["term"] == .text("g4") && $0["width"] == .integer(10) })
    for row in try StudyRuns.rows(results, "coupling-profile") {
      let width = try StudyRuns.number(row, "width")
      let r = try StudyRuns.number(row, "r")
      let inverse = r == 0 ? 5.0 : r == 1 ? -1 : 0
      let g0 = try StudyRuns.number(zero, "exact") * 10 / width
      let expected = 64 / width * inverse + (g0 - 64 / width) / 64
      #expect(try abs(StudyRuns.number(row, "exact") - expected) < 1e-9 * abs(expected))
      // The control: local couplings vanish there.
      if r == 4, width == 10 { #expect(try StudyRuns.number(row, "value") < -4 * StudyRuns.number(row, "error")) }
    }
    for row in try StudyRuns.rows(results, "coupling-profile-extrapolation") {
      #expect(try StudyRuns.number(row, "exact") == 0)
      #expect(try abs(StudyRuns.number(row, "pull")) < 6)
    }
  }

  /// Infinite width, 8 x 8, m = λ = 1: g4 without its one-loop term is λ within 2 % (with it, it is not), K is k̂² + m², and the
  /// coupling is local: λ at r = 0 and nothing elsewhere. The control: nothing anywhere.
  @Test func latticePhi4IsLocal() throws {
    let results = try StudyRuns.study(
      StudyRuns.lattice("kind = \"infinite-width\"", "[[insertion]]\nkind = \"phi4\"\nlambda = 1.0", draws: 1_000_000), [],
      estimators: ["zero-momentum", "trispectrum-pairs"])
    let action = try StudyRuns.rows(results, "edgeworth-action")
    let bare = try #require(action.first { $0["term"] == .text("g4") })
    let cleaned = try #require(action.first { $0["term"] == .text("g4 without loop") })
    #expect(try StudyRuns.number(cleaned, "error") < 0.005)
    #expect(try abs(StudyRuns.number(cleaned, "value") - 1) < 0.02)
    #expect(try abs(StudyRuns.number(bare, "value") - 1) > 0.02 + 5.3 * StudyRuns.number(bare, "error"))
    for row in action where row["term"] == .text("K") {
      let difference = try StudyRuns.number(row, "value") - StudyRuns.number(row, "reference")
      #expect(try abs(difference) < 0.02 + 5.3 * StudyRuns.number(row, "error"))
    }
    let profile = try #require(results.tables.first { $0.table.name == "coupling-profile" })
    let rows = try StudyRuns.rows(results, "coupling-profile")
    let own = rows.indices.filter { rows[$0]["term"] == .text("g4 without loop") }
    let local = try own.map { try StudyRuns.number(rows[$0], "reference") }
    #expect(local.reduce(0, +) == 1 && local[0] == 1)
    func pValue(_ expected: [Double]) throws -> Double {
      try #require(
        HotellingTest(samples: own.map { profile.samples[$0]! }, expected: expected, independentSamples: 300_000).pValue)
    }
    #expect(try pValue(local) > 1e-6)
    #expect(try pValue(local.map { _ in 0 }) < 1e-8)
  }
}
