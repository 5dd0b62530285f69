import { describe, expect, expectTypeOf, test } from "vitest"
import { type Array, grad, jit, np, setDefaultDevice, vmap } from "../../src/array/index.ts"

/** A function that counts how often it is traced. */
function counted<A extends unknown[], R>(body: (...args: A) => R) {
  const count = { traces: 0 }
  const f = (...args: A): R => {
    count.traces++
    return body(...args)
  }
  return { f, count }
}

describe("jit", () => {
  test("traces once for each form of call", () => {
    const { f, count } = counted((x: Array, y: Array) => x.add(y))
    const g = jit(f)
    g(np.ones([2]), np.ones([2]))
    g(np.zeros([2]), np.zeros([2]))
    expect(count.traces).toBe(1)
    g(np.ones([3]), np.ones([3]))
    expect(count.traces).toBe(2)
    g(np.ones([2], { dtype: "int32" }), np.ones([2]))
    expect(count.traces).toBe(3)
    g(np.ones([2]), 1)
    g(np.ones([2]), 2.5)
    expect(count.traces).toBe(4)
  })

  test("takes and gives trees", async () => {
    const g = jit((p: { w: Array; b: readonly [Array, null] }, s: Array) => ({
      scaled: p.w.mul(s),
      rest: [p.b[0], 7, null] as const,
    }))
    const { scaled, rest } = g({ w: np.array([1, 2]), b: [np.array([5]), null] }, 3)
    expect(await scaled.toArray()).toEqual([3, 6])
    expect(await rest[0].toArray()).toEqual([5])
    const seven: unknown = rest[1]
    expect(await (seven as Array).item()).toBe(7)
    expect(rest[2]).toBe(null)
  })

  test("tells trees apart by their form", async () => {
    const g = jit((t: { readonly [name: string]: Array }) => Object.keys(t).length + 0)
    const size = async (t: { readonly [name: string]: Array }) => {
      const result: unknown = g(t)
      return await (result as Array).item()
    }
    const x = np.ones([1])
    expect(await size({ a: x })).toBe(1)
    expect(await size({ a: x, b: x })).toBe(2)
  })

  test.each(["cpu", "ram"])("rounds what %s multiplies, where asked to", async (device) => {
    const x = np.full([8, 32], 257)
    const y = np.ones([32, 8])
    const product = (a: Array, b: Array) => np.matmul(a, b)
    const f = jit(product, { device })
    const g = jit(product, { device, precision: "bfloat16" })
    const h = jit(
      grad((a: Array) => product(a, y.mul(257)).sum()),
      { device, precision: "bfloat16" },
    )
    expect(await f(x, y).max().item()).toBe(32 * 257)
    // 257 takes 9 bits; halves go to even.
    expect(await g(x, y).max().item()).toBe(32 * 256)
    expect(await h(x).max().item()).toBe(8 * 256)
    const plain = jit((a: Array) => a.mul(1), { device, precision: "bfloat16" })
    expect(await plain(x).max().item()).toBe(257)
  })

  test("knows three precisions", () => {
    const precision: string = "float16"
    // @ts-expect-error float16 is no precision
    expect(() => jit((x: Array) => x, { precision })).toThrow(
      "jit: precision is highest or float32 or bfloat16, not float16",
    )
  })

  test("compiles static arguments in", async () => {
    const { f, count } = counted((x: Array, how: { power: number; name: string }) =>
      how.name === "cube" ? x.pow(how.power) : x,
    )
    const g = jit(f, { static: [1] })
    expect(await g(np.array([2]), { power: 3, name: "cube" }).toArray()).toEqual([8])
    expect(await g(np.array([3]), { power: 3, name: "cube" }).toArray()).toEqual([27])
    expect(count.traces).toBe(1)
    expect(await g(np.array([3]), { power: 2, name: "cube" }).toArray()).toEqual([9])
    expect(count.traces).toBe(2)
  })

  test("reads arrays from outside", async () => {
    const weights = np.array([1, 2, 3])
    const g = jit((x: Array) => x.mul(weights).sum())
    expect(await g(np.array([1, 1, 1])).item()).toBe(6)
    expect(await g(2).item()).toBe(12)
    weights.dispose()
    expect(() => g(1)).toThrow("is used after it was disposed of")
  })

  test("makes new arrays even of its arguments and constants", async () => {
    const g = jit((x: Array) => [x, x, np.ones([2])] as const)
    const x = np.array([1, 2])
    const [a, b] = g(x)
    x.dispose()
    a.dispose()
    expect(await b.toArray()).toEqual([1, 2])
  })

  test("consumes donated arguments", async () => {
    const step = jit((state: { w: Array }, g: Array) => ({ w: state.w.sub(g) }), { donate: [0] })
    let state = { w: np.array([1, 2]) }
    const first = state
    const g = np.array([1, 1])
    for (let i = 0; i < 3; i++) state = step(state, g)
    expect(await state.w.toArray()).toEqual([-2, -1])
    expect(() => first.w.add(1)).toThrow("after it was disposed of or donated")
    expect(await g.toArray()).toEqual([1, 1])
  })

  test("is inlined in other traced functions", async () => {
    const square = jit((x: Array) => x.mul(x))
    expect(await jit((x: Array) => square(x).add(square(2)))(np.array([3])).toArray()).toEqual([13])
    expect(await grad((x: Array) => square(x).sum())(np.array([3])).toArray()).toEqual([6])
    expect(await vmap((x: Array) => square(x).sum())(np.ones([4, 2])).toArray()).toEqual([
      2, 2, 2, 2,
    ])
  })

  test("runs on the device that it is told", async () => {
    const g = jit((x: Array) => x.add(1), { device: "ram" })
    const y = g(np.array([1]))
    expect(y.device).toBe("ram")
    expect(await y.toArray()).toEqual([2])
    const captured = np.array([5])
    const h = jit((x: Array) => x.add(captured), { device: "ram", donate: [0] })
    expect(await h(np.array([1])).toArray()).toEqual([6])
    expect(await captured.toArray()).toEqual([5])
  })

  test("refuses functions that are not pure trees of arrays", () => {
    expect(() => jit(async (x: Array) => x)(np.ones([1]))).toThrow(
      "the result of a traced function is a Promise, not an array, a number or a tree of them: " +
        "it must not be async",
    )
    expect(() => jit((x: Array) => ({ a: [new Map([["x", x]])] }))(np.ones([1]))).toThrow(
      "the result.a[0] of a traced function is a Map",
    )
  })

  test("refuses to read elements while tracing", async () => {
    const reads: Promise<unknown>[] = []
    jit((x: Array) => {
      reads.push(x.item())
      return x
    })(np.ones([]))
    await expect(reads[0]).rejects.toThrow("a traced array of type f32[] has no elements")
  })

  test("refuses traced arrays after their trace", () => {
    let leaked = np.ones([1])
    jit((x: Array) => {
      leaked = x
      return x
    })(np.ones([1]))
    expect(() => leaked.add(1)).toThrow("has no elements")
    expect(() => jit((x: Array) => x.add(leaked))(np.ones([1]))).toThrow(
      "is used after its trace has ended",
    )
  })

  test("leaves no trace open when a function throws", async () => {
    const broken = jit((_: Array): Array => {
      throw new Error("no")
    })
    expect(() => broken(np.ones([1]))).toThrow("no")
    expect(await np.ones([1]).add(1).toArray()).toEqual([2])
  })

  test("agrees with the same function run at once", async () => {
    const f = (x: Array) => {
      const centred = x.sub(x.mean(0, { keepdims: true }))
      return np.matmul(centred.T, centred).div(x.shape[0] as number)
    }
    const x = np.array([
      [1, 2, 3],
      [4, 5, 7],
    ])
    expect(await jit(f)(x).toArray()).toEqual(await f(x).toArray())
  })

  test("keeps the function's types and lets numbers stand for arrays", () => {
    const g = jit((x: Array, options: { scale: Array }) => ({ y: x.mul(options.scale) }))
    expectTypeOf(g(1, { scale: 2 })).toEqualTypeOf<{ y: Array }>()
  })
})

describe("devices", () => {
  test("open when they are first needed, and errors surface when elements are read", async () => {
    const before = setDefaultDevice("ram")
    const huge = np.zeros([1e9, 1e9])
    setDefaultDevice(before)
    await expect(huge.data()).rejects.toThrow()
  })
})
