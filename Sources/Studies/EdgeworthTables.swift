// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import EnsembleRuns
import ErrorAnalysis
import FieldTheories
import LatticeFields
import ParameterSampling
import ResultTables

/// Tables of the action to first order: `edgeworth-action` (K and g4 at momentum modes) and `coupling-profile` (g4 against distance).
///
/// For φ⁴ at infinite width the one-loop term of g4 is known and taken back, which leaves λ up to λ³, at all momenta alike and at
/// no distance but zero:
///
///     λ = g4 + (g4²/2) [B(q1+q2) + B(q1+q3) + B(q1+q4)],   B(P) = V⁻¹ Σ_k G_k G_{P−k},   G_k = 1/(k̂² + 1/χ2)
///
/// Ratios of means, their O(1/bins) bias removed by the jackknife.
struct EdgeworthTables {
  static let actionName = "edgeworth-action"
  static let profileName = "coupling-profile"

  private let run: RunTables
  private let theory: TheoryDefinition
  private let draws: Int
  private let lattice: Lattice
  private let orbits: [ModeOrbit]
  /// λ and the bare mass squared where the one-loop term is known.
  private let quartic: (coupling: Double, massSquared: Double)?

  init(_ run: RunTables, _ theory: TheoryDefinition, draws: Int) {
    (self.run, self.theory, self.draws) = (run, theory, draws)
    lattice = theory.lattice
    orbits = lattice.boundary == .periodic ? lattice.modeOrbits() : []
    quartic = Self.quartic(theory)
  }

  /// One number of the action.
  private struct Term {
    let name: String
    let modes: [[Int]]
    let measured: MeasuredValue
    var reference: Double?
    var referenceKind: String?
    /// Stands for a row of `trispectrum`.
    var isTrispectrum = false

    var label: String { modes.map { "(\($0.map(String.init).joined(separator: ",")))" }.joined() }
  }

  /// K and g4; nil where the tables do not hold what it takes.
  func action() -> MeasuredTable? {
    guard lattice.boundary == .periodic else { return nil }
    let bare = couplings()
    let quadratic = kinetic()
    guard !bare.isEmpty || !quadratic.isEmpty else { return nil }
    let cleaned = bare.compactMap { term in
      withoutLoop(term.measured, term.modes).map { measured in
        Term(
          name: Self.cleaned, modes: term.modes, measured: measured, reference: quartic?.coupling,
          referenceKind: "lambda of the file")
      }
    }
    let terms = quadratic + bare + cleaned
    var table = MeasuredTable(
      name: Self.actionName,
      summary: "S = 1/2 phi K phi + (1/4!) int g4 phi^4 to first order in G4c: K(q) and g4(q1..q4), modes n of q = 2 pi n/(a L)",
      coordinateColumns: ["term", "modes"],
      derived: terms.map { DerivedRow(coordinates: [.text($0.name), .text($0.label)], measured: $0.measured) },
      tested: Array(terms.indices.prefix(48)), draws: draws,
      independentSamples: theory.architecture.effectiveSamples(draws: draws))
    annotate(&table, terms.map { ($0.reference, $0.referenceKind) })
    let missing = (run.rows(Trispectrum.tableName) ?? []).count - bare.count { $0.isTrispectrum }
    if missing > 0 {
      table.remarks.append(
        "g4 is left out at \(missing) quadruples of trispectrum, for want of G at their modes: add the estimator trispectrum-pairs"
      )
    }
    if quartic != nil {
      table.remarks += [
        "\(Self.cleaned) is lambda up to lambda^3, equal at all momenta if the coupling is local; K is khat^2 + m^2 of the file up to lambda^2"
      ]
    }
    return table
  }

  private static let cleaned = "g4 without loop"

  private func annotate(_ table: inout MeasuredTable, _ references: [(Double?, String?)]) {
    guard references.contains(where: { $0.0 != nil }) else { return }
    table.annotations = [
      MeasuredTable.Annotation(Column("reference", .number), references.map { $0.0.map { .number($0) } ?? .missing }),
      MeasuredTable.Annotation(
        Column("reference_kind", .text), references.map { $0.0 == nil ? .missing : $0.1.map { .text($0) } ?? .missing }),
    ]
  }

  // MARK: - Quadratic part

  /// K at the low momenta of `trispectrum-pairs`.
  private func kinetic() -> [Term] {
    guard let pairs = run.rows(PairTrispectrum.tableName) else { return [] }
    let count = orbits.count
    let propagators = pairs.prefix(count).map(\.measured)
    return (0..<pairs.count / count - 1).map { q in
      let own = pairs[count * (1 + q)..<count * (2 + q)].map(\.measured)
      let measured = EdgeworthAction.quadratic(
        propagators[q], volume: lattice.volume, orbits.indices.map { (orbits[$0].modes.count, own[$0], propagators[$0]) })
      return Term(
        name: "K", modes: [orbits[q].representative], measured: measured.biasCorrected,
        reference: quartic.map { orbits[q].phat * orbits[q].phat + $0.massSquared }, referenceKind: "khat^2 + m^2 of the file")
    }
  }

  // MARK: - Couplings

  private var zero: [Int] { [Int](repeating: 0, count: lattice.dimension) }

