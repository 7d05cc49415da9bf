// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import Testing

/// The main job as a user meets it: bytes, formats, exit codes.
@Suite struct CorrelateCommandTests {
  private let small = ["--set", "lattice.sites=8x8", "--draws", "600", "--width", "10"]

  @Test func sameBytesForAnyThreadCount() throws {
    let arguments = ["correlate", "cos-net"] + small
    let one = try CommandLineRunner.run(arguments + ["--threads", "1"])
    let two = try CommandLineRunner.run(arguments + ["--threads", "2"])
    let seven = try CommandLineRunner.run(arguments + ["--threads", "7"])
    #expect(one.code == 0, "\(one.errors)")
    #expect(one.output == two.output)
    #expect(one.output == seven.output)
    #expect(one.output.contains("# table: two-point"))
  }

  /// Nets without translation invariance have sums over the window, and deep nets their limit of infinite width as a reference.
  @Test(arguments: ["relu-net", "deep-relu", "deep-cosine"]) func fullyConnectedNets(theory: String) throws {
    let arguments = ["correlate", theory, "--set", "lattice.sites=8x8", "--draws", "20000", "--width", "10"]
    let one = try CommandLineRunner.run(arguments + ["--threads", "1"])
    let two = try CommandLineRunner.run(arguments + ["--threads", "2"])
    #expect(one.code == 0, "\(one.errors)")
    #expect(one.output == two.output)
    #expect(one.output.contains("# table: zero-momentum"))
    #expect(one.output.contains("# table: two-point") == (theory == "deep-cosine"))
    #expect(one.output.contains("N = infinity") == (theory != "relu-net"))
    let neurons = try CommandLineRunner.run(["correlate", theory, "--neuron-space"])
    #expect(neurons.code == 2 && neurons.errors.contains("leave out --neuron-space"))
  }

  /// Single precision gives the same numbers to about 1e-6, and says so; a theory that cannot have it is refused.
  @Test func singlePrecisionChangesLittle() throws {
    let arguments = ["correlate", "cos-net", "--table", "two-point", "--quiet"] + small
    func values(_ more: [String]) throws -> [Double] {
      let outcome = try CommandLineRunner.run(arguments + more)
      #expect(outcome.code == 0, "\(outcome.errors)")
      return outcome.output.split(separator: "\n").filter { !$0.hasPrefix("#") }.dropFirst().compactMap {
        Double($0.split(separator: "\t")[3])
      }
    }
    let (double, single) = (try values([]), try values(["--set", "fields.precision=single"]))
    #expect(double.count == single.count && !double.isEmpty && double != single)
    #expect(zip(double, single).allSatisfy { abs($0 - $1) < 1e-5 })
    let refused = try CommandLineRunner.run(["correlate", "gauss-net", "--set", "fields.precision=single"])
    #expect(refused.code == 3 && refused.errors.contains("fields.precision"))
  }

  @Test func anotherSeedGivesOtherNumbers() throws {
    let arguments = ["correlate", "cos-net"] + small
    let a = try CommandLineRunner.run(arguments)
    let b = try CommandLineRunner.run(arguments + ["--seed", "2"])
    #expect(a.output != b.output)
  }

  @Test(arguments: ["tsv", "csv", "json", "text"]) func everyFormatPrints(format: String) throws {
    let outcome = try CommandLineRunner.run(["correlate", "cos-net", "--format", format, "--quiet"] + small)
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(outcome.errors.isEmpty)
    let words = outcome.output.lowercased().split { !$0.isLetter }
    #expect(!words.contains("nan") && !words.contains("inf"))
    if format == "json" {
      let object = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
      #expect((object?["tables"] as? [Any])?.isEmpty == false)
    }
  }

  @Test func anExistingFileIsKeptUnlessForced() throws {
    let directory = try CommandLineRunner.temporaryDirectory()
    defer { try? FileManager.default.removeItem(at: directory) }
    let file = directory.appendingPathComponent("out.tsv").path
    let arguments = ["correlate", "cos-net", "--table", "two-point", "-o", file] + small
    #expect(try CommandLineRunner.run(arguments).code == 0)
    let first = try String(contentsOfFile: file, encoding: .utf8)
    let again = try CommandLineRunner.run(arguments + ["--seed", "3"])
    #expect(again.code == 2)
    #expect(try String(contentsOfFile: file, encoding: .utf8) == first)
    #expect(try CommandLineRunner.run(arguments + ["--seed", "3", "--force"]).code == 0)
    #expect(try String(contentsOfFile: file, encoding: .utf8) != first)
  }

