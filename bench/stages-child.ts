/** Prints as JSON how long each stage of compiling a training step took in this process. */

import { availableParallelism } from "node:os"
import { emitProgram, features } from "../src/emit/index.ts"
import { f32, graphOf } from "../src/index.ts"
import { schedule } from "../src/schedule/index.ts"
import { classes, parameterShapes, side } from "./cases/training.ts"
import { step } from "./rivals/tradespace.ts"
import type { Stages } from "./stages.ts"

const batch = 128
const parameters = parameterShapes.map((shape) => f32(...shape))
const inputs = [parameters, parameters, f32(batch, side, side, 1), f32(batch, classes)] as const

const start = performance.now()
const graph = graphOf(step)(...inputs)
const traced = performance.now()
const donated = graph.inputs.map((_, i) => i < 2 * parameters.length)
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
