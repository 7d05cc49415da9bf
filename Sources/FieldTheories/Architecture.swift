// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import LatticeFields
import NumericalKernels

/// A neural-network field theory without insertions: an architecture φ_θ(x) together with its parameter density P0(θ).
///
/// Convention (docs/conventions.md): `φ(x) = N^{-1/2} Σ_i v_i φ_i(x)`.
public protocol Architecture: Sendable {
  /// The registered name, as in `kind = "cos-net"`.
  var kind: String { get }
  /// Dimension d of space.
  var dimension: Int { get }
  /// Number of neurons N.
  var width: Int { get }
  /// Number D of components of the field, each with readout weights of its own: `φ_a(x) = N^{-1/2} Σ_i v_ai φ_i(x)`, a = 1 … D.
  var outputs: Int { get }
  /// The same theory with D components; nil where it has but one.
  func with(outputs: Int) -> (any Architecture)?
  /// The parameters of one network.
  var layout: ParameterLayout { get }
  /// Symmetries of the ensemble at this width.
  var symmetries: FieldSymmetries { get }
  /// The theory in words and formulas, a line each, for `nnft show` and provenance.
  var description: [String] { get }
  /// Everything that identifies the ensemble (kind and parameter values, width included, lattice and run excluded); names the random
  /// stream.
  var streamName: String { get }

  /// Draws network number `draw` from P0(θ); a pure function of stream and draw number.
  func drawParameters(_ stream: RandomStream, draw: UInt64, into parameters: NetworkParameters)

  /// The exact value of a correlation function where a closed form or a quadrature exists. `lattice` is the lattice of the
  /// zero-momentum sums and momentum modes.
  func exact(_ function: CorrelationFunction, lattice: Lattice?) -> ExactValue?

  /// What a field is made of; nil where only moments are known.
  var synthesis: SynthesisForm? { get }

  /// The independent neurons whose sum it is; nil of a field without neurons and of nets whose neurons share random layers.
  var neurons: (any NeuronSum)? { get }

  /// The same theory with its mass to be moved; nil where it has none, or does not live on a periodic lattice.
  var massive: (any MassiveLatticeArchitecture)? { get }

  /// The same with an output whose weights may share a random scale; nil where they may not.
  var scalable: (any ScalableOutput)? { get }

  /// Momenta from a known density on R^d; nil where there are none.
  var continuumMomenta: (any MomentumDensity)? { get }

  /// Whether the field has no scale away from the origin: its moments grow like `exp(r²)`, and points must be near.
  var growsFromOrigin: Bool { get }

  /// Whether it belongs to the family whose propagator is the same at every alpha.
  var isAlphaFamily: Bool { get }

  /// The 2-point function in the limit where all widths are infinite; nil where it is not known or would be too dear.
  func limitKernel(_ x: Point, _ y: Point) -> Double?

  /// Whether the 2-point function moves with the width, as behind a second hidden layer, so that its limit differs from it.
  var twoPointDependsOnWidth: Bool { get }

  /// The random number s that multiplies all output weights of a network; one where neurons are independent.
  var sharedScale: SharedScale { get }

  /// Why `draws` networks cannot estimate n-point functions of the field at distance up to `radius` from the origin, or nil where
  /// plain sampling is adequate.
  func samplingObstruction(order: Int, radius: Double, draws: Int) -> String?

  /// How many independent contributions of comparable size stand behind an average over `draws` networks: what a joint test may resolve.
  func effectiveSamples(draws: Int) -> Double
}

extension Architecture {
  /// The number alone of ``exact(_:lattice:)``.
  public func exactValue(_ function: CorrelationFunction, lattice: Lattice?) -> Double? {
    exact(function, lattice: lattice)?.value
  }

  /// One component.
  public var outputs: Int { 1 }

  /// Nothing but one component.
  public func with(outputs: Int) -> (any Architecture)? { outputs == 1 ? self : nil }

  /// The 2-point function itself, which is the same at every width.
  public func limitKernel(_ x: Point, _ y: Point) -> Double? { exactValue(.moment([x, y]), lattice: nil) }

