// SPDX-License-Identifier: GPL-3.0-or-later

/// A point of Euclidean space, d = 1..4; unused components are zero. Also used for momenta and displacements.
public typealias Point = SIMD4<Double>

/// The largest dimension the library knows.
public let maximumDimension = 4

extension Point {
  /// The point with these coordinates, at most four.
  public init(coordinates: [Double]) {
    precondition(coordinates.count <= maximumDimension, "Point: \(coordinates.count) coordinates")
    self = .zero
    for (axis, value) in coordinates.enumerated() { self[axis] = value }
  }

  /// The scalar product x·y.
  @inlinable public func dot(_ other: Point) -> Double { (self * other).sum() }

  /// The squared length |x|².
  @inlinable public var squaredNorm: Double { dot(self) }

  /// The length |x|.
  @inlinable public var norm: Double { squaredNorm.squareRoot() }
}
