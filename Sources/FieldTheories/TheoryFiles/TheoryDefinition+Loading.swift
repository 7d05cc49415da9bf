// SPDX-License-Identifier: GPL-3.0-or-later

import LatticeFields
import NumericalKernels
import TOMLKit

extension TheoryDefinition {
  /// Reads the theory file at a path.
  public static func load(
    path: String, overrides: [(key: String, value: String)] = [],
    registry: [ArchitectureEntry] = ArchitectureRegistry.entries, interactions: Bool = false, sources: DataSources? = nil
  ) throws -> TheoryDefinition {
    try load(
      text: TextFile.read(path, cure: "check the path, or \(theoryExample)"), fileName: path, overrides: overrides,
      registry: registry, interactions: interactions, sources: sources)
  }

  /// Reads the text of a theory file. `overrides` are `--set` values, laid over the file before it is judged; faults of theirs name
  /// `--set` as the file. Every fault is a `TheoryFileError`. Without `interactions` a theory with insertions is refused: the caller would
  /// sample the free one. `sources` is where data may come from beside the file.
  public static func load(
    text: String, fileName: String, overrides: [(key: String, value: String)] = [],
    registry: [ArchitectureEntry] = ArchitectureRegistry.entries, interactions: Bool = false, sources: DataSources? = nil
  ) throws -> TheoryDefinition {
    let keyLocator = KeyLocator(text)
    let root = try parsed(text, keyLocator, fileName: fileName)
    var places: [String: (file: String, line: Int?)] = [:]
    for (key, value) in overrides {
      let override = TheoryOverride(key: key, value: value)
      try override.apply(to: root)
      let path = try override.components()
      guard places.updateValue((TheoryOverride.source, nil), forKey: TOMLText.dotted(path)) == nil else {
        throw TheoryFileError(
          file: TheoryOverride.source, key: key, problem: "this key is set twice", cure: "set it once")
      }
    }
    if root.isEmpty {
      throw TheoryFileError(file: fileName, problem: "the file is empty", cure: theoryExample)
    }

    // A table that only overrides made has no line: a fault there belongs to --set.
    for key in places.keys {
      guard let path = KeyLocator.components(key) else { continue }
      for depth in 1..<max(path.count, 1) {
        let table = TOMLText.dotted(Array(path.prefix(depth)))
        if !keyLocator.has(table) { places[table] = (TheoryOverride.source, nil) }
      }
    }
    let block = TheoryBlock(
      path: "", table: root, vocabulary: vocabulary(root, registry: registry)
    ) { key in places[key] ?? (fileName, keyLocator.line(of: key)) }
    return try decoded(block, fileName: fileName, registry: registry, interactions: interactions, sources: sources)
  }

  static let theoryExample = "start from a complete one: nnft new cos-net > my-theory.toml"

  /// The parsed file.
  private static func parsed(
    _ text: String, _ keyLocator: KeyLocator, fileName: String
  ) throws -> TOMLTable {
    func fault(_ line: Int, _ problem: String) -> TheoryFileError {
      TheoryFileError(
        file: fileName, line: line > 0 ? line : nil, problem: "not valid TOML: \(problem)",
        cure: "mend the line; keys look like width = 100, tables like [architecture], text stands in quotes")
    }
    // The parser reads C strings: a null character would end the file early.
    if let line = TextFile.lineOfNull(text) {
      throw TheoryFileError(
        file: fileName, line: line, problem: "the text holds a null character",
        cure: "save the file as plain UTF-8 text without null characters")
    }
    do {
      guard let malformed = keyLocator.malformed else { return try TOMLTable(string: text) }
      _ = try TOMLTable(string: malformed.before)  // an earlier fault comes first
      throw fault(malformed.line, malformed.problem)
    } catch let error as TOMLParseError {
      throw fault(error.source.begin.line, error.description)
    }
  }

  /// All dotted keys that a file with this `kind` may hold, as far as they are known beforehand.
  private static func vocabulary(_ root: TOMLTable, registry: [ArchitectureEntry]) -> [String] {
    let kind = root["architecture"]?.table?["kind"]?.string
    let template = registry.first { $0.kind == kind }?.template ?? ""
    let special = KeyLocator(template).entries.map(\.key).filter { $0.hasPrefix("architecture.") }
    return commonKeys + special.filter { !commonKeys.contains($0) }
  }

  private static let commonKeys =
    [
      "title", "source", "dimension", "architecture", "lattice", "correlators", "run", "fields",
      "architecture.kind", "lattice.sites", "lattice.spacing", "lattice.boundary",
      "correlators.estimators", "correlators.first_separation", "correlators.second_separation",
      "correlators.momenta", "correlators.vertex_charge", "correlators.cutoff",
      "run.draws", "run.seed", "run.bins", "fields.method", "fields.tolerance", "fields.precision",
      "insertion", "sampler", "study",
    ] + StudySettings.keys.map { "study.\($0)" }
    + KeyLocator(SamplerSettings.template).entries.map(\.key).filter { $0.hasPrefix("sampler.") }

