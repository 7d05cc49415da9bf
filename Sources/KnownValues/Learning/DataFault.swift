// SPDX-License-Identifier: GPL-3.0-or-later

import NumericalKernels

/// Why a posterior cannot be computed from data; data are counted from zero.
public enum DataFault: Fault, Equatable {
  /// What the run fails of.
  public var kind: FaultKind { .badFile }
  /// Kernel, noises and labels are not of one size.
  case shape(data: Int, kernelEntries: Int, labels: Int)
  /// A label, a noise or a kernel entry is not a finite number, or a noise is negative.
  case number(datum: Int, what: String, value: Double)
  /// `K(X,X) + T` is singular to rounding: what the data before this one leave of its variance is this fraction.
  case singular(datum: Int, fraction: Double)

  /// One line: what, where, how to mend.
  public var description: String {
    switch self {
    case .shape(let data, let entries, let labels):
      "\(data) data with \(labels) labels and \(entries) kernel entries; one label a datum and \(data * data) entries are needed"
    case .number(let datum, let what, let value):
      "datum \(datum): its \(what) is \(value); give finite numbers and noise variances of at least zero"
    case .singular(let datum, let fraction):
      "datum \(datum): the data before it leave \(fraction) of its variance, so that K(X,X) + T is singular to rounding; raise the noise T, "
        + "or leave out points that repeat others"
    }
  }
}
