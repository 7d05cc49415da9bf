// SPDX-License-Identifier: GPL-3.0-or-later

import CBuildInfo

/// The version and the commit the binary was built from.
enum Version {
  static let number = "0.1.0"
  static let commit = String(cString: nn_build_commit())
  static let text = "nnft \(number) (commit \(commit))"
}
