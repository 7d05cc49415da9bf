// SPDX-License-Identifier: GPL-3.0-or-later

import Glibc
import NumericalKernels

/// φ⁴ on a ring of L sites (or on the infinite line) at infinite width, solved by its transfer matrix
///
///     T(φ,φ') = (2πa)^{-1/2} exp[ −κ(φ−φ')²/(2a) − (a/2)(v(φ) + v(φ') − Jφ − Jφ') ],     Z = Tr T^L,
///
/// on a uniform grid of fields, where the trapezoidal rule is spectrally accurate, and diagonalised once. κ = 1 is the lattice action; κ = 2
/// joins neighbours by two links, which makes the periodic 2 × 2 lattice a ring of four sites. Everything else is sums over states. Relative
/// accuracy 1e-12 for two-point functions, 1e-11 for χ6. Cost: one symmetric eigenproblem of 50 to 400 rows.
///
/// Source: Kramers and Wannier; physics in docs/physics/interacting-exact.md, "One dimension". Checked at λ = 0, at L = 2 by quadrature,
/// and by doubling the grid.
public struct TransferMatrix: Sendable {
  /// The potential, with m² and λ.
  public let potential: QuarticPotential
  /// L; nil for the infinite line, where only the ground state counts.
  public let sites: Int?
  /// Lattice spacing a.
  public let spacing: Double
  /// Strength κ of a link between neighbours.
  public let linkStrength: Double
  /// The source J, the same at every site.
  public let source: Double
  /// The largest eigenvalue of T, as a logarithm.
  public let logLargestEigenvalue: Double
  /// `ln(l_k/l_0)`, falling from zero; eigenvalues below 1e-17 l_0 are left out.
  let logRatios: [Double]
  /// Fields of the grid.
  let fields: [Double]
  /// State k at field i, row-major states × fields, orthonormal.
  private let states: [Double]

  /// Diagonalises T. `refinement` divides the step of the grid, for checks of convergence.
  ///
  /// The step is at most 0.35 widths of a field held by its neighbours and its well, and `0.12 (24/aλ)^{1/4}`. The grid ends
  /// where the tunnelling amplitude `exp(−∫√(2κ(v − v_min)))` of every state and the Boltzmann factor of the whole ring have fallen below
  /// 1e-10 and 1e-20.
  public init(
    _ potential: QuarticPotential, sites: Int?, spacing: Double = 1, linkStrength: Double = 1,
    source: Double = 0, refinement: Double = 1
  ) {
    precondition(spacing > 0 && linkStrength > 0 && (sites ?? 1) > 0, "TransferMatrix: empty ring")
    self.source = source
    self.potential = potential
    self.sites = sites
    self.spacing = spacing
    self.linkStrength = linkStrength
    guard let (reach, half) = Self.extent(potential, sites, spacing, linkStrength, source, refinement) else {
      preconditionFailure("TransferMatrix: \(potential) needs more than \(Self.greatestHalf) points a side")
    }
    let step = reach / Double(half)
    let fields = (-half...half).map { step * Double($0) }
    let count = fields.count
    let bottom = Self.bottom(potential, source).height
    let site = fields.map { exp(-spacing / 2 * (potential.value($0) - source * $0 - bottom)) }
    let hop = fields.indices.map { k -> Double in
      let distance = step * Double(k)
      return step * exp(-linkStrength * distance * distance / (2 * spacing)) / (2 * .pi * spacing).squareRoot()
    }
    var matrix = [Double](repeating: 0, count: count * count)
    for i in 0..<count {
      for j in 0..<count { matrix[i * count + j] = site[i] * hop[abs(i - j)] * site[j] }
    }
    let problem = SymmetricEigenproblem(matrix, size: count)
    let largest = problem.values[0]
    let kept = problem.values.prefix { $0 > 1e-17 * largest }
    logLargestEigenvalue = log(largest) - spacing * bottom
    logRatios = kept.map { log($0 / largest) }
    states = problem.vectors.prefix(kept.count).flatMap { $0 }
    self.fields = fields
  }

  /// The number of grid points `init(_:sites:spacing:linkStrength:refinement:)` takes; its cost is the cube of it, about a second at 1000. Nil
  /// beyond 4001.
  public static func gridSize(
    _ potential: QuarticPotential, sites: Int?, spacing: Double = 1, linkStrength: Double = 1, source: Double = 0
  ) -> Int? {
    extent(potential, sites, spacing, linkStrength, source, 1).map { 2 * $0.half + 1 }
  }

