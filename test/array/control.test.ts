import fc from "fast-check"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import {
  Array,
  type ArrayLike,
  closeDevices,
  f32,
  grad,
  graphOf,
  jit,
  jvp,
  lax,
  np,
  openDevice,
  setDefaultDevice,
  vmap,
} from "../../src/array/index.ts"
import { expectCompiled } from "../device/native/compiled.ts"
import { compiler } from "../device/native/compiler.ts"

/** The elements of arrays in a tree, as nested lists. */
async function valueOf(tree: unknown): Promise<unknown> {
  if (tree instanceof Array) return tree.toArray()
  if (globalThis.Array.isArray(tree)) return Promise.all(tree.map(valueOf))
  return tree
}

async function numbersOf(x: ArrayLike): Promise<readonly number[]> {
  return x instanceof Array ? globalThis.Array.from(await x.data(), Number) : [Number(x)]
}

async function expectClose(actual: ArrayLike, wanted: ArrayLike, tolerance = 1e-5): Promise<void> {
  const [got, expected] = [await numbersOf(actual), await numbersOf(wanted)]
  expect(got.length).toBe(expected.length)
  for (const [i, value] of expected.entries()) {
    expect(Math.abs(got[i] - value)).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(value)))
  }
}

expectCompiled()

const places = [
  { device: "ram", threads: undefined },
  ...[1, 2, 3].map((threads) => ({ device: "cpu", threads })),
  ...(compiler === undefined ? [] : [{ device: "native", threads: 2 }]),
]

afterAll(closeDevices)

