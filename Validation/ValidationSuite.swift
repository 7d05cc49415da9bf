// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import NumericalKernels

/// A group of claims that are tested alike.
public protocol ValidationSuite: Sendable {
  /// Its name on the command line: `euclidean-invariance`.
  var name: String { get }
  /// What the suite tests, in one line.
  var summary: String { get }
  /// The theories it is tried on where the user names none.
  var standardTheories: [StandardTheory] { get }
  /// The experiments that apply to a theory; a ``NotApplicable`` says why there are none.
  func experiments(_ theory: TheoryDefinition, command: String) throws -> [Experiment]
  /// The experiments that need no theory, on somebody's fields; a ``NotApplicable`` says why there are none.
  func experiments(_ fields: OutsideFields) throws -> [Experiment]
}

extension ValidationSuite {
  /// No experiments.
  public func experiments(_ fields: OutsideFields) throws -> [Experiment] {
    throw NotApplicable("its claims are those of a theory")
  }
}

/// A library theory with overrides, or a theory of a suite's own.
public struct StandardTheory: Sendable {
  /// Name in the library, or of the text.
  public let name: String
  /// `--set` values.
  public let overrides: [(key: String, value: String)]
  /// The file, where the library has none.
  public let text: String?

  /// A library theory, as it is or changed.
  public init(_ name: String, _ overrides: [(key: String, value: String)] = []) {
    self.name = name
    self.overrides = overrides
    text = nil
  }

  /// A theory file of the suite's own.
  public init(_ name: String, text: String) {
    self.name = name
    overrides = []
    self.text = text
  }

  /// How it is given to a command.
  var arguments: String {
    ([text == nil ? name : "\(name).toml"]
      + overrides.map { "--set \($0.key)=\($0.value.contains { " \"[".contains($0) } ? "'\($0.value)'" : $0.value)" }).joined(
        separator: " ")
  }
}

/// Why a suite has nothing to say of a theory.
public struct NotApplicable: Fault {
  /// What the run fails of.
  public var kind: FaultKind { .usage }
  /// The reason in one line.
  public let description: String
  /// States the reason.
  public init(_ description: String) { self.description = description }
}

/// All suites, in the order they run; the list is what the command line reads.
public enum ValidationSuites {
  /// One line per suite.
  public static let all: [any ValidationSuite] = [
    FreeTheory(), EuclideanInvariance(), OsterwalderSchrader(), FiniteWidth(), Universality(), Interactions(), Samplers(),
    Learning(), Renormalisation(), Dynamics(), FeatureLearning(), Published(),
  ]

  /// The suite of a name.
  public static func named(_ name: String) -> (any ValidationSuite)? { all.first { $0.name == name } }
}
