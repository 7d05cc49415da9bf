// SPDX-License-Identifier: GPL-3.0-or-later

/// A general even polynomial `V = Σ_k c_{2k} φ^{2k}`, without factorials.
public struct PolynomialInsertion: Insertion {
  /// "polynomial".
  public let kind = "polynomial"
  /// Where it acts.
  public let region: any InsertionRegion
  /// The coefficients c_2, c_4, ….
  public let coefficients: [Double]

  /// At most eight coefficients.
  public init(coefficients: [Double], region: any InsertionRegion = .lattice) {
    self.coefficients = coefficients
    self.region = region
  }

  /// The polynomial itself.
  public var potential: LocalPotential { LocalPotential(even: coefficients) }

  /// The polynomial, and λ where there is a quartic term.
  public var description: [String] {
    let quartic = potential.coefficient(4)
    return ["V = \(potential.formula)" + (quartic == 0 ? "" : "; lambda = 24 c_4 = \(24 * quartic)")]
  }

  /// Registers `kind = "polynomial"`.
  static let entry = InsertionEntry(
    kind: "polynomial", summary: "general even polynomial in phi, bare coefficients",
    template: """
      [[insertion]]
      kind = "polynomial"
      coefficients = [-0.5, 0.25]   # of phi^2, phi^4, ...: V = -0.5 phi^2 + 0.25 phi^4; at most eight, the last positive
      region = "lattice"            # where it acts: lattice (default); box or envelope, of size length = L; points
      """, actsOnVectors: true
  ) { block, region, _ in
    PolynomialInsertion(
      coefficients: try block.numbers("coefficients", count: 1...LocalPotential.greatestDegree / 2), region: region)
  }
}
