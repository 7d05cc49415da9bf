// SPDX-License-Identifier: GPL-3.0-or-later

import LatticeFields
import NumericalKernels

extension TheoryDefinition {
  /// The largest lattice a file may ask for; one field of it fills 8 GiB.
  static let greatestSiteCount = 1 << 30

  /// Reads `[lattice]`.
  static func readLattice(_ block: TheoryBlock, dimension: Int) throws -> Lattice {
    let sites = try block.integers("sites", count: 1...maximumDimension, in: 1...greatestSiteCount)
    let spacing = try block.number("spacing", above: 0)
    let boundary: Boundary = try block.choice("boundary")
    try block.rejectLeftovers()
    guard sites.count == dimension else {
      let example = [String](repeating: "\(sites[0])", count: dimension).joined(separator: ", ")
      throw block.fault(
        "sites", "the lattice has \(sites.count) \(sites.count == 1 ? "axis" : "axes"), the theory dimension \(dimension)",
        cure: "write it like sites = [\(example)], or change dimension")
    }
    let count = sites.reduce(1) { $0.multipliedReportingOverflow(by: $1).overflow ? Int.max : $0 * $1 }
    guard count <= greatestSiteCount else {
      throw block.fault(
        "sites", "the lattice has more than \(greatestSiteCount) sites", cure: "give fewer sites along some axis")
    }
    let lattice = Lattice(sites: sites, spacing: spacing, boundary: boundary)
    // Exact values square volumes and their inverses.
    guard lattice.volume <= 1e120, lattice.cellVolume >= 1e-120 else {
      throw block.fault(
        "spacing", "the volume of a lattice with spacing \(spacing), or its square, is beyond floating-point numbers",
        cure: "choose units in which the spacing is nearer to 1")
    }
    return lattice
  }

  /// Reads `[correlators]`.
  static func readCorrelators(_ block: TheoryBlock, lattice: Lattice) throws -> CorrelatorSettings {
    let estimators = try block.textsOrAutomatic("estimators", automatic: "automatic")
    if let estimators {
      guard !estimators.isEmpty else {
        throw block.fault("estimators", "the list is empty", cure: "name at least one, or write estimators = \"automatic\"")
      }
      if let twice = estimators.first(where: { name in estimators.filter { $0 == name }.count > 1 }) {
        throw block.fault("estimators", "\"\(twice)\" is listed twice", cure: "list each estimator once")
      }
    }
    // One step along the first axis, where the axis has room for it.
    let step = lattice.sites.indices.map { $0 == 0 && lattice.sites[0] > 1 ? 1 : 0 }
    let first = try separation("first_separation", block, step, lattice)
    let second = try separation("second_separation", block, step, lattice)
    let momenta = try block.integerTables("momenta", automatic: "automatic", rows: 4, columns: lattice.dimension)
    for (index, modes) in (momenta ?? []).enumerated() {
      let sum = lattice.sites.indices.map { axis in modes.reduce(0) { $0 + $1[axis] } }
      guard zip(sum, lattice.sites).allSatisfy({ $0 % $1 == 0 }) else {
        throw block.fault(
          "momenta", "the modes of quadruple \(index + 1) add up to \(sum), not to zero modulo the extents",
          cure: "choose the last mode minus the sum of the others")
      }
    }
    let charge = try block.number("vertex_charge", default: 1, above: 0)
    let cutoff = block.has("cutoff") ? try block.number("cutoff", in: TheoryBlock.scales) : nil
    guard cutoff == nil || lattice.boundary == .periodic else {
      throw block.fault(
        "cutoff", "momenta are those of a periodic lattice, and this one is open", cure: "leave it out, or use a lattice net")
    }
    try block.rejectLeftovers()
    return CorrelatorSettings(
      estimators: estimators, firstSeparation: first, secondSeparation: second, momenta: momenta, vertexCharge: charge,
      cutoff: cutoff)
  }

  private static func separation(
    _ key: String, _ block: TheoryBlock, _ fallback: [Int], _ lattice: Lattice
  ) throws -> [Int] {
    let longest = lattice.sites.max() ?? 1
    let vector = try block.integers(
      key, default: fallback, count: lattice.dimension...lattice.dimension, in: -longest...longest)
    for (axis, (step, extent)) in zip(vector, lattice.sites).enumerated() where abs(step) >= extent {
      throw block.fault(
        key, "the separation \(step) along axis \(axis + 1) does not fit into \(extent) sites",
        cure: "give steps shorter than the lattice")
    }
    return vector
  }

