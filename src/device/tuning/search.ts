/**
 * The search for what suits a processor. First every register tile multiplies by itself, on one thread,
 * which gives its cycles; then products that leave the second cache run on all threads, in the tiles that
 * were found and in those of the table, in blocks for caches of other sizes. Choices are timed in turns,
 * and the table stays but for what is faster by a clear margin. No choice changes any bits.
 */

import { type Graph, operations as op } from "../../graph/index.ts"
import { printProgram, type RegisterTile, schedule, type Target } from "../../schedule/index.ts"
import { float, matmul, program } from "../calibration-program.ts"
import type { Device, DeviceArray, Executable } from "../device.ts"
import { codeOf, Hash } from "../fingerprint.ts"
import { draw, timingOf } from "../measure.ts"
import { type Tuning, tunedTarget, tuningOf } from "./tuning.ts"

/** A device that compiles for targets that are not its own. */
export interface TuningDevice extends Pick<Device, "put" | "settled" | "threads" | "close"> {
  /** @throws DeviceError when a program cannot be made. */
  compileFor(graph: Graph, target: Target, threads: number): Promise<Executable>
}

export interface SearchOptions {
  /** Seconds of measuring, at most; 2 unless given. Making programs is not counted. */
  readonly seconds?: number
  /** Seconds that making the programs of one comparison may take; 10 unless given. */
  readonly patience?: number
}

/** Grows when the way of the search changes, which its word cannot tell by itself. */
const version = 1

/** By what share of the seconds each stage ends: tiles alone, tiles in products, caches. */
const shares = [0.25, 0.6, 1] as const

/** Turns after which medians count, and after which they are good enough. */
const [leastTurns, mostTurns] = [5, 15]

/** Turns before the first that counts: code is compiled better, memory is fetched. */
const warmTurns = 2

/** What is faster by less than this is taken for noise. */
const margin = 0.05

/** A tile slower than this, of the fastest one's rate, is dropped, unless the table has it. */
const leastRate = 0.75

/**
 * Looks for the tiles and blocks of a processor.
 * @param tried register tiles, those of the table first
 * @throws DeviceError when a program cannot be made or run.
 */
export async function searchTuning(
  device: TuningDevice,
  table: Target,
  tried: readonly RegisterTile[],
  { seconds = 2, patience = 10 }: SearchOptions = {},
): Promise<Tuning> {
  const watch = { spent: 0, until: 0, patience }
  const stage = (number: number): Stopwatch => {
    watch.until = shares[number] * seconds
    return watch
  }
  const tiles = await measureTiles(device, table, tried, stage(0))
  const written = tuningOf(table)
  const first = await fastest(device, table, written, [{ ...written, tiles }], stage(1))
  const others = [
    { ...first, firstCache: 1 / 2 },
    { ...first, firstCache: 2 },
    { ...first, secondCache: 1 / 4 },
    { ...first, secondCache: 1 / 2 },
    { ...first, secondCache: 2 },
  ]
  return fastest(device, table, first, others, stage(2))
}

/** What a search may take and has taken, in seconds. */
interface Stopwatch {
  spent: number
  readonly until: number
  readonly patience: number
}

/** A product that is timed: of [rows, depth] and [depth, columns], the first as it is or turned. */
interface Product {
  readonly rows: number
  readonly depth: number
  readonly columns: number
  readonly turned?: true
}

/** One large, one flat, and a weight's gradient: rows read in place, columns packed ahead, both packed. */
const products: readonly Product[] = [
  { rows: 512, depth: 768, columns: 512 },
  { rows: 768, depth: 256, columns: 768 },
  { rows: 256, depth: 1024, columns: 768, turned: true },
]

function graphOfProduct({ rows, depth, columns, turned }: Product): Graph {
  const left = turned ? float(depth, rows) : float(rows, depth)
  return program("", [left, float(depth, columns)], (b, [x, y]) =>
    matmul(b, turned ? op.transpose(b, x, [1, 0]) : x, y),
  ).graph
}

/** A word that changes with what is searched, and with the code of what is timed. */
export function codeOfSearch(
  device: string,
  table: Target,
  tried: readonly RegisterTile[],
  threads: number,
): string {
  const hash = new Hash()
  hash.text(JSON.stringify([version, tried, products, table]))
  const [large] = products
  codeOf(hash, device, schedule(graphOfProduct(large), { threads, target: table }), table)
  return hash.word
}

/** Rows and vectors of columns about which a tile's own product has. */
const [rowsAlone, vectorsAlone, depthAlone] = [480, 24, 256] as const

/**
 * The cycles of register tiles: what the table says of its first, times how much longer the others take.
 * Those that are within the margin of what the table says of them keep its figures.
 */
