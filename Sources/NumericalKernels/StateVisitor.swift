// SPDX-License-Identifier: GPL-3.0-or-later

/// The state of some work as numbers in a fixed order. One description serves both ways: a visited number is written down when the state is saved, and
/// replaced by the number written down when it is restored. So the two cannot disagree about the order.
public struct StateVisitor {
  /// The numbers written down.
  public private(set) var numbers: [Double]
  /// Whether visited numbers are replaced.
  public let isRestoring: Bool
  private var place = 0

  /// Writes numbers down.
  public init() { (numbers, isRestoring) = ([], false) }

  /// Gives numbers back.
  public init(restoring numbers: [Double]) { (self.numbers, isRestoring) = (numbers, true) }

  /// Whether a state that was restored had exactly the numbers that were visited; true while a state is saved.
  public var isWhole: Bool { !isRestoring || place == numbers.count }

  /// Marks a state that was restored as one that does not fit.
  public mutating func reject() { if isRestoring { place = .max / 2 } }

  /// Saves a number, or restores it.
  public mutating func visit(_ x: inout Double) {
    guard isRestoring else { return numbers.append(x) }
    // More visits than numbers are told by `isWhole`.
    if place < numbers.count { x = numbers[place] }
    place += 1
  }

  /// A whole number of at most 2^53.
  public mutating func visit(_ n: inout Int) {
    var x = Double(n)
    visit(&x)
    n = Int(exactly: x) ?? n
  }

  /// Numbers in memory.
  public mutating func visit(_ pointer: UnsafeMutablePointer<Double>, count: Int) {
    guard isRestoring else { return numbers.append(contentsOf: UnsafeBufferPointer(start: pointer, count: count)) }
    if place + count <= numbers.count {
      numbers.withUnsafeBufferPointer { if count > 0 { pointer.update(from: $0.baseAddress! + place, count: count) } }
    }
    place += count
  }

  /// A list, whose length is part of the state.
  public mutating func visit(_ list: inout [Double]) {
    var count = list.count
    visit(&count)
    if isRestoring {
      guard count >= 0, count <= numbers.count - place else { return place = .max / 2 }
      list = Array(numbers[place..<place + count])
      place += count
    } else {
      numbers += list
    }
  }
}
