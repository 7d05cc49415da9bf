// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import KnownValues
import LatticeFields
import NumericalKernels
import Testing

/// Sums that a symmetry makes vanish read zero, with what rounding may have left in them; sums that do not vanish keep their digits.
@Suite struct CancelledSumTests {
  static let window = Lattice(sites: [4, 4], spacing: 0.5, boundary: .open)
  static let zeroMomentum: [CorrelationFunction] = [.zeroMomentumCumulant(order: 2), .zeroMomentumCumulant(order: 4)]

  private func net(_ activation: Activation, _ sigmaB: Double) -> DenseNet {
    DenseNet(dimension: 2, width: 20, activation: activation, sigmaW: 1, sigmaB: sigmaB, sigmaV: 1)
  }

  /// Over a window centred on the origin an odd activation without a bias adds up to nothing, and with a bias of 1e-27 to 1e-54 of its terms.
  /// Controls: a bias of one, and relu, which is not odd.
  @Test(arguments: [Activation.erf, .tanh]) func oddActivations(activation: Activation) throws {
    for sigmaB in [0, 1.8e-27, 1e-12] {
      let known = FreeValues(net(activation, sigmaB), lattice: Self.window)
      for function in Self.zeroMomentum {
        let value = try #require(known.value(RowTarget(function)))
        #expect(value.value == 0 && value.rounding < 1e-9, "\(sigmaB) \(function): \(value)")
      }
    }
    for control in [net(activation, 1), net(.relu, 0)] {
      let known = FreeValues(control, lattice: Self.window)
      for function in Self.zeroMomentum {
        let value = try #require(known.value(RowTarget(function)))
        #expect(value.value != 0 && value.rounding < 1e-8 * abs(value.value), "\(function): \(value)")
      }
    }
  }

  /// The sum of a weak bias is its linear response, `χ2 = σ_v² σ_b² V <σ'(z)²>`-like: proportional to σ_b² as long as it stands above rounding.
  /// Control: where it does not, it reads zero instead of rounding.
  @Test func weakBias() throws {
    func chi2(_ sigmaB: Double) throws -> Double {
      try #require(FreeValues(net(.erf, sigmaB), lattice: Self.window).value(RowTarget(Self.zeroMomentum[0]))).value
    }
    let ratio = try chi2(1e-3) / chi2(1e-4)
    #expect(abs(ratio / 100 - 1) < 1e-3)
    #expect(try chi2(1e-9) == 0)
  }

  /// Neurons of Rayleigh weights on one site are complex Gaussian, so that κ4 is zero and not 1e-17; with constant weights it is not zero.
  @Test func gaussianByAccident() throws {
    let site = Lattice(sites: [1], spacing: 0.7, boundary: .periodic)
    func chi4(_ weights: OutputWeightLaw.Kind) throws -> Double {
      let net = LatticeAlphaNet(kind: "alpha-net", width: 7, mass: 1.1, alpha: 0.3, weights: weights, lattice: site)
      return try #require(FreeValues(net, lattice: site).value(RowTarget(Self.zeroMomentum[1]))).value
    }
    #expect(try chi4(.rayleigh) == 0)
    #expect(try abs(chi4(.constant)) > 1e-3)
  }

  /// A row whose weighted terms cancel. Control: the same terms with another weight.
  @Test func weightedRows() throws {
    let lattice = Lattice(sites: [8], spacing: 0.3, boundary: .periodic)
    let known = FreeValues(FreeLatticeField(lattice: lattice, mass: 0.9), lattice: lattice)
    let (near, far) = (Point(0.3, 0, 0, 0), Point(2.1, 0, 0, 0))
    func row(_ weight: Double) -> RowTarget {
      RowTarget(terms: [(0.1, .moment([.zero, near])), (0.2, .moment([.zero, near])), (weight, .moment([.zero, far]))])
    }
    let cancelled = try #require(known.value(row(-0.3)))
    #expect(cancelled.value == 0 && cancelled.rounding > 0)
    #expect(try #require(known.value(row(-0.3 + 1e-11))).value != 0)
  }

  /// Numbers moved by their rounding: `a − b` of equal numbers is good to the sum of both. Control: of unequal ones the difference stands.
  @Test func combining() {
    let a = ExactValue(1, rounding: 1e-10)
    let difference = ExactValue.combining([a, a]) { $0[0] - $0[1] }
    #expect(difference.value == 0 && abs(difference.rounding - 2e-10) < 1e-15)
    let other = ExactValue.combining([a, ExactValue(0.5)]) { $0[0] - $0[1] }
    #expect(other.value == 0.5 && other.rounding < 1.1e-10)
  }
}
