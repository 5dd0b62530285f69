/** The memory of a program: liveness, offsets in one arena, and what donated inputs become. */

import type { Variable } from "../graph/index.ts"
import { dtypes } from "../size/index.ts"
import type { Buffer } from "./expression.ts"
import { layoutOf, type MemoryLayout } from "./group-target.ts"
import { indexKey } from "./index-function.ts"
import { type Kernel, type LoopKernel, type Store, storesOf } from "./kernel.ts"
import type { Program, Storage } from "./program.ts"
import { sharedRows } from "./reuse.ts"
import { loadsOf, scalarsOf, storesWithin, visitScalars } from "./rewrite.ts"
import { isControlStep, isSpread, listsOf, type Step } from "./step.ts"
import { wasmTarget } from "./target.ts"

const plain = layoutOf(wasmTarget)

export interface MemoryPlan {
  readonly storage: ReadonlyMap<Buffer, Storage>
  readonly arenaBytes: number
  /** Bytes that each thread needs for what lives in rounds that it runs. */
  readonly privateBytes: number
  readonly donations: ReadonlyMap<number, number>
}

/** A number of bytes rounded up to whole cache lines. */
export function aligned(bytes: number): number {
  return plain.alignment * Math.ceil(bytes / plain.alignment)
}

export function bytesOf(buffer: Buffer): number {
  return buffer.elements * dtypes[buffer.dtype].bytes
}

/**
 * Bytes of a program's inputs, outputs and arena together, while it runs, and of what so many threads
 * hold each for themselves: panels that they pack, and what lives in a round alone.
 */
export function memoryOf(program: Program, threads = 0): number {
  const { inputs, outputs, arenaBytes, scratchBytes, donations } = program
  const own = new Set(inputs)
  for (const output of outputs) if (!donations.has(outputs.indexOf(output))) own.add(output)
  return [...own].reduce(
    (sum, buffer) => sum + bytesOf(buffer),
    arenaBytes + threads * scratchBytes,
  )
}

/** Bytes that one run takes beyond its inputs: memory of donated ones that results reuse is theirs. */
export function bytesBeyondInputs(program: Program): number {
  const inputs = [...new Set(program.inputs)]
  return memoryOf(program) - inputs.reduce((sum, input) => sum + bytesOf(input), 0)
}

interface Lifetime {
  first: number
  last: number
}

/**
 * Plans memory. A buffer lives from the first kernel that writes it to the last that uses it;
 * intermediates share memory when their lives do not touch. An output may take over a donated
 * input also where one kernel reads each element just before it writes the same one.
 */
export function planMemory(
  steps: readonly Step[],
  inputs: readonly Buffer[],
  outputs: readonly Buffer[],
  options: MemoryOptions = {},
): MemoryPlan {
  const { donated = [], aliases = new Map(), privateFrom = 0, layout = plain } = options
  const { lives, kernels, loops, rounds } = lifetimes(steps, aliases)
  const storage = new Map<Buffer, Storage>()
  for (const [number, input] of inputs.entries()) storage.set(input, { kind: "input", number })
  const donations = donate({ kernels, lives, loops }, inputs, outputs, donated)
  for (const [number, output] of outputs.entries()) {
    if (!storage.has(output)) storage.set(output, { kind: "output", number })
  }
  const rowsIn = sharedRows(kernels.values(), (kept, result) => {
    const [from, to] = [lives.get(kept), lives.get(result)]
    const isOnce = from !== undefined && from.first === from.last && to?.first === from.first
    const stands = aliases.has(kept) || aliases.has(result) || storage.has(kept)
    const number = outputs.indexOf(result)
    return isOnce && !stands && bytesOf(kept) === bytesOf(result) && !donations.has(number)
  })
  const temporaries = [...lives.keys()].filter((b) => !storage.has(b) && !rowsIn.has(b))
  const isPrivate = (buffer: Buffer): boolean => {
    const life = lives.get(buffer)
    return rounds.some(
      ({ start, end }) => life !== undefined && life.first > start && life.last < end,
    )
  }
  const shared = temporaries.filter((buffer) => !isPrivate(buffer))
  const arenaBytes = placeTemporaries(lives, shared, layout, (buffer, offset) =>
    storage.set(buffer, { kind: "arena", offset }),
  )
  const own = temporaries.filter(isPrivate)
  const privateBytes = placeTemporaries(lives, own, layout, (buffer, offset) =>
    storage.set(buffer, { kind: "private", offset: privateFrom + offset }),
  )
  for (const [kept, result] of rowsIn) {
    const place = storage.get(result)
    if (place !== undefined) storage.set(kept, place)
  }
  for (const alias of aliases.keys()) {
    const shared = storage.get(representative(alias, aliases))
    if (shared !== undefined) storage.set(alias, shared)
  }
  return { storage, arenaBytes, privateBytes, donations }
}

