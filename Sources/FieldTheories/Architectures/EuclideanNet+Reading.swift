// SPDX-License-Identifier: GPL-3.0-or-later

import Glibc

// MARK: - Reading

extension EuclideanNet {
  /// Registers `kind = "euclidean-net"`.
  static let entry = ArchitectureEntry(
    kind: "euclidean-net",
    summary: "cosine neurons with any radial momentum density and amplitude or target spectrum",
    template: """
      title = "Euclidean net with a Matern spectrum"
      source = "arXiv:2408.00082 section 4, 'Spectrum shaping'"
      dimension = 2                 # d, 1 to 4

      # phi(x) = N^{-1/2} sum_i v_i F(|k_i|) cos(k_i.x + b_i),  k ~ P(|k|),  b ~ U(-pi, pi),  <v^2> = sigma_w1^2,
      # G2(p) = (2 pi)^d (sigma_w1^2/2) P(p) F(p)^2
      #
      # Formulas know k, pi, the names under [architecture.parameters], + - * / ^, parentheses, and
      # exp log sqrt cos sin abs besselj0.
      [architecture]
      kind = "euclidean-net"
      width = 100                   # N, number of neurons
      sigma_w1 = 1.0                # standard deviation of v; drops out of G2 with target_spectrum
      weights = "gaussian"          # law of v: gaussian (default), constant, uniform, laplace, rayleigh
      \(SharedScale.template)
      \(OutputComponents.template)
      # P, not normalised; left out with a target spectrum, momenta are drawn from that (F constant)
      momentum_density = "(k^2 + 1)^(-2)"
      # one of the two; with both, they must agree
      # amplitude = "exp(-k^2/4)"   # F
      target_spectrum = "matern"    # G2(p), a formula or "matern": variance, length, nu below,
                                    # G2(r) = variance 2^(1-nu)/Gamma(nu) x^nu K_nu(x), x = sqrt(2 nu) r/length
      # cutoff = 20.0               # momenta end here, 1/length; default: no end
      # two_point_at_zero = 1.0     # G2(0), checked if given

      [architecture.parameters]
      variance = 1.0
      length = 1.0
      nu = 1.5

      \(ArchitectureEntry.window)
      """
  ) { block, dimension, _ in try Reader(block: block, dimension: dimension).net() }

  /// Reads one `[architecture]` table.
  private final class Reader {
    let block: TheoryBlock
    let dimension: Int
    let parameterBlock: TheoryBlock
    let parameters: [String: Double]
    var usedParameters: Set<String> = []

    init(block: TheoryBlock, dimension: Int) throws {
      self.block = block
      self.dimension = dimension
      parameterBlock = try block.block("parameters")
      var parameters: [String: Double] = [:]
      for name in parameterBlock.givenKeys {
        guard !RadialExpression.reservedNames.contains(name) else {
          throw parameterBlock.fault(
            name, "the name \"\(name)\" already has a meaning in formulas",
            cure: "choose another name")
        }
        parameters[name] = try parameterBlock.number(name)
      }
      self.parameters = parameters
    }

    func net() throws -> EuclideanNet {
      let width = try block.width()
      let sigma = try block.number("sigma_w1", default: 1, in: TheoryBlock.scales)
      let weights: OutputWeightLaw.Kind = try block.choice("weights", default: .gaussian)
      let cutoff = try optional("cutoff") { try block.number($0, in: TheoryBlock.scales) }
      let density = try formula("momentum_density")
      let amplitude = try formula("amplitude")
      let target = try targetSpectrum()
      try rejectUnusedParameters()
      guard let momenta = density ?? target else {
        throw block.fault(
          "momentum_density", "this key is missing",
          cure:
            "add a line like momentum_density = \"exp(-k^2/2)\", or a target_spectrum to draw momenta from"
        )
      }
      let shape: Shape
      if let amplitude {
        shape = .amplitude({ amplitude.function($0) })
      } else if let target {
        shape = .targetSpectrum(target.function)
      } else {
        throw block.fault(
          "amplitude", "neither amplitude nor target_spectrum is given",
          cure: "add a line like amplitude = \"1\" or target_spectrum = \"matern\"")
      }
      let net: EuclideanNet
      do {
        net = try EuclideanNet(
          dimension: dimension, width: width, sigmaW1: sigma, weights: weights, cutoff: cutoff,
          formulas: words(density: momenta, amplitude: amplitude, target: target, cutoff: cutoff),
          density: momenta.function, shape: shape)
      } catch {
        throw explained(
          error, densityKey: density == nil ? "target_spectrum" : "momentum_density",
          shapeKey: amplitude == nil ? "target_spectrum" : "amplitude")
      }
      if amplitude != nil, let target { try checkAgreement(net, target.function, cutoff) }
      try checkTwoPointAtZero(net)
      return net
    }

    // MARK: Keys

    struct Formula {
      let text: String
      let function: @Sendable (Double) -> Double
    }

    /// A key that may be missing; asking makes it known.
    func optional<T>(_ key: String, _ read: (String) throws -> T) throws -> T? {
      _ = block.value(key)
      return block.has(key) ? try read(key) : nil
    }

