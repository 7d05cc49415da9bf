// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import ErrorAnalysis
import LatticeFields
import NumericalKernels

/// Feeds fields given as plain arrays through an estimator, one bin for each inner list of draws.
func primaries(
  of estimator: any CorrelatorEstimator, sites: SiteSet, bins: [[[Double]]]
) -> BinnedMeans {
  let workspace = DrawWorkspace(sites: sites)
  let accumulator = estimator.makeAccumulator(workspace)
  var means = BinnedMeans(primaryCount: estimator.primaryCount)
  for bin in bins {
    for field in bin {
      for (site, value) in field.enumerated() { workspace.field[site] = value }
      workspace.load()
      accumulator.add()
    }
    means.append(means: accumulator.finishBin(), weight: Double(bin.count))
    workspace.startBin()
  }
  return means
}

/// Reproducible white noise.
func noise(_ count: Int, draw: UInt64) -> [Double] {
  let stream = RandomStream(seed: 7, stream: "test noise")
  let a = AlignedBuffer<Double>(count: count, repeating: 0)
  let b = AlignedBuffer<Double>(count: count, repeating: 0)
  stream.normalPairs(use: .phase, draw: draw, count: count, first: a.pointer, second: b.pointer)
  return a.array
}

/// The default settings of a lattice.
func settings(
  _ lattice: Lattice, allDisplacements: Bool = false, r1: [Int]? = nil, r2: [Int]? = nil, momenta: [[[Int]]]? = nil,
  isEven: Bool = true
) -> EstimatorSettings {
  let step = [1] + [Int](repeating: 0, count: lattice.dimension - 1)
  return EstimatorSettings(
    lattice: lattice, hypercubic: true, allDisplacements: allDisplacements,
    firstSeparation: r1 ?? step, secondSeparation: r2 ?? step, momenta: momenta, vertexCharge: 1.3, fieldWidth: 0.8,
    isEven: isEven)
}
