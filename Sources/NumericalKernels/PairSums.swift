// SPDX-License-Identifier: GPL-3.0-or-later

internal import CKernels

/// Exact integrals of φ² and φ⁴ for plane waves `φ = Re Σ_i z_i e^{i k_i·x}`, through the pair sums of their momenta:
///
///     φ² = ½ Σ|z|² + Re Σ_p Z_p e^{iQ_p·x},    <φ⁴> = Σ over pairs of pairs whose momenta cancel.
///
/// In a periodic box pairs of one mode add up in a hash table: O(N²) for all, 4N for one neuron. Under the envelope `exp(−x²/(2L²))` pairs couple by
/// `exp(−L²|Q ± Q′|²/2)`; a cell list finds those nearer than 9.6/L, the others are below e^{−46} = 1e-20: an error below
/// `1e-20 (Σ|z|)⁴` of <φ⁴>. Rounding 1e-15 of <φ⁴>. Waves are rows re, im, k_1 … k_d of N numbers; momenta are integer modes n = kL/2π of a box, and k L
/// under an envelope. Belongs to one worker.
public final class PairSums {
  /// The integral.
  public enum Region: Sendable, Hashable {
    /// A periodic box; momenta are integer modes.
    case box
    /// A Gaussian envelope; momenta in units of 1/L.
    case envelope
  }

  /// Dimension d of space.
  public let dimension: Int
  /// Number N of waves.
  public let neurons: Int
  private let pairs: OpaquePointer

  /// An empty list for N waves in d dimensions; about 100 N² bytes.
  public init(_ region: Region, dimension: Int, neurons: Int) {
    precondition((1...4).contains(dimension) && neurons > 0 && neurons < 30_000, "PairSums: \(neurons) waves")
    self.dimension = dimension
    self.neurons = neurons
    let made = region == .box ? nn_pair_sums_box(Int32(dimension), neurons) : nn_pair_sums_envelope(Int32(dimension), neurons)
    guard let made else { MemoryBudget.exhausted(bytes: Self.bytes(neurons)) }
    pairs = made
  }

  /// Memory of a list of N waves, about 100 N² bytes.
  private static func bytes(_ neurons: Int) -> Int { 100 * neurons * neurons }

  /// Ends the process with the exit code of exhausted resources if a call came back without the memory it needed.
  private func require(_ status: Int32) {
    if status != 0 { MemoryBudget.exhausted(bytes: Self.bytes(neurons)) }
  }

  deinit { nn_pair_sums_free(pairs) }

  /// Numbers of a set of waves, (d + 2) N.
  public var count: Int { (dimension + 2) * neurons }

  /// The largest mode a box can tell from others.
  public static func greatestMode(dimension: Int) -> Int { 1 << (62 / dimension - 3) }

  /// The waves it holds.
  public var waves: UnsafePointer<Double> { nn_pair_sums_waves(pairs) }

  /// Takes all waves anew.
  public func build(_ waves: UnsafePointer<Double>) { require(nn_pair_sums_build(pairs, waves)) }

  /// Other waves (rows of `neurons.count` numbers) for some neurons; ``undo()`` takes them back exactly, once.
  public func replace(_ neurons: Range<Int>, by waves: UnsafePointer<Double>) {
    precondition(neurons.upperBound <= self.neurons)
    require(nn_pair_sums_replace(pairs, neurons.lowerBound, neurons.count, waves))
  }

  /// Takes the last replacement back.
  public func undo() { require(nn_pair_sums_undo(pairs)) }

  /// <φ²> and <φ⁴> over the region, weight normalised.
  public var moments: (second: Double, fourth: Double) {
    var (second, fourth) = (0.0, 0.0)
    nn_pair_sums_moments(pairs, &second, &fourth)
    return (second, fourth)
  }

  /// `s_i` of `U = a <φ²> + b <φ⁴>`: `∂U/∂|z_i| = Re[e^{i arg z_i} s_i]`, `∂U/∂ arg z_i = −Im[z_i s_i]`. Twice the cost of ``build(_:)``.
  public func slopes(
    quadratic: Double, quartic: Double, real: UnsafeMutablePointer<Double>, imaginary: UnsafeMutablePointer<Double>
  ) { nn_pair_sums_slopes(pairs, quadratic, quartic, real, imaginary) }

  /// Visits all that later numbers depend on, rounding errors included; a state of another kind or size leaves the list as it is, and the visitor is told.
  public func visit(_ state: inout StateVisitor) {
    var numbers: [Double] = []
    if !state.isRestoring {
      numbers = [Double](unsafeUninitializedCapacity: nn_pair_sums_state_count(pairs)) { buffer, count in
        nn_pair_sums_save(pairs, buffer.baseAddress!)
        count = buffer.count
      }
    }
    state.visit(&numbers)
    if state.isRestoring, nn_pair_sums_restore(pairs, numbers, numbers.count) != 0 { state.reject() }
  }

  /// `<φ² ψ>`, `ψ = Re Σ_i z_i² e^{2i k_i·x}`.
  public var harmonic: Double { nn_pair_sums_harmonic(pairs) }
}
