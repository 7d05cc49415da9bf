// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import FieldTheories
import LatticeFields
import NumericalKernels

/// A wish that the theory or the command line cannot grant, in one line with its cure.
public struct SelectionError: Fault {
  /// What the run fails of.
  public var kind: FaultKind { .usage }
  /// What is wrong and what to do.
  public let description: String
  /// States a refusal.
  public init(_ description: String) { self.description = description }
}

/// Chooses the estimators of a run: the ones asked for, each held against the symmetries of the theory, or those that apply.
public struct EstimatorSelection: Sendable {
  /// The estimators, in registry order or in the order asked for.
  public let estimators: [any CorrelatorEstimator]
  /// Why registered estimators were left out of an automatic choice, a line each.
  public let omissions: [String]

  /// The word for every estimator that applies.
  public static let all = "all"

  /// Lattice estimators for a theory. `names` nil means those that run by default, [``all``] every one, both as far as they apply.
  public init(theory: TheoryDefinition, names: [String]?, allDisplacements: Bool) throws {
    let isFree = theory.insertions.isEmpty
    try self.init(
      theory.symmetries, of: isFree ? theory.architecture.kind : "\(theory.architecture.kind) with these insertions",
      cure: isFree ? "use --points FILE for n-point functions at chosen points" : "leave it out",
      theory.estimatorSettings(theory.lattice, allDisplacements: allDisplacements), names: names)
  }

  /// Lattice estimators for an ensemble of these symmetries, which `owner` has; `cure` is for what it lacks.
  init(
    _ symmetries: FieldSymmetries, of owner: String, cure: String, _ settings: EstimatorSettings, names: [String]?
  ) throws {
    var chosen: [any CorrelatorEstimator] = []
    var omissions: [String] = []
    let isAutomatic = names == nil || names == [Self.all]
    for entry in try Self.entries(names) {
      // Before it is made: on a large lattice that takes seconds.
      // Tables of components say nothing of themselves where there is one.
      if isAutomatic, entry.assumptions.leastComponents > symmetries.components { continue }
      if let missing = entry.assumptions.missing(from: symmetries) {
        let reason = "\(entry.name) needs \(missing), which \(owner) lacks"
        guard isAutomatic else { throw SelectionError("\(reason); \(cure)") }
        omissions.append(reason)
      } else {
        chosen.append(entry.make(settings))
      }
    }
    estimators = chosen
    self.omissions = omissions
  }

  private static func entries(_ names: [String]?) throws -> [EstimatorEntry] {
    guard let names else { return EstimatorRegistry.entries.filter(\.isDefault) }
    guard names != [all] else { return EstimatorRegistry.entries }
    guard !names.isEmpty else { throw SelectionError("no estimator is named; see nnft list estimators") }
    for (index, name) in names.enumerated() where names[..<index].contains(name) {
      throw SelectionError("estimator \(name) is named twice; name it once")
    }
    return try names.map { name in
      guard let entry = EstimatorRegistry.entry(name) else {
        let known = EstimatorRegistry.entries.map(\.name)
        let hint = Spelling.hint(for: name, among: known)
        throw SelectionError(
          "unknown estimator \"\(name)\"; \(hint)known: \(known.joined(separator: ", "))")
      }
      return entry
    }
  }
}

extension TheoryDefinition {
  /// What the insertions leave of the symmetries of the architecture.
  var symmetries: FieldSymmetries {
    var symmetries = insertions.remaining(of: architecture.symmetries)
    symmetries.components = architecture.outputs
    return symmetries
  }

  /// The settings of its estimators on a lattice.
  func estimatorSettings(_ lattice: Lattice, allDisplacements: Bool) -> EstimatorSettings {
    let variance = architecture.exactValue(.moment([.zero, .zero]), lattice: lattice)
    return EstimatorSettings(
      lattice: lattice, hypercubic: symmetries.rotations == .hypercubic, allDisplacements: allDisplacements,
      firstSeparation: correlators.firstSeparation, secondSeparation: correlators.secondSeparation, momenta: correlators.momenta,
      vertexCharge: correlators.vertexCharge,
      fieldWidth: variance.flatMap { $0 > 0 && $0.isFinite ? $0.squareRoot() : nil } ?? 1,
      components: architecture.outputs, isEven: symmetries.isEven)
  }

  /// Throws where `subject`, which speaks of one output, is asked of a theory with several.
  public func requireOneOutput(for subject: String) throws {
    guard architecture.outputs > 1 else { return }
    throw SelectionError(
      "\(subject) speaks of one output, and \(architecture.kind) here has outputs = \(architecture.outputs); leave architecture.outputs out"
    )
  }
}
