/** Elements where a mask holds replaced or combined with: a choice for each, so no shape depends on data. */

import { printShape, sizesEqual } from "../../size/index.ts"
import type { Array } from "../array.ts"
import { type ArrayLike, spread, toArray, typeOf } from "../tracing/operands.ts"
import { operation } from "../tracing/operation.ts"
import * as elementwise from "./elementwise.ts"
import * as movement from "./movement.ts"
import type { Place } from "./places.ts"

/**
 * What combines elements with values. Where the mask does not hold both are 1, so that derivatives
 * there are finite.
 */
const combinations: Readonly<Record<Combination, (x: Array, values: Array) => Array>> = {
  add: elementwise.add,
  subtract: elementwise.subtract,
  multiply: elementwise.multiply,
  divide: elementwise.divide,
  power: elementwise.power,
  min: elementwise.minimum,
  max: elementwise.maximum,
  set: (_, values) => elementwise.positive(values),
}

type Combination = "add" | "subtract" | "multiply" | "divide" | "power" | "min" | "max" | "set"

/** A mask over the leading axes, spread over the rest. */
function maskOver(array: Array, mask: Array): Array {
  const fits =
    mask.ndim <= array.ndim && mask.shape.every((size, i) => sizesEqual(size, array.shape[i]))
  if (!fits) {
    throw new RangeError(
      `at: a mask of shape ${printShape(mask.shape)} must have the leading axes of the array, ` +
        `whose shape is ${printShape(array.shape)}`,
    )
  }
  const rest = globalThis.Array.from({ length: array.ndim - mask.ndim }, () => 1)
  return movement.reshape(mask, [...mask.shape, ...rest])
}

const updated: (x: ArrayLike, mask: Array, values: ArrayLike, how: Combination) => Array =
  operation(3, (x, mask, values, how) => {
    const array = toArray("at", x)
    const type = { dtype: array.dtype, weak: false }
    const holds = maskOver(array, mask)
    const given = spread(values, array.shape, type)
    const [own, other] = [array, given].map((one) => elementwise.where(holds, one, 1))
    const combined = combinations[how](own, elementwise.astype(other, array.dtype))
    return elementwise.where(holds, elementwise.astype(combined, array.dtype), array)
  })

/** The elements where a mask holds; `get` says why there is no array of them. */
export function maskedPlace(x: ArrayLike, mask: Array, get: () => Array): Place {
  const update = (how: Combination) => (values: ArrayLike) =>
    updated(x, mask, requireFits(x, values), how)
  return {
    get,
    set: update("set"),
    add: update("add"),
    subtract: update("subtract"),
    multiply: update("multiply"),
    mul: update("multiply"),
    divide: update("divide"),
    power: update("power"),
    min: update("min"),
    max: update("max"),
    apply: (body) => update("set")(body(toArray("at", x))),
  }
}

/** @throws RangeError when values would need as many elements as the mask has true ones. */
function requireFits(x: ArrayLike, values: ArrayLike): ArrayLike {
  const [own, given] = [x, values].map((one) => typeOf("at", one).shape)
  const fits =
    given.length <= own.length &&
    given.every((size, i) => size === 1 || sizesEqual(size, own[own.length - given.length + i]))
  if (fits) return values
  throw new RangeError(
    `at: values of shape ${printShape(given)} for a mask must broadcast to the array's shape ` +
      `${printShape(own)}, because how many elements it names is not known`,
  )
}
