// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import Glibc
import LatticeFields

/// What is known of an ensemble under `exp(−(λ/4!) a^d Σ_x φ(x)⁴)` on the sites of a lattice. What a table shows of it, and what is known of ensembles under data or
/// other terms, `InteractingRunValues` decides.
///
/// Infinite width: one site in closed form, rings by transfer matrix, the periodic 2 × 2 and 4 × 4 lattices exactly; other periodic
/// lattices with m² > 0 to second order in λ. Finite width, Gaussian weights: one site of a lattice net (N ≤ 1000), and one or two
/// neurons on up to six sites, exactly; any other sum of independent neurons to first order in λ. Questions without an answer get nil.
/// Cost: about a second at most when made; then microseconds to milliseconds a question, except four-point functions at finite width,
/// about a millisecond a node.
public struct InteractingValues: KnownValues, Sendable {
  /// The lattice of the insertion.
  public let lattice: Lattice
  private let solution: any SolutionMethod
  /// Whether its answers are those of the limit N → ∞ of what is measured.
  private var isLimit = false
  /// At infinite width, m², λ and the source, and the mass² of the free field that samples are drawn from.
  private let field: (potential: QuarticPotential, source: Double, freeMassSquared: Double)?

  /// The infinite-width theory with this potential on a periodic lattice; nil where neither a solution nor a free theory to expand about is
  /// known (m² ≤ 0 on a large lattice), or the boundary is open. `freeMassSquared`, the potential's m² if left out, is the mass² of the free field
  /// to which partition functions and reweighting refer. `source` is J of `−J φ` at every site: then rings, single sites and the 2 × 2 lattice are solved.
  public init?(infiniteWidth potential: QuarticPotential, lattice: Lattice, source: Double = 0, freeMassSquared: Double? = nil) {
    field = (potential, source, freeMassSquared ?? potential.massSquared)
    guard lattice.boundary == .periodic,
      let solution = Self.infiniteWidth(potential, lattice, source: source)
    else { return nil }
    self.lattice = lattice
    self.solution = solution
  }

  /// A net of finite width under `a^d Σ [ (λ/4!) φ⁴ + ½ δ φ² ]` over the sites of a lattice, δ = `massShift`.
  public init?(net: any NeuronSum, lattice: Lattice, coupling: Double, massShift: Double = 0) {
    precondition(coupling >= 0 && coupling.isFinite, "InteractingValues: lambda = \(coupling)")
    // Moments of layered nets are quadratures, too slow for the sums over sites of first order.
    guard net.knowsNeuronMoment(order: 6), net.layers == nil else { return nil }
    self.lattice = lattice
    field = nil
    // The solutions of lattice nets sum over their modes.
    let own = (net as? LatticeAlphaNet).flatMap { $0.lattice == lattice ? $0 : nil }
    if let own, own.outputWeights.kind == .gaussian, massShift == 0 {
      // About a millisecond a neuron.
      if lattice.siteCount == 1 && own.width <= 1000, let known = SingleSiteNetSolution(own, coupling: coupling) {
        solution = known
        return
      }
      if own.width <= 2 && lattice.siteCount <= 6 {
        solution = FewNeuronSolution(own, coupling: coupling)
        return
      }
    }
    solution = FirstOrderSolution(net, modes: own, lattice: lattice, coupling: coupling, massShift: massShift)
  }

  /// The limit N → ∞ of a lattice theory under the same insertion, m² = mass² + δ, with every answer marked as such; nil where it is not known
  /// exactly.
  public init?(limitOf net: any MassiveLatticeArchitecture, coupling: Double, massShift: Double = 0, source: Double = 0) {
    let massSquared = net.mass * net.mass + massShift
    guard coupling > 0 || coupling == 0 && massSquared > 0 else { return nil }
    let potential = QuarticPotential(massSquared: massSquared, coupling: coupling)
    guard let limit = Self.infiniteWidth(potential, net.lattice, source: source), limit.kind == .exact else { return nil }
    lattice = net.lattice
    field = nil
    solution = limit
    isLimit = true
  }

  /// A field of several components under `(φ·φ)²` at a single point, or under data: Gaussian fields, and nets under one datum; nil of other actions.
  public init?(components prior: any Architecture, terms: [LocalTerm], lattice: Lattice) {
    let site: (any SolutionMethod)? = RadialSiteSolution(prior, terms, lattice)
    let datum: (any SolutionMethod)? = prior.neurons.flatMap { VectorDatumSolution($0, terms, lattice) }
    let gaussian: (any SolutionMethod)? = prior.freeField == nil ? nil : VectorGaussianSolution(prior, terms, lattice)
    guard let solution = site ?? datum ?? gaussian else { return nil }
    (self.lattice, field, self.solution) = (lattice, nil, solution)
  }

  /// What a net of several components under data becomes at infinite width, with every answer marked as such.
  public init?(limitOfComponents net: any Architecture, terms: [LocalTerm], lattice: Lattice) {
    guard net.freeField == nil, let solution = VectorGaussianSolution(net, terms, lattice) else { return nil }
    (self.lattice, field, self.solution, isLimit) = (lattice, nil, solution, true)
  }

  /// Independent modes under the length of their discrepancies; nil of other actions.
  public init?(modes: ModeExpansion, terms: [LocalTerm]) {
    guard let solution = LengthSolution(modes, terms) else { return nil }
    (lattice, field, self.solution) = (modes.lattice, nil, solution)
  }

  /// The free lattice field under quadratic and linear terms at any sites; nil where a term is neither.
  public init?(gaussian field: FreeLatticeField, terms: [LocalTerm]) {
    guard let solution = GaussianFieldSolution(field, terms) else { return nil }
    (lattice, self.field, self.solution) = (field.lattice, nil, solution)
  }

