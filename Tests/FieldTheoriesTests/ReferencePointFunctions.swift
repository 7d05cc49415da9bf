// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import LatticeFields
import NNFTTestSupport

/// The n-point function a record names by the first word of its quantity: G2, G4, G6 full, G4c, G6c connected. `spacing` turns sites
/// into positions; a record of coincident points has them listed or not.
func pointFunction(
  _ record: ReferenceRecord, _ architecture: some Architecture, spacing: Double = 1
) -> Double? {
  let name = record.quantity.prefix { $0 != "(" }
  let points = record.points.map { spacing * $0 }
  guard let order = name.dropFirst().first?.wholeNumberValue, points.count == order else {
    return nil
  }
  return architecture.exactValue(
    name.hasSuffix("c") ? .cumulant(points) : .moment(points), lattice: nil)
}
