// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import Testing

/// A spoilt input and the fault it must be answered with.
struct BadInput: Sendable, CustomTestStringConvertible {
  let text: String
  let overrides: [(key: String, value: String)]
  let file: String
  let line: Int?
  let key: String?
  /// Words that problem and cure must hold.
  let problem: String
  let cure: String

  init(
    _ text: String, set overrides: [(key: String, value: String)] = [], line: Int?, key: String?, _ problem: String,
    _ cure: String
  ) {
    self.text = text
    self.overrides = overrides
    file = overrides.isEmpty || line != nil ? "a.toml" : "--set"
    self.line = line
    self.key = key
    self.problem = problem
    self.cure = cure
  }

  /// The good file with one line spoilt; the fault stands there unless `at` says otherwise.
  static func line(
    _ line: Int, _ replacement: String, at: Int? = nil, key: String?, _ problem: String, _ cure: String
  ) -> BadInput {
    BadInput(goodFile(line: line, replacement), line: at ?? line, key: key, problem, cure)
  }

  /// The good file with one override; the fault belongs to --set.
  static func set(_ key: String, _ value: String, at fault: String? = nil, _ problem: String, _ cure: String) -> BadInput {
    BadInput(goodFile, set: [(key, value)], line: nil, key: fault ?? key, problem, cure)
  }

  var testDescription: String { "\(key ?? file) \(problem)" }

  /// Whether an error is the expected one, in one line.
  func expect(_ error: TheoryFileError?, sourceLocation: SourceLocation = #_sourceLocation) {
    guard let error else {
      Issue.record("no fault found", sourceLocation: sourceLocation)
      return
    }
    #expect(error.file == file, "\(error)", sourceLocation: sourceLocation)
    #expect(error.line == line, "\(error)", sourceLocation: sourceLocation)
    #expect(error.key == key, "\(error)", sourceLocation: sourceLocation)
    #expect(error.problem.contains(problem), "\(error)", sourceLocation: sourceLocation)
    #expect(error.cure.contains(cure), "\(error)", sourceLocation: sourceLocation)
    #expect(!error.problem.isEmpty && !error.cure.isEmpty, sourceLocation: sourceLocation)
    #expect(error.description.split(whereSeparator: \.isNewline).count == 1, "\(error)", sourceLocation: sourceLocation)
  }
}

@Suite struct BadTheoryTests {
  static let syntax: [BadInput] = [
    BadInput("", line: nil, key: nil, "empty", "nnft new"),
    BadInput("\n  # only a comment\n", line: nil, key: nil, "empty", "nnft new"),
    .line(2, "source \"eq. 1\"", key: nil, "not valid TOML", "width = 100"),
    .line(4, "[architecture", key: nil, "not valid TOML", "[architecture]"),
    .line(8, "kind = \"other\"", key: nil, "not valid TOML", "mend the line"),
    .line(9, "[architecture]", key: nil, "not valid TOML", "mend the line"),
    .line(1, "title = \"open", key: nil, "not valid TOML", "quotes"),
    .line(6, "width = 99999999999999999999", key: nil, "not valid TOML", "mend"),
    .line(6, "width = 007", key: nil, "not valid TOML", "mend"),
    .line(7, "sigma = 1,5", key: nil, "not valid TOML", "mend"),
    .line(3, "dimension = 2 \0", key: nil, "null character", "UTF-8"),
    .line(2, "source = \"\\u0000\"", key: nil, "null character", "UTF-8"),
    .line(4, "[]", key: nil, "name no table", "[architecture]"),
    .line(4, "[#]", key: nil, "name no table", "[architecture]"),
    .line(4, "[[=]]", key: nil, "name no table", "[architecture]"),
    .line(4, "[\u{E9}]", key: nil, "name no table", "[architecture]"),
    BadInput("{ \"dimension\": 2 }", line: 1, key: nil, "not valid TOML", "mend"),
  ]