  private static func decoded(
    _ file: TheoryBlock, fileName: String, registry: [ArchitectureEntry], interactions: Bool, sources: DataSources?
  ) throws -> TheoryDefinition {
    for key in ["insertion", "sampler"] where file.has(key) && !interactions {
      throw file.fault(
        key, "only free networks are available here",
        cure: "remove the \(key) table to study the free network, or use nnft correlate")
    }
    let title = try file.text("title", default: defaultTitle(fileName))
    let source = try file.text("source", default: "")
    let architectureBlock = try file.block("architecture")
    let latticeBlock = try file.block("lattice")
    let correlatorBlock = try file.block("correlators")
    let runBlock = try file.block("run")
    let fieldBlock = try file.block("fields")
    let insertionBlocks = try file.elements("insertion") { InsertionRegistry.entry($0)?.keys ?? [] }
    let samplerBlock = file.has("sampler") ? try file.block("sampler") : nil
    let studyBlock = file.has("study") ? try file.block("study") : nil
    let dynamicsBlock = file.has("dynamics") ? try file.block("dynamics") : nil
    let dimension = try file.integer("dimension", in: 1...maximumDimension)
    try file.rejectLeftovers()

    let lattice = try readLattice(latticeBlock, dimension: dimension)
    let architecture = try readArchitecture(architectureBlock, dimension, lattice, registry: registry)
    let isPeriodic = lattice.boundary == .periodic
    if architecture.symmetries.isPeriodic != isPeriodic {
      throw isPeriodic
        ? latticeBlock.fault(
          "boundary", "a continuum network is not periodic; \(architecture.kind) lives on infinite space",
          cure: "use boundary = \"open\" or a lattice net")
        : latticeBlock.fault(
          "boundary", "a lattice network lives on a periodic lattice; \(architecture.kind) has no open box",
          cure: "use boundary = \"periodic\" or a continuum net")
    }
    let correlators = try readCorrelators(correlatorBlock, lattice: lattice)
    let run = try readRun(runBlock)
    let fields = try readFields(fieldBlock)
    if correlators.cutoff != nil, architecture.modes != nil || fields.precision == .single {
      throw correlatorBlock.fault(
        "cutoff",
        architecture.modes != nil
          ? "the sites of \(architecture.kind) are modes themselves" : "fields of single precision keep all momenta",
        cure: architecture.modes != nil ? "lower lattice.sites instead" : "leave fields.precision out")
    }
    let insertions = try readInsertions(insertionBlocks, architecture: architecture, lattice: lattice, sources: sources)
    // An interacting run heeds nothing of the table, so it neither takes nor repeats it.
    if !insertions.isEmpty, let key = fields.givenKeys.first {
      throw fieldBlock.fault(
        key, "\(FieldSettings.scope); samples of an interacting theory carry their field, in double precision",
        cure: "leave the table out where there are insertions")
    }
    let sampler = try samplerBlock.map { try SamplerSettings(reading: $0, isInteracting: !insertions.isEmpty) } ?? .standard
    let study = try studyBlock.map { try StudySettings(reading: $0, dimension: dimension) }
    let dynamics = try dynamicsBlock.map { try DynamicsSettings(reading: $0, dimension: dimension) }
    return TheoryDefinition(
      title: title, source: source, dimension: dimension, architecture: architecture, insertions: insertions, sampler: sampler,
      lattice: lattice, correlators: correlators, fields: fields, run: run, study: study, dynamics: dynamics, fileName: fileName,
      resolved: file.resolved.filter { insertions.isEmpty || !$0.key.hasPrefix("fields.") })
  }

  /// The file's name without folder and ending.
  private static func defaultTitle(_ fileName: String) -> String {
    let name = fileName.split(separator: "/").last.map(String.init) ?? fileName
    return name.hasSuffix(".toml") ? String(name.dropLast(5)) : name
  }

  private static func readArchitecture(
    _ block: TheoryBlock, _ dimension: Int, _ lattice: Lattice, registry: [ArchitectureEntry]
  ) throws -> any Architecture {
    let kind = try block.text("kind")
    guard let entry = registry.first(where: { $0.kind == kind }) else {
      throw block.unknownWord("kind", kind, known: registry.map(\.kind))
    }
    let architecture = try entry.make(block, dimension, lattice)
    let scaled = try architecture.scalable.map { try $0.sharing(SharedScale.read(block)) as any Architecture }
    let complete = try OutputComponents.read(block, scaled ?? architecture)
    try block.rejectLeftovers()
    return complete
  }
}
