// SPDX-License-Identifier: GPL-3.0-or-later

/// The precision in which fields are evaluated and transformed. Sums over sites and networks are in double precision always.
public enum FieldPrecision: String, Sendable, Hashable, CaseIterable {
  /// IEEE double precision: 53 bits, relative rounding 1.1e-16.
  case double
  /// 24 bits: a field is good to about 1e-6 of its size.
  case single
}
