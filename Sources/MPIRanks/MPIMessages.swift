// SPDX-License-Identifier: GPL-3.0-or-later

import Draws

#if MPI
  import CMPI
  import Glibc
  import Synchronization

  /// Messages between the ranks of one `mpirun`, by MPI.
  public final class MPIMessages: MessagePassing {
    /// This process; 0 is the root.
    public let rank: Int
    /// Number of processes.
    public let size: Int

    /// Messages that may not have left yet.
    private struct Outbox: @unchecked Sendable { var messages: [UnsafeMutablePointer<nn_mpi_message>] = [] }
    private let outbox = Mutex(Outbox())

    private init(rank: Int, size: Int) { (self.rank, self.size) = (rank, size) }

    /// Begins MPI where this process was started by it, as one of several; nil elsewhere.
    public static func begin() -> MPIMessages? {
      guard getenv("OMPI_COMM_WORLD_SIZE") != nil || getenv("PMIX_RANK") != nil || getenv("PMI_RANK") != nil else { return nil }
      var (rank, size): (Int32, Int32) = (0, 1)
      guard nn_mpi_begin(&rank, &size) == 0 else { return nil }
      return MPIMessages(rank: Int(rank), size: Int(size))
    }

    /// Ends MPI: with the other ranks where all of them come here, or for all of them at once.
    public func end(code: Int32, forAll: Bool) { if forAll { nn_mpi_abort(code) } else { nn_mpi_end() } }

    /// Hands a message over; at most 2 GiB.
    public func send(_ message: [UInt8], to rank: Int) {
      let sent = message.withUnsafeBytes { nn_mpi_send($0.baseAddress, Int32($0.count), Int32(rank)) }
      guard let sent else { return nn_mpi_abort(5) }
      outbox.withLock { outbox in
        outbox.messages.append(sent)
        outbox.messages = outbox.messages.filter { nn_mpi_has_left($0) == 0 }
      }
    }

    /// The next message.
    public func receive() -> (from: Int, message: [UInt8])? {
      outbox.withLock { outbox in outbox.messages = outbox.messages.filter { nn_mpi_has_left($0) == 0 } }
      var from: Int32 = 0
      let count = nn_mpi_waiting(&from)
      guard count >= 0 else { return nil }
      var bytes = [UInt8](repeating: 0, count: Int(count))
      bytes.withUnsafeMutableBytes { nn_mpi_receive($0.baseAddress, count, from) }
      return (Int(from), bytes)
    }

    /// Waits until all messages have left.
    public func finishSending() {
      while outbox.withLock({ outbox in
        outbox.messages = outbox.messages.filter { nn_mpi_has_left($0) == 0 }
        return !outbox.messages.isEmpty
      }) {
        usleep(500)
      }
    }
  }
#else
  /// Without the trait `MPI` there are no messages: a process is alone.
  public final class MPIMessages: MessagePassing {
    /// The root.
    public var rank: Int { 0 }
    /// Itself.
    public var size: Int { 1 }

    private init() {}

    /// None.
    public static func begin() -> MPIMessages? { nil }
    /// Nothing to end.
    public func end(code: Int32, forAll: Bool) {}
    /// Nobody to send to.
    public func send(_ message: [UInt8], to rank: Int) {}
    /// Nobody sends.
    public func receive() -> (from: Int, message: [UInt8])? { nil }
    /// Nothing was sent.
    public func finishSending() {}
  }
#endif
