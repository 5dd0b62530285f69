/** Placements drawn at random: whatever goes where, a kernel computes the same. */

import fc from "fast-check"
import type { GraphBuilder, Variable } from "../../../src/graph/index.ts"
import {
  Axis,
  addIndices,
  axisIndex,
  type Kernel,
  mapKernels,
  type Program,
  scaleIndex,
} from "../../../src/schedule/index.ts"
import { replaceAxis } from "../../../src/schedule/reshape-axes.ts"
import { expectAgreement, graphOf, type TestArray } from "./running.ts"

type Build = (b: GraphBuilder, ...inputs: Variable[]) => Variable | readonly Variable[]

/** As scheduled, all in time, and placed at random. */
export function agreesEverywhere(
  inputs: readonly TestArray[],
  build: Build,
  tolerance = 1e-5,
): void {
  const graph = graphOf(inputs, build)
  expectAgreement(graph, inputs, {}, tolerance)
  expectAgreement(graph, inputs, { place: "time" }, tolerance)
  const seeds = fc.property(fc.integer({ min: 1 }), (seed) => {
    const change = (program: Program): Program => placedAtRandom(program, seed)
    expectAgreement(graph, inputs, { change, place: "time" }, tolerance)
  })
  fc.assert(seeds, { numRuns: 8 })
}

/** Draws a whole number from 0 to below n. */
export type Draw = (n: number) => number

export function drawFrom(seed: number): Draw {
  let state = seed >>> 0
  return (n) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x297a2d39) >>> 0
    return (state >>> 8) % n
  }
}

/** The program with every axis of its loops, scans and scatters split and placed at random. */
export function placedAtRandom(program: Program, seed: number): Program {
  const draw = drawFrom(seed)
  const steps = mapKernels(program.steps, (kernel) => {
    if (!("axes" in kernel)) return kernel
    return placeKernel(kernel, draw)
  })
  return { ...program, steps }
}

function placeKernel(
  kernel: Extract<Kernel, { kind: "loop" | "scan" | "scatter" }>,
  draw: Draw,
): Kernel {
  let current: Kernel = kernel
  const reduced =
    kernel.kind === "loop" ? kernel.reduced : kernel.kind === "scan" ? [] : kernel.steps
  const seeks =
    kernel.kind === "loop" && kernel.accumulators.some((a) => a.combine.startsWith("arg"))
  let laned = false
  for (const axis of [...kernel.axes, ...reduced]) {
    const isReduced = reduced.includes(axis)
    const mayLane = !laned && !(isReduced && kernel.kind === "scatter") && draw(2) === 0
    const place = mayLane ? "lanes" : isReduced || draw(2) === 0 ? "steps" : "threads"
    if (mayLane) laned = true
    if (axis.within !== undefined || axis.extent < 3 || seeks || draw(3) > 0) {
      const within = axis.within
      if (within !== undefined) continue
      const placed = new Axis(axis.name, axis.extent, place)
      current = replaceAxis(current, axis, axisIndex(placed), [placed])
      continue
    }
    const each = 2 + draw(axis.extent - 2)
    const parts = Math.ceil(axis.extent / each)
    const outer = new Axis(axis.name, parts, isReduced || draw(2) === 0 ? "steps" : "threads")
    const inner = new Axis(axis.name, each, place === "threads" ? "steps" : place, {
      outer,
      total: axis.extent,
    })
    const whole = addIndices(scaleIndex(axisIndex(outer), each), axisIndex(inner))
    current = replaceAxis(current, axis, whole, [outer, inner])
  }
  return current
}
