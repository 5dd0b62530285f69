/** What every device that runs programs on threads must do. */

import fc from "fast-check"
import { afterAll, describe, expect, test } from "vitest"
import { type Device, openRam } from "../../src/device/index.ts"
import { type Graph, GraphBuilder, operations as op, type Variable } from "../../src/graph/index.ts"
import {
  difference,
  type HostArgument,
  primitives,
  randomEquation,
  randomGraph,
  toleranceOf,
} from "../graph/random.ts"
import { disagreement, runOn } from "./agreement.ts"
import { contractions, doubleContractions, wavesFor } from "./contractions.ts"
import { directConvolutions } from "./direct-convolutions.ts"
import { tiledConvolutions } from "./tiled-convolutions.ts"

/** A device under test: how it is opened, and how much random testing it is worth. */
interface Conduct {
  readonly name: string
  open(options: { readonly threads: number; readonly maximumBytes?: number }): Promise<Device>
  /** Random graphs of each kind of test. */
  readonly runs: { readonly primitive: number; readonly graphs: number; readonly threads: number }
}

/** Describes a device: it agrees with the interpreter, whatever its threads, and keeps its memory. */
export async function describeDevice({ name, open, runs }: Conduct): Promise<void> {
  const one = await open({ threads: 1 })
  const two = await open({ threads: 2 })
  const five = await open({ threads: 5 })
  afterAll(async () => {
    await Promise.all([one, two, five].map((device) => device.close()))
  })

  describe(`the ${name} device agrees with the sequential interpreter`, () => {
    test.each(primitives)("on %s alone", async (primitive) => {
      await fc.assert(
        fc.asyncProperty(randomEquation(primitive), async (example) => {
          expect(await disagreement(two, example)).toBeUndefined()
        }),
        { numRuns: runs.primitive },
      )
    })

    test("on random graphs", async () => {
      await fc.assert(
        fc.asyncProperty(randomGraph({ equations: 20 }), async (example) => {
          expect(await disagreement(two, example)).toBeUndefined()
        }),
        { numRuns: runs.graphs },
      )
    })
  })

  test("of what stands before an array, or behind its last part, nothing is read", async () => {
    const wholes = (length: number) => Int32Array.from({ length }, (_, i) => ((i * 7919) % 17) - 8)
    const b = new GraphBuilder()
    const far = b.input({ shape: [2, 512, 256], dtype: "int32" })
    const few = b.input({ shape: [48], dtype: "int32" })
    const padded = op.padAxis(b, far, 0, [2, 0, 0], 1)
    // The last of 64 parts of the sum has fewer terms than the others.
    const many = op.broadcast(b, op.flip(b, few, [0]), [48, 5000], [0])
    const turned = op.negate(b, op.transpose(b, padded, [2, 1, 0]))
    const inputs = [
      { data: wholes(2 * 512 * 256), shape: [2, 512, 256] },
      { data: wholes(48), shape: [48] },
    ]
    const graph = b.build([turned, op.reduceSum(b, many, [0, 1])])
    expect(await disagreement(two, { seed: 0, graph, inputs })).toBeUndefined()
  })

  test("a negative constant is negated", async () => {
    const b = new GraphBuilder()
    const constant = op.full(b, { shape: [], dtype: "float32" }, -1.5)
    const example = { seed: 0, graph: b.build([op.apply(b, "negate", constant)]), inputs: [] }
    expect(await disagreement(two, example)).toBe(undefined)
  })

  test("an empty operand that is padded between its elements gives the padding alone", async () => {
    const b = new GraphBuilder()
    const x = b.input({ shape: [5], dtype: "float32" })
    const start = op.full(b, { shape: [], dtype: "int32" }, 0)
    const none = b.emit("dynamicSlice", [op.apply(b, "cbrt", x), start], { sizes: [0] })
    const graph = b.build([b.emit("pad", [none], { low: [0], high: [2], interior: [1], value: 3 })])
    const data = Float32Array.of(1, 2, 3, 4, 5)
    expect(await disagreement(two, { seed: 0, graph, inputs: [{ data, shape: [5] }] })).toBe(
      undefined,
    )
  })

  describe("rows that are passed over several times", () => {
    const rows = [70, 133]
    const back = (b: GraphBuilder, v: Variable): Variable => op.broadcast(b, v, rows, [0])

    /** Softmax, layer normalisation and what their gradients need, of one array. */
    function normalised(): Graph {
      const b = new GraphBuilder()
      const x = b.input({ shape: rows, dtype: "float32" })
      const most = b.emit("reduceMax", [x], { axes: [1] })
      const e = op.apply(b, "exp", op.subtract(b, x, back(b, most)))
      const softmax = op.divide(b, e, back(b, op.reduceSum(b, e, [1])))
      const mean = op.divide(
        b,
        op.reduceSum(b, x, [1]),
        op.full(b, { shape: [70], dtype: "float32" }, 133),
      )
      const centred = op.subtract(b, x, back(b, mean))
      const variance = op.reduceSum(b, op.multiply(b, centred, centred), [1])
      const normal = op.multiply(b, centred, back(b, op.apply(b, "rsqrt", variance)))
      const product = op.multiply(b, softmax, normal)
      const moved = op.subtract(b, product, back(b, op.reduceSum(b, product, [1])))
      return b.build([softmax, normal, op.multiply(b, moved, softmax), op.reduceSum(b, e, [0])])
    }

    test("give what the interpreter gives, with the same bits on any number of threads", async () => {
      const data = Float32Array.from({ length: 70 * 133 }, (_, i) => 3 * Math.sin(i * i))
      const example = { seed: 0, graph: normalised(), inputs: [{ data, shape: rows }] }
      expect(await disagreement(two, example)).toBeUndefined()
      const alone = await runOn(one, example)
      expect(await runOn(five, example)).toEqual(alone)
    })
  })

  describe("contractions of float64", () => {
    test.each(doubleContractions)("of %s are what the interpreter gives", async (_, graph) => {
      const example = { seed: 0, graph, inputs: wavesFor(graph) }
      const [found, expected] = [await runOn(two, example), await runOn(openRam(), example)]
      // No sum has more than 512 terms, each of magnitude 1 at most; float32 ones have 90.
      for (const [i, { dtype }] of graph.outputs.entries()) {
        const bound = dtype === "float32" ? 2 ** -17 : 512 ** 2 * 2 ** -53
        expect(difference([found[i]], [expected[i]], bound)).toBeUndefined()
      }
      expect(await runOn(five, example)).toEqual(await runOn(one, example))
    })
  })

  describe("contractions of operands that are rounded to bfloat16", () => {
    test.each(contractions)("of %s are what the interpreter gives", async (_, graph) => {
      const example = { seed: 0, graph, inputs: wavesFor(graph) }
      const precision = "bfloat16"
      const found = await runOn(two, example, { precision })
      const expected = await runOn(openRam(), example, { precision })
      // Products of two 8-bit numbers are exact in float32: sums alone are rounded, as ever.
      expect(difference(found, expected, toleranceOf(example))).toBeUndefined()
      expect(await runOn(five, example, { precision })).toEqual(
        await runOn(one, example, { precision }),
      )
      // Operands lose half a unit of 8 bits at most, and some do lose that.
      const exact = await runOn(openRam(), example)
      const bound = toleranceOf(example, 2 ** -8)
      expect(difference(found, exact, bound)).toBeUndefined()
      expect(difference(found, exact, bound / 2 ** 7)).toBeDefined()
    })
  })

  describe("3×3 convolutions by Winograd's way", () => {
    const direct = { precision: "highest" } as const
    /** Whole numbers, which all of the sums hold exactly, and halves and quarters of them. */
    const wholeNumbers = (graph: Graph) => {
      const inputs = wavesFor(graph).map(({ data, shape }) => ({
        data: Float32Array.from(data, (x) => Math.round(6 * x)),
        shape,
      }))
      return { seed: 0, graph, inputs }
    }

    test.each(tiledConvolutions)("err within bounds, $name", async (convolution) => {
      const { graph, terms, tiledTerms, growth } = convolution
      const example = { seed: 0, graph, inputs: wavesFor(graph) }
      const found = await runOn(two, example)
      expect(await runOn(five, example)).toEqual(await runOn(one, example))
      const expected = await runOn(two, example, direct)
      expect(found).not.toEqual(expected)
      // Operands are of magnitude 1 at most. Both ways round once for each term; transforms round 6
      // times before the sum and 4 times after it, and 64 parts of a sum are added at most.
      const unit = 2 ** -24
      const bound = unit * (terms ** 2 + (tiledTerms + 74) * growth * tiledTerms)
      expect(difference(found, expected, bound)).toBeUndefined()
    })

    test.each(tiledConvolutions)("are exact on small whole numbers, $name", async ({ graph }) => {
      const example = wholeNumbers(graph)
      expect(await runOn(two, example)).toEqual(await runOn(two, example, direct))
    })

    test("give what the interpreter gives, of whole numbers", async () => {
      const [{ graph }] = tiledConvolutions
      const example = wholeNumbers(graph)
      expect(await runOn(two, example)).toEqual(await runOn(openRam(), example))
    })

    test("are not finite where direct ones are not; infinities stay, if precision is the highest", async () => {
      const [{ graph }] = tiledConvolutions
      const example = wholeNumbers(graph)
      example.inputs[0].data[48 * (2 * 8 + 3)] = Number.POSITIVE_INFINITY
      const [tiled] = await runOn(two, example)
      const [exact] = await runOn(two, example, direct)
      const isLost = ({ data }: HostArgument) => Array.from(data, (x) => !Number.isFinite(x))
      // The pixel is met by nine outputs of 48 features.
      expect(isLost(exact).filter((is) => is)).toHaveLength(9 * 48)
      expect(isLost(tiled)).toEqual(isLost(exact))
      expect(exact).toEqual((await runOn(openRam(), example))[0])
    })

    test("lose a kernel's gradient to infinities at all taps, but of their channel or feature alone", async () => {
      const found = tiledConvolutions.find(({ name }) => name.includes("gradient, even sides"))
      if (found === undefined) throw new Error("there is such a convolution")
      const [channels, features] = [32, 64]
      const isLost = ({ data }: HostArgument, from: (at: number) => boolean) =>
        Array.from(data, (x) => !Number.isFinite(x)).filter((_, at) => from(at))
      for (const operand of [0, 1]) {
        const example = wholeNumbers(found.graph)
        example.inputs[operand].data[(operand === 0 ? channels : features) * (14 * 5 + 6) + 3] =
          Number.POSITIVE_INFINITY
        const [tiled] = await runOn(two, example)
        const [exact] = await runOn(two, example, direct)
        const meets = (at: number): boolean =>
          (operand === 0 ? Math.floor(at / features) % channels : at % features) === 3
        expect(isLost(tiled, meets)).not.toContain(false)
        expect(isLost(tiled, (at) => !meets(at))).not.toContain(true)
        expect(isLost(exact, (at) => !meets(at))).not.toContain(true)
        expect(isLost(exact, meets)).toContain(true)
      }
    })
  })

  test.each(directConvolutions)("convolutions are exact, $name", async ({ graph }) => {
    const inputs = wavesFor(graph).map(({ data, shape }) => ({
      data: Float32Array.from(data, (x) => Math.round(6 * x)),
      shape,
    }))
    const example = { seed: 0, graph, inputs }
    const expected = await runOn(openRam(), example)
    for (const device of [one, two, five]) expect(await runOn(device, example)).toEqual(expected)
  })

  describe("the number of threads", () => {
    test("does not change a bit of the results", async () => {
      await fc.assert(
        fc.asyncProperty(randomGraph({ equations: 12 }), async (example) => {
          const alone = await runOn(one, example)
          expect(await runOn(two, example)).toEqual(alone)
          expect(await runOn(five, example)).toEqual(alone)
          expect(await runOn(five, example)).toEqual(alone)
        }),
        { numRuns: runs.threads },
      )
    })

    test.each(["add", "set", "maximum"] as const)(
      "does not change a bit of many single updates: %s",
      async (combine) => {
        const n = 20_000
        const b = new GraphBuilder()
        const operand = b.input({ shape: [7, 300], dtype: "float32" })
        const at = [0, 1].map(() => b.input({ shape: [n], dtype: "int32" }))
        const updates = b.input({ shape: [n], dtype: "float32" })
        const params = { axes: [0, 1], combine }
        const graph = b.build([b.emit("scatter", [operand, ...at, updates], params)])
        const noise = (i: number): number => Math.imul(i, 0x9e3779b1) >>> 8
        const from = (length: number, f: (i: number) => number) =>
          Array.from({ length }, (_, i) => f(i))
        const inputs = [
          { data: Float32Array.from(from(2100, Math.sin)), shape: [7, 300] },
          // Some lie outside, and change nothing.
          { data: Int32Array.from(from(n, (i) => (noise(i) % 9) - 1)), shape: [n] },
          { data: Int32Array.from(from(n, (i) => noise(i + n) % 310)), shape: [n] },
          { data: Float32Array.from(from(n, Math.cos)), shape: [n] },
        ]
        const example = { seed: 0, graph, inputs }
        expect(await disagreement(two, example)).toBeUndefined()
        const alone = await runOn(one, example)
        expect(await runOn(two, example)).toEqual(alone)
        expect(await runOn(five, example)).toEqual(alone)
      },
    )

    test("does not change a bit of a large product, of a long sum or of a long scan", async () => {
      const b = new GraphBuilder()
      const x = b.input({ shape: [200, 3000], dtype: "float32" })
      const gram = b.emit("dot", [x, x], { contract: [[1], [1]], batch: [[], []] })
      const row = b.input({ shape: [2 ** 18], dtype: "float32" })
      const sums = b.emit("cumulativeSum", [row], { axis: 0, reverse: false })
      const graph = b.build([gram, op.reduceSum(b, op.multiply(b, x, x), [0, 1]), sums])
      const waves = (length: number) => Float32Array.from({ length }, (_, i) => Math.sin(i))
      const inputs = [
        { data: waves(600_000), shape: [200, 3000] },
        { data: waves(2 ** 18), shape: [2 ** 18] },
      ]
      const example = { seed: 0, graph, inputs }
      const alone = await runOn(one, example)
      expect(await runOn(two, example)).toEqual(alone)
      expect(await runOn(five, example)).toEqual(alone)
      expect(await disagreement(two, example)).toBeUndefined()
    })
  })

  describe("memory", () => {
    const doubling = () => {
      const b = new GraphBuilder()
      const x = b.input({ shape: [1000], dtype: "float32" })
      return b.build([op.add(b, x, x)])
    }

    test("of a donated input becomes the result's", async () => {
      const executable = two.compile(doubling(), { donated: [true] })
      let array = two.put(new Float32Array(1000).fill(1), [1000], "float32")
      await two.settled()
      const before = two.memory().inUse
      for (let i = 0; i < 20; i++) [array] = executable.run([array])
      expect([...(await array.read())].every((x) => x === 2 ** 20)).toBe(true)
      expect(two.memory().inUse).toBeLessThanOrEqual(before + 64 * 1024)
      array.free()
      executable.dispose()
    })

    test("that two arrays share is kept until both are freed", async () => {
      const b = new GraphBuilder()
      const x = b.input({ shape: [4], dtype: "float32" })
      const executable = two.compile(b.build([x, x]))
      const given = two.put(Float32Array.of(1, 2, 3, 4), [4], "float32")
      const [first, second] = executable.run([given])
      given.free()
      first.free()
      two.put(new Float32Array(4), [4], "float32").free()
      expect([...(await second.read())]).toEqual([1, 2, 3, 4])
      second.free()
      executable.dispose()
    })

    test("goes back to where it stood after thousands of runs that are not waited for", async () => {
      const executable = two.compile(doubling())
      const x = two.put(new Float32Array(1000), [1000], "float32")
      for (let i = 0; i < 50; i++) for (const y of executable.run([x])) y.free()
      await two.settled()
      const before = two.memory().inUse
      for (let round = 0; round < 20; round++) {
        for (let i = 0; i < 200; i++) for (const y of executable.run([x])) y.free()
        await two.settled()
      }
      expect(two.memory().inUse).toBe(before)
      x.free()
      executable.dispose()
    })

    test("that is not there is refused in one sentence before anything runs", async () => {
      const small = await open({ threads: 1, maximumBytes: 2 ** 26 })
      const b = new GraphBuilder()
      const x = b.input({ shape: [], dtype: "float32" })
      const wide = op.broadcast(b, x, [2 ** 25], [])
      const executable = small.compile(b.build([op.negate(b, wide)]))
      const given = small.put(Float32Array.of(1), [], "float32")
      expect(() => executable.run([given])).toThrow(/^[^\n]*134,217,728 bytes[^\n]*$/)
      expect(await given.read()).toEqual(Float32Array.of(1))
      await small.close()
    })

    test("that was asked for in vain is nobody's, and is given out once", async () => {
      const small = await open({ threads: 1, maximumBytes: 2 ** 26 })
      /** x·xᵀ·x, with x·xᵀ in the arena, and an output beside it that is made first. */
      const cubed = (n: number, m: number) => {
        const b = new GraphBuilder()
        const x = b.input({ shape: [n, m], dtype: "float32" })
        const square = b.emit("dot", [x, x], { contract: [[1], [1]], batch: [[], []] })
        const cube = b.emit("dot", [square, x], { contract: [[1], [0]], batch: [[], []] })
        return small.compile(b.build([op.add(b, x, x), cube]))
      }
      const put = (n: number, m: number, value: number) =>
        small.put(new Float32Array(n * m).fill(value), [n, m], "float32")
      const [x, column, single] = [put(256, 256, 1), put(4096, 1, 1), put(1, 1, 1)]
      const little = cubed(256, 256)
      for (const result of little.run([x])) result.free()
      await small.settled()
      const before = small.memory().inUse
      expect(() => cubed(4096, 1).run([column])).toThrow("cannot allocate")
      const b = new GraphBuilder()
      const wide = op.broadcast(b, b.input({ shape: [1], dtype: "float32" }), [2 ** 24], [0])
      const both = small.compile(b.build([op.negate(b, b.input(x)), op.negate(b, wide)]))
      expect(() => both.run([single, x])).toThrow("cannot allocate")
      expect(small.memory().inUse).toBeLessThanOrEqual(before)
      // What takes the place of the arena that was given back is not written over.
      const others = [put(256, 256, 7), put(256, 256, 7)]
      const [, cube] = little.run([x])
      expect((await cube.read()).every((y) => y === 256 ** 2)).toBe(true)
      for (const other of others) expect((await other.read()).every((y) => y === 7)).toBe(true)
      await small.close()
    })
  })

  describe("an array that was freed", () => {
    test("cannot be read or computed with", async () => {
      const b = new GraphBuilder()
      const x = b.input({ shape: [1], dtype: "float32" })
      const executable = one.compile(b.build([op.negate(b, x)]))
      const given = one.put(Float32Array.of(1), [1], "float32")
      given.free()
      await expect(given.read()).rejects.toThrow("after its memory was given back")
      expect(() => executable.run([given])).toThrow("after its memory was given back")
      executable.dispose()
    })
  })
}
