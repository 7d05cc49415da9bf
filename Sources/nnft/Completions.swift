// SPDX-License-Identifier: GPL-3.0-or-later

import ArgumentParser
import Correlators
import FieldTheories
import Foundation
import TheoryLibrary
import Validation

/// What the Tab key offers beyond names of options: the shell asks the program itself, so that nothing registered is forgotten.
extension CompletionKind {
  /// Library theories, and theory files and folders of the folder that is being typed.
  static let theories = custom { _, _, typed in
    TheoryLibrary.files.map(\.name) + Completions.files(typed, endings: [".toml"])
  }

  /// Estimators, one after the other behind commas.
  static let estimators = custom { _, _, typed in
    Completions.list(typed, EstimatorRegistry.entries.map(\.name) + ["all"])
  }

  /// Validation suites.
  static let suites = list(ValidationSuites.all.map(\.name))

  /// `key=` for every key that a theory of the library sets.
  static let keys = custom { _, _, _ in Completions.keys.map { $0 + "=" } }
}

private enum Completions {
  /// Keys of all library theories, tables and later elements of lists left out.
  static var keys: [String] {
    var found: Set<String> = []
    for file in TheoryLibrary.files {
      let entries = KeyLocator(file.text).entries.map(\.key)
      found.formUnion(entries.filter { key in !key.contains("[") && !entries.contains { $0.hasPrefix(key + ".") } })
    }
    return found.sorted()
  }

  /// The words behind what stands before the last comma.
  static func list(_ typed: String, _ words: [String]) -> [String] {
    guard let comma = typed.lastIndex(of: ",") else { return words }
    let before = typed[...comma]
    let given = Set(before.split(separator: ",").map(String.init))
    return words.filter { !given.contains($0) }.map { before + $0 }
  }

  /// Files with these endings and folders, in the folder of the text that is typed.
  static func files(_ typed: String, endings: [String]) -> [String] {
    let folder = typed.lastIndex(of: "/").map { String(typed[...$0]) } ?? ""
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.isEmpty ? "." : folder)) ?? []
    return names.filter { !$0.hasPrefix(".") }.sorted().compactMap { name in
      var isFolder: ObjCBool = false
      _ = FileManager.default.fileExists(atPath: folder + name, isDirectory: &isFolder)
      return isFolder.boolValue ? folder + name + "/" : endings.contains { name.hasSuffix($0) } ? folder + name : nil
    }
  }
}
