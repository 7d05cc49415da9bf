// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import TheoryLibrary
import Testing

@testable import Validation

/// What is claimed of legal theories of unusual parameters: nothing that no data could decide, and never a refusal because a control is illegal.
@Suite struct LegalTheoryTests {
  private func claims(_ name: String, _ overrides: [(key: String, value: String)]) throws -> [String: [String]] {
    let text = TheoryLibrary.files.first { $0.name == name }!.text
    return try claims(TheoryDefinition.load(text: text, fileName: name, overrides: overrides, interactions: true))
  }

  private func claims(_ theory: TheoryDefinition) throws -> [String: [String]] {
    let run = try ValidationRun(suites: ValidationSuites.all, theory: theory, argument: "mine.toml")
    return Dictionary(grouping: run.entries, by: \.suite).mapValues { $0.flatMap { $0.experiment.claims.map(\.name) } }
  }

  /// At N = 1 it does not matter where 1/N stands.
  @Test func oneNeuron() throws {
    let names = try #require(claims("cos-net", [("architecture.width", "1")])["free-theory"])
    #expect(!names.contains("eq. (44)-(51)") && !names.contains("eq. (48)") && names.contains("eq. (71)"))
  }

  /// A net of the greatest width has none twice as wide.
  @Test func greatestWidth() throws {
    #expect(try claims("cos-net", [("architecture.width", "100000000")])["free-theory"]?.isEmpty == false)
  }

  /// Extreme scales are no reason to integrate for hours.
  @Test(arguments: ["1e-20", "1e-9"]) func smallMass(mass: String) throws {
    let names = try #require(
      claims(
        "scalar-net", [("architecture.mass", mass), ("architecture.width", "5"), ("dimension", "1"), ("lattice.sites", "[16]")])[
          "free-theory"])
    #expect(!names.contains("eq. (74)"))
  }

  /// With Gaussian weights the sixth cumulant of a Cos-net vanishes.
  @Test func vanishingCumulant() throws {
    #expect(try claims("cos-net", [])["finite-width"] == ["kappa_4"])
    #expect(try claims("cos-net", [("architecture.weights", "\"constant\"")])["finite-width"] == ["kappa_4", "kappa_6"])
  }

  /// On short rings there is no half space to reflect, and no wrong motion.
  @Test(arguments: [4, 6, 8]) func shortRings(sites: Int) throws {
    let ring = try claims(
      "scalar-net-lattice", [("dimension", "1"), ("lattice.sites", "[\(sites)]"), ("architecture.width", "5")])
    #expect(!(ring["osterwalder-schrader"] ?? []).contains { $0.contains("reflection") })
    #expect(ring["euclidean-invariance"]?.isEmpty == false)
  }

  @Test func oneSite() throws {
    let site = try claims("scalar-net-lattice", [("dimension", "1"), ("lattice.sites", "[1]"), ("architecture.width", "5")])
    #expect(site["euclidean-invariance"] == nil)
  }

  /// A spectrum whose amplitude at the origin the file states has no neighbour of another mass.
  @Test func statedAmplitude() throws {
    let theory = try TheoryDefinition.load(
      text: """
        dimension = 2
        [architecture]
        kind = "euclidean-net"
        width = 4
        target_spectrum = "exp(-k^2/(2*mass^2))"
        two_point_at_zero = 0.15915494309189535
        [architecture.parameters]
        mass = 1.0
        [lattice]
        sites = [8, 8]
        spacing = 0.25
        boundary = "open"
        """, fileName: "mine.toml")
    #expect(try claims(theory)["free-theory"]?.isEmpty == false)
  }

  /// Too few samples for any sampler are said to be so.
  @Test func fewSamples() throws {
    let text = TheoryLibrary.files.first { $0.name == "scalar-net-phi4" }!.text
    let theory = try TheoryDefinition.load(
      text: text, fileName: "mine.toml", overrides: [("run.draws", "2")], interactions: true)
    let run = try ValidationRun(suites: [ValidationSuites.named("samplers")!], theory: theory, argument: "mine.toml")
    #expect(run.claimCount == 0 && run.omissions.count == 1)
  }

  /// Lectures' formulas are of independent weights.
  @Test func correlatedWeights() throws {
    #expect(try claims("correlated-net", [])["free-theory"]?.contains { $0.hasPrefix("eq.") } == false)
  }
}