  /// Reads `[fields]`.
  static func readFields(_ block: TheoryBlock) throws -> FieldSettings {
    let automatic = "automatic"
    let word = try block.text("method", default: automatic)
    let method = SynthesisMethod(rawValue: word)
    guard method != nil || word == automatic else {
      throw block.unknownWord("method", word, known: [automatic] + SynthesisMethod.allCases.map(\.rawValue))
    }
    let tolerance = try block.number("tolerance", default: 1e-9, in: 1e-12...1e-3)
    let precision: FieldPrecision = try block.choice("precision", default: .double)
    try block.rejectLeftovers()
    return FieldSettings(method: method, tolerance: tolerance, precision: precision)
  }

  /// Reads the `[[insertion]]` tables.
  static func readInsertions(
    _ blocks: [TheoryBlock], architecture: any Architecture, lattice: Lattice, sources: DataSources?
  ) throws -> InsertionSum {
    // Of deep nets independent draws are weighted, and those survive no other insertion.
    if let net = architecture.layers, net.hiddenLayers.count > 1,
      let other = try blocks.first(where: { try $0.text("kind") != "data" })
    {
      throw other.fault(
        "kind", "insertions other than data act on nets of one hidden layer, and \(architecture.kind) has more",
        cure: "remove the insertion table, or use another architecture")
    }
    if let first = blocks.first, let problem = InsertionSum.correlation(of: architecture) {
      throw first.fault("kind", problem, cure: "remove \(SharedScale.key), or the insertion table")
    }
    let context = InsertionContext(architecture: architecture, lattice: lattice, sources: sources)
    let sum = InsertionSum(
      try blocks.map { block in
        let kind = try block.text("kind")
        guard let entry = InsertionRegistry.entry(kind) else {
          throw block.unknownWord("kind", kind, known: InsertionRegistry.entries.map(\.kind))
        }
        guard architecture.outputs == 1 || entry.actsOnVectors else {
          throw block.fault(
            "kind",
            "\(kind) acts on fields of one component, and \(architecture.kind) here has outputs = \(architecture.outputs)",
            cure: "leave \(OutputComponents.key) out, or use "
              + InsertionRegistry.entries.filter(\.actsOnVectors).map(\.kind).joined(separator: ", "))
        }
        let region: any InsertionRegion = try entry.bringsRegion ? .lattice : InsertionRegions.read(block, context)
        let insertion = try entry.make(block, region, context)
        try block.rejectLeftovers()
        return insertion
      })
    for (block, insertion) in zip(blocks, sum.insertions) {
      if let problem = LocalTerm(region: insertion.region, potential: insertion.potential).inexactness {
        throw block.fault("kind", problem, cure: "use region = \"lattice\", or phi4 and mass terms only")
      }
    }
    if let last = blocks.last, let problem = sum.obstruction(architecture: architecture) {
      throw last.fault(
        "kind", "\(problem): exp(-int V) cannot be normalised",
        cure: "add a term of higher even degree with a positive coefficient")
    }
    return sum
  }

  /// Reads `[run]`.
  static func readRun(_ block: TheoryBlock) throws -> RunSettings {
    // Draw numbers have 48 bits.
    let draws = try block.integer("draws", default: 20_000, in: 2...(1 << 48 - 1))
    let seed = try readSeed(block)
    let bins = try block.integer("bins", default: min(256, draws), in: 2...1_000_000)
    try block.rejectLeftovers()
    guard bins <= draws else {
      throw block.fault(
        "bins", "\(draws) draws do not fill \(bins) bins", cure: "give at most as many bins as draws")
    }
    return RunSettings(draws: draws, seed: seed, bins: bins)
  }

  /// A whole number, or text that is hashed to 64 bits.
  private static func readSeed(_ block: TheoryBlock) throws -> UInt64 {
    guard block.value("seed")?.type == .string else {
      return UInt64(try block.integer("seed", default: 1, in: 0...Int.max))
    }
    let word = try block.text("seed")
    guard word.contains(where: { !$0.isNumber }) else {
      throw block.fault(
        "seed", "\"\(word)\" is \(word.isEmpty ? "empty" : "a number in quotes")",
        cure: "write numbers without quotes, like seed = 1")
    }
    return RandomStream(seed: 0, stream: "seed \(word)").key
  }
}
