// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import Draws
import FieldTheories
import LatticeFields
import NumericalKernels

/// Exact identities of an interacting ensemble, each an observable whose mean is zero: a check of the sampler that every run can
/// make, and control variates for what it measures.
///
/// | ensemble | identity |
/// |---|---|
/// | Gaussian weights | `<N Σ w²/μ2> = N − Σ_a h_a <I_a>`, h_a the degree of term a, and its products with φ², Φ², φ⁴, Φ⁴ |
/// | Rayleigh weights with phases | `2 <N Σ w²/μ2> = 2N − Σ_a h_a <I_a>` |
/// | any cosine net | `<Σ_i ∂²S/∂b_i²> = <Σ_i (∂S/∂b_i)²>` |
/// | infinite width | Schwinger-Dyson: see ``schwingerDyson(_:)`` |
/// | several outputs of a law invariant under O(D), data in one direction | Ward identity: see `ward(_:)` |
/// | modes | integration by parts in the length: see `length(_:_:)` |
///
/// Source: docs/physics/interactions.md (integration by parts in a scale of the weights, in the phases, in the field).
public enum Identities {
  /// The identities that hold for the theory.
  public static func applicable(to theory: InteractingTheory) -> Observables { integrations(theory) + ward(theory) }

  /// Integrations by parts.
  private static func integrations(_ theory: InteractingTheory) -> Observables {
    if theory.prior.freeField != nil { return schwingerDyson(theory) }
    if let modes = theory.prior.modes { return length(modes, theory) }
    var result = Observables([]) { _ in [] }
    let waves = theory.prior.planeWaves
    if let net = theory.prior.scalable {
      let law = net.outputWeights.kind
      if law == .gaussian || (law == .rayleigh && waves != nil) { result = weights(net, theory) }
    }
    // Terms of several components have no gradient by the phases.
    return theory.prior.outputs > 1 ? result : waves.map { result + phases($0, theory.terms) } ?? result
  }

  /// `n (N Σ w²/μ2 − N) + ∫ φ V′(φ)`, n = 1 for real, 2 for complex Gaussian weights: φ V′ counts every term by its degree.
  ///
  /// The identity and its products with F of degree h in the weights, `<F W> = h <F>` where W is the identity: F = φ² and φ⁴ averaged over the sites,
  /// Φ²/V, (Φ²/V)². Of D components the sum of `N Σ w²/μ2 − N` over all of them, and F averaged over them.
  static func weights(_ net: any ScalableOutput, _ theory: InteractingTheory) -> Observables {
    let block = net.layout.blocks.firstIndex(where: \.entersLinearly)!
    let factor = net.outputWeights.kind == .rayleigh ? 2.0 : 1.0
    let (variance, cell, terms) = (net.outputWeights.variance, theory.lattice.cellVolume, theory.terms)
    let volume = theory.lattice.volume
    let names = ["", " phi^2", " Phi^2", " phi^4", " Phi^4"].map { "weight identity" + $0 }
    return Observables(names) { sample in
      let v = sample.parameters.block(block)
      let count = net.outputs * net.width
      let squares = (0..<count).reduce(0.0) { $0 + v[$1] * v[$1] } / variance
      let identity = factor * (squares - Double(count)) + sample.evaluator.virial(of: sample.walker, terms)
      let (second, fourth, modes) = sample.powers(cell: cell)
      let zero = modes.reduce(0) { $0 + $1 / volume }
      let zeroFourth = modes.reduce(0) { $0 + (identity - 4) * ($1 / volume) * ($1 / volume) }
      let (sites, d) = (Double(sample.siteCount), Double(net.outputs))
      return [
        identity, (identity - 2) * second / sites / d, (identity - 2) * zero / d, (identity - 4) * fourth / sites / d,
        zeroFourth / d,
      ]
    }
  }

  /// `Σ_i ∂²S/∂b_i² − Σ_i (∂S/∂b_i)²`, with
  ///
  ///     Σ_i ∂²S/∂b_i² = ∫ [ ½ V″(φ) (Σ_i c_i² − ψ(x)) − V′(φ) φ ],   ψ(x) = Σ_i c_i² cos(2 k_i·x + 2 b_i).
  static func phases(_ net: any PlaneWaveNet, _ terms: [LocalTerm]) -> Observables {
    Observables(["phase identity"]) { sample in
      let evaluator = sample.evaluator
      let gradient = NetworkParameters(layout: net.layout)
      evaluator.gradient(of: sample.walker, into: gradient)
      let slope = gradient.block(net.phaseBlock)
      let squares = (0..<net.width).reduce(0.0) { $0 + slope[$1] * slope[$1] }
      return [evaluator.phaseCurvature(of: sample.walker, terms) - squares]
    }
  }

