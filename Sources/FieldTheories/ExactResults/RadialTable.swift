// SPDX-License-Identifier: GPL-3.0-or-later

import Glibc
import Synchronization

/// A radial function tabulated where it is asked for: Chebyshev panels on dyadic intervals of r, built on first use and
/// bisected until they are resolved.
///
/// A look-up costs some tens of nanoseconds, so that exact columns with 10^5 distances cost less than the measurement. Values do
/// not depend on the order of the queries. Accuracy 1e-13 of the panel's maximum (panels in which the function falls by more than 100
/// are bisected as well) or the function's own absolute error.
public final class RadialTable: Sendable {
  /// The tabulated function, for direct evaluation.
  public let function: any RadialFunction
  /// f(0), direct.
  public let atOrigin: Double
  private let tree = Mutex(Tree())

  private static let order = 32

  private struct Node {
    let lower: Double
    let upper: Double
    let depth: Int
    /// 0: not yet looked at; 1: `offset` is the first of 32 coefficients; 2: `offset` is the first of two children.
    var state = 0
    var offset = 0
  }

  private struct Tree {
    var nodes: [Node] = []
    var roots: [Int: Int] = [:]
    var coefficients: [Double] = []
  }

  /// A table of `function`.
  public init(_ function: any RadialFunction) {
    self.function = function
    atOrigin = function.value(at: 0)
  }

  /// The value f at distance r.
  public func value(at r: Double) -> Double {
    if r == 0 { return atOrigin }
    precondition(r > 0 && r.isFinite, "RadialTable: distance \(r)")
    return tree.withLock { tree in
      var index = root(r.exponent, &tree)
      while true {
        let node = tree.nodes[index]
        switch node.state {
        case 1: return interpolate(tree.coefficients, node, r)
        case 2: index = node.offset + (r < 0.5 * (node.lower + node.upper) ? 0 : 1)
        default: build(index, &tree)
        }
      }
    }
  }

  private func root(_ exponent: Double.Exponent, _ tree: inout Tree) -> Int {
    if let index = tree.roots[Int(exponent)] { return index }
    let lower = Double(sign: .plus, exponent: exponent, significand: 1)
    tree.nodes.append(Node(lower: lower, upper: 2 * lower, depth: 0))
    tree.roots[Int(exponent)] = tree.nodes.count - 1
    return tree.nodes.count - 1
  }

  private func build(_ index: Int, _ tree: inout Tree) {
    let n = Self.order
    let node = tree.nodes[index]
    let (middle, half) = (0.5 * (node.lower + node.upper), 0.5 * (node.upper - node.lower))
    let samples = (0..<n).map { function.value(at: middle + half * Self.nodes[$0]) }
    let c = (0..<n).map { j in
      (0..<n).reduce(0) { $0 + Self.transform[j * n + $1] * samples[$1] }
    }
    let largest = samples.reduce(0) { max($0, abs($1)) }
    let noise = max(1e-14 * largest, function.absoluteError)
    let falls = min(abs(samples[0]), abs(samples[n - 1])) < 0.01 * largest
    let tail = c.suffix(4).reduce(0) { max($0, abs($1)) }
    // Deep down, what does not shrink any more is noise of the function itself.
    let isResolved = tail <= noise || node.depth >= 8 && tail <= 100 * noise
    if node.depth >= 30 || isResolved && (!falls || largest < 1e3 * noise || node.depth >= 8) {
      tree.nodes[index].state = 1
      tree.nodes[index].offset = tree.coefficients.count
      tree.coefficients += c
    } else {
      tree.nodes[index].state = 2
      tree.nodes[index].offset = tree.nodes.count
      tree.nodes.append(Node(lower: node.lower, upper: middle, depth: node.depth + 1))
      tree.nodes.append(Node(lower: middle, upper: node.upper, depth: node.depth + 1))
    }
  }

  /// Clenshaw's recurrence.
  private func interpolate(_ coefficients: [Double], _ node: Node, _ r: Double) -> Double {
    let t = (2 * r - node.lower - node.upper) / (node.upper - node.lower)
    return coefficients.withUnsafeBufferPointer { buffer in
      let c = buffer.baseAddress! + node.offset
      var (b1, b2) = (0.0, 0.0)
      for j in stride(from: Self.order - 1, to: 0, by: -1) {
        (b1, b2) = (2 * t * b1 - b2 + c[j], b1)
      }
      return t * b1 - b2 + c[0]
    }
  }

  private static let nodes = (0..<order).map { cos(.pi * (Double($0) + 0.5) / Double(order)) }
  private static let transform = (0..<order * order).map { entry -> Double in
    let (j, q) = (entry / order, entry % order)
    return (j == 0 ? 1 : 2) / Double(order)
      * cos(.pi * Double(j) * (Double(q) + 0.5) / Double(order))
  }
}
