// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import NNFTTestSupport
import Testing

@testable import ResultTables

/// Kernels of infinite width, learning curves and data that are described, as a user of the command line meets them. Reference numbers: Tests/Fixtures/reference.
@Suite struct KernelCommandTests {
  private func rows(_ output: String, _ name: String) -> [[String: String]] { TableRows.rows(output, name) }

  private func agree(_ a: Double, _ b: Double, _ tolerance: Double) -> Bool { abs(a - b) <= tolerance * abs(b) }

  /// The spectrum of the erf net on S⁹, degree by degree, to 1e-9 of each eigenvalue; the control: another variance of the pre-activations.
  @Test func erfSpectrumOnASphere() throws {
    let exact = [1: 0.0489852428299305, 3: 1.91645866440950e-4, 5: 4.25438387522e-6, 7: 1.79154125e-7]
    let words = ["kernel", "learning-curve", "--spectrum", "sphere", "--inputs", "10", "--degrees", "8"]
    let outcome = try CommandLineRunner.run(words)
    #expect(outcome.code == 0, "\(outcome.errors)")
    let found = rows(outcome.output, "kernel-spectrum")
    #expect(found.count == 8 && found.allSatisfy { Int($0["degree"]!)! % 2 == 1 || Double($0["value"]!)! == 0 })
    for (degree, value) in exact { #expect(agree(Double(found[degree]["value"]!)!, value, 3e-9)) }
    let other = try CommandLineRunner.run(words + ["--radius", "3.2"])
    #expect(!agree(Double(rows(other.output, "kernel-spectrum")[1]["value"]!)!, exact[1]!, 1e-3))
  }

  /// A matrix is the kernel that the Gaussian process of the data uses: the mean at one point follows from it by hand, y K(x,x')/(K(x',x') + T).
  @Test func matrixAtTheDataOfATheory() throws {
    let one = [
      "--set", "insertion[1].points=[[0.3]]", "--set", "insertion[1].labels=[0.8]", "--set", "insertion[1].test_points=[[1.1]]",
    ]
    let kernel = try CommandLineRunner.run(["kernel", "cos-net-regression"] + one)
    #expect(kernel.code == 0, "\(kernel.errors)")
    let values = rows(kernel.output, "kernel").map { Double($0["value"]!)! }
    #expect(values.count == 3 && values[0] == 0.5 && agree(values[1], 0.5 * exp(-0.32), 1e-14))
    let run = try CommandLineRunner.run(["correlate", "cos-net-regression", "--draws", "1000"] + one)
    let process = Double(rows(run.output, "predictor")[0]["gp"]!)!
    #expect(agree(process, 0.8 * values[1] / (values[0] + 0.1), 1e-12))
  }

  /// Deep kernels are composed layer by layer: by hand for two relu layers at one point, <φ²> = (σ_w²/2)² …; the control: three layers.
  @Test func deepKernel() throws {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("kernel-\(UUID().uuidString).tsv")
    defer { try? FileManager.default.removeItem(at: file) }
    try "set\tx1\tx2\na\t1\t1\na\t1\t-1\n".write(to: file, atomically: true, encoding: .utf8)
    func values(_ depth: Int) throws -> [Double] {
      let outcome = try CommandLineRunner.run([
        "kernel", "deep-relu", "--points", file.path, "--set", "architecture.depth=\(depth)", "--set", "architecture.sigma_w=2",
        "--set", "architecture.sigma_b=0", "--set", "architecture.sigma_v=1",
      ])
      #expect(outcome.code == 0, "\(outcome.errors)")
      return rows(outcome.output, "kernel").map { Double($0["value"]!)! }
    }
    // K_1 = σ_w² (1, 0; 0, 1), K_{l+1} = σ_w² <relu relu>: 1/2 on the diagonal, (sin θ + (π − θ) cos θ)/2π off it.
    var (diagonal, cosine) = (4.0, 0.0)
    for depth in 1...3 {
      let angle = acos(cosine)
      let next = (sin(angle) + (.pi - angle) * cosine) / (2 * .pi)
      if depth > 1 {
        let found = try values(depth)
        #expect(
          agree(found[0], diagonal / 2, 1e-12) && agree(found[1], diagonal * next, 1e-12) && agree(found[2], diagonal / 2, 1e-12))
      }
      (diagonal, cosine) = (4 * diagonal / 2, 2 * next)
    }
    #expect(try values(2)[1] != values(3)[1])
  }

