import { describe, expect, test } from "vitest"
import { type Array, f32, fft, grad, graphOf, np } from "../../src/array/index.ts"
import { GraphBuilder, operations as op, type Variable } from "../../src/graph/index.ts"
import {
  bytesOf,
  kernelsOf,
  loadsOf,
  type Program,
  printProgram,
  schedule,
  storesOf,
  writesOf,
} from "../../src/schedule/index.ts"

function program(
  shapes: readonly (readonly number[])[],
  body: (b: GraphBuilder, inputs: readonly Variable[]) => readonly Variable[],
  donated: readonly boolean[] = [],
): Program {
  const b = new GraphBuilder()
  const inputs = shapes.map((shape) => b.input({ shape, dtype: "float32" }))
  return schedule(b.build(body(b, inputs)), { threads: 2, donated })
}

const scaled = (b: GraphBuilder, x: Variable, by: number): Variable =>
  op.multiply(b, x, op.full(b, x, by))

const matrices = { contract: [[1], [0]], batch: [[], []] } as const

describe("fusion", () => {
  test("melts a chain of elementwise maths into one kernel", () => {
    const made = program([[1000]], (b, [x]) => {
      const y = op.apply(b, "exp", op.multiply(b, x, x))
      return [op.add(b, y, x)]
    })
    expect(made.steps).toHaveLength(1)
    expect(made.arenaBytes).toBe(0)
  })

  test("melts what follows a contraction into it", () => {
    const made = program([[64, 32], [32, 48], [48]], (b, [x, w, bias]) => {
      const product = b.emit("dot", [x, w], matrices)
      const shifted = op.add(b, product, op.broadcast(b, bias, [64, 48], [1]))
      return [op.apply(b, "maximum", shifted, op.zeros(b, shifted))]
    })
    const kinds = made.steps.map((kernel) => kernel.kind)
    expect(kinds.filter((kind) => kind === "contraction")).toHaveLength(1)
    const last = made.steps[made.steps.length - 1]
    expect(last.kind).toBe("contraction")
    expect(writesOf(last)).toEqual(made.outputs)
  })

  test("stores what several products would pack, and leaves to one product what only it packs", () => {
    const made = (products: number): Program =>
      program([[64, 32], [32], [32, 48], [64, 48]], (b, [x, scale, w, g]) => {
        const t = op.apply(b, "tanh", x)
        const y = op.multiply(b, t, op.broadcast(b, scale, [64, 32], [1]))
        const along = { contract: [[0], [0]], batch: [[], []] } as const
        const others = [() => b.emit("dot", [y, w], matrices), () => b.emit("dot", [y, g], along)]
        return [t, ...others.slice(0, products).map((emit) => emit())]
      })
    // Of the first kernel: tanh x alone, or its product with the scale, too.
    expect(writesOf(made(1).steps[0])).toHaveLength(1)
    expect(writesOf(made(2).steps[0])).toHaveLength(2)
  })

  test("computes two results of the same shape from the same inputs in one kernel", () => {
    const made = program([[500], [500]], (b, [p, g]) => {
      const m = op.add(b, scaled(b, p, 0.9), g)
      return [m, op.subtract(b, p, scaled(b, m, 0.1))]
    })
    expect(made.steps).toHaveLength(1)
    expect(writesOf(made.steps[0])).toHaveLength(2)
  })

  test("steps every parameter in one kernel, which reads each array once, whatever scales them", () => {
    const shapes = [[4096], [4096], [300, 40], []]
    const made = program([...shapes, ...shapes, ...shapes], (b, inputs) => {
      const [time, ...parameters] = inputs.slice(0, 4).toReversed()
      const correction = op.subtract(b, op.full(b, time, 1), op.combine(b, "power", time, 0.9))
      return parameters.flatMap((p, i) => {
        const [gradient, mean] = [inputs[4 + 2 - i], inputs[8 + 2 - i]]
        const m = op.add(b, scaled(b, mean, 0.9), gradient)
        const unbiased = op.divide(b, m, op.broadcast(b, correction, p.shape, []))
        return [m, op.subtract(b, p, unbiased)]
      })
    })
    // The correction is no array of each parameter's shape: it is computed once.
    expect(made.arenaBytes).toBeLessThan(200)
    expect(made.steps).toHaveLength(4)
    expect(made.steps.map((kernel) => writesOf(kernel).length).sort()).toEqual([1, 2, 2, 2])
  })

  test("reduces the same array in two ways in one pass", () => {
    const made = program([[64, 100]], (b, [x]) => [
      op.reduceSum(b, x, [1]),
      op.reduceSum(b, op.multiply(b, x, x), [1]),
    ])
    expect(made.steps).toHaveLength(1)
  })

  test("computes a softmax along rows in one kernel, while each row is at hand", () => {
    const made = program([[256, 1000]], (b, [x]) => {
      const back = (v: Variable): Variable => op.broadcast(b, v, [256, 1000], [0])
      const most = b.emit("reduceMax", [x], { axes: [1] })
      const e = op.apply(b, "exp", op.subtract(b, x, back(most)))
      return [op.divide(b, e, back(op.reduceSum(b, e, [1])))]
    })
    expect(made.steps).toHaveLength(1)
    // The powers lie in the result, where the pass that divides them reads them back.
    expect(made.arenaBytes).toBe(0)
  })

  test("reads a transposed, sliced and flipped view without copying it", () => {
    const made = program([[30, 40]], (b, [x]) => {
      const view = b.emit("flip", [op.transpose(b, x, [1, 0])], { axes: [0] })
      return [op.negate(b, op.sliceAxis(b, view, 1, 5, 25))]
    })
    expect(made.steps).toHaveLength(1)
  })

  test("keeps values apart that would be read elsewhere than they are written", () => {
    const made = program([[64]], (b, [x]) => {
      const y = op.apply(b, "exp", x)
      return [y, op.add(b, y, b.emit("flip", [y], { axes: [0] }))]
    })
    expect(made.steps).toHaveLength(2)
  })

  test("stores a value now and then in a chain of thousands of operations", () => {
    const made = program([[100]], (b, [x]) => {
      let y = x
      for (let i = 0; i < 3000; i++) y = op.add(b, y, x)
      return [y]
    })
    expect(made.steps.length).toBeLessThan(20)
  })

  test("drops what no output needs", () => {
    const made = program([[64]], (b, [x]) => {
      op.apply(b, "exp", x)
      return [op.negate(b, x)]
    })
    expect(made.steps).toHaveLength(1)
  })
})