  /// g4(0) from the cumulants of the zero mode, and g4 at the modes of `trispectrum`.
  private func couplings() -> [Term] {
    var terms: [Term] = []
    let cumulants = [ZeroMomentum.tableName, ZeroMomentumCumulants.tableName]
    if let chi2 = run.first(in: cumulants, { $0.isCumulant(order: 2) }),
      let chi4 = run.first(in: cumulants, { $0.isCumulant(order: 4) })
    {
      let modes = [[Int]](repeating: zero, count: 4)
      terms.append(
        Term(name: "g4", modes: modes, measured: EdgeworthAction.quartic(chi4, [chi2, chi2, chi2, chi2]).biasCorrected))
    }
    for (row, trispectrum) in run.rows(Trispectrum.tableName) ?? [] {
      guard case .trispectrum(let modes)? = row.target.terms.first?.function else { continue }
      // The same as the ratio of cumulants.
      if terms.first?.modes == modes {
        terms[0].isTrispectrum = true
        continue
      }
      let propagators = modes.compactMap(propagator)
      guard propagators.count == 4 else { continue }
      terms.append(
        Term(
          name: "g4", modes: modes, measured: EdgeworthAction.quartic(trispectrum, propagators).biasCorrected, isTrispectrum: true
        ))
    }
    return terms
  }

  /// The measured propagator G of a mode; nil if no table has it.
  private func propagator(_ mode: [Int]) -> MeasuredValue? {
    let sites = [lattice.siteIndex(mode), lattice.siteIndex(mode.map { -$0 })]
    return run.first(in: [PairTrispectrum.tableName, MomentumPropagator.tableName]) { target in
      target.terms.contains { term in
        if case .propagator(let own) = term.function { sites.contains(lattice.siteIndex(own)) } else { false }
      }
    }
  }

  // MARK: - One loop

  /// `(λ/4!) φ⁴` inserted into the free field itself; nil for others, and for nets of finite width, whose non-local coupling no
  /// loop of a local one explains.
  private static func quartic(_ theory: TheoryDefinition) -> (Double, Double)? {
    guard let field = theory.architecture.freeField, let potential = theory.insertions.latticePotential, potential.degree == 4,
      potential.isEven
    else { return nil }
    return (24 * potential.coefficient(4), field.mass * field.mass + 2 * potential.coefficient(2))
  }

  /// g4 with its one-loop term taken back; nil where that is unknown.
  private func withoutLoop(_ bare: MeasuredValue, _ modes: [[Int]]) -> MeasuredValue? {
    guard quartic != nil,
      let chi2 = run.first(in: [ZeroMomentum.tableName, ZeroMomentumCumulants.tableName], { $0.isCumulant(order: 2) })
        ?? propagator(zero)
    else { return nil }
    let loop = chi2.samples.map { OneLoopIntegral(lattice).sum(modes, susceptibility: $0) }
    let samples = bare.samples.flatMap { bare -> JackknifeSamples? in
      loop.map { loop in (bare + 0.5 * (bare * bare * loop)).biasCorrected }
    }
    return MeasuredValue(samples: samples, exact: nil)
  }

  // MARK: - Position space

  /// `g(r) = ∫ g4(x, x', x+r, x+r') dx' dr' = V^{-1} Σ_P e^{iP·r} g4(P, 0, −P, 0)`: the coupling of two pairs of fields against
  /// their distance. Local φ⁴ has λ/a^d at r = 0 and nothing else.
  func profile() -> MeasuredTable? {
    guard lattice.boundary == .periodic, let pairs = run.rows(PairTrispectrum.tableName) else { return nil }
    let count = orbits.count
    let propagators = pairs.prefix(count).map(\.measured)
    let bare = orbits.indices.map { k in
      EdgeworthAction.quartic(pairs[count + k].measured, [propagators[0], propagators[0], propagators[k], propagators[k]])
        .biasCorrected
    }
    let cleaned = orbits.indices.compactMap { k in
      withoutLoop(bare[k], [orbits[k].representative, zero, orbits[k].representative.map { -$0 }, zero])
    }
    let shells = lattice.selectedShells(hypercubic: true)
    var rows: [DerivedRow] = []
    var references: [(Double?, String?)] = []
    for (name, couplings) in [("g4", bare), (Self.cleaned, cleaned)] where couplings.count == count {
      for shell in shells {
        let r = shell.representative
        let waves = orbits.map { orbit in
          orbit.modes.reduce(0.0) { $0 + lattice.wave(mode: $1, displacement: r) } / lattice.volume
        }
        let sum = MeasuredValue.sum(zip(waves, couplings).map { $0 * $1 })!
        rows.append(
          DerivedRow(
            coordinates: [.text(name), .number(shell.length * lattice.spacing)] + r.map { .number(Double($0) * lattice.spacing) },
            measured: sum))
        let local = quartic.map { $0.coupling / lattice.cellVolume }
        references.append(
          (name == "g4" ? nil : shell.members[0].squaredLength == 0 ? local : 0, "local phi^4 with lambda of the file"))
      }
    }
    let tested = rows.indices.filter { rows[$0].measured.exact != nil }
    var table = MeasuredTable(
      name: Self.profileName,
      summary:
        "g(r) = V^-1 sum_P e^{iPr} g4(P,0,-P,0), the quartic coupling of two pairs of fields at distance r; local phi^4: lambda/a^d at r = 0, else 0",
      coordinateColumns: ["term", "r"] + (1...lattice.dimension).map { "x\($0)" }, derived: rows,
      tested: Array(tested.prefix(48)), draws: draws, independentSamples: theory.architecture.effectiveSamples(draws: draws))
    annotate(&table, quartic == nil ? [] : references)
    return table
  }
}

extension RowTarget {
  fileprivate func isCumulant(order: Int) -> Bool {
    terms.count == 1 && terms[0].function == .zeroMomentumCumulant(order: order)
  }
}
