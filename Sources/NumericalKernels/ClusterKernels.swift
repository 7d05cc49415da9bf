// SPDX-License-Identifier: GPL-3.0-or-later

internal import CKernels

/// Clusters of equal sign of a field on a lattice.
public enum ClusterKernels {
  /// Joins sites of one sign to their neighbours with probability `1 − exp(−doubledLink φ_x φ_y)` and writes the least site of its cluster for every site.
  ///
  /// `neighbours` and `uniforms`: sites × dimension, the next site along each axis and a deviate in (0,1) for each bond; a site that is its own
  /// neighbour has no bond. By union and find, about 5 ns a bond.
  public static func join(
    _ field: UnsafePointer<Double>, neighbours: UnsafePointer<Int32>, sites: Int, dimension: Int, doubledLink: Double,
    uniforms: UnsafePointer<Double>, roots: UnsafeMutablePointer<Int32>
  ) { nn_clusters(field, neighbours, sites, dimension, doubledLink, uniforms, roots) }
}
