// SPDX-License-Identifier: GPL-3.0-or-later

/// The element type of a NumPy array that can be read as double-precision numbers.
struct NumPyNumbers: Sendable {
  /// In words, as `numpy.dtype.name` says it.
  let name: String
  /// Bytes an element.
  let width: Int
  /// Converts `count` elements that lie `stride` bytes apart.
  let convert: @Sendable (UnsafeRawPointer, _ stride: Int, _ count: Int, UnsafeMutablePointer<Double>) -> Void

  /// The type of a descriptor, `<f4` for example; nil for complex numbers, texts, objects, records.
  init?(_ descriptor: String) {
    guard let order = descriptor.first, "<>|=".contains(order), let width = Int(descriptor.dropFirst(2)) else { return nil }
    let isSwapped = order == ">"
    func integer<T: FixedWidthInteger & Sendable>(_: T.Type) -> Self {
      Self(width: width, name: "\(T.isSigned ? "int" : "uint")\(8 * width)") { start in
        let raw = start.loadUnaligned(as: T.self)
        return Double(isSwapped ? raw.byteSwapped : raw)
      }
    }
    switch (descriptor.dropFirst().first, width) {
    case ("f", 8) where !isSwapped:
      self.init(name: "float64", width: 8) { start, stride, count, place in
        if stride == 8 {
          UnsafeMutableRawPointer(place).copyMemory(from: start, byteCount: 8 * count)
        } else {
          for i in 0..<count { place[i] = (start + i * stride).loadUnaligned(as: Double.self) }
        }
      }
    case ("f", 4) where !isSwapped: self.init(width: 4, name: "float32") { Double($0.loadUnaligned(as: Float.self)) }
    case ("f", 8):
      self.init(width: 8, name: "float64") { Double(bitPattern: $0.loadUnaligned(as: UInt64.self).byteSwapped) }
    case ("f", 4):
      self.init(width: 4, name: "float32") { Double(Float(bitPattern: $0.loadUnaligned(as: UInt32.self).byteSwapped)) }
    case ("f", 2):
      self.init(width: 2, name: "float16") {
        let bits = $0.loadUnaligned(as: UInt16.self)
        return Self.half(isSwapped ? bits.byteSwapped : bits)
      }
    case ("f", 16) where !isSwapped:
      self.init(width: 16, name: "longdouble") { Self.extended($0) }
    case ("i", 1): self = integer(Int8.self)
    case ("i", 2): self = integer(Int16.self)
    case ("i", 4): self = integer(Int32.self)
    case ("i", 8): self = integer(Int64.self)
    case ("u", 1), ("b", 1): self = integer(UInt8.self)
    case ("u", 2): self = integer(UInt16.self)
    case ("u", 4): self = integer(UInt32.self)
    case ("u", 8): self = integer(UInt64.self)
    default: return nil
    }
  }

  private init(
    name: String, width: Int, convert: @escaping @Sendable (UnsafeRawPointer, Int, Int, UnsafeMutablePointer<Double>) -> Void
  ) {
    (self.name, self.width, self.convert) = (name, width, convert)
  }

  /// By the conversion of one element.
  @inline(__always)
  private init(width: Int, name: String, _ element: @escaping @Sendable (UnsafeRawPointer) -> Double) {
    self.init(name: name, width: width) { start, stride, count, place in
      for i in 0..<count { place[i] = element(start + i * stride) }
    }
  }

  /// A number of IEEE 754 binary16: sign, 5 bits of exponent, 10 of fraction.
  static func half(_ bits: UInt16) -> Double {
    let (exponent, fraction) = (Int(bits >> 10 & 0x1F), Double(bits & 0x3FF))
    let size =
      switch exponent {
      case 0: fraction * 0x1p-24
      case 0x1F: fraction == 0 ? Double.infinity : .nan
      default: Double(sign: .plus, exponent: exponent - 15, significand: 1 + fraction * 0x1p-10)
      }
    return bits >> 15 == 0 ? size : -size
  }

  /// A number of x87's extended precision in the first 10 of 16 bytes, as C's `long double` on x86.
  static func extended(_ start: UnsafeRawPointer) -> Double {
    let mantissa = start.loadUnaligned(as: UInt64.self)
    let head = (start + 8).loadUnaligned(as: UInt16.self)
    let exponent = Int(head & 0x7FFF)
    let size: Double
    if exponent == 0x7FFF {
      size = mantissa << 1 == 0 ? .infinity : .nan
    } else {
      // Two factors: the smallest results are subnormal, and one power of two would underflow before.
      let scale = exponent - 16383 - 63
      let half = scale / 2
      size =
        scale > 1100 || scale < -1300
        ? (mantissa == 0 || scale < 0 ? 0 : .infinity)
        : Double(mantissa) * Double(sign: .plus, exponent: half, significand: 1)
          * Double(sign: .plus, exponent: scale - half, significand: 1)
    }
    return head >> 15 == 0 ? size : -size
  }
}
