// SPDX-License-Identifier: GPL-3.0-or-later

internal import CKernels

/// The counter-based random numbers of one ensemble: Philox4x32-10, keyed by seed and stream name.
///
/// A deviate is a pure function of (seed, stream, use, draw, neuron, block): parameters of draw `i` never
/// depend on batch, thread, shard or resume, and a longer run extends a shorter one.
/// Source: Salmon, Moraes, Dror, Shaw, SC'11, doi:10.1145/2063384.2063405.
public struct RandomStream: Sendable, Hashable {
  /// The 64-bit Philox key.
  public let key: UInt64

  /// Mixes `seed` with the name of the stream (architecture and insertions, not run or lattice), so that
  /// different theories with equal seeds are independent.
  public init(seed: UInt64, stream: String) {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325  // FNV-1a
    for byte in stream.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    key = Self.mixed(Self.mixed(seed) ^ hash)
  }

  /// What a deviate is used for; one counter word keeps the uses apart.
  public struct Use: RawRepresentable, Sendable, Hashable {
    /// The 16-bit counter word.
    public let rawValue: UInt16
    /// A use with its own counter word; words of one architecture must differ.
    public init(rawValue: UInt16) { self.rawValue = rawValue }
    /// Output weights v.
    public static let outputWeight = Use(rawValue: 0)
    /// Phases or biases b.
    public static let phase = Use(rawValue: 1)
    /// Momenta or input weights k.
    public static let momentum = Use(rawValue: 2)
    /// The scale that all output weights of a network share.
    public static let sharedScale = Use(rawValue: 3)
  }

  /// Fills two arrays with uniform deviates in the open interval (0,1), 52 bits each: entry `i` of both
  /// belongs to neuron `firstNeuron + i`. Cost about 1 ns a pair with AVX-512.
  public func uniformPairs(
    use: Use, draw: UInt64, block: UInt32 = 0, firstNeuron: Int = 0, count: Int,
    first: UnsafeMutablePointer<Double>, second: UnsafeMutablePointer<Double>
  ) {
    let (low, high) = Self.words(use: use, draw: draw)
    nn_uniform_pairs(
      UInt32(truncatingIfNeeded: key), UInt32(truncatingIfNeeded: key >> 32), block,
      UInt32(firstNeuron), low, high, first, second, count)
  }

  /// Fills two arrays with independent standard normal deviates (Box and Muller, absolute error below
  /// 1e-14): entry `i` of both belongs to neuron `firstNeuron + i`.
  public func normalPairs(
    use: Use, draw: UInt64, block: UInt32 = 0, firstNeuron: Int = 0, count: Int,
    first: UnsafeMutablePointer<Double>, second: UnsafeMutablePointer<Double>
  ) {
    let (low, high) = Self.words(use: use, draw: draw)
    nn_normal_pairs(
      UInt32(truncatingIfNeeded: key), UInt32(truncatingIfNeeded: key >> 32), block,
      UInt32(firstNeuron), low, high, first, second, count)
  }

  /// One raw block of Philox4x32-10, as published; the tests hold it against the known answers.
  public static func philox(counter: [UInt32], key: [UInt32]) -> [UInt32] {
    precondition(counter.count == 4 && key.count == 2)
    var out = [UInt32](repeating: 0, count: 4)
    nn_philox_block(counter, key, &out)
    return out
  }

  private static func words(use: Use, draw: UInt64) -> (low: UInt32, high: UInt32) {
    precondition(draw < 1 << 48, "RandomStream: draw \(draw) needs more than 48 bits")
    return (
      UInt32(truncatingIfNeeded: draw),
      UInt32(truncatingIfNeeded: draw >> 32) | UInt32(use.rawValue) << 16
    )
  }

  /// The finaliser of splitmix64 (Steele, Lea, Flood 2014): a bijection with full avalanche.
  private static func mixed(_ value: UInt64) -> UInt64 {
    var z = value &+ 0x9E37_79B9_7F4A_7C15
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }
}
