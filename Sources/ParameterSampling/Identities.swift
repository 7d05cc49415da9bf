// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import LatticeFields
import NumericalKernels

/// Exact identities of an interacting ensemble, each an observable whose mean is zero: a check of the sampler that every run can
/// make, and control variates for what it measures.
///
/// | ensemble | identity |
/// |---|---|
/// | Gaussian weights | `<N Σ w²/μ2> = N − Σ_a h_a <I_a>`, h_a the degree of term a |
/// | Rayleigh weights with phases | `2 <N Σ w²/μ2> = 2N − Σ_a h_a <I_a>` |
/// | any cosine net | `<Σ_i ∂²S/∂b_i²> = <Σ_i (∂S/∂b_i)²>` |
/// | infinite width | Schwinger-Dyson: see ``schwingerDyson(_:)`` |
///
/// Source: docs/physics/interactions.md (integration by parts in a scale of the weights, in the phases, in the field).
public enum Identities {
  /// The identities that hold for the theory.
  public static func applicable(to theory: InteractingTheory) -> Observables {
    if theory.prior is FreeLatticeField { return schwingerDyson(theory) }
    var result = Observables([]) { _ in [] }
    let waves = theory.prior as? any PlaneWaveNet
    if let net = theory.prior as? any NeuronSum {
      let law = net.outputWeights.kind
      if law == .gaussian || (law == .rayleigh && waves != nil) { result = weights(net, theory) }
    }
    return waves.map { result + phases($0, theory.potential) } ?? result
  }

  /// `n (N Σ w²/μ2 − N) + ∫ φ V′(φ)`, n = 1 for real, 2 for complex Gaussian weights: φ V′ counts every term by its degree.
  static func weights(_ net: any NeuronSum, _ theory: InteractingTheory) -> Observables {
    let block = net.layout.blocks.firstIndex(where: \.entersLinearly)!
    let factor = net.outputWeights.kind == .rayleigh ? 2.0 : 1.0
    let (variance, cell, potential) = (net.outputWeights.variance, theory.lattice.cellVolume, theory.potential)
    return Observables(["weight identity"]) { sample in
      let v = sample.parameters.block(block)
      let squares = (0..<net.width).reduce(0.0) { $0 + v[$1] * v[$1] } / variance
      let waves = sample.evaluator as? any PlaneWaveEvaluator
      let virial =
        waves?.virial(of: sample.walker, potential)
        ?? cell * (0..<sample.siteCount).reduce(0.0) { $0 + sample.field[$1] * potential.derivative(sample.field[$1]) }
      return [factor * (squares - Double(net.width)) + virial]
    }
  }

  /// `Σ_i ∂²S/∂b_i² − Σ_i (∂S/∂b_i)²`, with
  ///
  ///     Σ_i ∂²S/∂b_i² = ∫ [ ½ V″(φ) (Σ_i c_i² − ψ(x)) − V′(φ) φ ],   ψ(x) = Σ_i c_i² cos(2 k_i·x + 2 b_i).
  static func phases(_ net: any PlaneWaveNet, _ potential: LocalPotential) -> Observables {
    Observables(["phase identity"]) { sample in
      let evaluator = sample.evaluator as! any PlaneWaveEvaluator
      let gradient = NetworkParameters(layout: net.layout)
      evaluator.gradient(of: sample.walker, into: gradient)
      let slope = gradient.block(net.phaseBlock)
      let squares = (0..<net.width).reduce(0.0) { $0 + slope[$1] * slope[$1] }
      return [evaluator.phaseCurvature(of: sample.walker, potential) - squares]
    }
  }

  /// Schwinger-Dyson equations of the lattice field, `<∂O/∂φ_x> = <O δS/δφ_x>` for the action `½ φ(−Δ)φ + ½ m² φ² + V`, cell
  /// volume c. Summed over x the Laplacian drops out: with `M = Σ φ`, `T = Σ F`, `F = m² φ + V′(φ)`, `P = Σ F′`,
  ///
  ///     O = M: N_s = c <M T>;   O = T: <P> = c <T²>;   O = M³: 3 N_s <M²> = c <M³ T>;   O = M² T: 2 N_s <M T> + <M² P> = c <M² T²>;
  ///     O = M T²: N_s <T²> + 2 <M T P> = c <M T³>;   O = T³: 3 <T² P> = c <T⁴>;   O = φ_x: N_s = c <Σ φ(−Δφ + F)>.
  public static func schwingerDyson(_ theory: InteractingTheory) -> Observables {
    guard let field = theory.prior as? FreeLatticeField else { return Observables([]) { _ in [] } }
    let (lattice, potential) = (theory.lattice, theory.potential)
    let (cell, mass) = (lattice.cellVolume, field.mass * field.mass)
    let n = Double(lattice.siteCount)
    let neighbours = (0..<lattice.siteCount).map { site in
      let vector = lattice.siteVector(site)
      return lattice.sites.indices.map { axis in
        var next = vector
        next[axis] += 1
        return Int32(lattice.siteIndex(next))
      }
    }
    let links = 1 / (lattice.spacing * lattice.spacing)
    let names = ["SD M", "SD T", "SD M^3", "SD M^2 T", "SD M T^2", "SD T^3", "SD phi"]
    return Observables(names) { sample in
      var (m, t, p, kinetic, local) = (0.0, 0.0, 0.0, 0.0, 0.0)
      for x in 0..<sample.siteCount {
        let phi = sample.field[x]
        let force = mass * phi + potential.derivative(phi)
        m += phi
        t += force
        p += mass + potential.secondDerivative(phi)
        local += phi * force
        for next in neighbours[x] {
          let step = sample.field[Int(next)] - phi
          kinetic += links * step * step
        }
      }
      let c = cell * t
      return [
        n - m * c, p - t * c, 3 * m * m * n - m * m * m * c, 2 * m * n * t + m * m * p - m * m * t * c,
        n * t * t + 2 * m * t * p - m * t * t * c, 3 * t * t * p - t * t * t * c, n - cell * (kinetic + local),
      ]
    }
  }
}
