// SPDX-License-Identifier: GPL-3.0-or-later

import LatticeFields
import TOMLKit

/// A source, `V = −J(x) φ`: the weight is `exp(+∫ J φ)` and `δ ln Z/δJ(x) = <φ(x)>`. J is one number, or one for every node of the region:
/// the linear part of a data likelihood. It breaks φ → −φ.
public struct SourceInsertion: Insertion {
  /// The kind "source".
  public let kind = "source"
  /// Where it acts.
  public let region: any InsertionRegion
  /// J where it is the same everywhere.
  public let strength: Double
  /// J at every node of the region; empty where it is the same everywhere.
  public let sources: [Double]
  private let formula: String

  /// The same J everywhere.
  public init(strength: Double, region: any InsertionRegion = .lattice) {
    precondition(strength.isFinite)
    (self.strength, sources, self.region, formula) = (strength, [], region, "\(strength)")
  }

  /// J at every node of the region: sites in their order, or the listed points. `formula` says J in words.
  public init(values: [Double], region: any InsertionRegion = .lattice, formula: String? = nil) {
    precondition(values.allSatisfy(\.isFinite))
    (strength, sources, self.region) = (0, values, region)
    self.formula = formula ?? "\(values)"
  }

  /// `−J φ` where J is constant.
  public var potential: LocalPotential { LocalPotential(source: strength, even: []) }

  /// The source J in words.
  public var description: [String] {
    [
      sources.isEmpty
        ? "V = -J phi, J = \(strength): weight exp(+J int phi), breaks phi -> -phi"
        : "V = -J(x) phi, J = \(formula): weight exp(+int J phi), breaks phi -> -phi"
    ]
  }

  /// Registers `kind = "source"`.
  static let entry = InsertionEntry(
    kind: "source", summary: "source J, a number, a list or a formula of x; weight exp(+int J phi)",
    template: """
      [[insertion]]
      kind = "source"
      J = 0.1                       # V = -J phi: a number; a list, one for each of points; or a formula of x1, x2, .. and r, "exp(-r^2)"
      region = "lattice"            # where it acts: lattice (default); box or envelope, of size length = L; points
      """
  ) { block, region, context in
    let nodes = region.nodeCount(context.lattice)
    if let nodes, block.type(of: "J") == .array {
      return SourceInsertion(values: try block.numbers("J", count: nodes...nodes), region: region)
    }
    guard block.type(of: "J") == .string else { return SourceInsertion(strength: try block.number("J"), region: region) }
    let text = try block.text("J")
    let positions: [Point]
    switch region.integral {
    case .sites: positions = (0..<context.lattice.siteCount).map(context.lattice.position)
    case .points(let points, _): positions = points
    case .pairs:
      throw block.fault(
        "J", "a box and an envelope have no exact integral of J(x) phi", cure: "use region = \"lattice\" or \"points\"")
    }
    let values: [Double]
    do throws(RadialExpression.SyntaxError) {
      let expression = try RadialExpression(text, dimension: context.lattice.dimension)
      values = positions.map { expression(at: $0) }
    } catch { throw block.fault("J", "column \(error.column): \(error.problem)", cure: error.cure) }
    guard let worst = values.firstIndex(where: { !$0.isFinite }) else {
      return SourceInsertion(values: values, region: region, formula: text)
    }
    throw block.fault(
      "J", "it is no number at \((0..<context.lattice.dimension).map { positions[worst][$0] })",
      cure: "give a formula that is finite there")
  }
}
