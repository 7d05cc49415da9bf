// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import LatticeFields

/// The first correction in 1/N to the posterior of any net, from its connected 4-point function κ4 = G4c:
///
///     <φ(x)> = GP + (1/6) Σ_{abc} [ κ4(x,a,b,c) − Σ_{de} K(x,d) A^{-1}_de κ4(e,a,b,c) ] H3_abc,
///     ln Z = GP + (1/24) Σ_{abcd} κ4(a,b,c,d) H4_abcd,
///     H3 = t_a t_b t_c − Σ_3 t_a A^{-1}_bc,     H4 = t_a t_b t_c t_d − Σ_6 t_a t_b A^{-1}_cd + Σ_3 A^{-1}_ab A^{-1}_cd,
///
/// sums over the data, t and A those of ``GaussianProcessPosterior``: an Edgeworth expansion of the prior. Exact in κ4 to first order; what is
/// left out is O(1/N²). Cost P⁴/24 values of κ4, and P³/6 a test point.
public struct FirstOrderPosterior: Sendable {
  /// The Gaussian process that is corrected.
  public let gaussian: GaussianProcessPosterior
  /// What is added to ln Z.
  public let logPartitionCorrection: Double
  private let inverse: [[Double]]
  /// `A^{-1} g`, `g_e = (1/6) Σ_abc κ4(e,a,b,c) H3_abc`.
  private let response: [Double]

  /// From the Gaussian process and κ4 at four data, indices ascending; nil where κ4 is.
  public init?(_ gaussian: GaussianProcessPosterior, cumulant: ([Int]) -> Double?) {
    let count = gaussian.labels.count
    let (t, inverse) = (gaussian.pinForces, gaussian.inverse)
    func a(_ i: Int, _ j: Int) -> Double { inverse[i][j] }
    var force = [Double](repeating: 0, count: count)
    var sum = 0.0
    for i in 0..<count {
      for j in i..<count {
        for k in j..<count {
          for l in k..<count {
            let four = [i, j, k, l]
            guard let kappa = cumulant(four) else { return nil }
            let pairs = t[i] * t[j] * a(k, l) + t[i] * t[k] * a(j, l) + t[i] * t[l] * a(j, k)
            let others = t[j] * t[k] * a(i, l) + t[j] * t[l] * a(i, k) + t[k] * t[l] * a(i, j)
            let chains = a(i, j) * a(k, l) + a(i, k) * a(j, l) + a(i, l) * a(j, k)
            sum += Self.orderings(four) / 24 * kappa * (t[i] * t[j] * t[k] * t[l] - pairs - others + chains)
            for (place, datum) in four.enumerated() where place == 0 || four[place - 1] != datum {
              var rest = four
              rest.remove(at: place)
              force[datum] += Self.orderings(rest) / 6 * kappa * Self.hermite(rest, t, inverse)
            }
          }
        }
      }
    }
    self.gaussian = gaussian
    self.inverse = inverse
    logPartitionCorrection = sum
    response = inverse.map { zip($0, force).reduce(0.0) { $0 + $1.0 * $1.1 } }
  }

  /// Of a net under data at points; nil where its 4-point function is not known there.
  public init?(_ net: any Architecture, at points: [Point], gaussian: GaussianProcessPosterior) {
    self.init(gaussian) { net.exactValue(.cumulant($0.map { points[$0] }), lattice: nil) }
  }

  /// What is added to `<φ(x)>`: from K(x,X), and κ4 of x with three data, indices ascending; nil where κ4 is.
  public func meanCorrection(cross: [Double], cumulant: ([Int]) -> Double?) -> Double? {
    let count = cross.count
    var sum = 0.0
    for i in 0..<count {
      for j in i..<count {
        for k in j..<count {
          guard let kappa = cumulant([i, j, k]) else { return nil }
          sum += Self.orderings([i, j, k]) / 6 * kappa * Self.hermite([i, j, k], gaussian.pinForces, inverse)
        }
      }
    }
    return sum - zip(cross, response).reduce(0.0) { $0 + $1.0 * $1.1 }
  }

  /// The Hermite polynomial H3.
  private static func hermite(_ d: [Int], _ t: [Double], _ a: [[Double]]) -> Double {
    t[d[0]] * t[d[1]] * t[d[2]] - t[d[0]] * a[d[1]][d[2]] - t[d[1]] * a[d[0]][d[2]] - t[d[2]] * a[d[0]][d[1]]
  }

  /// How many tuples have these entries, ascending: the multinomial coefficient of their multiplicities.
  private static func orderings(_ entries: [Int]) -> Double {
    var (ways, run) = (1.0, 0.0)
    for (place, entry) in entries.enumerated() {
      run = place > 0 && entries[place - 1] == entry ? run + 1 : 1
      ways *= Double(place + 1) / run
    }
    return ways
  }
}
