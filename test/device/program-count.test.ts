import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { countProgram, openCpu, printProgramCount, quoteProgram } from "../../src/device/index.ts"
import { countRun } from "../../src/device/ram/index.ts"
import {
  type Equation,
  type Graph,
  GraphBuilder,
  isElementwise,
  operations as op,
  type Primitive,
  type Variable,
} from "../../src/graph/index.ts"
import { costOf, priceGraph } from "../../src/price/index.ts"
import {
  isControlStep,
  operationsOf,
  type Program,
  schedule,
  workOfKernel,
} from "../../src/schedule/index.ts"
import { elementsOf } from "../../src/size/index.ts"
import { primitives, randomEquation, randomGraph } from "../graph/random.ts"
import { calibration } from "./paper.ts"
import { Walk } from "./walkKernel.ts"

/** The program executed, as far as its count is no bound and no place depends on data, and what was counted of that part. */
function walked(program: Program): { walk: Walk; counted: number; whole: boolean } {
  const walk = new Walk()
  let [counted, whole] = [0, true]
  for (const step of program.steps) {
    const work = isControlStep(step) ? undefined : workOfKernel(step)
    if (isControlStep(step) || work === undefined || work.bounded || !walk.kernel(step)) {
      whole = false
    } else counted += operationsOf(work)
  }
  return { walk, counted, whole }
}

/** Random graphs for each claim: `COUNTED_GRAPHS=3000` tries thousands. */
const runs = Number(process.env.COUNTED_GRAPHS ?? 300)

const reductions = [
  "reduceSum",
  "reduceProd",
  "reduceMax",
  "reduceMin",
  "argmax",
  "argmin",
] as const
const elementwise = primitives.filter(isElementwise)

/** Least and most. */
type Range = readonly [number, number]

/** Elements of an array. */
const sizeOf = ({ shape }: Variable): number => Number(elementsOf(shape))

/** Zeros between dilated elements are not multiplied. */
function isDilated({ primitive, params }: Equation): boolean {
  return primitive === "convolve" && "rhsDilation" in params
    ? [...params.lhsDilation, ...params.rhsDilation].some((by) => by > 1)
    : false
}

/** What is at a place that data decide costs what it takes to keep the place inside. */
const places = ({ operands, results: [result] }: Equation): { work: Range; chain: Range } => {
  const most = 6 * sizeOf(result) * operands.length
  return { work: [0, most], chain: [0, 6 * operands.length] }
}

/** Elements along the axis of a scan or a sort. */
function extentAlong({ operands: [operand], params }: Equation): number {
  return "axis" in params && typeof params.axis === "number"
    ? Number(operand.shape[params.axis])
    : 0
}

const melts = (): { work: Range; chain: Range } => ({ work: [0, 0], chain: [0, 0] })

/** A scan takes one step after another: n − 1 for n elements. Its chain is still its tree's. */
const stepwise = (equation: Equation): { work: Range } => {
  const n = extentAlong(equation)
  const work = n === 0 ? 0 : (sizeOf(equation.operands[0]) / n) * (n - 1)
  return { work: [work, work] }
}

/** Where a program differs from the price of one equation, and by how much. */
const differences: {
  readonly [P in Primitive]?: (equation: Equation) => { work?: Range; chain?: Range }
} = {
  // Elements are the axis' index, cast where the dtype is another.
  iota: ({ results: [result] }) => {
    const casts = result.dtype === "int32" ? 0 : sizeOf(result)
    return { work: [0, casts], chain: [0, Math.min(1, casts)] }
  },
  pad: melts,
  concatenate: melts,
  gather: places,
  dynamicSlice: places,
  dynamicUpdateSlice: places,
  // All windows that may meet at a place are added there.
  fold: ({ operands: [windows], results: [result], params }) => {
    const most = "sizes" in params ? params.sizes.map(Number).reduce((a, b) => a * b, 1) : 1
    const chain: Range = [0, Math.max(0, Math.ceil(Math.log2(most)))]
    return { work: [0, sizeOf(result) * most + sizeOf(windows)], chain }
  },
  scatter: ({ operands, results: [result] }) => {
    const updates = sizeOf(operands[operands.length - 1])
    const work: Range = [0, 8 * operands.length * (updates + 1) * (sizeOf(result) + 1)]
    return { work, chain: [0, 8 * operands.length + Math.ceil(Math.log2(updates + 1))] }
  },
  cumulativeSum: stepwise,
  cumulativeProd: stepwise,
  cumulativeMax: stepwise,
  cumulativeMin: stepwise,
  convolve: (equation) => {
    if (!isDilated(equation)) return {}
    const { work, span } = costOf(equation)
    return { work: [0, Number(work)], chain: [0, Number(span)] }
  },
  // One thread sorts by fewer comparisons than a network: n⌈log₂ n⌉ at most.
  sort: (equation) => {
    const n = extentAlong(equation)
    const work = n === 0 ? 0 : sizeOf(equation.operands[0]) * Math.ceil(Math.log2(n))
    return { work: [work, work] }
  },
}

/** Whether two equations compute the same from the same, which the names of a walk cannot tell. */
function hasTwins({ equations }: Graph): boolean {
  const ids = new Map<object, number>()
  const idOf = (variable: object): number => {
    const id = ids.get(variable) ?? ids.size
    ids.set(variable, id)
    return id
  }
  const texts: string[] = []
  for (const { primitive, params, operands, results } of equations) {
    // Another name for the same value.
    if (primitive === "stopGradient") ids.set(results[0], idOf(operands[0]))
    else texts.push(`${primitive} ${JSON.stringify(params)} ${operands.map(idOf)}`)
  }
  return new Set(texts).size < texts.length
}