async function measureTiles(
  device: TuningDevice,
  table: Target,
  tiles: readonly RegisterTile[],
  watch: Stopwatch,
): Promise<readonly RegisterTile[]> {
  const { lanes, tiles: written } = table
  const programs = tiles.map((tile) => {
    const down = Math.round(rowsAlone / tile.rows)
    const across = Math.max(1, Math.round((vectorsAlone * lanes) / tile.columns))
    const product = { rows: down * tile.rows, depth: depthAlone, columns: across * tile.columns }
    return { product, target: { ...table, tiles: [tile] }, calls: down * across }
  })
  const times = await timeInTurns(device, programs, 1, watch)
  if (times === undefined) return written
  const [each, ...rest] = times.map((seconds, i) => seconds / programs[i].calls)
  const measured = tiles.map((tile, i) => {
    const cycles = (written[0].cycles * [each, ...rest][i]) / each
    const isAsWritten = i < written.length && Math.abs(cycles / tile.cycles - 1) <= margin
    return isAsWritten ? tile : { ...tile, cycles: Math.round(100 * cycles) / 100 }
  })
  const rate = ({ rows, columns, cycles }: RegisterTile): number => (rows * columns) / cycles
  const best = Math.max(...measured.map(rate))
  const kept = measured.filter((tile, i) => i < written.length || rate(tile) >= leastRate * best)
  // What is no faster than the table's first, but for noise, comes after it.
  const lead = rate(measured[0]) >= (1 - margin) * best ? measured[0] : undefined
  return kept.sort((a, b) => (a === lead ? -1 : b === lead ? 1 : rate(b) - rate(a)))
}

/** The fastest of some tunings by large products on all threads; the first unless another is clearly. */
async function fastest(
  device: TuningDevice,
  table: Target,
  first: Tuning,
  others: readonly Tuning[],
  watch: Stopwatch,
): Promise<Tuning> {
  const { threads } = device
  const tunings = [first, ...others]
  const found = new Map<string, { readonly product: Product; readonly target: Target }>()
  // Programs that come out alike are timed once.
  const rows = tunings.map((tuning) => {
    const target = tunedTarget(table, tuning)
    return products.map((product) => {
      const text = printProgram(schedule(graphOfProduct(product), { threads, target }))
      if (!found.has(text)) found.set(text, { product, target })
      return text
    })
  })
  if (found.size === products.length) return first
  const times = await timeInTurns(device, [...found.values()], threads, watch)
  if (times === undefined) return first
  const texts = [...found.keys()]
  const secondsOf = (text: string): number => times[texts.indexOf(text)]
  let best = { tuning: first, score: 1 - margin }
  for (const [i, row] of rows.entries()) {
    const ratios = row.map((text, j) => secondsOf(text) / secondsOf(rows[0][j]))
    const score = ratios.reduce((product, ratio) => product * ratio, 1) ** (1 / ratios.length)
    // What one kind of product gains no other may lose.
    if (score < best.score && Math.max(...ratios) < 1 + margin) best = { tuning: tunings[i], score }
  }
  return best.tuning
}

/** Medians of programs' seconds, run by run in turns; undefined where there is time for too few turns. */
async function timeInTurns(
  device: TuningDevice,
  programs: readonly { readonly product: Product; readonly target: Target }[],
  threads: number,
  watch: Stopwatch,
): Promise<readonly number[] | undefined> {
  const graphs = programs.map(({ product }) => graphOfProduct(product))
  const made = graphs.map((graph, i) => device.compileFor(graph, programs[i].target, threads))
  const executables = await within(watch.patience, Promise.all(made))
  const inputs: (readonly DeviceArray[])[] = []
  try {
    if (executables === undefined) return undefined
    for (const graph of graphs) inputs.push(inputsOf(device, graph))
    const run = async (i: number): Promise<number> => {
      const began = performance.now()
      for (const result of executables[i].run(inputs[i])) result.free()
      await device.settled()
      return (performance.now() - began) / 1000
    }
    const times: number[][] = programs.map(() => [])
    for (let turn = -warmTurns; turn < mostTurns; turn++) {
      for (let i = 0; i < programs.length; i++) {
        if (watch.spent > watch.until) return turn < leastTurns ? undefined : medians(times)
        // Each turn begins with another one.
        const at = (i + turn + warmTurns) % programs.length
        const seconds = await run(at)
        watch.spent += seconds
        if (turn >= 0) times[at].push(seconds)
      }
    }
    return medians(times)
  } finally {
    for (const arrays of inputs) for (const array of arrays) array.free()
    for (const one of made) one.then((executable) => executable.dispose()).catch(() => {})
  }
}

function medians(times: readonly (readonly number[])[]): readonly number[] {
  return times.map((each) => timingOf(each).median)
}

function inputsOf(device: TuningDevice, graph: Graph): readonly DeviceArray[] {
  return graph.inputs.map(({ shape, dtype }) => {
    const sizes = shape.map(Number)
    const data = new Float32Array(sizes.reduce((a, b) => a * b, 1))
    draw(data, dtype, 1)
    return device.put(data, sizes, dtype)
  })
}

/** What is promised, or undefined where it takes longer. */
async function within<T>(seconds: number, promised: Promise<T>): Promise<T | undefined> {
  const limit = new AbortController()
  const late = new Promise<undefined>((resolve) => {
    const timer = setTimeout(resolve, 1000 * seconds)
    limit.signal.addEventListener("abort", () => clearTimeout(timer))
  })
  try {
    return await Promise.race([promised, late])
  } finally {
    limit.abort()
  }
}