  /// A learning curve by command: the averages over all data sets at P = 1 and 2 are exact, and the same bytes come of one and of three threads.
  @Test func learningCurve() throws {
    let words = [
      "study", "learning-curve", "--quiet", "--set", "study.curve.data=[1, 2, 30]", "--set", "study.curve.ridge=[0.01, 0.3]",
      "--set",
      "study.curve.data_sets=[1500, 1500, 60]",
    ]
    let outcome = try CommandLineRunner.run(words + ["--threads", "1"])
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(try CommandLineRunner.run(words + ["--threads", "3"]).output == outcome.output)
    let found = rows(outcome.output, "learning-curve")
    let exact = [1.9799013073034213, 1.9712944196432263, 1.950951111423529, 1.9046267869133822]
    let small = found.filter { $0["data"] != "30" }
    let bound = StatisticalChecks.normalBound(comparisons: 4)
    #expect(found.count == 6 && small.count == 4)
    for (row, value) in zip(small, exact) {
      #expect(abs(Double(row["exact"]!)! - value) < 1e-10)
      #expect(abs(Double(row["value"]!)! - value) < bound * Double(row["error"]!)!, "\(row)")
    }
    let large = found.filter { $0["data"] == "30" }
    #expect(large.allSatisfy { abs(Double($0["deviation"]!)!) < 5 && $0["exact"] == "" })
    #expect(Double(large[0]["equivalent_kernel"]!)! < 0.5 * Double(large[0]["value"]!)!)
  }

