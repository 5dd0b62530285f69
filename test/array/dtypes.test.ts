import { describe, expect, test } from "vitest"
import { Array, nn, np, random, special } from "../../src/array/index.ts"
import { type DType, decodeTyped, dtypes, isDType } from "../../src/size/index.ts"
import { isStored, load, readFixture, type StoredArray } from "./reference.ts"

interface Case {
  readonly f: string
  readonly args: readonly (StoredArray | number | string)[]
  readonly result: StoredArray
}

/** What JAX gives: fixtures/make_dtypes.py. */
const cases = readFixture("dtypes.json") as readonly Case[]

/** A few last places, of numbers up to 1. */
const roundings: { readonly [D in DType]?: number } = {
  float64: 1e-13,
  float32: 1e-6,
  float16: 2 ** -9,
  bfloat16: 2 ** -6,
}

type Callable = (...args: readonly unknown[]) => unknown

function functionOf(path: string): Callable {
  const [room, name] = path.split(".")
  const found: unknown = Reflect.get({ np, nn, special }[room] ?? {}, name)
  if (typeof found !== "function") throw new TypeError(`there is no ${path}`)
  return (...args) => Reflect.apply(found, undefined, args)
}

function dtypeOf(name: unknown): DType {
  if (typeof name !== "string" || !isDType(name)) throw new TypeError(`${name} is no dtype`)
  return name
}

/** A case's call of this library. */
function callOf({ f, args: [first, ...rest] }: Case): unknown {
  if (f === "astype" && isStored(first)) return load(first).astype(dtypeOf(rest[0]))
  const [, name] = f.split(".")
  if (f === "random.randint") {
    return random.randint(random.key(3), [11], 3, 100, { dtype: dtypeOf(first) })
  }
  if (f.startsWith("random.")) {
    const draw: unknown = Reflect.get(random, name)
    if (typeof draw !== "function") throw new TypeError(`there is no ${f}`)
    return Reflect.apply(draw, undefined, [random.key(3), [11], { dtype: first }])
  }
  return functionOf(f)(...[first, ...rest].map((arg) => (isStored(arg) ? load(arg) : arg)))
}

/** What is wrong with a result, or undefined. */
async function fault(example: Case): Promise<string | undefined> {
  let result: unknown
  try {
    result = callOf(example)
  } catch (error) {
    return `throws ${error}`
  }
  if (globalThis.Array.isArray(result)) result = result[0]
  if (!(result instanceof Array)) return `gives ${String(result)}`
  const { shape, data } = example.result
  // JAX's own integers are wider beside float64.
  const dtype = example.result.dtype.replace("int64", "int32")
  if (result.dtype !== dtype) return `is ${result.dtype}, not ${dtype}`
  if (`${result.shape}` !== `${shape}`) return `has shape ${result.shape}, not ${shape}`
  const found = decodeTyped(result.dtype, await result.data())
  // Uniform numbers are made of bits alone; nine digits of them are stored.
  const allowed = example.f === "random.uniform" ? 1e-9 : (roundings[result.dtype] ?? 0)
  for (const [i, want] of data.map(Number).entries()) {
    const close = Math.abs(found[i] - want) <= allowed * Math.max(1, Math.abs(want))
    if (!Object.is(found[i], want) && found[i] !== want && !close) {
      return `has ${found[i]} at ${i}, not ${want}`
    }
  }
  return undefined
}

/** Integers that JAX lets overflow: a softmax's differences, and powers with negative exponents. */
const overflows = ["nn.softmax(int8)", "nn.softmax(uint8)", "np.power(int8, int8)"]

const named = Map.groupBy(cases, ({ f }) => f)

describe("of each dtype it takes, a function gives the dtype and the numbers that JAX gives", () => {
  test.each([...named.keys()])("%s", async (name) => {
    const faults: string[] = []
    for (const example of named.get(name) ?? []) {
      const words = example.args.map((arg) => (isStored(arg) ? arg.dtype : arg))
      if (overflows.includes(`${name}(${words.join(", ")})`)) continue
      const found = await fault(example)
      if (found !== undefined) faults.push(`${name}(${words.join(", ")}) ${found}`)
    }
    expect(faults).toEqual([])
  })
})

describe("integers divided by zero, and the least of them by −1", () => {
  const signed = ["int32", "int16", "int8"] as const
  const unsigned = ["uint32", "uint16", "uint8"] as const

  test.each([...signed, ...unsigned])("are of %s what JAX says", async (dtype) => {
    const { lowest, highest, kind } = dtypes[dtype]
    const of = (...elements: readonly number[]) => np.array(elements, { dtype })
    const [x, zero] = [of(5, 0, 100), of(0, 0, 0)]
    const isSigned = kind === "signed"
    expect(await np.floorDivide(x, zero).toArray()).toEqual(
      isSigned ? [-2, -1, -2] : [highest, highest, highest],
    )
    expect(await np.remainder(x, zero).toArray()).toEqual([0, 0, 0])
    expect(await np.fmod(x, zero).toArray()).toEqual([5, 0, 100])
    if (!isSigned) return
    const [least, minusOne] = [of(lowest), of(-1)]
    expect(await np.floorDivide(least, minusOne).item()).toBe(lowest)
    expect(await np.remainder(least, minusOne).item()).toBe(0)
    expect(await least.abs().item()).toBe(lowest)
    expect(await least.neg().item()).toBe(lowest)
    expect(await of(highest).add(1).item()).toBe(lowest)
  })

  test("numbers stand for whole exponents", async () => {
    expect(await np.ldexp(np.array([1, 3]), 3).toArray()).toEqual([8, 24])
    expect(await np.ldexp(np.array([1, 3]), -1).toArray()).toEqual([0.5, 1.5])
    expect(() => np.ldexp(np.ones([2]), np.ones([2]))).toThrow("the exponent must be integers")
  })
})
