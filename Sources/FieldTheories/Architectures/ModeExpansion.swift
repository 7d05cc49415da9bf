// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import Draws
import LatticeFields
import NumericalKernels

// MARK: - Definition

/// Independent Gaussian modes: a learner as the list of its coefficients in the eigenfunctions of its kernel.
///
///     φ_k = √λ_k η_k,   η_k ~ N(0,1) independent,   k = 1 … P,   λ_k = k^{−(1+α)} or a table of eigenvalues
///
/// so that `<φ_k φ_l> = δ_kl λ_k`. The modes stand on the sites of a ring of spacing one, mode k on site x = k − 1, which has no further meaning: nothing
/// is invariant but the sign. Its parameters are the η_k. With ``eigenfunctions`` points 0 < x < 1 are places where the learner itself is asked, `φ(x) = Σ_k φ_k e_k(x)`,
/// `<φ(x) φ(x')> = Σ_k λ_k e_k(x) e_k(x')`. Source: arXiv:2510.25553 (power-law spectra of kernels).
public struct ModeExpansion: Architecture {
  /// How the eigenvalues are given.
  public enum Spectrum: Sendable, Hashable {
    /// `λ_k = k^{−(1+α)}`.
    case power(Double)
    /// `λ_1 … λ_P`.
    case table([Double])
  }

  /// Functions e_k of which the modes are the coefficients, orthonormal on 0 < x < 1.
  public enum Eigenfunctions: String, Sendable, CaseIterable {
    /// `√2 cos πkx`: even functions on a circle of circumference two, without their average.
    case cosine

    /// `e_1(x) … e_P(x)`. Cost: 2 ns each.
    public func values(_ x: Double, count: Int) -> [Double] {
      switch self {
      case .cosine: (1...count).map { 2.0.squareRoot() * cos(.pi * Double($0) * x) }
      }
    }
  }

  /// What a point stands for.
  public enum Place: Sendable, Hashable {
    /// A site: a mode, counted from 0.
    case mode(Int)
    /// A place 0 < x < 1 of the learner's inputs.
    case position(Double)
  }

  /// The kind "mode-net".
  public let kind = "mode-net"
  /// The spectrum.
  public let spectrum: Spectrum
  /// `λ_1 … λ_P`.
  public let eigenvalues: [Double]
  /// The functions that modes belong to, where fields are asked for between the sites 0 and 1.
  public let eigenfunctions: Eigenfunctions?

  /// P modes of a spectrum; a table has P entries, all positive.
  public init(count: Int, spectrum: Spectrum, eigenfunctions: Eigenfunctions? = nil) {
    (self.spectrum, self.eigenfunctions) = (spectrum, eigenfunctions)
    switch spectrum {
    case .power(let alpha): eigenvalues = (1...count).map { pow(Double($0), -(1 + alpha)) }
    case .table(let values):
      precondition(values.count == count && values.allSatisfy { $0 > 0 && $0.isFinite }, "ModeExpansion: \(values)")
      eigenvalues = values
    }
  }

  /// One: the axis of the mode numbers.
  public let dimension = 1
  /// The number P of modes.
  public var width: Int { eigenvalues.count }
  /// The ring of the mode numbers.
  public var lattice: Lattice { Lattice(sites: [width], spacing: 1, boundary: .periodic) }
  /// `1/λ_k`: the stiffness of each mode.
  public var stiffnesses: [Double] { eigenvalues.map { 1 / $0 } }

  /// One block of standard normal numbers.
  public var layout: ParameterLayout {
    ParameterLayout(width: width, blocks: [ParameterBlock("mode", isGaussian: true, entersLinearly: true)])
  }

  /// None but the sign.
  public var symmetries: FieldSymmetries {
    FieldSymmetries(translationInvariantOrder: 0, rotations: .none, isPeriodic: true)
  }

  /// The theory in words.
  public var description: [String] {
    let law: String
    switch spectrum {
    case .power(let alpha): law = "lambda_k = k^-(1+alpha), alpha = \(alpha)"
    case .table: law = "eigenvalues from a table"
    }
    return [
      "independent modes phi_k ~ N(0, lambda_k), k = 1 .. P: the coefficients of a learner in the eigenfunctions of its kernel",
      "\(law), P = \(width); mode k stands on site x = k - 1",
    ]
      + (eigenfunctions == .cosine
        ? ["at points 0 < x < 1 the field is phi(x) = sum_k phi_k e_k(x), e_k(x) = sqrt(2) cos(pi k x)"] : [])
  }

  /// Kind, number and spectrum.
  public var streamName: String {
    switch spectrum {
    case .power(let alpha): "mode-net modes=\(width) alpha=\(alpha)"
    case .table(let values): "mode-net eigenvalues=\(values)"
    }
  }

  /// Modes.
  public var synthesis: SynthesisForm? { .modes(self) }

  /// Two deviates a counter: modes of the first half and of the second.
  public func drawParameters(_ stream: RandomStream, draw: UInt64, into parameters: NetworkParameters) {
    let noise = parameters.block(0)
    let pairs = (width + 1) / 2
    withUnsafeTemporaryAllocation(of: Double.self, capacity: pairs) { second in
      stream.normalPairs(use: .outputWeight, draw: draw, count: pairs, first: noise, second: second.baseAddress!)
      for i in pairs..<max(width, pairs) { noise[i] = second[i - pairs] }
    }
  }

