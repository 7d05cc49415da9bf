// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import FieldTheories
import Foundation
import LatticeFields
import NumericalKernels
import Testing

@Suite struct InsertionTests {
  static let potentials: [LocalPotential] = [
    .zero, LocalPotential(source: 0.7, even: []), LocalPotential(even: [0.3]), LocalPotential(even: [-1, 0.25]),
    LocalPotential(constant: 0.4, source: -0.2, even: [1, -2, 0.5]),
    LocalPotential(even: [0, 0, 0, 0, 0, 0, 0, 1e-3]),
  ]

  /// Derivatives by differences, and array kernels against single values.
  @Test(arguments: potentials) func derivativesAndKernels(potential: LocalPotential) {
    let count = 48
    let (field, other, weight, out) = (
      AlignedBuffer<Double>(count: count, repeating: 0), AlignedBuffer<Double>(count: count, repeating: 0),
      AlignedBuffer<Double>(count: count, repeating: 0), AlignedBuffer<Double>(count: count, repeating: 0)
    )
    for i in 0..<count {
      field[i] = 0.1 * Double(i - 20)
      other[i] = 0.07 * Double(i % 11)
      weight[i] = i % 7 == 3 ? 0 : 1
    }
    var (sum, mixed) = (0.0, 0.0)
    for i in 0..<count where weight[i] == 1 {
      sum += potential.value(field[i]) - potential.constant
      mixed += potential.value(0.6 * field[i] - 0.8 * other[i]) - potential.constant
    }
    let scale = max(1, abs(sum))
    #expect(abs(potential.sum(field.pointer, weight: weight.pointer, count: count) - sum) < 1e-13 * scale)
    let kernel = potential.sum(mixing: field.pointer, 0.6, with: other.pointer, -0.8, weight: weight.pointer, count: count)
    #expect(abs(kernel - mixed) < 1e-13 * max(1, abs(mixed)))
    potential.slope(field.pointer, weight: weight.pointer, scale: 2, into: out.pointer, count: count)
    for i in 0..<count {
      #expect(abs(out[i] - 2 * weight[i] * potential.derivative(field[i])) < 1e-12 * max(1, abs(out[i])))
    }
    for phi in [-1.3, -0.2, 0.4, 1.1] {
      let h = 1e-3
      func difference(_ f: (Double) -> Double) -> Double {
        (45 * (f(phi + h) - f(phi - h)) - 9 * (f(phi + 2 * h) - f(phi - 2 * h)) + f(phi + 3 * h) - f(phi - 3 * h)) / (60 * h)
      }
      #expect(abs(difference(potential.value) - potential.derivative(phi)) < 1e-10)
      #expect(abs(difference(potential.derivative) - potential.secondDerivative(phi)) < 1e-10)
    }
  }

  /// `<V>` and the covariance of a Gaussian pair against Gauss-Hermite sums by the trapezoidal rule.
  @Test(arguments: potentials.dropLast()) func hermiteExpansion(potential: LocalPotential) {
    let (sigma, rho, step) = (0.8, 0.6, 0.05)
    let h = potential.hermiteCoefficients(variance: sigma * sigma)
    let nodes = stride(from: -9.0, through: 9, by: step).map { ($0, exp(-$0 * $0 / 2) * step / (2 * Double.pi).squareRoot()) }
    let mean = nodes.reduce(0) { $0 + $1.1 * potential.value(sigma * $1.0) }
    #expect(abs(mean - h[0]) < 1e-12)
    var product = 0.0
    for (x, p) in nodes {
      for (y, q) in nodes {
        product += p * q * potential.value(sigma * x) * potential.value(sigma * (rho * x + (1 - rho * rho).squareRoot() * y))
      }
    }
    var (series, factorial, power) = (0.0, 1.0, 1.0)
    for n in h.indices.dropFirst() {
      factorial *= Double(n)
      power *= rho
      series += factorial * h[n] * h[n] * power
    }
    #expect(abs(product - mean * mean - series) < 1e-11 * max(1, abs(product)))
  }

