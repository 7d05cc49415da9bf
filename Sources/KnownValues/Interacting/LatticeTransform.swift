// SPDX-License-Identifier: GPL-3.0-or-later

import Glibc
import LatticeFields
import NumericalKernels

/// Functions of the displacement on a periodic lattice, row-major, and what is done with them by FFT, O(N_s log N_s) each:
///
///     f~(p) = a^d Σ_x e^{−ip·x} f(x),   f(x) = V^{-1} Σ_p e^{ip·x} f~(p),   (f*g)(r) = a^d Σ_z f(r−z) g(z).
struct LatticeTransform: Sendable {
  let lattice: Lattice
  private let transform: RealFourierTransform

  init(_ lattice: Lattice) {
    precondition(lattice.boundary == .periodic, "LatticeTransform: the lattice must be periodic")
    self.lattice = lattice
    transform = RealFourierTransform(shape: lattice.sites)
  }

  /// `f~` of an even function, real, over all modes.
  func spectrum(_ even: [Double]) -> [Double] { evenTransform(even, scale: lattice.cellVolume) }

  /// The even function with spectrum `F`.
  func function(_ spectrum: [Double]) -> [Double] { evenTransform(spectrum, scale: 1 / lattice.volume) }

  /// The convolution `f*g` over the sites.
  func convolution(_ f: [Double], _ g: [Double]) -> [Double] {
    let (a, b) = (forward(f), forward(g))
    for i in 0..<transform.complexCount {
      let (u, v) = (a[i], b[i])
      a[i] = ComplexDouble(
        u.real * v.real - u.imaginary * v.imaginary, u.real * v.imaginary + u.imaginary * v.real)
    }
    let result = AlignedBuffer<Double>(count: transform.realCount, repeating: 0)
    transform.backward(a.pointer, result.pointer)
    let scale = lattice.cellVolume / Double(lattice.siteCount)
    return result.array.map { $0 * scale }
  }

  /// `p̂² = Σ_μ (4/a²) sin²(a p_μ/2)` over all modes.
  func squaredMomenta() -> [Double] {
    let axes = lattice.sites.map { extent in
      (0..<extent).map { n in
        let root = 2 / lattice.spacing * sin(Double.pi * Double(n) / Double(extent))
        return root * root
      }
    }
    return (0..<lattice.siteCount).map { mode in
      zip(axes, Lattice.unravel(mode, shape: lattice.sites)).reduce(0) { $0 + $1.0[$1.1] }
    }
  }

  private func forward(_ f: [Double]) -> AlignedBuffer<ComplexDouble> {
    precondition(f.count == transform.realCount, "LatticeTransform: \(f.count) values")
    let input = AlignedBuffer<Double>(count: transform.realCount, repeating: 0)
    for i in 0..<f.count { input[i] = f[i] }
    let output = AlignedBuffer<ComplexDouble>(count: transform.complexCount, repeating: .zero)
    transform.forward(input.pointer, output.pointer)
    return output
  }

  /// The stored half holds the last axis up to L/2; the rest is its mirror image.
  private func evenTransform(_ f: [Double], scale: Double) -> [Double] {
    let half = forward(f)
    let stored = lattice.sites.last! / 2 + 1
    return (0..<lattice.siteCount).map { index in
      var mode = Lattice.unravel(index, shape: lattice.sites)
      if mode.last! >= stored { mode = zip(mode, lattice.sites).map { (($1 - $0) % $1) } }
      let row = zip(mode, lattice.sites).dropLast().reduce(0) { $0 * $1.1 + $1.0 }
      return scale * half[row * stored + mode.last!].real
    }
  }
}
