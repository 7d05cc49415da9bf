// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import LatticeFields
import NumericalKernels
import Testing

@testable import FieldTheories

/// Exact values at parameters far from one: right, or not known, at a bounded cost, and never a trap.
@Suite struct ExtremeParameterTests {
  // MARK: - Characteristic functions

  /// `<J_0(s v)>` of the law by Simpson's rule over v (uniform) or the trapezoidal rule over an angle (gaussian), with many nodes.
  private static func phaseAverage(_ law: OutputWeightLaw, _ squared: Double) -> Double {
    let t = squared * law.variance / 4
    if law.kind == .gaussian {
      let nodes = 200 + Int(20 * t.squareRoot())
      return (0..<nodes).reduce(0.0) { $0 + exp(-2 * t * pow(sin(Double.pi * Double($1) / Double(nodes)), 2)) } / Double(nodes)
    }
    let reach = 2 * (3 * t).squareRoot()
    let panels = 20_000
    let sum = (1..<panels).reduce(j0(0) + j0(reach)) { $0 + ($1 % 2 == 1 ? 4 : 2) * j0(reach * Double($1) / Double(panels)) }
    return sum / Double(3 * panels)
  }

  /// On both sides of where the series take over; the control is a series that is one part in 10⁹ off.
  @Test(arguments: [OutputWeightLaw.Kind.gaussian, .uniform]) func phaseAverages(kind: OutputWeightLaw.Kind) {
    let law = OutputWeightLaw(kind, variance: 0.7)
    for t in [0.01, 1, 30, 180, 207, 209, 399, 401, 2000, 9000.0] {
      let squared = 4 * t / law.variance
      let (value, truth) = (law.phaseAverage(squared), Self.phaseAverage(law, squared))
      #expect(abs(value - truth) < 1e-13 + 2e-12 * abs(truth), "\(kind), t = \(t): \(value), \(truth)")
      #expect(abs(value * (1 + 1e-9) - truth) > 2e-12 * abs(truth))
    }
  }

  /// All laws at arguments up to the end of double precision: a number between −1 and 1 that falls like its leading term.
  @Test(arguments: OutputWeightLaw.Kind.allCases) func phaseAveragesFarOut(kind: OutputWeightLaw.Kind) {
    let law = OutputWeightLaw(kind, variance: 1)
    for squared in [1e6, 1e20, 1e100, 1e300, .infinity] {
      let value = law.phaseAverage(squared)
      #expect(abs(value) <= pow(squared, -0.24), "\(kind), s² = \(squared): \(value)")
    }
  }

  /// Vertex correlators of one cosine neuron against a plain sum over its momentum, at charges where the average is no smooth function of k·r.
  @Test func vertexCorrelators() throws {
    let (net, r) = (CosNet(dimension: 1, width: 1, sigmaW0: 1, sigmaW1: 1), Point(0.7, 0, 0, 0))
    for charge in [0.5, 5, 60.0] {
      let value = try #require(net.exactVertexCorrelator(charge: charge, .zero, r))
      var (sum, norm) = (0.0, 0.0)
      for i in -40_000...40_000 {
        let z = Double(i) * 2.5e-4
        let s = 2 * sin(0.35 * z)
        sum += exp(-z * z / 2) * Self.phaseAverage(net.outputWeights, charge * charge * s * s)
        norm += exp(-z * z / 2)
      }
      #expect(abs(value - sum / norm) < 1e-9, "q = \(charge): \(value), \(sum / norm)")
    }
    // Too dear, or of no value any more: nil or a number below resolution, at once.
    for charge in [1e5, 1e10, 1e20, 1e300] {
      if let value = net.exactVertexCorrelator(charge: charge, .zero, r) { #expect(abs(value) < 1e-3) }
    }
  }

  // MARK: - Propagators

  /// `G^{(s)}(r)` by the trapezoidal rule over k in d = 1 and 3, where the regulator ends the integrand.
  private static func propagator(_ dimension: Int, _ mass: Double, _ cutoff: Double, _ power: Double, _ r: Double) -> Double {
    let step = cutoff / 4000
    let sum = (1...80_000).reduce(dimension == 1 ? 0.5 * pow(mass, -2 * power) : 0) { sum, i in
      let k = step * Double(i)
      let weight = exp(-k * k / (2 * cutoff * cutoff)) * pow(k * k + mass * mass, -power)
      return sum + weight * (dimension == 1 ? cos(k * r) : k * k * (r == 0 ? 1 : sin(k * r) / (k * r)))
    }
    return step * sum / (dimension == 1 ? .pi : 2 * .pi * .pi)
  }

  /// A mass from a third of the cutoff to a million times it: there the regulator alone shapes the propagator, and Schwinger's integrand has no
  /// saddle.
  @Test(arguments: [1, 3]) func heavyMasses(dimension: Int) {
    for ratio in [0.3, 3, 50, 1e4, 1e6] {
      for reach in [0, 0.5, 2, 4.0] {
        let (cutoff, mass) = (10.0, 10 * ratio)
        for power in [1, 2.0] {
          let kernel = RadialHeatKernel(dimension: dimension, mass: mass, cutoff: cutoff, power: power)
          let (value, truth) = (kernel.value(at: reach / cutoff), Self.propagator(dimension, mass, cutoff, power, reach / cutoff))
          #expect(
            abs(value / truth - 1) < 1e-10, "d = \(dimension), m/Lambda = \(ratio), r Lambda = \(reach): \(value), \(truth)")
        }
      }
    }
  }

