// SPDX-License-Identifier: GPL-3.0-or-later

import FieldSynthesis
import LatticeFields
import NumericalKernels

/// How a field of plane waves lies in memory while it is sampled: two planes of rows × half the columns, the second mirrored, both padded.
///
/// Column b of the first plane is column b of the product grid, of the second column `columns − 1 − b`: a wave is `E − O` and `E + O` there. Rows are
/// padded to a multiple of 4 and half columns to 8; the weight of the padding, and of the centre's second copy, is zero.
struct FoldedGrid {
  let grid: SeparableGrid
  let rows: Int
  let half: Int
  let paddedRows: Int
  let paddedHalf: Int
  /// 1 at sites, 0 elsewhere.
  let weight: AlignedBuffer<Double>
  /// The site of each entry, −1 in the padding.
  let site: [Int32]

  var plane: Int { paddedRows * paddedHalf }
  var count: Int { 2 * plane }

  init(lattice: Lattice) {
    grid = SeparableGrid(foldedPlaneWavesOn: lattice)
    rows = grid.rows
    let columns = grid.columns
    half = (columns + 1) / 2
    paddedRows = (rows + 3) / 4 * 4
    paddedHalf = (half + 7) / 8 * 8
    var site = [Int32](repeating: -1, count: 2 * paddedRows * paddedHalf)
    for row in 0..<rows {
      for b in 0..<half {
        let (near, far) = (row * columns + b, row * columns + columns - 1 - b)
        if near < lattice.siteCount { site[row * paddedHalf + b] = Int32(near) }
        if far != near && far < lattice.siteCount { site[(paddedRows + row) * paddedHalf + b] = Int32(far) }
      }
    }
    self.site = site
    weight = AlignedBuffer(count: site.count, repeating: 0)
    for (index, place) in site.enumerated() where place >= 0 { weight[index] = 1 }
  }

  /// To the order of sites.
  func unfold(_ field: UnsafePointer<Double>, into sites: UnsafeMutablePointer<Double>) {
    site.withUnsafeBufferPointer { for i in 0..<$0.count where $0[i] >= 0 { sites[Int($0[i])] = field[i] } }
  }

  /// From the order of sites; the padding is set to zero.
  func fold(_ sites: UnsafePointer<Double>, into field: UnsafeMutablePointer<Double>) {
    site.withUnsafeBufferPointer { for i in 0..<$0.count { field[i] = $0[i] >= 0 ? sites[Int($0[i])] : 0 } }
  }
}
