// SPDX-License-Identifier: GPL-3.0-or-later

import LatticeFields

/// What a field is made of, which decides how it is evaluated, sampled and moved.
public enum SynthesisForm: Sendable {
  /// Plane waves with momenta from a density on R^d or in a box.
  case planeWaves(any PlaneWaveNet)
  /// Plane waves with momenta on the Brillouin zone of one lattice.
  case latticeModes(any LatticeModeNet)
  /// Exponentials.
  case exponentials(any ExponentialNet)
  /// Fully connected layers.
  case layers(any LayeredNet)
  /// Filtered noise on the sites of a lattice: no neurons at all.
  case noise(FreeLatticeField)
  /// Independent modes, one a site: no neurons either.
  case modes(ModeExpansion)
}

// What an architecture is or has, by name: code that needs one of these asks for it and never for a type.
extension Architecture {
  /// None: an architecture that is known by its moments only.
  public var synthesis: SynthesisForm? { nil }
  /// No independent neurons.
  public var neurons: (any NeuronSum)? { nil }
  /// No mass to be moved.
  public var massive: (any MassiveLatticeArchitecture)? { nil }
  /// No scale that output weights could share.
  public var scalable: (any ScalableOutput)? { nil }
  /// No momenta of known density.
  public var continuumMomenta: (any MomentumDensity)? { nil }
  /// The field does not grow from the origin.
  public var growsFromOrigin: Bool { false }
  /// No member of the alpha family.
  public var isAlphaFamily: Bool { false }

  /// The plane waves whose sum it is, those of lattice modes included.
  public var planeWaves: (any PlaneWaveNet)? {
    switch synthesis {
    case .planeWaves(let net): net
    case .latticeModes(let net): net
    default: nil
    }
  }

  /// The modes of one lattice whose sum it is.
  public var latticeModes: (any LatticeModeNet)? {
    if case .latticeModes(let net) = synthesis { net } else { nil }
  }

  /// The exponentials whose sum it is.
  public var exponentials: (any ExponentialNet)? {
    if case .exponentials(let net) = synthesis { net } else { nil }
  }

  /// Its fully connected layers.
  public var layers: (any LayeredNet)? {
    if case .layers(let net) = synthesis { net } else { nil }
  }

  /// Whether it has more than one hidden layer: neurons then share the layer before.
  public var isDeep: Bool { layers.map { $0.hiddenLayers.count > 1 } ?? false }

  /// The free lattice field, where it is that: no neurons, no width, its own limit of infinite width.
  public var freeField: FreeLatticeField? {
    if case .noise(let field) = synthesis { field } else { nil }
  }

  /// Its independent modes, where it is no more than these.
  public var modes: ModeExpansion? {
    if case .modes(let modes) = synthesis { modes } else { nil }
  }

  /// The lattice on which alone its field lives; nil of fields on R^d.
  public var ownLattice: Lattice? { latticeModes?.lattice ?? freeField?.lattice ?? modes?.lattice }
}

extension NeuronSum {
  /// The net itself, whose neurons are independent.
  public var neurons: (any NeuronSum)? { self }
  /// No cosines of uniform phase.
  public var cosineNeurons: (any CosineNeurons)? { nil }
}

extension CosineNeurons {
  /// The net itself, a sum of cosines.
  public var cosineNeurons: (any CosineNeurons)? { self }
}

extension PlaneWaveNet {
  /// A sum of plane waves.
  public var synthesis: SynthesisForm? { .planeWaves(self) }
  /// No Gaussian momenta.
  public var gaussianMomenta: (any GaussianMomenta)? { nil }
  /// No box: the field does not repeat.
  public var boxSide: Double? { nil }
  /// No grid without aliases.
  public var aliasFreeGrid: Lattice? { nil }
}

extension GaussianMomenta {
  /// The net itself, whose momenta are Gaussian.
  public var gaussianMomenta: (any GaussianMomenta)? { self }
}

extension MomentumDensity {
  /// The net itself, whose momenta have a known density.
  public var continuumMomenta: (any MomentumDensity)? { self }
}

extension ScalableOutput {
  /// The net itself, whose output weights may share a scale.
  public var scalable: (any ScalableOutput)? { self }
}

extension LatticeModeNet {
  /// Modes of its lattice.
  public var synthesis: SynthesisForm? { .latticeModes(self) }
}

extension ExponentialNet {
  /// Exponentials.
  public var synthesis: SynthesisForm? { .exponentials(self) }
}

extension LayeredNet {
  /// A stack of fully connected layers.
  public var synthesis: SynthesisForm? { .layers(self) }
}

extension MassiveLatticeArchitecture {
  /// The theory itself, which has a mass.
  public var massive: (any MassiveLatticeArchitecture)? { self }
}
