// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import Foundation
import ResultTables

extension RecordFile {
  /// Joins the units of several files of one plan in a new one, a step of a merge of very many files in steps; returns how many they are. Files are read
  /// one after the other, so memory is that of the largest. Throws `ResultFileError` for files of different plans or, unless `anyVersion`, programs, and for units
  /// that are in two files; what was begun is then removed.
  public static func join(_ paths: [String], into path: String, anyVersion: Bool) throws -> Int {
    precondition(!paths.isEmpty, "RecordFile: nothing to join")
    let first = try RecordFile(opening: paths[0], isAppending: false)
    let header = first.header
    let joined = try RecordFile(
      creating: path, Header(program: header.program, plans: header.plans, request: header.request))
    do {
      var owners: [PlanStatement: [Int: String]] = [:]
      for name in paths {
        let file = try RecordFile(opening: name, isAppending: false)
        try first.requirePlans(file.header.plans, program: anyVersion ? nil : file.header.program, of: name)
        for (plan, records) in file.records where header.plans.contains(plan) {
          if owners[plan] == nil {
            owners[plan] = [:]
            try joined.state(plan)
          }
          for record in records {
            if let other = owners[plan]!.updateValue(name, forKey: record.unit) {
              throw ResultFileError(description: "\(name): unit \(record.unit + 1) is also in \(other); give every file once")
            }
            try joined.pass(record, of: plan)
          }
        }
      }
      try joined.settle()
      return owners.values.reduce(0) { $0 + $1.count }
    } catch {
      unlink(path)
      throw error
    }
  }
}