  /// Schwinger-Dyson equations of the lattice field, `<∂O/∂φ_x> = <O δS/δφ_x>` for the action `½ φ(−Δ)φ + ½ m² φ² + V`, V the sum of all terms at a site, cell
  /// volume c. Summed over x the Laplacian drops out: with `M = Σ φ`, `T = Σ F`, `F = m² φ + V′(φ)`, `P = Σ F′`,
  ///
  ///     O = M: N_s = c <M T>;   O = T: <P> = c <T²>;   O = M³: 3 N_s <M²> = c <M³ T>;   O = M² T: 2 N_s <M T> + <M² P> = c <M² T²>;
  ///     O = M T²: N_s <T²> + 2 <M T P> = c <M T³>;   O = T³: 3 <T² P> = c <T⁴>;
  ///     O = φ_x: N_s = c <Σ φ(−Δφ + F)>;   O = V′(φ_x): <Σ V″> = c <Σ V′(−Δφ + F)>;
  ///
  /// and with φ(p) = Σ e^{−ipx} φ, averaged over the lowest momentum p1 ≠ 0 of every axis, `E(p) = (p̂² + m²) φ(p) + V′(p)`:
  ///
  ///     O = φ(p): N_s = c <Re φ(p)* E(p)>;   O = V′(p): <Σ V″> = c <Re V′(p)* E(p)>.
  ///
  /// In the order of what they take out of χ2, χ4 and G(r); only those of them that the potential and the lattice tell apart.
  public static func schwingerDyson(_ theory: InteractingTheory) -> Observables {
    guard let field = theory.prior.freeField else { return Observables([]) { _ in [] } }
    if field.outputs > 1 { return vectorSchwingerDyson(theory, field) }
    let (lattice, derivatives) = (theory.lattice, SiteDerivatives(theory))
    let (cell, mass) = (lattice.cellVolume, field.mass * field.mass)
    let n = Double(lattice.siteCount)
    let axes = lattice.sites.indices.filter { lattice.sites[$0] > 1 }
    let neighbours = (0..<lattice.siteCount).map { site in
      let vector = lattice.siteVector(site)
      return axes.map { axis in
        var next = vector
        next[axis] += 1
        return Int32(lattice.siteIndex(next))
      }
    }
    let links = 1 / (lattice.spacing * lattice.spacing)
    // One wave along every axis.
    let waves = axes.map { axis in
      let angle = 2 * Double.pi / Double(lattice.sites[axis])
      return (
        axis: axis, squared: 2 * (1 - cos(angle)) * links,
        phases: (0..<lattice.sites[axis]).map { (cos(angle * Double($0)), sin(angle * Double($0))) }
      )
    }
    let columns = (0..<lattice.siteCount).map { site in
      let vector = lattice.siteVector(site)
      return axes.map { Int32(vector[$0]) }
    }
    let isFree = theory.terms.allSatisfy { $0.potential.degree <= 2 }
    var names = ["SD phi", "SD M", "SD M^3"]
    if !isFree { names += ["SD T", "SD M^2 T", "SD V'"] }
    if !waves.isEmpty { names += isFree ? ["SD phi(p1)"] : ["SD phi(p1)", "SD V'(p1)"] }
    if !isFree { names += ["SD M T^2", "SD T^3"] }
    return Observables(names) { sample in
      var (m, t, p, kinetic, local, stretched, steep, curved) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
      let slopes = (0..<sample.siteCount).map { derivatives.slope($0, sample.field[$0]) }
      for x in 0..<sample.siteCount {
        let (phi, slope) = (sample.field[x], slopes[x])
        let force = mass * phi + slope
        let curvature = derivatives.curvature(x, phi)
        m += phi
        t += force
        p += mass + curvature
        local += phi * force
        steep += slope * force
        curved += curvature
        for next in neighbours[x] {
          let step = sample.field[Int(next)] - phi
          kinetic += links * step * step
          stretched += links * step * (slopes[Int(next)] - slope)
        }
      }
      var (first, second) = (0.0, 0.0)
      for (index, wave) in waves.enumerated() {
        // φ and V′ summed over the planes across the axis, then one Fourier mode.
        var planes = [(Double, Double)](repeating: (0, 0), count: wave.phases.count)
        for x in 0..<sample.siteCount {
          let plane = Int(columns[x][index])
          planes[plane].0 += sample.field[x]
          planes[plane].1 += slopes[x]
        }
        var (a, b, u, v) = (0.0, 0.0, 0.0, 0.0)
        for (plane, phase) in zip(planes, wave.phases) {
          a += plane.0 * phase.0
          b += plane.0 * phase.1
          u += plane.1 * phase.0
          v += plane.1 * phase.1
        }
        let stiffness = wave.squared + mass
        first += n - cell * (stiffness * (a * a + b * b) + a * u + b * v)
        second += curved - cell * (stiffness * (a * u + b * v) + u * u + v * v)
      }
      let c = cell * t
      var values = [n - cell * (kinetic + local), n - m * c, 3 * m * m * n - m * m * m * c]
      if !isFree {
        values += [p - t * c, 2 * m * n * t + m * m * p - m * m * t * c, curved - cell * (stretched + steep)]
      }
      if !waves.isEmpty { values += isFree ? [first] : [first, second] }
      if !isFree { values += [n * t * t + 2 * m * t * p - m * t * t * c, 3 * t * t * p - t * t * t * c] }
      return values
    }
  }
}