describe("the arena", () => {
  test("never gives two buffers that live at once the same bytes", () => {
    const made = program([[64, 64]], (b, [x]) => {
      let y = x
      for (let i = 0; i < 6; i++) {
        const product = b.emit("dot", [y, x], matrices)
        y = op.add(b, op.apply(b, "tanh", product), op.transpose(b, y, [1, 0]))
      }
      return [y]
    })
    const lives = new Map<object, [number, number]>()
    for (const [at, kernel] of kernelsOf(made.steps).entries()) {
      for (const buffer of [...loadsOf(kernel), ...storesOf(kernel)]) {
        lives.set(buffer, [lives.get(buffer)?.[0] ?? at, at])
      }
    }
    const placed = [...made.storage].flatMap(([buffer, storage]) => {
      if (storage.kind !== "arena") return []
      const [first, last] = lives.get(buffer) ?? [0, 0]
      return [{ first, last, from: storage.offset, to: storage.offset + bytesOf(buffer) }]
    })
    expect(placed.length).toBeGreaterThan(3)
    for (const a of placed) {
      expect(a.to).toBeLessThanOrEqual(made.arenaBytes)
      for (const b of placed) {
        const together = a !== b && a.first <= b.last && b.first <= a.last
        if (together) expect(a.to <= b.from || b.to <= a.from).toBe(true)
      }
    }
    const total = placed.reduce((sum, { from, to }) => sum + to - from, 0)
    expect(made.arenaBytes).toBeLessThan(total / 2)
  })

  test("lets an update take over the memory of the donated array that it replaces", () => {
    const update = (b: GraphBuilder, [p, g]: readonly Variable[]) => [op.subtract(b, p, g)]
    expect(program([[100], [100]], update, [true, false]).donations).toEqual(new Map([[0, 0]]))
    expect(program([[100], [100]], update).donations.size).toBe(0)
  })

  test("does not let a result overwrite a donated array that is still to be read elsewhere", () => {
    const made = program([[100]], (b, [x]) => [op.add(b, x, b.emit("flip", [x], { axes: [0] }))], [
      true,
    ])
    expect(made.donations.size).toBe(0)
  })
})

describe("placement", () => {
  test("prints a matrix product as packed panels and a contraction over blocks", () => {
    const made = program(
      [
        [256, 256],
        [256, 256],
      ],
      (b, [x, y]) => [b.emit("dot", [x, y], matrices)],
    )
    expect(printProgram(made)).toContain("contraction")
  })

  test("puts every axis in time when asked for the RAM model", () => {
    const b = new GraphBuilder()
    const x = b.input({ shape: [1000, 1000], dtype: "float32" })
    const made = schedule(b.build([op.negate(b, x)]), { place: "time" })
    expect(printProgram(made)).toBe(
      "kernel 0: loop, 1 in space, 1000000 in time, pieces 1: for i1<1000000 steps\n  v1[i1] = negate(input0[i1])\narena 0 bytes",
    )
  })

  test("spreads a long axis over threads in pieces and over lanes within them", () => {
    const made = program([[1_000_000]], (b, [x]) => [op.negate(b, x)])
    expect(printProgram(made)).toMatch(/i0p<\d+ threads, i0<\d+ lanes/)
  })

  test("cuts a long sum into parts that do not depend on the number of threads", () => {
    const cut = (threads: number): string => {
      const b = new GraphBuilder()
      const x = b.input({ shape: [1_000_003], dtype: "float32" })
      return printProgram(schedule(b.build([op.reduceSum(b, x, [0])]), { threads }))
    }
    expect(cut(1)).toBe(cut(64))
    expect(cut(1)).toContain("part")
  })
})

test("what is read here and there is stored before its expressions double too often", () => {
  const energy = (x: Array): Array => np.sum(np.square(fft.irfft(fft.rfft(x), 8)))
  const program = schedule(graphOf(grad(energy))(f32(3, 8)))
  // Each of the sums of slices would otherwise evaluate the one before at two places.
  expect(printProgram(program).length).toBeLessThan(20_000)
})
