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
/// is invariant but the sign. Its parameters are the η_k. Source: arXiv:2510.25553 (power-law spectra of kernels).
public struct ModeExpansion: Architecture {
  /// How the eigenvalues are given.
  public enum Spectrum: Sendable, Hashable {
    /// `λ_k = k^{−(1+α)}`.
    case power(Double)
    /// `λ_1 … λ_P`.
    case table([Double])
  }

  /// The kind "mode-net".
  public let kind = "mode-net"
  /// The spectrum.
  public let spectrum: Spectrum
  /// `λ_1 … λ_P`.
  public let eigenvalues: [Double]

  /// P modes of a spectrum; a table has P entries, all positive.
  public init(count: Int, spectrum: Spectrum) {
    self.spectrum = spectrum
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

  /// Wick's theorem at sites; nil elsewhere.
  public func exact(_ function: CorrelationFunction, lattice: Lattice?) -> ExactValue? {
    guard lattice == nil || lattice == self.lattice else { return nil }
    switch function {
    case .moment(let points): return modes(points).map { ExactValue(wick($0)) }
    case .cumulant(let points):
      return modes(points).map { ExactValue($0.count == 2 && $0[0] == $0[1] ? eigenvalues[$0[0]] : 0) }
    default: return nil
    }
  }

  /// The numbers, from 0, of the modes at points; nil unless all are sites.
  public func modes(_ points: [Point]) -> [Int]? {
    let own = lattice
    let sites = points.map { own.site(at: $0) }
    return sites.contains(nil) ? nil : sites.map { $0! }
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
    guard block.has("eigenvalues") else {
      return ModeExpansion(count: count, spectrum: .power(try block.number("alpha", in: -1...10)))
    }
    guard !block.has("alpha") else {
      throw block.fault("alpha", "the spectrum is given twice", cure: "give either alpha or eigenvalues")
    }
    let values = try block.numbers("eigenvalues", count: count...count)
    guard values.allSatisfy({ $0 > 1e-100 && $0 < 1e100 }) else {
      throw block.fault("eigenvalues", "an eigenvalue is not between 1e-100 and 1e100", cure: "give positive variances")
    }
    return ModeExpansion(count: count, spectrum: .table(values))
  }
}
