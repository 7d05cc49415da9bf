// SPDX-License-Identifier: GPL-3.0-or-later

/// Published Monte-Carlo means of full four-point functions of the alpha family, d = 2, m = 1, Gaussian regulator with cutoff 100, constant weights: ten
/// configurations of mean pair distance 1, from 10^8 networks each. All points of one width and alpha share their networks.
///
/// Source: Z. Zhang, arXiv:2604.27050, data published with it (github.com/zzkevin2019/nnft-alpha, MIT licence).
enum PublishedFourPoint {
  /// Widths of the data.
  static let widths = [30, 50, 100]

  /// The published means at one width.
  struct Means: Sendable {
    let width: Int
    let means: [Double]
    let errors: [Double]
  }

  /// Means and errors in the order of the configurations A to J of the library theory, width by width; nil for other alphas.
  static func means(alpha: Double) -> [Means]? {
    switch alpha {
    case -1:
      [
        Means(
          width: 30,
          means: [3.5806, 3.40738, 3.08485, 3.34268, 3.10304, 3.18618, 2.31807, 3.11541, 3.01003, 3.25065],
          errors: [0.0119, 0.0119, 0.0119, 0.0119, 0.0119, 0.0119, 0.0119, 0.0119, 0.0119, 0.0118]),
        Means(
          width: 50,
          means: [2.15239, 2.04765, 1.85401, 2.0116, 1.86176, 1.91396, 1.39867, 1.87685, 1.80458, 1.94972],
          errors: [0.00564, 0.00558, 0.00563, 0.00563, 0.0056, 0.00558, 0.00568, 0.00566, 0.00566, 0.00557]),
        Means(
          width: 100,
          means: [1.08957, 1.03261, 0.931901, 1.0109, 0.938169, 0.966083, 0.710059, 0.943689, 0.913249, 0.982828],
          errors: [0.00219, 0.00218, 0.00217, 0.00219, 0.00217, 0.00218, 0.00225, 0.0022, 0.00219, 0.00216]),
      ]
    case 0:
      [
        Means(
          width: 30,
          means: [0.030609, 0.0187091, 0.018001, 0.0190696, 0.0165605, 0.0189016, 0.0238184, 0.0181664, 0.0252863, 0.0177448],
          errors: [6.22e-05, 5.93e-05, 5.99e-05, 6.36e-05, 5.99e-05, 6.02e-05, 9.39e-05, 6.7e-05, 6.67e-05, 5.94e-05]),
        Means(
          width: 50,
          means: [0.0297995, 0.0176066, 0.0175894, 0.0174176, 0.015896, 0.0184102, 0.0237521, 0.0173335, 0.0247261, 0.016866],
          errors: [6.22e-05, 5.92e-05, 5.99e-05, 6.36e-05, 5.99e-05, 6.03e-05, 9.44e-05, 6.71e-05, 6.68e-05, 5.94e-05]),
        Means(
          width: 100,
          means: [0.0292699, 0.0169491, 0.0171432, 0.0161296, 0.0154075, 0.0178252, 0.0237757, 0.01666, 0.0245484, 0.0163341],
          errors: [6.23e-05, 5.93e-05, 5.99e-05, 6.37e-05, 5.99e-05, 6.02e-05, 9.46e-05, 6.71e-05, 6.68e-05, 5.95e-05]),
      ]
    case 1:
      [
        Means(
          width: 30,
          means: [
            0.0262809, -0.00533255, 0.0296846, 0.0113547, 0.00244939, 0.0194656, 0.0110778, -0.00777046, 0.0106274, 0.0312733,
          ],
          errors: [0.0157, 0.016, 0.0152, 0.0158, 0.015, 0.0155, 0.0165, 0.0154, 0.0154, 0.0156]),
        Means(
          width: 50,
          means: [0.0393375, 0.0149405, 0.0280484, 0.011641, 0.0242008, 0.0242146, 0.0329334, 0.00849482, 0.0377324, 0.013012],
          errors: [0.00741, 0.00725, 0.00724, 0.00724, 0.00736, 0.00728, 0.00743, 0.00768, 0.00714, 0.00723]),
        Means(
          width: 100,
          means: [0.0288416, 0.0160478, 0.0179901, 0.0163797, 0.00960715, 0.0207437, 0.0226011, 0.0146858, 0.0227778, 0.0157722],
          errors: [0.00268, 0.00269, 0.00274, 0.0026, 0.00263, 0.00268, 0.00269, 0.00259, 0.0026, 0.00265]),
      ]
    default: nil
    }
  }
}