  /// Misspelt commands, theories, suites and architectures are answered with the nearest word.
  @Test(arguments: [
    (["corelate", "cos-net"], "did you mean correlate?"), (["correlate", "cosnet"], "did you mean the library theory cos-net?"),
    (["validate", "euclidian-invariance"], "did you mean euclidean-invariance?"), (["new", "phi4-1"], "did you mean phi4-1d?"),
  ])
  func misspeltWordsAreAnswered(arguments: [String], words: String) throws {
    let outcome = try CommandLineRunner.run(arguments)
    #expect(outcome.code == 2 || outcome.code == 3)
    #expect(outcome.errorLines.count == 1 && outcome.errors.contains(words), "\(outcome.errors)")
  }

  /// `-` is standard input, and `nnft new` prints theories of the library: the same run by another way.
  @Test func theoriesComeFromStandardInput() throws {
    let piped = try CommandLineRunner.shell("\"$0\" new phi4-0d | \"$0\" show -")
    let named = try CommandLineRunner.run(["show", "phi4-0d"])
    #expect(piped.code == 0 && piped.output == named.output && !named.output.isEmpty)
    let empty = try CommandLineRunner.shell("\"$0\" show - < /dev/null 2>&1")
    #expect(empty.code == 3 && empty.output.contains("standard input"))
  }

  /// The tables that `nnft new` shows as comments are legal ones.
  @Test func furtherTablesOfTemplatesAreLegal() throws {
    let template = try CommandLineRunner.run(["new", "scalar-net-lattice"]).output
    let lines = template.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    let mark = try #require(lines.firstIndex { $0.hasPrefix("## Further tables") })
    let text = (lines[..<mark] + lines[mark...].map { $0.hasPrefix("# ") ? String($0.dropFirst(2)) : $0 }).joined(separator: "\n")
    let directory = try CommandLineRunner.temporaryDirectory()
    defer { try? FileManager.default.removeItem(at: directory) }
    try Data(text.utf8).write(to: directory.appendingPathComponent("t.toml"))
    let shown = try CommandLineRunner.run(["show", "t.toml"], directory: directory)
    #expect(shown.code == 0 && shown.output.contains("(lambda/4!) phi^4"), "\(shown.errors)")
    #expect(
      try CommandLineRunner.run(["correlate", "t.toml", "--dry-run"], directory: directory).output.contains("sampler.kind"))
  }

  /// The last line of a run says what its tables say.
  @Test func theLastLineIsPlain() throws {
    let outcome = try CommandLineRunner.run(["correlate", "cos-net", "--estimators", "two-point"] + small)
    #expect(outcome.code == 0)
    #expect(outcome.errorLines.last?.contains("1 table") ?? false, "\(outcome.errors)")
    let alone = try CommandLineRunner.run(["correlate", "cos-net", "--estimators", "two-point", "--threads", "1"] + small)
    #expect(!alone.errors.contains("1 threads"))
  }

  /// The second and later rounds hear signals too.
  @Test(.timeLimit(.minutes(2))) func untilErrorCanBeInterrupted() throws {
    let outcome = try CommandLineRunner.run(
      ["correlate", "cos-net", "--estimators", "two-point", "--until-error", "1e-9"] + small, interruptAfter: 4)
    #expect(outcome.code == 4)
    #expect(outcome.output.isEmpty)
    #expect(outcome.errors.contains("continuing with") && outcome.errors.contains("interrupted after"))
  }

  @Test(arguments: ["two-point,two-point", ","]) func anOddListOfEstimatorsIsRefused(names: String) throws {
    let outcome = try CommandLineRunner.run(["correlate", "cos-net", "--estimators", names] + small)
    #expect(outcome.code == 2)
    #expect(outcome.output.isEmpty && outcome.errorLines.count == 1)
    #expect(outcome.errors.contains("estimator"))
  }

  /// Notices that cannot be written do not end a run, and errors keep their exit code.
  @Test(arguments: ["2>&-", "2>/dev/full"]) func standardErrorMayBeGone(redirection: String) throws {
    let run = try CommandLineRunner.shell("exec \"$0\" correlate cos-net --set lattice.sites=8x8 --draws 300 \(redirection)")
    #expect(run.code == 0)
    #expect(run.output.contains("# table: zero-momentum"))
    #expect(try CommandLineRunner.shell("exec \"$0\" correlate no-such-theory \(redirection)").code == 3)
  }

  @Test func aMemoryLimitIsRespected() throws {
    let run = try CommandLineRunner.shell(
      "ulimit -v 4000000; exec \"$0\" correlate cos-net --set lattice.sites=8x8 --draws 2 --width 1e8 2>&1")
    #expect(run.code == 5)
    #expect(run.output.split(separator: "\n").count == 1 && run.output.contains("memory"))
  }

  /// Where the machine lacks the device that is always full, a closed output stands in for it.
  @Test func aFullDiskIsReported() throws {
    var status = stat()
    let hasFullDevice = stat("/dev/full", &status) == 0 && status.st_mode & S_IFMT == S_IFCHR
    let shell = Process()
    shell.executableURL = URL(fileURLWithPath: "/bin/sh")
    shell.arguments = [
      "-c",
      "exec \"$0\" correlate cos-net --set lattice.sites=8x8 --draws 300 --quiet "
        + (hasFullDevice ? "> /dev/full" : ">&-"),
      CommandLineRunner.executable.path,
    ]
    let err = Pipe()
    shell.standardError = err
    try shell.run()
    let text = String(decoding: CommandLineRunner.readToEnd(err), as: UTF8.self)
    shell.waitUntilExit()
    #expect(shell.terminationStatus == 5)
    #expect(text.contains("standard output"))
  }

  @Test func interruptionStopsCleanly() throws {
    let outcome = try CommandLineRunner.run(
      ["correlate", "cos-net", "--draws", "1e8", "--set", "lattice.sites=16x16"], interruptAfter: 1)
    #expect(outcome.code == 4)
    #expect(outcome.output.isEmpty)
    #expect(outcome.errors.contains("interrupted after"))
  }

  @Test func dryRunDrawsNothing() throws {
    let outcome = try CommandLineRunner.run(["correlate", "cos-net", "--draws", "1e12", "--dry-run"])
    #expect(outcome.code == 0)
    #expect(outcome.output.contains("forecast: about"))
  }

  @Test func moreNetworksUntilTheErrorIsSmall() throws {
    let outcome = try CommandLineRunner.run(
      ["correlate", "cos-net", "--estimators", "two-point", "--until-error", "1e-2"] + small)
    #expect(outcome.code == 0, "\(outcome.errors)")
    let draws = outcome.output.split(separator: "\n").first { $0.contains("independent draws") }
    #expect(draws != nil)
  }
}

