/** The pace of a device at the moment: machines are not always equally fast. */

import { type Graph, GraphBuilder, operations as op } from "../graph/index.ts"
import type { Device } from "./device.ts"
import { type Prepared, prepare } from "./measure.ts"

/** Seconds that a look at the pace takes. */
const patience = 0.005

const probes = new WeakMap<Device, Map<number, Promise<Prepared>>>()

/**
 * Seconds that a device takes at the moment for a fixed piece of arithmetic on so many threads: a
 * few milliseconds of looking. Clocks change with heat and load, and neighbours take their share.
 */
export async function probe(device: Device, threads: number): Promise<number> {
  let known = probes.get(device)
  if (known === undefined) {
    known = new Map()
    probes.set(device, known)
  }
  let prepared = known.get(threads)
  if (prepared === undefined) {
    prepared = prepare(device, probeGraph(device), { threads, patience: 2 * patience })
    known.set(threads, prepared)
    prepared.catch(() => known.delete(threads))
  }
  return (await (await prepared).measure({ patience, together: true })).quarter
}

/**
 * x ← x·x + x, over and over, in the first caches: long beside what it takes to start and to end, which
 * vary in a way of their own.
 */
function probeGraph({ isSlow = false }: Device): Graph {
  const b = new GraphBuilder()
  const x = b.input({ shape: [isSlow ? 512 : 32_768], dtype: "float32" })
  let y = x
  for (let i = 0; i < (isSlow ? 16 : 64); i++) y = op.add(b, op.multiply(b, y, x), x)
  return b.build([y])
}
