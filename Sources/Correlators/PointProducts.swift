// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis
import LatticeFields
import NumericalKernels

/// An estimator whose primaries are means of products of the field at listed points, and nothing else: where the law of the field is known given part of the parameters,
/// its moments replace those products.
public protocol PointProductEstimator: CorrelatorEstimator {
  /// Indices into the list of points, one list a primary.
  var products: [[Int]] { get }
  /// Whether the indices run over all components of the field at the points, component after component; else the products are those of one component, averaged.
  var readsAllComponents: Bool { get }
}

extension PointProductEstimator {
  /// One component.
  public var readsAllComponents: Bool { false }

  /// One for every product.
  public var primaryCount: Int { products.count }

  /// Sums the products of the field on the workspace's points.
  public func makeAccumulator(_ workspace: DrawWorkspace) -> any CorrelatorAccumulator {
    ProductAccumulator(workspace, products, readsAllComponents: readsAllComponents)
  }
}

/// Products of one number of factors after another, their indices end to end.
final class ProductAccumulator: CorrelatorAccumulator {
  private let field: AlignedBuffer<Double>
  let readsAllComponents: Bool
  private let sums: AlignedBuffer<Double>
  /// Products of equally many factors: their places among the primaries and the sites of their factors.
  private let groups: [(factors: Int, places: AlignedBuffer<Int32>, sites: AlignedBuffer<Int32>)]
  private var draws = 0.0

  init(_ workspace: DrawWorkspace, _ products: [[Int]], readsAllComponents: Bool = false) {
    (field, self.readsAllComponents) = (readsAllComponents ? workspace.components : workspace.field, readsAllComponents)
    sums = AlignedBuffer(count: products.count, repeating: 0)
    groups = Set(products.map(\.count)).sorted().map { factors in
      let places = products.indices.filter { products[$0].count == factors }
      return (factors, Self.buffer(places), Self.buffer(places.flatMap { products[$0] }))
    }
  }

  private static func buffer(_ values: [Int]) -> AlignedBuffer<Int32> {
    let buffer = AlignedBuffer<Int32>(count: values.count, repeating: 0)
    for (index, value) in values.enumerated() { buffer.pointer[index] = Int32(value) }
    return buffer
  }

  func add() {
    let (field, sums) = (field.pointer, sums.pointer)
    for (factors, places, sites) in groups {
      let place = places.pointer
      var site = sites.pointer
      for index in 0..<places.count {
        var product = field[Int(site[0])]
        for factor in 1..<factors { product *= field[Int(site[factor])] }
        sums[Int(place[index])] += product
        site += factors
      }
    }
    draws += 1
  }

  func finishBin() -> [Double] {
    defer {
      sums.fill(with: 0)
      draws = 0
    }
    return (0..<sums.count).map { sums[$0] / draws }
  }

  func visit(_ state: inout StateVisitor) -> Bool {
    state.visit(sums.pointer, count: sums.count)
    state.visit(&draws)
    return true
  }
}
