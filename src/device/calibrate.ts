/** Calibration: about a second of small programs tell what a device can do. */

import { type Graph, GraphBuilder, operations as op, type Variable } from "../graph/index.ts"
import { costsOf, schedule } from "../schedule/index.ts"
import { allocateTyped } from "../size/index.ts"
import type { Device, DeviceArray, Executable } from "./device.ts"
import type { Calibration } from "./quote.ts"

/** Seconds that a run must take to say something about a rate. */
const enough = 0.002
/** Seconds spent on runs of one program, beyond the first few. */
const patience = 0.15
const leastRuns = 3
const wokenRuns = 15
const pauseMilliseconds = 5

/** What of a kernel's cost a rate is of. */
type Part = "tiled" | "scalar" | "bytes"

/**
 * Measures a device with small programs: one small kernel, a chain of them, a contraction, a chain
 * of arithmetic in cache, a running sum, and a stream through main memory. Takes about a second.
 */
export async function calibrate(device: Device): Promise<Calibration> {
  const links = 129
  // Once for nothing: the host's own code is slow at first.
  await fastest(device, chain(links))
  const alone = await fastest(device, chain(1))
  const linked = await fastest(device, chain(links))
  const barrier = Math.max(0, (linked - alone) / (links - 1))
  const rate = (graphOf: (size: number) => Graph, sizes: readonly number[], part: Part) =>
    rateOf(device, graphOf, sizes, part, { alone, barrier })
  return {
    device: device.name,
    threads: device.threads,
    tiledPerSecond: await rate(matmul, [64, 256, 512, 1024], "tiled"),
    lanedPerSecond: await rate((n) => arithmetic(n, 64), [1 << 12, 1 << 15, 1 << 17], "scalar"),
    unlanedPerSecond: await rate(runningSum, [1 << 12, 1 << 16, 1 << 20], "scalar"),
    bytesPerSecond: await rate((n) => arithmetic(n, 1), [1 << 14, 1 << 19, 1 << 24], "bytes"),
    launchSeconds: await woken(device, chain(1)),
    barrierSeconds: barrier,
  }
}

/** A rate at the first size that takes long enough, or at the last one. */
async function rateOf(
  device: Device,
  graphOf: (size: number) => Graph,
  sizes: readonly number[],
  part: Part,
  { alone, barrier }: { readonly alone: number; readonly barrier: number },
): Promise<number> {
  let found = 0
  for (const size of sizes) {
    const graph = graphOf(size)
    const costs = costsOf(schedule(graph, { threads: device.threads }))
    const amount = costs.reduce((sum, cost) => sum + cost[part], 0)
    const overhead = alone + (costs.length - 1) * barrier
    const seconds = await fastest(device, graph)
    found = amount / Math.max(seconds - overhead, seconds / 2)
    if (seconds >= enough) break
  }
  return found
}

/** Seconds of the shortest of several runs, the device warm. */
function fastest(device: Device, graph: Graph): Promise<number> {
  return withProgram(device, graph, async (run) => {
    const until = performance.now() + 1000 * patience
    let best = Number.POSITIVE_INFINITY
    for (let i = 0; i < leastRuns || performance.now() < until; i++) {
      best = Math.min(best, await run())
    }
    return best
  })
}

/** Seconds of a run that comes after a pause, in which threads go to sleep: the median of some. */
function woken(device: Device, graph: Graph): Promise<number> {
  return withProgram(device, graph, async (run) => {
    const times: number[] = []
    for (let i = 0; i < wokenRuns; i++) {
      await new Promise((resolve) => setTimeout(resolve, pauseMilliseconds))
      times.push(await run())
    }
    return times.sort((a, b) => a - b)[Math.floor(wokenRuns / 2)]
  })
}

/** Measures with a program on inputs of ones: each run gives its seconds. */
async function withProgram(
  device: Device,
  graph: Graph,
  measure: (run: () => Promise<number>) => Promise<number>,
): Promise<number> {
  const executable = device.compile(graph)
  const inputs = graph.inputs.map((input) => {
    const shape = input.shape.map(Number)
    const data = allocateTyped(
      input.dtype,
      shape.reduce((a, b) => a * b, 1),
    )
    return device.put(data.fill(1), shape, input.dtype)
  })
  try {
    return await measure(() => timed(device, executable, inputs))
  } finally {
    for (const input of inputs) input.free()
    executable.dispose()
  }
}

async function timed(device: Device, executable: Executable, inputs: readonly DeviceArray[]) {
  const start = performance.now()
  const results = executable.run(inputs)
  await device.settled()
  const end = performance.now()
  for (const result of results) result.free()
  return (end - start) / 1000
}

function graphOf(
  shapes: readonly (readonly number[])[],
  body: (b: GraphBuilder, x: Variable[]) => Variable,
) {
  const b = new GraphBuilder()
  const inputs = shapes.map((shape) => b.input({ shape, dtype: "float32" }))
  return b.build([body(b, inputs)])
}

/** Small kernels that wait on each other: powers of a matrix. */
function chain(length: number): Graph {
  const side = 8
  return graphOf([[side, side]], (b, [x]) => {
    let power = x
    for (let i = 0; i < length; i++) power = b.emit("dot", [power, x], product)
    return power
  })
}

const product = { contract: [[1], [0]], batch: [[], []] } as const

function matmul(n: number): Graph {
  return graphOf(
    [
      [n, n],
      [n, n],
    ],
    (b, [x, y]) => b.emit("dot", [x, y], product),
  )
}

/** x ← x·x + x, over and over. */
function arithmetic(n: number, depth: number): Graph {
  return graphOf([[n]], (b, [x]) => {
    let y = x
    for (let i = 0; i < depth; i++) y = op.add(b, op.multiply(b, y, x), x)
    return y
  })
}

/** A running sum: one element waits on the one before it. */
function runningSum(n: number): Graph {
  return graphOf([[n]], (b, [x]) => b.emit("cumulativeSum", [x], { axis: 0, reverse: false }))
}
