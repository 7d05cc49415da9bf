// SPDX-License-Identifier: GPL-3.0-or-later

import Glibc
import LatticeFields

/// A formula in the momentum k, or in the coordinates x1, x2, … and r = |x|, and named parameters, as theory files give it: `exp(-k^2/(2*s^2))`.
///
///     sum     = product { ("+" | "-") product }
///     product = signed { ("*" | "/") signed }
///     signed  = { "+" | "-" } power
///     power   = atom [ "^" signed ]                      (right associative, binds tighter than a sign: −k^2 = −(k²))
///     atom    = number | variable | pi | parameter | function "(" sum ")" | "(" sum ")"
///
/// Functions: exp, log, sqrt, cos, sin, abs, besselj0. Multiplication is always written out. Evaluation costs a few
/// nanoseconds an operation.
public struct RadialExpression: Sendable {
  /// What is wrong with a formula, and where.
  public struct SyntaxError: Error, Sendable, Hashable {
    /// Column of the offending character, from 1.
    public let column: Int
    /// What is wrong.
    public let problem: String
    /// What to do, in one line.
    public let cure: String
  }

  /// The formula as given.
  public let text: String
  /// The parameters it mentions.
  public let parameterNames: Set<String>
  private let root: Term

  /// Names a parameter cannot have.
  public static let reservedNames = ["k", "pi"] + functions.map(\.name)

  /// Parses a formula in k; `parameters` are replaced by their values.
  public init(_ text: String, parameters: [String: Double] = [:]) throws(SyntaxError) {
    try self.init(text, variables: ["k": .coordinate(0)], parameters: parameters)
  }

  /// Parses a formula in x1 to xd and r.
  public init(_ text: String, dimension: Int) throws(SyntaxError) {
    var variables: [String: Term] = ["r": .radius]
    for axis in 0..<dimension { variables["x\(axis + 1)"] = .coordinate(axis) }
    try self.init(text, variables: variables, parameters: [:])
  }

  private init(_ text: String, variables: [String: Term], parameters: [String: Double]) throws(SyntaxError) {
    var parser = Parser(text: Array(text), variables: variables, parameters: parameters)
    guard parser.text.count <= 1000 else {
      throw parser.fault("more than 1000 characters", at: 1000, cure: "shorten the formula")
    }
    self.text = text
    root = try parser.whole()
    parameterNames = parser.used
  }

  /// The value at momentum k.
  public func callAsFunction(_ k: Double) -> Double { root.value(Point(k, 0, 0, 0)) }

  /// The value at a point.
  public func callAsFunction(at point: Point) -> Double { root.value(point) }

  private static let functions: [(name: String, function: @Sendable (Double) -> Double)] = [
    ("exp", { exp($0) }), ("log", { log($0) }), ("sqrt", { $0.squareRoot() }), ("cos", { cos($0) }),
    ("sin", { sin($0) }), ("abs", { abs($0) }), ("besselj0", { j0($0) }),
  ]

  private indirect enum Term: Sendable {
    case number(Double)
    case coordinate(Int)
    case radius
    case sum(Term, Term)
    case difference(Term, Term)
    case product(Term, Term)
    case quotient(Term, Term)
    case square(Term)
    case power(Term, Term)
    case function(@Sendable (Double) -> Double, Term)

    func value(_ k: Point) -> Double {
      switch self {
      case .number(let x): return x
      case .coordinate(let axis): return k[axis]
      case .radius: return k.norm
      case .sum(let a, let b): return a.value(k) + b.value(k)
      case .difference(let a, let b): return a.value(k) - b.value(k)
      case .product(let a, let b): return a.value(k) * b.value(k)
      case .quotient(let a, let b): return a.value(k) / b.value(k)
      case .square(let a):
        let x = a.value(k)
        return x * x
      case .power(let a, let b): return pow(a.value(k), b.value(k))
      case .function(let f, let a): return f(a.value(k))
      }
    }
  }

  private struct Parser {
    let text: [Character]
    let variables: [String: Term]
    let parameters: [String: Double]
    var position = 0
    var depth = 0
    var used: Set<String> = []

    func fault(_ problem: String, at place: Int? = nil, cure: String) -> SyntaxError {
      SyntaxError(column: (place ?? position) + 1, problem: problem, cure: cure)
    }

    /// The variables in words.
    var names: String { variables.keys.sorted().joined(separator: ", ") }

    /// The next character that is not a space.
    mutating func peek() -> Character? {
      while position < text.count && text[position].isWhitespace { position += 1 }
      return position < text.count ? text[position] : nil
    }

