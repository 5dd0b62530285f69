import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { drawDiagram } from "../../src/cli/diagram.ts"
import { traceDocument } from "../../src/cli/trace-file.ts"
import { chainOf, type Device, openCpu, type Trace } from "../../src/device/index.ts"
import { type Array, f32, graphOf, np } from "../../src/index.ts"

let device: Device
let trace: Trace
beforeAll(async () => {
  device = await openCpu({ threads: 2 })
  const graph = graphOf((x: Array, y: Array) => np.sum(np.matmul(np.tanh(np.matmul(x, y)), y), 0))(
    f32(200, 150),
    f32(150, 150),
  )
  const inputs = graph.inputs.map(({ shape }) => {
    const sizes = shape.map(Number)
    const data = new Float32Array(sizes.reduce((a, b) => a * b, 1)).fill(0.01)
    return device.put(data, sizes, "float32")
  })
  if (device.trace === undefined) throw new Error("the cpu device can trace")
  trace = await device.trace(graph, inputs)
})
afterAll(() => device.close())

describe("a trace", () => {
  test("tells each piece of each kernel once, on some thread, within the run", () => {
    const busy = trace.events.filter(({ group }) => group !== undefined)
    const pieces = busy.map(({ group, piece }) => `${group}:${piece}`)
    expect(new Set(pieces).size).toBe(pieces.length)
    const contractions = busy.filter(({ label }) => label.startsWith("contraction"))
    expect(new Set(contractions.map(({ group }) => group)).size).toBe(2)
    for (const { thread, start, end } of trace.events) {
      expect(thread).toBeLessThan(2)
      expect(start).toBeGreaterThanOrEqual(0)
      expect(end).toBeGreaterThanOrEqual(start)
      expect(end).toBeLessThanOrEqual(trace.seconds)
    }
  })

  test("has no thread do two things at once", () => {
    for (const thread of [0, 1]) {
      const own = trace.events.filter((event) => event.thread === thread)
      for (const [i, event] of own.slice(1).entries()) {
        expect(event.start).toBeGreaterThanOrEqual(own[i].end)
      }
    }
  })

  test("holds a chain of events, each after the one that it waited for, up to the end", () => {
    const chain = chainOf(trace)
    for (const [i, event] of chain.slice(1).entries()) {
      expect(event.start).toBeGreaterThanOrEqual(chain[i].end)
    }
    expect(chain.at(-1)?.end).toBe(
      Math.max(...trace.events.filter((e) => e.group !== undefined).map(({ end }) => end)),
    )
    const kernels = new Set(chain.map(({ group }) => group))
    expect(kernels.size).toBeGreaterThanOrEqual(2)
  })

  test("is written as complete events in microseconds, and drawn as one SVG", () => {
    const { traceEvents } = JSON.parse(JSON.stringify(traceDocument(trace, "layers")))
    const complete = traceEvents.filter(({ ph }: { ph: string }) => ph === "X")
    expect(complete.length).toBe(trace.events.length)
    const svg = drawDiagram(trace, "a < b")
    expect(svg).toMatch(/^<svg xmlns[\s\S]*<\/svg>\n$/)
    expect(svg).toContain("a &lt; b")
    expect(svg).not.toMatch(/href|NaN|undefined/)
  })
})
