// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import KnownValues
import NumericalKernels

/// φ⁴ in one dimension in the continuum: the anharmonic oscillator `H = p²/2 + m² x²/2 + λ x⁴/24`, m² of either sign.
///
/// Diagonalised in the eigenbasis of an oscillator of frequency Ω, in which `H = Ω(n + ½) + ½(m² − Ω²) x² + λ x⁴/24` is a band matrix; even and odd
/// states apart. Energies to 1e-12 of the level for the first ten or so; milliseconds. The lattice approaches this as O(a²). Source: Bender and
/// Wu, Phys. Rev. 184 (1969) 1231; docs/physics/interacting-exact.md.
public struct AnharmonicOscillator: Sendable {
  /// The potential, with m² and λ.
  public let potential: QuarticPotential
  /// E_0 < E_1 < …, those that the basis resolves.
  public let energies: [Double]
  /// State n, in the oscillator basis.
  private let states: [[Double]]
  private let frequency: Double

  /// Diagonalises H in `basisSize` oscillator states.
  public init(_ potential: QuarticPotential, basisSize: Int = 120) {
    self.potential = potential
    let (m2, coupling) = (potential.massSquared, potential.coupling)
    // Ω³ = |m²| Ω + λ: near the width of the low states, and wide enough for those at the end of the basis.
    var omega = 1.0
    for _ in 0..<200 { omega = cbrt(abs(m2) * omega + coupling) }
    frequency = omega
    let square = Self.power(2, size: basisSize, omega)
    let quartic = Self.power(4, size: basisSize, omega)
    var levels: [(energy: Double, state: [Double])] = []
    for parity in 0...1 {
      let basis = Array(stride(from: parity, to: basisSize, by: 2))
      var matrix = [Double](repeating: 0, count: basis.count * basis.count)
      for (i, m) in basis.enumerated() {
        for (j, n) in basis.enumerated() {
          let entry = m * basisSize + n
          matrix[i * basis.count + j] =
            (m == n ? omega * (Double(n) + 0.5) : 0) + (m2 - omega * omega) / 2 * square[entry]
            + coupling / 24 * quartic[entry]
        }
      }
      let problem = SymmetricEigenproblem(matrix, size: basis.count)
      for (energy, vector) in zip(problem.values, problem.vectors) {
        var state = [Double](repeating: 0, count: basisSize)
        for (i, n) in basis.enumerated() { state[n] = vector[i] }
        levels.append((energy, state))
      }
    }
    levels.sort { $0.energy < $1.energy }
    levels.removeLast(levels.count / 2)
    energies = levels.map(\.energy)
    states = levels.map(\.state)
  }

  /// `E_1 − E_0`, the mass.
  public var gap: Double { energies[1] - energies[0] }

  /// `<m|x^k|n>`, k up to 4.
  public func matrixElement(_ m: Int, power k: Int, _ n: Int) -> Double {
    let size = states[0].count
    let matrix = Self.power(k, size: size, frequency)
    var sum = 0.0
    for i in 0..<size where states[m][i] != 0 {
      for j in max(0, i - k)...min(size - 1, i + k) {
        sum += states[m][i] * matrix[i * size + j] * states[n][j]
      }
    }
    return sum
  }

  /// `<x^k>` in the ground state: infinite volume.
  public func moment(_ k: Int) -> Double { matrixElement(0, power: k, 0) }

  /// `<x^k>` in periodic time of extent T: `Σ_n <n|x^k|n> e^{−E_n T}/Σ_n e^{−E_n T}`.
  public func moment(_ k: Int, extent: Double) -> Double {
    var (sum, partition) = (0.0, 0.0)
    for n in energies.indices {
      let weight = exp(-(energies[n] - energies[0]) * extent)
      if weight < 1e-18 { break }
      sum += weight * matrixElement(n, power: k, n)
      partition += weight
    }
    return sum / partition
  }

  /// `G2(t) = Σ_n |<0|x|n>|² e^{−(E_n − E_0) t}` in infinite volume.
  public func twoPoint(_ time: Double) -> Double {
    stride(from: 1, to: energies.count, by: 2).reduce(0) { sum, n in
      let element = matrixElement(0, power: 1, n)
      return sum + element * element * exp(-(energies[n] - energies[0]) * abs(time))
    }
  }

  /// x^k in the oscillator basis: x is `√((n+1)/2Ω)` beside the diagonal, powers are made in a basis large enough not to feel its end.
  private static func power(_ k: Int, size: Int, _ omega: Double) -> [Double] {
    let large = size + k
    var matrix = [Double](repeating: 0, count: large * large)
    for n in 0..<large { matrix[n * large + n] = 1 }
    for _ in 0..<k {
      var next = [Double](repeating: 0, count: large * large)
      for i in 0..<large {
        for j in 0..<large {
          let lower = j > 0 ? (Double(j) / (2 * omega)).squareRoot() * matrix[i * large + j - 1] : 0
          let upper =
            j + 1 < large ? (Double(j + 1) / (2 * omega)).squareRoot() * matrix[i * large + j + 1] : 0
          next[i * large + j] = lower + upper
        }
      }
      matrix = next
    }
    return (0..<size * size).map { matrix[$0 / size * large + $0 % size] }
  }
}
