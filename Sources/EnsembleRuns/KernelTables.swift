// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import FieldTheories
import KnownValues
import LatticeFields
import ResultTables

/// The covariance of a theory where all widths are infinite (NNGP kernel), as a matrix at points and as a spectrum: known beforehand, nothing is drawn.
///
/// Deep nets are composed layer by layer. Insertions change nothing here: it is the kernel of the prior. Sources: arXiv:1711.00165; docs/physics/learning.md, "Kernels".
public enum KernelTables {
  /// The name of the table of a matrix.
  public static let matrixName = "kernel"
  /// The name of the table of eigenvalues.
  public static let spectrumName = "kernel-spectrum"
  /// Points of one set up to which all pairs are tabulated.
  static let greatestCount = 2000

  /// Under which density of inputs eigenvalues are taken.
  public enum Inputs: String, Sendable, CaseIterable {
    /// Uniform on a sphere: degrees of harmonics.
    case sphere
    /// Normal in one dimension, of a given standard deviation.
    case normal
    /// Uniform over the sites of a periodic lattice.
    case sites
  }

  /// `K(x, y)` at all pairs of points of every set; without sets, of the data and test points of a theory with data, else of the sites of its lattice if these are few.
  public static func matrix(_ theory: TheoryDefinition, sets: [PointSet]?) throws -> ResultTable {
    let (d, net) = (theory.dimension, theory.architecture)
    let coordinates = ["x", "y"].flatMap { letter in (1...d).map { Column("\(letter)\($0)", .number) } }
    var table = ResultTable(
      name: matrixName, summary: "K(x,y) = <phi(x) phi(y)> of the prior where all widths are infinite",
      columns: [Column("set", .text)] + coordinates + [Column("value", .number)])
    for set in try sets ?? [ownPoints(theory)] {
      guard set.points.count <= greatestCount else {
        throw SelectionError(
          "set \(set.name) has \(set.points.count) points; a matrix of at most \(greatestCount) is tabulated: split the set")
      }
      for (i, x) in set.points.enumerated() {
        for y in set.points[i...] {
          guard let value = net.limitKernel(x, y), value.isFinite else {
            let place = [x, y].map { p in "(" + (0..<d).map { "\(p[$0])" }.joined(separator: ", ") + ")" }
            throw SelectionError(
              "the kernel of \(net.kind) between \(place[0]) and \(place[1]) is not known; choose other points")
          }
          try table.append(
            [.text(set.name)] + (0..<d).map { .number(x[$0]) } + (0..<d).map { .number(y[$0]) } + [.number(value)])
        }
      }
    }
    table.notes = [
      net.freeField != nil || !net.twoPointDependsOnWidth
        ? "the 2-point function itself, the same at every width"
        : "at finite width the 2-point function differs from it by order 1/N"
    ]
    if !theory.insertions.isEmpty { table.notes.append("insertions do not act: the prior of the ensemble") }
    return table
  }

  private static func ownPoints(_ theory: TheoryDefinition) throws -> PointSet {
    let lattice = theory.lattice
    var seen: Set<Point> = []
    let data = (theory.insertions.data.map(\.point) + theory.insertions.testPoints).filter { seen.insert($0).inserted }
    if !data.isEmpty { return PointSet(name: "data", points: data) }
    guard lattice.siteCount <= DataTables.greatestDefault else {
      throw SelectionError(
        "the lattice has \(lattice.siteCount) sites, too many for a matrix: name points with --points FILE, or ask for --spectrum sphere"
      )
    }
    return PointSet(name: "sites", points: (0..<lattice.siteCount).map(lattice.position))
  }

  /// Eigenvalues of K under a density of inputs: of a sphere of R^`inputs` and of its radius (√D if nil) degrees 0 … count − 1, else the first `count` modes.
  public static func spectrum(
    _ theory: TheoryDefinition, _ density: Inputs, inputs: Int? = nil, radius: Double? = nil, deviation: Double? = nil, count: Int
  ) throws -> ResultTable {
    let net = theory.architecture
    let (spectrum, trace, words): (MercerSpectrum, Double, String)
    switch density {
    case .sphere:
      let kernel: SphereKernel
      do { kernel = try SphereKernel(net, inputs: inputs, radius: radius) } catch { throw SelectionError(error.description) }
      spectrum = kernel.spectrum(count)
      trace = kernel(1)
      words =
        "inputs uniform on the sphere of radius \(kernel.radius) in R^\(kernel.inputs); "
        + (kernel.isClosed ? "eigenvalues in closed form, to 1e-12 of each" : "eigenvalues by quadrature, to 1e-16 of K(1)")
    case .normal:
      guard let waves = net.planeWaves?.gaussianMomenta, net.dimension == 1, let output = net.scalable?.outputWeights else {
        throw SelectionError(
          "the spectrum under normal inputs is known of cosines of Gaussian momenta in one dimension; use --spectrum sphere")
      }
      let s = deviation ?? 1
      spectrum = .cosNet(
        sigmaW0: waves.momentumDeviation, sigmaW1: output.variance.squareRoot(), inputDeviation: s, count: count)
      trace = output.variance / 2
      words = "inputs normal of standard deviation \(s); Mehler's formula"
    case .sites:
      guard let massive = net.massive, net.ownLattice != nil else {
        throw SelectionError("the spectrum over sites is that of fields on a periodic lattice with a mass; use --spectrum sphere")
      }
      let all = MercerSpectrum.freeField(massive.lattice, massSquared: massive.mass * massive.mass)
      (spectrum, trace) = (MercerSpectrum(Array(all.modes.prefix(count))), all.trace)
      words = "inputs uniform over the \(massive.lattice.siteCount) sites; plane waves, lambda = G(p)/V"
    }
    let isSphere = density == .sphere
    var table = ResultTable(
      name: spectrumName, summary: "eigenvalues of the kernel of infinite width, int K(x,y) f(y) dmu(y) = lambda f(x)",
      columns: [
        Column(isSphere ? "degree" : "mode", .integer), Column("degeneracy", .number), Column("value", .number),
        Column("share", .number),
      ])
    var sum = 0.0
    for (index, mode) in spectrum.modes.enumerated() {
      sum += mode.degeneracy * mode.eigenvalue
      try table.append([
        .integer(isSphere ? index : index + 1), .number(mode.degeneracy), .number(mode.eigenvalue), .number(sum / trace),
      ])
    }
    table.notes = [words, "share: of the trace <K(x,x)> = \(trace), up to and with this \(isSphere ? "degree" : "mode")"]
    return table
  }

  /// The tables with what they are of.
  public static func document(_ theory: TheoryDefinition, _ tables: [ResultTable], version: String) -> ResultDocument {
    var provenance = Provenance()
    provenance.add("program", version)
    provenance.add("theory", "\(theory.title) (\(theory.source))")
    for line in theory.architecture.description { provenance.add("ensemble", line) }
    for (key, value) in theory.resolved where key == "dimension" || key.hasPrefix("architecture.") {
      provenance.add("set \(key)", value)
    }
    return ResultDocument(provenance: provenance, theory: theory.resolvedText, tables: tables.map { SampledTable($0) })
  }
}
