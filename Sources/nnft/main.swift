// SPDX-License-Identifier: GPL-3.0-or-later
import LatticeFields
print(Pairings.six.count, Pairings.halfSplits(6).count)