describe.each(places)("on $device with $threads threads", ({ device, threads }) => {
  beforeAll(() => {
    setDefaultDevice(device, threads === undefined ? {} : { threads })
  })

  describe("scan", () => {
    test("gives the last carry and what every step gave", async () => {
      const [last, sums] = lax.scan(
        (sum: Array, x: Array): [Array, Array] => [np.add(sum, x), sum],
        0,
        np.array([1, 2, 3]),
      )
      expect(await valueOf([last, sums])).toEqual([6, [0, 1, 3]])
    })

    test("goes from the last row to the first where it is reversed", async () => {
      const body = (c: Array, x: Array): [Array, Array] => [np.add(np.multiply(c, 2), x), c]
      const [last, before] = lax.scan(body, 0, np.array([1, 2, 3]), { reverse: true })
      expect(await valueOf([last, before])).toEqual([17, [8, 3, 0]])
    })

    test("needs no rows where it has a length", async () => {
      const body = (c: Array): [Array, null] => [np.multiply(c, 2), null]
      const [last, nothing] = lax.scan(body, np.array(1), null, { length: 10 })
      expect(await valueOf(last)).toBe(1024)
      expect(nothing).toBeNull()
    })

    test("of no steps gives the carry and no rows", async () => {
      const body = (c: Array, x: Array): [Array, Array] => [np.add(c, x), np.stack([c, c])]
      const [last, rows] = lax.scan(body, np.array(5), np.zeros([0]))
      expect(await valueOf(last)).toBe(5)
      expect(rows.shape).toEqual([0, 2])
    })

    test("carries trees and sees arrays from outside", async () => {
      const w = np.array([
        [0.5, 0.25],
        [1, -1],
      ])
      const start = { position: np.array([1, 2]), count: np.array(0) }
      const [end, seen] = lax.scan(
        (state: typeof start, push: Array): [typeof start, Array] => {
          const position = np.add(np.matmul(w, state.position), push)
          return [{ position, count: np.add(state.count, 1) }, np.sum(position)]
        },
        start,
        np.array([
          [1, 0],
          [0, 1],
          [1, 1],
        ]),
      )
      let at = [1, 2]
      const sums: number[] = []
      for (const [p, q] of [
        [1, 0],
        [0, 1],
        [1, 1],
      ]) {
        at = [0.5 * at[0] + 0.25 * at[1] + p, at[0] - at[1] + q]
        sums.push(at[0] + at[1])
      }
      expect(await valueOf([end.position, end.count, seen])).toEqual([at, 3, sums])
    })

    test("in scan computes what two loops do", async () => {
      const table = np.array([
        [1, 2, 3],
        [4, 5, 6],
      ])
      const [, sums] = lax.scan(
        (c: Array, row: Array): [Array, Array] => {
          const [inner] = lax.scan(
            (s: Array, x: Array): [Array, null] => [np.add(np.multiply(s, c), x), null],
            np.array(0),
            row,
          )
          return [np.add(c, 1), inner]
        },
        np.array(1),
        table,
      )
      expect(await valueOf(sums)).toEqual([6, (4 * 2 + 5) * 2 + 6])
    })

    test("exchanges carries", async () => {
      const body = ([a, b]: [Array, Array]): [[Array, Array], null] => [[b, np.add(a, b)], null]
      const start: [Array, Array] = [np.array([0, 1]), np.array([1, 1])]
      const [[a, b]] = lax.scan(body, start, null, 10)
      expect(await valueOf([a, b])).toEqual([
        [55, 89],
        [89, 144],
      ])
    })

    test("reads the whole carry while it makes the next one", async () => {
      const turn = (x: Array): [Array, null] => [np.add(np.flip(x), np.roll(x, 1)), null]
      const [last] = lax.scan(turn, np.arange(5), null, 3)
      let x = [0, 1, 2, 3, 4]
      for (let i = 0; i < 3; i++) x = x.map((_, j) => x[4 - j] + x[(j + 4) % 5])
      expect(await valueOf(last)).toEqual(x)
    })

    test("of large arrays is spread over threads, step by step", async () => {
      const n = 40_000
      const body = (x: Array): [Array, Array] => {
        const next = np.add(np.multiply(np.roll(x, 1), 0.5), 1)
        return [next, np.sum(next)]
      }
      const [last, sums] = lax.scan(body, np.arange(n, { dtype: "float32" }), null, 5)
      let x = Float32Array.from({ length: n }, (_, i) => i)
      const totals: number[] = []
      for (let i = 0; i < 5; i++) {
        const before = x
        x = before.map((_, j) => Math.fround(before[(j + n - 1) % n] * 0.5) + 1)
        totals.push(x.reduce((a, b) => a + b, 0))
      }
      await expectClose(last, np.array(x))
      await expectClose(sums, np.array(totals), 1e-4)
    })
  })

  describe("map", () => {
    test("applies a function to every row", async () => {
      const rows = np.array([
        [1, 2],
        [3, 4],
        [5, 6],
      ])
      expect(await valueOf(lax.map((row: Array) => np.sum(row), rows))).toEqual([3, 7, 11])
    })
  })

  describe("foriLoop", () => {
    test("counts from the lower bound to below the upper", async () => {
      const add = (i: Array, sum: Array) => np.add(sum, i)
      expect(await valueOf(lax.foriLoop(3, 7, add, 0))).toBe(18)
      expect(await valueOf(lax.foriLoop(7, 3, add, 5))).toBe(5)
      const bounds = [np.array(3, { dtype: "int32" }), np.array(7, { dtype: "int32" })]
      expect(await valueOf(lax.foriLoop(bounds[0], bounds[1], add, 0))).toBe(18)
      expect(await valueOf(lax.foriLoop(bounds[1], bounds[0], add, 5))).toBe(5)
    })

    test("updates an array in place, each element from the one before", async () => {
      const body = (i: Array, x: Array) =>
        x.at(i).set(np.add(np.multiply(np.take(x, np.subtract(i, 1)), 2), 1))
      const x = lax.foriLoop(1, 8, body, np.zeros([8]))
      expect(await valueOf(x)).toEqual([0, 1, 3, 7, 15, 31, 63, 127])
    })

    test("updates rows from rows beside them", async () => {
      const body = (i: Array, x: Array) => {
        const above = lax.dynamicSlice(x, [np.subtract(i, 1), 0], [2, 3])
        return lax.dynamicUpdateSlice(x, np.add(np.flip(above, 0), 1), [np.subtract(i, 1), 0])
      }
      const start = np.reshape(np.arange(24), [8, 3])
      const got = lax.foriLoop(1, 8, body, start)
      const rows = globalThis.Array.from({ length: 8 }, (_, i) => [3 * i, 3 * i + 1, 3 * i + 2])
      for (let i = 1; i < 8; i++) {
        const [a, b] = [rows[i - 1], rows[i]]
        rows[i - 1] = b.map((v) => v + 1)
        rows[i] = a.map((v) => v + 1)
      }
      expect(await valueOf(got)).toEqual(rows)
    })
  })

  describe("whileLoop", () => {
    test("runs while its condition holds", async () => {
      const twice = lax.whileLoop(
        (x: Array) => np.less(x, 100),
        (x: Array) => np.multiply(x, 2),
        3,
      )
      expect(await valueOf(twice)).toBe(192)
    })

    test("may take no step, and loops may be nested in it", async () => {
      const collatz = (start: number) =>
        lax.whileLoop(
          ([x]: [Array, Array]) => np.greater(x, 1),
          ([x, steps]: [Array, Array]): [Array, Array] => {
            const odd = np.equal(np.remainder(x, 2), 1)
            const next = lax.cond(
              odd,
              (v: Array) => np.add(np.multiply(v, 3), 1),
              (v: Array) => np.floorDivide(v, 2),
              x,
            )
            return [next, np.add(steps, np.array(1, { dtype: "int32" }))]
          },
          [np.array(start, { dtype: "int32" }), np.array(0, { dtype: "int32" })],
        )
      expect(await valueOf(collatz(1))).toEqual([1, 0])
      expect(await valueOf(collatz(27))).toEqual([1, 111])
    })

    test("under vmap runs until the last element is done", async () => {
      const grow = (x: Array) =>
        lax.whileLoop(
          (v: Array) => np.less(v, 10),
          (v: Array) => np.multiply(v, x),
          x,
        )
      const got = vmap(grow)(np.array([1.5, 2, 11]))
      expect(await valueOf(got)).toEqual([1.5 ** 6, 16, 11])
    })
  })

  describe("cond and switch", () => {
    test("take one branch", async () => {
      const x = np.array([4, 9])
      const choose = (condition: ArrayLike) =>
        lax.cond(
          condition,
          (v: Array) => np.sqrt(v),
          (v: Array) => np.zerosLike(v),
          x,
        )
      expect(await valueOf(choose(np.greater(np.sum(x), 0)))).toEqual([2, 3])
      expect(await valueOf(choose(np.less(np.sum(x), 0)))).toEqual([0, 0])
      expect(await valueOf(choose(true))).toEqual([2, 3])
    })

    test("clamp the index of a switch", async () => {
      const branches = [0, 1, 2].map((k) => (x: Array) => np.add(x, 10 * k))
      const at = (i: number) =>
        jit((index: Array) => lax.switch(index, branches, np.array(1)))(
          np.array(i, { dtype: "int32" }),
        )
      const got = await Promise.all([-5, 0, 1, 2, 7].map((i) => valueOf(at(i))))
      expect(got).toEqual([1, 1, 11, 21, 21])
    })

    test("under vmap every element takes its own branch", async () => {
      const f = (x: Array) =>
        lax.cond(
          np.greater(x, 1),
          (v: Array) => np.multiply(v, 2),
          (v: Array) => np.negative(v),
          x,
        )
      expect(await valueOf(vmap(f)(np.array([0.5, 2, 3])))).toEqual([-0.5, 4, 6])
    })

    test("in a scan decide anew in every step", async () => {
      const body = (c: Array, x: Array): [Array, Array] => {
        const next = lax.cond(
          np.greater(x, c),
          () => x,
          () => np.multiply(c, 0.5),
        )
        return [next, next]
      }
      const [, got] = lax.scan(body, np.array(0), np.array([4, 1, 1, 3]))
      expect(await valueOf(got)).toEqual([4, 2, 1, 3])
    })
  })

  describe("associativeScan", () => {
    test("gives the prefixes of any length, from both ends and along any axis", async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 1, maxLength: 20 }),
          fc.boolean(),
          async (list, reverse) => {
            const got = lax.associativeScan(
              (a: Array, b: Array) => np.maximum(a, b),
              np.array(list),
              reverse,
            )
            const turned = reverse ? list.toReversed() : list
            const most = turned.map((_, i) => Math.max(...turned.slice(0, i + 1)))
            expect(await valueOf(got)).toEqual(reverse ? most.toReversed() : most)
          },
        ),
        { numRuns: device === "ram" ? 30 : 5 },
      )
      const table = np.array([
        [1, 2, 3],
        [4, 5, 6],
      ])
      const product = (a: Array, b: Array) => np.multiply(a, b)
      const rows = lax.associativeScan(product, table, { axis: 1 })
      expect(await valueOf(rows)).toEqual([
        [1, 2, 6],
        [4, 20, 120],
      ])
    })

    test("composes affine maps, as trees", async () => {
      const maps: [Array, Array] = [np.array([2, 3, 0.5]), np.array([1, -1, 4])]
      const [a, b] = lax.associativeScan(
        ([m, c]: [Array, Array], [n, d]: [Array, Array]): [Array, Array] => [
          np.multiply(m, n),
          np.add(np.multiply(c, n), d),
        ],
        maps,
      )
      expect(await valueOf([a, b])).toEqual([
        [2, 6, 3],
        [1, 2, 5],
      ])
    })
  })

  describe("derivatives", () => {
    const xs = [0.1, -0.4, 0.3, 0.8, -0.2]
    const step = (w: Array, c: Array, x: ArrayLike) => np.sin(np.add(np.multiply(c, w), x))
    const rolled = (w: Array) => {
      const body = (c: Array, x: Array): [Array, Array] => [step(w, c, x), np.square(c)]
      const [last, squares] = lax.scan(body, np.array(0.5), np.array(xs))
      return np.add(last, np.sum(squares))
    }
    const unrolled = (w: Array) => {
      let [c, sum] = [np.array(0.5), np.array(0)]
      for (const x of xs) [c, sum] = [step(w, c, x), np.add(sum, np.square(c))]
      return np.add(c, sum)
    }

    test("of a scan are those of the unrolled steps, to the second order", async () => {
      const w = np.array(0.7)
      await expectClose(rolled(w), unrolled(w))
      await expectClose(grad(rolled)(w), grad(unrolled)(w))
      await expectClose(jvp(rolled, [w], [np.array(1)])[1], grad(unrolled)(w))
      await expectClose(grad(grad(rolled))(w), grad(grad(unrolled))(w), 1e-4)
    })

    test("of a scan batch", async () => {
      const [one, two] = [np.array(0.7), np.array(-0.3)]
      const got = vmap(grad(rolled))(np.stack([one, two]))
      await expectClose(got, np.stack([grad(unrolled)(one), grad(unrolled)(two)]))
      const sum = (ws: Array) => np.sum(vmap(rolled)(ws))
      await expectClose(grad(sum)(np.stack([one, two])), got)
    })

    test("of a recurrent network are its differences", async () => {
      const inputs = np.array([
        [1, 0.5],
        [-0.5, 1],
        [0.25, -1],
      ])
      const loss = (w: Array) => {
        const body = (h: Array, x: Array): [Array, null] => [
          np.tanh(np.matmul(w, np.add(h, x))),
          null,
        ]
        return np.sum(np.square(lax.scan(body, np.zeros([2]), inputs)[0]))
      }
      const at = [0.3, -0.6, 0.2, 0.5]
      const value = async (w: readonly number[]) =>
        (await numbersOf(loss(np.reshape(np.array(w), [2, 2]))))[0]
      const slope = await numbersOf(grad(loss)(np.reshape(np.array(at), [2, 2])))
      for (const i of at.keys()) {
        const moved = (by: number) => at.map((v, j) => (j === i ? v + by : v))
        const difference = ((await value(moved(0.01))) - (await value(moved(-0.01)))) / 0.02
        expect(Math.abs(slope[i] - difference)).toBeLessThan(1e-3)
      }
    })

    test("of a foriLoop with constant bounds go both ways", async () => {
      const power = (x: Array) =>
        lax.foriLoop(0, 4, (_, y: Array) => np.multiply(y, x), np.array(1))
      expect(await valueOf(grad(power)(np.array(2)))).toBe(32)
      expect(await valueOf(jvp(power, [np.array(2)], [np.array(1)])[1])).toBe(32)
    })

    test("of a while loop go forwards, and backwards say why not", async () => {
      const grow = (x: Array) =>
        lax.whileLoop(
          (v: Array) => np.less(v, 10),
          (v: Array) => np.multiply(v, x),
          x,
        )
      await expectClose(jvp(grow, [np.array(1.5)], [np.array(1)])[1], 6 * 1.5 ** 5)
      expect(() => grad(grow)(np.array(1.5))).toThrow(
        "a while loop cannot be differentiated backwards",
      )
    })

    test("of a cond are those of the branch that is taken", async () => {
      const f = (x: Array) =>
        lax.cond(
          np.greater(x, 1),
          (v: Array) => np.sin(v),
          (v: Array) => np.multiply(v, v),
          x,
        )
      await expectClose(grad(f)(np.array(2)), Math.cos(2))
      await expectClose(grad(f)(np.array(0.4)), 0.8)
      await expectClose(vmap(grad(f))(np.array([2, 0.4])), np.array([Math.cos(2), 0.8]))
    })

    test("of an update in place reach what was overwritten and what was not", async () => {
      const f = (x: Array) => {
        const body = (i: Array, v: Array) => v.at(i).set(np.multiply(np.take(v, i), np.take(v, 0)))
        return np.sum(lax.foriLoop(1, 4, body, x))
      }
      const unrolledSum = (x: Array) => {
        const first = np.take(x, 0)
        const rest = [1, 2, 3].map((i) => np.multiply(np.take(x, i), first))
        return rest.reduce((a, b) => np.add(a, b), np.add(first, np.take(x, 4)))
      }
      const x = np.array([2, 3, 4, 5, 6])
      await expectClose(grad(f)(x), grad(unrolledSum)(x))
    })
  })
})