  /// The same at every width.
  public var twoPointDependsOnWidth: Bool { false }

  /// Independent output weights.
  public var sharedScale: SharedScale { .one }

  /// Plain sampling is adequate unless an architecture says otherwise.
  public func samplingObstruction(order: Int, radius: Double, draws: Int) -> String? { nil }

  /// One a network.
  public func effectiveSamples(draws: Int) -> Double { Double(draws) }
}

/// A network whose neurons are independent and identically distributed: `φ = N^{-1/2} Σ v_i φ_i`, v independent of φ_i; or are so given
/// one number s that multiplies all of them (``SharedScale``).
///
/// Exact finite-N correlators follow from single-neuron moments (see NeuronSum+ExactCorrelators.swift).
public protocol NeuronSum: Architecture {
  /// The law of v where the scale is one.
  var outputWeights: OutputWeightLaw { get }
  /// `M_n = <φ_1(x1)…φ_1(xn)>` of one neuron, n even; odd moments vanish or do not matter.
  func neuronMoment(_ points: [Point]) -> Double
  /// `<(a^d Σ_x φ_1(x))^n>` of one neuron over the sites of a lattice, or nil where no closed form is known.
  func zeroMomentumNeuronMoment(order: Int, lattice: Lattice) -> ExactValue?
  /// Whether ``neuronMoment(_:)`` exists and is known for all even orders up to `order`.
  func knowsNeuronMoment(order: Int) -> Bool
  /// `<e^{i s v φ_1(x)}>`, which is real; nil where it is not known or would be too dear.
  func neuronCharacteristic(_ s: Double, at x: Point) -> Double?
  /// `<e^{i v (s_1 φ_1(x_1) + s_2 φ_1(x_2))}>`; nil where it is not known or would be too dear.
  func neuronCharacteristic(_ s: (Double, Double), at x: (Point, Point)) -> Double?
  /// Itself, where neurons are cosines of uniform phase.
  var cosineNeurons: (any CosineNeurons)? { get }
}

extension NeuronSum {
  /// Up to 8, where moments of the output weights end.
  public func knowsNeuronMoment(order: Int) -> Bool { order <= 8 }

  /// Networks × neurons × `<q⁴>³/<q⁶>²`, q = v φ_1(0): the error of an average of q² rests on q⁸, whose effective number of
  /// contributions `<q⁴>²/<q⁸>` is at most that by log-convexity of moments. 0.54 for constant weights and amplitudes, 0.065 for Gaussian
  /// weights, far less where a few momenta carry large amplitudes.
  public func effectiveSamples(draws: Int) -> Double { effectiveNeurons(draws: draws) }

  /// The count behind ``effectiveSamples(draws:)``; needs <F⁴> and <F⁶>.
  func effectiveNeurons(draws: Int) -> Double {
    effectiveNeurons(draws: draws) { n in outputWeights.moment(n) * neuronMoment(Array(repeating: .zero, count: n)) }
  }

  /// The same from the moments `<q^n>`.
  func effectiveNeurons(draws: Int, _ moment: (Int) -> Double) -> Double {
    let ratio = moment(4) / moment(6)
    let neurons = Double(draws) * Double(width) * ratio * ratio * moment(4)
    // Neurons of one scale count as one network.
    return sharedScale.isConstant ? neurons : min(neurons, Double(draws)) * sharedScale.effectiveFraction
  }
}

/// Neurons `F(k) cos(k·x + b)` with momenta from a continuous density: the field is a sum of plane waves,
/// `φ(x) = Σ_i c_i cos(k_i·x + b_i)`.
public protocol PlaneWaveNet: NeuronSum {
  /// Draws the momenta of network `draw`; a pure function of stream and draw number.
  func drawMomenta(_ stream: RandomStream, draw: UInt64, into parameters: NetworkParameters)
  /// Writes `c_i = v_i F(k_i)/√N`.
  func amplitudes(_ parameters: NetworkParameters, into amplitudes: UnsafeMutablePointer<Double>)
  /// Index of the block of momenta (d components).
  var momentumBlock: Int { get }
  /// Index of the block of phases.
  var phaseBlock: Int { get }
  /// Itself, where momenta are Gaussian and amplitudes one.
  var gaussianMomenta: (any GaussianMomenta)? { get }
  /// The side after which the field repeats; nil of fields on R^d and on lattices.
  var boxSide: Double? { get }
  /// A lattice that fills the box and on which sums of the fourth power of the field are its integrals; nil without one.
  var aliasFreeGrid: Lattice? { get }
}