/// Command-line mistakes: exit code and one helpful line each.
@Suite struct UsageErrorTests {
  struct Mistake: CustomTestStringConvertible {
    let arguments: [String]
    let code: Int32
    let words: [String]
    var testDescription: String { arguments.joined(separator: " ") }
  }

  static let mistakes: [Mistake] = [
    Mistake(arguments: ["corelate", "cos-net"], code: 2, words: ["corelate"]),
    Mistake(arguments: ["correlate"], code: 2, words: ["theory"]),
    Mistake(arguments: ["correlate", "cos-net", "--drawz", "10"], code: 2, words: ["--drawz"]),
    Mistake(arguments: ["correlate", "cos-net", "--draws", "many"], code: 2, words: ["many"]),
    Mistake(arguments: ["correlate", "cos-net", "--draws", "0"], code: 3, words: ["run.draws"]),
    Mistake(arguments: ["correlate", "cos-net", "--draws", "-5"], code: 2, words: ["draws"]),
    Mistake(arguments: ["correlate", "cos-net", "--draws", "1.5"], code: 2, words: ["1.5"]),
    Mistake(arguments: ["correlate", "cos-net", "--width", "0"], code: 3, words: ["architecture.width"]),
    Mistake(arguments: ["correlate", "cos-net", "--format", "xml"], code: 2, words: ["xml"]),
    Mistake(arguments: ["correlate", "cos-net", "--threads", "0"], code: 2, words: ["--threads"]),
    Mistake(arguments: ["correlate", "cos-net", "--until-error", "0"], code: 2, words: ["--until-error"]),
    Mistake(arguments: ["correlate", "cos-net", "--until-error", "nan"], code: 2, words: ["--until-error"]),
    Mistake(arguments: ["correlate", "cos-net", "--estimators", "two-pont"], code: 2, words: ["two-point"]),
    Mistake(arguments: ["correlate", "cos-net", "--table", "nope"], code: 2, words: ["two-point"]),
    Mistake(arguments: ["correlate", "cos-net", "--set", "lattice.sites"], code: 2, words: ["key=value"]),
    Mistake(
      arguments: ["correlate", "cos-net", "--set", "architecture.widht=3"], code: 3,
      words: ["--set", "width"]),
    Mistake(arguments: ["correlate", "cosnet"], code: 3, words: ["cos-net"]),
    Mistake(arguments: ["correlate", "/nonexistent/theory.toml"], code: 3, words: ["/nonexistent"]),
    Mistake(arguments: ["correlate", "/"], code: 3, words: ["directory"]),
    Mistake(arguments: ["correlate", "cos-net", "--points", "/nonexistent.tsv"], code: 3, words: ["/nonexistent.tsv"]),
    Mistake(
      arguments: ["correlate", "gauss-net", "--estimators", "four-point-xxyy"], code: 2,
      words: ["translation", "--points"]),
    Mistake(
      arguments: ["correlate", "cos-net", "--estimators", "momentum-propagator"], code: 2,
      words: ["periodic"]),
    Mistake(
      arguments: ["correlate", "cos-net", "--set", "lattice.sites=30000x30000"], code: 5,
      words: ["memory"]),
    Mistake(
      arguments: ["correlate", "cos-net", "--set", "lattice.sites=1000000x1000000"], code: 3,
      words: ["lattice.sites"]),
    Mistake(arguments: ["correlate", "cos-net", "--width", "1e12"], code: 3, words: ["architecture.width"]),
    Mistake(arguments: ["correlate", "cos-net", "-o", "/nonexistent/out.tsv"], code: 2, words: ["/nonexistent/out.tsv"]),
    Mistake(arguments: ["new", "cos-nett"], code: 2, words: ["cos-net"]),
    Mistake(arguments: ["list", "nothing"], code: 2, words: ["architectures"]),
    Mistake(arguments: ["show", "cosnet"], code: 3, words: ["cos-net"]),
  ]