describe("a program's count", () => {
  test("is what executing its kernels iteration by iteration does, under guards too", () => {
    fc.assert(
      fc.property(randomGraph({ equations: 20 }), ({ graph }) => {
        const { walk, counted } = walked(schedule(graph))
        expect(counted).toBe(walk.operations)
      }),
      { numRuns: runs },
    )
  })

  test("is the price and exactly what is computed again, of elementwise maths and reductions", () => {
    let [again, equal] = [0, 0]
    fc.assert(
      fc.property(
        randomGraph({
          equations: 12,
          primitives: [...elementwise, ...reductions],
          constants: false,
        }),
        ({ graph }) => {
          fc.pre(!hasTwins(graph))
          const program = schedule(graph)
          const { walk, whole } = walked(program)
          const { operations, work } = countProgram(program)
          expect([whole, work.bounded]).toEqual([true, false])
          expect(operations).toBe(walk.operations)
          expect(operations - walk.repeated).toBe(priceGraph(graph).work)
          if (walk.repeated > 0) again++
          else equal++
        },
      ),
      { numRuns: runs },
    )
    // Both kinds were among them.
    expect(Math.min(again, equal)).toBeGreaterThan(runs / 150)
  })

  test("is the price, of each primitive, or differs from it by a law", () => {
    for (const primitive of primitives) {
      fc.assert(
        fc.property(randomEquation(primitive), ({ graph }) => {
          const [equation] = graph.equations
          const { operations, chain, work } = countProgram(schedule(graph))
          const { work: price, span } = priceGraph(graph)
          const own = differences[primitive]?.(equation) ?? {}
          const [least, most] = own.work ?? [Number(price), Number(price)]
          expect([primitive, operations]).toSatisfy(([, n]) => n >= least && n <= most)
          const [shortest, longest] = own.chain ?? [Number(span), Number(span)]
          expect([primitive, chain]).toSatisfy(([, n]) => n >= shortest && n <= longest)
          if (primitive !== "sort" && primitive !== "scatter") expect(work.bounded).toBe(false)
        }),
        { numRuns: 40 },
      )
    }
  })

  test("has the chain that the price calls span, of all that does not only move elements", () => {
    const moving = ["iota", "pad", "concatenate", "fold", "scatter", "after"]
    const plain = primitives.filter((p) => !moving.includes(p) && differences[p] !== places)
    fc.assert(
      fc.property(randomGraph({ equations: 20, primitives: plain }), ({ graph }) => {
        fc.pre(graph.equations.every((equation) => !isDilated(equation)))
        // What is behind an empty array is not computed, however long its chain.
        fc.pre(graph.equations.every(({ results }) => results.every((r) => sizeOf(r) > 0)))
        expect(countProgram(schedule(graph)).chain).toBe(priceGraph(graph).span)
      }),
      { numRuns: runs },
    )
  })

  test("has as long a chain as the counting run of its graph takes steps, of elementwise maths and reductions", () => {
    fc.assert(
      fc.property(
        randomGraph({
          equations: 12,
          primitives: [...elementwise, ...reductions],
          constants: false,
        }),
        ({ graph, inputs }) => {
          const { span } = countRun(graph, inputs)
          expect(countProgram(schedule(graph)).chain).toBe(span)
        },
      ),
      { numRuns: runs },
    )
  })

  test("says how far the program is from the price", () => {
    const b = new GraphBuilder()
    const [x, y] = [
      b.input({ dtype: "float32", shape: [8] }),
      b.input({ dtype: "float32", shape: [] }),
    ]
    const padded = b.emit("pad", [b.emit("exp", [x], {})], {
      ...{ low: [4], high: [4], interior: [0], value: 0 },
    })
    const shifted = op.add(b, y, y)
    const graph = b.build([padded, shifted])
    const { work, span } = priceGraph(graph)
    // 8 powers, 16 elements that the padding moves in the price but not in the program, and a sum.
    expect(work).toBe(25)
    const count = countProgram(schedule(graph))
    expect(count.work.elementwise).toBe(9)
    expect(printProgramCount("cpu", count, { work: Number(work), span: Number(span) })).toBe(
      "program on cpu: kernels 2, barriers 0\n" +
        "operations 9, 16 fewer than the price\n" +
        "longest chain 1, 1 fewer than the price\n" +
        "arena 0 bytes, with inputs and results 104",
    )
  })

  test("has the bytes that a device really holds while it runs, which are those that are quoted", async () => {
    const device = await openCpu({ threads: 1 })
    for (const { graph, inputs } of fc.sample(randomGraph({ equations: 20 }), 60)) {
      const program = schedule(graph)
      device.trim?.()
      const before = device.memory().inUse
      const given = graph.inputs.map((input, i) =>
        device.put(inputs[i].data, inputs[i].shape, input.dtype),
      )
      const executable = device.compile(graph)
      const results = executable.run(given)
      await device.settled()
      const held = device.memory().inUse - before
      const { bytes } = quoteProgram(program, { ...calibration, threads: 1 })
      // Blocks are whole cache lines.
      const blocks = given.length + results.length + 2
      expect(held).toBeGreaterThanOrEqual(bytes)
      expect(held).toBeLessThanOrEqual(bytes + 64 * blocks)
      for (const array of [...given, ...results]) array.free()
      executable.dispose()
    }
    await device.close()
  })

  test("has the arena and the bytes that are quoted", () => {
    fc.assert(
      fc.property(randomGraph({ equations: 20 }), ({ graph }) => {
        const program = schedule(graph)
        const { arenaBytes, bytes } = countProgram(program)
        expect(arenaBytes).toBe(program.arenaBytes)
        const scratch = calibration.threads * program.scratchBytes
        expect(bytes + scratch).toBe(quoteProgram(program, calibration).bytes)
      }),
      { numRuns: runs },
    )
  })
})