describe("compiled", () => {
  beforeAll(() => {
    setDefaultDevice("cpu")
  })

  test("a jitted loop traces its body once, whatever its length", () => {
    let traced = 0
    const body = (c: Array, x: Array): [Array, Array] => {
      traced++
      return [np.add(c, x), c]
    }
    const f = jit((xs: Array) => lax.scan(body, np.array(0, { dtype: "float32" }), xs)[1])
    f(np.ones([1000]))
    f(np.ones([1000]))
    expect(traced).toBe(1)
  })

  test("a graph is as long for many steps as for few", () => {
    const loop = (n: number) => (x: Array) =>
      lax.foriLoop(0, n, (i, s: Array) => np.sin(np.add(s, i)), x)
    const [few, many] = [3, 100_000].map((n) => graphOf(loop(n))(f32(4)))
    expect(many.equations.length).toBe(few.equations.length)
  })

  test("100,000 steps take no more memory than one", async () => {
    const device = await openDevice("cpu")
    const run = async (n: number) => {
      const f = jit((x: Array) =>
        lax.foriLoop(0, n, (_, s: Array) => np.add(np.multiply(s, 0.5), 1), x),
      )
      await f(np.ones([16])).data()
      return device.memory().highWater
    }
    const before = await run(2)
    expect(await run(100_000)).toBe(before)
  })
})