extension Identities {
  /// Schwinger-Dyson equations of a lattice field of D components under V(|φ|), averaged over the components, `F_a = m² φ_a + V′(|φ|) φ_a/|φ|`, `M_a = Σ φ_a`, `T_a = Σ F_a`:
  ///
  ///     O = φ_a(x): N_s = c <Σ φ_a(−Δφ_a + F_a)>;   O = M_a: N_s = c <M_a T_a>.
  ///
  /// At one site both are `m² <φ·φ> + (λ/6) <(φ·φ)²> = D` over D, up to units.
  static func vectorSchwingerDyson(_ theory: InteractingTheory, _ field: FreeLatticeField) -> Observables {
    let (lattice, derivatives) = (theory.lattice, SiteDerivatives(theory))
    let (cell, mass, n) = (lattice.cellVolume, field.mass * field.mass, lattice.siteCount)
    let axes = lattice.sites.indices.filter { lattice.sites[$0] > 1 }
    let neighbours = (0..<n).map { site in
      axes.map { axis in
        var next = lattice.siteVector(site)
        next[axis] += 1
        return lattice.siteIndex(next)
      }
    }
    let (links, count) = (1 / (lattice.spacing * lattice.spacing), Double(field.outputs))
    return Observables(["SD phi", "SD M"]) { sample in
      let stiffness = (0..<n).map { x in
        let square = (0..<sample.componentCount).reduce(0.0) { sum, a in
          sum + sample.field[a * n + x] * sample.field[a * n + x]
        }
        return mass + derivatives.stiffness(x, square)
      }
      var (local, global) = (0.0, 0.0)
      for component in 0..<sample.componentCount {
        let phi = sample.field + component * n
        var (m, t) = (0.0, 0.0)
        for x in 0..<n {
          let force = stiffness[x] * phi[x] - derivatives.source(x, component)
          m += phi[x]
          t += force
          local += phi[x] * force
          for next in neighbours[x] { local += links * (phi[next] - phi[x]) * (phi[next] - phi[x]) }
        }
        global += m * t
      }
      return [Double(n) - cell * local / count, Double(n) - cell * global / count]
    }
  }
}

/// V′ and V″ of a lattice field at every site, all terms of the action together, in units of the cell volume.
private struct SiteDerivatives: Sendable {
  private let parts: [(potential: LocalPotential, density: [Double], sources: [Double])]

  private let siteCount: Int

  init(_ theory: InteractingTheory) {
    let (lattice, cell) = (theory.lattice, theory.lattice.cellVolume)
    siteCount = lattice.siteCount
    let components = theory.prior.outputs
    let zero = [Double](repeating: 0, count: lattice.siteCount)
    let none = [Double](repeating: 0, count: components * lattice.siteCount)
    parts = theory.terms.map { term in
      guard case .points(let points, let weights) = term.region.integral else {
        return (term.potential, zero.map { $0 + 1 }, term.sources.isEmpty ? none : term.sources)
      }
      var (density, sources) = (zero, none)
      for (node, point) in points.enumerated() {
        let site = lattice.site(at: point)!
        density[site] += weights[node] / cell
        guard !term.sources.isEmpty else { continue }
        for a in 0..<components {
          sources[a * lattice.siteCount + site] += weights[node] * term.sources[a * points.count + node] / cell
        }
      }
      return (term.potential, density, sources)
    }
  }

  func slope(_ site: Int, _ field: Double) -> Double {
    parts.reduce(0.0) { $0 + ($1.density[site] * $1.potential.derivative(field) - $1.sources[site]) }
  }

  /// V′(|φ|)/|φ| without sources.
  func stiffness(_ site: Int, _ square: Double) -> Double {
    parts.reduce(0.0) { $0 + $1.density[site] * $1.potential.stiffness(square: square) }
  }

  /// The source J of a component.
  func source(_ site: Int, _ component: Int) -> Double {
    parts.reduce(0.0) { $0 + $1.sources[component * siteCount + site] }
  }

  func curvature(_ site: Int, _ field: Double) -> Double {
    parts.reduce(0.0) { $0 + $1.density[site] * $1.potential.secondDerivative(field) }
  }
}
