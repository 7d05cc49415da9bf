// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import Testing

/// Extreme values of legal keys, and little memory: an answer or one line and its exit code, soon; never a trap, a hang or NaN.
@Suite struct LimitsCommandTests {
  /// Beyond it a command counts as hung; ten times what it takes.
  private static let patience = 60.0

  private func run(_ line: String, addressSpace: Int? = nil) throws -> CommandLineRunner.Outcome {
    try CommandLineRunner.run(
      line.split(separator: " ").map(String.init) + (line.hasPrefix("correlate") ? ["--threads", "1"] : []),
      environment: ["SWIFT_BACKTRACE": "enable=no"], killAfter: Self.patience, addressSpace: addressSpace)
  }

  /// Commands that trapped or never ended.
  @Test(arguments: [
    ("correlate relu-net --set lattice.sites=[1,1] --draws 2000", 0),
    ("show tanh-net --set architecture.sigma_b=300", 0),
    ("correlate tanh-net --set architecture.sigma_b=1e8 --set lattice.sites=3x3 --draws 400", 0),
    ("correlate deep-cosine --set architecture.sigma_w=1e3 --set lattice.sites=3x3 --draws 400", 0),
    ("show alpha-net --set architecture.alpha=1e308", 3),
    ("show alpha-net --set architecture.mass=1e10", 0),
    ("show phi4-2d-strong --set architecture.mass=1e20", 0),
    ("show phi4-1d --set lattice.spacing=1e-30", 0),
    ("show phi4-1d --set insertion[1].lambda=1e300", 0),
    (
      "correlate cos-net --set lattice.sites=3x3 --draws 400 --estimators vertex-operators --set correlators.vertex_charge=1e20",
      3
    ),
    (
      "correlate cos-net --set lattice.sites=3x3 --draws 400 --estimators vertex-operators --set correlators.vertex_charge=1e10",
      0
    ),
    ("correlate cos-net --set lattice.sites=3x3 --draws 400 --estimators all --set architecture.sigma_w1=1e15", 3),
    (
      "study deep-cosine --widths 2,4 --draws 400 --threads 1 --set lattice.sites=2x2 --set architecture.activation=tanh --set architecture.sigma_b=1.45e5",
      0
    ),
    ("validate --only xyz", 2),
  ]) func extremes(line: String, code: Int) throws {
    let outcome = try run(line)
    #expect(Int(outcome.code) == code, "\(line): \(outcome.code), \(outcome.errors)")
    if code != 0 { #expect(outcome.errorLines.count == 1, "\(outcome.errors)") }
    for word in ["nan", "inf"] {
      #expect(!outcome.output.split { !$0.isLetter }.contains { $0 == word }, "\(line) prints \(word)")
    }
  }

  /// Sizes beyond 64 bits are described, not computed in integers.
  @Test(arguments: [
    "", " --fields-only", " --parameters-only", " --width 100000000", " --set lattice.sites=2048x2048",
  ]) func sizesBeyondIntegers(options: String) throws {
    for file in ["x.h5", "x.npz"] {
      let plan = "sample cos-net --draws 281474976710655 -o \(file)\(options)"
      let dry = try run(plan + " --dry-run")
      #expect(dry.code == 0 && dry.output.contains("281474976710655 networks"), "\(dry.errors)")
      let wet = try run(plan)
      #expect(wet.code == 5 && wet.errorLines.count == 1, "\(wet.code): \(wet.errors)")
    }
  }

  /// OpenBLAS would ask for its buffer for ever; large lattices would abort. The control: with room the same command works.
  @Test func littleMemory() throws {
    let line = "correlate cos-net --draws 2000 --set lattice.sites=8x8"
    for limit in [250_000, 400_000, 450_000] {
      let outcome = try run(line, addressSpace: limit)
      #expect(outcome.code == 5 && outcome.errorLines.count == 1, "\(limit): \(outcome.code), \(outcome.errors)")
    }
    #expect(try run(line, addressSpace: 2_000_000).code == 0)
    for line in [
      "sample infinite-width --set lattice.sites=[1073741824,1] --draws 3 -o /dev/null/s.npz --dry-run",
      "correlate scalar-net-lattice --set lattice.sites=[1073741824,1] --draws 400 --neuron-space",
      "show infinite-width --set lattice.sites=[32768,32768]",
    ] {
      let outcome = try run(line, addressSpace: 6_291_456)
      #expect([2, 5].contains(outcome.code) && outcome.errorLines.count == 1, "\(line): \(outcome.code), \(outcome.errors)")
    }
  }

  /// m a = 1e-7: exact values stay exact where moments cancel, so the run agrees.
  @Test func differencesAtSmallSpacing() throws {
    let outcome = try run(
      "correlate infinite-width --set lattice.spacing=1e-7 --set lattice.sites=6x6 --draws 20000 --estimators vertex-operators,structure-function"
    )
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(!outcome.errors.contains("beyond chance"))
  }

  /// A pull of six that the joint test cannot judge is named on standard error; ordinary runs are not.
  @Test func improbableRowsAreNamed() throws {
    let rare = try run("correlate erf-net --set architecture.sigma_w=1e6 --set lattice.sites=4x4 --draws 2000 --seed 1")
    #expect(rare.code == 0 && rare.errors.contains("beyond chance"), "\(rare.errors)")
    let plain = try run("correlate erf-net --set lattice.sites=4x4 --draws 2000 --seed 1")
    #expect(plain.code == 0 && !plain.errors.contains("beyond chance"), "\(plain.errors)")
  }
}
