/** How many samples a distribution is asked for. */

import type { Shape, Size } from "../../size/index.ts"
import { shapeArgument } from "../operations/shapes.ts"
import { type ArrayLike, commonShape, shapeOf } from "../tracing/operands.ts"

/** The shape of samples: as given, or that of the parameters. */
export function sampleShape(
  name: string,
  shape: Size | Shape | null | undefined,
  ...parameters: readonly ArrayLike[]
): Shape {
  const own = commonShape(
    `random.${name}`,
    parameters.map((x) => shapeOf(`random.${name}`, x)),
  )
  return shape === undefined || shape === null ? own : shapeArgument(`random.${name}`, shape)
}