  /// The lattice field on a ring, or at a single site, under `½ δ φ² + (λ/4!) φ⁴` on all sites and quadratic and linear terms, data among them, at some; nil of other
  /// lattices and terms.
  public init?(ring field: FreeLatticeField, terms: [LocalTerm]) {
    guard let solution = PinnedRingSolution(field, terms) else { return nil }
    (lattice, self.field, self.solution) = (field.lattice, nil, solution)
  }

  /// The limit N → ∞ of a lattice net on such a ring, with every answer marked as such.
  public init?(ringLimitOf net: any MassiveLatticeArchitecture, terms: [LocalTerm]) {
    guard let solution = PinnedRingSolution(FreeLatticeField(lattice: net.lattice, mass: net.mass), terms) else { return nil }
    (lattice, self.field, self.solution, isLimit) = (net.lattice, nil, solution, true)
  }

  /// A net of independent neurons under quadratic and linear terms at points, that is data: exactly where there is one datum, at the data where there are two, else to first order in
  /// 1/N where its 4-point function is a closed form.
  public init?(data net: any NeuronSum, terms: [LocalTerm], lattice: Lattice) {
    guard net.sharedScale.isConstant, let data = QuadraticNodes(terms, lattice)?.data else { return nil }
    let (one, two): ((any SolutionMethod)?, (any SolutionMethod)?) = (OneDatumSolution(net, data), TwoDataSolution(net, data))
    guard let solution = one ?? two ?? FirstOrderPosteriorSolution(net, data) else { return nil }
    (self.lattice, field, self.solution) = (lattice, nil, solution)
  }

  /// A linear network of any depth under data of one noise, exactly.
  public init?(linear net: any Architecture, terms: [LocalTerm], lattice: Lattice) {
    guard let layers = net.layers, let data = QuadraticNodes(terms, lattice)?.data,
      let solution = LinearDataSolution(layers, data)
    else { return nil }
    (self.lattice, field, self.solution) = (lattice, nil, solution)
  }

  /// The limit N → ∞ of a network under quadratic and linear terms at any points, with every answer marked as such: the Gaussian process of data. Nil where a term is
  /// neither, or the kernel of the limit is not known or singular to rounding.
  public init?(gaussianLimitOf net: any Architecture, terms: [LocalTerm], lattice: Lattice) {
    guard net.freeField == nil, let solution = GaussianFieldSolution(limitOf: net, terms, lattice: lattice) else { return nil }
    (self.lattice, field, self.solution, isLimit) = (lattice, nil, solution, true)
  }

  private static func infiniteWidth(
    _ potential: QuarticPotential, _ lattice: Lattice, source: Double
  ) -> (any SolutionMethod)? {
    let isRing = lattice.siteCount == 1 || lattice.dimension == 1 || lattice.sites == [2, 2]
    guard source == 0 else { return isRing ? RingSolution(potential, lattice, source: source) : nil }
    if lattice.siteCount == 1 { return SingleSiteSolution(potential, lattice).map { $0 as any SolutionMethod } }
    if isRing, let ring = RingSolution(potential, lattice) { return ring }
    if lattice.sites == [4, 4], let torus = TorusSolution(potential, lattice) { return torus }
    return potential.massSquared > 0 ? SeriesSolution(potential, lattice) : nil
  }

  /// The known value of a correlation function, if there is one.
  public func value(_ function: CorrelationFunction) -> KnownValue? {
    solution.value(function).map { isLimit ? KnownValue(value: $0.value, kind: .limit, source: $0.source) : $0 }
  }

  /// `ln Z/Z_0`, Z_0 of the free ensemble that samples are drawn from.
  public var logPartitionRatio: KnownValue? {
    guard let field else { return wrap(solution.logPartitionRatio) }
    return field.freeMassSquared > 0 ? wrap(solution.logPartition(overFree: field.freeMassSquared)) : nil
  }

  /// The fraction of independent samples that direct reweighting from the free theory keeps: `Z²/(Z_0 Z_2)`, Z_2 with twice the action of the
  /// insertion, at infinite width `2λ` and `2 m² − M²` for a free field of mass² M².
  public var effectiveSampleFraction: KnownValue? {
    guard let field else { return wrap(solution.effectiveSampleFraction) }
    if let known = solution.effectiveSampleFraction(overFree: field.freeMassSquared) { return wrap(known) }
    let square = 2 * field.potential.massSquared - field.freeMassSquared
    guard isExact, let ratio = logPartitionRatio, field.potential.coupling > 0 || square > 0,
      let doubled = Self.infiniteWidth(
        QuarticPotential(massSquared: square, coupling: 2 * field.potential.coupling), lattice, source: 2 * field.source)?
        .logPartition(overFree: field.freeMassSquared)
    else { return nil }
    return wrap(exp(2 * ratio.value - doubled))
  }

  /// The series in λ of a correlation function at infinite width, lowest order first, where that is how it is known.
  public func coefficients(_ function: CorrelationFunction) -> [Double]? { solution.coefficients(function) }

  /// Single-thread seconds that making it takes, good to a factor of two.
  public var preparationSeconds: Double { solution.preparationSeconds }

  /// Whether its answers are exact.
  public var isExact: Bool { solution.kind == .exact && !isLimit }

  private func wrap(_ value: Double?) -> KnownValue? {
    value.flatMap { $0.isFinite ? $0 : nil }.map {
      KnownValue(value: $0, kind: isLimit ? .limit : solution.kind, source: solution.source)
    }
  }
}