  static let structure: [BadInput] = [
    .line(3, "dimention = 2", key: "dimention", "unknown key", "\"dimension\""),
    BadInput(goodFile(line: 3, ""), line: nil, key: "dimension", "missing", "dimension = 1"),
    .line(1, "titel = \"x\"", key: "titel", "unknown key", "\"title\""),
    .line(1, "width = 10", key: "width", "unknown key", "\"architecture.width\""),
    .line(1, "\"a b\\nc\" = 10", key: "\"a b\\nc\"", "unknown key", "known here"),
    .line(4, "[architectur]", key: "architectur", "unknown key", "\"architecture\""),
    .line(9, "[latice]", key: "latice", "unknown key", "\"lattice\""),
    .line(13, "[correlator]", key: "correlator", "unknown key", "\"correlators\""),
    .line(17, "[runs]", key: "runs", "unknown key", "\"run\""),
    .line(17, "[[run]]", key: "run", "expected a table, found a list", "[run]"),
    BadInput("dimension = 1\nlattice = 3\n", line: 2, key: "lattice", "expected a table, found the number 3", "[lattice]"),
    BadInput("dimension = 1\n", line: nil, key: "lattice.sites", "missing", "under [lattice]"),
    BadInput(
      goodFile + "[[insertion]]\nkind = \"phi4\"\n", line: 25, key: "insertion", "only free networks are available here", "remove"
    ),
    BadInput(goodFile + "[insertion]\n", line: 25, key: "insertion", "only free networks are available here", "remove"),
    BadInput(
      goodFile + "[sampler]\nkind = \"auto\"\n", line: 25, key: "sampler", "only free networks are available here", "remove"),
    BadInput(goodFile + "[run.more]\nx = 1\n", line: 25, key: "run.more", "unknown key", "known here"),
  ]

