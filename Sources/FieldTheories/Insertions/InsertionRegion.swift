// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import LatticeFields

/// Where the insertions of a theory act, and with which weight: `I = ∫ w(x) V(φ(x))`. It belongs to the theory, where fields are measured does
/// not.
public enum InsertionRegion: Sendable, Hashable {
  /// The sites of the theory's lattice, `∫ → a^d Σ_x`.
  case lattice
  /// A periodic box of side L, exactly: momenta are `2π n/L`.
  case box(side: Double)
  /// All of space under `w = exp(−x²/(2L²))`, exactly: any plane waves.
  case envelope(length: Double)

  /// The words of theory files.
  enum Name: String, CaseIterable {
    case lattice, box, envelope
  }

  /// `∫ w d^dx`; on a lattice its volume.
  public func volume(_ lattice: Lattice) -> Double {
    switch self {
    case .lattice: lattice.volume
    case .box(let side): pow(side, Double(lattice.dimension))
    case .envelope(let length): pow((2 * Double.pi).squareRoot() * length, Double(lattice.dimension))
    }
  }

  /// The weight of networks in words.
  public var weight: String {
    switch self {
    case .lattice: "exp(-a^d sum_x V(phi(x))) over the sites of the lattice"
    case .box(let side): "exp(-int V(phi)) over the periodic box of side \(side)"
    case .envelope(let length): "exp(-int exp(-x^2/(2 L^2)) V(phi)), L = \(length)"
    }
  }

  /// Why a potential has no exact integral here, or nil: pair sums know φ² and φ⁴.
  public func obstruction(_ potential: LocalPotential) -> String? {
    guard self != .lattice, potential.degree > 4 || potential.source != 0 else { return nil }
    return "V = \(potential.formula): exact integrals over a box or an envelope are those of phi^2 and phi^4"
  }

  /// As it enters the names of random streams.
  var streamName: String {
    switch self {
    case .lattice: "lattice"
    case .box(let side): "box \(side)"
    case .envelope(let length): "envelope \(length)"
    }
  }

  /// Reads `region` and `length` of an insertion.
  static func read(_ block: TheoryBlock, _ context: InsertionContext) throws -> InsertionRegion {
    let name: Name = try block.choice("region", default: .lattice)
    let waves = context.architecture.planeWaves
    switch name {
    case .lattice:
      guard !block.has("length") else {
        throw block.fault(
          "length", "the region is the lattice, whose size stands under [lattice]",
          cure: "remove it, or choose region = \"envelope\"")
      }
      return .lattice
    case .envelope:
      guard let waves, waves.latticeModes == nil, waves.boxSide == nil else {
        throw block.fault(
          "region", "an envelope needs plane waves with continuum momenta; \(context.architecture.kind) here has none",
          cure: "use region = \"lattice\", or a net like alpha-net with a gaussian or hard regulator")
      }
      return .envelope(length: try block.number("length", in: TheoryBlock.scales))
    case .box:
      guard let own = waves?.boxSide else {
        throw block.fault(
          "region", "a box needs momenta 2 pi n/L; \(context.architecture.kind) here has others",
          cure: "use alpha-net with the key box = L, or region = \"envelope\" or \"lattice\"")
      }
      let side = try block.number("length", default: own, in: TheoryBlock.scales)
      guard side == own else {
        throw block.fault(
          "length", "the box of the architecture has side \(own)", cure: "give the same length, or leave it out")
      }
      return .box(side: side)
    }
  }
}
