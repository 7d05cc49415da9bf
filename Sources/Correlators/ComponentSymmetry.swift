// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis
import LatticeFields
import NumericalKernels

/// Connected 4-point functions of D components at coincident points, contracted, and what breaks O(D):
///
///     aabb:      D^{-2} Σ_ab <φ_a(x) φ_a(x) φ_b(y) φ_b(y)>_c
///     abab:      D^{-2} Σ_ab <φ_a(x) φ_b(x) φ_a(y) φ_b(y)>_c
///     breaking:  G_1111 − G_1122 − G_1212 − G_1221,  G_abcd = <φ_a(x) φ_b(x) φ_c(y) φ_d(y)>,
///
/// each component and each pair a ≠ b pooled. An O(D)-invariant G_abcd is `A δ_ab δ_cd + B (δ_ac δ_bd + δ_ad δ_bc)`: the two contractions are all there is to know of
/// it, with D(D+1)/2 times as many terms as one component has, and the breaking vanishes. Of a sum of independent neurons it is `(ρ4 − 3) σ⁴ M4/N` at every width;
/// the disconnected products cancel in it. They are taken between different bins, so no O(1/draws) bias enters. Cost: D(D+1)/2 + 1 transforms a draw beside those of
/// the components. Source: docs/physics/estimators.md, "Components".
public struct ComponentFourPoint: CorrelatorEstimator {
  /// Which of its tables.
  public enum Kind: String, Sendable, CaseIterable {
    /// Contractions of the connected 4-point function.
    case invariants = "component-four-point"
    /// What breaks O(D).
    case symmetry = "component-symmetry"
  }

  /// Which of its tables.
  public let kind: Kind
  /// The table's name.
  public var name: String { kind.rawValue }
  /// What is estimated.
  public var quantity: String {
    switch kind {
    case .invariants: "connected 4-point function of components at x,x,y,y, contracted over all of them, r = y - x"
    case .symmetry: "G_1111 - G_1122 - G_1212 - G_1221 of components at x,x,y,y, r = y - x: zero where O(D) is a symmetry"
    }
  }
  /// How it is estimated.
  public var method: String {
    switch kind {
    case .invariants: "aabb = D^-2 sum_ab <phi_a phi_a phi_b phi_b>_c, abab = D^-2 sum_ab <phi_a phi_b phi_a phi_b>_c"
    case .symmetry: "all components and all pairs of them pooled"
    }
  }
  /// What is assumed of the ensemble.
  public let assumptions = EstimatorAssumptions(translationInvariantOrder: 4, leastComponents: 2)
  /// Highest order n of the n-point functions involved.
  public let order = 4
  /// Names of the coordinate columns.
  public let coordinateColumns: [String]
  /// The rows and what each estimates.
  public let rows: [CorrelatorRow]
  private let shells: [DisplacementShell]
  private let origin: DisplacementShell
  private let components: Int

  /// Rows by the settings.
  public init(_ kind: Kind, _ settings: EstimatorSettings) {
    let (lattice, count) = (settings.lattice, max(2, settings.components))
    (self.kind, components) = (kind, count)
    shells = settings.shells
    let zero = [Int](repeating: 0, count: lattice.dimension)
    origin = DisplacementShell(
      members: [Displacement(vector: zero, pairCount: lattice.siteCount)], representative: zero)
    coordinateColumns = (kind == .invariants ? ["contraction"] : []) + lattice.displacementColumns
    func rows(_ name: String?, _ terms: [(weight: Double, outputs: [Int])]) -> [CorrelatorRow] {
      settings.shells.map { shell in
        let targets = terms.flatMap { term in
          shell.target {
            let y = $0.point(spacing: lattice.spacing)
            return .componentCumulant(term.outputs, [.zero, .zero, y, y])
          }.terms.map { (weight: term.weight * $0.weight, function: $0.function) }
        }
        return CorrelatorRow(
          coordinates: (name.map { [.text($0)] } ?? []) + shell.coordinates(lattice), target: RowTarget(terms: targets))
      }
    }
    let share = 1 / Double(count)
    self.rows =
      switch kind {
      case .invariants:
        rows("aabb", [(share, [0, 0, 0, 0]), (1 - share, [0, 0, 1, 1])])
          + rows("abab", [(share, [0, 0, 0, 0]), (1 - share, [0, 1, 0, 1])])
      case .symmetry: rows(nil, [(1, [0, 0, 0, 0]), (-1, [0, 0, 1, 1]), (-2, [0, 1, 0, 1])])
      }
  }

