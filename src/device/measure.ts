/** How long a program takes on a device: run after run, until that is known. */

import type { Graph } from "../graph/index.ts"
import type { ContractionPrecision } from "../schedule/index.ts"
import {
  allocateTyped,
  type DType,
  decodeTyped,
  encodeTyped,
  isFloat,
  type TypedArray,
} from "../size/index.ts"
import type { Device, DeviceArray, Executable } from "./device.ts"

/** What several runs of one program took. */
export interface Timing {
  readonly fastest: number
  /** A tenth, a quarter, half and nine tenths of the runs took less. */
  readonly tenth: number
  readonly quarter: number
  readonly median: number
  readonly nineTenths: number
  readonly runs: number
}

/** What a program took. */
export interface Taken extends Timing {
  /** Most bytes that the device held during the runs. */
  readonly bytes: number
}

export interface MeasureOptions {
  /** Measurements at least; 4 unless given. */
  readonly least?: number
  /** Seconds for warming up, and seconds in which further measurements may begin. */
  readonly patience?: number
  /** Milliseconds of rest before each; none unless given. */
  readonly rest?: number
  /**
   * Whether runs are started many at once, so that one measurement takes a while: the seconds then
   * are those of a run that follows others, without the host's waiting for it.
   */
  readonly together?: boolean
  /** The most threads to use; all of the device's unless given. */
  readonly threads?: number
  /** Whole numbers among the inputs are drawn from 0 to below this; 10 unless given. */
  readonly below?: number
  /** To what contractions round their float32 operands: nothing unless given. */
  readonly precision?: ContractionPrecision | undefined
}

/** Runs before the first that counts, at least: code is compiled better, memory is fetched. */
const warmRuns = 2
/** Seconds that runs take together, and how many there are at most. */
const togetherSeconds = 0.0005
const mostTogether = 64

/** A program with its inputs on a device, warm. */
export interface Prepared {
  /** Times some runs. */
  measure(options: Pick<MeasureOptions, "least" | "patience" | "rest" | "together">): Promise<Taken>
  /** Gives back what the device holds for it. */
  dispose(): void
}

export type PrepareOptions = Pick<MeasureOptions, "threads" | "below" | "patience" | "precision">

/**
 * Makes a graph ready to be timed on drawn inputs, and runs it until it is warm.
 * @param executable what the graph was compiled to, where that is done
 * @throws DeviceError when a run fails.
 */
export async function prepare(
  device: Device,
  graph: Graph,
  { threads, below = 10, patience = 0.01, precision }: PrepareOptions = {},
  executable = device.compile(graph, { threads, precision }),
): Promise<Prepared> {
  const inputs = graph.inputs.map(({ shape, dtype }) => {
    const sizes = shape.map(Number)
    const data = allocateTyped(
      dtype,
      sizes.reduce((a, b) => a * b, 1),
    )
    draw(data, dtype, below)
    return device.put(data, sizes, dtype)
  })
  const dispose = (): void => {
    for (const input of inputs) input.free()
    executable.dispose()
  }
  let once = Number.POSITIVE_INFINITY
  try {
    await timed(device, executable, inputs, 1)
    // Where code is still being made, something else runs in its place.
    await executable.ready?.()
    const warm = performance.now() + 1000 * patience
    for (let i = 0; i < warmRuns || performance.now() < warm; i++) {
      once = Math.min(once, await timed(device, executable, inputs, 1))
    }
  } catch (error) {
    dispose()
    throw error
  }
  return {
    dispose,
    measure: async ({ least = 4, patience = 0.01, rest, together }) => {
      const wanted = together ? Math.floor(togetherSeconds / once) : 1
      const count = Math.max(1, Math.min(mostTogether, wanted))
      const times: number[] = []
      const until = performance.now() + 1000 * patience
      while (times.length < least || performance.now() < until) {
        if (rest !== undefined) await new Promise((resolve) => setTimeout(resolve, rest))
        times.push((await timed(device, executable, inputs, count)) / count)
      }
      const results = executable.run(inputs)
      const bytes = device.memory().inUse
      for (const result of results) result.free()
      await device.settled()
      return { ...timingOf(times), bytes }
    },
  }
}

/**
 * Times runs of a graph on drawn inputs.
 * @throws DeviceError when a run fails.
 */
export async function measureGraph(
  device: Device,
  graph: Graph,
  options: MeasureOptions = {},
): Promise<Taken> {
  const prepared = await prepare(device, graph, options)
  try {
    return await prepared.measure(options)
  } finally {
    prepared.dispose()
  }
}

/** How some seconds are spread. */
export function timingOf(times: readonly number[]): Timing {
  const sorted = [...times].sort((a, b) => a - b)
  const below = (share: number): number => sorted[Math.floor(share * (sorted.length - 1) + 0.5)]
  return {
    fastest: sorted[0],
    tenth: below(0.1),
    quarter: below(0.25),
    median: below(0.5),
    nineTenths: below(0.9),
    runs: sorted.length,
  }
}

/** Seconds from the start of some runs to when the host knows that all are done. */
async function timed(
  device: Device,
  executable: Executable,
  inputs: readonly DeviceArray[],
  count: number,
): Promise<number> {
  const start = performance.now()
  for (let i = 0; i < count; i++) for (const result of executable.run(inputs)) result.free()
  await device.settled()
  return (performance.now() - start) / 1000
}

/** So many elements are drawn; longer arrays repeat them. */
const drawn = 65_521
/** Products go over so many elements at once, at most: as many as lanes and totals side by side. */
const sideBySide = 32

/**
 * Fills an array, the same way every time: whole numbers from 0 to below a bound, or floats whose
 * products stay ordinary numbers however many there are. These lie evenly between 1 and 5/4, or are
 * the reciprocals of such, whichever brings the product of every 32nd element back towards 1; the
 * last one makes the product of all that are drawn 1.
 */
export function draw(data: TypedArray, dtype: DType, below: number): void {
  const most = isFloat(dtype) ? drawn : data.length
  const first = Math.min(most, data.length)
  const next = xorshift()
  if (isFloat(dtype)) {
    const floats = drawFloats(first, next)
    // The elements as they are stored decide, not those that were meant.
    const stored = decodeTyped(dtype, encodeTyped(dtype, floats))
    let sum = 0
    for (let i = 0; i < first - 1; i++) sum += Math.log(stored[i])
    if (first === drawn) floats[first - 1] = Math.exp(-sum)
    data.set(encodeTyped(dtype, floats))
  } else {
    for (let i = 0; i < first; i++) data[i] = Math.floor(next() * below)
  }
  for (let i = first; i < data.length; i += drawn) {
    data.copyWithin(i, 0, Math.min(drawn, data.length - i))
  }
}

function drawFloats(count: number, next: () => number): Float64Array {
  const logarithms = new Float64Array(sideBySide)
  let all = 0
  return Float64Array.from({ length: count }, (_, i) => {
    const size = 1 + next() / 4
    const class_ = i % sideBySide
    // Where its own elements are balanced, all of them decide.
    const sum = Math.abs(logarithms[class_]) > Math.log(1.25) / 2 ? logarithms[class_] : all
    const value = sum > 0 ? 1 / size : size
    logarithms[class_] += Math.log(value)
    all += Math.log(value)
    return value
  })
}

/** Numbers from 0 to below 1 by xorshift32 (Marsaglia 2003). */
function xorshift(): () => number {
  let state = 0x9e3779b9
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}
