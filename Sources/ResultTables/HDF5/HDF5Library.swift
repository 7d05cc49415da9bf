// SPDX-License-Identifier: GPL-3.0-or-later

internal import CHDF5
import Synchronization

/// A call of the HDF5 library failed, or a file is not laid out as expected: what, in a few words.
struct HDF5Failure: Error {
  let problem: String
}

/// The HDF5 library behind one door.
enum HDF5Library {
  private static let gate = Mutex(())

  /// Runs `body` while no other thread is in the library, which keeps global state.
  static func exclusively<Result: Sendable>(_ body: () throws -> Result) throws -> Result {
    try gate.withLock { _ in
      guard H5open() >= 0, nn_silence() >= 0 else { throw HDF5Failure(problem: "the HDF5 library does not start") }
      return try body()
    }
  }

  /// Hands the object `id` to `body` and closes it afterwards; a negative `id` is the failure to `purpose`.
  static func with<Result>(
    _ id: hid_t, _ purpose: String, close: (hid_t) -> herr_t, _ body: (hid_t) throws -> Result
  ) throws -> Result {
    guard id >= 0 else { throw HDF5Failure(problem: "cannot \(purpose)") }
    let result: Result
    do {
      result = try body(id)
    } catch {
      _ = close(id)
      throw error
    }
    try check(close(id), purpose)
    return result
  }

  /// Throws where a call returned a negative number.
  static func check(_ status: herr_t, _ purpose: String) throws {
    guard status >= 0 else { throw HDF5Failure(problem: "cannot \(purpose)") }
  }
}
