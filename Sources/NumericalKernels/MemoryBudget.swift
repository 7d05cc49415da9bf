// SPDX-License-Identifier: GPL-3.0-or-later

import Glibc

/// Out of memory or disk, in one line with its cure.
public struct ResourceError: Fault {
  /// What the run fails of.
  public var kind: FaultKind { .outOfResources }
  /// What is missing and what to do.
  public let description: String
  /// States a shortage.
  public init(_ description: String) { self.description = description }
}

/// The memory this process may use: what is larger is refused before it is asked for, because neither Swift's arrays nor the libraries can be
/// stopped once the system has said no.
public enum MemoryBudget {
  /// Bytes of the machine, or of the limit set on this process (`ulimit -v`) if that is less.
  public static var available: Double {
    let machine = Double(sysconf(Int32(_SC_PHYS_PAGES))) * Double(sysconf(Int32(_SC_PAGESIZE)))
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0 else { return machine }
    return min(machine, Double(limit.rlim_cur))
  }

  /// Throws if `bytes` exceed four fifths of ``available``.
  public static func require(bytes: Double, for what: @autoclosure () -> String, cure: String) throws(ResourceError) {
    let available = available
    guard bytes <= 0.8 * available else {
      throw ResourceError(
        "\(what()) would need about \(gibibytes(bytes)) of memory, this process may use \(gibibytes(available)); \(cure)")
    }
  }

  /// Three digits.
  static func gibibytes(_ bytes: Double) -> String {
    let size = bytes / 0x1p30
    guard size.isFinite, size > 0 else { return "\(size) GiB" }
    let digits = pow(10, 2 - log10(size).rounded(.down))
    return "\(Float((size * digits).rounded() / digits)) GiB"
  }

  /// Whether the system grants `bytes` of address space at this moment; they are given back at once.
  public static func isGranted(bytes: Double) -> Bool {
    guard let size = Int(count: bytes, atMost: 1 << 62), size > 0 else { return bytes <= 0 }
    guard let place = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0),
      place != MAP_FAILED
    else { return false }
    munmap(place, size)
    return true
  }

  /// Ends the process in one line with the exit code of exhausted resources: for a refused allocation in the middle of a computation, after which
  /// nothing can be done.
  static func exhausted(bytes: Int) -> Never {
    let line = "nnft: the system refused \(bytes) bytes of memory; use fewer sites, bins or threads, or a smaller width\n"
    _ = line.withCString { write(STDERR_FILENO, $0, strlen($0)) }
    _exit(5)
  }
}
