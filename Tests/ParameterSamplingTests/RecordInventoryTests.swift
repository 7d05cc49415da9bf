// SPDX-License-Identifier: GPL-3.0-or-later

import NNFTTestSupport
import Testing

@testable import ParameterSampling

/// Which test measures which interacting record of the reference file. Exact columns are held against the same records by
/// Tests/KnownValuesTests, all but the Monte-Carlo ones.
@Suite struct RecordInventoryTests {
  /// Where a record is measured; nil where it is no mean of any sample.
  static func measurement(of record: ReferenceRecord) -> String? {
    let group = ReferenceNetTests.Group(records: [record])
    switch record.theory {
    case let t where t.hasPrefix("interacting net d=0"): return group.expectations.isEmpty ? nil : "ReferenceNetTests.oneSite"
    case let t where t.contains("finite N (exact"): return group.expectations.isEmpty ? nil : "ReferenceNetTests.smallNets"
    case let t where t.contains("finite N (Monte"): return group.expectations.isEmpty ? nil : "FiniteWidthTests"
    case let t where t.contains("mass-shifted"):
      return record.quantity.hasPrefix("[best") ? nil : "InfiniteWidthTests.hartreeMasses"
    case let t where t.hasPrefix("anharmonic"):
      let isMeasured =
        record.number("m2") == 1 && OscillatorTests.couplings.contains { $0.lambda == record.number("lam") }
      return record.quantity == "gap E1-E0" && isMeasured ? "OscillatorTests" : nil
    case let t where LatticeRecordTests.families.contains(t):
      if record.quantity.hasPrefix("ESS decay") { return "VolumeLawTests" }
      if LatticeRecordTests.freeQuantity(record) {
        return record.number("m2") > 0 ? "LatticeRecordTests.freeDraws" : "InfiniteWidthTests.partitionFunctions"
      }
      if record.quantity.hasPrefix("spectral gap") { return nil }
      guard let theory = try? LatticeRecordTests.theory(ReferenceNetTests.Group(records: [record])) else { return nil }
      return LatticeNumber.numbers(of: record, lattice: theory.lattice).isEmpty ? nil : "LatticeRecordTests.hamiltonianChains"
    default: return nil
    }
  }

  @Test func everyInteractingRecordHasItsPlace() {
    let records = ReferenceRecords.all.filter {
      $0.parameters["lam"] != nil || $0.theory.contains("phi4") || $0.theory.hasPrefix("interacting")
        || $0.theory.hasPrefix("anharmonic")
    }
    #expect(records.count == 503)
    let counts = Dictionary(grouping: records) { Self.measurement(of: $0) ?? "exact column only: \($0.theory)" }
      .mapValues(\.count)
    if isLong { for (place, count) in counts.sorted(by: { $0.key < $1.key }) { print("\(count)\t\(place)") } }
    #expect(
      counts == [
        "ReferenceNetTests.oneSite": 20, "ReferenceNetTests.smallNets": 30, "FiniteWidthTests": 90,
        "LatticeRecordTests.hamiltonianChains": 238, "LatticeRecordTests.freeDraws": 28,
        "InfiniteWidthTests.partitionFunctions": 3, "InfiniteWidthTests.hartreeMasses": 10, "OscillatorTests": 2,
        "VolumeLawTests": 4, "exact column only: phi4 lattice perturbation theory": 43,
        "exact column only: anharmonic oscillator (continuum d=1)": 23, "exact column only: phi4 d=1 lattice (exact)": 7,
        "exact column only: phi4 d=1 mass-shifted reweighting (N=infinity)": 5,
      ])
  }
}
