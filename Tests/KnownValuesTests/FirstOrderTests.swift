// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import KnownValues
import LatticeFields
import NNFTTestSupport
import Testing

/// First order in λ at finite width against the reference records, brute sums and closed forms.
@Suite struct FirstOrderTests {
  static let latticeRecords = ReferenceRecords.of(item: "C", theory: "lattice Scalar-net")
  static let boxRecords = ReferenceRecords.of(item: "C", theory: "Cos-net in an open box")
  static let growthRecords = ReferenceRecords.of(item: "C", theory: "Cos-net infrared growth")
  static let infraredRecords = ReferenceRecords.of(item: "C", theory: "lattice net infrared term")

  static func net(_ record: ReferenceRecord, alpha: Double? = nil, width: Int? = nil) -> LatticeAlphaNet {
    LatticeAlphaNet(
      kind: "alpha-net", width: width ?? record.width, mass: record.number("m2").squareRoot(),
      alpha: alpha ?? record.number("alpha"), weights: record.weightKind,
      lattice: Lattice(
        sites: [Int](repeating: record.integer("L"), count: record.dimension),
        spacing: record.number("a"), boundary: .periodic))
  }

  static func cosNet(_ record: ReferenceRecord) -> CosNet {
    CosNet(
      dimension: record.dimension, width: record.width, sigmaW0: record.number("sigma_w0"),
      sigmaW1: record.number("sigma_w1"), weights: .gaussian)
  }

  static func parts(_ response: FirstOrderResponse) -> [Double] {
    [response.total, response.leading, response.inverseWidth, response.inverseWidthSquared]
  }

  static func ring(_ sites: [Int], spacing: Double = 1) -> Lattice {
    Lattice(sites: sites, spacing: spacing, boundary: .periodic)
  }

  static func nodes(_ lattice: Lattice) -> [InsertionNode] {
    (0..<lattice.siteCount).map { (lattice.position($0), lattice.cellVolume) }
  }

  @Test func noRecordWentMissing() {
    #expect(Self.latticeRecords.count == 40)
    #expect(Self.boxRecords.count == 3)
    #expect(Self.growthRecords.count == 2)
    #expect(Self.infraredRecords.count == 8)
  }

  @Test(arguments: latticeRecords) func latticeNets(record: ReferenceRecord) {
    let net = Self.net(record)
    let site = net.lattice.siteIndex((0..<net.dimension).map { Int(record.points[0][$0]) })
    for (index, value) in Self.parts(net.firstOrderTwoPoint()[site]).enumerated() {
      #expect(record.agrees(with: value, index, floor: 1e-12), "\(value), reference \(record.values)")
    }
  }

