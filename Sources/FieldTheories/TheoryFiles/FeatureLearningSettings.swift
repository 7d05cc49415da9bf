// SPDX-License-Identifier: GPL-3.0-or-later

/// The table `[study.teacher]`: `nnft study` then asks what an erf net learns of `y = H_1(z) + ε H_3(z)`, `z = w*·x`, `|w*| = 1`, on n inputs `x ~ N(0, 1_d)` with noise σ².
///
/// N, σ_w² and σ_a² are the architecture's; a scale β turns N, n, d and σ_a² into βN, βn, √β d and σ_a²/√β, whole numbers rounded. Source: arXiv:2310.03789.
public struct TeacherSettings: Sendable {
  /// The dimension d of the inputs, at scale 1.
  public let inputs: Int
  /// The number n of data, at scale 1.
  public let data: Int
  /// Noises σ².
  public let noises: [Double]
  /// ε.
  public let cubic: Double
  /// Scales β of the tables of kernel adaptation.
  public let scales: [Double]
  /// Those at which the posterior is sampled too.
  public let sampledScales: [Double]
  /// A neuron with `|w·w*|` beyond it is a droplet.
  public let bound: Double

  /// Names of the keys, for the wording of faults.
  static let keys = ["inputs", "data", "noise", "cubic", "scales", "sampled_scales", "bound"]

  /// Reads the table.
  init(reading block: TheoryBlock) throws {
    inputs = try block.integer("inputs", in: 1...1_000_000)
    data = try block.integer("data", in: 1...1_000_000_000)
    noises = try block.numbers("noise", count: 1...100)
    cubic = try block.number("cubic", in: -1e3...1e3)
    scales = block.has("scales") ? try block.numbers("scales", count: 1...100) : [1]
    sampledScales = block.has("sampled_scales") ? try block.numbers("sampled_scales", count: 1...100) : []
    bound = try block.number("bound", default: 0.6, in: 1e-6...1e6)
    for (key, values) in [("noise", noises), ("scales", scales), ("sampled_scales", sampledScales)] {
      guard Set(values).count == values.count, values.allSatisfy({ (1e-6...1e9).contains($0) }) else {
        throw block.fault(key, "its numbers must differ and lie in 1e-6…1e9", cure: "give positive numbers, each once")
      }
    }
    try block.rejectLeftovers()
  }
}

/// The table `[study.modular]`: `nnft study` then answers for modular addition, `f_p = Σ_i a_pi (w_i·x)²` on sums modulo P of two numbers, with N and σ_a² of the
/// architecture. Source: arXiv:2310.03789.
public struct ModularSettings: Sendable {
  /// P.
  public let modulus: Int
  /// γ of the decay `(γ/6)(|w_k|⁶ + |v_k|⁶)` of every Fourier mode.
  public let decay: Double
  /// Noises σ².
  public let noises: [Double]

  /// Names of the keys, for the wording of faults.
  static let keys = ["modulus", "decay", "noise"]

  /// Reads the table.
  init(reading block: TheoryBlock) throws {
    modulus = try block.integer("modulus", in: 3...1_000_000)
    decay = try block.number("decay", in: TheoryBlock.scales)
    noises = try block.numbers("noise", count: 1...1000)
    guard Set(noises).count == noises.count, noises.allSatisfy({ (1e-9...1e9).contains($0) }) else {
      throw block.fault("noise", "noises must differ and lie in 1e-9…1e9", cure: "give positive numbers, each once")
    }
    try block.rejectLeftovers()
  }
}

/// The table `[study.adaptation]` of a theory with data: `nnft study` then holds the predictor of its net against that of a kernel that adapts, at several scales χ, output weights and noise scaled as
/// `σ_v² → σ_v²/χ`, `T → T/χ`: χ = 1 is the theory itself, large χ mean-field scaling.
public struct AdaptationSettings: Sendable {
  /// The scales χ.
  public let scales: [Double]

  /// Names of the keys, for the wording of faults.
  static let keys = ["scales"]

  /// Reads the table.
  init(reading block: TheoryBlock) throws {
    scales = try block.numbers("scales", count: 1...100)
    guard Set(scales).count == scales.count, scales.allSatisfy({ (1e-6...1e6).contains($0) }) else {
      throw block.fault("scales", "scales must differ and lie in 1e-6…1e6", cure: "give positive numbers, each once")
    }
    try block.rejectLeftovers()
  }
}
