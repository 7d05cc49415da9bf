// SPDX-License-Identifier: GPL-3.0-or-later

import Glibc

/// Lengths whose transforms FFTW's estimated plans do well, and what these cost: nanoseconds on one current x86-64 core, measured once
/// (`Benchmarks`, verb `fft`). Only ratios matter.
enum TransformCosts {
  /// One real row of a complex transform of two rows, and one complex column of eight side by side. Lengths that estimated plans do badly
  /// (144, 192, 288, 384: two or three times the time of their neighbours) are left out.
  private static let measured: [(length: Int, row: Double, column: Double)] = [
    (16, 9, 7), (20, 13, 10), (24, 15, 32), (28, 14, 31), (32, 18, 16), (40, 21, 46), (48, 16, 46), (56, 23, 66),
    (60, 30, 60), (64, 26, 37), (72, 28, 88), (80, 44, 78), (96, 40, 90), (100, 49, 108), (112, 53, 120), (120, 57, 128),
    (128, 55, 114), (140, 74, 166), (160, 75, 178), (200, 105, 254), (224, 115, 410), (256, 120, 288), (280, 155, 530),
    (320, 162, 426), (400, 217, 912), (448, 256, 1014), (512, 260, 824), (640, 349, 970),
  ]

  /// Lengths for complex transforms, ascending.
  static let complexLengths = measured.map(\.length) + products(of: [1, 5, 7]).filter { $0 > 640 }
  /// Lengths for a single complex-to-real row, ascending; without 128, whose estimated plan is one straight line of code that
  /// outgrows the instruction cache.
  static let realLengths = products(of: [1, 3, 5, 9, 15, 25]).filter { $0 != 128 }

  /// A real row as half of a complex transform.
  static func row(_ length: Int) -> Double {
    measured.first { $0.length == length }?.row ?? 0.06 * operations(length)
  }
  /// A complex column, one of eight.
  static func column(_ length: Int) -> Double {
    measured.first { $0.length == length }?.column ?? 0.19 * operations(length)
  }
  /// A complex-to-real row by itself.
  static func singleRow(_ length: Int) -> Double { 0.09 * operations(length) }

  private static func operations(_ length: Int) -> Double { Double(length) * log2(Double(length)) }

  private static func products(of odd: [Int]) -> [Int] {
    odd.flatMap { factor in (1...28).map { factor << $0 }.filter { (8...(1 << 28)).contains($0) } }.sorted()
  }
}
