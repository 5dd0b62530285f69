/**
 * Crossings: maps whose memory runs along one axis where it is read and along another where it is
 * written. Blocks of both axes are turned in registers, four by four.
 */

import {
  type Axis,
  type LoopKernel,
  type Scalar,
  type Store,
  strideOf,
} from "../../schedule/index.ts"
import { dtypes } from "../../size/index.ts"
import type { Local } from "./assembler.ts"
import type { KernelContext } from "./context.ts"

type Load = Extract<Scalar, { kind: "load" }>

/** Accesses that are contiguous along `axis` and scattered along the lanes. */
export interface Crossing {
  readonly axis: Axis
  /** Iterations of the axis that are done together: a multiple of four. */
  readonly width: number
  readonly loads: readonly Load[]
  readonly stores: readonly Store[]
}

/** The axis along which most of the scattered accesses of a map are contiguous. */
export function findCrossing(kernel: LoopKernel, lane: Axis): Crossing | undefined {
  if (kernel.accumulators.length > 0 || kernel.stores.some(({ skips }) => skips)) return undefined
  const loads = freeLoads(kernel.stores.map(({ value }) => value))
  const bounds = new Set(kernel.axes.map((axis) => axis.within?.outer))
  let best: Crossing | undefined
  for (const axis of kernel.axes) {
    if (axis === lane || axis.place !== "steps" || axis.extent < 4 || bounds.has(axis)) continue
    const crosses = ({ buffer, index }: Load | Store): boolean => {
      const stride = strideOf(index, lane)
      const scattered = stride !== undefined && Math.abs(stride) > 1
      return scattered && strideOf(index, axis) === 1 && dtypes[buffer.dtype].bytes === 4
    }
    const found = {
      axis,
      width: axis.extent < 8 ? 4 : 8,
      loads: loads.filter(crosses),
      stores: kernel.stores.filter(crosses),
    }
    const count = found.loads.length + found.stores.length
    if (count > (best === undefined ? 0 : best.loads.length + best.stores.length)) best = found
  }
  return best
}

/** Loads that no guard protects, so that they may be made ahead. */
function freeLoads(roots: readonly Scalar[]): readonly Load[] {
  const loads = new Set<Load>()
  const seen = new Set<Scalar>()
  const visit = (scalar: Scalar): void => {
    if (seen.has(scalar)) return
    seen.add(scalar)
    if (scalar.kind === "load") loads.add(scalar)
    else if (scalar.kind === "apply") scalar.operands.forEach(visit)
  }
  roots.forEach(visit)
  return [...loads]
}

/**
 * Does the stores of a kernel for a block of the crossing axis and the vectors at hand. `at` runs
 * code where the crossing axis stands at one of the block's iterations.
 */
export function storeBlock(
  context: KernelContext,
  stores: readonly Store[],
  { width, loads, stores: turned }: Crossing,
  at: (iteration: number, code: () => void) => void,
): void {
  const { f, scopes, values } = context
  const vectors = scopes.lanes?.vectors
  for (let u = 0; u < (vectors ?? 1); u++) {
    const ahead = loads.map((load) =>
      vectors === undefined ? [] : loadTurned(context, load, u, width),
    )
    const kept: Local[][] = stores.map(() => [])
    for (let j = 0; j < width; j++) {
      at(j, () => {
        for (const [i, load] of loads.entries()) {
          if (vectors !== undefined) scopes.setValue(load, u, ahead[i][j])
        }
        const results = stores.map(({ value }) => values.keep(value, u))
        for (const [i, store] of stores.entries()) {
          if (vectors === undefined || !turned.includes(store)) {
            values.memory.store(store, u, results[i])
          } else kept[i].push(results[i])
        }
      })
    }
    for (const [i, { buffer, index }] of stores.entries()) {
      for (let j = 0; j < kept[i].length; j += 4) {
        const rows = turn(context, kept[i].slice(j, j + 4))
        for (const [lane, row] of rows.entries()) {
          const offset = values.indices.pushAddress(buffer, index, 4 * u + lane)
          f.localGet(row)
          f.v128.store(offset + 4 * j, 4)
        }
      }
    }
  }
}

/** Vector `u` of a load at each iteration of the crossing axis, along which memory is contiguous. */
function loadTurned(
  context: KernelContext,
  { buffer, index }: Load,
  u: number,
  width: number,
): readonly Local[] {
  const { f, values } = context
  const found: Local[] = []
  for (let j = 0; j < width; j += 4) {
    const rows = [0, 1, 2, 3].map((lane) => {
      const offset = values.indices.pushAddress(buffer, index, 4 * u + lane)
      f.v128.load(offset + 4 * j, 4)
      const row = f.local("v128")
      f.localSet(row)
      return row
    })
    found.push(...turn(context, rows))
  }
  return found
}

/** Transposes four vectors of four. */
function turn({ f }: KernelContext, rows: readonly Local[]): readonly Local[] {
  const shuffle = (a: Local, b: Local, order: readonly number[]): Local => {
    const local = f.local("v128")
    f.localGet(a)
    f.localGet(b)
    f.i32x4.shuffle(...order)
    f.localSet(local)
    return local
  }
  const [a, b, c, d] = rows
  const low = [0, 4, 1, 5]
  const high = [2, 6, 3, 7]
  const [ab, cd] = [shuffle(a, b, low), shuffle(c, d, low)]
  const [abHigh, cdHigh] = [shuffle(a, b, high), shuffle(c, d, high)]
  const first = [0, 1, 4, 5]
  const second = [2, 3, 6, 7]
  return [
    shuffle(ab, cd, first),
    shuffle(ab, cd, second),
    shuffle(abHigh, cdHigh, first),
    shuffle(abHigh, cdHigh, second),
  ]
}