  @Test func hoppingFormsOfTheLiterature() {
    // kappa_c = 0.27088 at l = 0.022 in two dimensions.
    let form = HoppingForm(kappa: 0.27088, quartic: 0.022)
    #expect(abs(form.massSquared(dimension: 2) + 0.47076) < 1e-5)
    #expect(abs(form.coupling - 1.79895) < 1e-5)
    for (mass, coupling, dimension) in [(-0.47, 1.8, 2), (-10.161, 146.1, 3), (1.0, 1e-6, 1), (-4.5, 3, 2)] {
      let back = HoppingForm(massSquared: mass, coupling: coupling, dimension: dimension)
      #expect(abs(back.massSquared(dimension: dimension) - mass) < 1e-9 * max(1, abs(mass)))
      #expect(abs(back.coupling - coupling) < 1e-12 * coupling)
    }
  }

  /// In units where kappa or l leave the range of double precision there is no hopping form, and no NaN. The control: ordinary units.
  @Test(arguments: [(3.2e-263, 1.0, 1e100, false), (1e-300, -1e10, 1, false), (2, 1, 1, true)])
  func hoppingFormsAreNumbers(coupling: Double, massSquared: Double, spacing: Double, isThere: Bool) {
    let form = InsertionSum([QuarticInsertion(coupling: coupling)])
      .hoppingForm(massSquared: massSquared, lattice: Lattice(sites: [2, 2, 2], spacing: spacing, boundary: .periodic))
    #expect((form != nil) == isThere)
  }

  static let file = """
    dimension = 2
    [architecture]
    kind = "scalar-net-lattice"
    width = 10
    mass = 0.5
    [lattice]
    sites = [4, 4]
    spacing = 1.0
    boundary = "periodic"
    [run]
    draws = 20000

    """

  static let modes = """
    dimension = 1
    [architecture]
    kind = "mode-net"
    alpha = 0.2
    [lattice]
    sites = [8]
    spacing = 1.0
    boundary = "periodic"
    [run]
    draws = 20000

    """

  private func load(_ more: String) throws -> TheoryDefinition {
    try TheoryDefinition.load(text: Self.file + more, fileName: "t.toml", interactions: true)
  }

  @Test(arguments: InsertionRegistry.entries.map(\.kind)) func templatesAreRead(kind: String) throws {
    let entry = try #require(InsertionRegistry.entry(kind))
    let quartic = ["mass"].contains(kind) ? "[[insertion]]\nkind = \"phi4\"\nlambda = 1\n" : ""
    // The length is that of modes.
    let file = kind == "length" ? Self.modes : Self.file
    let theory = try TheoryDefinition.load(text: file + quartic + entry.template + "\n", fileName: "t.toml", interactions: true)
    #expect(theory.insertions.insertions.last?.kind == kind)
    #expect(theory.insertions.description.allSatisfy { !$0.isEmpty })
    // The canonical file reads back as the same theory.
    let again = try TheoryDefinition.load(text: theory.resolvedText, fileName: "t.toml", interactions: true)
    #expect(again.insertions.terms.map(\.potential) == theory.insertions.terms.map(\.potential))
    #expect(again.resolvedText == theory.resolvedText)
  }

  @Test func insertionsAddUp() throws {
    let theory = try load(
      """
      [[insertion]]
      kind = "phi4"
      lambda = 2.4
      [[insertion]]
      kind = "mass"
      delta = -0.5
      [[insertion]]
      kind = "source"
      J = 0.1
      [sampler]
      kind = "smc"
      moves = ["neuron-refresh", "slice"]
      particles = 100
      """)
    let potential = theory.insertions.latticePotential
    #expect(potential == LocalPotential(source: 0.1, even: [-0.25, 2.4 / 24]))
    #expect(theory.insertions.description[0].contains("lambda_SL = 0.4"))
    #expect(theory.insertions.description[0].contains("g = 0.1"))
    #expect(theory.sampler.kind == .sequential && theory.sampler.particles == 100)
    #expect(theory.sampler.moves == [.refresh, .slice])
    let symmetries = theory.insertions.remaining(of: theory.architecture.symmetries)
    #expect(!symmetries.isEven && symmetries.isPeriodic)
    // On an open box translations go too.
    let open = theory.insertions.remaining(of: CosNet(dimension: 2, width: 3, sigmaW0: 1, sigmaW1: 1).symmetries)
    #expect(open.translationInvariantOrder == 0 && open.rotations == .hypercubic)
  }

