import { Worker } from "node:worker_threads"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { presenceOf } from "../../../src/device/cpu/control.ts"
import { argsBytes, emitProgram, features, writeArgs } from "../../../src/emit/index.ts"
import { planStages } from "../../../src/emit/stages.ts"
import { operations, type Variable } from "../../../src/graph/index.ts"
import { type Program, schedule } from "../../../src/schedule/index.ts"
import { viewTyped } from "../../../src/size/index.ts"
import { randomControl } from "../../graph/growControl.ts"
import { toleranceOf } from "../../graph/random.ts"
import { placedAtRandom } from "./placing.ts"
import { expectAgreement, graphOf, layOut, randomArray, runProgram } from "./running.ts"

const body = `
  const { parentPort, workerData: { module, memory, thread, threads, args } } =
    require("node:worker_threads")
  const { main } = new WebAssembly.Instance(module, { env: { memory } }).exports
  main(thread, threads, args)
  parentPort.postMessage("done")
`

/** Runs a program on several threads, several times over, and returns the outputs of each run. */
async function runOnThreads(
  program: Program,
  inputs: readonly ReturnType<typeof randomArray>[],
  threads: number,
  runs: number,
): Promise<number[][][]> {
  const layout = layOut(program, { threads, runs })
  const { memory, limits } = layout
  for (const [i, { data }] of inputs.entries()) {
    const { dtype, elements } = program.inputs[i]
    viewTyped(dtype, memory.buffer, layout.inputs[i], elements).set(data)
  }
  // The first page is nobody's.
  const presence = 64
  const args = layout.runs.map((run) => {
    const block = new Int32Array(memory.buffer, run.args, argsBytes(program) / 4)
    writeArgs(block, program, { ...layout, outputs: run.outputs, spins: 100, presence })
    return run.args
  })
  const options = { relaxed: features().relaxedSimd, memory: limits }
  const module = new WebAssembly.Module(emitProgram(program, options))
  // The runs share the arena, so each starts when the one before it is over.
  for (const run of args) {
    new Int32Array(memory.buffer)[presence / 4] = presenceOf(threads)
    await Promise.all(
      Array.from({ length: threads }, (_, thread) => {
        const workerData = { module, memory, thread, threads, args: run }
        const worker = new Worker(body, { eval: true, workerData })
        return new Promise((resolve, reject) => {
          worker.once("message", resolve)
          worker.once("error", reject)
        })
      }),
    )
  }
  return layout.runs.map((run) =>
    program.outputs.map((buffer, i) => [
      ...viewTyped(buffer.dtype, memory.buffer, run.outputs[i], buffer.elements),
    ]),
  )
}

test("any number of threads gives the same bits as one, run after run", async () => {
  const inputs = [randomArray("float32", [300, 200], 1), randomArray("float32", [200, 150], 2)]
  const graph = graphOf(inputs, (b, x, y) => {
    const product = b.emit("dot", [x, y], { contract: [[1], [0]], batch: [[], []] })
    const spread = (v: Variable): Variable =>
      b.emit("broadcast", [v], { shape: [300, 150], axes: [0] })
    const most = spread(b.emit("reduceMax", [product], { axes: [1] }))
    const powers = operations.apply(b, "exp", operations.subtract(b, product, most))
    const softmax = operations.divide(b, powers, spread(operations.reduceSum(b, powers, [1])))
    const sorted = b.emitAll("sort", [softmax], { axis: 1, keys: 1 })[0]
    const scanned = b.emit("cumulativeSum", [sorted], { axis: 0, reverse: false })
    return [softmax, scanned, operations.reduceSum(b, scanned, [0, 1])]
  })
  const program = schedule(graph, { threads: 4 })
  const alone = runProgram(
    program,
    inputs.map(({ data }) => data),
  ).map((data) => [...data])
  for (const threads of [2, 3, 7]) {
    for (const found of await runOnThreads(program, inputs, threads, 3))
      expect(found).toEqual(alone)
  }
})

test("control flow around kernels in pieces gives the same bits on any threads", async () => {
  await fc.assert(
    fc.asyncProperty(randomControl({ mostElements: 200 }), async ({ graph, seed, inputs }) => {
      const given = inputs.map((input, i) => ({ ...input, dtype: graph.inputs[i].dtype }))
      const program = placedAtRandom(schedule(graph, { place: "time" }), seed)
      const alone = runProgram(
        program,
        given.map(({ data }) => data),
      ).map((data) => [...data])
      const [found] = await runOnThreads(program, given, 3, 1)
      expect(found).toEqual(alone)
    }),
    { numRuns: 30 },
  )
})

test("however its kernels are placed, control flow computes what the interpreter computes", () => {
  fc.assert(
    fc.property(randomControl({ mostElements: 200 }), (example) => {
      const { graph, seed, inputs } = example
      const given = inputs.map((input, i) => ({ ...input, dtype: graph.inputs[i].dtype }))
      const change = (program: Program): Program => placedAtRandom(program, seed)
      expectAgreement(graph, given, { change, place: "time" }, toleranceOf(example))
    }),
    { numRuns: 100 },
  )
})

describe("barriers", () => {
  test("kernels that share nothing do not wait for each other", () => {
    const inputs = [randomArray("float32", [1 << 18]), randomArray("float32", [1 << 18])]
    const graph = graphOf(inputs, (b, x, y) => [
      operations.apply(b, "exp", x),
      operations.apply(b, "exp", y),
    ])
    const { stages } = planStages(schedule(graph, { threads: 2 }))
    expect(stages.map(({ barrier }) => barrier)).toEqual([false, false])
  })

  test("a kernel waits for what it reads, and for the readers of what it overwrites", () => {
    const inputs = [randomArray("float32", [256, 256])]
    const graph = graphOf(inputs, (b, x) => {
      const turned = (v: Variable): Variable => operations.transpose(b, v, [1, 0])
      const first = b.emit("cumulativeSum", [x], { axis: 0, reverse: false })
      const second = b.emit("cumulativeSum", [turned(first)], { axis: 0, reverse: false })
      return b.emit("cumulativeSum", [turned(second)], { axis: 0, reverse: false })
    })
    const { stages } = planStages(schedule(graph, { threads: 2 }))
    expect(stages.map(({ barrier }) => barrier)).toEqual([false, true, true])
  })

  test("small kernels in a row are one thread's, with no barrier between", () => {
    const inputs = [randomArray("float32", [8])]
    const graph = graphOf(inputs, (b, x) => {
      let v = x
      for (let i = 0; i < 5; i++) v = b.emit("cumulativeSum", [v], { axis: 0, reverse: false })
      return v
    })
    const { stages } = planStages(schedule(graph, { threads: 2 }))
    expect(stages.length).toBe(1)
    expect(stages[0].kind === "group" && stages[0].steps.length).toBe(5)
  })
})
