// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import FieldTheories
import LatticeFields

/// Marginalising a part of a Gaussian field under data, `φ = φ_< + φ_>` with independent priors: what is left is the theory of φ_< alone whose noise is the matrix
///
///     T 1 + K_>(X, X),
///
/// with the same posterior of φ_< and the same ln p(y), exactly: unlearnable modes are noise. Two approximations: of the matrix its diagonal, a ridge at every datum, or one number for all,
/// the removed trace `T_c = T + Σ_> λ`. Both lose what K_> says of pairs of data. Source: docs/physics/renormalisation.md. Cost P³.
public struct Decimation: Sendable {
  /// What stands for the noise matrix.
  public enum Noise: Sendable, Hashable, CaseIterable {
    /// `T 1 + K_>(X, X)`.
    case matrix
    /// Its diagonal.
    case diagonal
    /// `T + Σ_> λ` for every datum.
    case constant
  }

  private let kept: [Double]
  private let removed: [Double]
  private let trace: Double
  private let temperature: [Double]
  private let labels: [Double]

  /// From `K_<(X,X)` and `K_>(X,X)` row by row, the removed trace `Σ_> λ`, the noise and the labels.
  public init(kept: [Double], removed: [Double], trace: Double, temperature: [Double], labels: [Double]) {
    precondition(kept.count == labels.count * labels.count && removed.count == kept.count && temperature.count == labels.count)
    (self.kept, self.removed, self.trace, self.temperature, self.labels) = (kept, removed, trace, temperature, labels)
  }

  /// The posterior of φ_<, asked with `K_<(x, X)`; its evidence is ln p(y). Throws where the matrix is singular.
  public func posterior(_ noise: Noise) throws(DataFault) -> GaussianProcessPosterior {
    let count = labels.count
    switch noise {
    case .matrix:
      return try GaussianProcessPosterior(kernel: zip(kept, removed).map(+), noise: temperature, labels: labels)
    case .diagonal:
      return try GaussianProcessPosterior(
        kernel: kept, noise: temperature.indices.map { temperature[$0] + removed[$0 * count + $0] }, labels: labels)
    case .constant:
      return try GaussianProcessPosterior(kernel: kept, noise: temperature.map { $0 + trace }, labels: labels)
    }
  }
}

/// Decimation of a net of hard cutoff, shell by shell: its neurons are momenta, so removing a shell `Λ' < |k| < Λ` is removing neurons.
///
///     K_>(r) = G(r; Λ) − G(r; Λ'),     T(Λ') = T + G(0; Λ) − G(0; Λ')
///
/// At finite width the neurons that stay are a net of cutoff Λ' and of binomial width, `M ~ Bin(N, p)`, `p = Ω(Λ')/Ω(Λ)`, with
///
///     G4c_< = (1/N) [ (Ω/Ω') (N G4c' + Σ_3 G_< G_<) − Σ_3 G_< G_< ],
///
/// G4c' of a net of N neurons and cutoff Λ': the old normalisation Ω stays in the first term. Exact. Source: docs/physics/renormalisation.md.
public struct ShellDecimation: Sendable {
  private let whole: AlphaNet
  private let low: AlphaNet

  /// Of a net whose cutoff is lowered; the regulator must be hard.
  public init(_ net: AlphaNet, cutoff: Double) throws(RadialProfile.Fault) {
    precondition(net.regulator == .hard && cutoff < net.cutoff && cutoff > 0)
    whole = net
    low = try AlphaNet(
      dimension: net.dimension, width: net.width, mass: net.mass, alpha: net.alpha, regulator: .hard, cutoff: cutoff,
      weights: net.outputWeights.kind)
  }

  /// `G(r; Λ')`: the 2-point function of what stays, at every width.
  public func kept(_ x: Point, _ y: Point) -> Double { low.exactValue(.moment([x, y]), lattice: nil)! }

  /// `K_>(r)`.
  public func removed(_ x: Point, _ y: Point) -> Double { whole.exactValue(.moment([x, y]), lattice: nil)! - kept(x, y) }

  /// `T(Λ') − T`: the removed trace.
  public var noise: Double { removed(.zero, .zero) }

  /// p, the probability that a neuron stays.
  public var survival: Double { low.normalisation / whole.normalisation }

  /// `G4c_<` of the neurons that stay.
  public func fourPoint(_ x: [Point]) -> Double {
    precondition(x.count == 4)
    let n = Double(whole.width)
    let pairs = kept(x[0], x[1]) * kept(x[2], x[3]) + kept(x[0], x[2]) * kept(x[1], x[3]) + kept(x[0], x[3]) * kept(x[1], x[2])
    let own = n * low.exactValue(.cumulant(x), lattice: nil)! + pairs
    return (own / survival - pairs) / n
  }
}
