// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import Foundation
import KnownValues
import NNFTTestSupport
import NumericalKernels
import Testing

@testable import Studies

/// The learning curve of the erf net on S⁹ against the effective ridge and against an experiment made elsewhere.
@Suite struct LearningCurveStudyTests {
  private static let isLong = ProcessInfo.processInfo.environment["NNFT_LONG_TESTS"] != nil

  static func study(_ seed: UInt64, target: [Double] = [0, 1, 0, 1]) -> LearningCurveStudy {
    LearningCurveStudy(
      dimension: 10, kernel: { Activation.erf.kernel(1.5, 1.5, 1.5 * $0)! },
      spectrum: .erfNet(dimension: 10, variance: 1.5, count: 40), powers: target, seed: seed)
  }

  /// The experiments of the reference file: four combined errors. The control: twice the power in the target.
  @Test(arguments: ReferenceRecords.learning("L4:curve:experiment").filter { isLong || $0.integer("P") <= 100 })
  func experiment(_ record: ReferenceRecord) throws {
    let (count, ridge) = (record.integer("P"), record.number("T"))
    let row = try Self.study(1).row(count: count, ridge: ridge, dataSets: count > 100 ? 60 : 200)
    #expect(record.agrees(with: row.test.value, error: row.test.error), "\(row.test) against \(record.value)")
    let wrong = try Self.study(1, target: [0, 1, 0, 2]).row(count: count, ridge: ridge, dataSets: 20)
    #expect(!record.agrees(with: wrong.test.value, error: wrong.test.error))
  }

  /// Three ridges at three numbers of data within three sigma and three per cent of the effective ridge; the equivalent kernel is nowhere near at a
  /// small one. All 21 places wait for NNFT_LONG_TESTS.
  @Test func effectiveRidge() throws {
    let counts = Self.isLong ? [20, 35, 50, 75, 100, 200, 400] : [20, 50, 100]
    var rows: [LearningCurveStudy.Row] = []
    for ridge in [1e-6, 0.01, 0.3] {
      for count in counts { rows.append(try Self.study(2).row(count: count, ridge: ridge, dataSets: count > 100 ? 40 : 150)) }
    }
    for row in rows { #expect(abs(row.deviation) < 4, "\(row)") }
    #expect(rows[0].equivalentKernel < 1e-3 * rows[0].test.value)
    let table = try Self.study(2).table(rows)
    #expect(table.rows.count == rows.count)
  }

  /// The same seed, the same numbers; another, others.
  @Test func reproducibility() throws {
    let first = try Self.study(3).row(count: 10, ridge: 0.01, dataSets: 5)
    #expect(try Self.study(3).row(count: 10, ridge: 0.01, dataSets: 5).test == first.test)
    #expect(try Self.study(4).row(count: 10, ridge: 0.01, dataSets: 5).test != first.test)
  }
}
