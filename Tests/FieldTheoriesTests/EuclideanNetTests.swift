// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import Foundation
import LatticeFields
import NNFTTestSupport
import Testing

/// Reads an `[architecture]` table of a euclidean-net in `dimension` dimensions.
private func euclideanNet(_ text: String, dimension: Int = 2) throws -> EuclideanNet {
  try #require(
    try ArchitectureReadingTests.make("euclidean-net", text, boundary: .open, dimension: dimension)
      as? EuclideanNet)
}

@Suite struct EuclideanNetReferenceTests {
  static let records = ReferenceRecords.of(item: "A1", theory: "general Euclidean net")

  private func net(_ record: ReferenceRecord, spread: Double = 1) throws -> EuclideanNet {
    try euclideanNet(
      """
      width = \(record.width)
      sigma_w1 = \(record.number("sigma_w1"))
      momentum_density = "exp(-k^2/(2*s^2))"
      amplitude = "exp(-c*k^2)"
      parameters.s = \(spread * record.number("s"))
      parameters.c = \(record.number("c"))
      """, dimension: record.dimension)
  }

  @Test func noRecordWentMissing() { #expect(Self.records.count == 4) }

  @Test(arguments: records) func values(record: ReferenceRecord) throws {
    let value = try #require(pointFunction(record, net(record)))
    #expect(record.agrees(with: value, floor: 1e-12), "\(value), reference \(record.value)")
  }

  /// The control: a momentum density one per cent too wide.
  @Test(arguments: records) func wrongDensityIsNoticed(record: ReferenceRecord) throws {
    #expect(!record.agrees(with: try #require(pointFunction(record, net(record, spread: 1.01)))))
  }
}

@Suite struct EuclideanNetTests {
  /// Matern covariance at ν = 1/2, 3/2 in closed form: exp(−x), (1+x) exp(−x); momenta from the target or from another density.
  @Test(arguments: 1...4, [nil, "(1 + (k*length/4)^2)^(-3.5)"])
  func maternSpectrum(dimension: Int, density: String?) throws {
    for nu in [0.5, 1.5] {
      let net = try euclideanNet(
        """
        width = 10
        sigma_w1 = 0.3
        target_spectrum = "matern"
        two_point_at_zero = 0.7
        \(density.map { "momentum_density = \"\($0)\"" } ?? "")
        parameters = { nu = \(nu), length = 1.7, variance = 0.7 }
        """, dimension: dimension)
      for r in [0, 0.01, 0.4, 3, 12.0] {
        let x = (2 * nu).squareRoot() * r / 1.7
        let exact = 0.7 * exp(-x) * (nu == 1.5 ? 1 + x : 1)
        let value = try #require(
          net.exactValue(.moment([.zero, Point(0, 0, 0, 0) + Point(r, 0, 0, 0)]), lattice: nil))
        #expect(abs(value - exact) < 1e-12, "nu = \(nu), r = \(r): \(value), \(exact)")
      }
    }
  }

  /// The alpha family written as formulas: another way through all of the machinery.
  @Test(arguments: 1...3) func alphaFamilyAsFormulas(dimension: Int) throws {
    let alpha = try AlphaNet(
      dimension: dimension, width: 25, mass: 0.5, alpha: 0.3, regulator: .hard, cutoff: 6,
      weights: .laplace)
    let net = try euclideanNet(
      """
      width = 25
      weights = "laplace"
      cutoff = 6
      momentum_density = "(k^2 + m2)^-1.3"
      amplitude = "sqrt(2*omega)*(k^2 + m2)^(0.3/2)"
      target_spectrum = "1/(k^2 + m2)"
      parameters = { m2 = 0.25, omega = \(alpha.normalisation) }
      """, dimension: dimension)
    let points = [0.0, 0.5, 1.1, -0.4, 0.8, 0.2].map { Point($0, 0, 0, 0) }
    for count in [2, 4, 6] {
      let function = CorrelationFunction.cumulant(Array(points.prefix(count)))
      let (a, b) = (
        net.exactValue(function, lattice: nil)!, alpha.exactValue(function, lattice: nil)!
      )
      #expect(abs(a - b) < 1e-11 * abs(b), "\(count) points: \(a), \(b)")
    }
  }

