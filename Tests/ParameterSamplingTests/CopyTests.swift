// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import FieldTheories
import Testing

@testable import ParameterSampling

/// Copies of networks take every number of every block, those of a width of its own included.
@Suite struct CopyTests {
  @Test(arguments: [nil, 3, 11]) func blocksOfAWidthOfTheirOwn(width: Int?) {
    let layout = ParameterLayout(
      width: 5,
      blocks: [
        ParameterBlock("output weight"), ParameterBlock("hidden weight", components: 4, width: width), ParameterBlock("phase"),
      ])
    let (original, copy) = (NetworkParameters(layout: layout), NetworkParameters(layout: layout))
    func numbers(_ network: NetworkParameters) -> [[Double]] {
      layout.blocks.enumerated().map { index, block in
        Array(UnsafeBufferPointer(start: network.block(index), count: block.components * layout.width(of: block)))
      }
    }
    for (index, block) in layout.blocks.enumerated() {
      for i in 0..<block.components * layout.width(of: block) { original.block(index)[i] = Double(100 * index + i + 1) }
    }
    #expect(numbers(copy) != numbers(original))
    copy.copy(from: original)
    #expect(numbers(copy) == numbers(original))
  }
}
