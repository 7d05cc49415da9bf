// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import Testing

@Suite struct KeyLocatorTests {
  @Test func followsEveryFormOfKey() {
    let text = """
      \u{FEFF}title = "a # no comment = 1"   # comment = 2
      a.b = 1
      a . "c d" . 'e' = { x = 1, y.z = [1, { w = 2 }] }
      list = [ # [no.table]
        1, "]",
        [2,
         3],
      ]
      text = \"\"\"
      [fake]
      fake = 1 \\\"\"\" still text
      \"\"\"\"
      other = '''
      fake = '' 2'''''
      [ table . sub ] # comment
      key = 0xAF_01
      "quoted\\u0041\\t" = true
      [[rows]]
      n = 1
      [[rows]]
      n = 2
      [table]
      last = +inf
      """
    let locator = KeyLocator(text)
    let expected: [(String, Int)] = [
      ("title", 1), ("a", 2), ("a.b", 2), ("a.\"c d\"", 3), ("a.\"c d\".e", 3), ("a.\"c d\".e.x", 3),
      ("a.\"c d\".e.y", 3), ("a.\"c d\".e.y.z", 3), ("a.\"c d\".e.y.z.w", 3), ("list", 4), ("text", 9),
      ("other", 13), ("table", 15), ("table.sub", 15), ("table.sub.key", 16),
      ("table.sub.\"quotedA\\t\"", 17), ("rows", 18), ("rows.n", 19), ("\"rows[2]\"", 20), ("\"rows[2]\".n", 21), ("table.last", 23),
    ]
    #expect(locator.entries.map(\.key) == expected.map(\.0))
    #expect(locator.entries.map(\.line) == expected.map(\.1))
  }

  @Test func missingKeysStandAtTheirTable() {
    let locator = KeyLocator("x = 1\r\n[architecture]\r\nkind = 'a'\r\n")
    #expect(locator.line(of: "architecture.width") == 2)
    #expect(locator.line(of: "architecture.kind") == 3)
    #expect(locator.line(of: "lattice.sites") == nil)
    #expect(locator.line(of: "not a key") == nil)
    #expect(locator.line(of: "") == nil)
  }

  @Test(arguments: [
    "", "=", "[", "[[", "[]", "]", "a", "a.", ".a = 1", "a = ", "a = [", "a = {", "a = {b", "a = {b = [}", "\"", "'''",
    "a = \"\"\"", "a = \"\\", "a = \"\\u12", "\"\\uD800\" = 1", "a = [}]\nb = {]}\n", "[a\nb = 1", "a = [[[[[[[", "\r\r\n\r",
    String(repeating: "a.", count: 20_000) + "b = 1\n" + String(repeating: "c = 1\n", count: 1000),
    "a = " + String(repeating: "[", count: 50_000),
    "a = " + String(repeating: "{a=", count: 50_000),
  ])
  func endsOnAnyText(text: String) {
    #expect(KeyLocator(text).entries.allSatisfy { $0.line > 0 })
  }

  @Test func readsDottedKeys() {
    #expect(KeyLocator.components("a.b_c.d-1") == ["a", "b_c", "d-1"])
    #expect(KeyLocator.components(" a . \"b.c\" ") == ["a", "b.c"])
    for bad in ["", ".", "a.", ".a", "a..b", "a b", "a=b", "\"a", "a\nb"] {
      #expect(KeyLocator.components(bad) == nil, "\(bad)")
    }
  }
}

@Suite struct SpellingTests {
  @Test(arguments: [
    ("widht", "width"), ("Width", "width"), ("sites ", "sites"), ("spacng", "spacing"), ("boundry", "boundary"),
    ("cosnet", "cos-net"), ("first_seperation", "first_separation"),
  ])
  func findsTheNearest(word: String, nearest: String) {
    let known = ["width", "sites", "spacing", "boundary", "cos-net", "gauss-net", "first_separation"]
    #expect(Spelling.nearest(to: word, among: known) == nearest)
  }

  @Test func doesNotGuessWildly() {
    #expect(Spelling.nearest(to: "temperature", among: ["width", "sites"]) == nil)
    #expect(Spelling.nearest(to: "xy", among: ["ab"]) == nil)
    #expect(Spelling.nearest(to: "x", among: []) == nil)
  }
}
