// SPDX-License-Identifier: GPL-3.0-or-later

/// The symmetries of an ensemble, stated by its architecture minus those its insertions break. Estimators state which they need, and a run refuses an estimator whose assumption is missing.
public struct FieldSymmetries: Sendable, Hashable {
  /// Spatial symmetry of the joint distribution.
  public enum Rotations: String, Sendable, Hashable {
    /// All of O(d), about every point.
    case euclidean
    /// O(d) about the origin only.
    case aboutOrigin
    /// Reflections and exchanges of the lattice axes.
    case hypercubic
    /// No rotation but the identity.
    case none
  }

  /// n-point functions with n up to this order are translation invariant; `.max` means all.
  public var translationInvariantOrder: Int
  /// Rotations that leave the correlators as they are.
  public var rotations: Rotations
  /// The field is defined on the sites of a periodic lattice and nowhere else.
  public var isPeriodic: Bool
  /// φ and −φ are equally likely: odd correlators vanish.
  public var isEven: Bool
  /// Number D of components of the field.
  public var components = 1
  /// All components have the same law, and any of them may change its sign alone: what the law of iid components and the laws invariant under O(D) share.
  public var hasLikeComponents = true

  /// Translations, rotations and reflections of R^d.
  public static let euclidean = FieldSymmetries(translationInvariantOrder: .max, rotations: .euclidean, isPeriodic: false)
  /// Rotations and reflections about the origin of R^d.
  public static let aboutOrigin = FieldSymmetries(translationInvariantOrder: 0, rotations: .aboutOrigin, isPeriodic: false)
  /// Translations by sites of a periodic lattice, reflections and exchanges of its axes.
  public static let periodicLattice = FieldSymmetries(
    translationInvariantOrder: .max, rotations: .hypercubic, isPeriodic: true)

  /// States the symmetries.
  public init(
    translationInvariantOrder: Int, rotations: Rotations, isPeriodic: Bool, isEven: Bool = true
  ) {
    self.translationInvariantOrder = translationInvariantOrder
    self.rotations = rotations
    self.isPeriodic = isPeriodic
    self.isEven = isEven
  }
}
