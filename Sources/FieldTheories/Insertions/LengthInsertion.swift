// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import LatticeFields

/// The quartic part of a ``LengthInsertion``, `(U/4) ρ²` with `ρ = Σ_k (y_k − φ_k)²` over the sites of the lattice: the one term of an action that is no
/// integral over places.
public struct LengthTerm: Sendable, Hashable {
  /// U ≥ 0.
  public let coupling: Double
  /// The targets y_k, one a site.
  public let targets: [Double]

  /// A coupling and targets.
  public init(coupling: Double, targets: [Double]) {
    precondition(coupling >= 0 && coupling.isFinite, "LengthTerm: U = \(coupling)")
    (self.coupling, self.targets) = (coupling, targets)
  }
}

/// The loss of a learner mode by mode: `I = (r/2) ρ + (U/4) ρ²`, `ρ = Σ_k Δ_k²` the squared length of its discrepancies `Δ_k = y_k − φ_k`.
///
/// r is the number of data over the ridge, `r = P/κ`. A loss `(1/2κ) Σ_μ [Δ_μ² + u Δ_μ⁴]` of random features makes `Σ_μ Δ_μ⁴` the number `3 P ρ²` (P samples, Δ_μ = √P Δ),
/// whence `U = 6 u P/κ`. Source: arXiv:2510.25553 for the theory; its normalisation of U is not known, and this is ours.
public struct LengthInsertion: Insertion {
  /// The kind "length".
  public let kind = "length"
  /// The sites of the lattice.
  public let region: any InsertionRegion = .lattice
  /// r.
  public let ridge: Double
  /// U and y.
  public let term: LengthTerm
  /// β of targets `y_k = k^{−(1+β)/2}`; nil of listed ones.
  public let beta: Double?

  /// A ridge, of any sign where U > 0, and the quartic term; `beta` where its targets are that power of k.
  public init(ridge: Double, term: LengthTerm, beta: Double?) {
    precondition(ridge.isFinite && (term.coupling > 0 || ridge >= 0), "LengthInsertion: r = \(ridge)")
    (self.ridge, self.term, self.beta) = (ridge, term, beta)
  }

  /// `(r/2) φ²` and the constant of the targets.
  public var potential: LocalPotential {
    let squares = term.targets.reduce(0) { $0 + $1 * $1 }
    return LocalPotential(constant: ridge / 2 * squares / Double(term.targets.count), even: [ridge / 2])
  }

  /// `r y_k`.
  public var sources: [Double] { term.targets.map { ridge * $0 } }

  /// `(U/4) ρ²`.
  public var length: LengthTerm? { term.coupling > 0 ? term : nil }

  /// The targets in words.
  private var rule: String { beta.map { "k^-(1+beta)/2, beta = \($0)" } ?? "\(term.targets)" }

  /// Couplings and targets.
  public var streamName: String { "length(r = \(ridge), U = \(term.coupling), y: \(rule))" }

  /// The loss.
  public var description: [String] {
    [
      "I = (r/2) rho + (U/4) rho^2, rho = sum_k (y_k - phi_k)^2: the loss of a learner mode by mode; y: \(rule)",
      "r = \(couplingText(ridge)), U = \(couplingText(term.coupling)) (our normalisation of U: 6 u P/kappa of the loss (1/(2 kappa)) sum_mu [Delta^2 + u Delta^4])",
    ]
  }
}

// MARK: - Reading

extension LengthInsertion {
  /// Registers `kind = "length"`.
  static let entry = InsertionEntry(
    kind: "length",
    summary: "loss of a learner mode by mode, (r/2) rho + (U/4) rho^2, rho = sum_k (y_k - phi_k)^2; for a mode-net",
    template: """
      [[insertion]]
      kind = "length"
      kappa = 3.98107170553         # ridge: r = P/kappa; or ridge = r itself
      u = 0.05                      # quartic loss: U = 6 u P/kappa; or quartic = U itself (default 0)
      beta = 0.3                    # targets y_k = k^-(1+beta)/2; or targets = [1.0, 0.5, ...], one a mode
      """, bringsRegion: true
  ) { block, _, context in
    guard let net = context.architecture.modes else {
      throw block.fault(
        "kind", "the length is that of modes, and \(context.architecture.kind) has none",
        cure: "use architecture.kind = \"mode-net\", or another insertion")
    }
    let count = net.width
    func either(_ first: String, _ second: String) throws -> Bool {
      if block.has(first), block.has(second) {
        throw block.fault(second, "\(first) says it already", cure: "give either \(first) or \(second)")
      }
      return block.has(second)
    }
    let hasRidge = try either("kappa", "ridge")
    let kappa = hasRidge ? nil : try block.number("kappa", above: 0)
    let ridge = try kappa.map { Double(count) / $0 } ?? block.number("ridge", in: -1e100...1e100)
    var coupling: Double
    if try either("u", "quartic") {
      coupling = try block.number("quartic", in: 0...1e100)
    } else {
      coupling = try block.number("u", default: 0, in: 0...1e100)
      if coupling > 0 {
        guard let kappa else {
          throw block.fault("u", "u is measured in units of kappa", cure: "give kappa, or quartic in place of u")
        }
        coupling *= 6 * Double(count) / kappa
      }
    }
    let targets: [Double]
    var exponent: Double?
    if try either("beta", "targets") {
      targets = try block.numbers("targets", count: count...count)
    } else {
      let beta = try block.number("beta", in: -10...10)
      targets = (1...count).map { pow(Double($0), -(1 + beta) / 2) }
      exponent = beta
    }
    guard coupling > 0 || ridge >= 0 else {
      throw block.fault("ridge", "a negative ridge needs a quartic term", cure: "give quartic > 0, or ridge >= 0")
    }
    guard targets.allSatisfy({ abs($0) < 1e60 }), ridge.isFinite, abs(ridge) < 1e100, coupling < 1e100 else {
      throw block.fault("kind", "targets or couplings leave the range of double precision", cure: "use other units")
    }
    return LengthInsertion(ridge: ridge, term: LengthTerm(coupling: coupling, targets: targets), beta: exponent)
  }
}