  /// Every insertion has a region of its own; those of one region add up. A list of points with a mass and a source is a data likelihood.
  @Test func regionsOfTheirOwn() throws {
    let points = "region = \"points\"\npoints = [[0, 0], [2, 3]]\n"
    let theory = try load(
      """
      [[insertion]]
      kind = "mass"
      delta = 4.0
      \(points)weights = [1.0, 0.5]
      [[insertion]]
      kind = "phi4"
      lambda = 2.4
      [[insertion]]
      kind = "source"
      J = [0.5, -1]
      \(points)weights = [1.0, 0.5]
      [[insertion]]
      kind = "source"
      J = "0.1*exp(-r^2) + x2"
      """)
    let terms = theory.insertions.terms
    #expect(terms.map(\.region.streamName) == [terms[0].region.streamName, "lattice"])
    #expect(terms[0].potential == LocalPotential(even: [2]) && terms[0].sources == [0.5, -1])
    #expect(terms[1].potential == LocalPotential(even: [0, 2.4 / 24]) && theory.insertions.latticePotential == nil)
    for site in 0..<16 {
      let x = theory.lattice.position(site)
      #expect(abs(terms[1].sources[site] - 0.1 * exp(-x.squaredNorm) - x[1]) < 1e-15)
    }
    let part = try #require(terms[0].quadraticPart(theory.lattice))
    #expect(part.masses == [4, 2] && part.sources == [0.5, -0.5] && terms[1].quadraticPart(theory.lattice) == nil)
    let symmetries = theory.insertions.remaining(of: theory.architecture.symmetries)
    #expect(symmetries.rotations == .none && symmetries.translationInvariantOrder == 0 && !symmetries.isEven)
    let again = try TheoryDefinition.load(text: theory.resolvedText, fileName: "t.toml", interactions: true)
    #expect(again.insertions.streamName == theory.insertions.streamName && again.resolvedText == theory.resolvedText)
    // Control: other weights are another region.
    let other = try TheoryDefinition.load(
      text: theory.resolvedText.replacingOccurrences(of: "0.5]\n", with: "0.6]\n"), fileName: "t.toml", interactions: true)
    #expect(other.insertions.streamName != theory.insertions.streamName)
  }

  @Test func normalOrderingTakesTheFreeVariance() throws {
    let theory = try load("[[insertion]]\nkind = \"normal-ordered-phi4\"\nlambda = 1\n")
    let insertion = try #require(theory.insertions.insertions[0] as? NormalOrderedInsertion)
    let net = try #require(theory.architecture as? LatticeAlphaNet)
    #expect(insertion.freeVariance == net.exactValue(.moment([.zero, .zero]), lattice: nil))
    // Its Gaussian average vanishes, and so does the quadratic Hermite coefficient.
    let h = insertion.potential.hermiteCoefficients(variance: insertion.freeVariance)
    #expect(abs(h[0]) < 1e-15 && abs(h[2]) < 1e-15 && abs(h[4]) > 1e-3)
  }