  /// G(0) and, for each row of a shell, G, `<ρρ>`, `<φ_a² φ_a²>`, `<φ_a φ_b φ_a φ_b>`, ρ = φ·φ.
  public var primaryCount: Int { 1 + 4 * shells.count }
  /// The rows of the joint test, at most 48.
  public var covarianceRows: [Int] { evenlySpread(rows.count) }

  /// An accumulator with transforms of its own.
  public func makeAccumulator(_ workspace: DrawWorkspace) -> any CorrelatorAccumulator {
    Accumulator(workspace, origin: origin, shells: shells)
  }

  /// One unbiased estimate a row.
  public func derive(_ bins: BinnedMeans) -> [JackknifeSamples] {
    let (d, count) = (Double(components), shells.count)
    let g00 = bins.product(0, 0)
    func rows(
      _ make: (_ two: Int, _ lengths: JackknifeSamples, _ squares: JackknifeSamples, _ mixed: JackknifeSamples) ->
        JackknifeSamples
    )
      -> [JackknifeSamples]
    {
      (0..<count).map { row in
        make(1 + row, bins.mean(1 + count + row), bins.mean(1 + 2 * count + row), bins.mean(1 + 3 * count + row))
      }
    }
    switch kind {
    case .invariants:
      // D^{-2} <ρρ> − G(0)² − (2/D) G², and with sums over a = b apart D^{-2} Σ_ab <φ_a φ_b φ_a φ_b> − G(0)²/D − (1 + 1/D) G².
      return rows { two, lengths, _, _ in 1 / (d * d) * lengths - g00 - 2 / d * bins.product(two, two) }
        + rows { two, _, squares, mixed in
          1 / d * squares + (1 - 1 / d) * mixed - 1 / d * g00 - (1 + 1 / d) * bins.product(two, two)
        }
    case .symmetry:
      return rows { _, lengths, squares, mixed in
        // Σ_{a≠b} <φ_a² φ_b²> = <ρρ> − Σ_a <φ_a² φ_a²>.
        let different = 1 / (d * (d - 1)) * lengths - 1 / (d - 1) * squares
        return squares - different - 2 * mixed
      }
    }
  }

  private final class Accumulator: CorrelatorAccumulator {
    private let workspace: DrawWorkspace
    private let lengths: DrawWorkspace
    private let squares: DrawWorkspace
    private let mixed: DrawWorkspace
    private let read: () -> [Double]

    init(_ workspace: DrawWorkspace, origin: DisplacementShell, shells: [DisplacementShell]) {
      self.workspace = workspace
      let twoPoint = workspace.requestMeans(.power(1), .power(1), over: [origin] + shells)
      let own = (0..<3).map { _ in DrawWorkspace(sites: workspace.sites) }
      (lengths, squares, mixed) = (own[0], own[1], own[2])
      let reads = own.map { $0.requestMeans(.power(1), .power(1), over: shells) }
      read = { twoPoint() + reads.flatMap { $0() } }
    }

    var readsAllComponents: Bool { true }

    func add() {
      let (count, all) = (workspace.sites.count, workspace.components.pointer)
      lengths.field.fill(with: 0)
      for a in 0..<workspace.componentCount {
        let phi = all + a * count
        for x in 0..<count { squares.field.pointer[x] = phi[x] * phi[x] }
        for x in 0..<count { lengths.field.pointer[x] += squares.field.pointer[x] }
        squares.load()
        for b in a + 1..<workspace.componentCount {
          let other = all + b * count
          for x in 0..<count { mixed.field.pointer[x] = phi[x] * other[x] }
          mixed.load()
        }
      }
      lengths.load()
    }

    func finishBin() -> [Double] {
      defer { for own in [lengths, squares, mixed] { own.startBin() } }
      return read()
    }

    func visit(_ state: inout StateVisitor) -> Bool {
      for own in [lengths, squares, mixed] { own.visit(&state) }
      return true
    }
  }
}