  /// Linear networks of one and two hidden layers: ln Z, predictor and covariance beside their exact values, to 1e-9 and within the errors; false alarm 1e-6 a number.
  @Test(arguments: [
    (
      "linear-network",
      [-5.036654288108161, 0.856475198935741, -0.13167182621460086, 0.1495451977390373, 0.02969353702346149, 0.1152828272919296]
    ),
    (
      "deep-linear-network",
      [
        -5.235268967601108, 0.8392361472752001, -0.12548940212406587, 0.17949422678616023, 0.03050766398014694,
        0.11297237879346742,
      ]
    ),
  ]) func linearNetworks(theory: String, exact: [Double]) throws {
    let outcome = try CommandLineRunner.run(["correlate", theory, "--set", "sampler.kind=collapsed", "--quiet"])
    #expect(outcome.code == 0, "\(outcome.errors)")
    let found =
      rows(outcome.output, "evidence").prefix(1) + rows(outcome.output, "predictor")
      + rows(outcome.output, "predictive-covariance")
    #expect(found.count == exact.count)
    let bound = StatisticalChecks.normalBound(comparisons: exact.count)
    for (row, value) in zip(found, exact) {
      #expect(agree(Double(row["exact"]!)!, value, 1e-9), "\(row)")
      #expect(row["status"] == "ok" && abs(Double(row["value"]!)! - value) < bound * Double(row["error"]!)!, "\(row)")
    }
    // The other network's numbers are far away.
    #expect(
      abs(Double(found[3]["value"]!)! - (0.1495451977390373 + 0.17949422678616023 - exact[3])) > 5 * Double(found[3]["error"]!)!)
  }

  /// Connected 3- and 4-point functions at one datum of three cosine neurons, exact by the characteristic function of a neuron, within the errors; false alarm 1e-6 a number.
  /// The control: they are not those of a Gaussian posterior, zero.
  @Test func nonGaussianPosterior() throws {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("points-\(UUID().uuidString).tsv")
    defer { try? FileManager.default.removeItem(at: file) }
    try ("set\tx1\n" + (1...4).map { n in String(repeating: "n\(n)\t0\n", count: n) }.joined())
      .write(to: file, atomically: true, encoding: .utf8)
    let outcome = try CommandLineRunner.run([
      "correlate", "cos-net-regression", "--points", file.path, "--quiet", "--draws", "400000", "--set", "architecture.width=3",
      "--set",
      "insertion[1].points=[[0]]", "--set", "insertion[1].labels=[0.8]", "--set", "lattice.sites=1", "--set",
      "sampler.kind=collapsed",
    ])
    #expect(outcome.code == 0, "\(outcome.errors)")
    let found = rows(outcome.output, "point-functions").filter { $0["function"] == "connected" }
    #expect(found.map { $0["n"]! } == ["2", "3", "4"])
    let bound = StatisticalChecks.normalBound(comparisons: 3)
    for row in found {
      let (value, error, exact) = (Double(row["value"]!)!, Double(row["error"]!)!, Double(row["exact"]!)!)
      #expect(row["status"] == "ok" && abs(value - exact) < bound * error, "\(row)")
      #expect(abs(value) > 10 * error, "\(row)")
    }
  }

  /// The same data from text and from arrays of NumPy give the same bytes; arrays that do not fit are refused.
  @Test func arraysOfNumPy() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("arrays-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let (x, y) = ([-1.0, 0.3, 1.2], [0.5, -0.4, 0.8])
    func archive(_ arrays: [NamedArray]) throws -> Data {
      var archive = StoredZip()
      for array in arrays { try archive.add("\(array.name).npy", NPZRenderer.npy(array)) }
      return Data(try archive.finish())
    }
    let text = "x1\ty\n" + zip(x, y).map { "\($0)\t\($1)\n" }.joined()
    try text.write(to: folder.appendingPathComponent("data.tsv"), atomically: true, encoding: .utf8)
    try archive([.numbers("x", x, shape: [3, 1]), .numbers("y", y, shape: [3])])
      .write(to: folder.appendingPathComponent("data.npz"))
    try archive([.numbers("x", x, shape: [3]), .numbers("y", y + [1], shape: [4])])
      .write(to: folder.appendingPathComponent("wrong.npz"))
    let theory = """
      dimension = 1
      [architecture]
      kind = "cos-net"
      width = 10
      sigma_w0 = 1.0
      sigma_w1 = 1.0
      [[insertion]]
      kind = "data"
      temperature = 0.1
      file = "FILE"
      [lattice]
      sites = [2]
      spacing = 1.0
      boundary = "open"
      [run]
      draws = 2000
      """
    func run(_ name: String) throws -> CommandLineRunner.Outcome {
      let place = folder.appendingPathComponent("theory.toml")
      try theory.replacingOccurrences(of: "FILE", with: name).write(to: place, atomically: true, encoding: .utf8)
      return try CommandLineRunner.run(["correlate", place.path, "--quiet"])
    }
    let (one, other) = (try run("data.tsv"), try run("data.npz"))
    #expect(one.code == 0 && other.code == 0 && one.output == other.output, "\(other.errors)")
    let wrong = try run("wrong.npz")
    #expect(wrong.code == 3 && wrong.errorLines.count == 1 && wrong.errors.contains("y has shape [4]"), "\(wrong.errors)")
    #expect(try run("missing.npz").code == 3)
  }

  /// Data that are described: the same seed, the same data; the resolved theory holds them; loss = bias + variance on both sets.
  @Test func describedData() throws {
    let outcome = try CommandLineRunner.run(["correlate", "regression-relu", "--quiet"])
    #expect(outcome.code == 0, "\(outcome.errors)")
    let loss = rows(outcome.output, "loss")
    #expect(
      loss.map { "\($0["set"]!) \($0["part"]!)" }
        == ["train", "test"].flatMap { s in ["loss", "bias", "variance"].map { "\(s) \($0)" } })
    for column in ["value", "gp"] {
      let values = loss.map { Double($0[column]!)! }
      #expect(agree(values[1] + values[2], values[0], 1e-9) && agree(values[4] + values[5], values[3], 1e-9))
    }
    let header = outcome.output.split(separator: "\n").filter { $0.hasPrefix("# set insertion[1].") }
    #expect(header.contains { $0.contains(".points") } && header.contains { $0.contains(".test_labels") })
    #expect(!header.contains { $0.contains(".target") || $0.contains(".inputs") })
    let teacher = ["kernel", "regression-relu", "--set", "insertion[1].target=teacher", "--quiet"]
    #expect(try CommandLineRunner.run(teacher).code == 0)
  }

  /// What cannot be done is said in one line.
  @Test(arguments: [
    (["correlate", "regression-relu", "--set", "insertion[1].points=[[0, 0]]"], 3, "insertion[1].points"),
    (["correlate", "regression-relu", "--set", "insertion[1].target=x3"], 3, "insertion[1].target"),
    (["correlate", "regression-relu", "--set", "insertion[1].target=1/(x1-x1)"], 3, "insertion[1].target"),
    (["correlate", "regression-relu", "--set", "insertion[1].inputs=cube"], 3, "insertion[1].inputs"),
    (["correlate", "regression-relu", "--set", "insertion[1].count=0"], 3, "insertion[1].count"),
    (
      ["correlate", "pinned-string", "--set", "insertion[1].test_points=[[1]]", "--set", "insertion[1].test_labels=[1, 2]"], 3,
      "test_labels"
    ),
    (["kernel", "pinned-string", "--spectrum", "sphere"], 2, "sphere"),
    (["kernel", "alpha-net"], 2, "sites"),
    (["kernel", "scalar-net", "--spectrum", "sphere", "--inputs", "5"], 2, "inputs"),
    (["kernel", "cos-net", "--spectrum", "normal"], 2, "one dimension"),
    (["study", "learning-curve", "--points", "x.tsv"], 2, "--points"),
    (["study", "learning-curve", "--set", "study.widths=[1, 2]"], 3, "study.widths"),
    (["study", "learning-curve", "--set", "study.curve.ridge=[0]"], 3, "study.curve.ridge"),
    (["study", "learning-curve", "--set", "study.curve.target=[0]"], 3, "study.curve.target"),
  ]) func refusals(words: [String], code: Int32, part: String) throws {
    let outcome = try CommandLineRunner.run(words)
    #expect(outcome.code == code && outcome.errorLines.count == 1 && outcome.errors.contains(part), "\(outcome.errors)")
    #expect(outcome.output.isEmpty)
  }
}