  static let keys: [BadInput] = [
    .line(1, "title = 3", key: "title", "expected text, found the number 3", "quotes"),
    .line(1, "title = \"two\\nlines\"", key: "title", "line break", "one line"),
    .line(2, "source = [\"a\"]", key: "source", "found a list", "quotes"),
    .line(3, "dimension = 5", key: "dimension", "5 is outside 1…4", "range"),
    .line(3, "dimension = 0", key: "dimension", "0 is outside 1…4", "range"),
    .line(3, "dimension = 2.5", key: "dimension", "found the number 2.5", "dimension = 1"),
    .line(3, "dimension = \"2\"", key: "dimension", "found the text \"2\"", "dimension = 1"),
    .line(3, "dimension = 3", at: 10, key: "lattice.sites", "2 axes", "[64, 64, 64]"),
    .line(5, "kind = \"tset-net\"", key: "architecture.kind", "unknown value \"tset-net\"", "\"test-net\""),
    .line(5, "kind = \"perceptron\"", key: "architecture.kind", "unknown value", "known: test-net, test-lattice"),
    .line(5, "kind = 1", key: "architecture.kind", "expected text", "quotes"),
    .line(5, "kid = \"test-net\"", key: "architecture.kid", "unknown key", "\"kind\""),
    .line(5, "", at: 4, key: "architecture.kind", "missing", "under [architecture]"),
    .line(6, "widht = 100", key: "architecture.widht", "unknown key", "\"width\""),
    .line(6, "", at: 4, key: "architecture.width", "missing", "width = 1"),
    .line(6, "width = 0", key: "architecture.width", "0 is outside 1", "range"),
    .line(6, "width = -100", key: "architecture.width", "-100 is outside", "range"),
    .line(6, "width = 1e30", key: "architecture.width", "expected a whole number", "width = 1"),
    .line(6, "width = nan", key: "architecture.width", "found the number nan", "width = 1"),
    .line(6, "width = true", key: "architecture.width", "found true", "width = 1"),
    .line(6, "width = {}", key: "architecture.width", "found a table", "width = 1"),
    .line(6, "width = 9223372036854775807", key: "architecture.width", "outside", "range"),
    .line(7, "sigma = 0", key: "architecture.sigma", "not above 0", "above 0"),
    .line(7, "sigma = -1.5", key: "architecture.sigma", "-1.5 is not above", "above 0"),
    .line(7, "sigma = inf", key: "architecture.sigma", "not finite", "finite"),
    .line(7, "sigma = -inf", key: "architecture.sigma", "not finite", "finite"),
    .line(7, "sigma = nan", key: "architecture.sigma", "not finite", "finite"),
    .line(7, "sigma = \"1\"", key: "architecture.sigma", "found the text \"1\"", "sigma = 1.0"),
    .line(7, "sigma = 2020-01-01", key: nil, "2020-01-01 is neither number", "mend"),
    .line(7, "sigma = 07:x", key: nil, "07:x is neither number", "mend"),
    .line(7, "sigma = half", key: nil, "half is neither number", "mend"),
    .line(7, "sigma = # to do", key: nil, "a value is missing", "mend"),
    .line(10, "sites = [64 }", key: nil, "not valid TOML", "mend"),
    .line(10, "sites = [64, }", key: nil, "a value is missing", "mend"),
    .line(7, "sgma = 1.0", key: "architecture.sgma", "unknown key", "\"sigma\""),
    .line(8, "weights = \"gausian\"", key: "architecture.weights", "unknown value", "\"gaussian\""),
    .line(8, "weights = 2", key: "architecture.weights", "expected one of the words gaussian", "weights = \"gaussian\""),
    .line(10, "sites = [64]", key: "lattice.sites", "1 axis", "[64, 64]"),
    .line(10, "sites = [2, 2, 2, 2, 2]", key: "lattice.sites", "5 entries", "sites = ["),
    .line(10, "sites = []", key: "lattice.sites", "0 entries, expected 1 to 4", "sites = [1]"),
    .line(10, "sites = [64, 0]", key: "lattice.sites", "0 is outside", "range"),
    .line(10, "sites = [64, -8]", key: "lattice.sites", "-8 is outside", "range"),
    .line(10, "sites = [64, 8.5]", key: "lattice.sites", "8.5", "sites = [1]"),
    .line(10, "sites = [64, \"8\"]", key: "lattice.sites", "the text \"8\"", "sites = [1]"),
    .line(10, "sites = \"64x64\"", key: "lattice.sites", "expected a list", "sites = [1]"),
    .line(10, "sites = [1000000, 1000000]", key: "lattice.sites", "more than 1073741824 sites", "fewer"),
    .line(10, "", at: 9, key: "lattice.sites", "missing", "sites = [1]"),
    .line(11, "spacing = 0.0", key: "lattice.spacing", "0.0 is not above 0", "above 0"),
    .line(11, "spacing = -0.25", key: "lattice.spacing", "-0.25 is not above 0", "above 0"),
    .line(11, "spacing = 1e200", key: "lattice.spacing", "beyond floating-point", "nearer to 1"),
    .line(11, "spacing = 1e-200", key: "lattice.spacing", "beyond floating-point", "nearer to 1"),
    .line(11, "spaceing = 1", key: "lattice.spaceing", "unknown key", "\"spacing\""),
    .line(12, "boundary = \"opne\"", key: "lattice.boundary", "unknown value", "\"open\""),
    .line(12, "boundary = \"periodc\"", key: "lattice.boundary", "unknown value", "\"periodic\""),
    .line(12, "boundary = false", key: "lattice.boundary", "found false", "boundary = \"open\""),
    .line(
      12, "boundary = \"periodic\"", key: "lattice.boundary", "a continuum network is not periodic",
      "boundary = \"open\" or a lattice net"),
    .line(
      5, "kind = \"test-lattice\"", at: 12, key: "lattice.boundary", "lives on a periodic lattice", "boundary = \"periodic\""),
    .line(14, "estimators = []", key: "correlators.estimators", "empty", "automatic"),
    .line(14, "estimators = [1]", key: "correlators.estimators", "expected texts", "estimators = ["),
    .line(14, "estimators = true", key: "correlators.estimators", "expected a list", "estimators = ["),
    .line(14, "estimators = [\"a\", \"a\"]", key: "correlators.estimators", "listed twice", "once"),
    .line(15, "first_seperation = [1, 0]", key: "correlators.first_seperation", "unknown key", "\"first_separation\""),
    .line(15, "first_separation = [1]", key: "correlators.first_separation", "1 entries, expected 2", "first_separation ="),
    .line(15, "first_separation = [64, 0]", key: "correlators.first_separation", "64 along axis 1", "shorter"),
    .line(16, "second_separation = [0, -32]", key: "correlators.second_separation", "-32 along axis 2", "shorter"),
    .line(16, "second_separation = [0, 0.5]", key: "correlators.second_separation", "0.5", "second_separation ="),
    .line(16, "momenta = [[[1, 0], [0, 0], [0, 0], [0, 0]]]", key: "correlators.momenta", "add up to [1, 0]", "minus the sum"),
    .line(16, "momenta = [[[1, 0], [-1, 0]]]", key: "correlators.momenta", "expected 4 modes, found a list of 2", "momenta = [["),
    .line(16, "momenta = [[1, -1, 0, 0]]", key: "correlators.momenta", "2 whole numbers a mode", "momenta = [["),
    .line(16, "momenta = []", key: "correlators.momenta", "momentum quadruples", "momenta = [["),
    .line(16, "momenta = \"lowest\"", key: "correlators.momenta", "found the text", "momenta = [["),
    .line(16, "vertex_charge = 0", key: "correlators.vertex_charge", "not above 0", "above"),
    .line(16, "vertexcharge = 1", key: "correlators.vertexcharge", "unknown key", "vertex_charge"),
    .line(18, "draws = 0", key: "run.draws", "0 is outside", "range"),
    .line(18, "draws = 1.5", key: "run.draws", "1.5", "draws = 2"),
    .line(18, "draws = 1e18", key: "run.draws", "outside", "range"),
    .line(18, "draw = 100", key: "run.draw", "unknown key", "\"draws\""),
    .line(19, "seed = -1", key: "run.seed", "-1 is outside", "range"),
    .line(19, "seed = 1.5", key: "run.seed", "1.5", "seed = 0"),
    .line(19, "seed = \"\"", key: "run.seed", "empty", "without quotes"),
    .line(19, "seed = \"12\"", key: "run.seed", "number in quotes", "without quotes"),
    .line(20, "bins = 1", key: "run.bins", "1 is outside 2", "range"),
    .line(20, "bins = 5001", key: "run.bins", "5000 draws do not fill 5001 bins", "at most"),
    .line(22, "method = \"nonuniform\"", key: "fields.method", "nonuniform", "nonuniform-fft"),
    .line(22, "method = 3", key: "fields.method", "3", "\""),
    .line(23, "tolerance = 0", key: "fields.tolerance", "outside 1e-12", "range"),
    .line(23, "tolerance = 1e-15", key: "fields.tolerance", "outside 1e-12", "range"),
    .line(24, "precision = \"half\"", key: "fields.precision", "half", "single"),
    .line(23, "tolerance = \"small\"", key: "fields.tolerance", "small", "tolerance ="),
  ]

