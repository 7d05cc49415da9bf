// SPDX-License-Identifier: GPL-3.0-or-later

import EnsembleRuns

extension RunForecast {
  /// Says before a run of more than an hour how long it will take; `label` tells runs apart where there are several.
  func announce(threads: Int, quiet: Bool, label: String? = nil) {
    guard !quiet, seconds / Double(max(1, threads)) > 3600 else { return }
    let name = label.map { "\($0): " } ?? ""
    Notice.line("nnft: \(name)a long run: \(text(threads: threads)); fewer --draws make it shorter")
  }
}
