/** The memory of a program: liveness, offsets in one arena, and what donated inputs become. */

import type { Variable } from "../graph/index.ts"
import { dtypes } from "../size/index.ts"
import { indexKey } from "./index-function.ts"
import { type Buffer, type Kernel, storesOf } from "./kernel.ts"
import type { Storage } from "./program.ts"
import { loadsOf, scalarsOf, visitScalars } from "./rewrite.ts"

/** Offsets are multiples of a cache line. */
const alignment = 64

export interface MemoryPlan {
  readonly storage: ReadonlyMap<Buffer, Storage>
  readonly arenaBytes: number
  readonly donations: ReadonlyMap<number, number>
}

export function bytesOf(buffer: Buffer): number {
  return buffer.elements * dtypes[buffer.dtype].bytes
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
  kernels: readonly Kernel[],
  inputs: readonly Buffer[],
  outputs: readonly Buffer[],
  donated: readonly boolean[],
): MemoryPlan {
  const lives = lifetimes(kernels)
  const storage = new Map<Buffer, Storage>()
  for (const [number, input] of inputs.entries()) storage.set(input, { kind: "input", number })
  const donations = donate(kernels, lives, inputs, outputs, donated)
  for (const [number, output] of outputs.entries()) {
    if (!storage.has(output)) storage.set(output, { kind: "output", number })
  }
  const temporaries = [...lives.keys()].filter((buffer) => !storage.has(buffer))
  const arenaBytes = placeTemporaries(lives, temporaries, storage)
  return { storage, arenaBytes, donations }
}

function lifetimes(kernels: readonly Kernel[]): Map<Buffer, Lifetime> {
  const lives = new Map<Buffer, Lifetime>()
  for (const [at, kernel] of kernels.entries()) {
    for (const buffer of [...loadsOf(kernel), ...storesOf(kernel)]) {
      const life = lives.get(buffer)
      if (life === undefined) lives.set(buffer, { first: at, last: at })
      else life.last = at
    }
  }
  return lives
}

/**
 * Whether a kernel may write `to` over `from`: only its stores read `from`, and only where they
 * write `to`, so each element is read before it is overwritten, by the same thread.
 */
function writesInPlace(kernel: Kernel, from: Buffer, to: Buffer): boolean {
  if (kernel.kind !== "loop" && kernel.kind !== "contraction") return false
  if (from.dtype !== to.dtype) return false
  const places = new Set(kernel.stores.filter((s) => s.buffer === to).map((s) => indexKey(s.index)))
  if (places.size !== 1 || loadsOf({ ...kernel, stores: [] }).has(from)) return false
  let only = true
  visitScalars(scalarsOf(kernel), (scalar) => {
    if (scalar.kind === "load" && scalar.buffer === from) {
      only &&= places.has(indexKey(scalar.index))
    }
  })
  return only
}

/** Gives each output, where it can, the memory of a donated input that is no longer needed. */
function donate(
  kernels: readonly Kernel[],
  lives: ReadonlyMap<Buffer, Lifetime>,
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
      const ends = lives.get(input)?.last ?? -1
      return ends < begins || (ends === begins && writesInPlace(kernels[begins], input, output))
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
  storage: Map<Buffer, Storage>,
): number {
  const align = (n: number): number => alignment * Math.ceil(n / alignment)
  const placed: Placed[] = []
  let total = 0
  const bySize = [...temporaries].sort((a, b) => bytesOf(b) - bytesOf(a))
  for (const buffer of bySize) {
    const life = lives.get(buffer)
    if (life === undefined) continue
    const bytes = align(bytesOf(buffer))
    const busy = placed
      .filter(({ life: other }) => other.last >= life.first && life.last >= other.first)
      .sort((a, b) => a.offset - b.offset)
    let offset = 0
    for (const other of busy) {
      if (offset + bytes <= other.offset) break
      offset = Math.max(offset, other.offset + other.bytes)
    }
    placed.push({ buffer, life, offset, bytes })
    storage.set(buffer, { kind: "arena", offset })
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
