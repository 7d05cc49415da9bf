// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import LatticeFields

/// All of space under `w = exp(−x²/(2L²))`, exactly: any plane waves.
public struct EnvelopeRegion: InsertionRegion {
  /// The name "envelope".
  public static let name = "envelope"
  /// The one key, "length".
  public static let keys = ["length"]
  /// The length L of the envelope.
  public let length: Double

  /// An envelope of length L.
  public init(length: Double) { self.length = length }

  /// Pair sums of momenta.
  public var integral: RegionIntegral { .pairs(isBox: false, momentumScale: length) }
  /// (2π)^{d/2} L^d.
  public func volume(_ lattice: Lattice) -> Double { pow((2 * Double.pi).squareRoot() * length, Double(lattice.dimension)) }
  /// The extent π L/2.
  public func extent(_ lattice: Lattice) -> Double { Double.pi / 2 * length }
  /// The weight in words.
  public var weight: String { "exp(-int exp(-x^2/(2 L^2)) V(phi)), L = \(length)" }
  /// The name with the length.
  public var streamName: String { "envelope \(length)" }

  /// Motions about the centre.
  public func remaining(of symmetries: FieldSymmetries) -> FieldSymmetries {
    var result = symmetries
    if symmetries.rotations == .euclidean { result.rotations = .aboutOrigin }
    result.translationInvariantOrder = 0
    return result
  }

  /// Only plane waves have these integrals.
  public func obstruction(_ architecture: any Architecture) -> String? {
    architecture.planeWaves != nil ? nil : "\(architecture.kind) has no plane waves under an envelope"
  }

  /// Reads `length`.
  public static func read(_ block: TheoryBlock, _ context: InsertionContext) throws -> any InsertionRegion {
    guard let net = context.architecture.planeWaves, net.latticeModes == nil, net.boxSide == nil else {
      throw block.fault(
        "region", "an envelope needs plane waves with continuum momenta; \(context.architecture.kind) here has none",
        cure: "use region = \"lattice\", or a net like alpha-net with a gaussian or hard regulator")
    }
    return EnvelopeRegion(length: try block.number("length", in: TheoryBlock.scales))
  }
}

extension InsertionRegion where Self == EnvelopeRegion {
  /// All of space under an envelope.
  public static func envelope(length: Double) -> EnvelopeRegion { EnvelopeRegion(length: length) }
}
