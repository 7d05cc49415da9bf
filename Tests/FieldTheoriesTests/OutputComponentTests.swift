// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import Foundation
import LatticeFields
import NNFTTestSupport
import NumericalKernels
import Testing

@testable import FieldTheories

/// Several outputs of one net: laws of the vectors of output weights, their draws, and exact correlators of components.
@Suite struct OutputComponentTests {
  static func net(_ law: OutputWeightLaw.Kind, outputs: Int, width: Int = 3) -> CosNet {
    CosNet(dimension: 1, width: width, sigmaW0: 1, sigmaW1: 1.2, weights: law).giving(outputs: outputs)
  }

  private static func text(_ lines: String, boundary: String = "open") -> String {
    """
    dimension = 1
    [architecture]
    \(lines)
    [lattice]
    sites = [4]
    spacing = 1.0
    boundary = "\(boundary)"
    """
  }

  /// `Σ_ab <v_a² v_b²> = <|v|⁴>`, on the sphere `(D σ²)²`; the law of independent components of the same kurtosis would miss it.
  @Test(arguments: 1...5) func momentsOnTheSphere(_ outputs: Int) {
    var law = OutputWeightLaw(.sphere, variance: 1.7)
    law.outputs = outputs
    let radius = Double(outputs) * 1.7
    var (squares, sixth, independent) = (0.0, 0.0, 0.0)
    for a in 0..<outputs {
      for b in 0..<outputs {
        squares += law.moment(outputs: [a, a, b, b])
        independent += a == b ? law.moment(4) : law.moment(2) * law.moment(2)
        for c in 0..<outputs { sixth += law.moment(outputs: [a, a, b, b, c, c]) }
      }
    }
    #expect(abs(squares / (radius * radius) - 1) < 1e-14)
    #expect(abs(sixth / (radius * radius * radius) - 1) < 1e-14)
    #expect(outputs == 1 || abs(independent / (radius * radius) - 1) > 0.05)
    #expect(abs(law.moment(outputs: [0, 0, 0, outputs - 1]) - (outputs == 1 ? law.moment(4) : 0)) < 1e-14)
  }