export interface MemoryOptions {
  /** Per input, whether its memory may become an output's. */
  readonly donated?: readonly boolean[]
  /** Buffers that lie where another one does. */
  readonly aliases?: ReadonlyMap<Buffer, Buffer>
  /** Where in a thread's private memory that begins which lives in rounds. */
  readonly privateFrom?: number
  readonly layout?: MemoryLayout
}

/** The buffer that stands for all that lie in one place. */
export function representative(buffer: Buffer, aliases: ReadonlyMap<Buffer, Buffer>): Buffer {
  let shared = buffer
  for (let next = aliases.get(shared); next !== undefined; next = aliases.get(shared)) shared = next
  return shared
}

/**
 * The time at which each buffer is first and last used, in an order in which every kernel has one
 * number. What lives outside of a loop and is used inside of it must stay through all its rounds;
 * what decides where the steps go must stay until all threads have read it.
 */
function lifetimes(steps: readonly Step[], aliases: ReadonlyMap<Buffer, Buffer>): Lifetimes {
  const lives = new Map<Buffer, Lifetime>()
  const kernels = new Map<number, Kernel>()
  let now = 0
  const use = (buffer: Buffer, at: number): void => {
    const own = representative(buffer, aliases)
    const life = lives.get(own)
    if (life === undefined) lives.set(own, { first: at, last: at })
    else {
      life.first = Math.min(life.first, at)
      life.last = Math.max(life.last, at)
    }
  }
  const stretch = (start: number, end: number): void => {
    for (const life of lives.values()) {
      const outside = life.first < start || life.last > end
      if (!outside || life.last < start || life.first > end) continue
      life.first = Math.min(life.first, start)
      life.last = Math.max(life.last, end)
    }
  }
  const loops: Loop[] = []
  const rounds: Loop[] = []
  const walk = (list: readonly Step[]): void => {
    for (const step of list) {
      const at = now++
      if (!isControlStep(step)) {
        kernels.set(at, step)
        for (const buffer of [...loadsOf(step), ...storesOf(step)]) use(buffer, at)
        continue
      }
      for (const inner of listsOf(step)) walk(inner)
      const end = now++
      if (step.kind !== "branch") loops.push({ start: at, end })
      if (isSpread(step)) rounds.push({ start: at, end })
      if (step.kind === "repeat") continue
      const decides = step.kind === "while" ? step.predicate : step.index
      use(decides, at)
      use(decides, end)
    }
  }
  walk(steps)
  // Inner loops come before the loops around them.
  for (const { start, end } of loops) stretch(start, end)
  return { lives, kernels, loops, rounds }
}

interface Lifetimes {
  readonly lives: ReadonlyMap<Buffer, Lifetime>
  readonly kernels: ReadonlyMap<number, Kernel>
  readonly loops: readonly Loop[]
  /** Repetitions whose rounds threads take. */
  readonly rounds: readonly Loop[]
}

interface Loop {
  readonly start: number
  readonly end: number
}

/**
 * Whether a kernel may write `to` over `from`: only its stores read `from`, and only where they
 * write `to`, so each element is read before it is overwritten, by the same thread.
 */
