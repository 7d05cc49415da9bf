// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import LatticeFields

/// A periodic box of side L, exactly: momenta are `2π n/L`.
public struct BoxRegion: InsertionRegion {
  /// The name "box".
  public static let name = "box"
  /// The one key, "length".
  public static let keys = ["length"]
  /// The side L of the box, a length.
  public let side: Double

  /// A box of side L.
  public init(side: Double) { self.side = side }

  /// Pair sums of modes.
  public var integral: RegionIntegral { .pairs(isBox: true, momentumScale: side / (2 * .pi)) }
  /// The volume L^d.
  public func volume(_ lattice: Lattice) -> Double { pow(side, Double(lattice.dimension)) }
  /// The extent, which is the side L.
  public func extent(_ lattice: Lattice) -> Double { side }
  /// The weight in words.
  public var weight: String { "exp(-int V(phi)) over the periodic box of side \(side)" }
  /// The name with the side.
  public var streamName: String { "box \(side)" }
  /// All of the net's symmetries are the box's.
  public func remaining(of symmetries: FieldSymmetries) -> FieldSymmetries { symmetries }

  /// Momenta must be those of the box.
  public func obstruction(_ architecture: any Architecture) -> String? {
    architecture.planeWaves?.boxSide == side ? nil : "\(architecture.kind) does not live in a box of side \(side)"
  }

  /// Reads `length`, the side of the architecture's box if left out.
  public static func read(_ block: TheoryBlock, _ context: InsertionContext) throws -> any InsertionRegion {
    guard let own = context.architecture.planeWaves?.boxSide else {
      throw block.fault(
        "region", "a box needs momenta 2 pi n/L; \(context.architecture.kind) here has others",
        cure: "use alpha-net with the key box = L, or region = \"envelope\" or \"lattice\"")
    }
    let side = try block.number("length", default: own, in: TheoryBlock.scales)
    guard side == own else {
      throw block.fault(
        "length", "the box of the architecture has side \(own)", cure: "give the same length, or leave it out")
    }
    return BoxRegion(side: side)
  }
}

extension InsertionRegion where Self == BoxRegion {
  /// A periodic box.
  public static func box(side: Double) -> BoxRegion { BoxRegion(side: side) }
}
