// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import LatticeFields
import TOMLKit
import Testing

@Suite struct ArchitectureReadingTests {
  static let kinds = ArchitectureRegistry.entries.map(\.kind)

  static func make(
    _ kind: String, _ text: String, boundary: Boundary = .periodic, dimension: Int = 2
  ) throws -> any Architecture {
    let block = TheoryBlock(path: "architecture", table: try TOMLTable(string: text)) { _ in
      ("t.toml", 3)
    }
    let entry = try #require(ArchitectureRegistry.entry(kind))
    let architecture = try entry.make(
      block, dimension,
      Lattice(
        sites: [Int](repeating: 4, count: dimension), spacing: 0.5, boundary: boundary))
    try block.rejectLeftovers()
    return architecture
  }

  /// Every template is a theory file whose `[architecture]` block its own entry reads without leftovers.
  @Test(arguments: kinds) func templatesAreRead(kind: String) throws {
    let entry = try #require(ArchitectureRegistry.entry(kind))
    let file = try TOMLTable(string: entry.template)
    let dimension = try #require(file["dimension"]?.int)
    let latticeTable = try #require(file["lattice"]?.table)
    let table = try #require(file["architecture"]?.table)
    #expect(table["kind"]?.string == kind)
    table.remove(at: "kind")
    let block = TheoryBlock(path: "architecture", table: table) { _ in ("template", nil) }
    let lattice = Lattice(
      sites: try #require(latticeTable["sites"]?.array).compactMap(\.int),
      spacing: try #require(latticeTable["spacing"]?.double),
      boundary: try #require(Boundary(rawValue: latticeTable["boundary"]?.string ?? "")))
    let architecture = try entry.make(block, dimension, lattice)
    try block.rejectLeftovers()
    #expect(architecture.kind == kind)
    #expect(architecture.dimension == dimension)
    #expect(lattice.dimension == dimension)
  }

  @Test func parametersArrive() throws {
    let net = try #require(
      try Self.make("gauss-net", "width = 12\nsigma_w0 = 0.8\nsigma_w1 = 2\nsigma_b0 = 0.25")
        as? GaussNet)
    #expect(net.width == 12)
    #expect(net.sigmaW0 == 0.8)
    #expect(net.sigmaB0 == 0.25)
    #expect(net.outputWeights == OutputWeightLaw(.gaussian, variance: 2))
    #expect(net.symmetries.translationInvariantOrder == 2)
  }

  @Test(arguments: [
    ("cos-net", "width = 0\nsigma_w0 = 1\nsigma_w1 = 1", "architecture.width"),
    ("cos-net", "width = 5\nsigma_w0 = 1\nsigma_w1 = -1", "architecture.sigma_w1"),
    ("cos-net", "width = 5\nsigma_w0 = 1\nsigma_w1 = 1\nsigma_b0 = 1", "architecture.sigma_b0"),
    (
      "gauss-net", "width = 5\nsigma_w0 = 1\nsigma_w1 = 1\nsigma_b0 = 1\nweights = \"rayleigh\"",
      "architecture.weights"
    ),
    ("scalar-net-lattice", "width = 5\nmass = 0", "architecture.mass"),
    ("dense-net", "width = 5\nactivation = \"relo\"\nsigma_w = 1\nsigma_v = 1", "architecture.activation"),
    ("dense-net", "width = 5\nactivation = \"relu\"\nsigma_w = 1", "architecture.sigma_v"),
    ("dense-net", "width = 5\nactivation = \"erf\"\nsigma_w = 1\nsigma_v = 1\nweights = \"rayleigh\"", "architecture.weights"),
    ("dense-net", "width = 5\nactivation = \"erf\"\nsigma_w = 1\nsigma_v = 1\nsigma_b = -1", "architecture.sigma_b"),
    ("deep-net", "width = 5\ndepth = 1\nactivation = \"erf\"\nsigma_w = 1\nsigma_v = 1", "architecture.depth"),
    ("deep-net", "width = 5\nwidths = [3, 4]\nactivation = \"erf\"\nsigma_w = 1\nsigma_v = 1", "architecture.width"),
    ("deep-net", "widths = [3]\nactivation = \"erf\"\nsigma_w = 1\nsigma_v = 1", "architecture.widths"),
    ("deep-net", "widths = [3, 0]\nactivation = \"erf\"\nsigma_w = 1\nsigma_v = 1", "architecture.widths"),
    ("deep-net", "width = 3\ndepth = 2\nactivation = \"erf\"\nsigma_w0 = 1\nsigma_w = 1\nsigma_v = 1", "architecture.sigma_w0"),
    (
      "deep-net", "width = 3\ndepth = 2\ninput = \"cosine\"\nactivation = \"erf\"\nsigma_w = 1\nsigma_v = 1",
      "architecture.sigma_w0"
    ),
  ]) func faultsAreNamed(kind: String, text: String, key: String) {
    let fault = #expect(throws: TheoryFileError.self) { try Self.make(kind, text) }
    #expect(fault?.key == key)
    #expect(fault?.line == 3)
  }

  @Test func widthsOfLayersArrive() throws {
    let common = "\nactivation = \"tanh\"\nsigma_w = 1.5\nsigma_v = 2"
    let equal = try #require(try Self.make("deep-net", "width = 7\ndepth = 3" + common) as? DeepNet)
    #expect(equal.widths == [7, 7, 7] && equal.input == .affine && equal.sigmaB == 0)
    #expect(equal.symmetries.translationInvariantOrder == 0)
    let listed = try #require(
      try Self.make("deep-net", "widths = [8, 3]\ninput = \"cosine\"\nsigma_w0 = 0.5" + common) as? DeepNet)
    #expect(listed.widths == [8, 3] && listed.width == 3 && listed.sigmaW0 == 0.5)
    #expect(listed.symmetries.translationInvariantOrder == .max)
    #expect(listed.hiddenLayers.map(\.activation) == [.cosine, .tanh])
    #expect(listed.outputWeights.variance == 4)
  }

  @Test func aLatticeNetRefusesAnOpenBox() {
    let fault = #expect(throws: TheoryFileError.self) {
      try Self.make("scalar-net-lattice", "width = 5\nmass = 1", boundary: .open)
    }
    #expect(fault?.cure.contains("periodic") == true)
  }

  /// The obstruction sets in where `2 n s = √(2 ln M)`: the error is a 2n-point function.
  @Test func gaussNetSaysWherePlainSamplingFails() {
    let net = GaussNet(dimension: 2, width: 100, sigmaW0: 0.8, sigmaW1: 1, sigmaB0: 0.5)
    #expect(net.samplingObstruction(order: 2, radius: 0.5, draws: 20_000) == nil)
    let reach = net.samplingObstruction(order: 4, radius: 3.4, draws: 20_000)
    #expect(reach?.contains("4-point") == true)
    #expect(reach?.contains("3.4") == true)
    // 2 ln(2e6) = 29.017: with n = 4, s² = 0.25 + 0.32 r² crosses 29.017/64 at r = 0.7973.
    #expect(net.samplingObstruction(order: 4, radius: 0.79, draws: 20_000) == nil)
    #expect(net.samplingObstruction(order: 4, radius: 0.81, draws: 20_000) != nil)
  }
}
