import { describe, expect, test } from "vitest"
import {
  type ArrayType,
  type Graph,
  GraphBuilder,
  operations as op,
  type Variable,
} from "../../src/graph/index.ts"
import { kernelsOf, type Program, printProgram, schedule } from "../../src/schedule/index.ts"

import { runProgram } from "../emit/wasm/running.ts"

type Build = (b: GraphBuilder, inputs: readonly Variable[]) => readonly Variable[]

function graphOf(types: readonly ArrayType[], build: Build): Graph {
  const b = new GraphBuilder()
  const inputs = types.map((type) => b.input(type))
  return b.build(build(b, inputs))
}

const floats = (...shape: readonly number[]): ArrayType => ({ shape, dtype: "float32" })

/** A loop with one carry, and rows that are counted. */
function loopOf(length: number, carry: ArrayType, build: Build): Program {
  const body = graphOf([carry, { shape: [], dtype: "int32" }], build)
  const graph = graphOf([carry], (b, [start]) => {
    const counted = op.iota(b, [length], 0)
    const params = { body, length, consts: 0, carries: 1, reverse: false }
    return b.emitAll("loop", [start, counted], params).slice(0, 1)
  })
  return schedule(graph, { threads: 2 })
}

/** Kernels of each round. */
function kernelsInside({ steps }: Program): number {
  const loop = steps.find((step) => step.kind === "repeat")
  return loop?.kind === "repeat" ? kernelsOf(loop.steps).length : 0
}

describe("a step of a loop", () => {
  test("overwrites its carry where each element is read before", () => {
    const program = loopOf(9, floats(100), (b, [c]) => [op.apply(b, "sin", c)])
    expect(kernelsInside(program)).toBe(1)
    expect(program.arenaBytes).toBe(0)
  })

  test("makes the next carry elsewhere where elements are read out of turn", () => {
    const program = loopOf(9, floats(100), (b, [c]) => [op.flip(b, c, [0])])
    expect(kernelsInside(program)).toBe(2)
    expect(program.arenaBytes).toBe(448)
  })

  test("that changes one element does not copy the others", () => {
    const program = loopOf(9, floats(100), (b, [c, i]) => {
      const old = b.emit("dynamicSlice", [c, i], { sizes: [1] })
      return [b.emit("dynamicUpdateSlice", [c, op.add(b, old, 1), i], {})]
    })
    expect(kernelsInside(program)).toBe(1)
    expect(program.arenaBytes).toBe(0)
  })

  test("that exchanges a few elements puts only these aside", () => {
    const program = loopOf(9, floats(100), (b, [c, i]) => {
      const old = b.emit("dynamicSlice", [c, i], { sizes: [4] })
      return [b.emit("dynamicUpdateSlice", [c, op.flip(b, old, [0]), i], {})]
    })
    expect(kernelsInside(program)).toBe(2)
    expect(program.arenaBytes).toBe(64)
  })

  test("knows its number without memory for it", () => {
    const program = loopOf(1_000_000, floats(), (b, [c, i]) => [
      op.add(b, c, op.cast(b, i, "float32")),
    ])
    expect(program.arenaBytes).toBe(0)
    expect(printProgram(program)).toContain("repeat t<1000000 steps>:")
  })
})

test("an inner loop on an outer carry does not change what the outer step still reads", () => {
  const scalar: ArrayType = { shape: [], dtype: "int32" }
  const inner = graphOf([scalar, scalar], (_, [fixed]) => [fixed])
  const outer = graphOf([scalar, scalar], (b, [fixed, carry]) => {
    const params = { body: inner, length: 2, consts: 1, carries: 1, reverse: false }
    const [changed] = b.emitAll("loop", [fixed, carry], params)
    return [changed, carry]
  })
  const graph = graphOf([scalar, scalar], (b, inputs) =>
    b.emitAll("loop", inputs, { body: outer, length: 2, consts: 1, carries: 1, reverse: false }),
  )
  const inputs = [7, 2].map((value) => ({ data: Int32Array.of(value), shape: [] }))
  const found = runProgram(
    schedule(graph),
    inputs.map(({ data }) => data),
  )
  expect(found.map((data) => [...data])).toEqual([[7], [2, 7]])
})
