// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import LatticeFields
import NumericalKernels

/// The covariance of an infinitely wide net on the sphere of radius R in R^D, a function K(t) of the cosine t of the angle, and its spectrum.
///
/// D may differ from the dimension d of the theory where input weights are independent, of variance `σ²/D` in each of D components: then only `σ² x·x'/D` enters,
/// and the points are taken at radius `R √(d/D)` in a plane. Source: arXiv:1711.00165 for the kernels; docs/physics/learning-exact.md, "Spectra".
public struct SphereKernel: Sendable {
  /// The number D of inputs.
  public let inputs: Int
  /// The radius R.
  public let radius: Double
  private let net: any Architecture
  private let scale: Double

  /// Why a theory has no kernel of an angle.
  public struct Refusal: Fault {
    /// What the run fails of.
    public var kind: FaultKind { .usage }
    /// One line.
    public let description: String
  }

  /// Of a net; `inputs` its own dimension and `radius` √D if not given.
  public init(_ net: any Architecture, inputs: Int? = nil, radius: Double? = nil) throws(Refusal) {
    let inputs = inputs ?? net.dimension
    let isScalable = net.layers != nil || net.planeWaves?.gaussianMomenta != nil || net.exponentials != nil
    guard net.ownLattice == nil else {
      throw Refusal(description: "\(net.kind) lives on the sites of a lattice, not on a sphere")
    }
    guard inputs >= 2, net.dimension >= 2 else {
      throw Refusal(description: "a sphere needs two dimensions at least; the theory has \(net.dimension), the sphere \(inputs)")
    }
    guard inputs == net.dimension || isScalable else {
      throw Refusal(
        description:
          "\(net.kind) is known in its own \(net.dimension) dimensions only; other numbers of inputs need weights of variance sigma^2/d"
      )
    }
    (self.net, self.inputs, self.radius) = (net, inputs, radius ?? Double(inputs).squareRoot())
    scale = self.radius * (Double(net.dimension) / Double(inputs)).squareRoot()
    guard [1, 0, -1].allSatisfy({ value($0).isFinite }) else {
      throw Refusal(description: "the kernel of \(net.kind) at radius \(self.radius) is not known, or exceeds double precision")
    }
  }

  private func value(_ t: Double) -> Double {
    let x = Point(scale, 0, 0, 0)
    let y = t == 1 ? x : Point(scale * t, scale * max(0, 1 - t * t).squareRoot(), 0, 0)
    return net.limitKernel(x, y) ?? .nan
  }

  /// K(t).
  public func callAsFunction(_ t: Double) -> Double { value(t) }

  /// Whether the eigenvalues have relative accuracy 1e-12; otherwise absolute accuracy 1e-16 K(1).
  public var isClosed: Bool { closedSpectrum(1) != nil }

  /// λ_l of the degrees 0 … count − 1: closed for cosines of Gaussian momenta and for one layer of erf neurons without bias, else by quadrature.
  public func spectrum(_ count: Int) -> MercerSpectrum {
    closedSpectrum(count) ?? .sphere(dimension: inputs, count: count, kernel: value)
  }

  private func closedSpectrum(_ count: Int) -> MercerSpectrum? {
    guard let output = net.scalable?.outputWeights else { return nil }
    if let waves = net.planeWaves?.gaussianMomenta {
      let rate = waves.momentumDeviation * waves.momentumDeviation * scale * scale
      return .cosNet(dimension: inputs, rate: rate, sigmaW1: output.variance.squareRoot(), count: count)
    }
    guard let layers = net.layers, layers.hiddenLayers.count == 1, layers.hiddenLayers[0].activation == .erf, layers.sigmaB == 0
    else { return nil }
    let variance = layers.sigmaW * layers.sigmaW * radius * radius / Double(inputs)
    return .erfNet(dimension: inputs, variance: variance, outputVariance: output.variance, count: count)
  }
}
