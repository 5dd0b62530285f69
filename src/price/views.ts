/** Which primitives need no storage of their own. */

import type { Primitive } from "../graph/index.ts"

/** Primitives whose result shares its operand's storage. */
type ViewPrimitive =
  | "stopGradient"
  | "reshape"
  | "transpose"
  | "broadcast"
  | "slice"
  | "flip"
  | "windows"
  | "after"

const views: { readonly [P in ViewPrimitive]: true } = {
  stopGradient: true,
  reshape: true,
  transpose: true,
  broadcast: true,
  slice: true,
  flip: true,
  windows: true,
  after: true,
}

/** Whether the result is its operand's storage seen differently. */
export function isView(primitive: Primitive): primitive is ViewPrimitive {
  return primitive in views
}

/** Whether the result is made from nothing: a constant or a count, which needs no storage. */
export function isCreation(primitive: Primitive): primitive is "full" | "iota" {
  return primitive === "full" || primitive === "iota"
}
