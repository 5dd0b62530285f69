import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { evaluate, quoteProgram } from "../../src/device/index.ts"
import { checkGraph } from "../../src/graph/index.ts"
import {
  type Buffer,
  bytesOf,
  fitMemory,
  isControlStep,
  leastMemory,
  listsOf,
  loadsOf,
  memoryOf,
  type Program,
  type Step,
  schedule,
  storesOf,
} from "../../src/schedule/index.ts"
import { calibration } from "../device/paper.ts"
import { randomControl } from "../graph/growControl.ts"
import { randomGraph } from "../graph/random.ts"

/** The most bytes of the arena that kernels touch, walking the program's own steps. */
function touched(program: Program): number {
  let most = 0
  const touch = (buffer: Buffer): void => {
    const place = program.storage.get(buffer)
    if (place?.kind === "arena") most = Math.max(most, place.offset + bytesOf(buffer))
  }
  const walk = (steps: readonly Step[]): void => {
    for (const step of steps) {
      if (!isControlStep(step)) [...loadsOf(step), ...storesOf(step)].forEach(touch)
      else {
        if (step.kind === "while") touch(step.predicate)
        if (step.kind === "branch") touch(step.index)
        listsOf(step).forEach(walk)
      }
    }
  }
  walk(program.steps)
  return most
}

/** Reads each kernel's operands, and fails where another buffer was written over one. */
function expectUndisturbed(program: Program): void {
  const owners = new Map<number, Buffer>()
  const lines = (buffer: Buffer): number[] => {
    const place = program.storage.get(buffer)
    if (place?.kind !== "arena") return []
    const first = place.offset / 64
    return Array.from({ length: Math.ceil(bytesOf(buffer) / 64) }, (_, i) => first + i)
  }
  for (const step of program.steps) {
    if (isControlStep(step)) continue
    for (const buffer of loadsOf(step)) {
      if (storesOf(step).includes(buffer)) continue
      for (const line of lines(buffer)) {
        const owner = owners.get(line)
        if (owner !== undefined) expect(owner).toBe(buffer)
      }
    }
    for (const buffer of storesOf(step)) for (const line of lines(buffer)) owners.set(line, buffer)
  }
}

const aligned = (bytes: number): number => 64 * Math.ceil(bytes / 64)

describe("the planned arena", () => {
  test("is what the kernels touch, what is quoted, and nowhere two things at once", () => {
    fc.assert(
      fc.property(randomGraph({ equations: 20 }), ({ graph }) => {
        const program = schedule(graph)
        expect(aligned(touched(program))).toBe(program.arenaBytes)
        expect(quoteProgram(program, calibration).bytes).toBe(
          memoryOf(program, calibration.threads),
        )
        expectUndisturbed(program)
      }),
      { numRuns: 1500 },
    )
  })

  test("is what the kernels touch, in loops and branches too", () => {
    fc.assert(
      fc.property(randomControl(), ({ graph }) => {
        const program = schedule(graph)
        expect(aligned(touched(program))).toBeLessThanOrEqual(program.arenaBytes)
        expect(quoteProgram(program, calibration).bytes).toBe(
          memoryOf(program, calibration.threads),
        )
      }),
      { numRuns: 300 },
    )
  })
})

test("random graphs in the least memory that is found take what is said, and compute the same", () => {
  fc.assert(
    fc.property(randomGraph({ equations: 20 }), ({ graph, inputs }) => {
      const least = leastMemory(graph)
      const [got, wanted] = [evaluate(checkGraph(least.graph), inputs), evaluate(graph, inputs)]
      expect(got.map(({ data }) => data)).toEqual(wanted.map(({ data }) => data))
      expect(least.bytes).toBeLessThanOrEqual(memoryOf(schedule(graph), 1))
      expect(memoryOf(schedule(least.graph), 1)).toBe(least.bytes)
      expect(fitMemory(graph, least.bytes).bytes).toBeLessThanOrEqual(least.bytes)
    }),
    { numRuns: 200 },
  )
})
