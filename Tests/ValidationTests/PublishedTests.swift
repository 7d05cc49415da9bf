// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import NNFTTestSupport
import Testing
import TheoryLibrary
import FieldTheories

@testable import Validation

/// The numbers of the literature that are embedded are those of the data they come from.
@Suite struct PublishedTests {
  private struct Data: Decodable {
    struct Record: Decodable {
      let N: Int
      let alpha: Double
      let points: [[Double]]
      let mean: Double
      let error: Double
    }
    let records: [Record]
  }

  @Test func embeddedMeansAreThePublishedOnes() throws {
    let text = TheoryLibrary.files.first { $0.name == "fourpoint-2604.27050" }!.text
    let sets = try TheoryDefinition.load(text: text, fileName: "fourpoint").study!.points
    let file = ReferenceRecords.folder.appendingPathComponent("fourpoint_2604.27050.json")
    let records = try JSONDecoder().decode(Data.self, from: Foundation.Data(contentsOf: file)).records
    var compared = 0
    for alpha in [-1.0, 0, 1] {
      for data in PublishedFourPoint.means(alpha: alpha)! {
        for (index, set) in sets.enumerated() {
          let record = records.first {
            $0.N == data.width && $0.alpha == alpha && $0.points == set.points.map { [$0[0], $0[1]] }
          }
          let own = try #require(record)
          #expect(abs(data.means[index] - own.mean) <= 1e-5 * abs(own.mean))
          #expect(abs(data.errors[index] - own.error) <= 1e-2 * own.error)
          compared += 1
        }
      }
    }
    #expect(compared == records.count)
    #expect(PublishedFourPoint.means(alpha: 0.5) == nil)
  }

  /// Theories of the suite's own are read, and belong to it.
  @Test func settingsAreRecognised() throws {
    for theory in GaussianProcessLimit.theories {
      let definition = try TheoryDefinition.load(text: theory.text, fileName: theory.name)
      #expect(try GaussianProcessLimit(definition) != nil)
      #expect(try FourPointOfAlpha(definition) == nil)
    }
    let cosNet = TheoryLibrary.files.first { $0.name == "cos-net" }!
    let stranger = try TheoryDefinition.load(text: cosNet.text, fileName: cosNet.name)
    #expect(throws: NotApplicable.self) { try Published().experiments(stranger, command: "cos-net") }
    // Published means are of the published parameters.
    let text = TheoryLibrary.files.first { $0.name == "fourpoint-2604.27050" }!.text
    for (key, value, isPublished) in [
      ("architecture.alpha", "-1", true), ("architecture.mass", "1.1", false), ("architecture.weights", "\"gaussian\"", false),
    ] {
      let theory = try TheoryDefinition.load(text: text, fileName: "own.toml", overrides: [(key, value)])
      #expect(try (FourPointOfAlpha(theory) != nil) == isPublished, "\(key)")
    }
  }
}
