// SPDX-License-Identifier: GPL-3.0-or-later

/// The theory files that travel inside the binary, so that `nnft correlate cos-net` works from any directory.
public enum TheoryLibrary {
  /// Name and text of every file, sorted by name.
  public static let files: [(name: String, text: String)] = [
    ("alpha-net", PackageResources.alpha_net_toml),
    ("correlated-net", PackageResources.correlated_net_toml),
    ("cos-net", PackageResources.cos_net_toml),
    ("cos-net-phi4", PackageResources.cos_net_phi4_toml),
    ("cos-net-regression", PackageResources.cos_net_regression_toml),
    ("deep-cosine", PackageResources.deep_cosine_toml),
    ("deep-relu", PackageResources.deep_relu_toml),
    ("erf-net", PackageResources.erf_net_toml),
    ("euclidean-net", PackageResources.euclidean_net_toml),
    ("fourpoint-2604.27050", PackageResources.fourpoint_2604_27050_toml),
    ("gauss-net", PackageResources.gauss_net_toml),
    ("gauss-net-phi4", PackageResources.gauss_net_phi4_toml),
    ("infinite-width", PackageResources.infinite_width_toml),
    ("phi4-0d", PackageResources.phi4_0d_toml),
    ("phi4-1d", PackageResources.phi4_1d_toml),
    ("phi4-2d-envelope", PackageResources.phi4_2d_envelope_toml),
    ("phi4-2d-near-critical", PackageResources.phi4_2d_near_critical_toml),
    ("phi4-2d-strong", PackageResources.phi4_2d_strong_toml),
    ("phi4-2d-weak", PackageResources.phi4_2d_weak_toml),
    ("phi4-3d", PackageResources.phi4_3d_toml),
    ("pinned-phi4", PackageResources.pinned_phi4_toml),
    ("pinned-string", PackageResources.pinned_string_toml),
    ("power-law-regression", PackageResources.power_law_regression_toml),
    ("regression-erf", PackageResources.regression_erf_toml),
    ("relu-net", PackageResources.relu_net_toml),
    ("scalar-net", PackageResources.scalar_net_toml),
    ("scalar-net-lattice", PackageResources.scalar_net_lattice_toml),
    ("scalar-net-phi4", PackageResources.scalar_net_phi4_toml),
    ("scale-free-transfer", PackageResources.scale_free_transfer_toml),
    ("sine-net", PackageResources.sine_net_toml),
    ("tanh-net", PackageResources.tanh_net_toml),
    ("trained-erf", PackageResources.trained_erf_toml),
  ].map { ($0.0, String(decoding: $0.1, as: UTF8.self)) }
}
