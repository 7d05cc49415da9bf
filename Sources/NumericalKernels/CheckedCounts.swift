// SPDX-License-Identifier: GPL-3.0-or-later

extension Int {
  /// A number of nodes, steps or cells from a length over a step, rounded up; nil where it is not a number, is negative or exceeds `limit`.
  ///
  /// `Int(_:)` of a `Double` traps outside of the range of integers, and what parameters of a user lead to may lie anywhere: every such number
  /// comes through here, with the largest count that is affordable where it is used.
  public init?(count value: Double, atMost limit: Int) {
    let rounded = value.rounded(.up)
    guard rounded >= 0, rounded <= Double(limit), let count = Int(exactly: rounded), count <= limit else { return nil }
    self = count
  }

  /// The nearest integer to zero's side of `value`, for texts: the ends of the range beyond them, 0 where it is not a number.
  public init(clamping value: Double) {
    self = value.isNaN ? 0 : value >= 0x1p63 ? .max : value <= -0x1p63 ? .min : Int(value)
  }
}

extension Int {
  /// Where block `index` of `blocks` equal blocks of `total` things begins, `floor(index total/blocks)`, without overflow.
  public static func start(ofBlock index: Int, of blocks: Int, total: Int) -> Int {
    blocks.dividingFullWidth(total.multipliedFullWidth(by: index)).quotient
  }
}