    func formula(_ key: String) throws -> Formula? {
      try optional(key) { key in
        let text = try block.text(key)
        do throws(RadialExpression.SyntaxError) {
          let expression = try RadialExpression(text, parameters: parameters)
          usedParameters.formUnion(expression.parameterNames)
          return Formula(text: text, function: { expression($0) })
        } catch {
          throw block.fault(
            key, "column \(error.column) of \"\(text)\": \(error.problem)", cure: error.cure)
        }
      }
    }

    func targetSpectrum() throws -> Formula? {
      guard try optional("target_spectrum", { try block.text($0) }) == "matern" else {
        return try formula("target_spectrum")
      }
      // G(p) = σ² 2^d π^{d/2} Γ(ν+d/2) (2ν)^ν/(Γ(ν) ℓ^{2ν}) (2ν/ℓ² + p²)^{−ν−d/2}: Rasmussen and Williams, Gaussian
      // Processes for Machine Learning, eq. (4.15), with p = 2π s.
      func positive(_ key: String) throws -> Double {
        usedParameters.insert(key)
        return try parameterBlock.number(key, in: TheoryBlock.scales)
      }
      let (nu, length, variance) = (
        try positive("nu"), try positive("length"), try positive("variance")
      )
      let half = 0.5 * Double(dimension)
      let rate = 2 * nu / (length * length)
      let scale = variance * exp(half * log(4 * .pi / rate) + lgamma(nu + half) - lgamma(nu))
      return Formula(
        text: "matern", function: { scale * pow(1 + $0 * $0 / rate, -(nu + half)) })
    }

    func rejectUnusedParameters() throws {
      if let name = parameterBlock.givenKeys.first(where: { !usedParameters.contains($0) }) {
        throw parameterBlock.fault(
          name, "no formula uses this parameter", cure: "use it or remove it")
      }
    }

    // MARK: Checks

    func checkAgreement(
      _ net: EuclideanNet, _ target: @escaping @Sendable (Double) -> Double, _ cutoff: Double?
    ) throws {
      var momenta = net.spectralNodes
      if let profile = try? RadialProfile(
        dimension: dimension, cutoff: cutoff, isFormula: true, target)
      {
        momenta += profile.significantNodes(1e-14)
      }
      for k in momenta {
        let (pair, wanted) = (net.spectrum(k), target(k))
        guard abs(pair - wanted) <= 1e-8 * max(abs(pair), abs(wanted)) else {
          throw block.fault(
            "target_spectrum",
            "momentum_density and amplitude give G2(p) = \(pair) at p = \(k), the target is \(wanted)",
            cure: "remove amplitude, and it follows from the target")
        }
      }
    }

    func checkTwoPointAtZero(_ net: EuclideanNet) throws {
      guard let wanted = try optional("two_point_at_zero", { try block.number($0, in: TheoryBlock.scales) })
      else { return }
      guard abs(net.twoPointAtZero - wanted) <= 1e-8 * wanted else {
        throw block.fault(
          "two_point_at_zero", "the net has G2(0) = \(net.twoPointAtZero)",
          cure: "write that, or change the density, the amplitude or the target")
      }
    }

    func explained(_ fault: Fault, densityKey: String, shapeKey: String) -> TheoryFileError {
      switch fault {
      case .negativeDensity(let k):
        block.fault(
          densityKey, "the momentum density is negative at k = \(k)",
          cure: "give a density that is positive or zero")
      case .negativeTarget(let k):
        block.fault(
          shapeKey, "the spectrum is negative at p = \(k)",
          cure: "give a spectrum that is positive or zero")
      case .densityTooNarrow(let k):
        block.fault(
          "momentum_density",
          "no momenta are drawn near k = \(k), where the target spectrum still has weight",
          cure: "choose a density that falls more slowly, or a cutoff")
      case .density(let reason):
        explained(reason, densityKey, "the momentum density", "its integral")
      case .spectrum(let reason): explained(reason, shapeKey, "the spectrum P F^2", "G2(0)")
      }
    }

    func explained(
      _ reason: RadialProfile.Fault, _ key: String, _ what: String, _ integral: String
    ) -> TheoryFileError {
      switch reason {
      case .notFinite(let k):
        block.fault(
          key, "\(what) is not finite at k = \(k)",
          cure: "change the formula, or set a cutoff below")
      case .divergesAtZero:
        block.fault(
          key, "\(integral) diverges at k = 0",
          cure: "let the formula grow more slowly towards k = 0, faster than k^(-d) is too fast")
      case .divergesAtInfinity:
        block.fault(
          key, "\(integral) does not converge at large k (or falls too slowly to be computed)",
          cure: "let the formula fall faster, or set a cutoff")
      case .unresolved(let k):
        block.fault(
          key, "\(what) oscillates or loses figures near k = \(k)",
          cure: "write the formula without cancellation, or set a cutoff below")
      case .vanishes:
        block.fault(
          key, "\(what) vanishes everywhere", cure: "give a formula that is positive somewhere")
      }
    }

    func words(density: Formula, amplitude: Formula?, target: Formula?, cutoff: Double?) -> String {
      var words = ["P(k) ~ \(density.text)"]
      if let amplitude { words.append("F(k) = \(amplitude.text)") }
      if let target { words.append("G2(p) = \(target.text)") }
      if let cutoff { words.append("cutoff = \(cutoff)") }
      words += parameters.sorted { $0.key < $1.key }.map { "\($0.key) = \($0.value)" }
      return words.joined(separator: ", ")
    }
  }
}
