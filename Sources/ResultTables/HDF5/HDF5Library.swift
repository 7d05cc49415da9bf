// SPDX-License-Identifier: GPL-3.0-or-later

internal import CHDF5
import Synchronization

/// The HDF5 library behind one door.
enum HDF5Library {
  private static let gate = Mutex(())

  /// Starts the library once.
  ///
  /// It is not to clean up when the process ends: every file is closed by then, and what a damaged file has left in its caches makes it
  /// go round in circles and complain ("infinite loop closing library").
  private static let hasStarted = H5dont_atexit() >= 0 && H5open() >= 0

  /// Runs `body` while no other thread is in the library, which keeps global state.
  static func exclusively<Result: Sendable>(_ body: () throws -> Result) throws -> Result {
    try gate.withLock { _ in
      guard hasStarted, nn_silence() >= 0 else { throw FileFailure(problem: "the HDF5 library does not start") }
      return try body()
    }
  }

  /// Files, groups, datasets, types and attributes that are open; for tests.
  static var openObjects: Int { get throws { try exclusively { nn_open_objects() } } }

  /// Hands the object `id` to `body` and closes it afterwards; a negative `id` is the failure to `purpose`.
  static func with<Result>(
    _ id: hid_t, _ purpose: String, close: (hid_t) -> herr_t, _ body: (hid_t) throws -> Result
  ) throws -> Result {
    guard id >= 0 else { throw FileFailure(problem: "cannot \(purpose)") }
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
    guard status >= 0 else { throw FileFailure(problem: "cannot \(purpose)") }
  }
}