  /// The step of that grid; nil with it.
  static func gridStep(_ potential: QuarticPotential, sites: Int?, spacing: Double, linkStrength: Double) -> Double? {
    extent(potential, sites, spacing, linkStrength, 0, 1).map { $0.reach / Double($0.half) }
  }

  /// Where the grid of fields ends.
  var reach: Double { fields.last! }

  /// The most points on either side of zero that are ever taken.
  private static let greatestHalf = 2000

  /// Where the grid ends, and its points on either side of zero; nil beyond ``greatestHalf``.
  private static func extent(
    _ potential: QuarticPotential, _ sites: Int?, _ spacing: Double, _ linkStrength: Double, _ source: Double,
    _ refinement: Double
  ) -> (reach: Double, half: Int)? {
    let stiffness = potential.stiffness(underSource: source)
    let width = 1 / (2 * linkStrength / spacing + spacing * stiffness).squareRoot()
    let siteLength = pow(24 / (spacing * max(potential.coupling, 1e-300)), 0.25)
    let cell = min(0.35 * width, 0.12 * siteLength) / refinement
    let farthest = Double(greatestHalf) * cell
    let bottom = bottom(potential, source)
    var field = bottom.field
    var tunnelling = 0.0
    var height = 0.0
    // Steps of the search are no finer than a hundredth of a cell, so that their number is bounded.
    let step = max(0.01 * min(1, pow(24 / max(potential.coupling, 1e-300), 0.25)), 0.01 * cell)
    while tunnelling < 23 || height * (sites.map { Double($0) * spacing } ?? .infinity) < 46 {
      field += step
      guard field <= farthest else { return nil }
      height = potential.value(field) - abs(source) * field - bottom.height
      tunnelling += step * (2 * linkStrength * height).squareRoot()
    }
    return Int(count: field / cell, atMost: greatestHalf).map { (field, $0) }
  }

  /// The lowest place of `v(φ) − Jφ`, on the side φ ≥ 0 of `v(φ) − |J|φ`, and its height.
  private static func bottom(_ potential: QuarticPotential, _ source: Double) -> (field: Double, height: Double) {
    let field = potential.minimum(underSource: source)
    return (field, potential.value(field) - abs(source) * field)
  }

  /// Number of states kept.
  var stateCount: Int { logRatios.count }

  /// `<m|φ^k|n>`, row-major.
  func fieldPower(_ k: Int) -> [Double] { matrix { field in (0..<k).reduce(1.0) { product, _ in product * field } } }

  /// `<m|f(φ)|n>`, row-major.
  func matrix(_ f: (Double) -> Double) -> [Double] {
    let (count, nodes) = (stateCount, fields.count)
    let factors = fields.map(f)
    var weighted = states
    for m in 0..<count { for i in 0..<nodes { weighted[m * nodes + i] *= factors[i] } }
    var result = [Double](repeating: 0, count: count * count)
    MatrixProduct.multiplyTransposed(
      rows: count, columns: count, inner: nodes, a: weighted, aStride: nodes, b: states,
      bStride: nodes, beta: 0, c: &result, cStride: count)
    return result
  }

  /// `(l_k/l_0)^r`.
  func decay(_ r: Int) -> [Double] { logRatios.map { exp(Double(r) * $0) } }

  /// `Σ_k (l_k/l_0)^L`; 1 on the infinite line.
  var excitations: Double { sites.map { decay($0).reduce(0, +) } ?? 1 }

  /// The gap `−ln(l_1/l_0)/a` of the infinite line: the mass that G2(r) falls with.
  public var gap: Double { -logRatios[1] / spacing }

  /// `ln Z` of the ring, with the measure `Π dφ (2πa)^{-1/2}`.
  public var logPartition: Double {
    guard let sites else { preconditionFailure("logPartition: the infinite line has none") }
    return Double(sites) * logLargestEigenvalue + log(excitations)
  }

  /// `ln Z` of the same ring at λ = 0 with mass² `massSquared`: `−½ Σ_n ln(a²(κ p̂_n² + m²))`.
  public func freeLogPartition(massSquared: Double) -> Double {
    guard let sites else { preconditionFailure("freeLogPartition: the infinite line has none") }
    return (0..<sites).reduce(0.0) { sum, n in
      let root = 2 * sin(.pi * Double(n) / Double(sites))
      return sum - 0.5 * log(linkStrength * root * root + spacing * spacing * massSquared)
    }
  }

  /// `ln Z(λ)/Z(0)` at the same m² > 0.
  public var logPartitionRatio: Double {
    logPartition - freeLogPartition(massSquared: potential.massSquared)
  }
}
