// SPDX-License-Identifier: GPL-3.0-or-later

internal import CKernels

/// Local moves of a field on a lattice.
public enum SiteKernels {
  /// Moves sites of which none is another's neighbour: a site whose neighbours and source put its mean at `m = centre Σ φ + offset` goes to `m + width z`, z
  /// its normal deviate, or to `2m − φ` without deviates, with probability `min(1, e^{R(φ) − R(φ′)})`, `R = Σ_j even[j] φ^{2(j+1)}`.
  ///
  /// `neighbours` are `degree` sites for each of `sites` in turn. Returns how many moved. About 4 ns a site.
  public static func update(
    _ field: UnsafeMutablePointer<Double>, sites: UnsafeBufferPointer<Int32>, neighbours: UnsafePointer<Int32>, degree: Int,
    centre: Double, offset: Double, width: Double, even: [Double], normals: UnsafePointer<Double>?,
    uniforms: UnsafePointer<Double>
  ) -> Int {
    nn_site_update(
      even, Int32(even.count), centre, offset, width, field, sites.baseAddress!, neighbours, degree, sites.count, normals,
      uniforms)
  }
}