  static let overrides: [BadInput] = [
    .set("architecture.widht", "10", "unknown key", "\"width\""),
    .set("width", "10", "unknown key", "\"architecture.width\""),
    .set("architectur.width", "10", at: "architectur", "unknown key", "\"architecture\""),
    .set("architecture.width", "0", "0 is outside", "range"),
    .set("architecture.width", "1e-3", "0.001", "width = 1"),
    .set("architecture.width", "many", "found the text \"many\"", "width = 1"),
    .set("architecture.width", "", "no value", "--set architecture.width="),
    .set("architecture.width", " ", "no value", "--set architecture.width="),
    .set("architecture.width", "1\nx = 2", "line break", "one line"),
    .set("architecture.width", "007", "found the text \"007\"", "width = 1"),
    .set("architecture.sigma", "inf", "not finite", "finite"),
    .set("architecture.kind", "test-nut", "unknown value", "\"test-net\""),
    .set("architecture", "3", "this is a table", "architecture.KEY="),
    .set("title.x", "3", "title is not a table", "set title itself"),
    .set("lattice.sites", "64x", "found the text \"64x\"", "sites = ["),
    .set("lattice.sites", "8x8x8", "3 axes", "[8, 8]"),
    .set("lattice.sites", "8,,8", "empty entry", "10,30,100"),
    .set("lattice.sites", "[8, 8", "not complete TOML", "close"),
    .set("lattice.sites", "8,eight", "the text \"eight\"", "sites = ["),
    .set("lattice.boundary", "periodic", "not periodic", "open"),
    .set("run.draws", "1e99", "expected a whole number", "draws = 2"),
    .set("run.seed", "99999999999999999999", "a number in quotes", "seed = 1"),
    .set("architecture[1].width", "1", "architecture is not a list of tables", "[[architecture]]"),
    .set("insertion[1].lambda", "1", "the file has no [[insertion]]", "add [[insertion]]"),
    .set("insertion[x].lambda", "1", "is not a key", "insertion[1].lambda=2"),
    .set("a..b", "1", "is not a key", "--set architecture.width=100"),
    .set("", "1", "is not a key", "--set architecture.width=100"),
    .set("insertion.kind", "phi4", at: "insertion", "only free networks are available here", "remove"),
    .set("sampler", "auto", "only free networks are available here", "remove"),
    BadInput(goodFile, set: [("run.draws", "1"), ("run . draws", "2")], line: nil, key: "run . draws", "set twice", "once"),
    BadInput(goodFile, set: [("run.bins", "6000")], line: nil, key: "run.bins", "do not fill", "at most"),
    BadInput("x = 1", set: [("dimension", "1")], line: 1, key: "x", "unknown key", "known here"),
  ]

