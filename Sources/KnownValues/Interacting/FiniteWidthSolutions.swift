// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import Glibc
import LatticeFields

/// One site of a lattice net with Gaussian weights: `a^d λ φ⁴/24` and `<φ²>_0 = 1/(a^d m²)`.
struct SingleSiteNetSolution: SiteSolution {
  let source = "average over phases, one neuron at a time"
  let lattice: Lattice
  private let net: SingleSiteNet

  init?(_ net: LatticeAlphaNet, coupling: Double) {
    let potential = QuarticPotential(massSquared: net.mass * net.mass, coupling: coupling)
    guard let scaled = potential.scaled(massSquared: 1, coupling: 1 / net.lattice.cellVolume) else { return nil }
    lattice = net.lattice
    self.net = SingleSiteNet(width: net.width, scaled)
  }

  /// In terms of `a^{d/2} φ`.
  func moment(_ sites: [[Int]]) -> Double? {
    switch sites.count {
    case 2: net.secondMoment / lattice.cellVolume
    case 4: net.fourthMoment / (lattice.cellVolume * lattice.cellVolume)
    default: sites.count % 2 == 1 ? 0 : nil
    }
  }

  var absoluteZeroMode: Double? { net.absoluteMoment.map { $0 * lattice.cellVolume.squareRoot() } }

  func susceptibility(order: Int) -> ExactValue? {
    switch order {
    case 2: ExactValue(net.secondMoment)
    case 4:
      .combining([ExactValue(net.secondMoment), ExactValue(net.fourthMoment)]) { m in
        (m[1] - 3 * m[0] * m[0]) * lattice.cellVolume
      }
    default: nil
    }
  }

  var logPartitionRatio: Double? { log(net.partitionRatio) }
  var effectiveSampleFraction: Double? { net.effectiveSampleFraction }
}

/// One or two Gaussian neurons on a few sites.
struct FewNeuronSolution: SiteSolution {
  let source = "quadrature over all parameters"
  let lattice: Lattice
  private let net: FewNeuronQuadrature
  private let prior: LatticeAlphaNet

  init(_ prior: LatticeAlphaNet, coupling: Double) {
    self.prior = prior
    lattice = prior.lattice
    net = Self.solve(prior, coupling)
  }

  private static func solve(_ prior: LatticeAlphaNet, _ coupling: Double) -> FewNeuronQuadrature {
    FewNeuronQuadrature(
      width: prior.width, lattice: prior.lattice, massSquared: prior.mass * prior.mass,
      alpha: prior.alpha, coupling: coupling)
  }

  func moment(_ sites: [[Int]]) -> Double? {
    switch sites.count {
    case 2: net.twoPoint[lattice.siteIndex(lattice.displacement(sites[0], sites[1]))]
    case 4 where sites.allSatisfy { lattice.siteIndex($0) == lattice.siteIndex(sites[0]) }: net.fourthMoment
    default: sites.count % 2 == 1 ? 0 : nil
    }
  }

  func susceptibility(order: Int) -> ExactValue? {
    order == 2 ? lattice.cellVolume * ExactValue(sumOf: net.twoPoint) : nil
  }

  var logPartitionRatio: Double? { log(net.partitionRatio) }

  var effectiveSampleFraction: Double? {
    net.partitionRatio * net.partitionRatio
      / Self.solve(prior, 2 * net.coupling).partitionRatio
  }
}

/// First order in λ and in a shift δ of m², exact in the width.
struct FirstOrderSolution: SolutionMethod {
  let kind = KnownValue.Kind.series(order: 1)
  let source = "first order in lambda, exact in N"
  private let net: any NeuronSum
  private let lattice: Lattice
  private let insertions: [(strength: Double, inserted: InsertedPower)]
  private let nodes: [InsertionNode]
  /// Of a lattice net, the change of G2 over all displacements.
  private let response: [Double]?

  init(_ net: any NeuronSum, modes own: LatticeAlphaNet?, lattice: Lattice, coupling: Double, massShift: Double) {
    self.net = net
    self.lattice = lattice
    let insertions: [(strength: Double, inserted: InsertedPower)] =
      [(coupling, .quartic), (massShift, .quadratic)].filter { $0.0 != 0 }
    self.insertions = insertions
    nodes = (0..<lattice.siteCount).map { (lattice.position($0), lattice.cellVolume) }
    if let own {
      response = insertions.reduce([Double](repeating: 0, count: lattice.siteCount)) { sum, insertion in
        zip(sum, own.firstOrderTwoPoint(inserted: insertion.inserted)).map {
          $0 + insertion.strength * $1.total
        }
      }
    } else {
      response = nil
    }
  }

  func answer(_ function: CorrelationFunction) -> (value: ExactValue, lastTerm: Double)? {
    guard let free = net.exact(function, lattice: lattice), let change = change(function) else { return nil }
    return (ExactValue(free.value + change, rounding: free.rounding), abs(change))
  }

  /// What the insertions add at first order.
  private func change(_ function: CorrelationFunction) -> Double? {
    switch function {
    case .moment(let points), .cumulant(let points):
      if points.count % 2 == 1 { return 0 }
      if points.count == 2 { return pair(points[0], points[1]) }
      guard points.count == 4, let connected = fourPoint(points) else { return nil }
      guard case .moment = function else { return connected }
      var sum = connected
      for pairing in Pairings.four {
        let ends = pairing.map { (points[$0.0], points[$0.1]) }
        guard let a = net.exactMoment([ends[0].0, ends[0].1]), let b = net.exactMoment([ends[1].0, ends[1].1]),
          let da = pair(ends[0].0, ends[0].1), let db = pair(ends[1].0, ends[1].1)
        else { return nil }
        sum += da * b + a * db
      }
      return sum
    case .squaredDifference(let x, let y):
      guard let xx = pair(x, x), let yy = pair(y, y), let xy = pair(x, y) else { return nil }
      return xx + yy - 2 * xy
    case .propagator(let mode):
      guard let response, mode.count == lattice.dimension else { return nil }
      return LatticeTransform(lattice).spectrum(response)[lattice.siteIndex(mode)]
    case .zeroMomentumCumulant(order: 2):
      return response.map { lattice.cellVolume * $0.reduce(0, +) }
    default: return nil
    }
  }

  private func pair(_ x: Point, _ y: Point) -> Double? {
    if let response, let r = lattice.sites([y - x]) { return response[lattice.siteIndex(r[0])] }
    var sum = 0.0
    for (strength, inserted) in insertions {
      let slope =
        if let cosine = net.cosineNeurons {
          cosine.firstOrderTwoPoint(x, y, nodes: nodes, inserted: inserted)
        } else {
          net.firstOrderTwoPoint(x, y, nodes: nodes, inserted: inserted)
        }
      guard let slope else { return nil }
      sum += strength * slope.total
    }
    return sum
  }

  private func fourPoint(_ points: [Point]) -> Double? {
    var sum = 0.0
    for (strength, inserted) in insertions {
      guard let slope = net.firstOrderFourPoint(points, nodes: nodes, inserted: inserted) else { return nil }
      sum += strength * slope
    }
    return sum
  }
}