  @Test(arguments: boxRecords) func cosNetInAnOpenBox(record: ReferenceRecord) throws {
    let a = record.number("a")
    let nodes = (0..<record.integer("n_per_side")).map { n -> InsertionNode in
      (Point(a * Double(n), 0, 0, 0), a)
    }
    let response = try #require(
      Self.cosNet(record).firstOrderTwoPoint(record.points[0], record.points[1], nodes: nodes))
    for (index, value) in Self.parts(response).enumerated() {
      #expect(record.agrees(with: value, index, floor: 1e-12), "\(value), reference \(record.values)")
    }
  }

  @Test(arguments: growthRecords + infraredRecords) func infraredGrowth(record: ReferenceRecord) {
    let r = Point(record.number("r"), 0, 0, 0)
    let value =
      record.parameters["alpha"] == nil
      ? Self.cosNet(record).infraredGrowth(r) : Self.net(record).infraredGrowth(record.number("a") * r)
    #expect(record.agrees(with: value, floor: 1e-12), "\(value), reference \(record.values)")
  }

  /// The FFT form against the sum over nodes, with even and odd extents, in one and two dimensions.
  @Test(arguments: [[6], [5], [4, 3]]) func transformAgreesWithTheGeneralFormula(sites: [Int]) throws {
    for (alpha, weights) in [(-1.0, OutputWeightLaw.Kind.gaussian), (-0.3, .laplace), (0, .constant)] {
      let net = LatticeAlphaNet(
        kind: "alpha-net", width: 3, mass: 0.8, alpha: alpha, weights: weights,
        lattice: Self.ring(sites, spacing: 0.7))
      let fast = net.firstOrderTwoPoint()
      for site in [0, 1, net.lattice.siteCount / 2] {
        let (x, y) = (net.lattice.position(2), net.lattice.position(2) + net.lattice.position(site))
        let nodes = Self.nodes(net.lattice)
        let cosine = try #require(net.firstOrderTwoPoint(x, y, nodes: nodes))
        let general = try #require(Self.general(net, x, y, nodes, .quartic))
        for (a, b) in zip(Self.parts(fast[site]), Self.parts(cosine)) { #expect(abs(a - b) < 1e-12) }
        for (a, b) in zip(Self.parts(general), Self.parts(cosine)) { #expect(abs(a - b) < 1e-12) }
        let shift = try #require(Self.general(net, x, y, nodes, .quadratic))
        let cosineShift = try #require(net.firstOrderTwoPoint(x, y, nodes: nodes, inserted: .quadratic))
        for (a, b) in zip(Self.parts(shift), Self.parts(cosineShift)) { #expect(abs(a - b) < 1e-13) }
        let fastShift = net.firstOrderTwoPoint(inserted: .quadratic)[site]
        for (a, b) in zip(Self.parts(shift), Self.parts(fastShift)) { #expect(abs(a - b) < 1e-13) }
      }
    }
  }

  /// The formula that knows nothing of cosines.
  static func general(
    _ net: some NeuronSum, _ x: Point, _ y: Point, _ nodes: [InsertionNode], _ inserted: InsertedPower
  ) -> FirstOrderResponse? { net.firstOrderTwoPoint(x, y, nodes: nodes, inserted: inserted) }

  /// A shift of m² at large width is the derivative of the free propagator, `−(D*D)`, and leaves it Gaussian.
  @Test func aShiftOfTheMass() throws {
    let lattice = Self.ring([6])
    let net = LatticeAlphaNet(
      kind: "alpha-net", width: 1_000_000, mass: 1, alpha: 0, weights: .gaussian, lattice: lattice)
    func d(_ massSquared: Double) -> [Double] {
      LatticePerturbationTheory(lattice: lattice, massSquared: massSquared).propagator
    }
    let (up, down) = (d(1.001), d(0.999))
    for (r, response) in net.firstOrderTwoPoint(inserted: .quadratic).enumerated() {
      #expect(abs(response.leading - (up[r] - down[r]) / 0.002) < 1e-6)
    }
    let points = [0, 1, 2, 2].map { lattice.position($0) }
    let connected = try #require(
      net.firstOrderFourPoint(points, nodes: Self.nodes(lattice), inserted: .quadratic))
    #expect(abs(connected) < 1e-5)
    // One neuron at one site: moments in closed form.
    let single = LatticeAlphaNet(
      kind: "alpha-net", width: 1, mass: 1, alpha: 0, weights: .gaussian, lattice: Self.ring([1]))
    let m = [1.0, 1, 3 * 1.5, 15 * 2.5]
    let expected = -(m[3] - m[2] * m[1] - 6 * m[1] * (m[2] - m[1] * m[1])) / 2
    let value = try #require(
      single.firstOrderFourPoint([.zero, .zero, .zero, .zero], nodes: [(.zero, 1)], inserted: .quadratic))
    #expect(abs(value - expected) < 1e-12 * abs(expected))
  }

  /// Section I: one amplitude for all neurons. The control: gaussian weights do not obey it.
  @Test func oneAmplitudeHasNoGrowth() {
    let lattice = Self.ring([12])
    func net(_ weights: OutputWeightLaw.Kind, _ width: Int) -> LatticeAlphaNet {
      LatticeAlphaNet(
        kind: "alpha-net", width: width, mass: 0.9, alpha: 0, weights: weights, lattice: lattice)
    }
    let perturbation = LatticePerturbationTheory(lattice: lattice, massSquared: 0.81)
    let d = perturbation.propagator
    for width in [1, 2, 7] {
      let response = net(.constant, width).firstOrderTwoPoint()
      for r in 0...6 {
        let chain = (0..<12).reduce(0.0) { $0 + d[$1] * d[(r - $1 + 12) % 12] }
        let closed = ConstantAmplitudeResponse.twoPoint(
          width: width, g0: d[0], convolution: chain,
          reflected: ConstantAmplitudeResponse.reflectedIntegral(
            lattice: lattice, massSquared: 0.81, displacement: [r]))
        for (a, b) in zip(Self.parts(response[r]), Self.parts(closed)) { #expect(abs(a - b) < 1e-13) }
      }
      #expect(abs(net(.constant, width).infraredGrowth(Point(3, 0, 0, 0))) < 1e-15)
      #expect(abs(net(.gaussian, width).infraredGrowth(Point(3, 0, 0, 0))) > 1e-4)
    }
  }

  /// At large width the response is the tadpole of perturbation theory.
  @Test func theLimitOfInfiniteWidthIsTheTadpole() {
    let lattice = Self.ring([4, 4])
    let net = LatticeAlphaNet(
      kind: "alpha-net", width: 5, mass: 1, alpha: -0.5, weights: .gaussian, lattice: lattice)
    let series = LatticePerturbationTheory(lattice: lattice, massSquared: 1).twoPoint()
    for (response, series) in zip(net.firstOrderTwoPoint(), series) {
      #expect(abs(response.leading - series.coefficients[1]) < 1e-15)
    }
  }

  /// `dG4c/dλ`: its sum over all four points is `d(χ4 V²)/dλ`; at large width it becomes the tree diagram; and at one site of one neuron it is
  /// a cumulant of a product of a Gaussian and a cosine.
  @Test func fourPointResponse() throws {
    let lattice = Self.ring([5])
    func net(_ width: Int) -> LatticeAlphaNet {
      LatticeAlphaNet(
        kind: "alpha-net", width: width, mass: 1, alpha: 0, weights: .gaussian, lattice: lattice)
    }
    let sites = [0, 1, 3, 3]
    let points = sites.map { lattice.position($0) }
    let tree = LatticePerturbationTheory(lattice: lattice, massSquared: 1).fourPoint(sites.map { [$0] })
    let wide = try #require(net(1_000_000).firstOrderFourPoint(points, nodes: Self.nodes(lattice)))
    #expect(abs(wide - tree.coefficients[1]) < 1e-3 * abs(tree.coefficients[1]))
    #expect(abs(wide + tree.coefficients[1]) > 0.1 * abs(tree.coefficients[1]))

    // One neuron v√2 cos b at one site: <φ^n> = (n−1)!! 2^{n/2} <cos^n b> = 1, 9/2·…
    let single = LatticeAlphaNet(
      kind: "alpha-net", width: 1, mass: 1, alpha: 0, weights: .gaussian, lattice: Self.ring([1]))
    let m = [1.0, 1, 3 * 1.5, 15 * 2.5, 105 * 4.375]
    let expected = -(m[4] - m[2] * m[2] - 6 * m[1] * (m[3] - m[1] * m[2])) / 24
    let value = try #require(
      single.firstOrderFourPoint([.zero, .zero, .zero, .zero], nodes: [(.zero, 1)]))
    #expect(abs(value - expected) < 1e-12 * abs(expected))
  }

  /// Controls: a factor two, a sign, a missing 1/N² part, another width are all seen by the records.
  @Test func plantedMistakesAreRejected() {
    for record in Self.latticeRecords where abs(record.values[3]) > 1e-6 {
      let total = record.values[0]
      for wrong in [2 * total, -total, total - record.values[2], total - record.values[3]] {
        #expect(!record.agrees(with: wrong, floor: 1e-8))
      }
      let site = Self.net(record).lattice.siteIndex(
        (0..<record.dimension).map { Int(record.points[0][$0]) })
      let narrower = Self.net(record, width: record.width - 1).firstOrderTwoPoint()[site]
      #expect(!record.agrees(with: narrower.inverseWidth, 2, floor: 1e-8))
    }
  }
}
