import { describe, expect, test } from "vitest"
import { cTarget } from "../../src/emit/index.ts"
import type { Graph } from "../../src/graph/index.ts"
import {
  isSpread,
  kernelsOf,
  type ScheduleOptions,
  schedule,
  wasmTarget,
} from "../../src/schedule/index.ts"
import { convolutions, graphOf } from "../device/convolutions.ts"
import { tiledConvolutions } from "../device/tiled-convolutions.ts"

const targets = [
  ["WebAssembly", wasmTarget],
  ["AVX-512", cTarget({ lanes: 16, registers: 32 })],
  ["AVX2", cTarget({ lanes: 8, registers: 16 })],
] as const

/** Whether a program multiplies the places of tiles, one product of matrices for each. */
function isTiled(graph: Graph, options: ScheduleOptions): boolean {
  return kernelsOf(schedule(graph, options).steps).some(
    (kernel) => kernel.kind === "contraction" && kernel.batch[0]?.extent === 16,
  )
}

describe.each(targets)("on %s", (_, target) => {
  test.each(tiledConvolutions)("Winograd's way is taken, $name", ({ graph }) => {
    expect(isTiled(graph, { target })).toBe(true)
    expect(isTiled(graph, { target, precision: "float32" })).toBe(true)
  })

  test.each(tiledConvolutions)("but not where precision forbids it, $name", ({ graph }) => {
    expect(isTiled(graph, { target, precision: "highest" })).toBe(false)
    expect(isTiled(graph, { target, precision: "bfloat16" })).toBe(false)
  })

  const small = convolutions.filter(({ image, kernel }) => image[3] < 16 || kernel[0] === 2)
  test.each(small)("nor where channels or steps do not suit it, $name", (convolution) => {
    expect(isTiled(graphOf(convolution), { target })).toBe(false)
  })
})

test("where there are few tiles, all of them go through each step together", () => {
  for (const { name, graph } of tiledConvolutions) {
    const isSpreadOut = schedule(graph).steps.every((step) => !isSpread(step))
    expect(isSpreadOut, name).toBe(name.startsWith("few tiles"))
  }
})

test("whether it is taken, and how, does not depend on threads", () => {
  for (const { graph } of tiledConvolutions) {
    const rounds = [1, 2, 64].map((threads) =>
      schedule(graph, { threads })
        .steps.filter(isSpread)
        .map((step) => step.kind === "repeat" && step.counter.extent),
    )
    expect(rounds[1]).toEqual(rounds[0])
    expect(rounds[2]).toEqual(rounds[0])
  }
})
