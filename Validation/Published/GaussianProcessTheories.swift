// SPDX-License-Identifier: GPL-3.0-or-later

extension GaussianProcessLimit {
  /// Erf-, ReLU- and Gauss-net of one input. Points, widths and scales follow arXiv:2008.08601, sec. 2; there is no output bias, and the Gauss-net has a
  /// smaller bias: at sigma_b = 1 the relative variance of four fields at one point is e^16. The ReLU-net has output weights of constant modulus: with Gaussian ones a
  /// neuron is a product of Gaussians, whose eighth power carries the error of four fields.
  static let theories: [(name: String, text: String)] = [
    (
      "erf-net-1d",
      text(
        title: "Erf-net of one input",
        architecture: """
          kind = "dense-net"
          activation = "erf"
          sigma_w = 1.0
          sigma_b = 1.0
          sigma_v = 1.0
          """, points: [-1.0, -0.6, -0.2, 0.2, 0.6, 1.0])
    ),
    (
      "relu-net-1d",
      text(
        title: "Relu-net of one input",
        architecture: """
          kind = "dense-net"
          activation = "relu"
          sigma_w = 1.0
          sigma_b = 0.0
          sigma_v = 1.0
          weights = "constant"
          """, points: [0.2, 0.4, 0.6, 0.8, 1.0, 1.2])
    ),
    (
      "gauss-net-1d",
      text(
        title: "Gauss-net of one input",
        architecture: """
          kind = "gauss-net"
          sigma_w0 = 1.0
          sigma_w1 = 1.4142135623730951
          sigma_b0 = 0.2
          """, points: [-0.01, -0.006, -0.002, 0.002, 0.006, 0.01])
    ),
  ]

  private static func text(title: String, architecture: String, points: [Double]) -> String {
    """
    title = "\(title)"
    source = "arXiv:2008.08601 sec. 2"
    dimension = 1

    [architecture]
    \(architecture)
    width = 100

    [study]
    widths = [2, 3, 4, 5, 10, 20, 50, 100, 500, 1000]

    [study.points]
    x = [\(points.map { "[\($0)]" }.joined(separator: ", "))]

    [lattice]
    sites = [8]
    spacing = 0.1
    boundary = "open"

    [run]
    draws = 400000
    """
  }
}