  /// Powers beyond double precision give no number, and the theory file a fault.
  @Test func powersBeyondDoublePrecision() {
    #expect(RadialHeatKernel(dimension: 2, mass: 1, cutoff: 10, power: 1e308).value(at: 0).isNaN)
    for (key, value) in [("alpha", "1e308"), ("alpha", "-1e308"), ("mass", "1e30"), ("cutoff", "1e-30")] {
      let text = """
        dimension = 2
        [architecture]
        kind = "alpha-net"
        width = 10
        mass = 1.0
        alpha = 0.0
        regulator = "gaussian"
        cutoff = 10.0
        [lattice]
        sites = [4, 4]
        spacing = 0.25
        boundary = "open"
        """
      do {
        _ = try TheoryDefinition.load(text: text, fileName: "t", overrides: [("architecture.\(key)", value)])
      } catch { #expect(error is TheoryFileError, "\(error)") }
    }
  }

  // MARK: - Fully connected nets

  /// The lattice of one site is the origin, where a net without biases vanishes.
  @Test(arguments: Activation.inTheoryFiles) func oneSiteAtTheOrigin(activation: Activation) {
    let net = DenseNet(dimension: 2, width: 10, activation: activation, sigmaW: 1, sigmaB: 0, sigmaV: 1)
    let site = Lattice(sites: [1, 1], spacing: 0.25, boundary: .open)
    #expect(net.exactValue(.zeroMomentumCumulant(order: 2), lattice: site) == 0)
    #expect(net.exactValue(.zeroMomentumCumulant(order: 4), lattice: site) == 0)
    // The control: off the origin it does not vanish.
    let two = Lattice(sites: [2, 2], spacing: 0.25, boundary: .open)
    let corner = two.position(0)
    #expect((net.exactValue(.moment([corner, corner]), lattice: two) ?? 0) > 0)
  }

  /// Pre-activations of tanh too wide for its quadrature: not known; narrow ones are.
  @Test func wideTanh() throws {
    let (x, y) = (Point(0.3, 0.1, 0, 0), Point(-0.2, 0.5, 0, 0))
    for sigma in [300, 1e8, 1e30] {
      let net = DenseNet(dimension: 2, width: 10, activation: .tanh, sigmaW: 1, sigmaB: sigma, sigmaV: 1)
      let deep = DeepNet(dimension: 2, widths: [10, 10], activation: .tanh, sigmaW: sigma, sigmaB: sigma, sigmaV: 1)
      #expect(net.exactValue(.moment([x, y]), lattice: nil) == nil && net.limitKernel(x, y) == nil)
      #expect(deep.limitKernel(x, y) == nil && net.effectiveSamples(draws: 100) > 0)
    }
    let tame = DenseNet(dimension: 2, width: 10, activation: .tanh, sigmaW: 1, sigmaB: 1, sigmaV: 1)
    #expect(try #require(tame.exactValue(.moment([x, y]), lattice: nil)) > 0)
  }

  // MARK: - Differences that cancel

  /// `G(0) − G(r)` as a plain sum of `2 sin²` over the modes.
  private static func decrease(_ lattice: Lattice, _ mass: Double, _ r: [Int]) -> Double {
    (0..<lattice.siteCount).reduce(0.0) { sum, index in
      let mode = lattice.siteVector(index)
      let turns = zip(zip(mode, r), lattice.sites).reduce(0.0) { $0 + Double($1.0.0 * $1.0.1) / Double($1.1) }
      let squared = zip(mode, lattice.sites).reduce(mass * mass) {
        $0 + pow(2 / lattice.spacing * sin(.pi * Double($1.0) / Double($1.1)), 2)
      }
      return sum + 2 * pow(sin(.pi * turns), 2) / squared / lattice.volume
    }
  }

  /// At m a = 1e-7 the propagator is 10¹² times its change over a site. The control is the difference of moments.
  @Test(arguments: [1, 1e-3, 1e-7, 1e-12]) func squaredDifferences(spacing: Double) throws {
    let lattice = Lattice(sites: [6, 6], spacing: spacing, boundary: .periodic)
    let field = FreeLatticeField(lattice: lattice, mass: 1)
    let net = LatticeAlphaNet(
      kind: "scalar-net-lattice", width: 5, mass: 1, alpha: -1, weights: .gaussian, lattice: lattice)
    for r in [[0, 1], [1, 1], [3, 2]] {
      let y = Point(spacing * Double(r[0]), spacing * Double(r[1]), 0, 0)
      let truth = Self.decrease(lattice, 1, r)
      for value in [
        field.exactValue(.squaredDifference(.zero, y), lattice: lattice),
        net.exactValue(.squaredDifference(.zero, y), lattice: lattice),
      ] { #expect(abs(try #require(value) / (2 * truth) - 1) < 1e-12) }
      let vertex = try #require(field.exactValue(.vertexCorrelator(charge: 1.5, .zero, y), lattice: lattice))
      #expect(abs(vertex / exp(-2.25 * truth) - 1) < 1e-12)
      let moments = [Point.zero, y].map { field.exactValue(.moment([.zero, $0]), lattice: lattice)! }
      if spacing < 1e-6 { #expect(abs((moments[0] - moments[1]) / truth - 1) > 1e-5) }
    }
  }

  /// Where moments are all there is, a difference without six figures is not known.
  @Test func differencesWithoutFigures() throws {
    let net = CosNet(dimension: 1, width: 5, sigmaW0: 1, sigmaW1: 1)
    func value(_ r: Double) -> Double? { net.exactValue(.squaredDifference(.zero, Point(r, 0, 0, 0)), lattice: nil) }
    #expect(abs(try #require(value(0.5)) / (1 - exp(-0.125)) - 1) < 1e-12)
    #expect(value(1e-6) == nil)
  }

  /// Connected pairings against differences of moments where these do not cancel, and alone where they do.
  @Test func connectedPowers() throws {
    let lattice = Lattice(sites: [40], spacing: 1, boundary: .periodic)
    let field = FreeLatticeField(lattice: lattice, mass: 1.2)
    func moment(_ points: [Point]) -> Double { field.exactValue(.moment(points), lattice: lattice)! }
    for (m, n) in [(2, 2), (1, 3), (4, 2), (3, 3), (1, 2), (4, 4)] {
      for r in [1.0, 20] {
        let (x, y) = (Point.zero, Point(r, 0, 0, 0))
        let (a, b) = ([Point](repeating: x, count: m), [Point](repeating: y, count: n))
        let value = try #require(field.exactValue(.compositeCumulant(m, x, n, y), lattice: lattice))
        let difference = moment(a + b) - moment(a) * moment(b)
        #expect(abs(value - difference) <= 1e-12 * abs(moment(a + b)), "\(m), \(n), r = \(r): \(value), \(difference)")
        if (m, n) == (2, 2) { #expect(abs(value / (2 * pow(moment([x, y]), 2)) - 1) < 1e-14) }
      }
    }
  }
}
