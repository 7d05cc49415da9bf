// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import FieldTheories
import NumericalKernels

/// The random numbers of one walker (a chain, or one particle of a population) in the order of their use: a pure function of
/// seed, theory, walker and step, whatever thread moves it.
///
/// The draw word of the counter is `walker · 2^28 + step`; every move takes a new step. Deviates of moves have uses from 256 on,
/// so that they never meet those of a network drawn at the same step.
public struct WalkerRandomness {
  private let stream: RandomStream
  private let walker: UInt64
  private var step: UInt64 = 0
  private var buffer = [Double](repeating: 0, count: Self.batch)
  private var used = Self.batch
  private var block: UInt32 = 0

  private static let batch = 32
  private static let steps: UInt64 = 1 << 28
  private static let decision = RandomStream.Use(rawValue: 256)
  static let deviate = RandomStream.Use(rawValue: 257)

  /// The randomness of walker `walker` < 2^20 of a stream.
  public init(stream: RandomStream, walker: Int) {
    precondition(walker >= 0 && walker < 1 << 20, "WalkerRandomness: walker \(walker)")
    self.stream = stream
    self.walker = UInt64(walker)
  }

  private var draw: UInt64 { walker * Self.steps + step }

  /// Goes to the next step; every move begins with it.
  public mutating func advance() {
    step += 1
    precondition(step < Self.steps, "WalkerRandomness: more than 2^28 moves")
    used = Self.batch
    block = 0
  }

  /// Visits its place between two moves: the next begins with a step of its own.
  mutating func visit(_ state: inout StateVisitor) {
    var number = Int(step)
    state.visit(&number)
    step = UInt64(max(0, number))
  }

  /// The next uniform deviate in (0,1) of this step.
  public mutating func uniform() -> Double {
    if used == Self.batch {
      let (stream, draw, block, half) = (stream, draw, block, Self.batch / 2)
      buffer.withUnsafeMutableBufferPointer {
        stream.uniformPairs(
          use: Self.decision, draw: draw, block: block, count: half, first: $0.baseAddress!, second: $0.baseAddress! + half)
      }
      self.block += 1
      used = 0
    }
    defer { used += 1 }
    return buffer[used]
  }

  /// Fills `count` standard normal deviates; `block` tells several arrays of one step apart.
  public func normals(_ block: Int, count: Int, into values: UnsafeMutablePointer<Double>) {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: count) {
      stream.normalPairs(
        use: Self.deviate, draw: draw, block: UInt32(block), count: count, first: values, second: $0.baseAddress!)
    }
  }

  /// Fills 2 ⌈count/2⌉ standard normal deviates, two of every counter where ``normals(_:count:into:)`` takes one: half its cost.
  public func pairedNormals(_ block: Int, count: Int, into values: UnsafeMutablePointer<Double>) {
    let half = (count + 1) / 2
    stream.normalPairs(use: Self.deviate, draw: draw, block: UInt32(block), count: half, first: values, second: values + half)
  }

  /// Fills 2 ⌈count/2⌉ deviates uniform in (0,1); `block` tells arrays of one step apart, those of ``normals(_:count:into:)`` included.
  public func uniforms(_ block: Int, count: Int, into values: UnsafeMutablePointer<Double>) {
    let half = (count + 1) / 2
    stream.uniformPairs(
      use: Self.deviate, draw: draw, block: UInt32(block), count: half, first: values, second: values + half)
  }

  /// Fills 2 ⌈count/2⌉ standard normal deviates, two a counter; `block` tells arrays of one step apart.
  public func pairsOfNormals(_ block: Int, count: Int, into values: UnsafeMutablePointer<Double>) {
    let half = (count + 1) / 2
    stream.normalPairs(
      use: Self.deviate, draw: draw, block: UInt32(block), count: half, first: values, second: values + half)
  }

  /// Draws a network of this step from the prior.
  public func network(_ architecture: any Architecture, into parameters: NetworkParameters) {
    architecture.drawParameters(stream, draw: draw, into: parameters)
  }
}