describe("is refused in one sentence:", () => {
  const body = (c: Array, x: Array): [Array, Array] => [np.add(c, x), x]
  test.each([
    [
      "a carry that changes its shape",
      () => lax.scan(body, np.zeros([2]), np.zeros([3, 1, 1])),
      "scan: carry 0 is f32[2] before a step and f32[1, 2] after it: a step must keep shapes and dtypes",
    ],
    [
      "a carry that changes its form",
      () => lax.scan((c: unknown) => [[c, c], null] as never, np.array(1), null, 3),
      "scan: a step must return a carry of the form that it was given, but the trees differ",
    ],
    [
      "rows of different extents",
      () =>
        lax.scan((c: Array, _: Array[]): [Array, null] => [c, null], np.array(1), [
          np.zeros([2]),
          np.zeros([3]),
        ]),
      "scan: an array of xs has shape [3], but axis 0 of all must have extent 2",
    ],
    [
      "a scan without rows or length",
      () => lax.scan(body, np.array(1)),
      "scan without xs needs a length",
    ],
    [
      "a scalar as rows",
      () => lax.scan(body, np.array(1), np.array(2)),
      "scan goes along axis 0 of xs, but one of them is a scalar",
    ],
    [
      "a body that returns one thing",
      () => lax.scan((c: Array) => c as never, np.array(1), null, 2),
      "scan needs a body that returns [carry, y]",
    ],
    [
      "a condition that is no bool",
      () =>
        lax.whileLoop(
          (x: Array) => x,
          (x: Array) => x,
          np.array(1),
        ),
      "whileLoop needs a condition that gives one bool scalar, not f32[]",
    ],
    [
      "branches of different types",
      () =>
        lax.cond(
          np.array(true),
          () => np.zeros([2]),
          (): Array => np.zeros([3]),
        ),
      "cond: result 0 is f32[3] in branch 0 and f32[2] in branch 1: all branches must give the same shapes and dtypes",
    ],
    [
      "branches of different form",
      () =>
        lax.cond<[], unknown>(
          np.array(true),
          () => np.zeros([2]),
          () => [np.zeros([2])],
        ),
      "cond: branches 0 and 1 return trees of different form",
    ],
    ["a switch without branches", () => lax.switch(0, []), "switch needs at least one branch"],
    [
      "a choice that is no scalar",
      () =>
        lax.cond(
          np.zeros([2]),
          () => 1,
          () => 2,
        ),
      "cond: the condition must be a scalar, not f32[2]",
    ],
  ])("%s", (_, call, message) => {
    expect(call).toThrow(message)
  })
})

test("a carry's names may come back in another order than they went in", async () => {
  const start = { b: np.array([1]), a: np.array([2]) }
  const end = lax.foriLoop(0, 3, (_i, { a, b }) => ({ a: a.add(b), b }), start)
  expect(await end.a.toArray()).toEqual([5])
  expect(await end.b.toArray()).toEqual([1])
  expect(Object.keys(jit((x: typeof start) => x)(start))).toEqual(["b", "a"])
})
