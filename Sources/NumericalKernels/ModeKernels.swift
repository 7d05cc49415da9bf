// SPDX-License-Identifier: GPL-3.0-or-later

internal import CKernels

/// Independent modes `φ_k = s_k η_k` that turn about centres ν_k and are pulled towards targets y_k: vectorised loops of Hamiltonian moves.
///
/// Arrays lie at 64-byte boundaries. Sums go eight modes at a time in one order on every machine that fuses multiply-adds alike.
public struct ModeKernels: Sendable {
  /// Numbers written.
  public typealias Output = UnsafeMutablePointer<Double>

  /// Scales, targets, centres and pulls `s/D` of eight modes after another: one stream of memory in place of four.
  private let table: AlignedBuffer<Double>
  private let mass: AlignedBuffer<Double>
  private let count: Int

  /// Of modes with scales s, targets y, centres ν and masses D.
  public init(scales: [Double], targets: [Double], centres: [Double], masses: [Double]) {
    let count = scales.count
    precondition([targets, centres, masses].allSatisfy { $0.count == count }, "ModeKernels: arrays of equal length")
    self.count = count
    table = AlignedBuffer(count: (count + 7) / 8 * 32, repeating: 0)
    mass = AlignedBuffer(count: count, repeating: 0)
    for k in 0..<count {
      let place = k / 8 * 32 + k % 8
      (table[place], table[place + 8], table[place + 16]) = (scales[k], targets[k], centres[k])
      table[place + 24] = scales[k] / masses[k]
      mass[k] = masses[k]
    }
  }

  /// `v_k += kick (s_k/D_k) (y_k − φ_k)`, then `(η − ν, v)` turns by an angle, given by its cosine and sine; φ is written where there is room for it. Returns `Σ (y − φ)²`. Cost: 0.4 ns a mode.
  public func turn(
    kick: Double = 0, cosine: Double, sine: Double, coordinates: Output, velocities: Output, field: Output? = nil
  ) -> Double {
    nn_turn_modes(table.pointer, kick, cosine, sine, coordinates, velocities, field, count)
  }

  /// `½ Σ η² + ½ Σ D v²`.
  public func energy(coordinates: Output, velocities: Output) -> Double {
    nn_mode_energy(coordinates, velocities, mass.pointer, count) / 2
  }
}
