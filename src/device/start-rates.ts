/** What a device is supposed to take before anything of it is measured. */

import { type CostKind, costKinds, type Target } from "../schedule/index.ts"
import type { Rates } from "./rates.ts"

/** Seconds that instructions take before anything is measured; others take as long as "simple". */
const startSeconds: { readonly [K in CostKind]?: number } = {
  simple: 3e-10,
  load: 3e-10,
  store: 4e-10,
  spread: 1e-9,
  cross: 7e-10,
  gather: 1.5e-9,
  guard: 5e-10,
  accumulate: 3e-10,
  extreme: 1e-9,
  place: 4e-9,
  choice: 6e-10,
  chain: 1.3e-9,
  total: 4e-9,
  pass: 2e-8,
  stall: 1e-12,
  turn: 7e-10,
  row: 5e-9,
  piece: 1e-7,
  fused: 2.5e-10,
  tileLoad: 1.5e-10,
  tile: 2e-8,
  packRun: 4e-10,
  packSlice: 3e-10,
  packSpread: 1.5e-9,
  radix: 4e-9,
  compare: 6e-9,
  move: 2e-9,
  scan: 1.5e-9,
  scanLanes: 2e-9,
  scanExtreme: 4e-9,
  scatter: 3e-9,
  threefry: 4e-8,
  narrow: 3e-10,
  half: 1e-9,
  brain: 5e-10,
  divideIntegers: 1e-9,
  double: 2e-8,
}
const dearSeconds = 6e-9

export function startRates(_processor: Target | undefined): Rates {
  const plain = new Set(Object.keys(startSeconds))
  return {
    instructions: new Map(
      costKinds.map((kind) => [kind, plain.has(kind) ? (startSeconds[kind] ?? 0) : dearSeconds]),
    ),
    bytes: [1e-12, 1e-11, 3e-11, 5e-11, 6e-11, 1e-10, 1e-10],
    written: [1e-12, 1e-11, 3e-11, 5e-11, 6e-11, 1e-10, 1e-10],
    scattered: [2e-10, 5e-10, 1e-9, 2e-9, 3e-9, 5e-9, 8e-9],
    overlap: 2,
    following: 2e-6,
  }
}
