/** Calibration: a few seconds of small programs tell what a device can do. */

import { type Graph, GraphBuilder, operations as op, type Variable } from "../graph/index.ts"
import { costsOf, schedule } from "../schedule/index.ts"
import { allocateTyped } from "../size/index.ts"
import type { Device, DeviceArray, Executable } from "./device.ts"
import type { Calibration } from "./quote.ts"

/** Seconds spent on each measurement. */
const patience = 0.15

/**
 * Measures a device with small programs: an empty one, a chain of barriers, a contraction, a chain
 * of arithmetic in cache, and a stream through main memory. Takes about a second.
 */
export async function calibrate(device: Device): Promise<Calibration> {
  const { threads } = device
  const measure = (graph: Graph): Promise<number> => fastest(device, graph)
  const launchSeconds = await measure(chain(1, 64))
  const links = 16
  const linked = await measure(chain(links, 64))
  const barrierSeconds = Math.max(0, (linked - launchSeconds) / (links - 1))
  const rate = async (graph: Graph, per: "tiled" | "scalar" | "bytes"): Promise<number> => {
    const costs = costsOf(schedule(graph, { threads }))
    const amount = costs.reduce((sum, cost) => sum + cost[per], 0)
    const overhead = launchSeconds + (costs.length - 1) * barrierSeconds
    const seconds = await measure(graph)
    return amount / Math.max(seconds - overhead, seconds / 2)
  }
  const lanedPerSecond = await rate(arithmetic(1 << 17, 64), "scalar")
  return {
    device: device.name,
    threads,
    tiledPerSecond: await rate(matmul(768), "tiled"),
    lanedPerSecond,
    unlanedPerSecond: await rate(backwards(1 << 18), "scalar"),
    bytesPerSecond: await rate(arithmetic(1 << 24, 1), "bytes"),
    launchSeconds,
    barrierSeconds,
  }
}

/** Shortest of several runs, the device warm. */
async function fastest(device: Device, graph: Graph): Promise<number> {
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
    const until = performance.now() + 1000 * patience
    let best = Number.POSITIVE_INFINITY
    for (let i = 0; i < 5 || performance.now() < until; i++) {
      best = Math.min(best, await timed(device, executable, inputs))
    }
    return best / 1000
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
  return end - start
}

function graphOf(
  shapes: readonly (readonly number[])[],
  body: (b: GraphBuilder, x: Variable[]) => Variable,
) {
  const b = new GraphBuilder()
  const inputs = shapes.map((shape) => b.input({ shape, dtype: "float32" }))
  return b.build([body(b, inputs)])
}

/** Kernels that wait on each other: sums along one axis and then the other, of little work. */
function chain(length: number, side: number): Graph {
  return graphOf([[side, side]], (b, [x]) => {
    let sum = x
    for (let i = 0; i < length; i++) {
      const reduced = op.reduceSum(b, sum, [i % 2])
      sum = op.broadcastBack(b, reduced, [side, side], [i % 2])
    }
    return op.reduceSum(b, sum, [0])
  })
}

function matmul(n: number): Graph {
  const numbers = { contract: [[1], [0]], batch: [[], []] } as const
  return graphOf(
    [
      [n, n],
      [n, n],
    ],
    (b, [x, y]) => b.emit("dot", [x, y], numbers),
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
function backwards(n: number): Graph {
  return graphOf([[n]], (b, [x]) => b.emit("cumulativeSum", [x], { axis: 0, reverse: false }))
}
