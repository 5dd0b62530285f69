/** What a device is supposed to take before anything of it is measured. */

import { type CostKind, costKinds, type Target } from "../schedule/index.ts"
import type { Rates } from "./rates.ts"

/**
 * Picoseconds that instructions took in WebAssembly, and in C on vectors of 16 lanes, on a Xeon
 * in November 2026, as calibrations found them, or timings of single programs (places, whole quotients).
 * What is measured moves them; what is not keeps to them but for the pace of the whole.
 */
const typical: { readonly [K in CostKind]: readonly [wasm: number, wide: number] } = {
  simple: [90, 120],
  choice: [550, 150],
  load: [100, 250],
  store: [20, 20],
  narrow: [200, 350],
  narrowStore: [1_700, 280],
  half: [2_600, 2_700],
  brain: [780, 690],
  page: [19, 270],
  spread: [230, 240],
  cross: [140, 130],
  gather: [320, 150],
  guard: [330, 92],
  accumulate: [160, 29],
  extreme: [370, 250],
  place: [1_500, 2_000],
  chain: [600, 1_300],
  total: [2_000, 3_000],
  pass: [4_600, 3_800],
  stall: [3, 2.7],
  turn: [81, 29],
  row: [500, 1_400],
  piece: [3_500, 1_100],
  fused: [120, 160],
  tileLoad: [42, 30],
  tile: [6_700, 29_000],
  packRun: [380, 230],
  packSlice: [150, 190],
  packSpread: [270, 350],
  radix: [2_700, 2_000],
  compare: [6_400, 3_300],
  merge: [4_400, 10_000],
  move: [2_300, 2_700],
  scan: [570, 600],
  scanLanes: [3_700, 21_000],
  scanExtreme: [5_700, 2_000],
  scatter: [690, 180],
  exp: [1_300, 3_500],
  expm1: [2_500, 3_300],
  log: [4_800, 5_200],
  log1p: [13_000, 16_000],
  sin: [9_300, 13_000],
  cos: [9_600, 12_000],
  tan: [9_900, 14_000],
  asin: [9_300, 14_000],
  acos: [12_000, 14_000],
  atan: [10_000, 14_000],
  sinh: [12_000, 17_000],
  cosh: [7_700, 14_000],
  tanh: [4_200, 5_500],
  asinh: [16_000, 36_000],
  acosh: [12_000, 22_000],
  atanh: [16_000, 23_000],
  sqrt: [780, 3_600],
  rsqrt: [1_700, 6_900],
  cbrt: [18_000, 27_000],
  erf: [4_800, 7_200],
  erfc: [17_000, 22_000],
  erfInv: [29_000, 37_000],
  logistic: [4_400, 6_200],
  divide: [770, 2_500],
  remainder: [4_000, 6_100],
  power: [30_000, 32_000],
  atan2: [16_000, 17_000],
  threefry: [21_000, 15_000],
  divideIntegers: [990, 500],
  divideByKnown: [970, 500],
  double: [4_700, 12_000],
  doubleExp: [2_700, 5_900],
  doubleLog: [2_700, 5_800],
}

export function startRates(processor: Target | undefined): Rates {
  const column = processor !== undefined && processor.lanes > 4 ? 1 : 0
  return {
    instructions: new Map(costKinds.map((kind) => [kind, 1e-12 * typical[kind][column]])),
    bytes: [1e-12, 1e-11, 3e-11, 5e-11, 6e-11, 6e-11, 1e-10, 1e-10, 1e-10],
    written: [1e-12, 1e-11, 3e-11, 5e-11, 6e-11, 6e-11, 1e-10, 1e-10, 1e-10],
    scattered: [2e-10, 5e-10, 1e-9, 2e-9, 2e-9, 3e-9, 5e-9, 8e-9, 8e-9],
    overlap: 2,
    following: 2e-6,
  }
}
