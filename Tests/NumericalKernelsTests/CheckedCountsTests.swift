// SPDX-License-Identifier: GPL-3.0-or-later

import NumericalKernels
import Testing

/// Numbers that become counts or bytes: what does not fit is refused, never trapped on.
@Suite struct CheckedCountsTests {
  @Test func countsAreRoundedUpAndLimited() {
    #expect(Int(count: 0, atMost: 10) == 0 && Int(count: 2.1, atMost: 10) == 3 && Int(count: 10, atMost: 10) == 10)
    #expect(Int(count: 10.01, atMost: 10) == nil)
    for bad in [-1.5, -.infinity, .infinity, .nan, 1e300, 0x1p63] { #expect(Int(count: bad, atMost: .max) == nil, "\(bad)") }
  }

  @Test func textsAreClamped() {
    #expect(Int(clamping: -2.9) == -2 && Int(clamping: 7.9) == 7 && Int(clamping: Double.nan) == 0)
    #expect(Int(clamping: 1e300) == .max && Int(clamping: -Double.infinity) == .min && Int(clamping: 0x1p63) == .max)
  }

  /// Blocks are those of plain integers where these do not overflow, and tile the whole where they would.
  @Test func blocks() {
    for (total, blocks) in [(10, 3), (20_000, 256), (7, 7)] {
      for index in 0...blocks { #expect(Int.start(ofBlock: index, of: blocks, total: total) == index * total / blocks) }
    }
    let (draws, bins) = (1 << 48 - 1, 1_000_000)
    #expect(draws.multipliedReportingOverflow(by: bins).overflow)
    #expect(Int.start(ofBlock: 0, of: bins, total: draws) == 0 && Int.start(ofBlock: bins, of: bins, total: draws) == draws)
    #expect(Int.start(ofBlock: bins / 2, of: bins, total: draws) == draws / 2)
  }

  @Test func memory() throws {
    try MemoryBudget.require(bytes: 1e6, for: "a test", cure: "none")
    #expect(throws: ResourceError.self) { try MemoryBudget.require(bytes: 1e15, for: "a test", cure: "none") }
    #expect(throws: ResourceError.self) { try MemoryBudget.require(bytes: .infinity, for: "a test", cure: "none") }
    #expect(MemoryBudget.isGranted(bytes: 1e6) && MemoryBudget.isGranted(bytes: 0))
    for bad in [1e17, .infinity, .nan] { #expect(!MemoryBudget.isGranted(bytes: bad), "\(bad)") }
    #expect(throws: ResourceError.self) { try MatrixProduct.prepare(threads: 1024, beside: 1e17) }
  }
}
