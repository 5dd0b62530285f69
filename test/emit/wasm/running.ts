/** Programs run in this process, and arrays of random elements to run them on. */

import { expect } from "vitest"
import { hostMaths } from "../../../src/device/cpu/host-maths.ts"
import { type Argument, evaluate } from "../../../src/device/ram/index.ts"
import { argsBytes, emitProgram, features, writeArgs } from "../../../src/emit/index.ts"
import { checkGraph, type Graph, GraphBuilder, type Variable } from "../../../src/graph/index.ts"
import {
  bytesOf,
  type Program,
  type ScheduleOptions,
  schedule,
} from "../../../src/schedule/index.ts"
import {
  allocateTyped,
  type DType,
  decodeTyped,
  dtypes,
  encodeElement,
  type TypedArray,
  viewTyped,
} from "../../../src/size/index.ts"

export interface TestArray extends Argument {
  readonly dtype: DType
}

export interface RunOptions extends ScheduleOptions {
  readonly relaxed?: boolean
  /** Changes the program before it is run. */
  readonly change?: (program: Program) => Program
}

/** Where everything of a program's runs lies in a shared memory. */
export interface Layout {
  readonly memory: WebAssembly.Memory
  readonly limits: { readonly initial: number; readonly maximum: number }
  readonly inputs: readonly number[]
  readonly arena: number
  readonly scratch: number
  readonly runs: readonly { readonly outputs: readonly number[]; readonly args: number }[]
}

/** Lays out memory for a program: inputs, arena and scratch once, outputs and args once per run. */
export function layOut(program: Program, { threads = 1, runs = 1 } = {}): Layout {
  let end = 65536
  const reserve = (bytes: number): number => {
    const start = end
    end += Math.ceil(bytes / 64) * 64
    return start
  }
  const inputs = program.inputs.map((buffer) => reserve(bytesOf(buffer)))
  const placed = Array.from({ length: runs }, () => {
    const outputs: number[] = []
    for (const [i, buffer] of program.outputs.entries()) {
      const storage = program.storage.get(buffer)
      const donor = program.donations.get(i)
      if (storage?.kind === "input") outputs.push(inputs[storage.number])
      // An output may be another one's buffer.
      else if (storage?.kind === "output" && storage.number < i)
        outputs.push(outputs[storage.number])
      else outputs.push(donor === undefined ? reserve(bytesOf(buffer)) : inputs[donor])
    }
    return { outputs, args: reserve(argsBytes(program)) }
  })
  const arena = reserve(program.arenaBytes)
  const scratch = reserve(threads * program.scratchBytes)
  const pages = Math.ceil(end / 65536)
  const limits = { initial: pages, maximum: pages }
  const memory = new WebAssembly.Memory({ ...limits, shared: true })
  // What is not written must not be read: memory starts out as NaN.
  new Uint8Array(memory.buffer).fill(0xff)
  return { memory, limits, inputs, arena, scratch, runs: placed }
}

/** Runs a program on one thread and returns its outputs. */
export function runProgram(
  program: Program,
  inputs: readonly TypedArray[],
  relaxed = features().relaxedSimd,
): TypedArray[] {
  const layout = layOut(program)
  const { memory, limits } = layout
  const [{ outputs, args }] = layout.runs
  for (const [i, data] of inputs.entries()) {
    const { dtype, elements } = program.inputs[i]
    viewTyped(dtype, memory.buffer, layout.inputs[i], elements).set(data)
  }
  const block = new Int32Array(memory.buffer, args, argsBytes(program) / 4)
  writeArgs(block, program, { ...layout, outputs, spins: 10, presence: 0 })
  const module = new WebAssembly.Module(emitProgram(program, { relaxed, memory: limits }))
  const { main } = new WebAssembly.Instance(module, {
    env: { memory },
    math: hostMaths,
  }).exports
  if (typeof main !== "function") throw new Error("the module does not export main")
  main(0, 1, args)
  return program.outputs.map((buffer, i) => {
    const result: TypedArray = allocateTyped(buffer.dtype, buffer.elements)
    result.set(viewTyped(buffer.dtype, memory.buffer, outputs[i], buffer.elements))
    return result
  })
}

/** A graph from a function of variables. */
export function graphOf(
  inputs: readonly TestArray[],
  build: (b: GraphBuilder, ...inputs: Variable[]) => Variable | readonly Variable[],
): Graph {
  const b = new GraphBuilder()
  const outputs = build(b, ...inputs.map((input) => b.input(input)))
  return checkGraph(b.build(Array.isArray(outputs) ? outputs : [outputs as Variable]))
}

/** How far apart the same computation may end in other dtypes than float32: a few last places. */
const tolerances: { readonly [D in DType]?: number } = {
  float64: 1e-13,
  float16: 2 ** -9,
  bfloat16: 2 ** -6,
}

/** Expects a graph's program to compute what the interpreter computes. */
export function expectAgreement(
  graph: Graph,
  inputs: readonly TestArray[],
  { relaxed, change = (program) => program, ...options }: RunOptions = {},
  tolerance = 1e-5,
): void {
  const program = change(schedule(graph, options))
  const found = runProgram(
    program,
    inputs.map((input) => input.data),
    relaxed,
  )
  const wanted = evaluate(graph, inputs)
  for (const [i, { data, dtype }] of wanted.entries()) {
    const allowed = tolerance === 0 ? 0 : (tolerances[dtype] ?? tolerance)
    expectClose(decodeTyped(dtype, found[i]), decodeTyped(dtype, data), allowed)
  }
}

/** Expects equal elements, of floats up to a tolerance relative to the greatest of them. */
export function expectClose(found: TypedArray, wanted: TypedArray, tolerance: number): void {
  expect(found.length).toBe(wanted.length)
  if (!isFloats(wanted)) {
    expect([...found]).toEqual([...wanted])
    return
  }
  for (const [i, value] of wanted.entries()) {
    const same = Object.is(found[i], value) || found[i] === value
    const close = Math.abs(found[i] - value) <= tolerance * Math.max(1, Math.abs(value))
    if (!same && !close) {
      throw new Error(`element ${i} of ${wanted.length} is ${found[i]}, not ${value}`)
    }
  }
}

function isFloats(data: TypedArray): boolean {
  return (
    data instanceof Float64Array || data instanceof Float32Array || data instanceof Float16Array
  )
}

/** Elements from a simple generator of random numbers, so that runs repeat. */
export function randomArray(dtype: DType, shape: readonly number[], seed = 1): TestArray {
  const elements = shape.reduce((a, b) => a * b, 1)
  const data: TypedArray = allocateTyped(dtype, elements)
  let state = (seed * 2654435761 + 12345) >>> 0
  for (let i = 0; i < elements; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    const unit = state / 2 ** 32
    const { kind } = dtypes[dtype]
    if (kind === "float") data[i] = encodeElement(dtype, 4 * unit - 2)
    else if (kind === "bool") data[i] = unit < 0.5 ? 0 : 1
    else data[i] = Math.floor(20 * unit) - (kind === "signed" ? 10 : 0)
  }
  return { data, shape, dtype }
}
