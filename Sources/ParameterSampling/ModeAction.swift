// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import FieldTheories
import NumericalKernels

/// A term of independent modes, `φ_k = √λ_k η_k`: integrals over sites and the term `(U/4) ρ²` of their length, `ρ = Σ_k (y_k − φ_k)²`.
///
///     ∂I/∂η_k = √λ_k [ w V′(φ_k) − w J_k − U ρ (y_k − φ_k) ]
///
/// Cost: 2 ns a mode.
final class ModeAction: SiteAction {
  private let modes: ModeExpansion
  private let deviations: [Double]
  private let slopes: AlignedBuffer<Double>

  init(_ theory: InteractingTheory, _ term: LocalTerm, _ modes: ModeExpansion) {
    self.modes = modes
    deviations = modes.eigenvalues.map { $0.squareRoot() }
    slopes = AlignedBuffer(count: (modes.width + 7) / 8 * 8, repeating: 0)
    super.init(theory, term, onLattice: true)
  }

  override func synthesise(_ network: Network, into field: AlignedBuffer<Double>) {
    let noise = network.parameters.block(0)
    for k in deviations.indices { field.pointer[k] = deviations[k] * noise[k] }
  }

  override func value(_ field: AlignedBuffer<Double>) -> Double {
    guard let length = term.length else { return super.value(field) }
    let rho = length.squaredLength(field.pointer)
    return super.value(field) + length.coupling / 4 * rho * rho
  }

  override func value(mixing a: AlignedBuffer<Double>, _ fa: Double, with b: AlignedBuffer<Double>, _ fb: Double) -> Double {
    guard term.length != nil else { return super.value(mixing: a, fa, with: b, fb) }
    mix(a, fa, b, fb, into: trial)
    return value(trial)
  }

  override var differentiableBlocks: Set<Int> { [0] }

  override func gradient(of network: Network, _ field: AlignedBuffer<Double>, into gradient: NetworkParameters) {
    slope(field, into: slopes)
    let out = gradient.block(0)
    guard let length = term.length else {
      for k in deviations.indices { out[k] = deviations[k] * slopes.pointer[k] }
      return
    }
    let force = length.coupling * length.squaredLength(field.pointer)
    for k in deviations.indices {
      out[k] = deviations[k] * (slopes.pointer[k] - force * (length.targets[k] - field.pointer[k]))
    }
  }
}

extension LengthTerm {
  /// `ρ = Σ_k (y_k − φ_k)²`, in four sums.
  func squaredLength(_ field: UnsafePointer<Double>) -> Double {
    targets.withUnsafeBufferPointer { y in
      var (a, b, c, d) = (0.0, 0.0, 0.0, 0.0)
      var k = 0
      while k + 4 <= y.count {
        let (p, q, r, s) = (y[k] - field[k], y[k + 1] - field[k + 1], y[k + 2] - field[k + 2], y[k + 3] - field[k + 3])
        a += p * p
        b += q * q
        c += r * r
        d += s * s
        k += 4
      }
      while k < y.count {
        a += (y[k] - field[k]) * (y[k] - field[k])
        k += 1
      }
      return (a + b) + (c + d)
    }
  }
}

extension Observables {
  /// `S`, ρ and ρ² of modes whose length is inserted.
  static func length(_ targets: [Double]) -> Observables {
    let length = LengthTerm(coupling: 0, targets: targets)
    return Observables(["S", "rho", "rho^2"]) { sample in
      let rho = length.squaredLength(sample.field)
      return [sample.action, rho, rho * rho]
    }
  }
}

extension Identities {
  /// Schwinger-Dyson equations of modes under `(r/2) ρ + (U/4) ρ²`, with `Δ_k = y_k − φ_k`, `A = Σ_k (Δ_k − y_k) Δ_k/λ_k`, `E = A + r ρ + U ρ²` and
  /// `P` modes: `<Σ_k ∂(Δ_k O)/∂Δ_k> = <O Σ_k Δ_k ∂S/∂Δ_k>` for O = 1 and ρ:
  ///
  ///     <E> = P,      <(E − P − 2) ρ> = 0.
  ///
  /// Other insertions beside the length have none here.
  static func length(_ modes: ModeExpansion, _ theory: InteractingTheory) -> Observables {
    guard theory.terms.count == 1, let term = theory.terms.first, term.potential.degree <= 2, !term.sources.isEmpty,
      let length = term.length
    else { return Observables([]) { _ in [] } }
    let (ridge, coupling, targets) = (2 * term.potential.coefficient(2), length.coupling, length.targets)
    let stiffnesses = modes.stiffnesses
    let count = Double(modes.width)
    return Observables(["length identity", "length identity rho"]) { sample in
      var stretch = 0.0
      for k in stiffnesses.indices {
        let discrepancy = targets[k] - sample.field[k]
        stretch += stiffnesses[k] * (discrepancy - targets[k]) * discrepancy
      }
      let rho = length.squaredLength(sample.field)
      let identity = stretch + ridge * rho + coupling * rho * rho - count
      return [identity, (identity - 2) * rho]
    }
  }
}