export function writesInPlace(kernel: Kernel, from: Buffer, to: Buffer): boolean {
  if (kernel.kind !== "loop" && kernel.kind !== "contraction") return false
  if (from.dtype !== to.dtype) return false
  const [own, others] = [true, false].map((is) =>
    kernel.stores.filter(({ buffer }) => (buffer === to) === is),
  )
  const places = new Set(own.map(({ index }) => indexKey(index)))
  if (own.some(({ summed }) => summed !== undefined)) return false
  if (places.size === 0 || loadsOf({ ...kernel, stores: [] }).has(from)) return false
  // Values of stores that belong together are computed before any is stored; not those of others.
  if (kernel.kind === "loop" && !areTogether(kernel, own)) {
    if (loadsOf({ ...kernel, accumulators: [], stores: others }).has(from)) return false
  }
  let only = true
  visitScalars(scalarsOf(kernel), (scalar) => {
    if (scalar.kind === "load" && scalar.buffer === from) {
      only &&= places.has(indexKey(scalar.index))
    }
  })
  return only
}

/** Whether some stores of a loop are done once for its mapped axes, at the end and together with others. */
function areTogether(kernel: LoopKernel, stores: readonly Store[]): boolean {
  const written = new Set(storesOf(kernel))
  const readsBack = [...loadsOf(kernel)].some((buffer) => written.has(buffer))
  return !readsBack && stores.every((store) => !storesWithin(kernel, store))
}

/** Gives each output, where it can, the memory of a donated input that is no longer needed. */
function donate(
  { kernels, lives, loops }: Pick<Lifetimes, "kernels" | "lives" | "loops">,
  inputs: readonly Buffer[],
  outputs: readonly Buffer[],
  donated: readonly boolean[],
): Map<number, number> {
  const donations = new Map<number, number>()
  const taken = new Set<Buffer>(outputs)
  for (const [number, output] of outputs.entries()) {
    if (inputs.includes(output) || outputs.indexOf(output) !== number) continue
    const begins = lives.get(output)?.first
    if (begins === undefined) continue
    const from = inputs.findIndex((input, i) => {
      if (donated[i] !== true || taken.has(input) || bytesOf(input) !== bytesOf(output))
        return false
      const { first, last } = lives.get(input) ?? { first: -1, last: -1 }
      // Another round reads again what a kernel before this one reads.
      const isAgain = loops.some(({ start, end }) =>
        [last, begins].every((t) => start < t && t < end),
      )
      if (last < begins) return !isAgain
      if (last > begins || (isAgain && first < last)) return false
      const kernel = kernels.get(begins)
      return kernel !== undefined && writesInPlace(kernel, input, output)
    })
    if (from < 0) continue
    donations.set(number, from)
    taken.add(inputs[from])
  }
  return donations
}

interface Placed {
  readonly buffer: Buffer
  readonly life: Lifetime
  readonly offset: number
  readonly bytes: number
}

/** Largest first, each at the lowest offset where it meets no buffer that lives at the same time. */
function placeTemporaries(
  lives: ReadonlyMap<Buffer, Lifetime>,
  temporaries: readonly Buffer[],
  { alignment, segmentBytes }: MemoryLayout,
  place: (buffer: Buffer, offset: number) => void,
): number {
  const placed: Placed[] = []
  let total = 0
  const bySize = [...temporaries].sort((a, b) => bytesOf(b) - bytesOf(a))
  for (const buffer of bySize) {
    const life = lives.get(buffer)
    if (life === undefined) continue
    const bytes = alignment * Math.ceil(bytesOf(buffer) / alignment)
    // A buffer that would cross the end of a segment begins with the next one.
    const within = (from: number): number => {
      const end = segmentBytes * (1 + Math.floor(from / segmentBytes))
      return from + bytes > end && bytes <= segmentBytes ? end : from
    }
    const busy = placed
      .filter(({ life: other }) => other.last >= life.first && life.last >= other.first)
      .sort((a, b) => a.offset - b.offset)
    let offset = 0
    for (const other of busy) {
      if (offset + bytes <= other.offset) break
      offset = within(Math.max(offset, other.offset + other.bytes))
    }
    placed.push({ buffer, life, offset, bytes })
    place(buffer, offset)
    total = Math.max(total, offset + bytes)
  }
  return total
}

/** Buffers of a graph's variables, in order. */
export function buffersOf(
  variables: readonly Variable[],
  homes: ReadonlyMap<Variable, Buffer>,
): readonly Buffer[] {
  return variables.map((variable) => {
    const buffer = homes.get(variable)
    if (buffer === undefined) throw new Error("a variable of the graph was given no memory")
    return buffer
  })
}
