// SPDX-License-Identifier: GPL-3.0-or-later

import NumericalKernels

/// A rotation-invariant function g(k) of a d-dimensional momentum, cut into panels on which the 24-point Gauss-Legendre rule
/// resolves its radial weight
///
///     w(k) = S_d k^{d−1} g(k),        ∫ d^dk g(|k|) = ∫_0^∞ w(k) dk.
///
/// Panels double in width away from the origin, as far as g has weight, and are bisected until the Legendre coefficients of w have
/// died out; so poles near the axis (k = ±im), logarithmic stretches (Λ ≫ m), kinks and integrable powers at k = 0 are all
/// resolved before any oscillation enters.
public struct RadialProfile: Sendable {
  /// Why g cannot be integrated.
  public enum Fault: Error, Sendable, Hashable {
    /// g is NaN or infinite at this momentum.
    case notFinite(Double)
    /// The integral does not converge at k → 0.
    case divergesAtZero
    /// The integral does not converge at k → ∞, or too slowly to be computed.
    case divergesAtInfinity
    /// g vanishes everywhere it was looked at.
    case vanishes
    /// g is too rough to be resolved near this momentum: rapid oscillation, or loss of figures in the formula.
    case unresolved(Double)
  }

  /// One panel and w at its 24 nodes.
  public struct Panel: Sendable {
    /// Lower end of the interval.
    public let lower: Double
    /// Upper end of the interval.
    public let upper: Double
    /// w at the nodes, ascending.
    public let samples: [Double]

    /// Half the width.
    var halfWidth: Double { 0.5 * (upper - lower) }
    /// Node q as a momentum.
    func node(_ q: Int) -> Double {
      lower + halfWidth * (1 + GaussLegendre.panelRule.nodes[q])
    }
    /// ∫ w over the panel.
    var mass: Double {
      halfWidth * zip(samples, GaussLegendre.panelRule.weights).reduce(0) { $0 + $1.0 * $1.1 }
    }
  }

  /// Dimension d of space.
  public let dimension: Int
  /// The function.
  public let function: @Sendable (Double) -> Double
  /// Panels in ascending order, without gaps from k = 0.
  public let panels: [Panel]
  /// The integral ∫ |w| dk.
  public let absoluteTotal: Double

  /// The weight w at momentum k.
  public func weight(_ k: Double) -> Double { Self.weight(function, dimension, k) }

  private static func weight(_ g: (Double) -> Double, _ dimension: Int, _ k: Double) -> Double {
    var power = RadialWave.sphereArea(dimension: dimension)
    for _ in 1..<dimension { power *= k }
    return power * g(k)
  }

  /// Resolves `function` on [0, `cutoff`], or as far as it has weight.
  ///
  /// - `resolvesOrigin`: keep halving the first panel until it holds less than 1e-18 of the weight (inverting the cumulative
  ///   distribution needs that, integrals do not).
  /// - `isFormula`: the function is the user's: panels are an eighth of an octave wide before any test, so that structure
  ///   as narrow as a hundredth of its momentum is seen.
  public init(
    dimension: Int, cutoff: Double?, resolvesOrigin: Bool = false, isFormula: Bool = false,
    _ function: @escaping @Sendable (Double) -> Double
  ) throws(Fault) {
    var builder = Builder(dimension: dimension, function: function, parts: isFormula ? 8 : 1)
    let top = try builder.octaves(cutoff: cutoff)
    try builder.resolve(top: top, resolvesOrigin: resolvesOrigin, isFormula: isFormula)
    self.dimension = dimension
    self.function = function
    panels = builder.panels
    absoluteTotal = builder.panels.reduce(0) { $0 + Builder.absoluteMass($1) }
  }

  /// A momentum at which the function is negative, if there is one among the nodes.
  public var firstNegative: Double? {
    for panel in panels {
      if let q = panel.samples.firstIndex(where: { $0 < 0 }) { return panel.node(q) }
    }
    return nil
  }

  /// The nodes of all panels that hold more than this share of the integral.
  public func significantNodes(_ share: Double) -> [Double] {
    panels.filter { Builder.absoluteMass($0) > share * absoluteTotal }
      .flatMap { panel in panel.samples.indices.map { panel.node($0) } }
  }

  /// The work of the initialiser.
  private struct Builder {
    let dimension: Int
    let function: @Sendable (Double) -> Double
    /// Initial panels per octave.
    let parts: Int
    var panels: [Panel] = []
    /// Resolving a formula that is mostly rounding noise would never end.
    static let panelLimit = 20_000
    /// Rough value of ∫ |w|.
    var scale = 0.0
    /// Below it lies less than 1e-18 of the integral: a coarse panel cannot see a peak at the origin, a scan of octaves can.
    var bottom = 0.0

    static func absoluteMass(_ panel: Panel) -> Double {
      panel.halfWidth
        * zip(panel.samples, GaussLegendre.panelRule.weights).reduce(0) { $0 + abs($1.0) * $1.1 }
    }