    mutating func take(_ character: Character) -> Bool {
      guard peek() == character else { return false }
      position += 1
      return true
    }

    mutating func whole() throws(SyntaxError) -> Term {
      let term = try sum()
      if let rest = peek() { throw unexpected(rest) }
      return term
    }

    func unexpected(_ rest: Character) -> SyntaxError {
      fault(
        "\"\(rest)\" is not expected here",
        cure: rest == ")"
          ? "remove it, or open a parenthesis" : "write an operator (+ - * / ^) before it")
    }

    mutating func sum() throws(SyntaxError) -> Term {
      depth += 1
      defer { depth -= 1 }
      guard depth < 100 else { throw fault("nested too deeply", cure: "simplify the formula") }
      var term = try product()
      while true {
        if take("+") {
          term = .sum(term, try product())
        } else if take("-") {
          term = .difference(term, try product())
        } else {
          return term
        }
      }
    }

    mutating func product() throws(SyntaxError) -> Term {
      var term = try signed()
      while true {
        if take("*") {
          term = .product(term, try signed())
        } else if take("/") {
          term = .quotient(term, try signed())
        } else {
          return term
        }
      }
    }

    mutating func signed() throws(SyntaxError) -> Term {
      var isNegative = false
      while let sign = peek(), sign == "-" || sign == "+" {
        position += 1
        if sign == "-" { isNegative.toggle() }
      }
      let term = try power()
      return isNegative ? .product(.number(-1), term) : term
    }

    mutating func power() throws(SyntaxError) -> Term {
      let base = try atom()
      guard take("^") else { return base }
      depth += 1
      defer { depth -= 1 }
      guard depth < 100 else { throw fault("nested too deeply", cure: "simplify the formula") }
      let exponent = try signed()
      if case .number(2) = exponent { return .square(base) }
      return .power(base, exponent)
    }

    mutating func atom() throws(SyntaxError) -> Term {
      guard let first = peek() else {
        throw fault(
          "the formula ends too early", cure: "give a number, \(names), a parameter or a parenthesis")
      }
      if take("(") { return try parenthesis() }
      if first.isASCII && (first.isNumber || first == ".") { return .number(try number()) }
      guard first.isASCII && (first.isLetter || first == "_") else {
        throw fault(
          "\"\(first)\" is not part of a formula",
          cure: "use numbers, \(names), parameters, + - * / ^ and parentheses")
      }
      return try name()
    }

    /// The rest of a parenthesised sum, after its "(".
    mutating func parenthesis() throws(SyntaxError) -> Term {
      let start = position - 1
      let term = try sum()
      guard take(")") else {
        if let rest = peek() { throw unexpected(rest) }
        throw fault("this parenthesis is not closed", at: start, cure: "add the missing \")\"")
      }
      return term
    }

    mutating func number() throws(SyntaxError) -> Double {
      let start = position
      func digits() -> Int {
        var end = position
        while end < text.count && text[end].isASCII && text[end].isNumber { end += 1 }
        return end
      }
      position = digits()
      if position < text.count && text[position] == "." {
        position += 1
        position = digits()
      }
      if position < text.count && "eE".contains(text[position]) {
        let mark = position
        position += 1
        if position < text.count && "+-".contains(text[position]) { position += 1 }
        let end = digits()
        position = end > position ? end : mark
      }
      let word = String(text[start..<position])
      guard let value = Double(word), value.isFinite else {
        throw fault(
          "\"\(word)\" is not a number", at: start, cure: "write numbers like 0.5 or 1e-3")
      }
      return value
    }

    mutating func name() throws(SyntaxError) -> Term {
      let start = position
      while position < text.count,
        text[position].isASCII
          && (text[position].isLetter || text[position].isNumber || text[position] == "_")
      {
        position += 1
      }
      let word = String(text[start..<position])
      if let entry = RadialExpression.functions.first(where: { $0.name == word }) {
        guard take("(") else {
          throw fault("\(word) needs an argument", at: start, cure: "write \(word)(…)")
        }
        return .function(entry.function, try parenthesis())
      }
      if let variable = variables[word] { return variable }
      if word == "pi" { return .number(.pi) }
      if let value = parameters[word] {
        used.insert(word)
        return .number(value)
      }
      let known = variables.keys.sorted() + RadialExpression.reservedNames.dropFirst() + parameters.keys.sorted()
      let hint = Spelling.hint(for: word, among: known)
      throw fault(
        "unknown name \"\(word)\"", at: start,
        cure: hint
          + "known: \(known.joined(separator: ", "))"
          + (variables["k"] == nil ? "" : "; parameters stand under [architecture.parameters]")
      )
    }
  }
}
