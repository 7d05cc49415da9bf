// SPDX-License-Identifier: GPL-3.0-or-later

import Glibc
import LatticeFields
import NumericalKernels
import Synchronization

/// The free propagator of a periodic lattice and its powers, in momentum and position space:
///
///     G_p = 1/(p̂² + m²),  p̂² = Σ_μ (4/a²) sin²(a p_μ/2),      I_s(r) = V^{-1} Σ_p cos(p·r) G_p^s,  Z_s = I_s(0).
///
/// One FFT per power, made when first asked for and kept. Source: docs/physics/free-theories.md.
final class LatticeSpectrum: Sendable {
  let lattice: Lattice
  /// G_p over all modes, row-major in 0 ≤ n_μ < L_μ.
  let propagator: [Double]
  private let tables = Mutex<[Double: [Double]]>([:])
  private let withoutZeroMode = Mutex<[Double]?>(nil)

  init(lattice: Lattice, mass: Double) {
    self.lattice = lattice
    let axes = lattice.sites.map { extent in
      (0..<extent).map { n in
        let root = 2 / lattice.spacing * sin(.pi * Double(n) / Double(extent))
        return root * root
      }
    }
    propagator = (0..<lattice.siteCount).map { mode in
      let n = Lattice.unravel(mode, shape: lattice.sites)
      return 1 / zip(axes, n).reduce(mass * mass) { $0 + $1.0[$1.1] }
    }
  }

  /// G_p of an integer mode; any representative.
  func propagator(mode: [Int]) -> Double { propagator[lattice.siteIndex(mode)] }

  /// m(k) of a spatial mode, the same at every t ≥ a: time slices are one cosh, `cosh(a m(k)) = 1 + a² (k̂² + m²)/2`.
  func effectiveMass(_ mode: [Int]) -> Double {
    let gap = lattice.spacing * lattice.spacing / (2 * propagator(mode: [0] + mode))
    return log1p(gap + (gap * (2 + gap)).squareRoot()) / lattice.spacing
  }

  /// `G(0) − G(r)`. The mode p = 0, which is nearly all of G where m L is small, has no part in it.
  func decrease(_ r: Point) -> Double {
    let table = withoutZeroMode.withLock { table in
      if let table { return table }
      let made = transformed(power: 1, withZeroMode: false)
      table = made
      return made
    }
    return table[0] - table[site(r)]
  }

  /// I_s over all displacements, row-major.
  func correlation(power: Double) -> [Double] {
    tables.withLock { tables in
      if let table = tables[power] { return table }
      let table = transformed(power: power)
      tables[power] = table
      return table
    }
  }

  private func transformed(power: Double, withZeroMode: Bool = true) -> [Double] {
    let transform = RealFourierTransform(shape: lattice.sites)
    let momentum = AlignedBuffer<ComplexDouble>(count: transform.complexCount, repeating: .zero)
    let position = AlignedBuffer<Double>(count: transform.realCount, repeating: 0)
    let extent = lattice.sites.last!
    let half = extent / 2 + 1
    for i in 0..<transform.complexCount {
      let g = propagator[i / half * extent + i % half]
      momentum[i] = ComplexDouble(i == 0 && !withZeroMode ? 0 : pow(g, power) / lattice.volume, 0)
    }
    transform.backward(momentum.pointer, position.pointer)
    return position.array
  }

  /// The flat index of the displacement nearest to `r`.
  func site(_ r: Point) -> Int {
    lattice.siteIndex((0..<lattice.dimension).map { Int((r[$0] / lattice.spacing).rounded()) })
  }

  /// Whether `x` is a site of the lattice, to 1e-9 of the spacing.
  func contains(_ x: Point) -> Bool {
    (0..<maximumDimension).allSatisfy { axis in
      let n = x[axis] / lattice.spacing
      return axis < lattice.dimension
        ? abs(n - n.rounded()) <= 1e-9 * max(1, abs(n)) && abs(n) < 1e15 : x[axis] == 0
    }
  }
}