  /// Wick's theorem at sites and, with eigenfunctions, at points between 0 and 1; nil elsewhere.
  public func exact(_ function: CorrelationFunction, lattice: Lattice?) -> ExactValue? {
    guard lattice == nil || lattice == self.lattice else { return nil }
    switch function {
    case .moment(let points):
      if let modes = modes(points) { return ExactValue(wick(modes)) }
      return places(points).map { places in
        let rows = places.map(coefficients)
        return ExactValue(wick(rows.map { a in rows.map { covariance(a, $0) } }))
      }
    case .cumulant(let points):
      if let modes = modes(points) { return ExactValue(modes.count == 2 && modes[0] == modes[1] ? eigenvalues[modes[0]] : 0) }
      return places(points).map { ExactValue($0.count == 2 ? covariance(coefficients($0[0]), coefficients($0[1])) : 0) }
    default: return nil
    }
  }

  /// The numbers, from 0, of the modes at points; nil unless all are sites.
  public func modes(_ points: [Point]) -> [Int]? {
    let own = lattice
    let sites = points.map { own.site(at: $0) }
    return sites.contains(nil) ? nil : sites.map { $0! }
  }

  /// What points stand for; nil where one is neither a site nor, with eigenfunctions, between 0 and 1.
  public func places(_ points: [Point]) -> [Place]? {
    let own = lattice
    let places = points.map { point -> Place? in
      if let site = own.site(at: point) { return .mode(site) }
      return eigenfunctions != nil && point[0] > 0 && point[0] < 1 ? .position(point[0]) : nil
    }
    return places.contains(nil) ? nil : places.map { $0! }
  }

  /// The coefficients c_k of the field `Σ c_k φ_k` at a place.
  public func coefficients(_ place: Place) -> [Double] {
    switch place {
    case .mode(let mode): (0..<width).map { $0 == mode ? 1 : 0 }
    case .position(let x): eigenfunctions!.values(x, count: width)
    }
  }

  private func covariance(_ a: [Double], _ b: [Double]) -> Double {
    a.indices.reduce(0.0) { $0 + eigenvalues[$1] * a[$1] * b[$1] }
  }

  /// The sum over all pairings of Gaussian numbers with a covariance.
  private func wick(_ covariance: [[Double]]) -> Double {
    func sum(_ left: [Int]) -> Double {
      guard let first = left.first else { return 1 }
      return left.dropFirst().reduce(0.0) { total, other in
        total + covariance[first][other] * sum(left.filter { $0 != first && $0 != other })
      }
    }
    return covariance.count % 2 == 0 ? sum(Array(covariance.indices)) : 0
  }

  /// Independent modes: a product of moments of each.
  private func wick(_ modes: [Int]) -> Double {
    var counts: [Int: Int] = [:]
    for mode in modes { counts[mode, default: 0] += 1 }
    return counts.sorted { $0.key < $1.key }.reduce(1.0) { product, entry in
      guard entry.value % 2 == 0 else { return 0 }
      return stride(from: 1, to: entry.value, by: 2).reduce(product) { $0 * Double($1) * eigenvalues[entry.key] }
    }
  }
}

// MARK: - Reading

extension ModeExpansion {
  /// Registers `kind = "mode-net"`.
  static let entry = ArchitectureEntry(
    kind: "mode-net",
    summary: "independent Gaussian modes phi_k ~ N(0, lambda_k), of a power law or a table: a learner mode by mode",
    template: """
      title = "Modes of a power law"
      source = "arXiv:2510.25553"
      dimension = 1                 # the axis of the mode numbers

      # phi_k ~ N(0, lambda_k), k = 1 .. P: one mode on each site, mode k on x = k - 1
      [architecture]
      kind = "mode-net"
      alpha = 0.2                   # lambda_k = k^-(1+alpha); or eigenvalues = [1.0, 0.5, ...], one a site
      # eigenfunctions = "cosine"   # at points 0 < x < 1: phi(x) = sum_k phi_k sqrt(2) cos(pi k x)

      # the modes stand on the sites of a ring: their number is P
      [lattice]
      sites = [1000]                # P
      spacing = 1.0                 # required
      boundary = "periodic"         # required

      [run]
      draws = 20000                 # independent draws
      seed = 1

      """
  ) { block, dimension, lattice in
    guard dimension == 1, lattice.spacing == 1 else {
      throw block.fault(
        "kind", "modes stand on a ring of spacing 1 in one dimension", cure: "use dimension = 1 and lattice.spacing = 1.0")
    }
    try LatticeAlphaNet.requirePeriodic(lattice, block, key: "kind")
    let count = lattice.siteCount
    let functions: Eigenfunctions? = block.has("eigenfunctions") ? try block.choice("eigenfunctions", default: .cosine) : nil
    guard block.has("eigenvalues") else {
      return ModeExpansion(count: count, spectrum: .power(try block.number("alpha", in: -1...10)), eigenfunctions: functions)
    }
    guard !block.has("alpha") else {
      throw block.fault("alpha", "the spectrum is given twice", cure: "give either alpha or eigenvalues")
    }
    let values = try block.numbers("eigenvalues", count: count...count)
    guard values.allSatisfy({ $0 > 1e-100 && $0 < 1e100 }) else {
      throw block.fault("eigenvalues", "an eigenvalue is not between 1e-100 and 1e100", cure: "give positive variances")
    }
    return ModeExpansion(count: count, spectrum: .table(values), eigenfunctions: functions)
  }
}
