/**
 * Prints as JSON how long each stage of compiling a training step, or with the argument `long` a
 * function of some 1,600 operations, took in this process.
 */

import { availableParallelism } from "node:os"
import { emitProgram, features } from "../src/emit/index.ts"
import { type Array, f32, graphOf, np } from "../src/index.ts"
import { schedule } from "../src/schedule/index.ts"
import { classes, parameterShapes, side } from "./cases/training.ts"
import { step } from "./rivals/tradespace.ts"
import type { Stages } from "./stages.ts"

const batch = 128
const parameters = parameterShapes.map((shape) => f32(...shape))
const inputs = [parameters, parameters, f32(batch, side, side, 1), f32(batch, classes)] as const

/** 100 blocks, each a matrix product, a mean and elementwise maths. */
function blocks(x: Array, w: Array): Array {
  let y = x
  for (let i = 0; i < 100; i++) {
    const h = np.tanh(np.matmul(y, w).add(i / 100))
    const centred = h.sub(h.mean(1, { keepdims: true })).mul(0.5)
    y = centred.add(y.mul(0.9)).add(np.exp(np.negative(np.square(h))))
  }
  return y.sum()
}

const long = process.argv[2] === "long"
const start = performance.now()
const graph = long ? graphOf(blocks)(f32(64, 32), f32(32, 32)) : graphOf(step)(...inputs)
const traced = performance.now()
const donated = graph.inputs.map((_, i) => !long && i < 2 * parameters.length)
const program = schedule(graph, { threads: availableParallelism(), donated })
const scheduled = performance.now()
const memory = { initial: 1, maximum: 65_536 }
const bytes = emitProgram(program, { relaxed: features().relaxedSimd, memory })
const emitted = performance.now()
new WebAssembly.Module(bytes)
const compiled = performance.now()

const stages: Stages = {
  trace: traced - start,
  schedule: scheduled - traced,
  emit: emitted - scheduled,
  compile: compiled - emitted,
}
console.log(JSON.stringify(stages))
