// SPDX-License-Identifier: GPL-3.0-or-later

/// Whether arrays hold finite numbers only; one pass over their exponents, at the speed of memory.
public enum FiniteNumbers {
  /// Whether none is infinite or no number.
  public static func areAll(_ numbers: UnsafePointer<Double>, count: Int) -> Bool {
    let mask = Double.infinity.bitPattern
    var largest: UInt64 = 0
    for i in 0..<count { largest = max(largest, numbers[i].bitPattern & mask) }
    return largest != mask
  }

  /// The same in single precision.
  public static func areAll(_ numbers: UnsafePointer<Float>, count: Int) -> Bool {
    let mask = Float.infinity.bitPattern
    var largest: UInt32 = 0
    for i in 0..<count { largest = max(largest, numbers[i].bitPattern & mask) }
    return largest != mask
  }
}
