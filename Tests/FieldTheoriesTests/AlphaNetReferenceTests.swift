// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import LatticeFields
import NNFTTestSupport
import Testing

@Suite struct AlphaNetReferenceTests {
  static let records =
    ReferenceRecords.of(item: "A1", theory: "Scalar-net")
    + ReferenceRecords.of(item: "A1", theory: "Scalar-net (alpha=-1)")
    + ReferenceRecords.of(item: "A1", theory: "alpha-family")

  /// The net of a record; where no width is given, N = 1 makes N G4c what it says.
  static func net(_ record: ReferenceRecord, alpha: Double? = nil, massFactor: Double = 1) throws
    -> AlphaNet
  {
    try AlphaNet(
      dimension: record.dimension, width: record.parameters["N"] == nil ? 1 : record.width,
      mass: massFactor * record.number("m"),
      alpha: alpha ?? record.parameters["alpha"]?.number ?? -1, regulator: .hard,
      cutoff: record.number("Lambda"), weights: record.weightKind)
  }

  /// The value of a record, computed by the library.
  static func value(_ record: ReferenceRecord, massFactor: Double = 1) throws -> Double {
    if record.quantity.hasPrefix("alpha minimising") { return try optimum(record, massFactor) }
    let net = try net(record, massFactor: massFactor)
    let origin = [Point](repeating: .zero, count: 4)
    func exact(_ function: CorrelationFunction) throws -> Double {
      try #require(net.exactValue(function, lattice: nil))
    }
    if record.quantity.hasPrefix("H(0)") {
      return try AlphaNet.propagatorPower(
        2, dimension: net.dimension, mass: net.mass, regulator: .hard, cutoff: net.cutoff
      ).value(at: 0)
    }
    if record.quantity.hasPrefix("G2(") {
      return try exact(.moment([.zero, record.points.first ?? .zero]))
    }
    if record.quantity.hasPrefix("N*G4c(x,x,x,x)") {
      let g0 = try exact(.moment([.zero, .zero]))
      return try Double(net.width) * exact(.cumulant(origin))
        / (record.quantity.contains("/G2(0)^2") ? g0 * g0 : 1)
    }
    return try exact(.cumulant(record.points))
  }

  /// The minimum of G4c(x,x,y,y) over alpha, by parabolas through three points.
  static func optimum(_ record: ReferenceRecord, _ massFactor: Double) throws -> Double {
    let y = Point(record.number("r"), 0, 0, 0)
    func g4c(_ alpha: Double) throws -> Double {
      let net = try net(record, alpha: alpha, massFactor: massFactor)
      return try #require(net.exactCumulant([.zero, .zero, y, y]))
    }
    var alpha = 0.0
    for h in [0.2, 0.03, 0.003, 0.002] {
      let (left, middle, right) = (try g4c(alpha - h), try g4c(alpha), try g4c(alpha + h))
      alpha -= 0.5 * h * (right - left) / (right - 2 * middle + left)
    }
    return alpha
  }

  @Test func noRecordWentMissing() { #expect(Self.records.count == 31 + 13 + 62) }

  @Test(arguments: records) func values(record: ReferenceRecord) throws {
    let value = try Self.value(record)
    #expect(record.agrees(with: value), "\(value), reference \(record.value)")
  }

  /// The control: ten per cent more mass changes everything but the mass-independent minimum at alpha = 0.
  @Test(arguments: records) func wrongMassIsNoticed(record: ReferenceRecord) throws {
    let isConstant = record.quantity.contains("/G2(0)^2") && record.parameters["alpha"]?.number == 0
    #expect(record.agrees(with: try Self.value(record, massFactor: 1.1)) == isConstant)
  }

  /// Eigenvalues of G2(τ_i + τ_j), d = 1: the ball cutoff violates reflection positivity.
  @Test(arguments: ReferenceRecords.of(item: "G", theory: "Scalar-net ball cutoff 2-pt"))
  func reflectionPositivity(record: ReferenceRecord) throws {
    let net = try Self.net(record)
    let times = record.points.map { $0[0] }
    guard record.values.count == times.count else {
      let values = try record.points.map {
        try #require(net.exactValue(.moment([.zero, $0]), lattice: nil))
      }
      for (index, value) in values.enumerated() { #expect(record.agrees(with: value, index)) }
      return
    }
    let matrix = times.map { a in
      times.map { net.spectralMoment(order: 2, Point(a + $0, 0, 0, 0)) / 2 }
    }
    // The characteristic polynomial must vanish at every reference eigenvalue, relative to its slope there.
    for (index, eigenvalue) in record.values.enumerated() {
      func characteristic(_ x: Double) -> Double {
        determinant(
          matrix.indices.map { i in
            matrix.indices.map { j in matrix[i][j] - (i == j ? x : 0) }
          })
      }
      let slope = record.values.indices.filter { $0 != index }.reduce(1) {
        $0 * (record.values[$1] - eigenvalue)
      }
      #expect(abs(characteristic(eigenvalue) / slope) < 1e-11)
    }
  }

  private func determinant(_ matrix: [[Double]]) -> Double {
    var a = matrix
    var product = 1.0
    for column in a.indices {
      let pivot = a.indices[column...].max { abs(a[$0][column]) < abs(a[$1][column]) }!
      if pivot != column {
        a.swapAt(pivot, column)
        product = -product
      }
      product *= a[column][column]
      for row in a.indices[(column + 1)...] {
        let factor = a[row][column] / a[column][column]
        for j in a.indices { a[row][j] -= factor * a[column][j] }
      }
    }
    return product
  }

  /// A peak at k ~ m far below the cutoff must not be overlooked: I_3(0) = (m^-4 − (Λ²+m²)^-2)/8π in d = 2 up to Λ/m = 1e12.
  @Test(arguments: [1e-3, 1e-6, 1e-9, 1e-11]) func tinyMasses(mass: Double) throws {
    let value = try AlphaNet.propagatorPower(3, dimension: 2, mass: mass, regulator: .hard, cutoff: 10).value(at: 0)
    let m2 = mass * mass
    let exact = (1 / (m2 * m2) - 1 / ((100 + m2) * (100 + m2))) / (8 * Double.pi)
    #expect(abs(value / exact - 1) < 1e-10, "\(value), \(exact)")
  }
}
