/** Calls stored in fixtures with their results: they are made on every device and compared. */

import { beforeAll, describe, expect, test } from "vitest"
import { Array, grad, np, setDefaultDevice } from "../../src/array/index.ts"
import { gpuOrReason } from "../device/gpu/software.ts"
import { expectCompiled } from "../device/native/compiled.ts"
import { compiler } from "../device/native/compiler.ts"
import {
  expectStored,
  isStored,
  load,
  loose,
  readFixture,
  type StoredArray,
  type Tolerance,
} from "./reference.ts"

interface Case {
  readonly space: string
  readonly name: string
  readonly args: readonly unknown[]
  /** Whether the result is the gradient of the sum of the results, by the first argument. */
  readonly gradient?: true
  readonly result: unknown
}

interface Fixture {
  readonly inputs: readonly StoredArray[]
  readonly cases: readonly Case[]
}

/** The functions of each name space. */
type Spaces = Readonly<Record<string, Readonly<Record<string, unknown>>>>

/** Numbers of inputs inside arguments become arrays. */
function argumentOf(value: unknown, inputs: readonly StoredArray[]): unknown {
  if (isInput(value)) return load(inputs[value.input])
  if (globalThis.Array.isArray(value)) return value.map((one) => argumentOf(one, inputs))
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, argumentOf(one, inputs)]),
  )
}

function isInput(value: unknown): value is { readonly input: number } {
  return typeof value === "object" && value !== null && "input" in value
}

/** The gradient of the sum of the results (of the first, where there are several). */
function gradientOf(call: Function, [x, ...rest]: readonly unknown[]): unknown {
  if (!(x instanceof Array)) throw new TypeError("the first argument must be an array")
  return grad((x: Array) => {
    const result: unknown = call(x, ...rest)
    return np.sum(globalThis.Array.isArray(result) ? result[0] : result)
  })(x)
}

async function check(actual: unknown, wanted: unknown, tolerance: Tolerance): Promise<void> {
  if (isStored(wanted)) await expectStored(actual, wanted, tolerance)
  else if (globalThis.Array.isArray(wanted) && globalThis.Array.isArray(actual)) {
    expect(actual.length).toBe(wanted.length)
    for (const [i, one] of wanted.entries()) await check(actual[i], one, tolerance)
  } else if (isRecord(wanted) && isRecord(actual)) {
    expect(Object.keys(actual).sort()).toEqual(Object.keys(wanted).sort())
    for (const [name, one] of Object.entries(wanted)) await check(actual[name], one, tolerance)
  } else expect.fail("a list or a tree was expected")
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !globalThis.Array.isArray(value)
}

const { gpu, reason } = await gpuOrReason()
await gpu?.close()
if (gpu === undefined) console.warn(`calls are not made on the gpu device: ${reason}`)

/** Cases that compute with denormals, which a GPU may take for 0. */
const denormal: Readonly<Record<string, readonly number[]>> = { "np.frexp": [0], "np.ldexp": [1] }

/**
 * The slack of factorisations and series on a GPU. A step of theirs, a − (b/c)·d, rounds three times;
 * WGSL lets a division be 2.5 units off, where a rounding is half a unit: five and two against three.
 */
export const slackOfDivisions = (5 + 1 + 1) / 3

interface OnGpu {
  /**
   * Functions made of loops whose shaders a software adapter compiles for minutes, in gigabytes: not
   * called there.
   */
  readonly heavy?: readonly string[]
  /** How many times the other devices' tolerance is allowed; 1 unless given. */
  readonly slack?: number
}

/**
 * Compares every call of a fixture on the devices that are there. The tolerance allows some 330
 * roundings of half a unit in the last place (2e-5 of 2⁻²⁴), on a GPU too: it adds, subtracts and
 * multiplies as the others do, and a division, which WGSL lets be 2.5 units off, counts as five.
 */
export function describeFixture(file: string, spaces: Spaces, onGpu: OnGpu = {}): void {
  const { heavy = [], slack = 1 } = onGpu
  const onAdapter = { relative: slack * loose.relative, absolute: slack * loose.absolute }
  const { inputs, cases } = readFixture(file) as Fixture
  const names = [...new Set(cases.map(({ space, name }) => `${space}.${name}`))]

  // On native every case is compiled: one of each function is enough.
  const places = [
    ...["cpu", "ram"],
    ...(compiler === undefined ? [] : ["native"]),
    ...(gpu === undefined ? [] : ["gpu"]),
  ]
  describe.each(places)("on %s", (device) => {
    if (device === "native") expectCompiled()
    beforeAll(() => {
      const before = setDefaultDevice(device)
      return () => {
        setDefaultDevice(before)
      }
    })

    const isLeftOut = (full: string): boolean =>
      device === "gpu" && gpu?.adapter.isSoftware === true && heavy.includes(full)
    describe.each(names.filter((full) => !isLeftOut(full)))("%s", (full) => {
      const all = cases.filter(({ space, name }) => `${space}.${name}` === full)
      const own = device === "native" ? all.slice(0, 1) : all
      const hard = device === "gpu" ? (denormal[full] ?? []) : []
      for (const [i, one] of own.entries()) {
        test.skipIf(hard.includes(i))(`agrees with the reference in case ${i}`, async () => {
          const call = spaces[one.space][one.name]
          if (typeof call !== "function") throw new TypeError(`there is no ${full}`)
          const args = one.args.map((arg) => argumentOf(arg, inputs))
          const found = one.gradient ? gradientOf(call, args) : await call(...args)
          await check(found, one.result, device === "gpu" ? onAdapter : loose)
        })
      }
    })
  })
}