  @Test(arguments: mistakes) func isAnsweredWithALineAndItsCode(mistake: Mistake) throws {
    let outcome = try CommandLineRunner.run(mistake.arguments)
    #expect(outcome.code == mistake.code, "\(outcome.errors)")
    #expect(outcome.output.isEmpty)
    for word in mistake.words { #expect(outcome.errors.contains(word), "\(outcome.errors)") }
    if mistake.code != 2 { #expect(outcome.errorLines.count == 1, "\(outcome.errors)") }
  }
}

/// Commands that explain.
@Suite struct ExplainingCommandTests {
  @Test func helpSucceedsForEveryCommand() throws {
    for command in [["--help"], ["correlate", "--help"], ["show", "--help"], ["list", "--help"], ["new", "--help"]] {
      let outcome = try CommandLineRunner.run(command)
      #expect(outcome.code == 0)
      #expect(outcome.output.contains("USAGE"))
    }
  }

  @Test func everyLibraryTheoryIsListedAndShown() throws {
    let listed = try CommandLineRunner.run(["list", "theories"])
    #expect(listed.code == 0)
    let names = listed.output.split(separator: "\n").map { String($0.split(separator: " ")[0]) }
    #expect(names.count >= 6)
    for name in names {
      let shown = try CommandLineRunner.run(["show", name])
      #expect(shown.code == 0, "\(name): \(shown.errors)")
      // At the origin, or where that is special at the corner of the window.
      let knowsTheOrigin = [
        "relu-net", "erf-net", "tanh-net", "sine-net", "deep-relu", "learning-curve", "trained-erf", "power-law-regression",
        "scale-free-transfer", "grokking-teacher", "grokking-modular",
      ].contains(name)
      // With data it is that of the posterior.
      let hasData = ["adapting-erf", "regression-erf", "regression-relu", "linear-network", "deep-linear-network"].contains(
        name)
      let known = hasData ? "<phi(0)^2>" : knowsTheOrigin ? "G2(x,x)" : "G2(0,0)"
      #expect(shown.output.contains(known), "\(name)")
      #expect(!shown.output.contains("nan"))
    }
  }

  @Test func everyNewFileCorrelates() throws {
    let directory = try CommandLineRunner.temporaryDirectory()
    defer { try? FileManager.default.removeItem(at: directory) }
    let listed = try CommandLineRunner.run(["list", "architectures"])
    for line in listed.output.split(separator: "\n") {
      let kind = String(line.split(separator: " ")[0])
      let template = try CommandLineRunner.run(["new", kind])
      let file = directory.appendingPathComponent("\(kind).toml")
      try template.output.write(to: file, atomically: true, encoding: .utf8)
      // The field of infinite width has none.
      let width = template.output.contains("\nwidth = ") ? ["--width", "5"] : []
      let outcome = try CommandLineRunner.run(["correlate", file.path, "--draws", "300"] + width)
      #expect(outcome.code == 0, "\(kind): \(outcome.errors)")
    }
  }
}