  /// <F^4> of a Matern target over too narrow a density is infinite: no exact value, and sampling says why.
  @Test func missingMomentsAreLeftOut() throws {
    let net = try euclideanNet(
      """
      width = 10
      target_spectrum = "(k^2 + 1)^-1.5"
      momentum_density = "(k^2 + 1)^-3"
      """)
    let points = [Point](repeating: .zero, count: 4)
    #expect(net.exactValue(.moment([.zero, .zero]), lattice: nil) != nil)
    #expect(net.exactValue(.cumulant(points), lattice: nil) == nil)
    #expect(net.exactValue(.binderCumulant, lattice: nil) == nil)
    #expect(net.samplingObstruction(order: 2, radius: 1, draws: 100)?.contains("<F^4>") == true)
    let tame = try euclideanNet("width = 10\ntarget_spectrum = \"(k^2 + 1)^-1.5\"")
    #expect(tame.samplingObstruction(order: 4, radius: 1, draws: 100) == nil)
  }

  @Test(arguments: [
    ("amplitude = \"1\"", "momentum_density", "missing"),
    ("momentum_density = \"exp(-k)\"", "amplitude", "neither"),
    ("momentum_density = \"1/(1+k^2)\"\namplitude = \"1\"", "momentum_density", "large k"),
    ("momentum_density = \"k^-2*exp(-k)\"\namplitude = \"1\"", "momentum_density", "k = 0"),
    ("momentum_density = \"(1-k^2)*exp(-k)\"\namplitude = \"1\"", "momentum_density", "negative"),
    (
      "momentum_density = \"exp(-k)*log(k-1)\"\namplitude = \"1\"", "momentum_density", "not finite"
    ),
    ("momentum_density = \"0*k\"\namplitude = \"1\"", "momentum_density", "vanishes"),
    ("momentum_density = \"exp(-k)\"\namplitude = \"1/k\"", "amplitude", "k = 0"),
    ("momentum_density = \"exp(-k)\"\namplitude = \"log(k-5)\"", "amplitude", "not finite"),
    (
      "momentum_density = \"exp(-k)\"\ntarget_spectrum = \"1/(1+k^2)\"", "target_spectrum",
      "large k"
    ),
    (
      "momentum_density = \"exp(-k^2)\"\ntarget_spectrum = \"(1+k^2)^-2\"", "momentum_density",
      "no momenta"
    ),
    ("target_spectrum = \"exp(-k)\"\ntwo_point_at_zero = 1", "two_point_at_zero", "G2(0)"),
    (
      "target_spectrum = \"exp(-k)\"\nmomentum_density = \"exp(-k)\"\namplitude = \"1\"",
      "target_spectrum", "target is"
    ),
    ("target_spectrum = \"exp(-k\"", "target_spectrum", "column 4"),
    ("target_spectrum = \"exp(-q)\"", "target_spectrum", "column 6"),
    ("target_spectrum = \"exp(-2k)\"", "target_spectrum", "column 7"),
    ("target_spectrum = \"exp(-k) +\"", "target_spectrum", "ends too early"),
    ("target_spectrum = \"exp k\"", "target_spectrum", "needs an argument"),
    ("target_spectrum = \"exp(-k)\"\nparameters.a = 1", "parameters.a", "no formula"),
    ("target_spectrum = \"exp(-k)\"\nparameters.k = 1", "parameters.k", "already"),
    ("target_spectrum = \"matern\"\nparameters.nu = 1", "parameters.length", "missing"),
  ]) func faultsAreNamed(text: String, key: String, words: String) {
    let fault = #expect(throws: TheoryFileError.self) { try euclideanNet("width = 10\n" + text) }
    #expect(fault?.key == "architecture." + key, "\(String(describing: fault))")
    #expect(fault?.problem.contains(words) == true, "\(String(describing: fault))")
    #expect(fault?.cure.isEmpty == false)
  }

  @Test(arguments: [
    ("1 + 2*3^2", 19.0), ("-k^2", -4), ("2^-1", 0.5), ("2^3^2", 512), ("-(1 - 3)/k", 1),
    ("8/2/2", 2),
    ("5 - 2 - 1", 2), ("sqrt(k^2)*pi", 2 * Double.pi), ("1e1 + .5 + 2.", 12.5),
    ("besselj0(0) + abs(-k)", 3),
    ("exp(log(k)) * cos(0) + sin(0)", 2), (" ( ( a ) ) * - b ", -15), ("k^0.5*k^(1/2)", 2),
  ]) func arithmetic(text: String, value: Double) throws {
    let expression = try RadialExpression(text, parameters: ["a": 3, "b": 5])
    #expect(abs(expression(2) - value) < 1e-14)
  }

  @Test(arguments: [
    "", "1 +", "(1", "1)", "k k", "2k", "1..2", "1e", "exp", "exp()", "k^^2", "κ", "*1", "a",
  ])
  func malformedFormulas(text: String) {
    #expect(throws: RadialExpression.SyntaxError.self) { try RadialExpression(text) }
  }
}
