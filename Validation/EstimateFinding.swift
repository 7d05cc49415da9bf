// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis
import NumericalKernels

extension Finding {
  /// Whether a measured number lies within a tolerance of the one that is stated: corrections to a leading order are granted, noise is judged by the number's error.
  init(_ estimate: Estimate, within tolerance: Double, of stated: Double, what: String = "exponent") {
    let text =
      "\(what) \(Finding.short(estimate.value)) +- \(Finding.short(estimate.error)), \(Finding.short(stated)) +- \(Finding.short(tolerance)) stated"
    guard estimate.reliability == .sound, estimate.error.isFinite, estimate.error > 0 else {
      self.init(pValue: nil, text: text)
      return
    }
    let excess = max(0, abs(estimate.value - stated) - tolerance) / estimate.error
    let p = Distributions.studentTwoSidedTail(excess, degrees: Double(max(1, estimate.degreesOfFreedom)))
    self.init(pValue: p, text: text, growth: excess > 0 ? (5.5 / excess) * (5.5 / excess) : nil)
  }
}