  @Test(arguments: [syntax, structure, keys, overrides].flatMap { $0 })
  func isAnswered(input: BadInput) {
    let error = #expect(throws: TheoryFileError.self, "\(input.text)") {
      try loadTheory(input.text, input.overrides)
    }
    input.expect(error)
  }

  /// A file cut off anywhere, or with any one byte replaced or inserted, is read or answered with a fault.
  @Test func cutAndSpoiltFilesAreAnswered() throws {
    let bytes = Array(goodFile.utf8)
    var (read, answered) = (0, 0)
    func attempt(_ spoilt: some Collection<UInt8>) throws {
      guard let text = String(validating: Array(spoilt), as: UTF8.self) else { return }
      do {
        _ = try loadTheory(text)
        read += 1
      } catch is TheoryFileError {
        answered += 1
      }
    }
    for length in bytes.indices { try attempt(bytes.prefix(length)) }
    #expect(answered > bytes.count / 2)
    for index in bytes.indices {
      for byte in [0, 9, 10, 13, 34, 35, 39, 44, 46, 48, 61, 91, 92, 93, 123, 125, 127] as [UInt8] {
        var spoilt = bytes
        spoilt[index] = byte
        try attempt(spoilt)
        try attempt(bytes[..<index] + [byte] + bytes[index...])
      }
    }
    #expect(read > 100)
  }

  @Test(arguments: [
    "a = " + String(repeating: "[", count: 100_000), "a = " + String(repeating: "{a=", count: 100_000),
    String(repeating: "a.", count: 100_000) + "b = 1", "x = 1e999999", "x = 0x_", "x = 0xFFFFFFFFFFFFFFFFFF", "= 1", "\u{FFFF}",
    "x = \"\\uD800\"", String(repeating: "k", count: 500_000) + " = 1", "x = 99999-99-99",
  ])
  func oddTextsAreAnswered(text: String) {
    #expect(throws: TheoryFileError.self) { try loadTheory(text) }
  }
}
