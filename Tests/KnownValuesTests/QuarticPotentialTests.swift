// SPDX-License-Identifier: GPL-3.0-or-later

import KnownValues
import Testing

@Suite struct QuarticPotentialTests {
  @Test func theDoubleWellHasItsMinimumWhereTheForceVanishes() {
    let well = QuarticPotential(massSquared: -2, coupling: 12)
    #expect(abs(well.minimum - 1) < 1e-15)
    #expect(abs(well.value(1) + 0.5) < 1e-15)
    #expect(well.value(1.001) > well.value(1) && well.value(0.999) > well.value(1))
  }
}