    func panel(_ lower: Double, _ upper: Double) throws(Fault) -> Panel {
      var samples: [Double] = []
      samples.reserveCapacity(GaussLegendre.panelRule.order)
      for t in GaussLegendre.panelRule.nodes {
        let k = lower + 0.5 * (upper - lower) * (1 + t)
        let w = RadialProfile.weight(function, dimension, k)
        guard w.isFinite else { throw .notFinite(k) }
        samples.append(w)
      }
      return Panel(lower: lower, upper: upper, samples: samples)
    }

    func octaveMass(_ lower: Double) throws(Fault) -> Double {
      var mass = 0.0
      for part in 0..<8 {
        let (a, b) = (1 + Double(part) / 8, 1 + Double(part + 1) / 8)
        mass += Self.absoluteMass(try panel(lower * a, lower * b))
      }
      return mass
    }

    /// Finds the scale of the integral and the end of the weight.
    mutating func octaves(cutoff: Double?) throws(Fault) -> Double {
      if let cutoff {
        var lower = cutoff
        var masses: [Double] = []
        for _ in 0..<120 {
          lower *= 0.5
          masses.append(try octaveMass(lower))
          scale += masses.last!
        }
        if scale == 0 { throw .vanishes }
        findBottom(masses.reversed(), from: lower)
        return cutoff
      }
      // Octaves of [2^-40, 2^40] first, wherever the weight is; beyond, until the rest is negligible: a tail that loses a
      // factor q per octave has q/(1−q) of the last octave left. At 2^160 powers of k begin to overflow, which would look like
      // convergence.
      var lower = 0x1p-40
      var masses: [Double] = []
      while masses.count < 200 {
        let mass = try octaveMass(lower)
        if !mass.isFinite { throw .divergesAtInfinity }
        masses.append(mass)
        scale += mass
        lower *= 2
        if masses.count > 80 {
          let previous = masses[masses.count - 2]
          let ratio = previous > 0 ? mass / previous : 0
          if ratio < 1 && mass * ratio / (1 - ratio) <= 1e-18 * scale { break }
        }
      }
      if masses.count == 200 { throw .divergesAtInfinity }
      if scale == 0 { throw .vanishes }
      findBottom(masses, from: 0x1p-40)
      var rest = 0.0
      var end = lower
      for mass in masses.reversed() {
        rest += mass
        if rest > 1e-18 * scale { break }
        end *= 0.5
      }
      return end
    }

    /// `masses` of octaves upwards from `lower`.
    private mutating func findBottom(_ masses: [Double], from lower: Double) {
      bottom = lower
      var rest = 0.0
      for mass in masses {
        rest += mass
        if rest > 1e-18 * scale { break }
        bottom *= 2
      }
    }

    mutating func resolve(top: Double, resolvesOrigin: Bool, isFormula: Bool) throws(Fault) {
      // Panels from the top down, reversed at the end.
      var upper = top
      var octave = 0
      while true {
        let core = try panel(0, upper)
        let mass = Self.absoluteMass(core)
        let isSmall = upper <= bottom && mass <= 1e-18 * scale
        let mayStop = resolvesOrigin ? isSmall : isSmall || octave >= (isFormula ? 30 : 1)
        // Seeing next to nothing above `bottom` means overlooking a peak.
        let overlooks = upper > bottom && mass <= 1e-15 * scale
        if mayStop && !overlooks && (isSmall || isResolved(core, depth: 0)) {
          panels.append(core)
          break
        }
        if octave > 240 { throw .divergesAtZero }
        for part in (0..<parts).reversed() {
          let (a, b) = (1 + Double(part) / Double(parts), 1 + Double(part + 1) / Double(parts))
          try bisect(0.5 * upper * a, 0.5 * upper * b, depth: 0)
        }
        upper *= 0.5
        octave += 1
      }
      panels.reverse()
    }

    mutating func bisect(_ lower: Double, _ upper: Double, depth: Int) throws(Fault) {
      guard panels.count < Self.panelLimit else { throw .unresolved(lower) }
      let candidate = try panel(lower, upper)
      if isResolved(candidate, depth: depth) {
        panels.append(candidate)
      } else {
        let middle = 0.5 * (lower + upper)
        try bisect(middle, upper, depth: depth + 1)
        try bisect(lower, middle, depth: depth + 1)
      }
    }

    /// The last Legendre coefficients are at rounding of the panel's largest, or (deeper) of the whole integral. After four bisections a
    /// smooth function has converged, so what is left at 1e-11 is rounding noise of its formula.
    func isResolved(_ panel: Panel, depth: Int) -> Bool {
      let c = GaussLegendre.panelRule.coefficients(panel.samples).map(abs)
      let largest = panel.samples.reduce(0) { max($0, abs($1)) }
      let tail = max(c[21], c[22], c[23])
      if tail <= (depth < 4 ? 1e-14 : 1e-11) * largest || depth >= 48 { return true }
      if largest * panel.halfWidth <= 1e-22 * scale { return true }
      let isNegligible = tail * panel.halfWidth <= 1e-17 * scale
      return isNegligible && (tail <= 1e-12 * largest || depth >= 12)
    }
  }
}
