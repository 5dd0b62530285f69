/** Values stored by the scripts in `fixtures/`, and the comparison with them. */

import { readFileSync } from "node:fs"
import { expect } from "vitest"
import { Array, np } from "../../src/array/index.ts"
import { type DType, dtypeNames, type TypedArray } from "../../src/size/index.ts"

export interface StoredArray {
  readonly shape: readonly number[]
  readonly dtype: string
  readonly data: readonly (number | boolean | string)[]
}

/** A fixture file's JSON. */
export function readFixture(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`fixtures/${name}`, import.meta.url), "utf8"))
}

export function isStored(value: unknown): value is StoredArray {
  return typeof value === "object" && value !== null && "data" in value && "dtype" in value
}

function dtypeOf(name: string): DType {
  const dtype = dtypeNames.find((one) => one === name)
  if (dtype === undefined) throw new TypeError(`a fixture has dtype ${name}`)
  return dtype
}

/** A stored array as an array. */
export function load({ shape, dtype, data }: StoredArray): Array {
  return np.array(data.map(Number), { dtype: dtypeOf(dtype) }).reshape(shape)
}

export interface Tolerance {
  readonly relative: number
  readonly absolute: number
}

/** For functions of a few operations and sums of some dozens. */
export const loose: Tolerance = { relative: 2e-5, absolute: 2e-6 }

/** Checks shape, dtype and elements: integers and bools exactly, floats within a tolerance. */
export async function expectStored(
  actual: unknown,
  stored: StoredArray,
  tolerance = loose,
): Promise<void> {
  if (!(actual instanceof Array)) throw new TypeError("the result is no array")
  const data = await actual.data()
  expect({ shape: actual.shape, dtype: actual.dtype }).toEqual({
    shape: stored.shape,
    dtype: stored.dtype,
  })
  const wanted = stored.data.map(Number)
  const wrong = firstDifference(data, wanted, stored.dtype === "float32" ? tolerance : undefined)
  if (wrong !== undefined) {
    expect.fail(`element ${wrong} is ${data[wrong]}, not ${wanted[wrong]} (${data} for ${wanted})`)
  }
}

/** The first element that is not as wanted. */
function firstDifference(
  data: TypedArray,
  wanted: readonly number[],
  tolerance: Tolerance | undefined,
): number | undefined {
  const at = wanted.findIndex((want, i) => {
    if (Object.is(data[i], want)) return false
    if (tolerance === undefined || !Number.isFinite(want)) return data[i] !== want
    return !(Math.abs(data[i] - want) <= tolerance.absolute + tolerance.relative * Math.abs(want))
  })
  return at < 0 ? undefined : at
}
