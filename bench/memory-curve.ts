/**
 * The curve of a training step: the fastest of many runs at each memory budget, with the
 * quote beside it. Prints a table and writes docs/frontier.svg.
 *
 *     node bench/memory-curve.ts
 */

import { writeFile } from "node:fs/promises"
import { step } from "../examples/deep.ts"
import { type Device, type DeviceArray, openCpu } from "../src/device/index.ts"
import { type Array, closeDevices, f32, frontier, graphOf, printFrontier } from "../src/index.ts"
import { concreteShape } from "../src/size/index.ts"
import { type Choice, frontierOf, frontierSvg } from "../src/trade/index.ts"

const [layers, batch, width] = [24, 1024, 64]
const weights = globalThis.Array.from({ length: layers }, () => f32(width, width))
const specs: Parameters<typeof frontier<[Array, Array, ...Array[]], Array[]>>[1] = [
  f32(batch, width),
  f32(batch, width),
  ...weights,
]
const rounds = 25

let state = 1
/** Evenly from 0 to 1, the same every time. */
function even(): number {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0
  return state / 2 ** 32
}

const quoted = await frontier(step, specs)
const graph = graphOf(step)(...specs)
const inputsOf = (device: Device): readonly DeviceArray[] =>
  graph.inputs.map(({ shape, dtype }) => {
    const extents = concreteShape(shape)
    // Random weights keep slopes from shrinking, layer by layer, to numbers below the ordinary ones,
    // which processors compute with several times as slowly.
    const data = Float32Array.from(
      { length: extents.reduce((a, b) => a * b, 1) },
      () => 0.5 * (even() - 0.5),
    )
    return device.put(data, extents, dtype)
  })

const contestants = await Promise.all(
  [...quoted.points, ...quoted.beaten].map(async (point) => {
    const { threads, memory } = point
    const device = await openCpu({ threads })
    const executable = device.compile(graph, { memory })
    return { point, device, executable, inputs: inputsOf(device), times: [] as number[] }
  }),
)
// All in turn, so that whatever else the machine does meets each alike.
for (let round = 0; round < rounds; round++) {
  for (const { device, executable, inputs, times } of contestants) {
    const start = performance.now()
    const outputs = executable.run(inputs)
    await device.settled()
    times.push((performance.now() - start) / 1000)
    for (const output of outputs) output.free()
  }
}
const measured: Choice[] = []
for (const { point, device, times } of contestants) {
  times.sort((a, b) => a - b)
  const { threads, memory, seconds, extra, again } = point
  const interval = [times[0], times[Math.floor(rounds / 2)]] as const
  measured.push({
    device: "cpu",
    threads,
    bytes: memory,
    seconds: times[0],
    interval,
    extra,
    again,
    rough: false,
  })
  const { highWater } = device.memory()
  console.log(
    `${threads} threads: ${(memory / 1e6).toFixed(2)} MB planned, ` +
      `${(highWater / 1e6).toFixed(2)} MB high water with the threads' own, ` +
      `quoted ${(1000 * seconds).toFixed(1)} ms, fastest ${(1000 * times[0]).toFixed(1)} ms`,
  )
  await device.close()
}
const found = frontierOf("cpu", measured)
console.log(`\n${printFrontier(found)}`)
const title = "A training step of 24 layers: seconds measured by memory"
await writeFile(
  new URL("../docs/frontier.svg", import.meta.url),
  `${await frontierSvg(found, title, "seconds, measured")}\n`,
)
await closeDevices()
