// SPDX-License-Identifier: GPL-3.0-or-later

import ArgumentParser
import EnsembleRuns
import FieldTheories
import Foundation
import ResultTables

extension KernelTables.Inputs: ExpressibleByArgument {}

/// `nnft kernel`: the covariance at infinite width, as a matrix and as a spectrum.
struct KernelCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kernel",
    abstract: "Tabulate the covariance of a theory at infinite width (NNGP kernel): matrices at points, spectra.",
    discussion: """
      Nothing is drawn: kernels of all architectures in closed form or by quadrature, deep ones composed layer by layer. Without \
      --points the matrix stands at the data and test points of a theory with data, else at the sites of its lattice.

      Examples:
        nnft kernel regression-erf
        nnft kernel deep-relu --points points.tsv
        nnft kernel erf-net --spectrum sphere --inputs 10
        nnft kernel cos-net --set dimension=1 --set lattice.sites=16 --spectrum normal --deviation 2
        nnft kernel infinite-width --spectrum sites
      """)

  @OptionGroup var theory: TheoryArguments

  @Option(help: "Matrices at the point sets of a TSV file with columns set, x1 .. xd; any number of points a set.")
  var points: String?

  @Option(help: "Eigenvalues under this density of inputs: sphere, normal (one dimension), sites (of a periodic lattice).")
  var spectrum: KernelTables.Inputs?

  @Option(help: "Dimension D of the space around the sphere, weights of variance sigma^2/D (default: that of the theory).")
  var inputs: Count?

  @Option(help: "Radius of the sphere (default: the square root of D).")
  var radius: Double?

  @Option(help: "Standard deviation of normal inputs (default 1).")
  var deviation: Double?

  @Option(help: "How many degrees or modes (default 20).")
  var degrees: Count?

  @OptionGroup var destination: OutputArguments

  @Flag(help: "No notes.")
  var quiet = false

  func validate() throws {
    if let inputs, !(2...10_000).contains(inputs.value) { throw ValidationError("--inputs \(inputs.value): give 2 to 10000") }
    if let degrees, !(1...10_000).contains(degrees.value) { throw ValidationError("--degrees \(degrees.value): give 1 to 10000") }
    for (name, value) in [("radius", radius), ("deviation", deviation)] {
      if let value, !(value > 0 && (1e-30...1e30).contains(value)) {
        throw ValidationError("--\(name) \(value): give a positive number")
      }
    }
    let sphere = spectrum == .sphere
    if inputs != nil && !sphere { throw ValidationError("--inputs belongs to --spectrum sphere") }
    if radius != nil && !sphere { throw ValidationError("--radius belongs to --spectrum sphere") }
    if deviation != nil && spectrum != .normal { throw ValidationError("--deviation belongs to --spectrum normal") }
    if degrees != nil && spectrum == nil { throw ValidationError("--degrees belongs to --spectrum") }
  }

  func run() throws {
    try destination.check()
    let definition = try theory.load(interactions: true)
    var tables: [ResultTable] = []
    if spectrum == nil || points != nil {
      let sets = try points.map { try PointSetFile.load(path: $0, dimension: definition.dimension, sizes: []) }
      tables.append(try KernelTables.matrix(definition, sets: sets))
    }
    if let spectrum {
      tables.append(
        try KernelTables.spectrum(
          definition, spectrum, inputs: inputs?.value, radius: radius, deviation: deviation, count: degrees?.value ?? 20))
    }
    try destination.write(KernelTables.document(definition, tables, version: Version.text), quiet: quiet)
  }
}
