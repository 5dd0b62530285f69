/** Packing a block of an operand into panels, by the way that suits its memory. */

import type { Block, Packing } from "./contraction-block.ts"
import { interleaveMemory, interleaveValues } from "./contraction-interleave.ts"
import { sliceMemory, sliceValues } from "./contraction-slice.ts"

/** Writes code that packs a block. What fills its last panel up is zero. */
export function pack(packing: Packing, block: Block): void {
  const { way } = packing.side
  packing.context.scopes.within(() => {
    if (way.kind === "interleave") interleaveMemory(packing, way, block)
    else if (way.kind === "slice") sliceMemory(packing, way, block)
    else if (way.along === "depth") interleaveValues(packing, block)
    else sliceValues(packing, block)
  })
}
