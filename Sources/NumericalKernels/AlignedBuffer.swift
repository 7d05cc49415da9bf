// SPDX-License-Identifier: GPL-3.0-or-later

import Glibc

/// A fixed block of 64-byte aligned memory for numbers, owned by one worker at a time.
///
/// Hot loops and the C libraries (FFTW, OpenBLAS) want raw, aligned pointers that neither move nor
/// pay Swift's exclusivity checks. The owner hands out ``pointer`` and guarantees that no two threads
/// write at once; that discipline is what `@unchecked Sendable` states.
public final class AlignedBuffer<Element: BitwiseCopyable>: @unchecked Sendable {
  /// Number of elements.
  public let count: Int
  /// The first element; valid as long as the buffer lives.
  public let pointer: UnsafeMutablePointer<Element>

  /// Allocates `count` elements, each set to `value`.
  @_specialize(where Element == Double)
  @_specialize(where Element == Float)
  @_specialize(where Element == ComplexDouble)
  @_specialize(where Element == UInt8)
  public init(count: Int, repeating value: Element) {
    precondition(count >= 0, "AlignedBuffer: negative count \(count)")
    let size = count.multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
    guard !size.overflow, size.partialValue < .max - 64 else { MemoryBudget.exhausted(bytes: .max) }
    let bytes = max(64, (size.partialValue + 63) / 64 * 64)
    guard let raw = aligned_alloc(64, bytes) else { MemoryBudget.exhausted(bytes: bytes) }
    self.count = count
    pointer = raw.bindMemory(to: Element.self, capacity: max(count, 1))
    pointer.initialize(repeating: value, count: count)
  }

  deinit { free(pointer) }

  /// Element `index`, unchecked in release builds.
  @inlinable public subscript(index: Int) -> Element {
    get {
      assert(index >= 0 && index < count)
      return pointer[index]
    }
    set {
      assert(index >= 0 && index < count)
      pointer[index] = newValue
    }
  }

  /// Sets every element to `value`.
  @_specialize(where Element == Double)
  @_specialize(where Element == Float)
  @_specialize(where Element == ComplexDouble)
  @_specialize(where Element == UInt8)
  public func fill(with value: Element) { pointer.update(repeating: value, count: count) }

  /// A copy of the contents.
  public var array: [Element] { Array(UnsafeBufferPointer(start: pointer, count: count)) }
}