  static let faults: [(String, line: Int, key: String, problem: String)] = [
    ("[[insertion]]\nkind = \"phi4\"\nlambda = -1\n", 14, "insertion[1].lambda", "not above 0"),
    ("[[insertion]]\nkind = \"phi3\"\nlambda = 1\n", 13, "insertion[1].kind", "unknown value"),
    ("[[insertion]]\nkind = \"phi4\"\nlamda = 1\n", 14, "insertion[1].lamda", "unknown key"),
    ("[[insertion]]\nkind = \"phi4\"\nlambda = 1\nregion = \"torus\"\n", 15, "insertion[1].region", "unknown value"),
    (
      "[[insertion]]\nkind = \"phi4\"\nlambda = 1\n[[insertion]]\nkind = \"mass\"\ndelta = \"x\"\n", 17, "insertion[2].delta",
      "number"
    ),
    ("[[insertion]]\nkind = \"mass\"\ndelta = -0.5\n", 13, "insertion[1].kind", "no lower bound"),
    ("[[insertion]]\nkind = \"polynomial\"\ncoefficients = [1.0, -0.1]\n", 13, "insertion[1].kind", "no lower bound"),
    ("[[insertion]]\nkind = \"polynomial\"\ncoefficients = []\n", 14, "insertion[1].coefficients", "0 entries"),
    ("[sampler]\nkind = \"smc\"\n", 13, "sampler.kind", "drawn directly"),
    ("[[insertion]]\nkind = \"phi4\"\nlambda = 1\n[sampler]\nmoves = [\"jump\"]\n", 16, "sampler.moves", "unknown value"),
    ("[[insertion]]\nkind = \"phi4\"\nlambda = 1\n[sampler]\nconditional_ess = 2\n", 16, "sampler.conditional_ess", "outside"),
    ("insertion = 3\n", 12, "run.insertion", "unknown key"),
    ("[[insertion]]\nkind = \"mass\"\ndelta = 1\nregion = \"points\"\n", 12, "insertion[1].points", "expected a list"),
    (
      "[[insertion]]\nkind = \"mass\"\ndelta = 1\nregion = \"points\"\npoints = [[0, 0.5]]\n", 16, "insertion[1].points",
      "no site of the lattice"
    ),
    (
      "[[insertion]]\nkind = \"mass\"\ndelta = 1\nregion = \"points\"\npoints = [[0, 1]]\nweights = [-1]\n", 17,
      "insertion[1].weights", "not above 0"
    ),
    (
      "[[insertion]]\nkind = \"source\"\nregion = \"points\"\npoints = [[0, 1]]\nJ = [1, 2]\n", 16, "insertion[1].J",
      "2 entries"
    ),
    ("[[insertion]]\nkind = \"phi4\"\nlambda = 1\npoints = [[0, 1]]\n", 15, "insertion[1].points", "has no such key"),
    ("[[insertion]]\nkind = \"source\"\nJ = \"1/x3\"\n", 14, "insertion[1].J", "unknown name"),
    ("[[insertion]]\nkind = \"source\"\nJ = \"1/x1\"\n", 14, "insertion[1].J", "no number at"),
    (
      "[[insertion]]\nkind = \"phi4\"\nlambda = 1\n[[insertion]]\nkind = \"mass\"\ndelta = -1\nregion = \"points\"\npoints = [[0, 1]]\n",
      16, "insertion[2].kind", "no lower bound"
    ),
  ]

  static let dataFaults: [(String, line: Int, key: String, problem: String)] = [
    ("temperature = 0\npoints = [[0, 1]]\nlabels = [1]\n", 14, "temperature", "not above 0"),
    ("temperature = -1\npoints = [[0, 1]]\nlabels = [1]\n", 14, "temperature", "not above 0"),
    ("temperature = 1\npoints = [[0, 1], [1, 1]]\nlabels = [1]\n", 16, "labels", "1 entries, expected 2"),
    ("temperature = 1\npoints = [[0, 1]]\nlabels = [nan]\n", 16, "labels", "finite numbers"),
    ("temperature = 1\npoints = []\nlabels = []\n", 15, "points", "no data"),
    ("temperature = 1\npoints = [[0, 0.5]]\nlabels = [1]\n", 15, "points", "no site"),
    ("temperature = 1\npoints = [[0, 1]]\nlabels = [1]\ntest_points = [[0.5, 0]]\n", 17, "test_points", "no site"),
    ("temperature = 1\npoints = [[0, 1]]\nlabels = [1]\nweights = [0]\n", 17, "weights", "not above 0"),
    ("temperature = 1\npoints = [[0, 1]]\nlabels = [1e200]\n", 16, "labels", "exceed"),
    ("temperature = 1\npoints = [[0, 1]]\nlabels = [1]\nregion = \"lattice\"\n", 17, "region", "unknown key"),
    ("temperature = 1\npoints = [[0, 1]]\nfile = \"x.tsv\"\n", 15, "points", "in the file"),
  ]

  @Test(arguments: dataFaults) func faultsOfDataAreNamed(input: (text: String, line: Int, key: String, problem: String)) {
    let fault = #expect(throws: TheoryFileError.self) { try load("[[insertion]]\nkind = \"data\"\n" + input.text) }
    #expect(fault?.key == "insertion[1]." + input.key, "\(fault?.description ?? "")")
    #expect(fault?.line == input.line, "\(fault?.description ?? "")")
    #expect(fault?.problem.contains(input.problem) == true, "\(fault?.description ?? "")")
  }

