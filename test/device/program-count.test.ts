import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { countProgram, printProgramCount, quoteProgram } from "../../src/device/index.ts"
import { type Graph, GraphBuilder, isElementwise, operations as op } from "../../src/graph/index.ts"
import { priceGraph } from "../../src/price/index.ts"
import {
  isControlStep,
  operationsOf,
  type Program,
  schedule,
  workOfKernel,
} from "../../src/schedule/index.ts"
import { primitives, randomGraph } from "../graph/random.ts"
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

const reductions = [
  "reduceSum",
  "reduceProd",
  "reduceMax",
  "reduceMin",
  "argmax",
  "argmin",
] as const
const elementwise = primitives.filter(isElementwise)

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
      { numRuns: 1000 },
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
      { numRuns: 3000 },
    )
    // Both kinds were among them.
    expect(Math.min(again, equal)).toBeGreaterThan(20)
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
    const { work } = priceGraph(graph)
    // 8 powers, 16 elements that the padding moves in the price but not in the program, and a sum.
    expect(work).toBe(25)
    const count = countProgram(schedule(graph))
    expect(count.work.elementwise).toBe(9)
    expect(printProgramCount("cpu", count, Number(work))).toBe(
      "program on cpu: kernels 2, barriers 0\n" +
        "operations 9, 16 fewer than the price\n" +
        "arena 0 bytes, with inputs and results 104",
    )
  })

  test("has the arena and the bytes that are quoted", () => {
    fc.assert(
      fc.property(randomGraph({ equations: 20 }), ({ graph }) => {
        const program = schedule(graph)
        const { arenaBytes, bytes } = countProgram(program)
        expect(arenaBytes).toBe(program.arenaBytes)
        expect(bytes).toBe(quoteProgram(program, calibration).bytes)
      }),
      { numRuns: 300 },
    )
  })
})