/// Continuum momenta of known density: what moves that propose momenta need to know.
public protocol MomentumDensity: PlaneWaveNet {
  /// The normalised density p(k).
  func momentumDensity(_ k: Point) -> Double
}

/// Neurons of unit amplitude with Gaussian momenta: what Hamiltonian moves of the momenta need to know.
public protocol GaussianMomenta: MomentumDensity {
  /// Standard deviation of each momentum component.
  var momentumDeviation: Double { get }
}

/// Neurons `F(p) cos(p·x + b)` with momenta on the Brillouin zone of one periodic lattice: the field is one inverse FFT.
public protocol LatticeModeNet: PlaneWaveNet {
  /// The lattice whose momenta are drawn.
  var lattice: Lattice { get }
  /// Index of the discrete block that holds the row-major flat index of each neuron's mode n, `p_μ = 2π n_μ/(a L_μ)`, 0 ≤ n_μ < L_μ.
  var modeBlock: Int { get }
  /// P(p), the probability that a neuron has mode n.
  func modeProbability(_ mode: [Int]) -> Double
}

/// A free theory on a periodic lattice whose mass can be moved, so that an interacting one may be sampled from the best of them. Nets of the continuum have masses
/// too, but no gap equation on a lattice.
public protocol MassiveLatticeArchitecture: Architecture {
  /// The mass m of the propagator.
  var mass: Double { get }
  /// The same theory with another mass.
  func with(mass: Double) -> Self
  /// The periodic lattice on which it lives.
  var lattice: Lattice { get }
}

/// Neurons `exp(k·x + b)/exp(σ_b² + σ_0² x²/d)` (Gauss-net).
public protocol ExponentialNet: NeuronSum {
  /// Writes `c_i = v_i/√N`.
  func amplitudes(_ parameters: NetworkParameters, into amplitudes: UnsafeMutablePointer<Double>)
  /// Index of the block of momenta (d components).
  var momentumBlock: Int { get }
  /// Index of the block of biases.
  var biasBlock: Int { get }
  /// The denominator's exponent is `normalisation.constant + normalisation.quadratic · x²`.
  var normalisation: (constant: Double, quadratic: Double) { get }
}

/// Fully connected layers: `h_0 = x`, `h_l = σ_l(W_l h_{l−1} + b_l)`, `φ(x) = N^{-1/2} Σ_i v_i h_{L,i}(x)` with N the width of the last
/// layer and v in block 0.
public protocol LayeredNet: Architecture {
  /// The hidden layers from the input on.
  var hiddenLayers: [HiddenLayer] { get }
  /// σ_w: weights W_l have variance σ_w² over the number of inputs.
  var sigmaW: Double { get }
  /// The standard deviation σ_b of the biases b_l.
  var sigmaB: Double { get }
  /// The standard deviation of the first layer's momenta or weights, times √d: an inverse length; σ_w unless a net says otherwise.
  var inputScale: Double { get }
}

/// One hidden layer of a ``LayeredNet``: where its parameters are and what it does.
public struct HiddenLayer: Sendable, Hashable {
  /// Neurons of the layer before; d for the first layer.
  public let inputs: Int
  /// Number of neurons of the layer.
  public let width: Int
  /// Activation σ of the layer.
  public let activation: Activation
  /// Index of the block of weights W, one component for each input.
  public let weightBlock: Int
  /// Index of the block of biases b.
  public let biasBlock: Int

  /// Layer `index`, counted from 0 at the input, whose two blocks follow those of the layers before.
  public init(_ index: Int, inputs: Int, width: Int, activation: Activation) {
    self.inputs = inputs
    self.width = width
    self.activation = activation
    weightBlock = 1 + 2 * index
    biasBlock = 2 + 2 * index
  }
}