  /// `I_D` of data, two of them at one point, is the sum of squares; ln Z keeps what merging them leaves. The control: another label.
  @Test func dataAreMassSourceAndConstant() throws {
    let (points, labels, weights) = ([Point.zero, Point(1, 2, 0, 0), .zero], [0.4, -1, 0.9], [1, 2, 0.5])
    let data = DataInsertion(points: points, labels: labels, weights: weights, temperature: 0.3)
    let term = InsertionSum([data]).terms[0]
    let lattice = Lattice(sites: [4, 4], spacing: 1, boundary: .periodic)
    let part = try #require(term.quadraticPart(lattice))
    func action(_ field: (Point) -> Double) -> Double {
      part.points.indices.reduce(term.region.volume(lattice) * term.potential.constant) {
        let phi = field(part.points[$1])
        return $0 + 0.5 * part.masses[$1] * phi * phi - part.sources[$1] * phi
      }
    }
    func squares(_ labels: [Double], _ field: (Point) -> Double) -> Double {
      points.indices.reduce(0.0) {
        let r = field(points[$1]) - labels[$1]
        return $0 + weights[$1] * r * r / 0.6
      }
    }
    for slope in [0.0, 0.7, -2] {
      let field = { (x: Point) in 0.3 + slope * x[1] }
      #expect(abs(action(field) - squares(labels, field)) < 1e-14 * max(1, action(field)))
      #expect(abs(action(field) - squares([0.4, -1, 0.8], field)) > 1e-3)
    }
    #expect(part.points.count == 2 && data.data.count == 3 && data.data[1].noise == 0.15)
  }

  /// A file of data is what stands in it, relative to the theory's folder, and leaves the theory without the file.
  @Test func dataFilesAreRead() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "nnft-data-\(ProcessInfo.processInfo.processIdentifier)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    func read(_ content: String) throws -> TheoryDefinition {
      try content.write(to: folder.appendingPathComponent("d.tsv"), atomically: true, encoding: .utf8)
      return try TheoryDefinition.load(
        text: Self.file + "[[insertion]]\nkind = \"data\"\ntemperature = 0.5\nfile = \"d.tsv\"\n",
        fileName: folder.path + "/t.toml", interactions: true)
    }
    let theory = try read("# made by hand\nx1\tx2\ty\tnoise\n0\t1\t0.5\t0.25\n\n2\t3\t-1\t1\r\n")
    let data = theory.insertions.data
    #expect(data.map(\.point) == [Point(0, 1, 0, 0), Point(2, 3, 0, 0)] && data.map(\.label) == [0.5, -1])
    #expect(data.map(\.noise) == [0.25, 1])
    #expect(!theory.resolvedText.contains("d.tsv"))
    let again = try TheoryDefinition.load(text: theory.resolvedText, fileName: "elsewhere", interactions: true)
    #expect(again.insertions.streamName == theory.insertions.streamName)
    for (content, line, problem) in [
      ("x1\ty\n0\t1\n", 1, "header"), ("x1\tx2\ty\n0\t1\n", 2, "2 columns"), ("x1\tx2\ty\n0\t1\tnan\n", 2, "not a finite"),
      ("x1\tx2\ty\tweight\n0\t1\t1\t0\n", 2, "not above 0"), ("x1\tx2\ty\n", nil, "no data"),
    ] as [(String, Int?, String)] {
      let fault = #expect(throws: TheoryFileError.self) { try read(content) }
      #expect(fault?.line == line && fault?.problem.contains(problem) == true, "\(fault?.description ?? "")")
    }
  }

  @Test(arguments: faults) func faultsAreNamed(input: (text: String, line: Int, key: String, problem: String)) {
    let fault = #expect(throws: TheoryFileError.self) { try load(input.text) }
    #expect(fault?.key == input.key, "\(fault?.description ?? "")")
    #expect(fault?.line == input.line, "\(fault?.description ?? "")")
    #expect(fault?.problem.contains(input.problem) == true, "\(fault?.description ?? "")")
    #expect(fault?.description.contains("\n") == false)
  }
}
