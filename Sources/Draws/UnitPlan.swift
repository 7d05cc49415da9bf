// SPDX-License-Identifier: GPL-3.0-or-later

/// A run cut into units that are pure functions of the plan and of their number: what ``Runner`` carries out.
///
/// Whatever splits a run (threads, shards, jobs, interruptions) splits it between units, so that equal plans give equal bytes.
public protocol UnitPlan: Sendable {
  /// What determines the numbers of its units beside ``layout``: plans of one family have units in common where one layout extends the other.
  var family: PlanIdentity { get }
  /// How the draws are dealt to units.
  var layout: UnitLayout { get }
  /// A worker for one thread: does the unit of a number, or returns nil once `monitor` asks to stop. Throws where a user's numbers lead to none.
  func makeWorker(_ monitor: RunMonitor) -> (Int) throws -> UnitRecord?
}

extension UnitPlan {
  /// What determines the numbers of every unit.
  public var identity: PlanIdentity { statement.identity }
  /// How many units there are: bins, chains, ladders, populations.
  public var unitCount: Int { layout.count }
  /// Family and layout, as data.
  public var statement: PlanStatement { PlanStatement(family: family, layout: layout) }
}

/// All that determines the units of a plan, as data: what a file of records states.
public struct PlanStatement: Sendable, Hashable, Codable {
  /// What determines them beside the layout.
  public let family: PlanIdentity
  /// How draws are dealt to them.
  public let layout: UnitLayout

  /// States a plan.
  public init(family: PlanIdentity, layout: UnitLayout) {
    self.family = family
    self.layout = layout
  }

  /// Family and layout in one text.
  public var identity: PlanIdentity {
    var identity = family
    for (key, value) in layout.lines { identity.add(key, value) }
    return identity
  }

  /// Whether every unit of `other` is a unit here, or the beginning of one.
  public func extends(_ other: PlanStatement) -> Bool { family == other.family && layout.extends(other.layout) }
}

/// What identifies a plan: keys and values in a fixed order, from the theory's own keys to the rows measured. Records of equal identities may be
/// joined; ``difference(from:)`` names the first key that keeps two plans apart.
public struct PlanIdentity: Sendable, Hashable, Codable {
  /// One key and its value.
  public struct Line: Sendable, Hashable, Codable {
    /// "architecture.width", "sites", "measurement two-point".
    public let key: String
    /// In the form of a theory file where the key is one of its.
    public let value: String
  }

  /// The keys in order.
  public private(set) var lines: [Line] = []

  /// Nothing stated yet.
  public init() {}

  /// An identity of one key.
  public init(_ key: String, _ value: String) { add(key, value) }

  /// States a key.
  public mutating func add(_ key: String, _ value: String) { lines.append(Line(key: key, value: value)) }

  /// States the keys of another identity.
  public mutating func add(_ other: PlanIdentity) { lines += other.lines }

  /// The same without a key.
  public func without(_ key: String) -> PlanIdentity {
    var rest = self
    rest.lines.removeAll { $0.key == key }
    return rest
  }

  /// The canonical text: one `key = value` a line.
  public var text: String { lines.map { "\($0.key) = \($0.value)\n" }.joined() }

  /// Sixteen hexadecimal digits of the text (FNV-1a): a name for files. Equality is that of the text.
  public var name: String {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  /// The first key whose value differs, with both values; nil for equal identities. A key that one of them lacks has the value "nothing" there.
  public func difference(from other: PlanIdentity) -> (key: String, own: String, other: String)? {
    let (own, others) = (values, other.values)
    for line in lines + other.lines where own[line.key] != others[line.key] {
      return (line.key, own[line.key] ?? "nothing", others[line.key] ?? "nothing")
    }
    return nil
  }

  /// Values of repeated keys are joined in order.
  private var values: [String: String] {
    Dictionary(lines.map { ($0.key, $0.value) }) { "\($0); \($1)" }
  }
}