  /// Every neuron's vector lies on its sphere; mixed fourth moments of drawn vectors are those of the law and not those of another one.
  @Test(arguments: [OutputWeightLaw.Kind.gaussian, .sphere, .uniform, .laplace, .constant]) func draws(
    _ kind: OutputWeightLaw.Kind
  ) {
    let net = Self.net(kind, outputs: 3, width: 200_000)
    let parameters = NetworkParameters(layout: net.layout)
    net.drawParameters(RandomStream(seed: 5, stream: "vectors"), draw: 3, into: parameters)
    let v = (0..<3).map { parameters.block(0, component: $0) }
    if kind == .sphere {
      let worst = (0..<net.width).map { i in abs(v.reduce(0) { $0 + $1[i] * $1[i] } / (3 * 1.44) - 1) }.max()!
      #expect(worst < 1e-14)
    }
    func pull(_ list: [Int], _ law: OutputWeightLaw) -> Double {
      let values = (0..<net.width).map { i in list.reduce(1.0) { $0 * v[$1][i] } }
      let mean = values.reduce(0, +) / Double(net.width)
      let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(net.width)
      return (mean - law.moment(outputs: list)) / max(1e-12, (variance / Double(net.width)).squareRoot())
    }
    let lists = [[0, 1], [0, 0], [1, 2, 1, 2], [0, 0, 0, 0], [2, 2, 1, 1], [0, 0, 1, 2]]
    let bound = StatisticalChecks.normalBound(comparisons: lists.count)
    for list in lists { #expect(abs(pull(list, net.outputWeights)) < bound, "\(list)") }
    var other = OutputWeightLaw(kind == .sphere ? .gaussian : .sphere, variance: 1.44)
    other.outputs = 3
    #expect(abs(pull([2, 2, 1, 1], other)) > bound)
  }

  /// The first output of a wider net is the net of one output, number for number; the view of an output reads its own weights.
  @Test func firstOutput() {
    let (one, three) = (Self.net(.gaussian, outputs: 1), Self.net(.gaussian, outputs: 3))
    let (a, b) = (NetworkParameters(layout: one.layout), NetworkParameters(layout: three.layout))
    let stream = RandomStream(seed: 1, stream: "common")
    one.drawParameters(stream, draw: 8, into: a)
    three.drawParameters(stream, draw: 8, into: b)
    for i in 0..<3 {
      #expect(a.block(0)[i] == b.block(0)[i] && a.block(2)[i] == b.block(2)[i])
      #expect(b.network(ofOutput: 2).block(0)[i] == b.block(0, component: 2)[i])
      #expect(b.network(ofOutput: 2).block(1)[i] == b.block(1)[i])
      #expect(b.block(0, component: 1)[i] != b.block(0)[i])
    }
    #expect(three.streamName != one.streamName)
  }

  /// `outputs = D` in a theory file: connected 4-point functions of components against numbers made elsewhere; another law is not them.
  @Test(arguments: ReferenceRecords.learning("L9:G4c")) func fourPointFunctions(_ record: ReferenceRecord) throws {
    let laws = ["gaussian": "gaussian", "sphere": "sphere", "iid": "laplace"]
    let law = try #require(laws[record.parameters["law"]?.text ?? ""])
    func values(_ law: String) throws -> [Double] {
      let theory = try TheoryDefinition.load(
        text: Self.text(
          "kind = \"cos-net\"\nwidth = \(record.integer("N"))\nsigma_w0 = 1.0\nsigma_w1 = 1.0\nweights = \"\(law)\"\noutputs = \(record.integer("D"))"
        ), fileName: "outputs")
      let g = try [[0, 0, 0, 0], [0, 0, 1, 1], [0, 1, 0, 1], [0, 1, 1, 0]].map {
        try #require(theory.architecture.exactValue(.componentCumulant($0, record.points), lattice: nil))
      }
      return g + [g[0] - g[1] - g[2] - g[3]]
    }
    let right = try values(law)
    for (i, number) in right.enumerated() { #expect(record.agrees(with: number, i, floor: 1e-12)) }
    let wrong = try values(law == "sphere" ? "gaussian" : "sphere")
    #expect(wrong.indices.contains { !record.agrees(with: wrong[$0], $0, floor: 1e-8) })
  }

  /// A shared scale: full functions are `<s⁴>` times those of independent scales, so that the connected ones of different components do not vanish at infinite width.
  @Test func sharedScale() throws {
    let plain = Self.net(.gaussian, outputs: 2)
    let shared = plain.sharing(SharedScale(variance: 0.5))
    let x = [0.0, 0.3, 0.9, 1.4].map { Point($0, 0, 0, 0) }
    func g(_ net: CosNet, _ outputs: [Int]) throws -> Double {
      try #require(net.exactValue(.componentCumulant(outputs, x), lattice: nil))
    }
    func pair(_ i: Int, _ j: Int) throws -> Double { try #require(plain.exactValue(.moment([x[i], x[j]]), lattice: nil)) }
    let product = try pair(0, 1) * pair(2, 3)
    let full = try 1.5 * (g(plain, [0, 0, 1, 1]) + product)
    #expect(try abs(g(shared, [0, 0, 1, 1]) - (full - product)) < 1e-14)
    #expect(try abs(g(shared, [0, 0, 1, 1]) - g(plain, [0, 0, 1, 1])) > 1e-2)
    // One component alone is what the net of one output has.
    let one = Self.net(.gaussian, outputs: 1).sharing(SharedScale(variance: 0.5))
    #expect(try abs(g(shared, [1, 1, 1, 1]) - #require(one.exactValue(.cumulant(x), lattice: nil))) < 1e-14)
  }

  /// Characteristic functions of one component on the sphere against averages over the sphere.
  @Test(arguments: 1...3) func characteristicOnTheSphere(_ outputs: Int) {
    var law = OutputWeightLaw(.sphere, variance: 0.8)
    law.outputs = outputs
    for s in [0.3, 1.1, 4.0] {
      // v = √(D σ²) u, u the first of D coordinates on the unit sphere: ±1, a cosine of a uniform angle, uniform.
      let nodes = 4000
      func average(_ f: (Double) -> Double) -> Double {
        (0..<nodes).reduce(0.0) { sum, i in
          let t = (Double(i) + 0.5) / Double(nodes)
          let u = outputs == 1 ? (i % 2 == 0 ? 1 : -1) : outputs == 2 ? cos(.pi * t) : 2 * t - 1
          return sum + f((Double(outputs) * 0.8).squareRoot() * u)
        } / Double(nodes)
      }
      #expect(abs(law.characteristic(s) - average { cos(s * $0) }) < 3e-7)
      #expect(abs(law.phaseAverage(s * s) - average { j0(s * $0) }) < 3e-7)
    }
  }

  @Test(arguments: [
    (
      "kind = \"cos-net\"\nwidth = 3\nsigma_w0 = 1.0\nsigma_w1 = 1.0\nweights = \"rayleigh\"\noutputs = 2", "open",
      "its weights are positive"
    ),
    ("kind = \"infinite-width\"\nmass = 1.0\noutputs = 0", "periodic", "outputs"),
    ("kind = \"cos-net\"\nwidth = 3\nsigma_w0 = 1.0\nsigma_w1 = 1.0\noutputs = 100", "open", "outputs"),
  ])
  func refusals(_ lines: String, _ boundary: String, _ words: String) {
    let fault = #expect(throws: TheoryFileError.self) {
      try TheoryDefinition.load(text: Self.text(lines, boundary: boundary), fileName: "outputs")
    }
    #expect(fault?.description.contains(words) ?? false)
    #expect(throws: Never.self) {
      try TheoryDefinition.load(
        text: Self.text("kind = \"infinite-width\"\nmass = 1.0\noutputs = 2", boundary: "periodic"), fileName: "outputs")
    }
  }

  /// What acts on one component is refused for several.
  @Test func insertions() throws {
    func load(_ insertion: String) throws {
      _ = try TheoryDefinition.load(
        text: Self.text("kind = \"infinite-width\"\nmass = 1.0\noutputs = 2", boundary: "periodic")
          + "\n[[insertion]]\n\(insertion)",
        fileName: "outputs", interactions: true)
    }
    #expect(throws: Never.self) { try load("kind = \"phi4\"\nlambda = 1.0") }
    let fault = #expect(throws: TheoryFileError.self) { try load("kind = \"normal-ordered-phi4\"\nlambda = 1.0") }
    #expect(fault?.description.contains("acts on fields of one component") ?? false)
  }
}
