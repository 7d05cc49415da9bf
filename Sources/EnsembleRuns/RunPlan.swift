// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import Draws
import FieldSynthesis
import FieldTheories
import LatticeFields
import NumericalKernels

/// Everything that determines the numbers of a run: the theory, where its fields are laid, what is measured, how many networks, in how many
/// bins, and which random numbers. Threads are not part of it: the same plan gives the same bytes.
public struct RunPlan: Sendable {
  /// The resolved theory.
  public let theory: TheoryDefinition
  /// Where fields are evaluated.
  public let sites: SiteSet
  /// How fields are evaluated.
  public let synthesis: SynthesisPlan
  /// What is measured.
  public let estimators: [any CorrelatorEstimator]
  /// Number of networks.
  public let draws: Int
  /// Number of bins of consecutive draws, at most `draws`.
  public let binCount: Int
  /// The stream of all random numbers.
  public let stream: RandomStream
  /// Name of the stream that was mixed into the key.
  public let streamName: String

  /// A plan; `draws` and bins default to the theory file's. Throws if the theory asks for a method that does not apply.
  public init(
    theory: TheoryDefinition, sites: SiteSet, estimators: [any CorrelatorEstimator],
    draws: Int? = nil, commonRandomNumbers: Bool = false
  ) throws(TheoryFileError) {
    self.theory = theory
    self.sites = sites
    self.estimators = estimators
    self.draws = draws ?? theory.run.draws
    binCount = min(theory.run.bins, self.draws)
    do throws(InapplicableMethod) {
      synthesis = try SynthesisPlan(
        architecture: theory.architecture, sites: sites, method: theory.fields.method, tolerance: theory.fields.tolerance,
        precision: theory.fields.precision)
    } catch {
      // The fault is in what was set: a key of [fields], or else the points.
      let key = theory.fields.givenKeys.first { $0 != "tolerance" }
      throw TheoryFileError(
        file: theory.fileName, key: key.map { "fields.\($0)" }, problem: error.description,
        cure: key == nil ? "leave --points out" : "leave the key out, or choose what there is")
    }
    streamName = commonRandomNumbers ? "common" : theory.architecture.streamName
    stream = RandomStream(seed: theory.run.seed, stream: streamName)
  }

  /// How networks are dealt to bins.
  public var layout: UnitLayout { .bins(draws: draws, count: binCount) }

  /// The draws of bin `bin`: consecutive, sizes equal up to one.
  public func draws(ofBin bin: Int) -> Range<UInt64> { layout.draws(ofBin: bin) }
}
