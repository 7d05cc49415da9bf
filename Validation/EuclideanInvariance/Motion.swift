// SPDX-License-Identifier: GPL-3.0-or-later

import Glibc
import LatticeFields

/// A map of space under which correlators may be invariant.
struct Motion: Sendable {
  /// What kind of symmetry it belongs to.
  enum Kind: Sendable { case translation, rotation, reflection, none }

  /// Name of the motion, as in `rotations`.
  let name: String
  /// What exactly is done.
  let words: String
  let kind: Kind
  /// Where a point goes.
  let act: @Sendable (Point) -> Point

  /// Whether n-point functions of an ensemble with these symmetries are invariant.
  func isSymmetry(of symmetries: FieldSymmetries, order: Int) -> Bool {
    switch kind {
    case .translation: symmetries.translationInvariantOrder >= order
    // All of these are taken about the origin.
    case .rotation, .reflection: true
    case .none: false
    }
  }

  /// Generic motions of Euclidean space.
  static func ofSpace(length: Double, dimension: Int) -> [Motion] {
    let shift = (0..<dimension).reduce(Point.zero) { shift, axis in
      var shift = shift
      shift[axis] = length * (0.94 - 0.2 * Double(axis))
      return shift
    }
    let translation = Motion(
      name: "translations", words: "a shift by \(length == 0 ? "0" : "\(Finding.short(shift.norm))")", kind: .translation
    ) { $0 + shift }
    let reflection = Motion(name: "reflections", words: "x1 -> -x1", kind: .reflection) {
      var point = $0
      point[0] = -point[0]
      return point
    }
    guard dimension > 1 else { return [translation, reflection] }
    let angles = (1..<dimension).map { 0.7 + 0.45 * Double($0) }
    let rotation = Motion(
      name: "rotations", words: "rotations by \(angles.map(Finding.short).joined(separator: ", ")) in neighbouring planes",
      kind: .rotation
    ) { point in
      var point = point
      for (axis, angle) in angles.enumerated() {
        let (c, s) = (cos(angle), sin(angle))
        (point[axis], point[axis + 1]) = (c * point[axis] - s * point[axis + 1], s * point[axis] + c * point[axis + 1])
      }
      return point
    }
    return [translation, rotation, reflection]
  }

  /// The group of a periodic lattice: a shift by one site along the first axis and two along the last, reflection, exchange of axes of equal length.
  static func ofLattice(_ lattice: Lattice) -> [Motion] {
    let (last, spacing) = (lattice.dimension - 1, lattice.spacing)
    var motions = [
      Motion(name: "translations", words: "a shift by one site along the first axis and two along the last", kind: .translation) {
        var point = $0
        point[0] += spacing
        point[last] += 2 * spacing
        return point
      },
      Motion(name: "reflections", words: "x1 -> -x1", kind: .reflection) {
        var point = $0
        point[0] = -point[0]
        return point
      },
    ]
    if last > 0, lattice.sites[0] == lattice.sites[last] {
      motions.append(
        Motion(name: "rotations", words: "a quarter turn of the first and last axis", kind: .rotation) {
          var point = $0
          (point[0], point[last]) = (-point[last], point[0])
          return point
        })
    }
    return motions
  }

  /// A dilation: no symmetry of any theory with a length.
  static func stretch(by factor: Double) -> Motion {
    Motion(name: "dilations", words: "dilation by \(factor)", kind: .none) { factor * $0 }
  }
}
