// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import FieldTheories
import LatticeFields

/// A sum of independent neurons at one point under a datum, and under φ⁴ at the same point, exact at every width and for every law of the
/// output weights: `e^{−(φ−y)²/2T − λφ⁴/24}`.
///
/// The field has the characteristic function `c(q/√N)^N`, c that of one neuron, so that with the weight `W(φ)`
///
///     <W> = ∫dφ W(φ) ρ(φ),     ρ(φ) = ∫dq/2π cos(qφ) c(q/√N)^N,
///
/// both integrals by the trapezoidal rule: W is smooth, and its band limits q. The step in q is halved until nothing moves. Moments follow from
/// the density on the grid of φ. Accuracy 1e-12 of Z, unless y lies so far out that ρ there is what rounding leaves (then nil, beyond a loss of
/// eight digits). Cost: milliseconds. Checked against quadrature over all hidden variables at N = 1, 2, 3.
public struct SingleDatumPosterior: Sendable {
  /// `ln Z = ln <e^{−I}>_0` of both insertions.
  public let logPartition: Double
  /// The mean `<φ>`.
  public let mean: Double
  private let fields: [Double]
  /// Probabilities of the fields, which add up to one.
  private let weights: [Double]

  /// From the characteristic function c(s) of one neuron; nil where that is nil, or y too far out. λ ≥ 0.
  public init?(
    width: Int, noise: Double, label: Double, coupling: Double = 0, characteristic: (Double) -> Double?
  ) {
    precondition(width > 0 && noise > 0 && coupling >= 0 && label.isFinite)
    let quartic = coupling / 24
    func exponent(_ field: Double) -> Double {
      (field - label) * (field - label) / (2 * noise) + quartic * field * field * field * field
    }
    // The least exponent, to the nearest unit or so, and where the weight is below 1e-17 of its greatest.
    let least = min(exponent(label), exponent(0))
    var (lower, upper) = (label - (2 * noise * (least + 40)).squareRoot(), label + (2 * noise * (least + 40)).squareRoot())
    if quartic > 0 {
      let reach = pow((least + 40) / quartic, 0.25)
      (lower, upper) = (max(lower, -reach), min(upper, reach))
    }
    // The transform of e^{−x⁴} falls like exp(−0.236 q^{4/3}).
    let band = (80 / noise).squareRoot() + 48 * pow(quartic, 0.25)
    guard upper > lower, let count = Int(count: (upper - lower) * band / .pi + 2, atMost: 200_000) else { return nil }
    let step = (upper - lower) / Double(count)
    let fields = (0...count).map { lower + step * Double($0) }
    let insertion = fields.map { exp(least - exponent($0)) }
    let scale = 1 / Double(width).squareRoot()
    var density = fields.map { _ in 0.0 }
    var (sizes, known) = (0.0, 0.0)

    /// Adds the nodes `offset, offset + spacing, …` of q to the density.
    func add(from offset: Double, spacing: Double) -> Bool {
      var q = offset
      while q <= band {
        guard let one = characteristic(q * scale) else { return false }
        let value = (q == 0 ? 0.5 : 1) * pow(one, Double(width))
        if abs(value) > 1e-18 { for j in fields.indices { density[j] += value * cos(q * fields[j]) } }
        sizes += abs(value)
        q += spacing
      }
      return true
    }

    var spacing = 2 * .pi / (2 * max(abs(lower), abs(upper)) + 8)
    guard add(from: 0, spacing: spacing) else { return nil }
    for _ in 0..<8 {
      let before = spacing * zip(density, insertion).reduce(0.0) { $0 + $1.0 * $1.1 }
      guard add(from: spacing / 2, spacing: spacing) else { return nil }
      spacing /= 2
      known = spacing * zip(density, insertion).reduce(0.0) { $0 + $1.0 * $1.1 }
      if abs(known - before) <= 1e-14 * abs(known) + 1e-16 * spacing * sizes { break }
    }
    // ∫dq over both signs, and what rounding of the terms may leave.
    let partition = known * step / .pi
    guard partition > 0, 1e-15 * spacing * sizes * insertion.reduce(0, +) < 1e-8 * known else { return nil }
    logPartition = log(partition) - least
    self.fields = fields
    weights = zip(density, insertion).map { $0 * $1 * spacing / known }
    mean = zip(fields, weights).reduce(0) { $0 + $1.0 * $1.1 }
  }

  /// Of a net at a point; nil where the characteristic function of its neurons is not known.
  public init?(_ net: any NeuronSum, at x: Point, noise: Double, label: Double, coupling: Double = 0) {
    self.init(width: net.width, noise: noise, label: label, coupling: coupling) { net.neuronCharacteristic($0, at: x) }
  }

  /// The moment `<φ^n>`.
  public func moment(_ order: Int) -> Double {
    zip(fields, weights).reduce(0) { $0 + pow($1.0, Double(order)) * $1.1 }
  }

  /// `<(φ − <φ>)^n>`.
  public func centralMoment(_ order: Int) -> Double {
    zip(fields, weights).reduce(0) { $0 + pow($1.0 - mean, Double(order)) * $1.1 }
  }

  /// `<φ²> − <φ>²`.
  public var variance: Double { centralMoment(2) }

  /// The third cumulant κ_3 of φ.
  public var thirdCumulant: Double { centralMoment(3) }

  /// κ_4 of φ, the connected 4-point function at the datum.
  public var fourthCumulant: Double { centralMoment(4) - 3 * variance * variance }
}
